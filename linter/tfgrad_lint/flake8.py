"""A plugin for flake8: ``flake8 --select TFG`` reports what ``tfgrad lint`` does."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from tfgrad_lint.errors import UsageError
from tfgrad_lint.paths import absolute, display
from tfgrad_lint.source import is_relevant, source_of_text

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

# No rule's code: flake8 shows a traceback for what a plugin raises, and a line for what it reports.
_BROKEN_SETTINGS = "TFG000"

# What flake8 calls standard input.
_STDIN = ("-", "stdin")


class Plugin:
    """What flake8 makes for each file; the settings are those of the file's ``tfgrad.toml`` or ``pyproject.toml``."""

    name = "tfgrad"
    version = version("pytest-tfgrad")

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        # flake8 gives an AST to every plugin that asks for it, and takes those that do not for readers of single lines.
        del tree
        self._filename = "stdin.py" if filename in _STDIN else filename
        self._text = "".join(lines)

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Yield (line from 1, column from 0, code and message, the plugin) of each finding."""
        if not is_relevant(self._text.encode("utf-8", "surrogatepass")):
            return
        # Imported here: most files name neither TensorFlow nor Keras, and need neither the parser nor the rules.
        from tfgrad_lint.catalogue import CODES  # noqa: PLC0415
        from tfgrad_lint.config import Configurations  # noqa: PLC0415
        from tfgrad_lint.deep_stack import deep_stack  # noqa: PLC0415
        from tfgrad_lint.discovery import is_excluded  # noqa: PLC0415
        from tfgrad_lint.file_check import check_source  # noqa: PLC0415

        path = absolute(self._filename)
        configurations = Configurations(CODES)
        try:
            settings = configurations.for_folder(path.parent)
            if is_excluded(path, configurations):
                return
        except UsageError as error:
            yield 1, 0, f"{_BROKEN_SETTINGS} {error}", Plugin
            return
        source = source_of_text(display(path), self._text)
        with deep_stack() as call:
            result = call(check_source, path, source, settings)
        for finding in result.findings:
            yield finding.span.line, finding.span.column - 1, f"{finding.code} {finding.message}", Plugin
