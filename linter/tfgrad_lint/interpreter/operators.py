"""Operators on Python numbers, strings and sequences; those on tensors are API models."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from tfgrad_lint.domain.objects import (
    ITEMS,
    BoundMethod,
    Class,
    DictObject,
    Function,
    Instance,
    ListObject,
    Tape,
)
from tfgrad_lint.domain.values import (
    OUTSIDE,
    ApiObject,
    Constant,
    DType,
    External,
    Integer,
    Mapping,
    Method,
    Node,
    OfType,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    as_dim,
    node_of,
    of_dim,
)
from tfgrad_lint.interpreter import models, special_methods
from tfgrad_lint.interpreter.freezing import freeze, new_list
from tfgrad_lint.interpreter.joining import is_list, items_of, joined_items
from tfgrad_lint.shapes.dims import UNKNOWN, equal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.interpreter.state import State

BINARY: Final[dict[type[cst.CSTNode], str]] = {
    cst.Add: "add",
    cst.Subtract: "sub",
    cst.Multiply: "mul",
    cst.Divide: "truediv",
    cst.FloorDivide: "floordiv",
    cst.Modulo: "mod",
    cst.Power: "pow",
    cst.MatrixMultiply: "matmul",
    cst.BitAnd: "and_",
    cst.BitOr: "or_",
    cst.BitXor: "xor",
    cst.LeftShift: "lshift",
    cst.RightShift: "rshift",
}

# ``x += y``: the augmented operators have node classes of their own.
AUGMENTED: Final[dict[type[cst.CSTNode], str]] = {
    getattr(cst, f"{kind.__name__}Assign"): name for kind, name in BINARY.items()
}

COMPARISON: Final[dict[type[cst.CSTNode], str]] = {
    cst.LessThan: "lt",
    cst.LessThanEqual: "le",
    cst.GreaterThan: "gt",
    cst.GreaterThanEqual: "ge",
    cst.Equal: "eq",
    cst.NotEqual: "ne",
}

_UNARY: Final[dict[type[cst.CSTNode], str]] = {cst.Minus: "neg", cst.Plus: "pos", cst.BitInvert: "invert"}

# Longer lists made by repetition and larger powers are left unknown.
_MAX_LENGTH: Final = 256


def binary(state: State, node: cst.CSTNode, name: str, left: Value, right: Value) -> Value:
    """Return ``left <name> right`` for a name from Python's ``operator`` module."""
    if type(left) is Instance or type(right) is Instance:
        own = special_methods.binary(state, node, name, left, right)
        if own is not None:
            return own
    if isinstance(left, Tensor | TensorShape | ApiObject) or isinstance(right, Tensor | TensorShape | ApiObject):
        result = models.apply(state, f"operator.{name}", node, (left, right))
        return result if result is not None else models.unknown_result(state, name, node, (left, right))
    if isinstance(left, Constant) and isinstance(right, Constant):
        return _fold(getattr(operator, name), left.value, right.value)
    a, b = as_dim(left), as_dim(right)
    if not isinstance(left, Unknown) and not isinstance(right, Unknown) and a is not None and b is not None:
        if name in {"add", "sub", "mul", "floordiv", "mod"}:
            return of_dim(getattr(operator, name)(a, b))
        is_float = name == "truediv" or _has_type(left, "float") or _has_type(right, "float")
        return OfType("float" if is_float else "int", _number_step(state, node, name, left, right))
    if _is_sequence(left) or _is_sequence(right):
        return _sequence(state, node, name, left, right)
    if _is_real(left) and _is_real(right):
        return OfType("float", _number_step(state, node, name, left, right))
    if _has_type(left, "str"):
        return OfType("str")
    if _is_opaque(left) or _is_opaque(right):
        return models.unknown_result(state, name, node, (left, right))
    # What an operator gives depends on its operands and on nothing else.
    nodes = (*node_of(left), *node_of(right))
    return Unknown(Node(name, nodes, state.site(node), tapes=state.tapes))


def _number_step(state: State, node: cst.CSTNode, name: str, left: Value, right: Value) -> Node | None:
    """Return the step of an operation on Python numbers if one of them was made from a tensor, None if not."""
    nodes = (*node_of(left), *node_of(right))
    return Node(name, nodes, state.site(node), cut=OUTSIDE, tapes=state.tapes) if nodes else None


