"""Rule about variables that Keras does not know, and values of Keras that tapes do not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientTaken, VariableKept, Watched
from tfgrad_lint.domain.values import Tensor, Unknown, Weights
from tfgrad_lint.findings import Severity
from tfgrad_lint.interpreter.flow import steps_before
from tfgrad_lint.interpreter.syntax import code, walk
from tfgrad_lint.interpreter.tapes import leaves
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.shapes.dtypes import INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Node
    from tfgrad_lint.interpreter.program import Program

# Methods of a tape, and of a model, that name what is differentiated by.
_QUESTIONS: Final = frozenset({"gradient", "jacobian", "batch_jacobian"})

_RAW: Final = "tf.Variable"
_INPUT: Final = "tf.keras.Input"
_LAYERS: Final = "tf.keras.layers."
_CALL: Final = "tf.keras.layers.Layer.__call__"
_MADE_BY_LAYER: Final = frozenset(
    {"tf.keras.layers.Layer.add_weight", "tf.keras.layers.Layer.add_variable", "tf.keras.Variable"}
)

# Attributes of the layers of Keras that are variables.
_WEIGHTS: Final = frozenset("kernel bias gamma beta embeddings depthwise_kernel pointwise_kernel".split())


class UnknownToKeras(Rule):
    """`tf.Variable` in a Keras 3 layer, or a value of Keras given to `tape.watch`.

    ## What it does

    Reports `self.w = tf.Variable(...)` in a class derived from a layer or model of Keras, and `tape.watch` of a
    variable of Keras (`add_weight`, `trainable_variables`) or of a symbolic tensor (`keras.Input`).

    ## Why it is bad

    Since Keras 3, which TensorFlow 2.16 brought, layers and models track variables of Keras only: the raw variable is
    in neither `trainable_variables` nor the saved weights, and is never trained. `tape.watch` takes tensors and raw
    variables only and raises `ValueError` for the others.

    ## Known limits

    With Keras 2 raw variables are tracked and watching variables of Keras does nothing, so the rule is a preview rule.
    Variables that are not trainable, that are integers, that the module assigns to, or that a gradient is taken with
    respect to by name, are not reported.

    ## References

    - <https://keras.io/guides/migrating_to_keras_3/>
    """

    code = "TFG321"
    name = "unknown-to-keras"
    severity = Severity.WARNING
    preview = True
    listens_to = (VariableKept, Watched)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            class Scale(tf.keras.layers.Layer):
                def __init__(self):
                    super().__init__()
                    self.factor = tf.Variable(1.0)  # <- TFG321

                def call(self, x):
                    return x * self.factor

            layer = Scale()
            y = layer(tf.ones([2, 3]))
        """),
        Invalid("""
            import tensorflow as tf

            def watched_gradient(model, x):
                with tf.GradientTape() as tape:
                    tape.watch(model.trainable_variables)  # <- TFG321
                    loss = tf.reduce_sum(model(x))
                return tape.gradient(loss, model.trainable_variables)

            layer = tf.keras.layers.Dense(2)
            y = layer(tf.ones([4, 3]))
            gradients = watched_gradient(layer, tf.ones([4, 3]))
        """),
        Invalid("""
            import tensorflow as tf

            layer = tf.keras.layers.Dense(2)
            layer.build([None, 3])
            with tf.GradientTape() as tape:
                tape.watch(layer.kernel)  # <- TFG321
                loss = tf.reduce_sum(layer(tf.ones([4, 3])))
            gradient = tape.gradient(loss, layer.trainable_variables)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            class Scale(tf.keras.layers.Layer):
                def __init__(self):
                    super().__init__()
                    self.factor = self.add_weight(shape=(), initializer="ones")
                    self.calls = tf.Variable(0, trainable=False)

                def call(self, x):
                    return x * self.factor

            layer = Scale()
            y = layer(tf.ones([2, 3]))
        """),
        Valid("""
            import tensorflow as tf

            class Scale(tf.keras.layers.Layer):
                def __init__(self):
                    super().__init__()
                    self.factor = tf.Variable(1.0)

                def call(self, x):
                    return x * self.factor

            layer = Scale()
            x = tf.ones([2, 3])
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = tf.reduce_sum(layer(x))
            gradients = tape.gradient(loss, [layer.factor, x])
        """),
        Valid("""
            import tensorflow as tf

            class Agent(tf.keras.Model):
                def __init__(self, start=None):
                    super().__init__()
                    self.steps = tf.Variable(0)
                    self.mean = tf.Variable(0.0)
                    if start is None:
                        self.log_alpha = tf.Variable(0.0)
                    else:
                        self.log_alpha = tf.Variable(start)

                def call(self, x):
                    self.steps.assign_add(1)
                    self.mean.assign(tf.reduce_mean(x))
                    with tf.GradientTape() as tape:
                        loss = tf.exp(self.log_alpha) * self.mean
                    self.log_alpha.assign_sub(0.1 * tape.gradient(loss, [self.log_alpha])[0])
                    return x

            y = Agent()(tf.ones([2, 3]))
        """),
        Valid("""
            import tensorflow as tf

            def watched_gradient(model, x):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    loss = tf.reduce_sum(model(x))
                return tape.gradient(loss, model.trainable_variables)

            layer = tf.keras.layers.Dense(2)
            y = layer(tf.ones([4, 3]))
            gradients = watched_gradient(layer, tf.ones([4, 3]))
        """),
        Valid("""
            import tensorflow as tf

            pixels = tf.keras.Input([8])
            energy = tf.keras.Model(pixels, tf.keras.layers.Dense(1)(pixels))

            def improved(image):
                for _ in range(2):
                    with tf.GradientTape() as tape:
                        tape.watch(image)
                        score = energy(image)
                    image += 0.1 * tape.gradient(score, image)
                return image

            better = improved(tf.ones([2, 8]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report raw variables that become attributes, and values of Keras that are watched."""
        if isinstance(event, VariableKept):
            variable = event.variable
            is_weight = variable.node.what == _RAW and variable.trainable and variable.dtype not in INTEGER
            if is_weight and not _is_source(variable, program) and not _is_changed_by_name(event, program):
                yield Claim(
                    event.site,
                    f"Keras 3 does not track `{wording.text(event.site.node)}`, a tf.Variable: it is not in "
                    "trainable_variables, so it is never trained",
                    help="self.add_weight(shape=..., initializer=...) makes a variable that Keras knows",
                )
        elif isinstance(event, Watched):
            kind = _kind(event.value)
            if kind is not None:
                given = wording.argument(event.site.node, 0, "tensor")
                shown = wording.text(given) if given is not None else "the value"
                yield Claim(event.site, f"tape.watch does not take `{shown}`, {kind}: ValueError", help=_advice(kind))


_SYMBOLIC: Final = "a symbolic tensor of Keras"


def _kind(value: Tensor | Unknown) -> str | None:
    if isinstance(value, Weights):
        return "variables of Keras 3"
    if isinstance(value, Unknown):
        return "a variable of Keras 3" if _is_weight_of_layer(value.node) else None
    if value.node.what in _MADE_BY_LAYER:
        return "a variable of Keras 3"
    return _SYMBOLIC if _is_symbolic(value.node) else None


def _is_weight_of_layer(node: Node) -> bool:
    """Tell whether a step reads an attribute such as ``kernel`` of a layer of Keras."""
    made = node.inputs[0].what if len(node.inputs) == 1 else ""
    return node.what in _WEIGHTS and made.startswith("tf.keras.layers.")


def _advice(kind: str) -> str:
    if kind == _SYMBOLIC:
        return "watch the tensor that the model is called with"
    return "leave the line out: trainable variables are watched anyway"


def _is_symbolic(node: Node) -> bool:
    """Tell whether a value is made of a ``keras.Input``; what a functional model gives for data is not."""
    symbolic: set[Node] = set()
    for step in sorted(steps_before(node), key=lambda each: each.number):
        given = [each for each in step.inputs if each.what == _CALL or not each.what.startswith(_LAYERS)]
        joined = all if step.what == _CALL else any
        if step.what == _INPUT or (given and joined(each in symbolic for each in given)):
            symbolic.add(step)
    return node in symbolic


def _is_source(variable: Tensor, program: Program) -> bool:
    """Tell whether a gradient is taken with respect to ``variable`` itself."""
    asked = program.events_of(GradientTaken)
    named = (source for event in asked for source in leaves(event.sources) if isinstance(source, Tensor))
    return any(source.node is variable.node for source in named)


def _is_changed_by_name(event: VariableKept, program: Program) -> bool:
    """Tell whether the module assigns to the attribute, as to a counter, or takes a gradient with respect to it."""
    name = wording.text(event.site.node)
    return any(_changes(call, name) for call in walk(program.trees[event.site.path]))


def _changes(node: cst.CSTNode, name: str) -> bool:
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return False
    if node.func.attr.value in _QUESTIONS:
        return any(code(part) == name for argument in node.args[1:] for part in walk(argument.value))
    return node.func.attr.value.startswith("assign") and code(node.func.value) == name
