"""Where the cache lies: one folder in the project, which no version control picks up."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

NAME = ".tfgrad_cache"

# What marks the top of a project; the cache lies beside the first of them above the working folder.
_MARKERS = (".git", "tfgrad.toml", "pyproject.toml", "setup.py", "setup.cfg")

# https://bford.info/cachedir/: backup programs leave such folders out.
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder was made by tfgrad; it can be deleted at any time.\n"


def default_folder() -> Path:
    """Return the folder for runs from the working folder; it need not exist."""
    here = Path.cwd()
    above = (here, *here.parents)
    top = next((folder for folder in above if any((folder / marker).exists() for marker in _MARKERS)), here)
    return top / NAME


def prepare(folder: Path) -> None:
    """Make the folder, hidden from git and from backups; raises OSError where that is impossible."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
        # Another run may be writing the same.
        with suppress(FileExistsError), (folder / name).open("x", encoding="utf-8") as file:
            file.write(text)
