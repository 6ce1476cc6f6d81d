"""Names of targets and sources, taken from variables and from the source text of the call."""

from __future__ import annotations

import ast
import linecache
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pytest_tfgrad.parsing import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_tfgrad.recording.location import Location

# Names that TensorFlow gives to a variable whose author gave none.
_DEFAULT_VARIABLE_NAMES = frozenset({"", "Variable", "variable"})


def names_of(values: list[Any], role: str, argument: ast.expr | None) -> list[str]:
    """A name for each flattened target or source.

    Args:
        values: tensors and variables, flattened.
        role: `target` or `source`, used where nothing better is known.
        argument: the argument of the call as written, None if the source text is not at hand.
    """
    texts = _texts(argument, len(values))
    fallback = [role] if len(values) == 1 else [f"{role}[{index}]" for index in range(len(values))]
    return [
        variable_path(value) or text or default for value, text, default in zip(values, texts, fallback, strict=True)
    ]


def variable_path(value: Any) -> str | None:
    """The path or the name of a variable if its author gave one, else None."""
    if not hasattr(value, "handle"):
        return None
    path = getattr(value, "path", None) or str(getattr(value, "name", "")).split(":")[0]
    return None if path in _DEFAULT_VARIABLE_NAMES else str(path)


def _texts(argument: ast.expr | None, count: int) -> list[str | None]:
    """The texts of the members of an argument; None where the source does not say which member is which."""
    front, back = _members(argument)
    if len(front) == count:
        return front
    if len(front) + len(back) <= count and (front or back):
        return [*front, *[None] * (count - len(front) - len(back)), *back]
    text = _text(argument)
    if count == 1:
        return [text]
    return [f"{text}[{index}]" if text else None for index in range(count)]


def _members(argument: ast.expr | None) -> tuple[list[str | None], list[str | None]]:
    """The texts of the members at the front and, behind some of unknown number, at the back (`[x] + weights`)."""
    if isinstance(argument, ast.List | ast.Tuple) and not any(isinstance(e, ast.Starred) for e in argument.elts):
        return [_text(element) for element in argument.elts], []
    if isinstance(argument, ast.Dict):
        return [_text(element) for element in _in_key_order(argument)], []
    if isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.Add):
        return _members(argument.left)[0], _members(argument.right)[0]
    return [], []


def _in_key_order(argument: ast.Dict) -> list[ast.expr]:
    """Values in the order in which `tf.nest` flattens a dictionary: sorted by key."""
    pairs = zip(argument.keys, argument.values, strict=True)
    return [value for _, value in sorted(pairs, key=lambda pair: ast.unparse(pair[0]) if pair[0] else "")]


def _text(expression: ast.expr | None) -> str | None:
    """The expression as written, if it is short enough to serve as a name."""
    return ast.unparse(expression) if isinstance(expression, ast.Name | ast.Attribute | ast.Subscript) else None


def arguments_of_call(location: Location, method: str) -> tuple[ast.expr | None, ast.expr | None]:
    """The target and source arguments of the call of a tape's method at this place, as written.

    Returns:
        `(None, None)` if the text is not at hand, or if more than one such call starts on the line.
    """
    calls = [
        node
        for node in _calls(location.path)
        if isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        and node.lineno <= location.line <= (node.end_lineno or node.lineno)
    ]
    if len(calls) != 1:
        return None, None
    return _argument(calls[0], 0, ("target",)), _argument(calls[0], 1, ("sources", "source"))


def _argument(call: ast.Call, position: int, keywords: tuple[str, ...]) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg in keywords:
            return keyword.value
    plain = [argument for argument in call.args if not isinstance(argument, ast.Starred)]
    return plain[position] if len(plain) == len(call.args) and len(plain) > position else None


@lru_cache(maxsize=64)  # a few files hold all the gradient calls of a test run; trees of large files are big
def _calls(path: str) -> tuple[ast.Call, ...]:
    return tuple(_walk_calls(path))


def _walk_calls(path: str) -> Iterator[ast.Call]:
    tree = parsed("".join(linecache.getlines(path)))
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call):
            yield node
