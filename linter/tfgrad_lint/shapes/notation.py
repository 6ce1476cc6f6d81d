"""Shapes as people write them: ``"b n 2*d"`` in annotations, ``(B, T, D)`` in comments and docstrings."""

from __future__ import annotations

import ast
import operator
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tfgrad_lint.shapes.dims import UNKNOWN, Dim, equal, floor_divide, symbol
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from collections.abc import Callable

_UNSAID: Final = frozenset({"_", "?", "None", "-1", ""})

# A shape in brackets that fills a comment, after a word that says so or the name of the variable.
_COMMENT: Final = re.compile(
    r"#+\s*(?:(?P<label>shape)\s*[:=]?\s*|(?P<name>\w+)\s*:\s*|->\s*)?"
    r"(?:\[(?P<list>[^\[\]()]*)\]|\((?P<tuple>[^\[\]()]*)\))\s*(?:(?:tf\.)?(?:float|int|bool)\d*)?\.?\s*$",
    re.IGNORECASE,
)
# What the axes of a bare ``# (B, T)`` are called: otherwise it may be a remark, or the value itself.
_AXIS: Final = re.compile(
    r"[A-Z][A-Z0-9]?|(?i:(?:n|num)_\w+|\w*(?:batch|time|seq|len|dim|height|width|channel|size|unit|feature|hidden|vocab"
    r"|heads|depth|class|steps|token|rows|cols)\w*)"
)
_ARGUMENT: Final = re.compile(r"^(?P<indent>\s*)(?P<name>\w+)(?:\s*\([^)]*\))?\s*:(?P<text>.*)$")
_SAYS_SHAPE: Final = re.compile(r"\bshaped?\b(?:\s+(?:of|is|like))?\s*[:=]?\s*`*[\[(](?P<axes>[^\[\]()]*)[\])]")
# What makes a shape one of several: ``For 3-D of shape [h, w, c]``, ``shape [b, h, w, c] or [h, w, c]``.
_UNDER_CONDITION: Final = re.compile(r"\b(?:for\s+\d|if|when|unless|either)\b", re.IGNORECASE)
_OR_ANOTHER: Final = re.compile(r"\bor\b.*[\[(]", re.IGNORECASE)
# ``(NHWC)`` are four axes, written without commas.
_SEVERAL_LETTERS: Final = re.compile(r"[A-Z]{2,}")
# What makes it the shape of what the parameter holds.
_WITHIN: Final = re.compile(
    r"\b(?:lists?|tuples?|pairs?|sequences?|iterables?|dict\w*|mappings?|each|every) (?:of|from)\b", re.I
)


