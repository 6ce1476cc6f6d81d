"""Generated text between marks in a page: `<!-- made from the code: NAME -->` and `<!-- end -->`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_BLOCK = re.compile(r"(?P<mark><!-- made from the code: (?P<name>[\w-]+) -->\n).*?(?=<!-- end -->)", re.DOTALL)


def with_blocks(page: str, blocks: Mapping[str, Callable[[], str]]) -> str:
    """Return the page with what stands between marks made anew.

    Raises:
        KeyError: a mark names none of ``blocks``.
    """
    return _BLOCK.sub(lambda match: f"{match['mark']}\n{blocks[match['name']]()}\n\n", page)


def table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table."""
    lines = (heading, ("---",) * len(heading), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def code(text: object) -> str:
    """Return text in code type."""
    return f"`{text}`"


def alternatives(words: Iterable[object]) -> str:
    """Return words in code type, with "or" before the last one."""
    *first, last = map(code, words)
    return f"{', '.join(first)} or {last}" if first else last
