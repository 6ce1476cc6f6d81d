"""Calls of functions without a model are counted, by name."""

import subprocess
import sys
from pathlib import Path

CODE = """
import tensorflow as tf
import numpy as np

def f(x):
    return tf.nn.no_such_function(x) + tf.nn.no_such_function(x) + np.no_such_function(x) + tf.ones([2])

for _ in range(20):
    f(tf.ones([2]))
"""


def statistics(folder: Path) -> list[str]:
    command = [sys.executable, "-m", "tfgrad_lint", "lint", "--statistics", "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()


def test_statistics_list_unknown_functions_by_the_number_of_places_that_call_them(tmp_path: Path):
    (tmp_path / "a.py").write_text(CODE)
    (tmp_path / "b.py").write_text("import tensorflow as tf\ntf.nn.no_such_function(1)\n")
    listed = [
        "4 calls of functions whose results are unknown:",
        "3  tf.nn.no_such_function",
        "1  np.no_such_function",
        "No findings in 2 files.",
    ]
    assert statistics(tmp_path) == listed
    # Once more, from the cache.
    assert statistics(tmp_path) == listed


def test_functions_with_a_model_are_not_listed(tmp_path: Path):
    (tmp_path / "a.py").write_text("import tensorflow as tf\ntf.matmul(tf.ones([2, 3]), unknown)\n")
    assert statistics(tmp_path) == ["No findings in 1 file."]
