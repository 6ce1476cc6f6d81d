"""Jupyter notebooks as lines of Python: reads the code cells, in order, with what is only IPython's taken out."""

from __future__ import annotations

import json
import re
import tokenize
from dataclasses import dataclass
from typing import Any

from tfgrad_lint.errors import UnreadableError

NOTEBOOK_SUFFIX = ".ipynb"

# The oldest format whose cells lie at the top level; notebooks of format 3 were converted by Jupyter since 2014.
_OLDEST_FORMAT = 4

# Cell magics whose body is Python that runs in the notebook's own namespace.
_PYTHON_CELL_MAGICS = frozenset({"capture", "prun", "time", "timeit"})

_CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w+)")
_LINE_MAGIC = re.compile(r"\s*(?:[%!?]|[\w.]+\?{1,2}\s*$)")
# ``%time`` runs a statement of the notebook: "pass; " is as long as "%time ", so columns stay.
_TIMED_STATEMENT = re.compile(r"(?P<indent>\s*)%time (?P<statement>.*\S.*)")
_ASSIGNED_MAGIC = re.compile(r"(?P<target>\s*[\w.,\s]+?\s*=\s*)[%!]\s*\w")


# IPython's automagic: `pip install x` and `ls data/` need no sign. What follows the word makes it no Python.
_AUTOMAGIC = re.compile(
    r"(?:cat|cd|conda|cp|less|ll|ls|man|mkdir|more|mv|pip|rm|rmdir)[ ]+(?!(?:and|else|for|if|in|is|not|or)\b)[\w./~]"
)


class BrokenNotebookError(UnreadableError):
    """The file is no notebook that can be read."""


@dataclass(frozen=True)
class Cell:
    """A code cell.

    Attributes:
        number: Its position among all cells, from 1.
        lines: Its lines as written, without the indentation that the whole cell has, which IPython takes away too.
        python_lines: The same lines as pure Python.
        indents: How many letters of indentation were taken away from each line.
    """

    number: int
    lines: tuple[str, ...]
    python_lines: tuple[str, ...]
    indents: tuple[int, ...]


def python_cells(text: str) -> tuple[Cell, ...]:
    """Return the code cells of the notebook ``text``; none if its language is not Python.

    Raises:
        BrokenNotebookError: If the text is not JSON or lacks what a notebook of format 4 has.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise BrokenNotebookError(f"not valid JSON: {error.msg}", error.lineno, error.colno) from None
    except RecursionError:
        raise BrokenNotebookError("nested too deeply") from None
    if not isinstance(document, dict):
        raise BrokenNotebookError("not a notebook: the top level is no object")
    version = document.get("nbformat")
    if not isinstance(version, int):
        raise BrokenNotebookError("not a notebook: `nbformat` is missing")
    if version < _OLDEST_FORMAT:
        raise BrokenNotebookError(f"format {version} is too old: convert it with `jupyter nbconvert --to notebook`")
    if not isinstance(document.get("cells"), list):
        raise BrokenNotebookError("not a notebook: `cells` is missing")
    if _language(document) != "python":
        return ()
    return tuple(
        _cell(number, cell)
        for number, cell in enumerate(document["cells"], start=1)
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    )


def _language(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for section, key in (("language_info", "name"), ("kernelspec", "language")):
        part = metadata.get(section)
        if isinstance(part, dict) and isinstance(part.get(key), str):
            return "python" if part[key].lower() in {"python", "ipython"} else part[key]
    return "python"


def _cell(number: int, cell: dict[str, Any]) -> Cell:
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(part, str) for part in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise BrokenNotebookError(f"cell {number}: `source` is neither text nor a list of texts")
    written = re.split(r"\r\n|\r|\n", source)
    indent = _indentation(written)
    lines = tuple(line.removeprefix(indent) for line in written)
    indents = tuple(len(line) - len(kept) for line, kept in zip(written, lines, strict=True))
    return Cell(number, lines, _without_magics(lines), indents)


def _indentation(lines: list[str]) -> str:
    """Return the indentation of the first line that is not blank."""
    first = next((line for line in lines if line.strip()), "")
    return first[: len(first) - len(first.lstrip())]


def _without_magics(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Replace each IPython line by Python that does nothing, so that no line moves."""
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    cell_magic = _CELL_MAGIC.match(lines[first])
    if cell_magic is not None and cell_magic["name"] not in _PYTHON_CELL_MAGICS:
        return ("",) * len(lines)
    result: list[str] = []
    continues = False
    for index, line in enumerate(lines):
        is_magic = continues or (cell_magic is not None and index == first)
        python = "" if is_magic else _python_line(line, result)
        continues = line.endswith("\\") and (is_magic or python != line)
        result.append(python)
    return tuple(result)


def _python_line(line: str, before: list[str]) -> str:
    magic = _LINE_MAGIC.match(line) or _AUTOMAGIC.match(line)
    assigned = None if magic else _ASSIGNED_MAGIC.match(line)
    # Only the start of a statement can be a magic: in "(a\n % b)" the sign is an operator.
    if (magic is None and assigned is None) or _is_open(before):
        return line
    if assigned is not None:
        return f"{assigned['target']}get_ipython()"
    timed = _TIMED_STATEMENT.match(line)
    if timed is not None:
        return f"{timed['indent']}pass; {timed['statement']}"
    return f"{line[: len(line) - len(line.lstrip())]}pass"


def _is_open(lines: list[str]) -> bool:
    """Tell whether the statement goes on after ``lines``: an open bracket, string or backslash."""
    remaining = iter([f"{line}\n" for line in lines])
    try:
        for _ in tokenize.generate_tokens(lambda: next(remaining, "")):
            pass
    except tokenize.TokenError:
        return True
    except SyntaxError:
        return False
    return False
