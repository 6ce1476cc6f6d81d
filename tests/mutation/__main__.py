"""Mutation testing of the parts that are mathematics: `python -m tests.mutation [PART...]`, `make mutation`.

A part is a folder of a package (`numeric`) or one file of it (`numeric/derivative`). It is copied with its tests to
build/mutation/PART, where mutmut changes one thing at a time and runs the tests that reach it: the quick ones, and what
these do not notice is looked at again with all of them. What no test noticed is listed at the end; docs/architecture.md
tells which of these changes make no difference. A part that was mutated before goes on where it was stopped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.quick_first import SLOWEST

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "mutation"

# Seconds that a test may take in the first look.
QUICK = 0.1

SETTINGS = """
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "-p", "no:randomly"]

[tool.mutmut]
source_paths = ["{source}"]
also_copy = ["{package}", "tests"]
only_mutate = ["{source}{file}"]
pytest_add_cli_args = ["-p", "tests.mutation.quick_first"]
pytest_add_cli_args_test_selection = ["{tests}"]
# An endless loop is one after a few times of what the tests take; 15, the default, costs minutes for each.
timeout_multiplier = 4
timeout_constant = 5
"""


@dataclass(frozen=True)
class Part:
    """What is mutated.

    Attributes:
        package: its folder in the repository.
        folder: the part of the package, with a slash at the end.
        tests: the folder of its own tests.
    """

    package: str
    folder: str
    tests: str


PARTS = {
    "shapes": Part("linter/tfgrad_lint", "shapes/", "tests/linter/shapes"),
    "numeric": Part("pytest_tfgrad", "numeric/", "tests/plugin/numeric"),
}


def prepared(name: str) -> Path:
    """Copy a part and its tests as they are now, and return the folder."""
    whole, _, file = name.partition("/")
    part, folder = PARTS[whole], BUILD / name.replace("/", "-")
    package = Path(part.package).name
    for source in (part.package, "tests"):
        copy = folder / Path(source).name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(ROOT / source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    settings = SETTINGS.format(
        source=f"{package}/{part.folder}", package=package, tests=part.tests, file=f"{file}.py" if file else "*"
    )
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    return folder


def exists(name: str) -> bool:
    """Tell whether a part has this name."""
    whole, _, file = name.partition("/")
    return whole in PARTS and (not file or (ROOT / PARTS[whole].package / PARTS[whole].folder / f"{file}.py").is_file())


def mutmut(folder: Path, *arguments: str, slowest: float = float("inf")) -> subprocess.CompletedProcess[str]:
    """Run mutmut on a part, with the tests that take no longer than so many seconds."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    capture = subprocess.PIPE if arguments == ("results",) else None
    environment = {**os.environ, SLOWEST: str(slowest)}
    return subprocess.run(command, cwd=folder, check=False, text=True, stdout=capture, env=environment)


def unnoticed(folder: Path) -> list[str]:
    """The changes that no test noticed so far."""
    lines = mutmut(folder, "results").stdout.splitlines()
    return [line.partition(":")[0].strip() for line in lines if line.endswith(": survived")]


def main(names: list[str]) -> int:
    """Mutate the parts that are named, or all; the number of parts that broke."""
    if unknown := [name for name in names if not exists(name)]:
        sys.exit(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}, and their files as PART/FILE")
    broken = 0
    for name in names or PARTS:
        folder = prepared(name)
        print(f"{name}: mutated in {folder.relative_to(ROOT)}, where `mutmut show NAME` shows a change", flush=True)
        broken += mutmut(folder, "run", slowest=QUICK).returncode != 0
        if again := unnoticed(folder):
            broken += mutmut(folder, "run", *again).returncode != 0
        print(*unnoticed(folder), sep="\n")
    return broken


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
