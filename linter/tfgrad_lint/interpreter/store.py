"""Everything that a program can change: variables of scopes, attributes, items of lists and dicts.

A store is a chain of layers. A branch writes to a layer of its own, so forking costs nothing and a join looks only at
what the branches wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tfgrad_lint.domain.objects import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from tfgrad_lint.domain.values import Value

# A location is the thing that owns it (a scope, an object) and a name within it.
Location: TypeAlias = "tuple[Hashable, str]"
Layer: TypeAlias = "dict[Location, Value]"


class Store:
    """One layer of bindings on top of others."""

    __slots__ = ("base", "written")

    def __init__(self, base: Store | None = None) -> None:
        self.base = base
        self.written: Layer = {}

    def get(self, location: Location) -> Value | None:
        """Return what ``location`` holds, None if nothing was ever written to it."""
        store: Store | None = self
        while store is not None:
            value = store.written.get(location)
            if value is not None:
                return value
            store = store.base
        return None

    def set(self, location: Location, value: Value) -> None:
        """Write ``value`` to ``location``, in this layer."""
        owner, name = location
        if type(owner) is Scope:
            owner.names.add(name)
        self.written[location] = value

    def held_by(self, owner: Hashable) -> Iterator[Value]:
        """Yield what the locations of ``owner`` hold: all attributes of an object, for example."""
        seen: set[str] = set()
        store: Store | None = self
        while store is not None:
            for each, name in store.written:
                if each is owner and name not in seen:
                    seen.add(name)
                    yield store.written[each, name]
            store = store.base

    def fork(self) -> Store:
        """Return a new layer on top of this one."""
        return Store(self)

    def written_since(self, base: Store) -> Layer:
        """Return all that was written above ``base``, the newest value of each location."""
        layers: list[Layer] = []
        store: Store | None = self
        while store is not None and store is not base:
            layers.append(store.written)
            store = store.base
        if len(layers) == 1:
            return layers[0]
        merged: Layer = {}
        for layer in reversed(layers):
            merged.update(layer)
        return merged

    def merge(self, outcomes: Iterable[Layer], join: Callable[[Location, list[Value | None]], Value]) -> None:
        """Write to each location that an outcome wrote what ``join`` makes of its values in all outcomes.

        ``join`` gets one value per outcome: what it wrote, else what this store holds, else None.
        """
        outcomes = list(outcomes)
        if len(outcomes) == 1:
            self.written.update(outcomes[0])
            return
        merged: Layer = {}
        for outcome in outcomes:
            for location in outcome:
                if location not in merged:
                    before = self.get(location)
                    merged[location] = join(location, [each.get(location, before) for each in outcomes])
        self.written.update(merged)
