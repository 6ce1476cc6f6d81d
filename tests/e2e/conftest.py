"""What the end-to-end tests share: a copy of this project as it lies in the working tree, and a way to run commands."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parents[2]

# Variables that would make a child process use this test run's environment or repository.
_INHERITED = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "PRE_COMMIT")

# Whoever runs the tests may have no name set, or hooks and signing that would run here.
_GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")

Run = "Callable[..., subprocess.CompletedProcess[str]]"


def clean_environment(**more: str) -> dict[str, str]:
    """Return this process's environment without what belongs to the test run."""
    return {name: value for name, value in os.environ.items() if name not in _INHERITED} | more


def run_command(*command: str | Path, cwd: Path, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command; a failure shows what it printed."""
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0 or not check, f"{command}\n{result.stdout}\n{result.stderr}"
    return result


def commit_everything(folder: Path) -> str:
    """Make ``folder`` a git repository with one commit, and return the commit's name."""
    run_command(*_GIT, "init", "--quiet", cwd=folder)
    run_command(*_GIT, "add", "--all", cwd=folder)
    run_command(*_GIT, "commit", "--quiet", "--no-verify", "--message", "all", cwd=folder)
    return run_command(*_GIT, "rev-parse", "HEAD", cwd=folder).stdout.strip()


@pytest.fixture(scope="session")
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """``run_command``."""
    return run_command


@pytest.fixture(scope="session")
def commit() -> Callable[[Path], str]:
    """``commit_everything``."""
    return commit_everything


@pytest.fixture(scope="session")
def project_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this project that git tracks or would track, uncommitted changes included."""
    names = _listed("--cached", "--others", "--exclude-standard")
    copy = tmp_path_factory.mktemp("project")
    for name in names:
        # A file that is deleted and not committed yet is still listed.
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


def _listed(*options: str) -> Sequence[str]:
    return run_command("git", "ls-files", "-z", *options, cwd=ROOT).stdout.strip("\0").split("\0")
