"""Syntax trees by the text that they are of: a file that is linted and imported too is parsed once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import libcst as cst

# What is kept, in characters of text. On tensorflow/agents (4.9 million characters) no file is parsed twice and the
# peak of the whole run is 205 MiB, 75 MiB more than with nothing kept.
_KEPT: Final = 4_000_000

# The parser's own confusion, which says nothing about the text; older releases of libcst have no name for it, and
# TorchFix, which some have beside us, holds it at 1.5.
CONFUSION: Final[tuple[type[Exception], ...]] = tuple(
    getattr(cst, name) for name in ("CSTLogicError",) if hasattr(cst, name)
)

# What the parser raises for text that it does not take: its grammar's error, or that of a node which it made of the
# text and then finds wrong (``with x as*y:``).
REFUSALS: Final[tuple[type[Exception], ...]] = (cst.ParserSyntaxError, cst.CSTValidationError, *CONFUSION)


class Trees:
    """The trees of the texts parsed last."""

    def __init__(self) -> None:
        self._trees: OrderedDict[str, cst.Module] = OrderedDict()
        self._texts: dict[cst.Module, str] = {}
        self._kept = 0

    def parse(self, text: str) -> cst.Module:
        """Return the tree of a module.

        Raises:
            REFUSALS: ``text`` is no Python, as far as the parser knows it.
            RecursionError: It nests too deeply.
        """
        tree = self._trees.get(text)
        if tree is not None:
            self._trees.move_to_end(text)
            return tree
        tree = self._trees[text] = cst.parse_module(text)
        self._texts[tree] = text
        self._kept += len(text)
        while self._kept > _KEPT and len(self._trees) > 1:
            dropped, old = self._trees.popitem(last=False)
            del self._texts[old]
            self._kept -= len(dropped)
        return tree

    def may_mention(self, tree: cst.Module | None, word: str) -> bool:
        """Tell whether ``word`` may stand in the text of ``tree``, which spares a walk where it does not."""
        text = None if tree is None else self._texts.get(tree)
        return text is None or word in text
