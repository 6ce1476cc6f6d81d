"""The settings that hold for one file: plain values with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tfgrad_lint.selection import Selectors

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from tfgrad_lint.declarations import DeclaredFunction

DEFAULT_ORIGIN = "default"
COMMAND_LINE_ORIGIN = "command line"


@dataclass(frozen=True)
class Patterns:
    """Patterns in the syntax of .gitignore, relative to the folder ``base``."""

    base: Path
    lines: tuple[str, ...]

    def match(self, path: Path, *, is_folder: bool = False) -> bool:
        """Tell whether the absolute ``path`` lies under ``base`` and is matched, by the last pattern that speaks."""
        return self.verdict(path, is_folder=is_folder) is True

    def verdict(self, path: Path, *, is_folder: bool = False) -> bool | None:
        """Return True if ``path`` is matched, False if a ``!pattern`` takes it back, None if nothing speaks of it."""
        if not self.lines or not path.is_relative_to(self.base):
            return None
        relative = path.relative_to(self.base).as_posix()
        return self._spec.check_file(f"{relative}/" if is_folder else relative).include

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        # Imported only where there are patterns: a twentieth of the time that it takes to lint one file.
        from pathspec import GitIgnoreSpec  # noqa: PLC0415

        return GitIgnoreSpec.from_lines(self.lines)


_NOTHING = Patterns(Path("/"), ())


@dataclass(frozen=True)
class PathIgnores:
    """Selectors of rules that stay silent in the files matched by ``patterns``."""

    patterns: Patterns
    ignore: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """The settings of one file, one field a key.

    ``origins`` tells for each field that is not default where it was set; ``command_line`` is stronger than the fields.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    preview: bool = False
    per_file_ignores: tuple[PathIgnores, ...] = ()
    exclude: Patterns = _NOTHING
    # None stands for the newest release.
    tensorflow_version: str | None = None
    # None: what the TensorFlow version installs.
    keras_version: int | None = None
    shape_comments: bool = True
    # The functions of the project's own whose shapes a file declares.
    models: tuple[DeclaredFunction, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()
    command_line: Selectors = field(default_factory=Selectors)

    @property
    def selectors(self) -> tuple[Selectors, ...]:
        """The places that select rules, the stronger one last."""
        return (Selectors(self.select, self.extend_select, self.ignore), self.command_line)

    @property
    def for_analysis(self) -> tuple[object, ...]:
        """The settings on which what is found in a file may depend, whichever rules report."""
        return (self.tensorflow_version, self.certain_keras_version, self.shape_comments, self.models)

    @property
    def certain_keras_version(self) -> int | None:
        """The major version of Keras: as set, or 2 before TensorFlow 2.16, the first to bring Keras 3; else None."""
        if self.keras_version is not None or self.tensorflow_version is None:
            return self.keras_version
        major, minor = self.tensorflow_version.split(".")[:2]
        return 3 if (int(major), int(minor)) >= (2, 16) else 2

    def origin(self, name: str) -> str:
        """Return where the field ``name`` was set: the path of a file, or "default"."""
        return dict(self.origins).get(name, DEFAULT_ORIGIN)
