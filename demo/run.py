"""Runs the demonstration: stand-in mail server, gateway, people, sample mails; ./run calls it."""

import argparse
import pathlib
import shutil
import signal
import sys

import processes
import samples

TOP = pathlib.Path(__file__).resolve().parent.parent
DEMO = TOP / "demo"
STATE = TOP / "var" / "demo"


def prepare(keep):
    """var/demo with a configuration whose ports are free; the state of the last run if asked."""
    if STATE.exists() and not keep:
        shutil.rmtree(STATE)
    STATE.mkdir(parents=True, exist_ok=True)
    text = (DEMO / "postern.toml").read_text()
    for port in (2525, 2600, 8080):
        free = processes.free_port(port)
        if free != port:
            print(f"Port {port} is taken; using {free}.")
            text = text.replace(f":{port}", f":{free}")
    (STATE / "postern.toml").write_text(text)
    return STATE / "postern.toml"


def show_where(people, portal):
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

Delivered mail:     {(STATE / "maildir").relative_to(TOP)}/ADDRESS/new
Configuration:      {(STATE / "postern.toml").relative_to(TOP)}
Log:                {(STATE / "postern.log").relative_to(TOP)}
Command line:       build/release/postern hold list --config {(STATE / "postern.toml").relative_to(TOP)}
"""
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--postern", required=True)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = prepare(given.keep)
    manifest = samples.read_manifest(DEMO)
    people = samples.read_people(DEMO)
    addresses = samples.addresses_in(config)
    with processes.Group() as group:
        unknown = [argument for name in manifest.unknown() for argument in ("--unknown", name)]
        backend = [sys.executable, str(DEMO / "backend.py"), addresses.backend, str(STATE / "maildir")]
        group.start("the stand-in mail server", backend + unknown, STATE / "backend.log", {"backend"})
        serve = [given.postern, "serve", "--config", str(config)]
        group.start("postern serve", serve, STATE / "postern.log", {"smtp", "portal"})
        print(f"Postern is listening: SMTP on {addresses.smtp}, portal on {addresses.portal}.")

        program = samples.Program(given.postern, config)
        if not given.keep or not program.has_holds():
            samples.make_people(program, people)
            print(f"\nSending {len(manifest.mails)} sample mails to {addresses.smtp}:")
            replies = manifest.send(addresses.smtp)
            samples.print_replies(manifest, replies)
        if given.check:
            problems = samples.check(manifest, replies, program, STATE / "maildir")
            print("\n".join(problems) or "\nEvery mail went where it should.")
            return 1 if problems else 0
        show_where(people, addresses.portal_url)
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
