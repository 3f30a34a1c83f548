"""Runs the demonstration: stand-in mail server, gateway, people, sample mails; ./run calls it."""

import argparse
import fcntl
import pathlib
import shutil
import signal
import sys

import processes
import samples

TOP = pathlib.Path(__file__).resolve().parent.parent
DEMO = TOP / "demo"


def claim(state):
    """A lock on the folder for as long as this process lives: another's state is never wiped."""
    state.parent.mkdir(exist_ok=True)
    lock = open(state.with_suffix(".lock"), "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise processes.Failure(f"a demonstration runs in {state} already; stop it first (Ctrl-C there)") from None
    return lock


def prepare(state, keep):
    """The folder with a configuration whose ports are free; with the last run's state if asked."""
    if state.exists() and not keep:
        shutil.rmtree(state)
    state.mkdir(exist_ok=True)
    text = (DEMO / "postern.toml").read_text()
    for port in (2525, 2600, 8080):
        free = processes.free_port(port)
        if free != port:
            print(f"Port {port} is taken; using {free}.")
            text = text.replace(f":{port}", f":{free}")
    (state / "postern.toml").write_text(text)
    return state / "postern.toml"


def show_where(people, portal, state):
    def sign_in(role):
        person = next(person for person in people if person["role"] == role)
        return f"{person['address']:<20}  {person['password']}"

    print(
        f"""
The portal:         {portal}
                    address               password
  a person          {sign_in("user")}
  a moderator       {sign_in("moderator")}
  an administrator  {sign_in("administrator")}

Delivered mail:     {state.relative_to(TOP)}/maildir/ADDRESS/new
Configuration:      {state.relative_to(TOP)}/postern.toml
Log:                {state.relative_to(TOP)}/postern.log
Command line:       build/release/postern hold list --config {state.relative_to(TOP)}/postern.toml
"""
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--postern", required=True)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true")
    how.add_argument("--keep", action="store_true")
    given = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    state = TOP / "var" / ("check" if given.check else "demo")
    lock = claim(state)
    config = prepare(state, given.keep)
    manifest = samples.read_manifest(DEMO)
    people = samples.read_people(DEMO)
    addresses = samples.addresses_in(config)
    with lock, processes.Group() as group:
        unknown = [argument for name in manifest.unknown() for argument in ("--unknown", name)]
        backend = [sys.executable, str(DEMO / "backend.py"), addresses.backend, str(state / "maildir")]
        group.start("the stand-in mail server", backend + unknown, state / "backend.log", {"backend"})
        serve = [given.postern, "serve", "--config", str(config)]
        group.start("postern serve", serve, state / "postern.log", {"smtp", "portal"})
        print(f"Postern is listening: SMTP on {addresses.smtp}, portal on {addresses.portal}.")

        program = samples.Program(given.postern, config)
        if not given.keep or not program.has_holds():
            samples.make_people(program, people)
            print(f"\nSending {len(manifest.mails)} sample mails to {addresses.smtp}:")
            replies = manifest.send(addresses.smtp)
            samples.print_replies(manifest, replies)
        if given.check:
            problems = samples.check(manifest, replies, program, state / "maildir")
            print("\n".join(problems) or "\nEvery mail went where it should.")
            return 1 if problems else 0
        show_where(people, addresses.portal_url, state)
        print("Ctrl-C stops everything.", flush=True)
        return group.wait()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print()
    except processes.Failure as failure:
        print(f"run: {failure}", file=sys.stderr)
        sys.exit(1)
