"""Text to libcst tree: where it is no Python, says so in CPython's own words; never overflows the stack."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.findings import Span
from tfgrad_lint.trees import Trees, parse_module

if TYPE_CHECKING:
    from tfgrad_lint.source import Source

# Shorter files cannot nest deeply enough to overflow the stack of deep_stack: 64 K levels of up to 8 KiB each.
# Asking CPython first, which refuses deep nesting, costs a tenth of libcst's own time, too much for every file.
_LONG_FILE = 64 << 10

# A tree takes about a kilobyte a token: a list of 700,000 numbers (2 MB) took 25 s and 2.8 GB. The largest modules that
# people write or generate for TensorFlow are half as long as this.
_LONGEST_FILE = 1 << 20

TOO_DEEP = "nested too deeply to be analysed"
_UNKNOWN_SYNTAX = "valid Python that the parser does not know yet: not analysed"


@dataclass(frozen=True)
class SyntaxProblem:
    """Where and why CPython refuses the text, in lines of the whole text."""

    message: str
    span: Span


@dataclass(frozen=True)
class Parsed:
    """The tree, or None where there is none; what is wrong with the text; what was left out and why."""

    module: cst.Module | None
    problems: tuple[SyntaxProblem, ...] = ()
    notes: tuple[str, ...] = ()


def parse(source: Source, trees: Trees | None = None) -> Parsed:
    """Parse a file; in a notebook a cell that is no Python is reported and left out, the others are parsed.

    Args:
        source: The file.
        trees: Where its tree may be already, and is kept.
    """
    if len(source.text) > _LONGEST_FILE:
        return Parsed(None, notes=(f"longer than {_LONGEST_FILE >> 20} MiB: not analysed",))
    if len(source.text) > _LONG_FILE and _is_too_deep(source.text):
        return Parsed(None, notes=(TOO_DEEP,))
    try:
        return Parsed((trees or Trees()).parse(source.text))
    except cst.ParserSyntaxError:
        pass
    except RecursionError:
        return Parsed(None, notes=(TOO_DEEP,))
    return _parse_good_cells(source) if source.cells else _refused(source.text)


def _refused(text: str) -> Parsed:
    problem = syntax_problem(text)
    if problem is None:
        # CPython takes it: a gap of libcst's is no mistake of the user's.
        return Parsed(None, notes=(_UNKNOWN_SYNTAX,))
    return Parsed(None, (problem,))


def syntax_problems(source: Source) -> list[SyntaxProblem]:
    """Return what CPython says against a file, in a notebook against each cell."""
    texts = [(source.cell_text(index), source.first_line(index) - 1) for index in range(len(source.cells))]
    found = [(syntax_problem(text), lines) for text, lines in texts or [(source.text, 0)]]
    return [_moved(problem, lines) for problem, lines in found if problem is not None]


def _parse_good_cells(source: Source) -> Parsed:
    problems: list[SyntaxProblem] = []
    texts: list[str] = []
    for index, cell in enumerate(source.cells):
        text = source.cell_text(index)
        problem = syntax_problem(text)
        if problem is not None:
            problems.append(_moved(problem, source.first_line(index) - 1))
            text = "\n" * len(cell.lines)
        texts.append(text)
    try:
        return Parsed(parse_module("".join(texts)), tuple(problems))
    except cst.ParserSyntaxError:
        return Parsed(None, tuple(problems), ("not analysed: the parser refuses cells that Python takes",))


def syntax_problem(text: str) -> SyntaxProblem | None:
    """Return what CPython says against ``text``; None if it is valid, ``await`` outside functions included."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<text>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        return SyntaxProblem(error.msg, _span(error))
    except ValueError as error:  # NUL bytes, before Python 3.12
        return SyntaxProblem(str(error), Span(1, 1, 1, 2))
    except (RecursionError, MemoryError):
        return None
    return None


def _span(error: SyntaxError) -> Span:
    line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
    end_line, end_column = error.end_lineno or line, error.end_offset or 0
    if (end_line, end_column) <= (line, column):
        end_line, end_column = line, column + 1
    return Span(line, column, end_line, end_column)


def _moved(problem: SyntaxProblem, lines: int) -> SyntaxProblem:
    span = problem.span
    return SyntaxProblem(problem.message, Span(span.line + lines, span.column, span.end_line + lines, span.end_column))


def _is_too_deep(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (RecursionError, MemoryError):
        return True
    except (SyntaxError, ValueError) as error:
        return "too many nested" in str(error)
    return False
