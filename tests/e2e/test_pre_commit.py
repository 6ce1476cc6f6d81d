"""The hook as its users have it: real pre-commit installs this project from a git repository and runs it."""

from __future__ import annotations

import json
import sys

import pytest

MISMATCH = "import tensorflow as tf\n\nx = tf.matmul(tf.ones([2, 3]), tf.ones([4, 5]))\n"
UNWATCHED = """\
import tensorflow as tf

x = tf.constant(3.0)
with tf.GradientTape() as tape:
    y = x * x
gradient = tape.gradient(y, x)
"""
WATCHED = UNWATCHED.replace("tape:\n", "tape:\n    tape.watch(x)\n")
RIGHT = "import tensorflow as tf\n\nx = tf.matmul(tf.ones([2, 3]), tf.ones([3, 5]))\n"


def notebook(source):
    cell = {"cell_type": "code", "metadata": {}, "source": source.splitlines(keepends=True)}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})


@pytest.fixture(scope="module")
def revision(project_copy, commit):
    """The commit that holds this project as it lies in the working tree."""
    return commit(project_copy)


@pytest.fixture
def hooked(tmp_path, project_copy, revision, commit, run):
    """A folder for a user's files, and a function that runs a hook over all of them."""
    user, home = tmp_path / "user", tmp_path / "home"
    user.mkdir()

    def run_hook(hook="tfgrad-lint"):
        (user / ".pre-commit-config.yaml").write_text(
            f"repos:\n- repo: {project_copy.as_uri()}\n  rev: {revision}\n  hooks:\n  - id: {hook}\n"
        )
        commit(user)
        command = (sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never")
        return run(*command, cwd=user, check=False, PRE_COMMIT_HOME=str(home))

    return user, home, run_hook


def test_the_hook_finds_what_is_wrong_in_python_and_notebooks_and_needs_no_tensorflow(hooked):
    user, home, run_hook = hooked
    (user / "wrong.py").write_text(MISMATCH)
    (user / "wrong.pyi").write_text(MISMATCH)
    (user / "wrong.ipynb").write_text(notebook(MISMATCH))
    (user / "right.py").write_text(RIGHT)
    (user / "notes.txt").write_text(MISMATCH)
    (user / "old.py").write_text(MISMATCH)
    (user / "tfgrad.toml").write_text('exclude = ["old.py"]\n')

    found = run_hook()
    assert found.returncode == 1, found.stdout + found.stderr
    places = [line.split(": TFG101")[0] for line in found.stdout.splitlines() if ": TFG101 " in line]
    assert places == ["wrong.ipynb:cell 1:3:5", "wrong.py:3:5", "wrong.pyi:3:5"]
    assert "3 findings in 4 files." in found.stdout

    installed = {path.name for path in home.glob("**/site-packages/*")}
    assert "libcst" in installed
    assert not {"tensorflow", "keras", "numpy"} & installed

    for name in ("wrong.py", "wrong.pyi"):
        (user / name).write_text(RIGHT)
    (user / "wrong.ipynb").write_text(notebook(RIGHT))
    clean = run_hook()
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert "tfgrad lint" in clean.stdout
    assert "Passed" in clean.stdout


def test_the_fixing_hook_fails_once_as_it_changes_files_and_then_passes(hooked):
    user, _, run_hook = hooked
    (user / "unwatched.py").write_text(UNWATCHED)
    (user / "unwatched.ipynb").write_text(notebook(UNWATCHED))

    fixed = run_hook("tfgrad-lint-fix")
    assert fixed.returncode == 1, fixed.stdout + fixed.stderr
    assert "files were modified by this hook" in fixed.stdout
    assert "Fixed 2 findings." in fixed.stdout
    assert (user / "unwatched.py").read_text() == WATCHED
    assert (user / "unwatched.ipynb").read_text() == notebook(WATCHED)

    again = run_hook("tfgrad-lint-fix")
    assert again.returncode == 0, again.stdout + again.stderr
