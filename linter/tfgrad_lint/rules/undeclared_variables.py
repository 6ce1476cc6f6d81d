"""Rule about the variables that a function with a ``tf.custom_gradient`` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import CustomGradient, Event
from tfgrad_lint.domain.values import ANEW, Node, Site
from tfgrad_lint.interpreter.syntax import walk
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.gradient_functions import takes_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


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
