"""What an expression may evaluate to, as far as shapes and gradients are concerned.

Values are immutable; what Python can change (lists, attributes, variables of a scope) lives in the interpreter's store
and reaches the API models as the frozen :class:`Sequence` and :class:`Mapping`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from tfgrad_lint.shapes.dims import UNKNOWN, Dim, Polynomial, Symbol, of_symbol

if TYPE_CHECKING:
    from collections.abc import Mapping as AbstractMapping

    from tfgrad_lint.shapes.shape import Shape


# Names of the steps at which the values of several paths, or of all iterations of a loop, come together.
JOIN: Final = "join"
LOOP: Final = "loop"

# Names of the steps that hand on an argument of a function, and a part of a value; the parameter's name follows.
PARAMETER: Final = "parameter "
# That of one to which Keras gives data: it is no variable under another name.
DATA: Final = f"{PARAMETER}of data "
ITEM: Final = "item"

# Why no gradient passes a step that leaves TensorFlow, or that makes a variable.
OUTSIDE: Final = "outside of TensorFlow nothing is recorded"
ANEW: Final = "a variable starts anew"

# Why no gradient passes a list of a model's variables that was read before the model made any.
NOT_BUILT: Final = "the list was read before the variables were made"

# Attributes of layers, models and modules that list their variables.
VARIABLE_LISTS: Final = frozenset("trainable_variables trainable_weights variables weights".split())

_numbers: Final = count()


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A place in a program: the syntax node (a ``libcst.CSTNode``, opaque to API models) and its file's path."""

    path: str
    node: Any


class Node:
    """One step of how a value came to be: a vertex of the graph from sources to results.

    ``what`` names the step for a reader (``tf.matmul``, ``parameter x``). ``inputs`` are the steps it read. ``opaque``
    means that it may depend on anything at all; ``cut`` says why no gradient passes it (None if one does); ``tapes``
    are the tapes that were recording. ``shape`` is the shape of the tensor made by the step, where it made one.
    ``number`` counts the steps of a run: an earlier step has a smaller one. ``assigned`` are the assignments to the
    variable that the step made.
    """

    __slots__ = ("assigned", "cut", "inputs", "number", "opaque", "shape", "site", "symbols", "tapes", "what")

    def __init__(
        self,
        what: str,
        inputs: tuple[Node, ...] = (),
        site: Site | None = None,
        *,
        opaque: bool = False,
        cut: str | None = None,
        tapes: tuple[Value, ...] = (),
    ) -> None:
        self.what = what
        self.inputs = list(inputs)
        self.site = site
        self.opaque = opaque
        self.cut = cut
        self.tapes = tapes
        self.number = next(_numbers)
        self.assigned: tuple[Node, ...] = ()
        self.shape: Shape | None = None
        self.symbols: dict[int, Polynomial] | None = None

    def dim(self, axis: int, name: str | None = None) -> Polynomial:
        """Return the size of ``axis`` of this value where its shape does not tell: the same symbol each time."""
        if self.symbols is None:
            self.symbols = {}
        if axis not in self.symbols:
            label = name or f"{self.what.rpartition(' ')[2]}.shape[{axis}]"
            self.symbols[axis] = of_symbol(Symbol(label, (id(self), axis), automatic=True))
        return self.symbols[axis]

    @property
    def is_join(self) -> bool:
        """Tell whether the step only stands for the values of several paths: nothing is computed in it."""
        return self.what in {JOIN, LOOP}

    def __repr__(self) -> str:
        return f"Node({self.what!r})"


