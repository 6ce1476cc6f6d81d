"""Syntax trees by the text that they are of: a file that is linted and imported too is parsed once."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

import libcst as cst

# What is kept, in characters of text. On tensorflow/agents (4.9 million characters) no file is parsed twice and the
# peak of the whole run is 205 MiB, 75 MiB more than with nothing kept.
_KEPT: Final = 4_000_000

# How many trees are being made of texts by this module, in all threads.
_parsing = 0
_counting = Lock()

_checked: Final = cst.CSTNode.__post_init__


def _checked_unless_parsed(node: cst.CSTNode) -> None:
    if not _parsing:
        _checked(node)


# libcst checks each node that it makes, so that nobody builds what is no Python: a quarter to a third of the time that
# parsing takes, and it has no setting for that. Of a text that its grammar has just taken the checks find only white
# space that Python does not ask for (``with x as*y:``), and confuse themselves over t-strings that are joined. What
# others make in this process is checked as ever.
setattr(cst.CSTNode, "__post_init__", _checked_unless_parsed)  # noqa: B010 - which type checkers take for an error


def parse_module(text: str) -> cst.Module:
    """Return the tree of a module.

    Raises:
        ParserSyntaxError: ``text`` is no Python, as far as the parser knows it.
        RecursionError: It nests too deeply.
    """
    global _parsing  # noqa: PLW0603
    with _counting:
        _parsing += 1
    try:
        return cst.parse_module(text)
    finally:
        with _counting:
            _parsing -= 1


class Trees:
    """The trees of the texts parsed last."""

    def __init__(self) -> None:
        self._trees: OrderedDict[str, cst.Module] = OrderedDict()
        self._texts: dict[cst.Module, str] = {}
        self._kept = 0

    def parse(self, text: str) -> cst.Module:
        """Return the tree of a module; raises as :func:`parse_module` does."""
        tree = self._trees.get(text)
        if tree is not None:
            self._trees.move_to_end(text)
            return tree
        tree = self._trees[text] = parse_module(text)
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
