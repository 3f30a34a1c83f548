"""Builds and runs the suites of ./test, and counts. Each suite's output is also in var/test."""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
LOGS = TOP / "var" / "test"
FUZZ_SECONDS = 6
# How pytest, ctest, Node's runner and our own checks mark what failed.
MARKS_OF_FAILURE = re.compile(r"^(FAILED|ERROR) |^\s*✖ (?!failing tests)|\*\*\*(Failed|Timeout|Exception)| failed$|^failed  ")
CORES = len(os.sched_getaffinity(0))


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


class Failure(Exception):
    """The suite could not be run at all."""


class Suite:
    """Runs commands of one suite; what they print goes to the screen and to its log."""

    def __init__(self, name):
        self.name, self.long, self.failures = name, False, []
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = open(LOGS / f"{name}.log", "w", encoding="utf-8")

    def run(self, *command, environment=None, cwd=TOP, show=""):
        """(exit code, output). Lines that do not match `show` are printed only when it fails."""
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        lines, hidden = [], []
        for line in process.stdout:
            lines.append(line)
            self.log.write(line)
            if re.search(show, line):
                print(line, end="", flush=True)
            else:
                hidden.append(line)
        code = process.wait()
        if code != 0:
            print("".join(hidden), end="", flush=True)
            self.failures += [line.strip() for line in lines if MARKS_OF_FAILURE.search(line)]
        return code, "".join(lines)

    def build(self, preset, *targets):
        code, _ = self.run("scripts/build", preset, *targets)
        if code != 0:
            raise Failure(f"the {preset} build failed")

    def pytest(self, folder, *options, environment=None):
        command = ["/usr/bin/python3", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--tb=short", *options]
        code, output = self.run(*command, folder, environment=environment)
        return last_line_count(code, output)


def numbers(text):
    """What a line like "3 failed, 20 passed, 1 skipped" counts; errors are failures."""
    count = Count()
    for number, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)\b", text):
        name = "failed" if word.startswith("error") else word
        setattr(count, name, getattr(count, name) + int(number))
    return count


def last_line_count(code, output):
    """The count in the last line that has one. An exit code that says more than the count wins."""
    lines = [line for line in output.splitlines() if re.search(r"\d+ (passed|failed|error)", line)]
    count = numbers(lines[-1]) if lines else Count()
    if code != 0 and count.failed == 0:
        count.failed = 1
    return count


def checks(suite):
    suite.build("test")
    code, _ = suite.run("cmake", "--preset", "release", show="^$")
    if code != 0:
        raise Failure("the release build cannot be configured")
    own = suite.pytest("tests/checks")
    return own + last_line_count(*suite.run("/usr/bin/python3", "tests/checks/run.py"))


def catch_count(code, output):
    """The test cases of every Catch binary that ctest ran; one that crashed counts as one failed."""
    count = Count()
    for assertions in re.findall(r"All tests passed \(.* in (\d+) test cases?\)", output):
        count.passed += int(assertions)
    for line in re.findall(r"test cases: .*", output):
        found = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed)", line)}
        count = count + Count(found.get("passed", 0), found.get("failed", 0))
    wrong = re.search(r"(\d+) tests failed out of", output)
    unsaid = int(wrong[1]) - len(re.findall(r"test cases: .*failed", output)) if wrong else 0
    count.failed += max(unsaid, 0)
    if code != 0 and count.failed == 0 or count.passed + count.failed == 0:
        count.failed += 1
    return count


def run_unit_tests(suite, preset, *options):
    command = ["ctest", "--test-dir", f"build/{preset}", "-V", "-j", str(CORES), "--timeout", "300", *options]
    return catch_count(*suite.run(*command, show=r"^ *\d+/\d+ Test +#|All tests passed|test cases: "))


def unit(suite):
    suite.build("test")
    return run_unit_tests(suite, "test")


def e2e(suite):
    suite.build("test")
    return suite.pytest("tests/e2e", "-n", 2 * CORES, environment={"POSTERN": str(TOP / "build/test/postern")})


def attacks(suite):
    """What is not part of another suite; by --long every smuggling input and a million mails."""
    suite.build("test", "mime_parts")
    suite.build("release", "postern")
    count = suite.pytest("tests/attacks")
    if suite.long:
        everything = {"POSTERN": str(TOP / "build/release/postern")}
        count += suite.pytest("tests/e2e/test_attacks_http.py", "--long", "-n", CORES, environment=everything)
        for command in (["tests/e2e/smuggling_matrix.py", "--long"], ["tests/differential/compare_mime.py", "--count", "1000000"]):
            code, _ = suite.run(*command, show=r"transactions beyond one|mails: ")
            count += Count(int(code == 0), int(code != 0))
    return count


def faults(suite):
    suite.build("release", "postern")
    options = ["--long"] if suite.long else []
    return suite.pytest("tests/faults", "-s", *options, environment={"POSTERN": str(TOP / "build/release/postern")})


