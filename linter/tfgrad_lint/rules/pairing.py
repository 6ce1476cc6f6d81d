"""Rules about gradients that are paired with other variables than those they were taken for."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.domain.events import Event, GradientsApplied, GradientTaken
from tfgrad_lint.domain.values import ApiObject, Node, Value, node_of
from tfgrad_lint.findings import Severity
from tfgrad_lint.interpreter.iteration import ZIP
from tfgrad_lint.interpreter.tapes import leaves
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.variable_lists import of_model, variables_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfgrad_lint.domain.values import Site, Tensor
    from tfgrad_lint.interpreter.program import Program


class GradientsOfOtherVariables(Rule):
    """Gradients paired with another list of variables than they were taken for.

    ## What it does

    Reports `apply_gradients(zip(gradients, variables))` where `gradients` are those of a list with other variables, in
    another order, or of another length; and of `model.variables` where they are applied to `model.trainable_variables`,
    or the reverse.

    ## Why it is bad

    `zip` pairs by position and stops at the shorter list: variables get the gradients of others. It raises only where
    the shapes differ.

    ## Known limits

    Only lists whose variables are all known, and lists of Keras layers, models and modules. Lists of two models that
    have nothing in common are reported as `crossed-training-steps`.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/keras/optimizers/Optimizer#apply_gradients>
    """

    code = "TFG502"
    name = "gradients-of-other-variables"
    severity = Severity.WARNING
    listens_to = (GradientsApplied,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            b = tf.Variable([0.5, 0.5])
            optimizer = tf.keras.optimizers.SGD(0.1)
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w + b)
            gradients = tape.gradient(loss, [w, b])
            optimizer.apply_gradients(zip(gradients, [b, w]))  # <- TFG502
        """),
        Invalid("""
            import tensorflow as tf

            def update(optimizer, gradients, model):
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))  # <- TFG502

            model = tf.keras.Sequential([tf.keras.layers.Dense(4), tf.keras.layers.BatchNormalization()])
            optimizer = tf.keras.optimizers.SGD(0.1)
            x = tf.ones([2, 3])
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(x, training=True) ** 2)
            gradients = tape.gradient(loss, model.variables)
            update(optimizer, gradients, model)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            b = tf.Variable([0.5, 0.5])
            variables = [w, b]
            optimizer = tf.keras.optimizers.SGD(0.1)
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w + b)
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(zip(gradients, [w, b]))
        """),
        Valid("""
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.Dense(4), tf.keras.layers.Dense(1)])
            optimizer = tf.keras.optimizers.SGD(0.1)
            x = tf.ones([2, 3])
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(x) ** 2)
            weights = model.trainable_weights
            gradients = tape.gradient(loss, weights)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            b = tf.Variable([0.5, 0.5])
            optimizer = tf.keras.optimizers.SGD(0.1)
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w + b)
            gradients = tape.gradient(loss, [w, b])
            optimizer.apply_gradients(zip(gradients, [w, b]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report lists that differ in an entry, in length, or in whether they hold what is not trained."""
        assert isinstance(event, GradientsApplied)
        pair = _pair(event, program)
        if pair is None:
            return
        taken, variables = pair
        sources, targets = variables_of(taken.sources), variables_of(variables)
        if sources is not None and targets is not None:
            difference = _difference(sources, targets)
        else:
            first, second = of_model(taken.sources), of_model(variables)
            if first is None or second is None or first.owner is not second.owner:
                return
            difference = None
            if first.trainable != second.trainable:
                difference = f"one list holds the variables of `{first.name}` that are not trained, the other does not"
        if difference is not None:
            yield Claim(
                event.site,
                f"pairs gradients with other variables than they were taken for: {difference}",
                trace=_taken_at(taken),
                help="use one list for both: tape.gradient(loss, variables) and zip(gradients, variables)",
            )


class CrossedTrainingSteps(Rule):
    """Gradients with respect to one model applied to the variables of another.

    ## What it does

    Reports `apply_gradients(zip(gradients, discriminator.trainable_variables))` where the gradients were taken with
    respect to `generator.trainable_variables`.

    ## Why it is bad

    The steps of the two models are crossed. Where the shapes differ it raises; where they are equal, each model is
    moved by the gradient of the other.

    ## Known limits

    Models that are elements of lists are not told apart. Another list of the same model's variables is reported as
    `gradients-of-other-variables`.

    ## References

    - <https://www.tensorflow.org/tutorials/generative/dcgan#define_the_training_loop>
    """

    code = "TFG505"
    name = "crossed-training-steps"
    severity = Severity.WARNING
    listens_to = (GradientsApplied,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            def train_step(generator, discriminator, optimizer, other_optimizer, noise, images):
                with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
                    fake = discriminator(generator(noise))
                    g_loss = tf.reduce_mean(tf.math.softplus(-fake))
                    d_loss = tf.reduce_mean(tf.math.softplus(fake) + tf.math.softplus(-discriminator(images)))
                g_gradients = g_tape.gradient(g_loss, generator.trainable_variables)
                d_gradients = d_tape.gradient(d_loss, discriminator.trainable_variables)
                optimizer.apply_gradients(zip(g_gradients, discriminator.trainable_variables))  # <- TFG505
                other_optimizer.apply_gradients(zip(d_gradients, generator.trainable_variables))  # <- TFG505
        """),
        Invalid("""
            import tensorflow as tf

            encoder = tf.keras.Sequential([tf.keras.layers.Dense(3)])
            decoder = tf.keras.Sequential([tf.keras.layers.Dense(3)])
            optimizer = tf.keras.optimizers.Adam()

            def update(gradients, model):
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))  # <- TFG505

            x = tf.ones([2, 3])
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(decoder(encoder(x)) - x))
            update(tape.gradient(loss, encoder.trainable_variables), decoder)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def train_step(generator, discriminator, optimizer, other_optimizer, noise, images):
                with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
                    fake = discriminator(generator(noise))
                    g_loss = tf.reduce_mean(tf.math.softplus(-fake))
                    d_loss = tf.reduce_mean(tf.math.softplus(fake) + tf.math.softplus(-discriminator(images)))
                g_gradients = g_tape.gradient(g_loss, generator.trainable_variables)
                d_gradients = d_tape.gradient(d_loss, discriminator.trainable_variables)
                optimizer.apply_gradients(zip(g_gradients, generator.trainable_variables))
                other_optimizer.apply_gradients(zip(d_gradients, discriminator.trainable_variables))
        """),
        Valid("""
            import tensorflow as tf

            class Learner:
                def __init__(self, models):
                    self.models = models
                    self.optimizer = tf.keras.optimizers.Adam()

                def step(self, x):
                    for index in range(2):
                        with tf.GradientTape() as tape:
                            loss = tf.reduce_mean(self.models[index](x))
                        gradients = tape.gradient(loss, self.models[index].trainable_variables)
                        self.optimizer.apply_gradients(zip(gradients, self.models[index].trainable_variables))
        """),
        Valid("""
            import tensorflow as tf

            encoder = tf.keras.Sequential([tf.keras.layers.Dense(3)])
            decoder = tf.keras.Sequential([tf.keras.layers.Dense(3)])
            optimizer = tf.keras.optimizers.Adam()

            def update(gradients, model):
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))

            x = tf.ones([2, 3])
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(decoder(encoder(x)) - x))
            update(tape.gradient(loss, encoder.trainable_variables), encoder)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report lists of two models that have nothing in common."""
        assert isinstance(event, GradientsApplied)
        pair = _pair(event, program)
        if pair is None:
            return
        taken, variables = pair
        first, second = of_model(taken.sources), of_model(variables)
        if first is None or second is None or not first.is_apart(second):
            return
        gradients = wording.text(event.site.node.args[0].value)
        yield Claim(
            event.site,
            f"`{gradients}` applies gradients with respect to `{first.name}` to the variables of `{second.name}`",
            trace=_taken_at(taken),
            help=f"pair them with the variables of `{first.name}`",
        )


def asked_in(event: GradientsApplied) -> Node | None:
    """Return the call, as a step, whose result the gradients of ``zip(gradients, variables)`` are, unchanged."""
    pairs = event.pairs
    if not isinstance(pairs, ApiObject) or pairs.type != ZIP or len(pairs.attributes) != 2:
        return None
    steps = {_asked_in(each) for each in leaves(next(iter(pairs.attributes.values())))}
    return next(iter(steps)) if len(steps) == 1 else None


def _pair(event: GradientsApplied, program: Program) -> tuple[GradientTaken, Value] | None:
    """Return the call that gave the gradients of ``zip(gradients, variables)``, and the variables."""
    step, pairs = asked_in(event), event.pairs
    taken = None if step is None else program.gradients.get(step)
    if taken is None or not isinstance(pairs, ApiObject):
        return None
    return taken, list(pairs.attributes.values())[1]


def _asked_in(value: Value) -> Node | None:
    """Return the step of the ``tape.gradient`` call whose result a value is."""
    node = next(iter(node_of(value)), None)
    if node is None or node.what != "tape.gradient":
        return None
    # What is not known of the sources makes a step of its own that reads the call's.
    before = node.inputs[0] if node.opaque and node.inputs else None
    return before if before is not None and before.what == "tape.gradient" else node


def _difference(sources: Sequence[Tensor], targets: Sequence[Tensor]) -> str | None:
    """Say in what two lists of variables differ, None if they are the same."""
    for number, (source, target) in enumerate(zip(sources, targets, strict=False), start=1):
        if source.node is not target.node:
            return f"number {number} of the two lists is not the same variable"
    if len(sources) != len(targets):
        return f"{len(sources)} gradients are paired with {len(targets)} variables"
    return None


def _taken_at(taken: GradientTaken) -> tuple[tuple[Site, str], ...]:
    return ((taken.site, "the gradients were taken here"),)
