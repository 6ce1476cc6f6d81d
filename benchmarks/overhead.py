"""What `--gradcheck` costs a suite, and that it changes no outcome: `python benchmarks/overhead.py [TESTS...]`.

Without arguments the tests that dm-sonnet installs with itself. Prints Markdown.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

from goals import at_most, print_goals
from markdown import table

# Those that differentiate, and one that only runs models.
SONNET_TESTS = ("base", "embed", "leaky_clip_by_value", "linear", "scale_gradient")

# What a test that has not passed holds in a JUnit file.
NOT_PASSED = frozenset({"failure", "error", "skipped"})


@dataclass(frozen=True)
class Run:
    """One run of pytest.

    Attributes:
        cpu: seconds, of the process and its children.
        outcomes: of each test, by its name.
        verdicts: how many gradients have each; empty without the plugin.
        accused: number of tests with a wrong gradient, which are meant to fail.
    """

    cpu: float
    outcomes: dict[str, str]
    verdicts: Counter[str]
    accused: int


def sonnet_tests() -> list[str]:
    """Files of dm-sonnet's own tests; none where it is not installed."""
    spec = find_spec("sonnet")
    if spec is None or spec.origin is None:
        return []
    source = Path(spec.origin).parent / "src"
    return [str(path) for name in SONNET_TESTS if (path := source / f"{name}_test.py").is_file()]


def run(tests: list[str], *options: str) -> Run:
    """Run ``tests`` in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        junit, report = Path(folder, "junit.xml"), Path(folder, "report.json")
        shared = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-c", os.devnull, "--rootdir", folder)
        if "--gradcheck" in options:
            options = (*options, f"--gradcheck-report={report}")
        command = [sys.executable, "-m", "pytest", *shared, f"--junit-xml={junit}", *options, *tests]
        process = os.posix_spawn(
            sys.executable, command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        )
        _, status, usage = os.wait4(process, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            sys.exit(f"pytest failed: {' '.join(command)}")
        checked = json.loads(report.read_text())["tests"] if report.is_file() else []
        verdicts = Counter(gradient["verdict"] for test in checked for gradient in test["gradients"])
        accused = sum(any(gradient["verdict"] == "wrong" for gradient in test["gradients"]) for test in checked)
        return Run(usage.ru_utime + usage.ru_stime, outcomes(junit), verdicts, accused)


def outcomes(junit: Path) -> dict[str, str]:
    """The outcome of each test in a JUnit file."""
    return {
        f"{case.get('classname')}::{case.get('name')}": next(
            (each.tag for each in case if each.tag in NOT_PASSED), "passed"
        )
        for case in ElementTree.parse(junit).iter("testcase")
    }


def main(tests: list[str]) -> None:
    """Print one row for each way to run the suite."""
    if not tests:
        print("dm-sonnet is not installed: `make bench` installs it, where it can be")
        return
    plain = run(tests, "-p", "no:tfgrad")
    changed = 0
    rows: list[list[object]] = [["without the plugin", f"{plain.cpu:.0f}", "1.00", "", ""]]
    for name, options in {
        "installed, not asked to check": (),
        "--gradcheck": ("--gradcheck",),
    }.items():
        ran = run(tests, *options)
        differ = sum(plain.outcomes[test] != told for test, told in ran.outcomes.items())
        counted = ", ".join(f"{count} {verdict}" for verdict, count in ran.verdicts.most_common())
        rows.append([name, f"{ran.cpu:.0f}", f"{ran.cpu / plain.cpu:.2f}", differ, counted])
        changed += abs(differ - ran.accused)
    print(f"{len(plain.outcomes)} tests in {len(tests)} files.\n")
    print(table(["run", "CPU seconds", "relative", "outcomes changed", "verdicts"], rows))
    print_goals([at_most("outcomes that the plugin changes beside those of wrong gradients", 0, changed)])


if __name__ == "__main__":
    main(sys.argv[1:] or sonnet_tests())