def upgrade(suite):
    """The short form with the sanitizers, the long one with the program that is shipped."""
    preset = "release" if suite.long else "test"
    suite.build(preset, "postern")
    options = ["-s", "--long"] if suite.long else ["-n", CORES]
    return suite.pytest("tests/upgrade", *options, environment={"POSTERN": str(TOP / f"build/{preset}/postern")})


def package(suite):
    """The Debian package: built, then installed, used, upgraded and removed in a bare root."""
    suite.build("release", "deb")
    options = ["--long"] if suite.long else []
    return suite.pytest("tests/package", "-n", CORES, *options, environment={"POSTERN_BUILD": str(TOP / "build/release")})


def fuzz(suite):
    suite.build("test")
    targets = sorted(path for path in (TOP / "build/test/tests/fuzz").glob("fuzz_*") if os.access(path, os.X_OK) and path.is_file())
    if not targets:
        raise Failure("the test build has no fuzz_* target")
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        return sum(pool.map(lambda target: fuzz_one(suite, target), targets), Count())


def fuzz_one(suite, target):
    """New inputs go to var/test, not to the corpus: what is worth keeping is a person's choice."""
    seeds = TOP / "tests/fuzz/corpus" / target.name.removeprefix("fuzz_")
    found = LOGS / target.name
    shutil.rmtree(found, ignore_errors=True)
    found.mkdir()
    options = [f"-max_total_time={FUZZ_SECONDS}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]
    code, output = suite.run(target, *options, f"-artifact_prefix={found}/", found, seeds, show="^$")
    runs = re.search(r"number_of_executed_units: (\d+)", output)
    print(f"{'passed' if code == 0 else 'FAILED'}  {target.name}  ({runs[1] if runs else 'no'} runs)", flush=True)
    return Count(int(code == 0), int(code != 0))


def browser(suite):
    suite.build("release", "postern")
    folder = TOP / "tests/browser"
    if not (folder / "run.mjs").exists():
        raise Failure("tests/browser/run.mjs is missing")
    code, _ = suite.run("npm", "ci", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=6", cwd=folder)
    if code != 0:
        raise Failure("npm ci in tests/browser failed")
    return last_line_count(*suite.run("node", "run.mjs", cwd=folder, environment={"POSTERN": str(TOP / "build/release/postern")}))


def demo(suite):
    """What a person does first: ./run, its sample mails, and where each of them went."""
    code, _ = suite.run("./run", "--check", show="Every mail|should be|Built")
    return Count(int(code == 0), int(code != 0))


def thread(suite):
    """Only by name: the unit tests that have threads and all end-to-end tests, for data races."""
    suite.build("thread")
    # Half of the cores: a sanitized program among too many others runs into its own deadlines.
    environment = {"POSTERN": str(TOP / "build/thread/postern"), "TSAN_OPTIONS": "halt_on_error=0:exitcode=66:second_deadlock_stack=1"}
    count = suite.pytest("tests/e2e", "-n", max(2, CORES // 2), environment=environment)
    return count + run_unit_tests(suite, "thread", "-R", "database|quarantine|accounts|gateway|portal|command")


def gcc(suite):
    suite.build("gcc")
    return run_unit_tests(suite, "gcc")


SUITES = {suite.__name__: suite for suite in (checks, unit, e2e, demo, upgrade, package, faults, attacks, fuzz, browser, gcc)}
BY_NAME = {**SUITES, "thread": thread}  # long, and a build of its own: not part of everything


def build_ahead(preset):
    """A build with what processor time the running suite leaves; its own suite says what fails."""
    return subprocess.Popen(
        ["nice", "-n", "19", "scripts/build", preset], cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def run_suite(name, long):
    started = time.monotonic()
    print(f"\n=== {name}", flush=True)
    suite = Suite(name)
    suite.long = long
    try:
        count = BY_NAME[name](suite)
    except Failure as failure:
        print(f"{name}: {failure}")
        suite.failures.append(str(failure))
        count = Count(failed=1)
    print(f"=== {name}: {count} ({time.monotonic() - started:.0f} s)", flush=True)
    return count, list(dict.fromkeys(suite.failures))


def main(arguments):
    long = "--long" in arguments
    names = [argument for argument in arguments if argument != "--long"] or list(SUITES)
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        print(f"test: no suite named {', '.join(unknown)}; there are: {' '.join(BY_NAME)}", file=sys.stderr)
        return 2
    counts, failures, ahead = {}, {}, None
    for name in names:
        if name == "browser" and "gcc" in names:
            ahead = build_ahead("gcc")
        if name == "gcc" and ahead:
            ahead.wait()
        counts[name], failures[name] = run_suite(name, long)
    total = sum(counts.values(), Count())
    print()
    for name, count in counts.items():
        print(f"{name:<8} {count}")
        for line in failures[name][:20]:
            print(f"         {line[:200]}")
    print(total)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
