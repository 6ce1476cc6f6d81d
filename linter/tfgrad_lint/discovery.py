"""Which files are linted: the named ones, and in named folders those that are neither ignored nor excluded."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfgrad_lint.errors import UsageError
from tfgrad_lint.paths import absolute
from tfgrad_lint.settings import Patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tfgrad_lint.config import Configurations

SUFFIXES = (".py", ".pyi", ".ipynb")

# Folders of tools, environments and build results, as ruff and black leave out.
DEFAULT_EXCLUDES = (
    ".bzr", ".direnv", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pants.d", ".pyenv",
    ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tfgrad_cache", ".tox", ".venv", ".vscode", "__pycache__",
    "__pypackages__", "_build", "buck-out", "node_modules", "site-packages", "venv",
)  # fmt: skip


@dataclass(frozen=True)
class _Root:
    """What counts below a named path: .gitignore files up to ``top``, and whether the ``exclude`` setting does."""

    top: Path
    applies_exclude: bool = True


@dataclass
class Discovery:
    """Finds files below the named paths.

    Args:
        configurations: Give the ``exclude`` patterns that hold in each folder.
        force_exclude: Apply exclusions to paths that are named themselves too, as pre-commit needs it.
    """

    configurations: Configurations
    force_exclude: bool = False
    unreadable_folders: list[Path] = field(default_factory=list)
    _gitignores: dict[Path, Patterns | None] = field(default_factory=dict)

    def files(self, paths: Iterable[Path | str]) -> list[Path]:
        """Return the absolute paths of the files to lint, each once, sorted within each named folder.

        Folders that cannot be listed are collected in ``unreadable_folders``.

        Raises:
            UsageError: For a path that does not exist, or a broken configuration file.
        """
        found: dict[Path, None] = {}
        for given in paths:
            path = absolute(given)
            if not os.path.lexists(path):
                raise UsageError(f"no such file or folder: {given}")
            is_folder = path.is_dir()
            root = _Root(_repository_of(path) or (path if is_folder else path.parent))
            if self.force_exclude and self._lies_in_excluded(path, root, is_folder=is_folder):
                continue
            found.update(dict.fromkeys(self._walk(path, self._root_of_named(path, root)) if is_folder else (path,)))
        return list(found)

    def _root_of_named(self, folder: Path, root: _Root) -> _Root:
        """Let what would leave out the whole of a named folder count no more: whoever names it wants it."""
        is_ignored = self._is_ignored(folder, root.top, is_folder=True)
        is_excluded = self.configurations.for_folder(folder).exclude.match(folder, is_folder=True)
        return _Root(folder if is_ignored else root.top, applies_exclude=not is_excluded)

    def _walk(self, folder: Path, root: _Root) -> Iterator[Path]:
        # Links to folders are not followed, so there are no loops and no file is met twice.
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            self.unreadable_folders.append(folder)
            return
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not (entry.name.endswith(SUFFIXES) and _is_file(entry)):
                continue
            path = folder / entry.name
            if self._is_excluded(path, root, is_folder=is_folder):
                continue
            if is_folder:
                yield from self._walk(path, root)
            else:
                yield path

    def _lies_in_excluded(self, path: Path, root: _Root, *, is_folder: bool) -> bool:
        if self._is_excluded(path, root, is_folder=is_folder):
            return True
        above = (parent for parent in path.parents if root.top in parent.parents)
        return any(self._is_excluded(parent, root, is_folder=True) for parent in above)

    def _is_excluded(self, path: Path, root: _Root, *, is_folder: bool) -> bool:
        if is_folder and path.name in DEFAULT_EXCLUDES:
            return True
        if self._is_ignored(path, root.top, is_folder=is_folder):
            return True
        exclude = self.configurations.for_folder(path.parent).exclude
        return root.applies_exclude and exclude.match(path, is_folder=is_folder)

    def _is_ignored(self, path: Path, top: Path, *, is_folder: bool) -> bool:
        """Tell what git would say: the .gitignore nearest to the path that speaks of it decides, up to ``top``."""
        for folder in path.parents:
            patterns = self._gitignore(folder)
            verdict = None if patterns is None else patterns.verdict(path, is_folder=is_folder)
            if verdict is not None:
                return verdict
            if folder == top:
                break
        return False

    def _gitignore(self, folder: Path) -> Patterns | None:
        if folder not in self._gitignores:
            self._gitignores[folder] = _read_patterns(folder)
        return self._gitignores[folder]


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads back to itself
        return False


def is_excluded(path: Path, configurations: Configurations) -> bool:
    """Tell whether the file at the absolute ``path`` is one that folders are walked without."""
    return path.exists() and not Discovery(configurations, force_exclude=True).files([path])


def _repository_of(path: Path) -> Path | None:
    """Return the top folder of the git repository around ``path``, None outside of one."""
    return next((folder for folder in (path, *path.parents) if (folder / ".git").exists()), None)


def _read_patterns(folder: Path) -> Patterns | None:
    lines: list[str] = []
    for name in (".git/info/exclude", ".gitignore"):
        # Most folders have neither; one that cannot be read ignores nothing.
        with suppress(OSError):
            lines += (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
    return Patterns(folder, tuple(lines)) if lines else None
