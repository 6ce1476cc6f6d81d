"""Rules about dtypes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import PromotionEnabled
from tfgrad_lint.findings import Applicability
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.repairs.tensorflow_calls import wrapped_in_call
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.literals import floating_literal
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import DtypeConflict
from tfgrad_lint.shapes.dtypes import FLOATING, INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.events import Conflicted, Event
    from tfgrad_lint.domain.values import Tensor
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.rules.claim import Claim


class DtypeMismatch(ConflictRule):
    """Operation on tensors of different dtypes.

    ## What it does

    Reports operations on two tensors of different dtypes (float32 with float64, integers with floats), of an
    integer tensor with a Python float, and of floats where integers are needed.

    ## Why it is bad

    TensorFlow does not promote: it raises `InvalidArgumentError` or `TypeError`. Often the float64 came from NumPy.

    ## Known limits

    NumPy arrays and Python numbers take the dtype of the tensor beside them and are not reported where that fits.
    Code that turns on `tf.experimental.numpy.experimental_enable_numpy_behavior` promotes.

    ## Fix

    Casts integers to the floating dtype beside them, and float64 to float32: unsafe, as precision or the dtype of the
    result may be meant otherwise. A constant that is written out in the operation gets floats: safe.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/cast>
    """

    code = "TFG118"
    name = "dtype-mismatch"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([3], tf.float32)
            y = tf.ones([3], tf.float64)
            z = x + y  # <- TFG118
        """),
        Invalid("""
            import tensorflow as tf

            def accuracy(labels, predictions):
                correct = tf.cast(tf.equal(labels, predictions), tf.float32)
                return tf.reduce_sum(correct) / tf.size(labels)  # <- TFG118

            a = accuracy(tf.constant([1, 2]), tf.constant([1, 3]))
        """),
        Invalid("""
            import tensorflow as tf

            steps = tf.constant([1, 2, 3])
            halves = steps * 0.5  # <- TFG118
        """),
        Invalid("""
            import tensorflow as tf

            def doubled(x):
                return x * tf.constant(2)  # <- TFG118

            y = doubled(tf.ones([3]))
        """),
        Invalid("""
            import tensorflow as tf

            average = tf.Variable([0.0, 0.0])
            average.assign_add(tf.constant([1.0, 2.0], tf.float64))  # <- TFG118
        """),
        Invalid("""
            import tensorflow as tf

            def encoded(labels):
                return tf.one_hot(labels, 3)  # <- TFG118

            y = encoded(tf.constant([0.0, 2.0]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.ones([3], tf.float32)
            y = tf.ones([3], tf.float64)
            z = x + tf.cast(y, x.dtype)
            w = 2 * x + 1
        """),
        Valid("""
            import tensorflow as tf

            def accuracy(labels, predictions):
                correct = tf.cast(tf.equal(labels, predictions), tf.float32)
                return tf.reduce_sum(correct) / tf.cast(tf.size(labels), tf.float32)

            a = accuracy(tf.constant([1, 2]), tf.constant([1, 3]))
        """),
        Valid("""
            import numpy as np
            import tensorflow as tf

            class Shift(tf.keras.layers.Layer):
                def call(self, x):
                    return x + tf.ones([3])

            y = Shift()(np.zeros([3]))
            z = Shift()(tf.zeros([3], tf.float64))
        """),
        Valid("""
            import numpy as np
            import tensorflow as tf

            class Join(tf.keras.layers.Layer):
                def call(self, inputs):
                    return tf.concat([inputs[0], inputs[1], tf.ones([3])], axis=0)

            y = Join()([np.zeros([3]), tf.zeros([3])])
        """),
        Valid("""
            import numpy as np
            import tensorflow as tf

            average = tf.Variable([0.0, 0.0])
            average.assign(np.array([1.0, 2.0]))
            average.assign_add([1, 2])

            class Count(tf.keras.layers.Layer):
                def build(self, shape):
                    self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False)

                def call(self, x):
                    self.seen.assign(tf.shape(x)[0])
                    return x

            y = Count()(tf.ones([3, 2]))
        """),
        Valid("""
            import tensorflow as tf
            import tensorflow.experimental.numpy as tnp

            tnp.experimental_enable_numpy_behavior()
            x = tf.ones([3], tf.float32) + tf.ones([3], tf.float64)
        """),
        Valid("""
            import tensorflow as tf

            def doubled(x):
                return x * tf.constant(2.0)

            y = doubled(tf.ones([3]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report different dtypes, unless the program lets TensorFlow promote them."""
        if not program.events_of(PromotionEnabled):
            yield from super().check(event, program)

    def describe(self, event: Conflicted) -> Mismatch:
        """Say both dtypes."""
        conflict = event.conflict
        if not isinstance(conflict, DtypeConflict):
            return super().describe(event)
        kinds = f"{conflict.left} with {conflict.right}"
        return Mismatch(f"combines {kinds}: TensorFlow does not promote", _cast_advice(event))

    def labels(self, event: Conflicted) -> tuple[tuple[Any, str], ...]:
        """Label the operands that are written out with their dtypes."""
        nodes = wording.operand_nodes(event.site, event.operation)
        known = [(name, value.dtype) for name, value in event.operands if value.dtype is not None and name in nodes]
        return tuple((nodes[name], f"{wording.text(nodes[name])}: {dtype}") for name, dtype in known)

    def repair(self, event: Conflicted, program: Program) -> Repair | None:
        """Cast the operand of the poorer dtype, or write its integers as floats where it is a constant on the spot."""
        found = _operand_to_cast(event)
        if found is None:
            return None
        node, value, dtype = found
        if value.node.site is not None and value.node.site.node is node and value.dtype in INTEGER:
            literal = floating_literal(value.node.site, event.site.path)
            if literal is not None and dtype == "float32":
                return literal
        changes = wrapped_in_call(program, event.site.path, node, "cast", f"{{tf}}.{dtype}")
        return Repair(Applicability.UNSAFE, f"cast to {dtype}", changes) if changes is not None else None


def _operand_to_cast(event: Conflicted) -> tuple[cst.BaseExpression, Tensor, str] | None:
    """Return the operand to cast, and the dtype it gets: integers become floating, float64 becomes float32.

    None where the two operands are not written out, or are of other dtypes.
    """
    nodes = wording.operand_nodes(event.site, event.operation)
    operands = [(nodes[name], value) for name, value in event.operands if name in nodes]
    if isinstance(event.site.node, cst.AugAssign):
        return None
    if _is_assignment(event):
        # The variable keeps its dtype.
        given = dict(event.operands)
        dtype = given["receiver"].dtype if "receiver" in given else None
        fits = "value" in nodes and "value" in given and dtype is not None
        return (nodes["value"], given["value"], str(dtype)) if fits else None
    if (
        len(operands) == 1
        and operands[0][1].dtype in INTEGER
        and any(isinstance(each, cst.Float) for each in nodes.values())
    ):
        return (*operands[0], "float32")
    if len(operands) != len(nodes) or len(operands) != 2:
        return None
    if {value.dtype for _, value in operands} == {"float32", "float64"}:
        return next((node, value, "float32") for node, value in operands if value.dtype == "float64")
    integers = [(node, value) for node, value in operands if value.dtype in INTEGER]
    floating = {value.dtype for _, value in operands if value.dtype in FLOATING}
    if len(integers) == 1 and len(floating) == 1:
        return (*integers[0], str(next(iter(floating))))
    return None


def _is_assignment(event: Conflicted) -> bool:
    return event.operation.startswith("Variable.assign")


def _cast_advice(event: Conflicted) -> str | None:
    """Suggest the cast of the integer operand to the floating dtype of the other, if that is what there is."""
    if _is_assignment(event):
        return None
    nodes = wording.operand_nodes(event.site, event.operation)
    integers = [name for name, value in event.operands if value.dtype in INTEGER and name in nodes]
    floating = {value.dtype for _, value in event.operands if value.dtype in FLOATING}
    if len(integers) != 1 or len(floating) != 1:
        return None
    return f"tf.cast({wording.text(nodes[integers[0]])}, tf.{next(iter(floating))})"
