"""Rule about arrays of NumPy where a tape takes the sources of a gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.domain.events import Event, GradientTaken
from tfgrad_lint.domain.values import Repeated, Tensor
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.broken_flow import made_at, sources_of
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Unknown
    from tfgrad_lint.interpreter.program import Program


class GradientOfArray(Rule):
    """Gradient with respect to an array of NumPy.

    ## What it does

    Reports `tape.gradient(target, source)` where the source is certainly an array of NumPy, or a list of them:
    `model.get_weights()` in place of `model.trainable_variables`, `w.numpy()` in place of `w`.

    ## Why it is bad

    An array is a copy from which nothing was computed. TensorFlow raises
    `AttributeError: 'numpy.ndarray' object has no attribute '_id'`.

    ## Known limits

    Arrays that come from code which is not known are never reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/GradientTape#gradient>
    - <https://keras.io/api/layers/base_layer/#get_weights-method>
    """

    code = "TFG324"
    name = "gradient-of-array"
    raises = True
    listens_to = (GradientTaken,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(tf.ones([4, 2])))
            gradients = tape.gradient(loss, model.get_weights())  # <- TFG324
        """),
        Invalid("""
            import tensorflow as tf

            w = tf.Variable([1.0, 2.0])

            def slopes(weights):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(w ** 2)
                return tape.gradient(loss, weights)  # <- TFG324

            gradients = slopes([w.numpy()])
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(tf.ones([4, 2])))
            before = model.get_weights()
            gradients = tape.gradient(loss, model.trainable_variables)
            model.set_weights([w - 0.1 * g.numpy() for w, g in zip(before, gradients)])
        """),
        Valid("""
            import numpy as np
            import tensorflow as tf

            x = tf.convert_to_tensor(np.array([1.0, 2.0]))
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.reduce_sum(x ** 2)
            gradient = tape.gradient(y, x)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report sources that are arrays, or lists of them."""
        assert isinstance(event, GradientTaken)
        arrays = [source for source in sources_of(event) if _is_array(source.value)]
        if not arrays:
            return
        names = ", ".join(f"`{source.name}`" for source in arrays)
        verb = "is an array" if len(arrays) == 1 and isinstance(arrays[0].value, Tensor) else "are arrays"
        yield Claim(
            event.site,
            f"{names} {verb} of NumPy, from which nothing was computed: AttributeError",
            trace=made_at(arrays, "the array was made here"),
            help="give the variables or tensors themselves, such as model.trainable_variables",
        )


def _is_array(value: Tensor | Unknown) -> bool:
    held = value.item if isinstance(value, Repeated) else value
    return isinstance(held, Tensor) and held.kind == "array"
