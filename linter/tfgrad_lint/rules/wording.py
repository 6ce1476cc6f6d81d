"""How rules speak of tensors: by the user's own expressions, with their shapes and where these came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from tfgrad_lint.api import registry
from tfgrad_lint.interpreter.syntax import code, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Node, Site, Tensor

# Longer expressions are shortened: the code frame shows them in full.
_MAX_LENGTH: Final = 40

# Steps that keep a shape and are passed over to find where it came from; a guard against cycles of loops.
_MAX_STEPS: Final = 32

# Steps told of each value. Among 63 findings in programs with a known fault the line that the repair changes is the
# finding's own or in its trace for 47, 51 and 52 of them with one, two and three steps, and not for more with six.
_MAX_ORIGINS: Final = 3


def text(node: cst.CSTNode) -> str:
    """Return the source of an expression, shortened if it is long."""
    source = code(node)
    return source if len(source) <= _MAX_LENGTH else source[: _MAX_LENGTH - 3] + "..."


def operand_nodes(site: Site, operation: str) -> dict[str, cst.BaseExpression]:
    """Return the syntax of each operand of an operation by the name of its parameter, as far as it is written out.

    The items of a list that is written out are called ``values[0]``, ``values[1]`` and so on.
    """
    return dict(_with_items(_operand_nodes(site.node, operation)))


def _with_items(nodes: dict[str, cst.BaseExpression]) -> Iterator[tuple[str, cst.BaseExpression]]:
    for name, node in nodes.items():
        yield name, node
        if isinstance(node, cst.List | cst.Tuple):
            for index, element in enumerate(node.elements):
                if isinstance(element, cst.StarredElement):
                    break
                yield f"{name}[{index}]", element.value


def _operand_nodes(node: cst.CSTNode, operation: str) -> dict[str, cst.BaseExpression]:
    model = registry.lookup(operation)
    parameters = model.parameters if model is not None else ()
    variadic = model.variadic if model is not None else None
    if isinstance(node, cst.BinaryOperation):
        return dict(zip(parameters, (node.left, node.right), strict=False))
    if isinstance(node, cst.AugAssign):
        return dict(zip(parameters, (node.target, node.value), strict=False))
    if isinstance(node, cst.Comparison):
        return dict(zip(parameters, (node.left, node.comparisons[0].comparator), strict=False))
    if isinstance(node, cst.UnaryOperation):
        return dict(zip(parameters, (node.expression,), strict=False))
    if isinstance(node, cst.Subscript):
        return dict(zip(parameters, (node.value,), strict=False))
    if isinstance(node, cst.DictElement):
        return dict(zip(parameters, (node.key, node.value), strict=False))
    if isinstance(node, cst.Call):
        is_method = operation[:1].isupper() or parameters[:1] == ("self",)
        receiver = node.func.value if is_method and isinstance(node.func, cst.Attribute) else None
        given = parameters[1:] if is_method and receiver is None else parameters
        return dict(_call_operands(node, given, variadic, receiver))
    return {}


def _call_operands(
    node: cst.Call, parameters: tuple[str, ...], variadic: str | None, receiver: cst.BaseExpression | None
) -> Iterator[tuple[str, cst.BaseExpression]]:
    if receiver is not None:
        yield parameters[0], receiver
        parameters = parameters[1:]
    position = 0
    for argument in node.args:
        if argument.star:
            return
        if argument.keyword is not None:
            yield argument.keyword.value, argument.value
        elif position < len(parameters):
            yield parameters[position], argument.value
            position += 1
        elif variadic is not None:
            yield f"{variadic}[{position - len(parameters)}]", argument.value
            position += 1


def argument(call: cst.Call, index: int, name: str) -> cst.BaseExpression | None:
    """Return the expression given for a parameter of a call, None if it is not written out."""
    for position, given in enumerate(call.args):
        if given.star:
            return None
        if given.keyword is not None:
            if given.keyword.value == name:
                return given.value
        elif position == index:
            return given.value
    return None


def shown(site: Site) -> str:
    """Return the operation as the user wrote it: ``a - b``, ``x[0]``, or ``tf.matmul``."""
    node = site.node
    if isinstance(node, cst.DictElement):
        return f"{text(node.key)}: {text(node.value)}"
    return text(node.func if isinstance(node, cst.Call) else node)


def labels(site: Site, operation: str, operands: tuple[tuple[str, Tensor], ...]) -> tuple[tuple[Any, str], ...]:
    """Return a label with the shape for each operand that is written out at ``site``."""
    nodes = operand_nodes(site, operation)
    return tuple((nodes[name], described(nodes[name], value)) for name, value in operands if name in nodes)


def described(node: cst.CSTNode, value: Tensor) -> str:
    """Return ``y_pred: [B, 1]``."""
    return f"{text(node)}: {value.shape}"


def trace(site: Site, *values: Tensor) -> tuple[tuple[Site, str], ...]:
    """Return for each value the steps that gave it its shape, last one first; those within ``site`` are left out."""
    entries: dict[int, tuple[Site, str]] = {}
    within = {id(node) for node in walk(site.node)}
    for value in values:
        for origin in _origins(value.node):
            if origin.site is not None and id(origin.site.node) not in within:
                source = text(origin.site.node)
                entries.setdefault(id(origin.site.node), (origin.site, f"`{source}` has shape {origin.shape}"))
    return tuple(entries.values())


def _origins(node: Node) -> Iterator[Node]:
    """Walk back over the steps that changed the shape, the last one first."""
    origin = _origin(node)
    yield origin
    for _ in range(_MAX_ORIGINS - 1):
        before = _before(origin)
        if before is None:
            return
        origin = _origin(before)
        yield origin


def _origin(node: Node) -> Node:
    """Walk back over the steps that keep the shape to the one that made it, or that the user wrote it in."""
    for _ in range(_MAX_STEPS):
        before = _before(node)
        if before is None or before.shape != node.shape or node.what.endswith("reshape"):
            break
        node = before
    return node


def _before(node: Node) -> Node | None:
    """Return the step that made what ``node`` read; items of lists and joins of paths have no place of their own."""
    for _ in range(_MAX_STEPS):
        if not node.inputs:
            return None
        node = node.inputs[0]
        if node.site is not None:
            return node if node.shape is not None else None
    return None
