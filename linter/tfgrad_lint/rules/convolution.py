"""Rules about convolution and pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.rules.base import Invalid, Valid
from tfgrad_lint.rules.conflict_rule import ConflictRule
from tfgrad_lint.rules.mismatch import Mismatch
from tfgrad_lint.shapes.conflicts import ConvolutionConflict, WindowConflict

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Conflicted


class ConvolutionMismatch(ConflictRule):
    """Convolution or pooling that does not fit its input.

    ## What it does

    Reports `tf.nn.conv2d`, its relatives, pooling functions and Keras layers of the same kind where the channels of
    the input differ from those that the filters take, where the input has another rank than the operation works on,
    where the window is larger than the input so that no output is left, and where `padding` or `data_format` is a word
    that the function does not know (`"same"` in lower case, `"channels_last"`: those are the words of Keras' layers).

    ## Why it is bad

    TensorFlow raises `InvalidArgumentError` or `ValueError`. Often the channel axis is missing or is in front
    (`data_format`), or one pooling layer too many shrinks the image to nothing.

    ## Known limits

    Sizes that are not known are taken to fit.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/nn/conv2d>
    - <https://www.tensorflow.org/api_docs/python/tf/nn/max_pool2d>
    """

    code = "TFG110"
    name = "convolution-mismatch"

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            images = tf.ones([8, 28, 28, 3])
            filters = tf.Variable(tf.random.normal([5, 5, 2, 32]))
            y = tf.nn.conv2d(images, filters, strides=1, padding="SAME")  # <- TFG110
        """),
        Invalid("""
            import tensorflow as tf

            def features(images, filters):
                return tf.nn.conv2d(images, filters, strides=1, padding="VALID")  # <- TFG110

            y = features(tf.ones([28, 28, 1]), tf.ones([3, 3, 1, 8]))
        """),
        Invalid("""
            import tensorflow as tf

            images = tf.ones([8, 28, 28, 3])
            y = tf.nn.conv2d(images, tf.ones([3, 3, 3, 8]), strides=1, padding="same")  # <- TFG110
            z = tf.nn.max_pool2d(images, 2, 2, "SAME", data_format="channels_last")  # <- TFG110
            layer = tf.keras.layers.Conv2D(8, 3, padding="causal")  # <- TFG110
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            images = tf.ones([8, 28, 28, 3])
            filters = tf.Variable(tf.random.normal([5, 5, 3, 32]))
            y = tf.nn.conv2d(images, filters, strides=1, padding="SAME")
            z = tf.nn.max_pool2d(y, 2, 2, "VALID")
            u = tf.nn.conv2d(images, filters, strides=1, padding=[[0, 0], [2, 2], [2, 2], [0, 0]])
            v = tf.keras.layers.Conv2D(8, 3, padding="SAME", data_format="channels_last")(images)
        """),
        Valid("""
            import tensorflow as tf

            def features(images, filters):
                return tf.nn.conv2d(images, filters, strides=1, padding="VALID")

            y = features(tf.ones([28, 28, 1])[tf.newaxis], tf.ones([3, 3, 1, 8]))
        """),
    )

    def describe(self, event: Conflicted) -> Mismatch:
        """Say what does not fit."""
        conflict = event.conflict
        if isinstance(conflict, ConvolutionConflict):
            return Mismatch(
                f"has an input {conflict.input} with {conflict.input_channels!r} channels, "
                f"but filters {conflict.filters} for {conflict.filter_channels!r}"
            )
        if isinstance(conflict, WindowConflict):
            size = (conflict.shape.dims or ())[conflict.axis]
            return Mismatch(
                f"has a window of {conflict.window!r} that does not fit axis {conflict.axis} of {conflict.shape}, "
                f"whose size is {size!r}"
            )
        return super().describe(event)
