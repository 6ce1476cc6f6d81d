"""Built-in functions of Python, as far as they matter to shapes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from tfgrad_lint.domain.objects import ITEMS, DictObject, Function, Instance, ListObject, Partial, Super
from tfgrad_lint.domain.values import (
    DATASET,
    GENERATOR,
    OUTSIDE,
    ApiObject,
    Constant,
    External,
    Integer,
    Mapping,
    Node,
    OfType,
    Sequence,
    Slice,
    Tensor,
    TensorShape,
    Unknown,
    Value,
    as_dim,
    node_of,
    of_dim,
)
from tfgrad_lint.interpreter import (
    attributes,
    calls,
    iteration,
    iterators,
    models,
    named_tuples,
    operators,
    special_methods,
)
from tfgrad_lint.interpreter.arguments import Arguments
from tfgrad_lint.interpreter.freezing import freeze, new_dict, new_list, note_use
from tfgrad_lint.interpreter.joining import python_type
from tfgrad_lint.shapes.dims import can_be_negative

if TYPE_CHECKING:
    from collections.abc import Callable

    import libcst as cst

    from tfgrad_lint.interpreter.state import State

# Gets the state, the call's node and its arguments; None means that nothing is known of the result.
Builtin: TypeAlias = "Callable[[State, cst.CSTNode, Arguments], Value | None]"


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


def _range(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    bounds = arguments.positional
    if not 1 <= len(bounds) <= 3:
        return None
    names = ("start", "stop", "step")
    parts = {"stop": bounds[0]} if len(bounds) == 1 else dict(zip(names, bounds, strict=False))
    return ApiObject(iteration.RANGE, Node("range"), parts)


def _iterator(kind: str) -> Builtin:
    def make(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
        if arguments.keywords or not arguments.positional:
            return None
        sources = arguments.positional
        if kind != iteration.REVERSED:
            sources = tuple(special_methods.iterated(state, node, value) for value in sources)
        parts = {str(i): value for i, value in enumerate(sources)}
        nodes = tuple(step for value in sources for step in node_of(freeze(state, value)))
        return ApiObject(kind, Node(kind, nodes), parts)

    return make


def _enumerate(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    iterable, start = arguments.get(0, "iterable"), arguments.get(1, "start") or Constant(0)
    if iterable is None:
        return None
    source = special_methods.iterated(state, node, iterable)
    step = Node(iteration.ENUMERATE, node_of(freeze(state, source)))
    return ApiObject(iteration.ENUMERATE, step, {iteration.COUNTED: source, iteration.START: start})


def _given_items(state: State, node: cst.CSTNode, arguments: Arguments) -> tuple[Value, ...] | None:
    """Return the items of the first argument, none if there is none, None if they are not known."""
    if not arguments.positional:
        return ()
    return iteration.items(state, special_methods.iterated(state, node, arguments.positional[0]))


def _list(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    items = _given_items(state, node, arguments)
    if items is None:
        return None
    contents = Sequence(items, "list")
    return new_list(state, contents, Node("list", node_of(freeze(state, contents)), state.site(node)))


def _tuple(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    items = _given_items(state, node, arguments)
    return None if items is None else Sequence(items)


def _dict(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    contents: dict[object, Value] = {}
    if arguments.positional:
        source = arguments.positional[0]
        inner = state.store.get((source, ITEMS)) if isinstance(source, DictObject) else None
        if not isinstance(inner, Mapping):
            return None
        contents.update(inner.items)
    result = Mapping({**contents, **arguments.keywords})
    return new_dict(state, result, Node("dict", node_of(freeze(state, result)), state.site(node)))


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


def _extreme(name: str) -> Builtin:
    pick = {"min": min, "max": max}[name]

    def model(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
        items = arguments.positional
        if len(items) == 1:
            items = iteration.items(state, items[0]) or ()
        numbers = [item.value for item in items if isinstance(item, Constant) and isinstance(item.value, int | float)]
        if items and not arguments.keywords and len(numbers) == len(items):
            return Constant(pick(numbers))
        kinds = {python_type(item) for item in items}
        kind = kinds.pop() if len(kinds) == 1 else None
        return None if kind is None else OfType(kind)

    return model


def _sum(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    return _fold(state, node, "add", arguments, arguments.get(1, "start") or Constant(0))


def _prod(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    return _fold(state, node, "mul", arguments, arguments.keywords.get("start") or Constant(1))


def _fold(state: State, node: cst.CSTNode, operator: str, arguments: Arguments, start: Value) -> Value | None:
    """Return ``start`` and each item of the first argument, joined by ``operator`` from the left."""
    items = iteration.items(state, arguments.positional[0]) if arguments.positional else None
    if items is None:
        return None
    total = start
    for item in items:
        total = operators.binary(state, node, operator, total, item)
    return total


def _reduce(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    if not 2 <= len(arguments.positional) <= 3 or arguments.keywords:
        return None
    function, iterable, *start = arguments.positional
    items = iteration.items(state, iterable)
    if items is None or not (*start, *items):
        return None
    total, *rest = (*start, *items)
    for item in rest:
        total = calls.call(state, node, function, Arguments((total, item)))
    return total


def _sorted(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    """Sort known numbers; an order by a ``key`` is not followed."""
    items = iteration.items(state, arguments.positional[0]) if len(arguments.positional) == 1 else None
    reverse = arguments.keywords.get("reverse", Constant(False))
    if items is None or arguments.keywords.keys() - {"reverse"} or not isinstance(reverse, Constant):
        return None
    numbers = [item.value for item in items if isinstance(item, Constant) and isinstance(item.value, int | float)]
    if len(numbers) < len(items):
        return None
    contents = Sequence(tuple(Constant(number) for number in sorted(numbers, reverse=bool(reverse.value))), "list")
    return new_list(state, contents, Node("list", (), state.site(node)))


def _quantified(decisive: bool) -> Builtin:
    """Return the model of ``any`` (which one True decides) or of ``all`` (which one False decides)."""

    def model(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
        items = iteration.items(state, arguments.positional[0]) if len(arguments.positional) == 1 else None
        truths = [None] if items is None else [operators.truth(state, item) for item in items]
        if decisive in truths:
            return Constant(decisive)
        return OfType("bool") if None in truths else Constant(not decisive)

    return model


def _map(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 2:
        return None
    items = iteration.items(state, arguments.positional[1])
    if items is None:
        return None
    given = [Arguments((item,)) for item in items]
    return Sequence(tuple(calls.call(state, node, arguments.positional[0], each) for each in given))


def _slice(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    none = Constant(None)
    parts = arguments.positional
    if len(parts) == 1:
        return Slice(none, parts[0], none)
    return Slice(*(*parts, none)[:3]) if 2 <= len(parts) <= 3 else None


def _next(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    iterator = arguments.positional[0] if len(arguments.positional) == 1 else None
    known = isinstance(iterator, ApiObject) and iterator.type in {iteration.ITERATOR, DATASET, GENERATOR}
    known = known or isinstance(iterator, Instance)
    return iteration.item(state, node, iterator) if known and iterator is not None else None


def _super(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    activation = state.activation
    if activation.self_class is None or activation.self_value is None:
        return None
    return Super(activation.self_class, activation.self_value)


def _getattr(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    if not 2 <= len(arguments.positional) <= 3 or not isinstance(arguments.positional[1], Constant):
        return None
    receiver, name = arguments.positional[0], str(arguments.positional[1].value)
    if len(arguments.positional) == 2:
        return attributes.get(state, receiver, name, node)
    has = attributes.has(state, receiver, name)
    if has is None:
        return None
    return attributes.get(state, receiver, name, node) if has else arguments.positional[2]


def _setattr(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 3:
        return None
    receiver, name, value = arguments.positional
    if isinstance(name, Constant):
        attributes.set_(state, receiver, str(name.value), value)
    else:
        note_use(state, receiver)
    return Constant(None)


def _graph_function(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    """Return ``tf.function(f, input_signature)``, or what decorates with it."""
    signature = arguments.get(1, "input_signature")
    told = {} if signature is None else {"input_signature": freeze(state, signature)}
    function = arguments.get(0, "func")
    if function is None:
        return ApiObject("tf.function", Node("tf.function", (), state.site(node)), told)
    if isinstance(function, Function):
        return replace(function, graph=True, signature=told.get("input_signature"))
    return None


def _partial(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    if not arguments.positional:
        return None
    return Partial(arguments.positional[0], arguments.positional[1:], arguments.keywords)


# Classes by the names they have in code; six names them for both versions of Python.
_CLASSES: Final[dict[str, type]] = {
    **{f"builtins.{kind.__name__}": kind for kind in (bool, bytes, complex, dict, float, int, list, str, tuple)},
    "six.string_types": str,
    "six.integer_types": int,
}


def _isinstance(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    """Answer for Python's own types: a tensor is of none of them."""
    if len(arguments.positional) != 2:
        return None
    value, classes = arguments.positional
    named = classes.items if isinstance(classes, Sequence) else (classes,)
    wanted = [_CLASSES[each.name] for each in named if isinstance(each, External) and each.name in _CLASSES]
    own = _class_of(value)
    if own is None or len(wanted) < len(named):
        return OfType("bool")
    return Constant(issubclass(own, tuple(wanted)))


