"""What a condition that held, or did not, tells of the values it asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.domain.objects import Instance
from tfgrad_lint.domain.values import (
    Constant,
    External,
    Integer,
    Node,
    OfType,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    as_dim,
)
from tfgrad_lint.interpreter import expressions
from tfgrad_lint.interpreter.freezing import freeze
from tfgrad_lint.shapes.dims import UNKNOWN
from tfgrad_lint.shapes.shape import Shape, meet, of_rank

if TYPE_CHECKING:
    from tfgrad_lint.interpreter.state import State
    from tfgrad_lint.interpreter.store import Location
    from tfgrad_lint.shapes.dims import Dim

# Attributes and functions that give the shape of a value, and those that give its rank.
_SHAPES: Final = frozenset({"shape", "get_shape", "as_list"})
_RANKS: Final = frozenset({"rank", "ndims", "ndim"})

# Conditions that may tell something; the test of a type spares four slow ones.
_TELLING: Final = frozenset({cst.UnaryOperation, cst.BooleanOperation, cst.Comparison, cst.Call})

# Types of Python that a value may be told to have.
_TYPES: Final = frozenset({"int", "float", "str"})


def assume(state: State, test: cst.BaseExpression, holds: bool) -> None:
    """Write to the store what is known of names and attributes where ``test`` came out as ``holds``.

    The test has been evaluated before; what is read here again has no effects.
    """
    if type(test) not in _TELLING:
        return
    if type(test) is cst.UnaryOperation and type(test.operator) is cst.Not:
        assume(state, test.expression, not holds)
    elif type(test) is cst.BooleanOperation:
        # Both parts of an "and" hold where it does; both parts of an "or" fail where it does.
        if (type(test.operator) is cst.And) is holds:
            assume(state, test.left, holds)
            assume(state, test.right, holds)
    elif type(test) is cst.Comparison and len(test.comparisons) == 1:
        target = test.comparisons[0]
        _assume_comparison(state, test.left, target.operator, target.comparator, holds)
    elif type(test) is cst.Call and holds:
        _assume_type(state, test)


def _assume_comparison(
    state: State, left: cst.BaseExpression, operator: cst.BaseCompOp, right: cst.BaseExpression, holds: bool
) -> None:
    kind = type(operator)
    if kind is cst.Is or kind is cst.IsNot:
        if (kind is cst.Is) is holds and getattr(right, "value", None) == "None":
            _narrow_to_none(state, left)
    elif (kind is cst.Equal or kind is cst.NotEqual) and (kind is cst.Equal) is holds:
        for one, other in ((left, right), (right, left)):
            if assume_equal(state, one, other):
                return


def assume_equal(state: State, asked: cst.BaseExpression, other: cst.BaseExpression) -> bool:
    """Use that ``asked`` equals ``other``; return whether ``asked`` asks for something that is understood."""
    ranked = _ranked(asked)
    if ranked is not None:
        rank = value_of(state, other)
        if isinstance(rank, Constant) and type(rank.value) is int and rank.value >= 0:
            narrow_shape(state, ranked, of_rank(rank.value))
        return True
    shaped = _shaped(asked)
    if shaped is not None:
        dims = _dims(state, value_of(state, other))
        if dims is not None:
            narrow_shape(state, shaped, Shape(dims))
        return True
    if isinstance(asked, cst.Subscript):
        return _assume_axis(state, asked, other)
    location = _location(state, asked)
    if location is not None and isinstance(state.store.get(location), Integer):
        number = value_of(state, other)
        if isinstance(number, Constant) and type(number.value) is int:
            state.narrow(location, Constant(number.value))
        return True
    return False


def _assume_axis(state: State, asked: cst.Subscript, other: cst.BaseExpression) -> bool:
    """Use ``x.shape[axis] == size``, which tells nothing new unless the rank of ``x`` is known."""
    shaped = _shaped(asked.value)
    if shaped is None or len(asked.slice) != 1 or not isinstance(asked.slice[0].slice, cst.Index):
        return False
    axis, size = value_of(state, asked.slice[0].slice.value), value_of(state, other)
    value = held(state, shaped)
    dims = value.shape.dims if isinstance(value, Tensor) else None
    dim = as_dim(size) if isinstance(size, Constant | Integer) else None
    if dims is None or dim is None or not isinstance(axis, Constant) or type(axis.value) is not int:
        return True
    if -len(dims) <= axis.value < len(dims):
        sizes = list(of_rank(len(dims)).dims or ())
        sizes[axis.value] = dim
        narrow_shape(state, shaped, Shape(tuple(sizes)))
    return True


def asked(test: cst.BaseExpression) -> cst.BaseExpression | None:
    """Return ``x`` of a test that its shape, its rank or one of its axes equals something, None for other tests."""
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return None
    target = test.comparisons[0]
    if not isinstance(target.operator, cst.Equal):
        return None
    for side in (test.left, target.comparator):
        subject = _ranked(side) or _shaped(side.value if isinstance(side, cst.Subscript) else side)
        if subject is not None:
            return subject
    return None


def _assume_type(state: State, test: cst.Call) -> None:
    """Use ``isinstance(x, int)``."""
    if getattr(test.func, "value", None) != "isinstance" or len(test.args) != 2:
        return
    kind = value_of(state, test.args[1].value)
    name = kind.name.rpartition(".")[2] if isinstance(kind, External) else ""
    location = _location(state, test.args[0].value)
    if location is not None and name in _TYPES and isinstance(state.store.get(location), Unknown):
        state.narrow(location, OfType(name))


def _ranked(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """Return ``x`` of ``x.shape.rank``, ``x.ndim``, ``len(x.shape)`` or ``tf.rank(x)``."""
    if type(node) is cst.Attribute and node.attr.value in _RANKS:
        return node.value if node.attr.value == "ndim" else _shaped(node.value)
    if type(node) is cst.Call and len(node.args) == 1:
        if type(node.func) is cst.Name and node.func.value == "len":
            return _shaped(node.args[0].value)
        if type(node.func) is cst.Attribute and node.func.attr.value == "rank":
            return node.args[0].value
    return None


def _shaped(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """Return ``x`` of ``x.shape``, ``x.get_shape()``, ``x.shape.as_list()``, ``tuple(x.shape)``."""
    if type(node) is cst.Attribute and node.attr.value == "shape":
        return node.value
    if type(node) is not cst.Call:
        return None
    if type(node.func) is cst.Attribute and node.func.attr.value in _SHAPES and not node.args:
        return node.func.value if node.func.attr.value == "get_shape" else _shaped(node.func.value)
    converts = type(node.func) is cst.Name and node.func.value in {"tuple", "list"}
    return _shaped(node.args[0].value) if converts and len(node.args) == 1 else None


def narrow_shape(state: State, node: cst.BaseExpression, shape: Shape) -> None:
    """Let the tensor that ``node`` names have ``shape``, as far as it is not known to have another."""
    location, value = _location(state, node), held(state, node)
    if location is None:
        return
    narrowed = with_shape(value, shape)
    if narrowed is not None:
        state.narrow(location, narrowed)


def with_shape(value: Value | None, shape: Shape) -> Tensor | None:
    """Return ``value`` as a tensor of ``shape``, None if it is no tensor, or is known to have another shape."""
    if isinstance(value, Unknown):
        return Tensor(_named(shape, value.node), None, value.node)
    if not isinstance(value, Tensor):
        return None
    met = meet(value.shape, shape)
    if met is None:
        return None
    return Tensor(met, value.dtype, value.node, value.kind, value.content, value.explicit, value.trainable)


def _named(shape: Shape, node: Node) -> Shape:
    """Return ``shape`` with the symbols that stand for the axes of ``node`` in place of sizes that are not known."""
    if shape.dims is None:
        return shape
    return Shape(tuple(node.dim(axis) if dim is UNKNOWN else dim for axis, dim in enumerate(shape.dims)))


def _narrow_to_none(state: State, node: cst.BaseExpression) -> None:
    location = _location(state, node)
    if location is not None and isinstance(state.store.get(location), Unknown):
        state.narrow(location, Constant(None))


def held(state: State, node: cst.BaseExpression) -> Value | None:
    """Return the value of a name or attribute, None of another expression."""
    location = _location(state, node)
    return None if location is None else state.store.get(location)


def _location(state: State, node: cst.BaseExpression) -> Location | None:
    """Return where the value of a name, or of an attribute of one of the program's objects, is kept."""
    if type(node) is cst.Name:
        return state.locate(node.value)
    if type(node) is cst.Attribute and type(node.value) is cst.Name:
        receiver = state.read(node.value.value)
        return (receiver, node.attr.value) if isinstance(receiver, Instance) else None
    return None


def value_of(state: State, node: cst.BaseExpression) -> Value | None:
    """Return the value of an expression without calls, which can be evaluated once more."""
    if not _is_plain(node):
        return None
    with state.silently():
        return expressions.evaluate(state, node)


def _is_plain(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.Name | cst.Integer | cst.SimpleString | cst.UnaryOperation):
        return True
    if isinstance(node, cst.Tuple | cst.List):
        return all(type(each) is cst.Element and _is_plain(each.value) for each in node.elements)
    if type(node) is cst.Attribute:
        return _is_plain(node.value)
    return type(node) is cst.Subscript and _is_plain(node.value)


def _dims(state: State, value: Value | None) -> tuple[Dim, ...] | None:
    frozen = None if value is None else freeze(state, value)
    if isinstance(frozen, TensorShape):
        return frozen.dims()
    if not isinstance(frozen, Sequence):
        return None
    dims = [as_dim(item) if isinstance(item, Constant | Integer) else None for item in frozen.items]
    known = tuple(dim for dim in dims if dim is not None)
    return known if len(known) == len(dims) else None
