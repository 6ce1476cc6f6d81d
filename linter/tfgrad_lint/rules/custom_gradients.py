"""Rules about how a function with a ``tf.custom_gradient`` is written: what it returns, and what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import CustomGradient, Event
from tfgrad_lint.domain.objects import Function
from tfgrad_lint.domain.values import ANEW, Constant, Node, Sequence, Site, Tensor, Value
from tfgrad_lint.interpreter.syntax import returned, walk
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.gradient_functions import gradients_of, returned_at, takes_variables

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


class UndeclaredVariables(Rule):
    """Custom gradient of a function that uses variables, without the `variables` argument.

    ## What it does

    Reports a `tf.custom_gradient` whose result is computed from a trainable `tf.Variable` that is no argument of it, or
    by a Keras layer that has trainable variables, while its gradient function takes no `variables`.

    ## Why it is bad

    The call raises `TypeError: @tf.custom_gradient grad_fn must accept keyword argument 'variables', since function
    uses variables`.

    ## Known limits

    Layers are seen that are known to have variables, in files that set no `trainable`; those that another layer or
    model makes for itself are seen where its class is known.

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
        Invalid("""
            import tensorflow as tf

            encoder = tf.keras.Sequential([tf.keras.layers.Dense(3), tf.keras.layers.ReLU()])

            def encode(x):
                return encoder(x)

            @tf.custom_gradient
            def reversed_encoder(x):
                def grad(dy):  # <- TFG402
                    return -dy
                return encode(x), grad

            y = reversed_encoder(tf.ones([2, 3]))
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
        Valid("""
            import tensorflow as tf

            pool = tf.keras.layers.AveragePooling1D(2)
            dense = tf.keras.layers.Dense(3)

            @tf.custom_gradient
            def reversed_pool(x):
                def grad(dy):
                    return -tf.repeat(dy, 2, axis=1) / 2.0
                return pool(x), grad

            y = reversed_pool(dense(tf.ones([2, 4, 3])))
        """),
        Valid("""
            import tensorflow as tf

            w = tf.constant([2.0, 3.0])

            @tf.custom_gradient
            def scaled(x):
                def grad(dy):
                    return dy * w
                return x * w, grad

            y = scaled(tf.ones([2]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report a function that reads variables which its gradient function does not take."""
        assert isinstance(event, CustomGradient)
        if event.gradient is None or takes_variables(event.gradient):
            return
        tree = program.trees[event.site.path]
        made = [node.site for node in event.variables if node.site is not None and _is_trained(node, node.site, tree)]
        if not made:
            return
        what = "a variable" if event.variables[0].cut == ANEW else "a layer with variables"
        definition = event.gradient.definition
        place = definition.name if isinstance(definition, cst.FunctionDef) else definition
        yield Claim(
            Site(event.site.path, place),
            f"takes no `variables`, but `{event.function.name}` uses {what}: TypeError when it is called",
            trace=tuple((site, f"{what.replace('a ', 'the ')} was made here") for site in made),
            help="def grad(dy, variables=None): return the inputs' gradients, and a list of the variables'",
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


def _is_trained(node: Node, site: Site, tree: cst.Module) -> bool:
    """Tell whether a variable, or those of a layer, are certainly trainable."""
    if node.cut == ANEW:
        return _is_trainable(site)
    given = isinstance(site.node, cst.Call) and any(_is_named(each, "trainable") for each in site.node.args)
    return isinstance(site.node, cst.Call) and not given and not any(_freezes(each) for each in walk(tree))


def _is_named(argument: cst.Arg, name: str) -> bool:
    """Tell whether an argument has a name, or may have any (``**options``)."""
    return argument.star == "**" or (argument.keyword is not None and argument.keyword.value == name)


def _freezes(node: cst.CSTNode) -> bool:
    target = node.target if isinstance(node, cst.AssignTarget) else None
    return isinstance(target, cst.Attribute) and target.attr.value == "trainable"


def _is_trainable(site: Site) -> bool:
    if not isinstance(site.node, cst.Call):
        return False
    given = wording.argument(site.node, 1, "trainable")
    return given is None or (isinstance(given, cst.Name) and given.value == "True")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
