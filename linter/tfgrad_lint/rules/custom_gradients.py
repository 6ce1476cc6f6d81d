"""Rules about what a function with a ``tf.custom_gradient``, and its gradient function, return."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.domain.events import CustomGradient, Event
from tfgrad_lint.domain.objects import Function
from tfgrad_lint.domain.values import Constant, Sequence, Site, Tensor, Value
from tfgrad_lint.interpreter.syntax import returned
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.gradient_functions import gradients_of, returned_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


class GradientCount(Rule):
    """Custom gradient that returns more or fewer gradients than the function has inputs.

    ## What it does

    Reports the gradient function of a `tf.custom_gradient` that returns another number of gradients than the function
    has positional arguments.

    ## Why it is bad

    `tape.gradient` raises `ValueError: custom_gradient function expected to return 2 gradients, but returned 1
    instead`. An argument without gradient needs a `None`, or has to be given by name.

    ## Known limits

    Functions with `*args`, or with defaults, are only looked at where they are called. Gradient functions that take
    `variables` are not looked at.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/custom_gradient>
    """

    code = "TFG401"
    name = "custom-gradient-count"
    raises = True
    listens_to = (CustomGradient,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            @tf.custom_gradient
            def scaled(x, factor):
                def grad(dy):
                    return dy * factor  # <- TFG401
                return x * factor, grad
        """),
        Invalid("""
            import tensorflow as tf

            @tf.custom_gradient
            def clipped(x, limit=1.0):
                def grad(dy):
                    return tf.clip_by_value(dy, -limit, limit), None  # <- TFG401
                return tf.identity(x), grad

            def loss(w):
                return tf.reduce_sum(clipped(w))

            w = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                value = loss(w)
            gradient = tape.gradient(value, w)
        """),
        Invalid("""
            import tensorflow as tf

            def slopes_of_product(dy, a, b):
                return dy * b, dy * a

            @tf.custom_gradient
            def square(x):
                def grad(dy):
                    return slopes_of_product(dy, x, x)  # <- TFG401
                return x * x, grad

            w = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                value = tf.reduce_sum(square(w))
            gradient = tape.gradient(value, w)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            @tf.custom_gradient
            def scaled(x, factor):
                def grad(dy):
                    return dy * factor, tf.reduce_sum(dy * x)
                return x * factor, grad

            w = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                value = tf.reduce_sum(scaled(w, tf.constant(2.0)))
            gradient = tape.gradient(value, w)
        """),
        Valid("""
            import tensorflow as tf

            @tf.custom_gradient
            def clipped(x, limit=1.0):
                def grad(dy):
                    return tf.clip_by_value(dy, -limit, limit)
                return tf.identity(x), grad

            w = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                value = tf.reduce_sum(clipped(w, limit=0.5))
            gradient = tape.gradient(value, w)
        """),
        Valid("""
            import tensorflow as tf

            class Sharp(tf.keras.layers.Layer):
                @tf.custom_gradient
                def step(self, x):
                    def grad(dy):
                        return dy
                    return tf.round(x), grad

                def call(self, x):
                    return self.step(x)

            y = Sharp()(tf.ones([2, 3]))
        """),
        Valid("""
            import tensorflow as tf

            @tf.custom_gradient
            def scaled(x, factor):
                def grad(dy):
                    return dy * factor, None
                return x * factor, grad
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report gradients that do not match the inputs one to one."""
        assert isinstance(event, CustomGradient)
        gradients = gradients_of(event)
        if gradients is None or event.inputs is None or len(gradients) == len(event.inputs):
            return
        yield Claim(
            returned_at(event),
            f"returns {_counted(len(gradients), 'gradient')}, but `{event.function.name}` has "
            f"{_counted(len(event.inputs), 'input')}: ValueError when a tape asks for them",
            trace=((event.site, "the function whose gradient this is"),),
            help="return one gradient for each positional argument, None for one that has none",
        )


class NoGradientFunction(Rule):
    """Function with `tf.custom_gradient` that does not return `(value, gradient function)`.

    ## What it does

    Reports a function decorated with `tf.custom_gradient` that certainly returns anything but a pair of a value and a
    function.

    ## Why it is bad

    The call raises `TypeError` or `ValueError`.

    ## Known limits

    Functions that return different things on different paths are not reported.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/custom_gradient>
    """

    code = "TFG405"
    name = "no-gradient-function"
    raises = True
    listens_to = (CustomGradient,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            @tf.custom_gradient
            def doubled(x):
                return tf.multiply(x, 2.0)  # <- TFG405

            y = doubled(tf.ones([2]))
        """),
        Invalid("""
            import tensorflow as tf

            @tf.custom_gradient
            def square(x):
                def grad(dy):
                    return dy * 2.0 * x
                return grad, x * x  # <- TFG405

            def loss(x):
                return tf.reduce_sum(square(x))

            value = loss(tf.ones([2]))
        """),
        Invalid("""
            import tensorflow as tf

            @tf.custom_gradient
            def square(x):  # <- TFG405
                def grad(dy):
                    return dy * 2.0 * x

            y = square(tf.ones([2]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            @tf.custom_gradient
            def square(x):
                def grad(dy):
                    return dy * 2.0 * x
                return x * x, grad

            y = square(tf.ones([2]))
        """),
        Valid("""
            import tensorflow as tf

            @tf.custom_gradient
            def both(x):
                return (x + 1.0, x - 1.0), lambda up, down: up + down

            more, less = both(tf.ones([2]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a result that is certainly no such pair."""
        assert isinstance(event, CustomGradient)
        what = _no_pair(event.result)
        if what is None:
            return
        expressions = returned(event.function.definition)
        place = expressions[0] if len(expressions) == 1 else event.site.node
        yield Claim(
            Site(event.site.path, place),
            f"returns {what} where tf.custom_gradient takes a value and its gradient function: the call raises",
            help="return the value, and a function from the upstream gradient to that of each input",
        )


def _no_pair(result: Value) -> str | None:
    """Say what a result is that is certainly no pair of a value and a function, None if it may be one."""
    if isinstance(result, Tensor):
        return "a single tensor"
    if isinstance(result, Constant) and result.value is None:
        return "nothing"
    if not isinstance(result, Sequence):
        return None
    if len(result.items) != 2:
        return f"{_counted(len(result.items), 'value')}"
    first, second = result.items
    if isinstance(second, Tensor):
        return "the function first and the value second" if isinstance(first, Function) else "two tensors"
    return None


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
