"""Runs every check, prints what each found and, last, "N passed, N failed"."""

import sys
import time

import arrows
import co_await
import guide
import headers
import styles
import tidy
import tree

CHECKS = {
    "arrows between rooms": arrows.problems,
    "co_await rule": co_await.problems,
    "length of files": tree.length_problems,
    "cited RFCs": tree.rfc_problems,
    "nothing of this machine": tree.machine_problems,
    "styles fit both directions": styles.direction_problems,
    "user guide": guide.guide_problems,
    "format": tidy.format_problems,
    "headers compile alone": headers.problems,
    "clang-tidy": tidy.tidy_problems,
}


def main(wanted):
    failed = 0
    chosen = {name: check for name, check in CHECKS.items() if not wanted or any(part in name for part in wanted)}
    for name, check in chosen.items():
        started = time.monotonic()
        found = check()
        failed += bool(found)
        print(f"{'FAILED' if found else 'passed'}  {name}  ({time.monotonic() - started:.1f} s)")
        for problem in found[:50]:
            print(f"    {problem}")
        if len(found) > 50:
            print(f"    and {len(found) - 50} more")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
