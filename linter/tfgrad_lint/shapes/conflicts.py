"""What makes TensorFlow raise: each way in which shapes or arguments do not fit, as data.

A shape rule raises one of these; the interpreter turns it into an event and a rule of the linter words the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfgrad_lint.shapes.dims import Dim
    from tfgrad_lint.shapes.shape import Shape


@dataclass(eq=False)
class Conflict(Exception):
    """Base class: the operation certainly raises for its shapes."""


@dataclass(eq=False)
class BroadcastConflict(Conflict):
    """Axis ``axis`` (negative, counted from the last) of an elementwise operation has sizes that do not fit."""

    left: Shape
    right: Shape
    axis: int
    left_dim: Dim
    right_dim: Dim


@dataclass(eq=False)
class ContractionConflict(Conflict):
    """The contracted axes of a product have different sizes; axes are negative, counted from the last."""

    left: Shape
    right: Shape
    left_axis: int
    right_axis: int
    left_dim: Dim
    right_dim: Dim


@dataclass(eq=False)
class RankConflict(Conflict):
    """Operand ``parameter`` has a rank that the operation refuses; ``expected`` says in words which it takes."""

    parameter: str
    shape: Shape
    expected: str


@dataclass(eq=False)
class ReshapeConflict(Conflict):
    """``shape`` has a number of elements that ``target`` can't hold; -1 in ``target`` is the inferred axis."""

    shape: Shape
    target: tuple[Dim, ...]


@dataclass(eq=False)
class AxisConflict(Conflict):
    """Argument ``parameter`` names an axis that a tensor of ``rank`` axes does not have.

    ``extra`` is 1 where one more position is allowed (``expand_dims``, ``stack``), else 0.
    """

    parameter: str
    axis: int
    shape: Shape
    extra: int = 0


@dataclass(eq=False)
class RepeatedAxisConflict(Conflict):
    """Argument ``parameter`` names ``axis`` (counted from 0) of ``shape`` more than once."""

    parameter: str
    axis: int
    shape: Shape


@dataclass(eq=False)
class SqueezeConflict(Conflict):
    """``axis`` (counted from 0) is to be squeezed but its size ``dim`` is not 1."""

    shape: Shape
    axis: int
    dim: Dim


@dataclass(eq=False)
class PermutationConflict(Conflict):
    """``perm`` does not name each axis of ``shape`` once."""

    shape: Shape
    perm: tuple[int, ...]


@dataclass(eq=False)
class JoinConflict(Conflict):
    """Operand ``index`` can't be joined with operand 0 (``concat`` or ``stack`` along ``axis``).

    ``mismatch`` is the axis, counted from 0, in which the two differ; None if they differ in rank.
    """

    first: Shape
    other: Shape
    index: int
    axis: int
    mismatch: int | None


@dataclass(eq=False)
class SplitConflict(Conflict):
    """``axis`` of ``shape`` can't be split into ``parts``: a number of equal parts, or their sizes."""

    shape: Shape
    axis: int
    parts: Dim | tuple[Dim, ...]


@dataclass(eq=False)
class CountConflict(Conflict):
    """``axis`` of ``shape`` holds another number of items than the ``count`` that was asked for."""

    shape: Shape
    axis: int
    count: Dim


@dataclass(eq=False)
class LengthConflict(Conflict):
    """Argument ``parameter`` has ``length`` entries where ``shape`` needs ``expected`` of them."""

    parameter: str
    shape: Shape
    length: Dim
    expected: Dim


@dataclass(eq=False)
class ExpansionConflict(Conflict):
    """``shape`` can't be broadcast to ``target``."""

    shape: Shape
    target: Shape


@dataclass(eq=False)
class SliceConflict(Conflict):
    """The window of ``size`` from ``begin`` reaches beyond ``axis`` (counted from 0) of ``shape``."""

    shape: Shape
    axis: int
    begin: Dim
    size: Dim


@dataclass(eq=False)
class PaddingConflict(Conflict):
    """``axis`` (counted from 0) of ``shape`` can't be padded by ``before`` and ``after`` in ``mode``."""

    shape: Shape
    axis: int
    before: Dim
    after: Dim
    mode: str


@dataclass(eq=False)
class IndexConflict(Conflict):
    """``index`` is outside ``axis`` (counted from 0) of ``shape``."""

    shape: Shape
    axis: int
    index: int


@dataclass(eq=False)
class TooManyIndicesConflict(Conflict):
    """``shape`` is indexed with ``count`` indices, more than it has axes."""

    shape: Shape
    count: int


