"""Values with an identity: what a program defines or makes and can change or call.

Their changeable state lives in the store, at locations that these objects own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tfgrad_lint.domain.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst as cst

    from tfgrad_lint.domain.values import Node, Site

# How a function that is an attribute of a class is bound.
Kind: TypeAlias = Literal["function", "staticmethod", "classmethod", "property"]

# Names of the locations at which the store keeps an object's state.
ITEMS = "[items]"
FIRST_GRADIENT = "[first gradient]"
BUILT = "[built]"
WATCHED = "[watched]"
# What a running generator gave so far, in order.
YIELDED = "[yielded]"
# Set on layers and models that were called, or given to code that may have called them, and on generators from which
# something was taken.
USED = "[used]"


class Scope:
    """A namespace: of a module, a function call, a class body or a comprehension.

    ``path`` is that of the file. ``names`` are all that was ever bound here, on whatever path. ``own`` are the loop
    variables of a comprehension; all else that it binds (``:=``) belongs to the scope around.
    """

    __slots__ = (
        "generators", "globals", "kind", "module", "names", "nonlocals", "outer", "own", "parent", "path", "stated",
    )  # fmt: skip

    def __init__(
        self, kind: Literal["module", "function", "class", "comprehension"], parent: Scope | None, path: str = ""
    ) -> None:
        self.kind = kind
        self.parent = parent
        self.path: str = path if parent is None else parent.path
        self.module: Scope = self if parent is None else parent.module
        # Where names are looked up after this scope: class bodies are passed over.
        self.outer: Scope | None = parent.outer if parent is not None and parent.kind == "class" else parent
        self.names: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.own: set[str] = set()
        # Of a module: which of its functions are generators, and what shapes they state, as far as somebody asked.
        self.generators: dict[cst.CSTNode, bool] = {}
        self.stated: dict[cst.CSTNode, Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Function(Value):
    """A function or lambda of the program, with the scope it closes over and its defaults.

    ``graph`` says that it is a ``tf.function``; ``signature`` is its input_signature, None if it has none.
    ``setter`` is what a property calls when it is assigned to.
    """

    name: str
    definition: cst.FunctionDef | cst.Lambda
    scope: Scope
    defaults: Mapping[str, Value]
    kind: Kind = "function"
    owner: Class | None = None
    custom_gradient: bool = False
    graph: bool = False
    signature: Value | None = None
    setter: Function | None = None


@dataclass(frozen=True, slots=True, eq=False)
class BoundMethod(Value):
    """A function of the program bound to its first argument."""

    function: Function
    receiver: Value


@dataclass(frozen=True, slots=True, eq=False)
class Partial(Value):
    """``functools.partial``: a callable with some arguments given."""

    function: Value
    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Class(Value):
    """A class of the program; its attributes are the variables of ``scope``.

    ``fields`` are what a record, a dataclass or a named tuple, takes as arguments, without those of its ancestors;
    None for other classes. ``definition`` is None for a named tuple that a call made.
    """

    name: str
    definition: cst.ClassDef | None
    bases: tuple[Value, ...]
    scope: Scope
    fields: tuple[str, ...] | None = None
    is_tuple: bool = False

    def lineage(self) -> list[Value]:
        """Return this class and its ancestors in the order in which Python looks into them."""
        lines = [base.lineage() if isinstance(base, Class) else [base] for base in self.bases]
        return [self, *(lines[0] if len(lines) == 1 else _merged([*lines, list(self.bases)]))]

    def all_fields(self) -> list[str]:
        """Return the names of the fields of a record, those of its ancestors first."""
        classes = [each for each in reversed(self.lineage()) if isinstance(each, Class)]
        return list(dict.fromkeys(name for each in classes for name in each.fields or ()))


def _merged(lines: list[list[Value]]) -> list[Value]:
    """Merge lineages so that each class comes before its ancestors and bases stay in order (C3)."""
    found: list[Value] = []
    lines = [line for line in lines if line]
    while lines:
        heads = [line[0] for line in lines]
        # Where no order is consistent Python refuses the class: any will do.
        head = next((each for each in heads if not any(each in line[1:] for line in lines)), heads[0])
        found.append(head)
        lines = [rest for line in lines if (rest := [each for each in line if each != head])]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Instance(Value):
    """An object of a class of the program. ``exact`` is False where it may be of a subclass (``self``)."""

    cls: Class
    node: Node
    exact: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class RecordMethod(Value):
    """A method that Python gives each named tuple: ``batch._replace``."""

    record: Instance
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Super(Value):
    """``super()``: attributes of ``receiver`` looked up after ``cls``."""

    cls: Class
    receiver: Value


@dataclass(frozen=True, slots=True)
class Deferred(Value):
    """What an import statement of the file ``importer`` binds, not yet looked up; ``name`` is None for a module."""

    importer: str
    dotted: str
    level: int
    name: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ModuleObject(Value):
    """A module of the project; its attributes are the variables of ``scope``."""

    name: str
    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class ListObject(Value):
    """A list; the store holds its items as a Sequence, or an Unknown."""

    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class DictObject(Value):
    """A dict; the store holds its items as a Mapping, or an Unknown."""

    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class Tape(Value):
    """A ``tf.GradientTape``; flags are None where not known."""

    persistent: bool | None
    watch_accessed_variables: bool | None
    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class TapeMethod(Value):
    """A method of a tape, such as ``tape.gradient``."""

    tape: Tape
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class ContainerMethod(Value):
    """A method of a list or dict, such as ``xs.append``."""

    container: ListObject | DictObject
    name: str


@dataclass(frozen=True, slots=True)
class Watches(Value):
    """What a tape was told to watch: the steps that made the values, each with the number of the step that watched it.

    None if that is not known.
    """

    since: Mapping[Node, int] | None


@dataclass(frozen=True, slots=True)
class Happened(Value):
    """A fact about an object that the store keeps: where something happened to it. None: it did not."""

    site: Site | None = field(compare=False)
    when: bool = True
