"""Rules about the values that the gradient function of a ``tf.custom_gradient`` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import CustomGradient, Event
from tfgrad_lint.domain.values import Node, Tensor, Unknown
from tfgrad_lint.findings import Severity
from tfgrad_lint.interpreter.syntax import walk
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.gradient_functions import gradients_of, returned_at
from tfgrad_lint.shapes.shape import meet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.objects import Function
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.shapes.shape import Shape

# Functions whose result is zero: where no gradient is meant to pass, the upstream has no part in it.
_ZEROS: Final = frozenset({"tf.zeros", "tf.zeros_like", "tf.stop_gradient"})


class GradientShape(Rule):
    """Custom gradient whose shape is not that of its input.

    ## What it does

    Reports a gradient function of a `tf.custom_gradient` that returns, for one of the inputs, a gradient of another
    shape, most often because the input was broadcast and the gradient is not summed over the new axes.

    ## Why it is bad

    TensorFlow does not check it. `tape.gradient` returns a gradient of the wrong shape; it raises in the optimizer, or
    broadcasts on its way through the operations before.

    ## Known limits

    Only where the shapes of the inputs and of the gradients are known.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/custom_gradient>
    """

    code = "TFG403"
    name = "custom-gradient-shape"
    severity = Severity.WARNING
    listens_to = (CustomGradient,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            @tf.custom_gradient
            def scaled(x, factors):
                def grad(dy):
                    return dy * factors, dy * x  # <- TFG403
                return x * factors, grad

            factors = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = scaled(tf.ones([3, 2]), factors)
            gradient = tape.gradient(y, factors)
        """),
        Invalid("""
            import tensorflow as tf

            @tf.custom_gradient
            def column_sums(x):
                def grad(dy):
                    return dy  # <- TFG403
                return tf.reduce_sum(x, axis=0), grad

            def loss(x):
                return tf.reduce_sum(column_sums(x) ** 2)

            x = tf.Variable(tf.ones([3, 2]))
            with tf.GradientTape() as tape:
                value = loss(x)
            gradient = tape.gradient(value, x)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            @tf.custom_gradient
            def scaled(x, factors):
                def grad(dy):
                    return dy * factors, tf.reduce_sum(dy * x, axis=0)
                return x * factors, grad

            factors = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = scaled(tf.ones([3, 2]), factors)
            gradient = tape.gradient(y, factors)
        """),
        Valid("""
            import tensorflow as tf

            @tf.custom_gradient
            def column_sums(x):
                def grad(dy):
                    return tf.broadcast_to(dy, tf.shape(x))
                return tf.reduce_sum(x, axis=0), grad

            x = tf.Variable(tf.ones([3, 2]))
            with tf.GradientTape() as tape:
                value = tf.reduce_sum(column_sums(x) ** 2)
            gradient = tape.gradient(value, x)
        """),
        Valid("""
            import tensorflow as tf

            @tf.custom_gradient
            def column_sums(x):
                def grad(dy):
                    return dy * tf.ones_like(x)
                return tf.reduce_sum(x, axis=0), grad

            def loss(x):
                return tf.reduce_sum(column_sums(x) ** 2)

            x = tf.Variable(tf.ones([3, 2]))
            with tf.GradientTape() as tape:
                value = loss(x)
            gradient = tape.gradient(value, x)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report each gradient whose shape certainly differs from its input's."""
        assert isinstance(event, CustomGradient)
        gradients = gradients_of(event)
        if gradients is None or event.inputs is None or len(gradients) != len(event.inputs):
            return
        names = _parameter_names(event)
        wrong = [
            (name, given.shape, gradient.shape)
            for name, given, gradient in zip(names, event.inputs, gradients, strict=True)
            if isinstance(given, Tensor) and isinstance(gradient, Tensor) and _differ_in_shape(given, gradient)
        ]
        if wrong:
            shapes = ", ".join(f"{gradient} for `{name}` of {given}" for name, given, gradient in wrong)
            yield Claim(
                returned_at(event),
                f"returns a gradient of {shapes}: TensorFlow does not check it, the gradient has the wrong shape",
                trace=((event.site, "the function whose gradient this is"),),
                help="sum over the axes that were broadcast" if _is_longer(*wrong[0][1:]) else None,
            )


class UpstreamIgnored(Rule):
    """Custom gradient that ignores the gradient from above.

    ## What it does

    Reports a gradient function of a `tf.custom_gradient` that returns a gradient which is not computed from its
    argument, the upstream gradient.

    ## Why it is bad

    The chain rule multiplies by it. Without it the gradient is right only where the result is summed at once; after any
    other function it is wrong, and nothing raises.

    ## Known limits

    Gradients that are zero, constant or `None` are meant.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/custom_gradient>
    """

    code = "TFG404"
    name = "upstream-gradient-ignored"
    severity = Severity.WARNING
    listens_to = (CustomGradient,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            @tf.custom_gradient
            def square(x):
                def grad(dy):
                    return 2.0 * x  # <- TFG404
                return x * x, grad
        """),
        Invalid("""
            import tensorflow as tf

            def slope_of(x):
                return tf.exp(x) / (1.0 + tf.exp(x))

            @tf.custom_gradient
            def softplus(x):
                return tf.math.log(1.0 + tf.exp(x)), lambda upstream: slope_of(x)  # <- TFG404

            w = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = 3.0 * softplus(w)
            gradient = tape.gradient(y, w)
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

            w = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = 3.0 * square(w)
            gradient = tape.gradient(y, w)
        """),
        Valid("""
            import tensorflow as tf

            @tf.custom_gradient
            def masked(x, mask):
                def grad(dy):
                    return tf.where(mask > 0.0, dy, 0.0), tf.zeros_like(mask)
                return x * mask, grad

            y = masked(tf.ones([2]), tf.constant([0.0, 1.0]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report gradients without a path from the upstream gradient."""
        assert isinstance(event, CustomGradient)
        gradients = gradients_of(event)
        if gradients is None or event.gradient is None or not event.upstream:
            return
        ignoring = [each for each in gradients if isinstance(each, Tensor | Unknown) and _ignores(each, event)]
        if not ignoring:
            return
        parameters = event.gradient.definition.params.params
        name = parameters[0].name.value if parameters else "the upstream gradient"
        yield Claim(
            returned_at(event),
            f"ignores the upstream gradient `{name}`: the chain rule multiplies by it, so the gradient of "
            f"`{event.function.name}` is wrong wherever its result is not summed at once",
            trace=((event.site, "the function whose gradient this is"),),
            help=f"multiply by `{name}`",
        )


def _parameter_names(event: CustomGradient) -> list[str]:
    """Return what the function calls its inputs, by number where an input is part of an argument."""
    inputs = event.inputs or ()
    every = event.function.definition.params
    names = [each.name.value for each in (*every.posonly_params, *every.params)]
    own = names[1:] if event.function.owner is not None else names
    return (
        own[: len(inputs)] if len(own) >= len(inputs) else [f"input {number}" for number in range(1, len(inputs) + 1)]
    )


def _differ_in_shape(given: Tensor, gradient: Tensor) -> bool:
    # Nobody asks for the gradient of an array.
    return given.kind != "array" and meet(given.shape, gradient.shape) is None


def _is_longer(given: Shape, gradient: Shape) -> bool:
    return (gradient.rank or 0) > (given.rank or 0)


def _ignores(gradient: Tensor | Unknown, event: CustomGradient) -> bool:
    """Tell whether a gradient certainly does not depend on the upstream, but does on something else."""
    unmentioned = event.gradient is not None and _mentions_no_parameter(event.gradient)
    born = min(node.number for node in event.upstream)
    pending, found = [gradient.node], set[Node]()
    while pending:
        node = pending.pop()
        if node in found:
            continue
        found.add(node)
        if node in event.upstream or node.what in _ZEROS:
            return False
        # What was there before the upstream gradient cannot have come from it.
        if node.number > born:
            if node.opaque and not unmentioned:
                return False
            pending.extend(node.inputs)
    return any(node.number < born for node in found)


def _mentions_no_parameter(gradient: Function) -> bool:
    """Tell whether nothing in a gradient function names what it is given."""
    parameters = gradient.definition.params
    if isinstance(parameters.star_arg, cst.Param):
        return False
    own = {each.name.value for each in (*parameters.posonly_params, *parameters.params)}
    return not own & {node.value for node in walk(gradient.definition.body) if isinstance(node, cst.Name)}
