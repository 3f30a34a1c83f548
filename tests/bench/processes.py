"""Processes that are measured: started on chosen cores, their CPU and memory read, ended by pid."""

import os
import pathlib
import signal
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def cores():
    """(the source's, the sink's, those of what is measured); all the same when there are too few."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 4:
        return usable, usable, usable
    return usable[:1], usable[1:2], usable[2:]


def start(command, on, log=None, **options):
    """A process and its children, pinned to the cores `on`."""
    output = open(log, "ab") if log else subprocess.DEVNULL
    try:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=options.pop("stdin", subprocess.DEVNULL),
            stdout=options.pop("stdout", output),
            stderr=options.pop("stderr", output),
            preexec_fn=lambda: os.sched_setaffinity(0, on),
            **options,
        )
    finally:
        if log:
            output.close()


def end(process, seconds=30):
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tree(pid):
    """The pid and all that descend from it."""
    found, parents = [], {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        fields = _stat(folder.name)
        if fields:
            parents.setdefault(int(fields[1]), []).append(int(folder.name))
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += parents.get(one, [])
    return found


def cpu_seconds(pid):
    """Of the process and all that descend from it, also of children that have ended."""
    total = 0
    for one in tree(pid):
        fields = _stat(one)
        if fields:
            total += sum(int(ticks) for ticks in fields[11:15])
    return total / TICK


def resident_kb(pid, share="Pss"):
    """Of the process and its descendants; memory that they share counts once."""
    total = 0
    for one in tree(pid):
        try:
            text = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue  # it has just ended
        total += next((int(line.split()[1]) for line in text.splitlines() if line.startswith(share + ":")), 0)
    return total


def reset_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_kb(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM:"))


def until(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: {what}")
        time.sleep(0.01)


def _stat(pid):
    """Fields of /proc/PID/stat behind the name: [0] is the state, [1] the parent."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return None
