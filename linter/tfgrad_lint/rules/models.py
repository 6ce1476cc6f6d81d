"""Rules about tapes and models of Keras: what a tape does not see of them, and when they have variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.domain.events import Event, GradientTaken
from tfgrad_lint.domain.values import NOT_BUILT, Unknown
from tfgrad_lint.findings import Severity
from tfgrad_lint.interpreter.flow import Break, BrokenFlow
from tfgrad_lint.interpreter.tapes import leaves
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.broken_flow import BrokenFlowRule, Source, broken_at, gradient_of, labels
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Site, Value
    from tfgrad_lint.interpreter.program import Program


def predicts(broken: BrokenFlow) -> bool:
    """Tell whether the path ends at `model.predict`."""
    return broken.step is not None and broken.step.what.startswith("tf.keras.") and ".predict" in broken.step.what


class PredictInTape(BrokenFlowRule):
    """`model.predict` on the way to the target of a gradient.

    ## What it does

    Reports `tape.gradient(target, source)` where every path between the two passes `predict` or `predict_on_batch` of a
    model.

    ## Why it is bad

    `predict` runs the model outside of the tape and gives a NumPy array: the gradient is `None`.

    ## Known limits

    Only models that are known to be models of Keras are looked at.

    ## References

    - <https://keras.io/api/models/model_training_apis/#predict-method>
    """

    code = "TFG322"
    name = "predict-in-tape"
    reason = Break.LEFT_TENSORFLOW

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.Input(shape=(4,)), tf.keras.layers.Dense(1)])
            x, y = tf.ones([8, 4]), tf.ones([8, 1])
            with tf.GradientTape() as tape:
                outputs = model.predict(x, verbose=0)
                loss = tf.reduce_mean(tf.square(y - outputs))
            gradients = tape.gradient(loss, model.trainable_variables)  # <- TFG322
        """),
        Invalid("""
            import tensorflow as tf

            class Agent:
                def __init__(self):
                    self.network = tf.keras.Sequential([tf.keras.layers.Dense(2)])

                def values(self, states):
                    return self.network.predict(states, verbose=0)

                def gradients(self, states):
                    with tf.GradientTape() as tape:
                        loss = tf.reduce_mean(tf.square(self.values(states) - 1.0))
                    return tape.gradient(loss, self.network.trainable_variables)  # <- TFG322

            gradients = Agent().gradients(tf.ones([8, 4]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.Input(shape=(4,)), tf.keras.layers.Dense(1)])
            x, y = tf.ones([8, 4]), tf.ones([8, 1])
            with tf.GradientTape() as tape:
                outputs = model(x, training=True)
                loss = tf.reduce_mean(tf.square(y - outputs))
            gradients = tape.gradient(loss, model.trainable_variables)
        """),
        Valid("""
            import tensorflow as tf

            online = tf.keras.Sequential([tf.keras.layers.Dense(2)])
            target = tf.keras.Sequential([tf.keras.layers.Dense(2)])
            states = tf.ones([8, 4])
            with tf.GradientTape() as tape:
                wanted = target.predict(states, verbose=0)
                loss = tf.reduce_mean(tf.square(online(states) - wanted))
            gradients = tape.gradient(loss, online.trainable_variables)
        """),
    )

    def applies(self, event: GradientTaken, broken: BrokenFlow) -> bool:
        """Report paths that end in a prediction."""
        return predicts(broken)

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        step = broken.step
        call = wording.text(step.site.node) if step is not None and step.site is not None else "predict"
        return Claim(
            event.site,
            f"{gradient_of(sources)}: `{call}` gives a NumPy array, and no tape records it",
            labels(sources),
            broken_at(broken, "runs the model outside of the tape"),
            help="call the model itself: model(x, training=True)",
        )


class VariablesBeforeBuild(Rule):
    """List of a model's variables that was read before the model had any.

    ## What it does

    Reports `tape.gradient(loss, variables)` where `variables` is `trainable_variables` (or `weights`, `variables`) of a
    Keras layer or model that was read before the first call: the model makes its variables when it first sees an
    input.

    ## Why it is bad

    The list is empty and stays so: there is nothing to train, and `apply_gradients` raises or does nothing.

    ## Known limits

    Only layers and models whose every part is known, and that no code which is not known was given, are looked at.
    `Sequential` models with an input shape, and functional models, have their variables from the start.

    ## References

    - <https://keras.io/guides/sequential_model/#specifying-the-input-shape-in-advance>
    """

    code = "TFG323"
    name = "variables-before-build"
    severity = Severity.WARNING
    listens_to = (GradientTaken,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.Dense(3)])
            variables = model.trainable_variables
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model(tf.ones([2, 4])))
            gradients = tape.gradient(loss, variables)  # <- TFG323
        """),
        Invalid("""
            import tensorflow as tf

            class Net(tf.keras.Model):
                def __init__(self):
                    super().__init__()
                    self.blocks = [tf.keras.layers.Dense(4), tf.keras.layers.Dense(1)]

                def call(self, x):
                    for block in self.blocks:
                        x = block(x)
                    return x

            def gradients_of(net, variables, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(net(x))
                return tape.gradient(loss, variables)  # <- TFG323

            net = Net()
            gradients = gradients_of(net, net.trainable_variables, tf.ones([2, 4]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.Input(shape=(4,)), tf.keras.layers.Dense(3)])
            variables = model.trainable_variables
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model(tf.ones([2, 4])))
            gradients = tape.gradient(loss, variables)
        """),
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.Dense(3)])
            model.build([None, 4])
            variables = model.trainable_variables
            layer = tf.keras.layers.Dense(1)
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(layer(model(tf.ones([2, 4]))))
            gradients = tape.gradient(loss, variables + layer.trainable_variables)
        """),
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.Dense(3)])
            model.build([None, 4])
            variables = model.trainable_variables
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model(tf.ones([2, 4])))
            gradients = tape.gradient(loss, variables)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report gradients with respect to a list that was read too early."""
        assert isinstance(event, GradientTaken)
        for source in leaves(event.sources):
            site = _read_too_early(source)
            if site is None:
                continue
            read = wording.text(site.node)
            yield Claim(
                event.site,
                f"nothing is differentiated: `{read}` was read before the model was built, so it is an empty list",
                trace=((site, "no variable exists yet"),),
                help=f"read `{read}` after the first call of the model, or build it before: model.build(input_shape)",
            )


def _read_too_early(source: Value) -> Site | None:
    """Return where a list of variables was read that was certainly empty, None if ``source`` is anything else."""
    return source.node.site if isinstance(source, Unknown) and source.node.cut == NOT_BUILT else None