@dataclass(eq=False)
class MaskConflict(Conflict):
    """A boolean mask does not fit the axes of ``shape`` from ``axis`` on that it selects from."""

    shape: Shape
    mask: Shape
    axis: int


@dataclass(eq=False)
class MatchConflict(Conflict):
    """Parameters ``left_name`` and ``right_name`` need sizes that agree but do not.

    The axes are counted from 0; both None means that the whole shapes (or ranks) must agree.
    """

    left_name: str
    left: Shape
    right_name: str
    right: Shape
    left_axis: int | None = None
    right_axis: int | None = None


@dataclass(eq=False)
class SquareConflict(Conflict):
    """The last two axes of ``parameter`` must have one size."""

    parameter: str
    shape: Shape


@dataclass(eq=False)
class ConvolutionConflict(Conflict):
    """The channels of ``input`` do not fit those that ``filters`` take; ``groups`` hold equal shares."""

    input: Shape
    filters: Shape
    input_channels: Dim
    filter_channels: Dim


@dataclass(eq=False)
class WindowConflict(Conflict):
    """A window of ``window`` entries does not fit ``axis`` (counted from 0) of ``shape``: no position is left."""

    shape: Shape
    axis: int
    window: Dim


@dataclass(eq=False)
class EinsumConflict(Conflict):
    """``equation`` does not fit its operands; ``label`` and ``sizes`` tell where one label has two sizes.

    ``operand`` is the index of an operand whose rank differs from its labels' number; else None.
    """

    equation: str
    shapes: tuple[Shape, ...]
    reason: str
    label: str | None = None
    sizes: tuple[Dim, Dim] | None = None
    operand: int | None = None


@dataclass(eq=False)
class DtypeConflict(Conflict):
    """Two operands must have one dtype but have ``left`` and ``right``; TensorFlow does not promote."""

    left: str
    right: str


@dataclass(eq=False)
class AssignConflict(Conflict):
    """A value of shape ``value`` does not fit a variable of shape ``variable``."""

    variable: Shape
    value: Shape


@dataclass(eq=False)
class ArgumentConflict(Conflict):
    """Argument ``parameter`` has a value that the operation always refuses; ``reason`` says why in words."""

    parameter: str
    reason: str


@dataclass(eq=False)
class SizeConflict(Conflict):
    """``axis`` (negative, counted from the last) of ``shape`` must have the size ``expected``."""

    shape: Shape
    axis: int
    expected: Dim


@dataclass(eq=False)
class SpecConflict(Conflict):
    """A model made for inputs of the shape ``expected`` gets ``shape``; UNKNOWN and symbols in it fit any size."""

    shape: Shape
    expected: Shape


@dataclass(eq=False)
class LayerConflict(Conflict):
    """A Keras layer or model of the class ``layer`` refuses ``inputs`` for the reason ``cause``.

    ``within`` is the class of the model that called the layer, if one did.
    """

    layer: str
    inputs: tuple[Shape, ...]
    cause: Conflict
    within: str | None = None


@dataclass(eq=False)
class SignatureConflict(Conflict):
    """Argument ``parameter`` of a ``tf.function`` has a ``shape`` or ``dtype`` that its input_signature refuses."""

    parameter: str
    shape: Shape
    dtype: str | None
    expected: Shape
    expected_dtype: str | None


@dataclass(eq=False)
class InvariantConflict(Conflict):
    """What a loop carries from step to step has ``shape`` where only ``expected`` is allowed.

    ``when`` says in words at which point, ``allowed`` what ``expected`` is.
    """

    shape: Shape
    expected: Shape
    when: str
    allowed: str


@dataclass(eq=False)
class CarriedDtypeConflict(Conflict):
    """What a loop carries from step to step has dtype ``before`` when it begins and ``after`` after one step."""

    before: str
    after: str


@dataclass(eq=False)
class OutputConflict(Conflict):
    """A function that is called for each element gives ``given`` where ``expected`` is needed, both in words."""

    given: str
    expected: str


@dataclass(eq=False)
class TargetConflict(Conflict):
    """The targets of ``loss`` do not fit the predictions; both shapes include the batch.

    ``subset`` names the part of the data they come from (``validation_data``), empty for the training data.
    """

    loss: str
    targets: Shape
    predictions: Shape
    subset: str = ""


@dataclass(eq=False)
class SampleConflict(Conflict):
    """Inputs and targets hold different numbers of samples."""

    inputs: Shape
    targets: Shape
