"""Built-in functions that make, go through or sum up the items of something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.objects import ITEMS, DictObject, Instance
from tfgrad_lint.domain.values import (
    DATASET,
    GENERATOR,
    ApiObject,
    Constant,
    Mapping,
    Node,
    OfType,
    Sequence,
    Value,
    node_of,
)
from tfgrad_lint.interpreter import calls, iteration, operators, special_methods
from tfgrad_lint.interpreter.arguments import Arguments
from tfgrad_lint.interpreter.freezing import freeze, new_dict, new_list
from tfgrad_lint.interpreter.joining import python_type

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.arguments import Builtin
    from tfgrad_lint.interpreter.state import State


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


def _next(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    iterator = arguments.positional[0] if len(arguments.positional) == 1 else None
    known = isinstance(iterator, ApiObject) and iterator.type in {iteration.ITERATOR, DATASET, GENERATOR}
    known = known or isinstance(iterator, Instance)
    return iteration.item(state, node, iterator) if known and iterator is not None else None


MODELS: Final[dict[str, Builtin]] = {
    "builtins.all": _quantified(False),
    "builtins.any": _quantified(True),
    "builtins.dict": _dict,
    "builtins.enumerate": _enumerate,
    "builtins.iter": _iterator(iteration.ITERATOR),
    "builtins.list": _list,
    "builtins.map": _map,
    "builtins.max": _extreme("max"),
    "builtins.min": _extreme("min"),
    "builtins.next": _next,
    "builtins.range": _range,
    "builtins.reversed": _iterator(iteration.REVERSED),
    "builtins.sorted": _sorted,
    "builtins.sum": _sum,
    "builtins.tuple": _tuple,
    "builtins.zip": _iterator(iteration.ZIP),
    "functools.reduce": _reduce,
    "math.prod": _prod,
}