def _class_of(value: Value) -> type | None:
    if isinstance(value, Constant):
        return type(value.value)
    if isinstance(value, Integer):
        return int
    if isinstance(value, OfType):
        return _CLASSES.get(f"builtins.{value.type}")
    if isinstance(value, ListObject):
        return list
    if isinstance(value, DictObject):
        return dict
    return Tensor if isinstance(value, Tensor) else None


_BUILTINS: Final[dict[str, Builtin]] = {
    "builtins.abs": _abs,
    "builtins.all": _quantified(False),
    "builtins.any": _quantified(True),
    "builtins.bool": _bool,
    "builtins.callable": _typed("bool"),
    "builtins.dict": _dict,
    "builtins.enumerate": _enumerate,
    "builtins.float": _number("float"),
    "builtins.getattr": _getattr,
    "builtins.hasattr": _typed("bool"),
    "builtins.int": _number("int"),
    "builtins.isinstance": _isinstance,
    "builtins.issubclass": _typed("bool"),
    "builtins.iter": _iterator(iteration.ITERATOR),
    "builtins.len": _len,
    "builtins.list": _list,
    "builtins.map": _map,
    "builtins.max": _extreme("max"),
    "builtins.min": _extreme("min"),
    "builtins.next": _next,
    "builtins.range": _range,
    "builtins.repr": _typed("str"),
    "builtins.reversed": _iterator(iteration.REVERSED),
    "builtins.setattr": _setattr,
    "builtins.slice": _slice,
    "builtins.sorted": _sorted,
    "builtins.str": _typed("str"),
    "builtins.sum": _sum,
    "builtins.super": _super,
    "builtins.tuple": _tuple,
    "builtins.zip": _iterator(iteration.ZIP),
    **iterators.MODELS,
    "collections.namedtuple": named_tuples.untyped,
    "functools.partial": _partial,
    "functools.reduce": _reduce,
    "math.prod": _prod,
    "tf.function": _graph_function,
    "typing.NamedTuple": named_tuples.typed,
    "random.gauss": _typed("float"),
    "random.randint": _typed("int"),
    "random.random": _typed("float"),
    "random.randrange": _typed("int"),
    "random.uniform": _typed("float"),
}
