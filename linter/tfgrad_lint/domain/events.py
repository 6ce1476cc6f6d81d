"""What the interpreter saw a program do, as data. Rules listen to these and to nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfgrad_lint.domain.objects import Function
    from tfgrad_lint.domain.values import Node, Site, Tensor, Unknown, Value
    from tfgrad_lint.shapes.conflicts import Conflict
    from tfgrad_lint.shapes.dims import Dim
    from tfgrad_lint.shapes.shape import Shape


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Base class. ``site`` is the expression that did it."""

    site: Site


@dataclass(frozen=True, slots=True, eq=False)
class Conflicted(Event):
    """An operation certainly raises. ``operands`` are its tensors, by parameter name, in order.

    ``caller`` is the call in the linted file that leads to it, where the operation is in a file that it imports.
    ``inputs`` are the steps that its arguments come from, those of shapes included.
    """

    operation: str
    conflict: Conflict
    operands: tuple[tuple[str, Tensor], ...]
    caller: Site | None = None
    inputs: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class HintContradicted(Event):
    """The program states a shape of ``value`` that it certainly does not have.

    ``how`` names what states it (``assert``, ``the annotation of `x```), ``stated`` is the shape in its words.
    """

    how: str
    stated: str
    value: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Broadcasted(Event):
    """An elementwise operation combined two tensors whose shapes differ, or may differ."""

    operation: str
    left: Tensor
    right: Tensor
    result: Shape
    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class Reduced(Event):
    """A reduction removed ``axes``, counted from 0; None if they or the rank are not known.

    ``named`` are the axes as the user gave them, None if not known or if all axes were meant by naming none.
    """

    operation: str
    operand: Tensor
    axes: tuple[int, ...] | None
    keepdims: bool | None
    node: Node
    named: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Normalized(Event):
    """The entries of ``operand`` were scaled to sum to one, or to norm one, along ``axes`` (from 0, None if not known).

    Cross-entropies with logits do so to their logits.
    """

    operation: str
    operand: Tensor
    axes: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Compared(Event):
    """A loss or metric compares targets with predictions.

    ``loss`` is its name as a function of Keras or ``tf.nn``; ``targets`` are None where only the predictions are known;
    ``logits`` tells whether it takes the predictions for logits, None if that is not known or makes no difference;
    ``told`` is the call that says so: of the function itself, or the one that made the loss or metric.
    """

    loss: str
    targets: Tensor | None
    predictions: Tensor
    logits: bool | None
    told: Site | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Batched(Event):
    """A dataset of ``count`` elements was cut into batches of ``size``, the last one smaller: ``dim`` is either."""

    count: int
    size: int
    dim: Dim


@dataclass(frozen=True, slots=True, eq=False)
class Reshaped(Event):
    """A tensor was given the shape ``target``, in which -1 is the size to be inferred."""

    operand: Tensor
    target: tuple[Dim, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Squeezed(Event):
    """All axes of size 1 were removed from ``operand``, none being named."""

    operand: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Contracted(Event):
    """Two tensors were multiplied as (stacks of) matrices."""

    operation: str
    left: Tensor
    right: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class GradientTaken(Event):
    """``tape.gradient`` (or ``jacobian``, ``batch_jacobian``) was called.

    ``step`` is the call as a step; ``earlier`` is where the same recording was certainly asked before; ``recording``
    tells whether the tape was still recording; ``watched`` are the steps whose results it was told to watch, with the
    number of the step at which it was, None if not known; ``loops`` are those that were entered since the tape records.
    """

    method: str
    tape: Value
    target: Value
    sources: Value
    earlier: Site | None
    step: Node
    recording: bool
    watched: Mapping[Node, int] | None
    loops: tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Trained(Event):
    """``fit`` or ``train_on_batch`` minimises ``loss``, or a loss of Keras of the predictions ``loss``."""

    loss: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Watched(Event):
    """``tape.watch`` was called with a tensor or variable, the variables of a layer or model, or what is not known."""

    tape: Value
    value: Tensor | Unknown


@dataclass(frozen=True, slots=True, eq=False)
class VariableKept(Event):
    """A variable became the attribute ``name`` of a layer or model of Keras."""

    name: str
    variable: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class VariableReplaced(Event):
    """What held a variable, a name or attribute or item, was bound to a tensor computed from it or from its gradient.

    ``again`` says what finds the tensor there: the next iteration of a loop, or the next call of the method.
    ``several`` tells of a list of variables, of which ``variable`` is the first; ``updated``, that the tensor was
    computed from the gradient.
    """

    name: str
    variable: Tensor
    again: Literal["iteration", "call"]
    several: bool = False
    updated: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class GradientsApplied(Event):
    """``apply_gradients`` was called with ``pairs``, of the optimizer that was made in the step ``optimizer``."""

    pairs: Value
    optimizer: Node | None


@dataclass(frozen=True, slots=True, eq=False)
class Minimized(Event):
    """``minimize`` was called with ``loss``, of the optimizer that was made in the step ``optimizer``.

    ``called`` is the number of the step at which a function was called that gave the loss, None if it was given itself.
    """

    loss: Value
    optimizer: Node | None
    has_tape: bool
    called: int | None


@dataclass(frozen=True, slots=True, eq=False)
class CustomGradient(Event):
    """A function with ``tf.custom_gradient`` returned ``result`` for ``inputs``; ``site`` is its name.

    ``inputs`` are the tensors in its positional arguments, None if not known which. ``gradient`` is the second of what
    it returned, where that is a function of the program, and ``returned`` what this gave for the ``upstream``
    gradients. ``variables`` are those that the result was computed from without being an input.
    """

    function: Function
    inputs: tuple[Value, ...] | None
    result: Value
    gradient: Function | None
    upstream: tuple[Node, ...]
    returned: Value | None
    variables: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GradientNamed(Event):
    """The result of ``tape.gradient`` (or ``jacobian``, ``batch_jacobian``), the step ``step``, was bound to ``name``.

    ``function`` is the syntax node of the function in which that happened, None in the body of a module or class.
    """

    name: str
    step: Node
    function: Any


@dataclass(frozen=True, slots=True, eq=False)
class GradientDropped(Event):
    """A call of ``tape.gradient`` is a statement of its own: nothing gets its result."""


@dataclass(frozen=True, slots=True, eq=False)
class GraphGradients(Event):
    """``tf.gradients`` or one of its kind was called; ``eager`` tells whether certainly outside of any graph."""

    operation: str
    eager: bool


@dataclass(frozen=True, slots=True, eq=False)
class PromotionEnabled(Event):
    """TensorFlow was told to promote dtypes as NumPy does."""
