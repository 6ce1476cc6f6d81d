"""``tfgrad shapes``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfgrad_lint.catalogue import CODES
from tfgrad_lint.config import Configurations
from tfgrad_lint.deep_stack import deep_stack
from tfgrad_lint.errors import UnreadableError, UsageError
from tfgrad_lint.exit_codes import EXIT_CLEAN
from tfgrad_lint.file_check import project_of
from tfgrad_lint.inference import InferredShape, infer_shapes
from tfgrad_lint.parsing import parse
from tfgrad_lint.paths import absolute
from tfgrad_lint.source import source_of_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

# The shapes begin here, or two spaces after a longer line.
_COLUMN = 72


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print.",
)
def shapes(file: str, output_format: str) -> int:
    """Print FILE with the inferred shape of every tensor that it assigns beside it."""
    with deep_stack() as call:
        text, inferred = call(_infer, file)
    if output_format == "json":
        click.echo(json.dumps([asdict(each) for each in inferred], indent=2))
    else:
        click.echo("\n".join(_annotated(text.splitlines(), inferred)))
    return EXIT_CLEAN


def _infer(file: str) -> tuple[str, tuple[InferredShape, ...]]:
    """Return the text of a file and what is inferred for it, under the settings that hold there.

    Raises:
        UsageError: the file can't be read, decoded or parsed, or its configuration is broken.
    """
    settings = Configurations(CODES).for_folder(absolute(file).parent)
    try:
        source = source_of_bytes(file, Path(file).read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    except UnreadableError as error:
        raise UsageError(f"{file}: {error}") from error
    parsed = parse(source)
    if parsed.module is None:
        reasons = [*(f"line {each.span.line}: {each.message}" for each in parsed.problems), *parsed.notes]
        raise UsageError(f"{file}: {'; '.join(reasons)}")
    return source.text, infer_shapes(parsed.module, file, project_of(settings), shape_comments=settings.shape_comments)


def _annotated(lines: Sequence[str], inferred: Sequence[InferredShape]) -> list[str]:
    by_line: dict[int, list[str]] = {}
    for each in inferred:
        by_line.setdefault(each.line, []).append(str(each))
    return [
        f"{line:<{_COLUMN}}  # {'; '.join(by_line[number])}" if number in by_line else line
        for number, line in enumerate(lines, start=1)
    ]