def unary(state: State, node: cst.UnaryOperation, operand: Value) -> Value:
    """Return ``-operand``, ``+operand``, ``~operand`` or ``not operand``."""
    if type(node.operator) is cst.Not:
        known = truth(state, operand)
        return OfType("bool") if known is None else Constant(not known)
    name = _UNARY[type(node.operator)]
    if isinstance(operand, Constant):
        return _fold(lambda value, _: getattr(operator, name)(value), operand.value, None)
    if isinstance(operand, Tensor):
        result = models.apply(state, f"operator.{name}", node, (operand,))
        return result if result is not None else models.unknown_result(state, name, node, (operand,))
    own = special_methods.call(state, node, operand, f"__{name}__")
    if own is not None:
        return own
    dim = as_dim(operand)
    if isinstance(operand, Integer) and dim is not None:
        return of_dim(-dim) if name == "neg" else operand
    if isinstance(operand, OfType):
        return operand
    return Unknown(Node(name, node_of(operand), state.site(node), opaque=_is_opaque(operand), tapes=state.tapes))


def compare(state: State, node: cst.CSTNode, target: cst.CSTNode, left: Value, right: Value) -> Value:
    """Return the result of one comparison; ``target`` is its operator's node."""
    kind = type(target)
    if kind is cst.Is or kind is cst.IsNot:
        known = _identical(left, right)
        return OfType("bool") if known is None else Constant(known is (kind is cst.Is))
    if kind is cst.In or kind is cst.NotIn:
        known = _contains(state, right, left)
        return OfType("bool") if known is None else Constant(known is (kind is cst.In))
    name = COMPARISON[kind]
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        result = models.apply(state, f"operator.{name}", node, (left, right))
        return result if result is not None else models.unknown_result(state, name, node, (left, right))
    if not _gives_bool(left) or not _gives_bool(right):
        # Either may be a tensor or array, whose comparison is one too.
        return models.unknown_result(state, name, node, (left, right))
    known = _compare_known(state, name, left, right)
    return OfType("bool") if known is None else Constant(known)


def truth(state: State, value: Value) -> bool | None:
    """Return whether ``value`` counts as true, None if that is not known."""
    if isinstance(value, Constant):
        return bool(value.value)
    frozen = freeze(state, value) if isinstance(value, ListObject | DictObject) else value
    if isinstance(frozen, Sequence | Mapping):
        return bool(frozen.items)
    if isinstance(value, Function | Class | BoundMethod | Tape | DType | Method):
        return True
    return None