_ARITHMETIC: Final[dict[type[ast.operator], Callable[[Any, Any], Dim]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: floor_divide,
}


def size_of(text: str, named: Callable[[str], Dim]) -> Dim:
    """Return the size that an expression of integers and names means, unknown if it is made of anything else.

    Example:
        >>> size_of("2*d + 1", {"d": 4}.__getitem__)
        9

    Raises:
        SyntaxError, ValueError: It is no expression.
    """
    return _value(ast.parse(text, mode="eval").body, named)


def _value(node: ast.expr, named: Callable[[str], Dim]) -> Dim:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        return named(node.id)
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return _ARITHMETIC[type(node.op)](_value(node.left, named), _value(node.right, named))
    return UNKNOWN


@dataclass(frozen=True, slots=True)
class Notation:
    """A shape in somebody's words: a size, a name or a sum of products an axis, empty where nothing is said.

    ``open_at`` is the place among the axes at which any number of further ones may be, None if there is none.
    """

    text: str
    axes: tuple[str, ...]
    open_at: int | None = None


@dataclass(slots=True)
class Names:
    """The sizes that names stand for in one function; ``look_up`` knows those that are variables of the program."""

    look_up: Callable[[str], Dim | None] = lambda _: None
    sizes: dict[str, Dim] = field(default_factory=dict)

    def shape(self, notation: Notation) -> Shape:
        """Return the shape that ``notation`` tells of a tensor of which nothing else is known."""
        if notation.open_at is not None:
            return UNKNOWN_SHAPE
        return Shape(tuple(self._size(axis, self._new) for axis in notation.axes))

    def fits(self, notation: Notation, shape: Shape) -> bool:
        """Tell whether a tensor of ``shape`` may be what ``notation`` says; its sizes are then those of the names."""
        aligned = _aligned(notation, shape)
        if aligned is None:
            return shape.dims is None
        for axis, dim in aligned:
            stated = self._size(axis, lambda _: UNKNOWN)
            if equal(stated, dim) is False:
                return False
            if stated is UNKNOWN and axis.isidentifier() and axis not in _UNSAID:
                self.sizes[axis] = dim
        return True

    def _size(self, axis: str, unheard: Callable[[str], Dim]) -> Dim:
        """Return the size that an axis states; ``unheard`` tells that of a name that nobody knows."""
        if axis in _UNSAID:
            return UNKNOWN
        try:
            return size_of(axis, lambda name: self._named(name, unheard))
        except (SyntaxError, ValueError):
            return UNKNOWN

    def _named(self, name: str, unheard: Callable[[str], Dim]) -> Dim:
        known = self.sizes.get(name)
        if known is None or known is UNKNOWN:
            known = self.look_up(name)
            if known is None:
                return unheard(name)
            self.sizes[name] = known
        return known

    def _new(self, name: str) -> Dim:
        self.sizes[name] = made = symbol(name)
        return made


def _aligned(notation: Notation, shape: Shape) -> list[tuple[str, Dim]] | None:
    """Pair the stated axes with the sizes of ``shape``, None if their numbers do not fit or the rank is not known."""
    if shape.dims is None:
        return None
    further = len(shape.dims) - len(notation.axes)
    if further < 0 or (further and notation.open_at is None):
        return None
    at = notation.open_at or 0
    return list(zip(notation.axes, shape.dims[:at] + shape.dims[at + further :], strict=True))


def of_annotation(text: str) -> Notation:
    """Read the string of a jaxtyping annotation.

    Example:
        >>> of_annotation("b *rest 2*d").axes, of_annotation("b *rest 2*d").open_at
        (('b', '2*d'), 1)
    """
    return _notation(text, text.split())


def of_comment(text: str, variable: str) -> Notation | None:
    """Read a comment beside the assignment of ``variable``, None if it does not state its shape.

    Example:
        >>> of_comment("# (B, T, D)", "x").axes
        ('B', 'T', 'D')
        >>> of_comment("# (see above)", "x") is None
        True
    """
    match = _COMMENT.match(text)
    if match is None or match["name"] not in (None, variable):
        return None
    notation = _of_list(match["list"] if match["tuple"] is None else match["tuple"])
    if notation is None or match["label"] is not None:
        return notation
    names = [axis for axis in notation.axes if axis.isidentifier() and axis not in _UNSAID]
    says_axes = bool(names) and all(_AXIS.fullmatch(name) for name in names)
    is_tuple = "," in notation.text or match["name"] is not None
    return notation if says_axes and is_tuple else None


def of_docstring(text: str) -> dict[str, Notation]:
    """Return the shapes that the section ``Args:`` of a docstring states, by the parameter's name."""
    found: dict[str, Notation] = {}
    _, _, section = text.partition("Args:\n")
    for line in section.splitlines():
        if line and not line[0].isspace():
            break
        argument, said = _ARGUMENT.match(line), _SAYS_SHAPE.search(line)
        if argument is None or said is None or _is_one_of_several(line, said):
            continue
        notation = _of_list(said["axes"])
        if notation is not None:
            found[argument["name"]] = notation
    return found


def _is_one_of_several(line: str, said: re.Match[str]) -> bool:
    before, after = line[: said.start()], line[said.end() :]
    return any(words.search(before) for words in (_WITHIN, _UNDER_CONDITION)) or _OR_ANOTHER.search(after) is not None


def _of_list(text: str) -> Notation | None:
    axes = [axis.strip() for axis in text.split(",")]
    if axes[-1] == "" and len(axes) > 1:
        axes.pop()
    if len(axes) == 1 and _SEVERAL_LETTERS.fullmatch(axes[0]):
        return None
    return _notation(text, axes) if all(_is_axis(axis) for axis in axes) else None


def _is_axis(axis: str) -> bool:
    return axis in (_UNSAID - {""}) or axis == "..." or re.fullmatch(r"[\w]+(?:\s*[-+*/]+\s*\w+)*", axis) is not None


def _notation(text: str, axes: list[str]) -> Notation:
    opened = [at for at, axis in enumerate(axes) if axis.startswith(("*", "..."))]
    closed = tuple(_plain(axis) for axis in axes if not axis.startswith(("*", "...")))
    return Notation(text, closed, opened[0] if opened else None)


def _plain(axis: str) -> str:
    """Drop jaxtyping's marks: ``name=4`` is 4; what broadcasts (``#``) or may differ (``?``, ``_``) is not said."""
    if axis.startswith(("#", "?", "_", "{")):
        return ""
    return axis.rpartition("=")[2]
