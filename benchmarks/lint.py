"""What linting a folder costs, beside other programs that read the same files: `python benchmarks/lint.py FOLDER`.

Every run is a process of its own with one worker where the program has such a choice; the least of the rounds counts,
and what is slow has one round. CPU seconds are those of the process with all that it started, memory is the largest of
these. The other programs live in an environment of their own (linters.txt); what is not there is left out. Prints
Markdown.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from goals import at_least, at_most, print_goals
from markdown import table

ROUNDS = 3
SLOW = 20.0  # seconds, in which what else the machine does evens out

# Beside the environment of the benchmarks, as `make bench` sets it up.
LINTERS = Path(sys.prefix) / "linters" / "bin" / "python"

# How many files of about how many lines stand for a file in an editor or a hook.
FILES = 5
LINES = 500

# Why a command on one file takes what it takes (`python -X importtime`).
OF_ONE_FILE = "importing takes two thirds of it, two fifths of which are the parser's"

# As for users, whose installer compiles what it installs, or whose first run does. Where compiled modules are not kept,
# half of the time that one file takes goes into compiling the linter.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Program:
    """A program to measure.

    Attributes:
        name: in the table.
        command: all before the folder.
        failed_from: exit codes from here on say that it did not do its work.
    """

    name: str
    command: tuple[str, ...]
    failed_from: int = 2


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, CPU seconds, and the peak of the memory in MiB."""

    wall: float
    cpu: float
    memory: float


def own(*arguments: str) -> Program:
    """The linter of this project with some arguments."""
    lint = ("lint", "--isolated", "--quiet", "--output-format", "concise", "--jobs", "1")
    return Program("tfgrad", (sys.executable, "-m", "tfgrad_lint", *lint, *arguments))


def others() -> list[Program]:
    """The programs of others that are installed, and a line for each that is not."""
    programs = {
        "ruff": Program("ruff", ("check", "--isolated", "--no-cache", "--quiet")),
        "torchfix": Program("flake8", ("--isolated", "--jobs", "1", "--select", "TOR")),
        "pylint": Program("pylint", ("--jobs", "1", "--recursive", "y", "--score", "n"), 32),
        "pyright": Program("pyright", ()),
    }
    found = []
    for package, program in programs.items():
        if any((LINTERS.parents[1] / "lib").glob(f"python*/site-packages/{package}")):
            command = (str(LINTERS), "-m", program.name, *program.command)
            name = "flake8 with TorchFix" if package == "torchfix" else program.name
            found.append(Program(name, command, program.failed_from))
        else:
            print(f"{package} is not installed: left out.\n")
    return found


def measured(program: Program, *paths: str) -> Cost:
    """Run ``program`` once on ``paths`` and return what it cost; what it finds is thrown away."""
    start = time.perf_counter()
    process = os.posix_spawn(
        program.command[0],
        [*program.command, *paths],
        ENVIRONMENT,
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)],
    )
    _, status, usage = os.wait4(process, 0)
    code = os.waitstatus_to_exitcode(status)
    if not 0 <= code < program.failed_from:
        sys.exit(f"{program.name} failed with exit code {code}: {' '.join((*program.command, *paths))}")
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def least(program: Program, *paths: str) -> Cost:
    """The least of each figure over the rounds."""
    costs = [measured(program, *paths)]
    while len(costs) < ROUNDS and costs[0].cpu < SLOW:
        costs.append(measured(program, *paths))
    return Cost(*(min(values) for values in zip(*((each.wall, each.cpu, each.memory) for each in costs), strict=True)))


def files_in_an_editor(folder: str) -> list[str]:
    """The files about TensorFlow whose number of lines is nearest to `LINES`."""
    lines = {}
    for path in Path(folder).rglob("*.py"):
        text = path.read_bytes()
        if b"import tensorflow" in text:
            lines[str(path)] = text.count(b"\n")
    return sorted(lines, key=lambda path: (abs(lines[path] - LINES), path))[:FILES]


def main(folder: str) -> None:
    """Print the table and the goals."""
    with tempfile.TemporaryDirectory() as cache:
        cold = least(own("--no-cache"), folder)
        measured(own("--cache-dir", cache), folder)  # fills the cache
        unchanged = least(own("--cache-dir", cache), folder)
    costs = {"tfgrad, no cache": cold, "tfgrad, unchanged": unchanged}
    costs |= {program.name: least(program, folder) for program in others()}
    files = sum(1 for _ in Path(folder).rglob("*.py"))
    print(f"{files} Python files of {Path(folder).name}, one process each.\n")
    rows = [
        (name, f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.cpu / cold.cpu:.3f}", f"{cost.memory:.0f}")
        for name, cost in costs.items()
    ]
    print(table(("program", "seconds", "CPU seconds", "CPU relative to tfgrad", "peak MiB"), rows))

    version = least(Program("tfgrad", (sys.executable, "-m", "tfgrad_lint", "--version")))
    singles = sorted(least(own("--no-cache"), path).wall for path in files_in_an_editor(folder))
    goals = [
        at_most(f"linting {Path(folder).name} anew when nothing changed", 0.5, unchanged.wall, unit=" s"),
        at_least("times as fast as without a cache", 20, cold.wall / unchanged.wall),
        at_most("`tfgrad --version`", 0.15, version.wall, unit=" s"),
    ]
    if singles:
        median = singles[len(singles) // 2]
        what = f"one file of about {LINES} lines, median of {len(singles)}"
        goals.append(at_most(what, 0.7, median, OF_ONE_FILE, unit=" s"))
    print_goals(goals)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python benchmarks/lint.py FOLDER")
    main(str(Path(sys.argv[1]).resolve()))