def _fold(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Value:
    """Compute with constants as Python would; what raises or grows large is unknown."""
    small = all(not isinstance(each, str | bytes | int) or _is_small(each) for each in (left, right))
    if not small:
        return OfType(type(left).__name__)
    try:
        return Constant(function(left, right))
    except Exception:
        return OfType(type(left).__name__)


def _is_small(value: str | bytes | int) -> bool:
    return abs(value) < 1 << 40 if isinstance(value, int) else len(value) <= _MAX_LENGTH


def _is_sequence(value: Value) -> bool:
    return isinstance(value, Sequence | ListObject)


def _sequence(state: State, node: cst.CSTNode, name: str, left: Value, right: Value) -> Value:
    a, b = (state.store.get((v, ITEMS)) if isinstance(v, ListObject) else v for v in (left, right))
    items: tuple[Value, ...] | None = None
    if name == "add" and isinstance(a, Sequence) and isinstance(b, Sequence):
        items = a.items + b.items
    elif name == "mul":
        sequence, count = (a, b) if isinstance(a, Sequence) else (b, a)
        if isinstance(sequence, Sequence) and isinstance(count, Constant) and isinstance(count.value, int):
            items = sequence.items * count.value if len(sequence.items) * count.value <= _MAX_LENGTH else None
    if items is None:
        several = _of_any_number(state, node, name, (a, b))
        return several or models.unknown_result(state, name, node, (left, right))
    if isinstance(left, ListObject) or isinstance(right, ListObject):
        return new_list(state, Sequence(items, "list"), Node("list", node_of(Sequence(items)), state.site(node)))
    return Sequence(items)


def _of_any_number(state: State, node: cst.CSTNode, name: str, operands: tuple[Value | None, ...]) -> Value | None:
    """Return a list put together where it is not known how many items it has, None if nothing is known of them."""
    lists = [each for each in operands if each is not None and is_list(each)]
    counts = [each for each in operands if isinstance(each, Integer | OfType) and as_dim(each) is not None]
    if (len(lists), len(counts)) != {"add": (2, 0), "mul": (1, 1)}.get(name):
        return None
    items = tuple(item for each in lists for item in items_of(each))
    return new_list(state, joined_items(items), Node("list", node_of(Sequence(items)), state.site(node)))


def _is_real(value: Value) -> bool:
    if isinstance(value, Constant):
        return isinstance(value.value, int | float)
    return isinstance(value, Integer) or (isinstance(value, OfType) and value.type in {"int", "float", "bool"})


def _has_type(value: Value, name: str) -> bool:
    if isinstance(value, Constant):
        return type(value.value).__name__ == name
    return isinstance(value, OfType) and value.type == name


def _is_opaque(value: Value) -> bool:
    return isinstance(value, Instance | Class | Function | DictObject)


_NEVER_NONE: Final = (
    Tensor, TensorShape, Integer, OfType, Sequence, Mapping, Function, BoundMethod, Class, Instance, ListObject,
    DictObject, Tape, DType, ApiObject, Method,
)  # fmt: skip


def _identical(left: Value, right: Value) -> bool | None:
    if isinstance(left, Constant) and isinstance(right, Constant):
        if type(left.value) is not type(right.value):
            return False
        return left.value == right.value if left.value is None or isinstance(left.value, bool) else None
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Constant) and one.value is None and isinstance(other, _NEVER_NONE):
            return False
    return None


def _contains(state: State, container: Value, item: Value) -> bool | None:
    frozen = freeze(state, container)
    if not isinstance(item, Constant):
        return None
    if isinstance(frozen, Mapping):
        return item.value in frozen.items
    if isinstance(frozen, Sequence):
        if any(isinstance(each, Constant) and each.value == item.value for each in frozen.items):
            return True
        return False if all(isinstance(each, Constant) for each in frozen.items) else None
    if isinstance(frozen, Constant) and isinstance(frozen.value, str) and isinstance(item.value, str):
        return item.value in frozen.value
    return None


def _gives_bool(value: Value) -> bool:
    return isinstance(
        value,
        Constant | Integer | OfType | Sequence | ListObject | DictObject | Mapping | TensorShape | DType | External,
    )


def _compare_known(state: State, name: str, left: Value, right: Value) -> bool | None:
    if isinstance(left, Constant) and isinstance(right, Constant):
        result = _fold(getattr(operator, name), left.value, right.value)
        return result.value if isinstance(result, Constant) and isinstance(result.value, bool) else None
    if isinstance(left, OfType) or isinstance(right, OfType):
        return None
    if isinstance(left, TensorShape) or isinstance(right, TensorShape):
        same = _same_dims(state, left, right)
    elif isinstance(left, DType) and isinstance(right, DType | External):
        same = left.name == right.name.rpartition(".")[2]
    else:
        a, b = as_dim(left), as_dim(right)
        if a is None or b is None or a is UNKNOWN or b is UNKNOWN:
            return None
        same = equal(a, b)
        if same is None or name in {"lt", "le", "gt", "ge"}:
            difference = a - b
            return getattr(operator, name)(difference, 0) if isinstance(difference, int) else None
    if same is None or name not in {"eq", "ne"}:
        return None
    return same if name == "eq" else not same


def _same_dims(state: State, left: Value, right: Value) -> bool | None:
    a, b = (_dims(freeze(state, each)) for each in (left, right))
    if a is None or b is None:
        return None
    if len(a) != len(b):
        return False
    answers = [equal(p, q) for p, q in zip(a, b, strict=True)]
    if False in answers:
        return False
    return None if None in answers else True


def _dims(value: Value) -> tuple[Any, ...] | None:
    if isinstance(value, TensorShape):
        return value.dims()
    if isinstance(value, Sequence):
        dims = [as_dim(item) for item in value.items]
        return None if None in dims else tuple(dims)
    return None
