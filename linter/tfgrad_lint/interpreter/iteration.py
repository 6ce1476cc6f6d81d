"""What iterating over a value gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.objects import ITEMS, USED, BoundMethod, Function, Instance, ListObject
from tfgrad_lint.domain.values import (
    DATASET,
    ELEMENT,
    FALSE,
    GENERATOR,
    ITEM,
    ApiObject,
    Constant,
    Mapping,
    Node,
    OfType,
    Repeated,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    node_of,
    of_dim,
)
from tfgrad_lint.interpreter import attributes, calls
from tfgrad_lint.interpreter.arguments import Arguments
from tfgrad_lint.interpreter.freezing import freeze, freeze_apart, note_use, thaw, tuple_items
from tfgrad_lint.interpreter.joining import any_item, joined
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.state import State

# Type names of the ApiObjects that the built-in functions of iteration make.
RANGE: Final = "builtins.range"
ZIP: Final = "builtins.zip"
ENUMERATE: Final = "builtins.enumerate"
# What an `enumerate` counts, and the number of the first.
COUNTED: Final = "0"
START: Final = "start"
REVERSED: Final = "builtins.reversed"
ITERATOR: Final = "builtins.iter"

# The attribute of a generator that holds all that it gives, where that is known.
_GIVEN: Final = "given"

# More items than this are not told apart.
_MAX_ITEMS: Final = 64


def items(state: State, value: Value) -> tuple[Value, ...] | None:
    """Return what iterating over ``value`` gives, item by item; None if how many is not known."""
    if isinstance(value, ListObject):
        contents = state.store.get((value, ITEMS))
        return contents.items if isinstance(contents, Sequence) else None
    if isinstance(value, Sequence):
        # As they are: ``a, b = [], []`` binds lists that can grow.
        return value.items
    if isinstance(value, Instance):
        return tuple_items(state, value)
    frozen = freeze(state, value)
    if isinstance(frozen, Sequence):
        return frozen.items
    if isinstance(frozen, Mapping):
        return tuple(Constant(key) for key in frozen.items)
    if isinstance(frozen, Constant) and isinstance(frozen.value, str) and len(frozen.value) <= _MAX_ITEMS:
        return tuple(Constant(character) for character in frozen.value)
    if isinstance(frozen, TensorShape):
        dims = frozen.dims()
        return None if dims is None else tuple(of_dim(dim) for dim in dims)
    if isinstance(frozen, Tensor):
        count = frozen.shape.dims[0] if frozen.shape.dims else None
        return (_row(state, frozen),) * count if isinstance(count, int) and count <= _MAX_ITEMS else None
    if isinstance(frozen, ApiObject):
        return _of_builtin(state, frozen)
    return None


def first(value: Value, count: int) -> tuple[Value, ...]:
    """Return the first ``count`` items of a value of which `items` can't list all; none if there may be fewer."""
    numbers = _numbers(value) if isinstance(value, ApiObject) and value.type == RANGE else None
    given = numbers[:count] if numbers is not None else ()
    return tuple(map(Constant, given)) if len(given) == count else ()


def _of_builtin(state: State, value: ApiObject) -> tuple[Value, ...] | None:
    parts = value.attributes
    if value.type == GENERATOR:
        return _taken(state, value)
    if value.type not in {RANGE, ZIP, ENUMERATE, REVERSED}:
        return None
    if value.type == RANGE:
        numbers = _numbers(value)
        # Not len(), which overflows for ranges that no memory holds.
        return None if numbers is None or numbers[_MAX_ITEMS:] else tuple(map(Constant, numbers))
    if value.type == ENUMERATE:
        return _numbered(items(state, parts[COUNTED]), parts[START])
    inner = [items(state, part) for part in parts.values()]
    if None in inner:
        return None
    known = [each for each in inner if each is not None]
    if value.type == ZIP:
        return tuple(Sequence(row) for row in zip(*known, strict=False))
    return tuple(reversed(known[0])) if value.type == REVERSED else None


def _numbers(value: ApiObject) -> range | None:
    parts = value.attributes
    bounds = [each.value for each in parts.values() if isinstance(each, Constant) and isinstance(each.value, int)]
    return None if len(bounds) < len(parts) or bounds[2:] == [0] else range(*bounds)


def _numbered(counted: tuple[Value, ...] | None, start: Value) -> tuple[Value, ...] | None:
    if counted is None:
        return None
    if not isinstance(start, Constant) or not isinstance(start.value, int):
        return tuple(Sequence((OfType("int"), each)) for each in counted)
    return tuple(Sequence((Constant(i), each)) for i, each in enumerate(counted, start.value))


def generator(state: State, node: Node, given: tuple[Value, ...]) -> ApiObject:
    """Return an iterator that gives ``given``, once."""
    element = freeze_apart(state, joined(given)) if given else Unknown(node)
    made = ApiObject(GENERATOR, node, {ELEMENT: element, _GIVEN: Sequence(given)})
    state.store.set((made, USED), FALSE)
    return made


def _taken(state: State, value: ApiObject) -> tuple[Value, ...] | None:
    """Return what a generator gives from which nothing was taken before, None if that is not known."""
    given = value.attributes.get(_GIVEN)
    fresh = state.store.get((value, USED)) == FALSE
    note_use(state, value)
    if not fresh or not isinstance(given, Sequence):
        return None
    return tuple(thaw(state, each, value.node) for each in given.items)


def item(state: State, node: cst.CSTNode, value: Value) -> Value:
    """Return what stands for any one item of ``value``."""
    frozen = freeze(state, value)
    if isinstance(frozen, Repeated):
        return any_item(frozen.item)
    if isinstance(frozen, ApiObject):
        if frozen.type == RANGE:
            return OfType("int")
        if frozen.type == ITERATOR:
            return item(state, node, frozen.attributes["0"])
        if frozen.type in {DATASET, GENERATOR} and ELEMENT in frozen.attributes:
            note_use(state, frozen)
            return thaw(state, frozen.attributes[ELEMENT], frozen.node)
        if frozen.type == ENUMERATE:
            return Sequence((OfType("int"), item(state, node, frozen.attributes[COUNTED])))
        known = frozen.type in {ZIP, REVERSED}
        parts = [item(state, node, part) for part in frozen.attributes.values()] if known else []
        if frozen.type == ZIP:
            return Sequence(tuple(parts))
        if frozen.type == REVERSED:
            return parts[0]
    if isinstance(frozen, Tensor):
        return _row(state, frozen)
    if isinstance(frozen, TensorShape):
        return OfType("int")
    if isinstance(frozen, Instance):
        chosen = _by_index(state, node, frozen)
        if chosen is not None:
            return chosen
    return Unknown(Node(ITEM, node_of(frozen), state.site(node), opaque=True, tapes=state.tapes))


def _by_index(state: State, node: cst.CSTNode, value: Instance) -> Value | None:
    """Return what an object without ``__iter__`` gives for an index, None if it takes none."""
    members = {name: attributes.find(state, value, name) for name in ("__iter__", "__getitem__")}
    method = members["__getitem__"]
    if members["__iter__"] is not None or not isinstance(method, Function):
        return None
    return calls.call(state, node, BoundMethod(method, value), Arguments((OfType("int"),)))


def _row(state: State, value: Tensor) -> Tensor:
    shape = Shape(value.shape.dims[1:]) if value.shape.dims else UNKNOWN_SHAPE
    return Tensor(
        shape,
        value.dtype,
        Node(ITEM, (value.node,), tapes=state.tapes),
        value.kind if value.kind == "array" else "tensor",
    )