class Value:
    """Base class of everything that an expression may evaluate to."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Unknown(Value):
    """Any object at all, tensors included. ``node`` gives it an identity."""

    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class Weights(Unknown):
    """The variables of a Keras layer or model, such as ``model.trainable_variables``.

    How many there are is not known, but whatever is computed from any of them was made from one of ``owners``: the
    steps at which the layers and variables in the model were made.
    """

    owners: frozenset[Node] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Repeated(Unknown):
    """A list of which it is not known how many items it has: each is like ``item``.

    It is an :class:`Unknown` to whom its items are of no use.
    """

    item: Value


@dataclass(frozen=True, slots=True)
class Constant(Value):
    """A Python constant: None, bool, int, float, complex, str, bytes or Ellipsis."""

    value: Any


@dataclass(frozen=True, slots=True)
class Integer(Value):
    """A Python int whose value is a polynomial in symbolic dimensions.

    ``told`` says that it is one only by the annotation of a parameter.
    """

    dim: Polynomial
    told: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class OfType(Value):
    """A Python object of a built-in type (``int``, ``float``, ``bool``, ``str``) whose value is not known.

    ``node`` is the step that made it where that was a tensor, as in ``float(loss)``; ``told`` says that it has this
    type only by the annotation of a parameter.
    """

    type: str
    node: Node | None = field(default=None, compare=False)
    told: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Sequence(Value):
    """A tuple or list whose items are known, in order."""

    items: tuple[Value, ...]
    kind: Literal["tuple", "list"] = "tuple"


@dataclass(frozen=True, slots=True, eq=False)
class Mapping(Value):
    """A dict with constant keys that are all known."""

    items: AbstractMapping[Any, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Slice(Value):
    """``lower:upper:step`` in a subscript; each part is a value or the constant None."""

    lower: Value
    upper: Value
    step: Value


@dataclass(frozen=True, slots=True, eq=False)
class TensorShape(Value):
    """A shape as a value: ``x.shape``, or the elements of ``tf.shape(x)``.

    ``owner`` is the tensor it was taken from: an axis whose size is not known is known by identity through it.
    """

    shape: Shape
    owner: Node

    def dim(self, axis: int) -> Dim:
        """Return the size of ``axis`` (from the end if negative), UNKNOWN if the shape has no such axis."""
        dims = self.shape.dims
        if dims is None:
            return self.owner.dim(axis)
        if not -len(dims) <= axis < len(dims):
            return UNKNOWN
        axis %= len(dims)
        return self.owner.dim(axis) if dims[axis] is UNKNOWN else dims[axis]

    def dims(self) -> tuple[Dim, ...] | None:
        """Return all sizes, each known at least by identity, or None if the rank is not known."""
        return None if self.shape.dims is None else tuple(self.dim(axis) for axis in range(len(self.shape.dims)))


@dataclass(frozen=True, slots=True, eq=False)
class Tensor(Value):
    """A tensor, a variable or a NumPy array.

    ``content`` is what is known of the elements of an integer tensor: a dimension for a scalar, a
    :class:`TensorShape` for a vector (its axis i is element i). ``explicit`` says that the user gave a size-1 axis on
    purpose (``newaxis``, ``expand_dims``, ``keepdims``, ``reshape``, a literal 1), so broadcasting along it is meant.
    """

    shape: Shape
    dtype: str | None
    node: Node
    kind: Literal["tensor", "variable", "array"] = "tensor"
    content: Dim | TensorShape | None = None
    explicit: bool = False
    trainable: bool = True

    def __post_init__(self) -> None:
        if self.node.shape is None:
            self.node.shape = self.shape


@dataclass(frozen=True, slots=True)
class DType(Value):
    """A dtype such as ``tf.float32``."""

    name: str


@dataclass(frozen=True, slots=True)
class External(Value):
    """Something imported, by its canonical dotted name: ``tf.math``, ``tf.reduce_sum``, ``np.ones``, ``functools``."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Method(Value):
    """A method of a value that an API model implements, such as ``x.get_shape``; ``name`` is ``Tensor.get_shape``."""

    name: str
    receiver: Value


@dataclass(frozen=True, slots=True, eq=False)
class ApiObject(Value):
    """An object that an API function made (an initializer, a ``TensorSpec``), with what it was made from.

    ``type`` is the canonical name of its class; calling it and its attributes are models under that name
    (``tf.TensorSpec.shape``, ``tf.initializers.Zeros.__call__``).
    """

    type: str
    node: Node
    attributes: AbstractMapping[str, Value] = field(default_factory=dict)


# The types of datasets and generators, and the attribute that holds what stands for any of their elements.
DATASET: Final = "tf.data.Dataset"
GENERATOR: Final = "builtins.generator"
ELEMENT: Final = "element"
# The attribute of an object that is no array itself, such as an image of Pillow's: the array that NumPy makes of it.
ARRAY: Final = "array"
# What is remembered of an object of the API that an item of was assigned or deleted.
CHANGED: Final = "changed"
# What is remembered of a table that rows were taken out of.
FILTERED: Final = "filtered"

NONE: Final = Constant(None)
TRUE: Final = Constant(True)
FALSE: Final = Constant(False)

Nodes: TypeAlias = "tuple[Node, ...]"


def of_dim(dim: Dim) -> Value:
    """Return the Python int whose value is ``dim``."""
    if isinstance(dim, int):
        return Constant(dim)
    return Integer(dim) if isinstance(dim, Polynomial) else OfType("int")


def as_dim(value: Value) -> Dim | None:
    """Return the integer that ``value`` is: UNKNOWN if not known which, None if it is certainly no integer."""
    if isinstance(value, Constant):
        return value.value if isinstance(value.value, int) and not isinstance(value.value, bool) else None
    if isinstance(value, Integer):
        return value.dim
    if isinstance(value, Tensor):
        content = value.content
        return UNKNOWN if content is None or isinstance(content, TensorShape) else content
    if isinstance(value, OfType):
        return UNKNOWN if value.type in {"int", "bool"} else None
    return UNKNOWN if isinstance(value, Unknown) else None


# What is made in one step of its own.
_MADE: Final = (Unknown, Tensor, ApiObject)


def node_of(value: Value) -> Nodes:
    """Return the steps that ``value`` was made from, all of them for a structure."""
    # Asked so often that the types are compared in order of frequency, without making a union of them each time.
    if isinstance(value, _MADE):
        return (value.node,)
    if isinstance(value, Constant):
        return ()
    if isinstance(value, TensorShape):
        return (value.owner,)
    if isinstance(value, OfType):
        return () if value.node is None else (value.node,)
    if isinstance(value, Sequence):
        return tuple([node for item in value.items for node in node_of(item)])
    if isinstance(value, Mapping):
        return tuple([node for item in value.items.values() for node in node_of(item)])
    if isinstance(value, Method):
        return node_of(value.receiver)
    return ()
