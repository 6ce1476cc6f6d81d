"""Rules about ``tf.custom_gradient``: what the function and its gradient function return."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import CustomGradient, Event
from tfgrad_lint.domain.objects import Function
from tfgrad_lint.domain.values import Constant, Node, Sequence, Site, Tensor, Unknown, Value
from tfgrad_lint.findings import Severity
from tfgrad_lint.interpreter.syntax import returned, walk
from tfgrad_lint.interpreter.tapes import leaves
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.shapes.shape import meet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.shapes.shape import Shape

# Functions whose result is zero: where no gradient is meant to pass, the upstream has no part in it.
_ZEROS: Final = frozenset({"tf.zeros", "tf.zeros_like", "tf.stop_gradient"})


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
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report gradients that do not match the inputs one to one."""
        assert isinstance(event, CustomGradient)
        gradients = _gradients(event)
        if gradients is None or event.inputs is None or len(gradients) == len(event.inputs):
            return
        yield Claim(
            _returned_at(event),
            f"returns {_counted(len(gradients), 'gradient')}, but `{event.function.name}` has "
            f"{_counted(len(event.inputs), 'input')}: ValueError when a tape asks for them",
            trace=((event.site, "the function whose gradient this is"),),
            help="return one gradient for each positional argument, None for one that has none",
        )


class UndeclaredVariables(Rule):
    """Custom gradient of a function that uses variables, without the `variables` argument.

    ## What it does

    Reports a `tf.custom_gradient` whose result is computed from a trainable `tf.Variable` that is no argument of it,
    while its gradient function takes no `variables`.

    ## Why it is bad

    The call raises `TypeError: @tf.custom_gradient grad_fn must accept keyword argument 'variables', since function
    uses variables`.

    ## Known limits

    Only variables made by `tf.Variable` are seen, not those of layers that are called.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/custom_gradient>
    """

    code = "TFG402"
    name = "custom-gradient-variables"
    raises = True
    listens_to = (CustomGradient,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 3.0])

            @tf.custom_gradient
            def scaled(x):
                def grad(dy):  # <- TFG402
                    return dy * w
                return x * w, grad

            y = scaled(tf.ones([2]))
        """),
        Invalid("""
            import tensorflow as tf

            class Scale:
                def __init__(self):
                    self.factor = tf.Variable(2.0)

                def __call__(self, x):
                    @tf.custom_gradient
                    def scaled(x):
                        def grad(dy):  # <- TFG402
                            return dy * self.factor
                        return x * self.factor, grad
                    return scaled(x)

            y = Scale()(tf.ones([2]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 3.0])

            @tf.custom_gradient
            def scaled(x):
                def grad(dy, variables=None):
                    return dy * w, [dy * x]
                return x * w, grad

            y = scaled(tf.ones([2]))
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 3.0])
            fixed = tf.Variable(3.0, trainable=False)

            @tf.custom_gradient
            def scaled(x, factor):
                def grad(dy):
                    return dy * factor * fixed, dy * x * fixed
                return x * factor * fixed, grad

            y = scaled(tf.ones([2]), w)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a function that reads variables which its gradient function does not take."""
        assert isinstance(event, CustomGradient)
        if event.gradient is None or _takes_variables(event.gradient):
            return
        made = [node.site for node in event.variables if node.site is not None and _is_trainable(node.site)]
        if not made:
            return
        definition = event.gradient.definition
        place = definition.name if isinstance(definition, cst.FunctionDef) else definition
        yield Claim(
            Site(event.site.path, place),
            f"takes no `variables`, but `{event.function.name}` uses a variable: TypeError when it is called",
            trace=tuple((site, "the variable was made here") for site in made),
            help="def grad(dy, variables=None): return the inputs' gradients, and a list of the variables'",
        )


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
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report each gradient whose shape certainly differs from its input's."""
        assert isinstance(event, CustomGradient)
        gradients = _gradients(event)
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
                _returned_at(event),
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
        gradients = _gradients(event)
        if gradients is None or event.gradient is None or not event.upstream:
            return
        ignoring = [each for each in gradients if isinstance(each, Tensor | Unknown) and _ignores(each, event)]
        if not ignoring:
            return
        parameters = event.gradient.definition.params.params
        name = parameters[0].name.value if parameters else "the upstream gradient"
        yield Claim(
            _returned_at(event),
            f"ignores the upstream gradient `{name}`: the chain rule multiplies by it, so the gradient of "
            f"`{event.function.name}` is wrong wherever its result is not summed at once",
            trace=((event.site, "the function whose gradient this is"),),
            help=f"multiply by `{name}`",
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


def _gradients(event: CustomGradient) -> list[Value] | None:
    """Return what the gradient function gave, one for each input; None if that is not known."""
    if event.gradient is None or event.returned is None or _takes_variables(event.gradient):
        return None
    found = list(leaves(event.returned))
    if all(isinstance(each, Tensor | Constant) for each in found):
        return found
    # What is not known may be a list of several gradients, unless it is written as arithmetic or as part of a tuple.
    expressions = returned(event.gradient.definition)
    if len(expressions) != 1 or not all(isinstance(each, Tensor | Constant | Unknown) for each in found):
        return None
    if isinstance(expressions[0], cst.Tuple):
        return found if isinstance(event.returned, Sequence) else None
    is_arithmetic = isinstance(expressions[0], cst.BinaryOperation)
    return found if is_arithmetic and _made_at(event.returned) is expressions[0] else None


def _made_at(value: Value) -> cst.CSTNode | None:
    """Return the expression whose value ``value`` is."""
    site = value.node.site if isinstance(value, Unknown) else None
    return site.node if site is not None else None


def _takes_variables(gradient: Function) -> bool:
    parameters = gradient.definition.params
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    return parameters.star_kwarg is not None or any(each.name.value == "variables" for each in every)


def _returned_at(event: CustomGradient) -> Site:
    """Return the place of what the gradient function returns, or of its name if it returns in several places."""
    assert event.gradient is not None
    definition = event.gradient.definition
    expressions = returned(definition)
    if len(expressions) == 1:
        return Site(event.site.path, expressions[0])
    return Site(event.site.path, definition.name if isinstance(definition, cst.FunctionDef) else definition)


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


def _is_trainable(site: Site) -> bool:
    if not isinstance(site.node, cst.Call):
        return False
    given = wording.argument(site.node, 1, "trainable")
    return given is None or (isinstance(given, cst.Name) and given.value == "True")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
