"""What linting a folder costs, beside other programs that read the same files.

    python -m pip install -r benchmarks/requirements.txt
    python benchmarks/lint.py FOLDER [ROUNDS]

Every run is a process of its own with one worker where the program has such a choice; the least of the rounds counts.
CPU seconds are those of the process with all that it started, memory is the largest of these.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROUNDS = 3


@dataclass(frozen=True)
class Program:
    """A program to measure: its name in the table, the module that must be installed, what stands before the folder.

    Exit codes from ``failed_from`` on say that it did not do its work.
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    failed_from: int = 2

    @property
    def is_installed(self) -> bool:
        """Whether this Python can run it."""
        return find_spec(self.module) is not None


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, CPU seconds, and the peak of the memory in MiB."""

    wall: float
    cpu: float
    memory: float


def programs(cache: str) -> list[Program]:
    """Return the programs in the order of the table; the cache is filled by the first, which writes it."""
    lint = ("-m", "tfgrad_lint", "lint", "--isolated", "--quiet", "--output-format", "concise", "--jobs", "1")
    return [
        Program("tfgrad, no cache", "tfgrad_lint", (*lint, "--no-cache")),
        Program("tfgrad, unchanged", "tfgrad_lint", (*lint, "--cache-dir", cache)),
        Program("ruff", "ruff", ("-m", "ruff", "check", "--isolated", "--no-cache", "--quiet")),
        Program("flake8 with TorchFix", "torchfix", ("-m", "flake8", "--isolated", "--jobs", "1", "--select", "TOR")),
        Program("pylint", "pylint", ("-m", "pylint", "--jobs", "1", "--recursive", "y", "--score", "n"), 32),
        Program("pyright", "pyright", ("-m", "pyright")),
    ]


def measured(program: Program, folder: str) -> Cost:
    """Run ``program`` once on ``folder`` and return what it cost; what it finds is thrown away."""
    start = time.perf_counter()
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, *program.arguments, folder],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)],
    )
    _, status, usage = os.wait4(process, 0)
    code = os.waitstatus_to_exitcode(status)
    if not 0 <= code < program.failed_from:
        sys.exit(f"{program.name} failed with exit code {code}: python {' '.join(program.arguments)} {folder}")
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def least(costs: list[Cost]) -> Cost:
    """Return the least of each figure."""
    return Cost(*(min(values) for values in zip(*((each.wall, each.cpu, each.memory) for each in costs), strict=True)))


def main(folder: str, rounds: int) -> None:
    """Print the table."""
    files = sum(1 for _ in Path(folder).rglob("*.py"))
    print(f"{files} Python files in {folder}, the least of {rounds} rounds\n")
    print(f"{'program':22} {'seconds':>8} {'CPU':>8} {'MiB':>6} {'CPU / tfgrad':>13}")
    with tempfile.TemporaryDirectory() as cache:
        own: Cost | None = None
        for program in programs(cache):
            if not program.is_installed:
                print(f"{program.name:22} not installed: python -m pip install -r benchmarks/requirements.txt")
                continue
            if "--cache-dir" in program.arguments:
                measured(program, folder)  # fills the cache
            cost = least([measured(program, folder) for _ in range(rounds)])
            own = own or cost
            ratio = cost.cpu / own.cpu
            print(f"{program.name:22} {cost.wall:8.2f} {cost.cpu:8.2f} {cost.memory:6.0f} {ratio:13.3f}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python benchmarks/lint.py FOLDER [ROUNDS]")
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else ROUNDS)
