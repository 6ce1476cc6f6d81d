"""Linting must work, and start and end fast, where TensorFlow is not installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "numpy", "pytest", "pytest_tfgrad")
FOR_OTHER_RUNS = ("concurrent.futures.process", "tfgrad_lint.fixing.file_fix")

PROGRAM = """
import sys
{before}
from tfgrad_lint.cli import main
for line in ("lint .", "lint . --output-format json", "explain TFG101", "rules", "config"):
    main(line.split())
print(*(name for name in {heavy!r} if name in sys.modules), file=sys.stderr)
"""


@pytest.fixture
def loaded(write):
    write({"a.py": "import tensorflow as tf\n\ntf.matmul(tf.ones([2, 3]), tf.ones([4, 5]))\nx = (\n"})
    write({"b.py": "import tensorflow as tf\n\ntf.matmul(tf.ones([2, 3]), tf.ones([4, 5]))\n"})

    def run_program(before=""):
        program = PROGRAM.format(before=before, heavy=HEAVY + FOR_OTHER_RUNS)
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert "TFG001" in result.stdout
        return result.stderr.split()

    return run_program


def test_linting_imports_neither_tensorflow_nor_numpy_nor_pytest_nor_what_fixes_and_what_starts_workers(loaded):
    assert loaded() == []


@pytest.mark.parametrize("name", ["numpy", "pytest", "tfgrad_lint.fixing.file_fix"])
def test_the_test_above_would_notice(loaded, name):
    assert name in loaded(before=f"import {name}")


def test_a_run_looks_for_no_garbage_at_its_end():
    program = (
        "import atexit, gc\n"
        "from tfgrad_lint.cli import main\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 0))\n"
        "main(['--version'])\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "True"
