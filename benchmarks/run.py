"""All benchmarks, with their tables in RESULTS.md and their curves as pictures: `python benchmarks/run.py [NAME...]`.

Each is a program of its own that prints Markdown and then its goals. RESULTS.md is written after each; if one breaks,
its part stays as it was and the others still run. With names, only those are run. Environment variables:

FOLDER: the code that the linter is measured on; without it, the installed Keras.
SUITE: test files for `--gradcheck`; without them, some of dm-sonnet's.
PAIRS: `FOLDER _buggy _fixed`, faulty and repaired programs, for the linter's recall and precision (see pairs.py).
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from goals import HEADER as GOAL_HEADER
from markdown import table

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
PICTURES = HERE.parent / "docs" / "pictures"
VERSIONS = (
    "tensorflow",
    "tensorflow-cpu",
    "keras",
    "numpy",
    "torch",
    "jax",
    "dm-sonnet",
    "libcst",
)


# In the order in which they are run: those that goals rest on first, the long ones last.
HEADINGS = {
    "gradcheck": "What recording and checking cost",
    "interpreter": "The linter beside the bare parse, and against the size of a file",
    "lint": "The linter beside others",
    "scaling": "More processes",
    "overhead": "A suite with and without `--gradcheck`",
    "detection": "Wrong gradients found, right ones accused",
    "pairs": "Faulty and repaired programs",
    "peers": "Gradient checks beside those of other libraries",
    "hunt": "The gradients of TensorFlow itself",
}
GOALS = "Goals"
INTRODUCTION = "# Results\n\nWritten by `make bench`. Compare figures of one table only: each comes from one run."


def code_folder() -> str:
    """What the linter is measured on: by default what is there wherever this runs, the installed Keras."""
    if "FOLDER" in os.environ:
        return os.environ["FOLDER"]
    spec = find_spec("keras")
    if spec is None or spec.origin is None:
        sys.exit("keras is not installed; use the environment that `make bench` makes")
    return str(Path(spec.origin).parent)


def benchmarks() -> dict[str, list[str]]:
    """The arguments of each program, by its name, in order."""
    folder, pictures = code_folder(), str(PICTURES)
    arguments = {
        "interpreter": [folder, pictures],
        "lint": [folder],
        "scaling": [folder],
        "overhead": shlex.split(os.environ.get("SUITE", "")),
        "pairs": shlex.split(os.environ.get("PAIRS", "")),
        "peers": ["--pictures", pictures],
        "hunt": ["--counts"],
    }
    return {name: arguments.get(name, []) for name in HEADINGS if name != "pairs" or arguments["pairs"]}


def machine() -> str:
    """Cores, memory and versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = [f"{name} {found}" for name in VERSIONS if (found := installed(name))]
    cores = f"{os.cpu_count()} cores, {memory:.0f} GiB of memory"
    return f"{cores}, Python {platform.python_version()}, {', '.join(versions)}."


def installed(name: str) -> str | None:
    """The version of a distribution, if there is one."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@dataclass
class Results:
    """What RESULTS.md holds: by heading of each benchmark, what it printed and the rows of its goals."""

    parts: dict[str, str] = field(default_factory=dict)
    goals: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Results:
        """What is there from earlier runs."""
        results = cls()
        if RESULTS.is_file():
            for section in RESULTS.read_text(encoding="utf-8").split("\n## ")[1:]:
                heading, _, text = section.partition("\n")
                if heading == GOALS:
                    for row in text.strip().splitlines()[2:]:
                        results.goals.setdefault(row.split(" | ")[0].removeprefix("| "), []).append(row)
                else:
                    results.parts[heading] = text.strip()
        return results

    def add(self, heading: str, printed: str) -> None:
        """What a benchmark printed, in place of what it printed before."""
        part, _, goals = printed.partition(table(GOAL_HEADER, (), texts=4))
        self.parts[heading] = part.strip()
        self.goals[heading] = [f"| {heading} {row}" for row in goals.strip().splitlines()]

    def write(self) -> None:
        """Write RESULTS.md; the goals come first."""
        headings = [heading for heading in HEADINGS.values() if heading in self.parts]
        goals = [row for heading in headings for row in self.goals.get(heading, ())]
        header = table(("benchmark", *GOAL_HEADER), (), texts=5)
        parts = [f"## {heading}\n\n{self.parts[heading]}" for heading in headings]
        pieces = [INTRODUCTION, machine(), "\n".join([f"## {GOALS}\n", header, *goals]), *parts]
        RESULTS.write_text("\n\n".join(pieces) + "\n", encoding="utf-8")


def printed(name: str, arguments: list[str]) -> str | None:
    """What a benchmark prints; None if it breaks."""
    print(f"{time.strftime('%H:%M')} {name} ...", flush=True)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, str(HERE / f"{name}.py"), *arguments]
    ran = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    if ran.returncode in (0, 1):  # 1: ran, and did not reach what it demands, as it says
        return ran.stdout
    print(f"{name} broke with exit code {ran.returncode}; its part of RESULTS.md stays as it was", flush=True)
    return None


def main(names: list[str]) -> int:
    """Run the benchmarks that are named, or all; the number of those that broke."""
    every = benchmarks()
    if unknown := set(names) - set(every):
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    results, broken = Results.read(), 0
    for name in names or every:
        output = printed(name, every[name])
        if output is None:
            broken += 1
            continue
        results.add(HEADINGS[name], output)
        results.write()
    return broken


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
