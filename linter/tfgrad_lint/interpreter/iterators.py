"""The functions of ``itertools`` whose items are known where those of their arguments are."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.values import NONE, Constant, Node, Sequence, Value, node_of
from tfgrad_lint.interpreter import iteration, special_methods
from tfgrad_lint.interpreter.freezing import freeze

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.arguments import Arguments, Builtin
    from tfgrad_lint.interpreter.state import State

# More items than this are not told apart, as in ranges.
_MAX_ITEMS: Final = 64

# ``islice`` takes start, stop and step.
_MAX_BOUNDS: Final = 3


def _chain(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    return _chained(state, node, arguments.positional)


def _chain_from(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    parts = _sources(state, node, arguments.positional)
    return None if parts is None or len(parts) != 1 else _chained(state, node, parts[0])


def _chained(state: State, node: cst.CSTNode, values: tuple[Value, ...]) -> Value | None:
    sources = _sources(state, node, values)
    return None if sources is None else _made(state, node, tuple(itertools.chain(*sources)))


def _product(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    count = _count(arguments.keywords.get("repeat", Constant(1)))
    sources = _sources(state, node, arguments.positional)
    if sources is None or count is None:
        return None
    rows = tuple(itertools.islice(itertools.product(*sources, repeat=count), _MAX_ITEMS + 1))
    return _made(state, node, tuple(map(Sequence, rows)))


def _repeat(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    value, count = arguments.get(0, "object"), arguments.get(1, "times")
    times = None if count is None else _count(count)
    return None if value is None or times is None else _made(state, node, (value,) * times)


def _islice(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    sources = _sources(state, node, arguments.positional[:1])
    bounds = [None if value == NONE else _count(value) for value in arguments.positional[1:]]
    known = [bound is not None or value == NONE for bound, value in zip(bounds, arguments.positional[1:], strict=True)]
    if not sources or not all(known) or not 1 <= len(bounds) <= _MAX_BOUNDS or bounds[2:] == [0]:
        return None
    return _made(state, node, tuple(itertools.islice(sources[0], *bounds)))


def _zip_longest(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    sources = _sources(state, node, arguments.positional)
    fill = arguments.keywords.get("fillvalue", NONE)
    if sources is None:
        return None
    return _made(state, node, tuple(map(Sequence, itertools.zip_longest(*sources, fillvalue=fill))))


def _count(value: Value) -> int | None:
    """Return the small number that ``value`` is, None if it is none."""
    known = isinstance(value, Constant) and isinstance(value.value, int) and 0 <= value.value <= _MAX_ITEMS
    return value.value if known and isinstance(value, Constant) else None


def _sources(state: State, node: cst.CSTNode, values: tuple[Value, ...]) -> list[tuple[Value, ...]] | None:
    """Return the items of each of ``values``, None if those of any are not known."""
    found = [iteration.items(state, special_methods.iterated(state, node, value)) for value in values]
    known = [items for items in found if items is not None]
    return known if len(known) == len(found) else None


def _made(state: State, node: cst.CSTNode, items: tuple[Value, ...]) -> Value | None:
    if len(items) > _MAX_ITEMS:
        return None
    steps = node_of(freeze(state, Sequence(items)))
    return iteration.generator(state, Node("itertools", steps, state.site(node)), items)


MODELS: Final[dict[str, Builtin]] = {
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_from,
    "itertools.islice": _islice,
    "itertools.product": _product,
    "itertools.repeat": _repeat,
    "itertools.zip_longest": _zip_longest,
}
