"""Built-in functions of Python, as far as they matter to shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.values import (
    OUTSIDE,
    Constant,
    Integer,
    Node,
    OfType,
    Slice,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    as_dim,
    of_dim,
)
from tfgrad_lint.interpreter import (
    builtin_items,
    builtin_objects,
    iteration,
    iterators,
    models,
    named_tuples,
    operators,
    special_methods,
)
from tfgrad_lint.shapes.dims import can_be_negative

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.arguments import Arguments, Builtin
    from tfgrad_lint.interpreter.state import State


def lookup(name: str) -> Builtin | None:
    """Return what models the built-in or standard-library function with the canonical ``name``."""
    return _BUILTINS.get(name)


def _len(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 1:
        return None
    value = arguments.positional[0]
    own = special_methods.call(state, node, value, "__len__")
    if own is not None:
        return own
    if isinstance(value, Tensor):
        if value.shape.rank == 0:
            return None
        return of_dim(TensorShape(value.shape, value.node).dim(0))
    if isinstance(value, Unknown):
        return Integer(value.node.dim(0, f"len({value.node.what.rpartition(' ')[2]})"))
    if isinstance(value, TensorShape):
        return OfType("int") if value.shape.rank is None else Constant(value.shape.rank)
    items = iteration.items(state, value)
    return OfType("int") if items is None else Constant(len(items))


def _number(kind: str) -> Builtin:
    def convert(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
        if not arguments.positional:
            return None
        value = arguments.positional[0]
        if isinstance(value, Constant) and isinstance(value.value, int | float | str):
            try:
                return Constant({"int": int, "float": float}[kind](value.value))
            except (ValueError, OverflowError):
                return OfType(kind)
        if kind == "int" and (isinstance(value, Integer) or (isinstance(value, Tensor) and value.content is not None)):
            dim = as_dim(value)
            return OfType("int") if dim is None else of_dim(dim)
        return OfType(kind, _outside(state, node, f"{kind}()", value))

    return convert


def _outside(state: State, node: cst.CSTNode, what: str, value: Value) -> Node | None:
    """Return the step by which a tensor becomes a Python object, None if ``value`` is no tensor."""
    if not isinstance(value, Tensor):
        return None
    return Node(what, (value.node,), state.site(node), cut=OUTSIDE, tapes=state.tapes)


def _typed(kind: str) -> Builtin:
    return lambda state, node, arguments: OfType(kind)


def _bool(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    known = operators.truth(state, arguments.positional[0]) if arguments.positional else False
    return OfType("bool") if known is None else Constant(known)


def _abs(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    value = arguments.positional[0] if arguments.positional else None
    if isinstance(value, Tensor):
        return models.apply(state, "operator.abs", node, (value,))
    if isinstance(value, Constant) and isinstance(value.value, int | float):
        return Constant(abs(value.value))
    if isinstance(value, Integer):
        return OfType("int") if can_be_negative(value.dim) else value
    return value if isinstance(value, OfType) else None


def _slice(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    none = Constant(None)
    parts = arguments.positional
    if len(parts) == 1:
        return Slice(none, parts[0], none)
    return Slice(*(*parts, none)[:3]) if 2 <= len(parts) <= 3 else None


_BUILTINS: Final[dict[str, Builtin]] = {
    "builtins.abs": _abs,
    "builtins.bool": _bool,
    "builtins.callable": _typed("bool"),
    "builtins.float": _number("float"),
    "builtins.hasattr": _typed("bool"),
    "builtins.int": _number("int"),
    "builtins.issubclass": _typed("bool"),
    "builtins.len": _len,
    "builtins.repr": _typed("str"),
    "builtins.slice": _slice,
    "builtins.str": _typed("str"),
    **builtin_items.MODELS,
    **builtin_objects.MODELS,
    **iterators.MODELS,
    "collections.namedtuple": named_tuples.untyped,
    "typing.NamedTuple": named_tuples.typed,
    "random.gauss": _typed("float"),
    "random.randint": _typed("int"),
    "random.random": _typed("float"),
    "random.randrange": _typed("int"),
    "random.uniform": _typed("float"),
}
