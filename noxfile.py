"""Every version that is supported, in an environment of its own: `nox`, or `nox -s oldest -- tests/linter/shapes`.

Each minor version of TensorFlow since 2.16 meets one of the Pythons that it supports, each Python the newest one. The
linter, which needs no TensorFlow, meets every Python, and once the oldest dependencies that are admitted.
docs/versions.md tells how it went.
"""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]

# 3.11 with the newest TensorFlow is what `make test` usually runs.
TENSORFLOWS = [
    ("2.16.2", "3.10"),
    ("2.17.1", "3.11"),
    ("2.18.1", "3.12"),
    ("2.19.1", "3.10"),
    ("2.20.0", "3.13"),
    ("2.21.0", "3.10"),
    ("2.21.0", "3.12"),
    ("2.21.0", "3.13"),
]


@nox.session
@nox.parametrize(
    ("python", "tensorflow"),
    [(python, tensorflow) for tensorflow, python in TENSORFLOWS],
    ids=[f"tensorflow-{tensorflow}-python-{python}" for tensorflow, python in TENSORFLOWS],
)
def plugin(session: nox.Session, tensorflow: str) -> None:
    """The plugin's tests with one version of TensorFlow."""
    session.install("--editable", ".", "--group", "tools", f"tensorflow-cpu=={tensorflow}")
    session.run("pytest", "-n", "2", "--dist", "loadfile", *(session.posargs or ["tests/plugin"]))


@nox.session(python=PYTHONS)
def linter(session: nox.Session) -> None:
    """The linter's tests on one Python, without TensorFlow."""
    session.install("--editable", ".", "--group", "tools")
    session.run("pytest", "-n", "2", "--dist", "loadfile", *(session.posargs or ["tests/linter"]))


@nox.session(python=PYTHONS[0], venv_backend="uv")
def oldest(session: nox.Session) -> None:
    """The linter's tests with the oldest dependencies that are admitted."""
    session.install("--group", "tools")
    session.install("--resolution", "lowest-direct", "--reinstall", "--editable", ".")
    session.run("pytest", "-n", "2", "--dist", "loadfile", *(session.posargs or ["tests/linter"]))
