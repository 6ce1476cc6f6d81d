"""The plugin is loaded into every pytest run of its users: importing it costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Together with what only reports and results need: their data classes take half as long as all the rest.
HEAVY = (
    "tensorflow",
    "numpy",
    "keras",
    "tfgrad_lint",
    "libcst",
    "pytest_tfgrad.results",
    "pytest_tfgrad.report.terminal",
)


def heavy_modules_after(statement: str) -> set[str]:
    """The heavy modules that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*(m for m in {HEAVY!r} if m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("module", ["pytest_tfgrad", "pytest_tfgrad.plugin"])
def test_importing_the_plugin_loads_nothing_heavy(module: str) -> None:
    assert heavy_modules_after(f"import {module}") == set()


def test_that_the_import_test_can_fail() -> None:
    assert {"tensorflow", "numpy"} <= heavy_modules_after("import pytest_tfgrad.running")


def test_a_run_without_gradients_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(
        f"import sys\ndef test_nothing(): assert not [m for m in {HEAVY!r} if m in sys.modules]\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        f"--rootdir={tmp_path}",
        str(tmp_path),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert "gradients" not in run.stdout
