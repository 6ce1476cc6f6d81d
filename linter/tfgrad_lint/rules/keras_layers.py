"""Rules about what Keras layers and models are given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from tfgrad_lint.api.keras.operands import DECLARED, OUTPUTS
from tfgrad_lint.domain.events import Conflicted
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes import conflicts
from tfgrad_lint.shapes.conflicts import LayerConflict
from tfgrad_lint.shapes.dims import equal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfgrad_lint.domain.events import Event
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.rules.claim import Claim
    from tfgrad_lint.shapes.shape import Shape

_RECURRENT: Final = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional"})


class LayerInput(ConflictRule):
    """Keras layer or model that does not take its input.

    ## What it does

    Reports a layer that is called, or added to a `Sequential`, with an input of a rank it does not take, or whose
    channels or features differ from those that its weights were built for; `Flatten`, `Reshape`, `Concatenate`, `Add`
    and other merging layers that can't combine what they get; a window that is larger than the image; and data given
    to a model, `fit`, `evaluate` or `predict` that does not fit the declared input.

    ## Why it is bad

    Keras raises `ValueError`, often only when `fit` runs. Frequent causes: an LSTM behind an LSTM without
    `return_sequences=True`, images without their channel axis, a missing `Flatten`, an `input_shape` that includes the
    batch, or a single example without a batch axis.

    ## Known limits

    Sizes that are not known are taken to fit, and so is a last axis of size 1 that Keras adds or removes by itself.

    ## References

    - <https://keras.io/api/layers/base_layer/>
    - <https://keras.io/guides/sequential_model/>
    """

    code = "TFG111"
    name = "layer-input"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            model = tf.keras.Sequential([
                tf.keras.layers.LSTM(32, input_shape=(10, 8)),
                tf.keras.layers.LSTM(16),  # <- TFG111
            ])
        """),
        Invalid("""
            import tensorflow as tf

            dense = tf.keras.layers.Dense(4)

            def apply(x):
                return dense(x)  # <- TFG111

            a = apply(tf.ones([2, 8]))
            b = apply(tf.ones([2, 9]))
        """),
        Invalid("""
            import numpy as np
            import tensorflow as tf

            def make():
                model = tf.keras.Sequential()
                model.add(tf.keras.Input(shape=(28, 28, 3)))
                model.add(tf.keras.layers.Conv2D(8, 3))
                model.add(tf.keras.layers.GlobalAveragePooling2D())
                model.add(tf.keras.layers.Dense(10))
                model.compile(loss="mse")
                return model

            model = make()
            model.predict(tf.zeros([100, 28, 28]))  # <- TFG111
        """),
        Invalid("""
            import tensorflow as tf

            a = tf.keras.Input(shape=(4, 8))
            b = tf.keras.Input(shape=(5, 8))
            c = tf.keras.layers.Concatenate()([a, b])  # <- TFG111
        """),
        Invalid("""
            import tensorflow as tf

            attention = tf.keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)
            y = attention(tf.ones([2, 5, 8]), tf.ones([3, 5, 8]))  # <- TFG111
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([
                tf.keras.layers.LSTM(32, return_sequences=True, input_shape=(10, 8)),
                tf.keras.layers.LSTM(16),
            ])
        """),
        Valid("""
            import tensorflow as tf

            a = tf.keras.Input(shape=(4, 8))
            b = tf.keras.Input(shape=(5, 8))
            c = tf.keras.layers.Concatenate(axis=1)([a, b])
            model = tf.keras.Model([a, b], tf.keras.layers.Dense(1)(c))
            y = model([tf.ones([3, 4, 8]), tf.ones([3, 5, 8])])
        """),
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([
                tf.keras.layers.Conv2D(8, 3, input_shape=(28, 28, 1)),
                tf.keras.layers.Flatten(),
                tf.keras.layers.Dense(10),
            ])
            y = model(tf.ones([5, 28, 28]))
        """),
        Valid("""
            import tensorflow as tf

            attention = tf.keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)
            y = attention(tf.ones([2, 5, 8]), tf.ones([2, 7, 8]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report the conflict, and where the model's input was declared."""
        assert isinstance(event, Conflicted)
        declared = dict(event.operands).get(DECLARED)
        operands = tuple((name, value) for name, value in event.operands if name not in {DECLARED, OUTPUTS})
        for claim in super().check(replace(event, operands=operands), program):
            site = declared.node.site if declared is not None else None
            text = "" if declared is None else f"inputs of shape {declared.shape} are declared here"
            yield claim if site is None else replace(claim, trace=(*claim.trace, (site, text)))

    def describe(self, event: Conflicted) -> Mismatch:
        """Say what the layer takes and what it gets."""
        conflict = event.conflict
        if isinstance(conflict, conflicts.RankConflict | conflicts.ArgumentConflict):
            return super().describe(event)
        if not isinstance(conflict, LayerConflict):
            return Mismatch(_takes(conflict))
        gets, takes = " and ".join(map(str, conflict.inputs)) or "its inputs", _takes(conflict.cause)
        itself = event.operation.endswith("__call__") or event.operation == "tf.keras.Sequential"
        if itself and conflict.within is None:
            return Mismatch(f"{takes}, but gets {gets}", _advice(conflict))
        return Mismatch(f"feeds {gets} to `{conflict.layer}`, which {takes}", _advice(conflict))


def _takes(cause: conflicts.Conflict) -> str:
    """Say in words what a layer takes, or what it can't do."""
    describe = _WORDS.get(type(cause))
    return "can't take its inputs" if describe is None else describe(cause)


_WORDS: Final[dict[type[conflicts.Conflict], Callable[[Any], str]]] = {
    conflicts.RankConflict: lambda cause: f"takes inputs of rank {cause.expected}",
    conflicts.SizeConflict: lambda cause: f"was built for inputs whose axis {cause.axis} has size {cause.expected!r}",
    conflicts.SpecConflict: lambda cause: f"was made for inputs of shape {cause.expected}",
    conflicts.ReshapeConflict: lambda cause: f"can't reshape examples of shape {cause.shape} to {list(cause.target)}",
    conflicts.WindowConflict: lambda cause: f"has a window that is larger than axis {cause.axis}",
    conflicts.ConvolutionConflict: lambda cause: f"can't divide {cause.input_channels!r} channels into its groups",
    conflicts.BroadcastConflict: lambda cause: "combines examples element by element",
    conflicts.JoinConflict: lambda cause: f"joins inputs that differ in axis {cause.axis} only",
    conflicts.AxisConflict: lambda cause: f"works on axis {cause.axis}",
    conflicts.MatchConflict: lambda cause: (
        f"needs {cause.left_name} {cause.left} to fit {cause.right_name} {cause.right}"
    ),
    conflicts.PermutationConflict: lambda cause: (
        f"permutes the axes {list(cause.perm)}, counted from 1 after the batch"
    ),
}


def _advice(conflict: LayerConflict) -> str | None:
    """Suggest the change that is certain to make the shapes fit, if there is one."""
    cause = conflict.cause
    if isinstance(cause, conflicts.RankConflict) and cause.shape.rank is not None:
        if conflict.layer in _RECURRENT and cause.shape.rank == 2:
            return "a recurrent layer before it needs return_sequences=True; other data needs a time axis"
        if cause.expected == str(cause.shape.rank - 1):
            return "if this is the model's input_shape: it does not include the batch"
    if isinstance(cause, conflicts.SpecConflict) and _is_example(cause.shape, cause.expected):
        return "a single example needs a batch axis: x[tf.newaxis]"
    return None


def _is_example(shape: Shape, expected: Shape) -> bool:
    """Tell whether ``shape`` is what ``expected`` is without its batch."""
    if shape.dims is None or expected.dims is None or len(shape.dims) != len(expected.dims) - 1:
        return False
    return all(equal(p, q) is not False for p, q in zip(shape.dims, expected.dims[1:], strict=True))
