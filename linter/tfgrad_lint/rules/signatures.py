"""Rule about functions that TensorFlow calls with, or takes back, tensors of declared shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import (
    ArgumentConflict,
    CarriedDtypeConflict,
    InvariantConflict,
    OutputConflict,
    SignatureConflict,
)

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted


class SignatureMismatch(ConflictRule):
    """Argument or result that the signature of a function does not allow.

    ## What it does

    Reports the call of a `tf.function` with an argument whose shape or dtype its `input_signature` refuses, or with
    more or fewer arguments than it describes; a `tf.map_fn` over tensors with different numbers of elements; a
    `tf.while_loop` in a graph whose variable gets a shape that its shape invariant does not allow, another shape than
    it began with if it has none, or another dtype; a `tf.scan` whose function gives a state of another shape; and a
    `tf.map_fn` whose function gives another dtype, shape or structure than `fn_output_signature` says, or than the
    elements have where it is left out.

    ## Why it is bad

    TensorFlow raises `TypeError`, `ValueError` or `InvalidArgumentError`.

    ## Known limits

    Arrays and Python's numbers are cast to the dtype of an input_signature, so only their shapes count.
    Shape invariants are ignored in code that runs eagerly, and believed in a graph where the first value contradicts
    them: neither raises, so neither is reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/function>
    - <https://www.tensorflow.org/api_docs/python/tf/while_loop>
    - <https://www.tensorflow.org/api_docs/python/tf/map_fn>
    """

    code = "TFG116"
    name = "signature-mismatch"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
            def total(x):
                return tf.reduce_sum(x)

            a = total(tf.ones([2, 4]))
            b = total(tf.ones([2, 3]))  # <- TFG116
        """),
        Invalid("""
            import tensorflow as tf

            class Model(tf.Module):
                @tf.function(input_signature=[tf.TensorSpec([None], tf.int32)])
                def embed(self, numbers):
                    return tf.one_hot(numbers, 3)

            def apply(model, numbers):
                return model.embed(numbers)  # <- TFG116

            apply(Model(), tf.ones([2], tf.int64))
        """),
        Invalid("""
            import tensorflow as tf

            @tf.function
            def doubled(x):
                def step(i, x):
                    return i + 1, tf.concat([x, x], axis=0)

                return tf.while_loop(lambda i, x: i < 3, step, [0, x])  # <- TFG116

            doubled(tf.ones([2, 3]))
        """),
        Invalid("""
            import tensorflow as tf

            @tf.function
            def doubled(x):
                def step(i, x):
                    return i + 1, tf.concat([x, x], axis=0)

                shapes = [tf.TensorShape([]), tf.TensorShape([2, None])]
                return tf.while_loop(lambda i, x: i < 3, step, [0, x], shapes)  # <- TFG116

            doubled(tf.ones([2, 3]))
        """),
        Invalid("""
            import tensorflow as tf

            @tf.function
            def halved(x):
                def step(i, x):
                    return i + 1, tf.cast(x, tf.float16)

                return tf.while_loop(lambda i, x: i < 3, step, [0, x])  # <- TFG116

            halved(tf.ones([2, 3]))
        """),
        Invalid("""
            import tensorflow as tf

            rows = tf.ones([5, 3])
            best = tf.map_fn(lambda row: tf.argmax(row), rows)  # <- TFG116
        """),
        Invalid("""
            import tensorflow as tf

            def add(total, row):
                return total + tf.reduce_sum(row, keepdims=True)

            sums = tf.scan(add, tf.ones([5, 3]), 0.0)  # <- TFG116
        """),
        Invalid("""
            import tensorflow as tf

            @tf.function(input_signature=[tf.TensorSpec([None], tf.float32), tf.TensorSpec([], tf.float32)])
            def scaled(x, factor):
                return x * factor

            a = scaled(tf.ones([3]))  # <- TFG116
        """),
        Invalid("""
            import tensorflow as tf

            def total(pair):
                return tf.reduce_sum(pair[0] * pair[1])

            both = (tf.ones([5, 3]), tf.ones([4, 3]))
            sums = tf.map_fn(total, both, fn_output_signature=tf.float32)  # <- TFG116
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import numpy as np
            import tensorflow as tf

            @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32), tf.TensorSpec([], tf.float32)])
            def scaled(x, factor):
                return x * factor

            a = scaled(tf.ones([2, 4]), 3)
            b = scaled(np.ones([5, 4]), factor=0.5)

            class Model(tf.Module):
                @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
                def total(self, x, axis=1):
                    return tf.reduce_sum(x, axis)

            c = Model().total(tf.ones([2, 4]))
        """),
        Valid("""
            import tensorflow as tf

            @tf.function
            def doubled(x):
                def step(i, x):
                    return i + 1, tf.concat([x, x], axis=0)

                shapes = [tf.TensorShape([]), tf.TensorShape([None, 3])]
                return tf.while_loop(lambda i, x: i < 3, step, [0, x], shapes)

            doubled(tf.ones([2, 3]))
        """),
        Valid("""
            import tensorflow as tf

            def step(i, x):
                return i + 1, tf.concat([x, x], axis=0)

            number, grown = tf.while_loop(lambda i, x: i < 3, step, [0, tf.ones([1, 3])])
            shapes = [tf.TensorShape([]), tf.TensorShape([1, 3])]
            number, grown = tf.while_loop(lambda i, x: i < 3, step, [0, tf.ones([1, 3])], shapes)
        """),
        Valid("""
            import tensorflow as tf

            rows = tf.ones([5, 3])
            best = tf.map_fn(tf.argmax, rows, fn_output_signature=tf.int64)
            both = tf.map_fn(lambda row: (row, tf.argmax(row)), rows, fn_output_signature=(tf.float32, tf.int64))
            sums = tf.scan(lambda total, row: total + tf.reduce_sum(row), rows, 0.0)
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say what is declared and what comes."""
        conflict = event.conflict
        if isinstance(conflict, SignatureConflict):
            return _of_argument(conflict)
        if isinstance(conflict, ArgumentConflict):
            return Mismatch(conflict.reason)
        if isinstance(conflict, OutputConflict):
            return Mismatch(f"needs a function that gives {conflict.expected}, but it gives {conflict.given}")
        if isinstance(conflict, CarriedDtypeConflict):
            return Mismatch(f"begins with a variable of {conflict.before}, which is {conflict.after} after one step")
        if not isinstance(conflict, InvariantConflict):
            return super().describe(event)
        return Mismatch(
            f"has a variable of shape {conflict.shape} {conflict.when}, but {conflict.allowed} {conflict.expected}"
        )


def _of_argument(conflict: SignatureConflict) -> Mismatch:
    if conflict.dtype is not None:
        return Mismatch(
            f"gets `{conflict.parameter}` of dtype {conflict.dtype}, "
            f"but its input_signature declares {conflict.expected_dtype}"
        )
    return Mismatch(
        f"gets `{conflict.parameter}` of shape {conflict.shape}, but its input_signature declares {conflict.expected}"
    )
