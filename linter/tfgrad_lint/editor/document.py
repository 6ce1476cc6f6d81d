"""What is known of one version of an open file."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tfgrad_lint.catalogue import CODES
from tfgrad_lint.config import Configurations
from tfgrad_lint.discovery import is_excluded
from tfgrad_lint.errors import UsageError
from tfgrad_lint.file_check import check_text, project_of
from tfgrad_lint.file_result import FileResult
from tfgrad_lint.inference import Inference, InferredShape, InferredTensor
from tfgrad_lint.notebook import NOTEBOOK_SUFFIX
from tfgrad_lint.parsing import parse
from tfgrad_lint.paths import display
from tfgrad_lint.source import is_relevant, source_of_text

if TYPE_CHECKING:
    from pathlib import Path

    from tfgrad_lint.source import Source


class Document:
    """A version of the text of the file at the absolute ``path``; what is asked for is found out once."""

    def __init__(self, path: Path, text: str, version: int | None) -> None:
        self.path = path
        self.text = text
        self.version = version

    @cached_property
    def result(self) -> FileResult:
        """What the rules find, with the settings that hold for the file.

        Raises:
            UsageError: For a broken configuration file.
        """
        configurations = Configurations(CODES)
        settings = configurations.for_folder(self.path.parent)
        if not self._is_relevant or is_excluded(self.path, configurations):
            return FileResult(self.source.path, is_relevant=False)
        return check_text(self.path, self.source, settings)

    @cached_property
    def source(self) -> Source:
        """The text with its lines."""
        # What clients call a notebook's file is one of its cells.
        path = self.path.with_suffix(".py") if self._is_cell else self.path
        return source_of_text(display(path), self.text)

    @cached_property
    def shapes(self) -> tuple[InferredShape, ...]:
        """The shapes of the tensors that the file assigns to names."""
        return () if self._inference is None else self._inference.shapes()

    def tensor(self, name: str, line: int) -> InferredTensor | None:
        """Return the tensor that is assigned to ``name`` on ``line`` or nearest above it."""
        return None if self._inference is None else self._inference.tensor(name, line)

    @cached_property
    def _inference(self) -> Inference | None:
        if not self._is_relevant:
            return None
        try:
            module = parse(self.source).module
            settings = Configurations(CODES).for_folder(self.path.parent)
            if module is None:
                return None
            project = project_of(settings)
            return Inference(module, str(self.path), project, shape_comments=settings.shape_comments)
        except (RecursionError, UsageError):
            return None

    @property
    def _is_relevant(self) -> bool:
        # A cell means nothing without the cells before it: `tfgrad lint` reads notebooks as a whole.
        return not self._is_cell and is_relevant(self.text.encode("utf-8", "surrogatepass"))

    @property
    def _is_cell(self) -> bool:
        return self.path.suffix == NOTEBOOK_SUFFIX
