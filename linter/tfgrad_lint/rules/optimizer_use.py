"""Rules about what an optimizer of Keras refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientsApplied, Minimized
from tfgrad_lint.domain.values import ApiObject, Tensor, Value
from tfgrad_lint.interpreter.iteration import ZIP
from tfgrad_lint.interpreter.syntax import code, walk
from tfgrad_lint.repairs.changes import ancestors, function_of
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.variable_lists import OfModel, of_model, variables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Node
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.interpreter.state import Seen

_KERAS: Final = "tf.keras.optimizers."
_OLD: Final = (".legacy.", ".experimental.")


class MinimizeOfTensor(Rule):
    """`optimizer.minimize` given a loss that is computed already.

    ## What it does

    Reports `optimizer.minimize(loss, variables)` of a Keras optimizer where `loss` is a tensor and no `tape` is given,
    and of any optimizer of TensorFlow where `loss` is a function that returns a tensor which was computed before.

    ## Why it is bad

    Nothing recorded how the tensor was computed: Keras 2 raises `ValueError`, as it takes a function that computes the
    loss, or a tensor and its tape, and so do the optimizers of `tf.compat.v1.train` where code runs eagerly. Optimizers
    of Keras 3 have no `minimize` at all: `AttributeError`.

    ## Known limits

    Only optimizers that the file makes itself.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/keras/optimizers/Optimizer#apply_gradients>
    """

    code = "TFG504"
    name = "minimize-of-tensor"
    raises = True
    listens_to = (Minimized,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            optimizer = tf.keras.optimizers.SGD(0.1)
            loss = tf.reduce_sum(w * w)
            optimizer.minimize(loss, [w])  # <- TFG504
        """),
        Invalid("""
            import tensorflow as tf

            optimizer = tf.keras.optimizers.Adam()

            def train_step(loss, variables):
                optimizer.minimize(loss, var_list=variables)  # <- TFG504

            w = tf.Variable([2.0, 1.0])
            train_step(tf.reduce_sum(w * w), [w])
        """),
        Invalid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            optimizer = tf.compat.v1.train.GradientDescentOptimizer(0.1)
            cost = tf.reduce_sum(w * w)
            optimizer.minimize(lambda: cost, var_list=[w])  # <- TFG504
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            optimizer = tf.keras.optimizers.SGD(0.1)
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w)
            optimizer.apply_gradients(zip(tape.gradient(loss, [w]), [w]))
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            optimizer = tf.compat.v1.train.GradientDescentOptimizer(0.1)
            cost = lambda: tf.reduce_sum(w * w)
            optimizer.minimize(lambda: cost(), var_list=[w])
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            optimizer = tf.compat.v1.train.GradientDescentOptimizer(0.1)
            cost = tf.reduce_sum(w * w)
            optimizer.minimize(lambda: tf.reduce_sum(w * w), var_list=[w])
        """),
        Valid("""
            import random

            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            optimizer = tf.compat.v1.train.GradientDescentOptimizer(0.1)
            cost = tf.Variable(1.0) if random.random() < 1.0 else tf.constant(1.0)
            optimizer.minimize(lambda: cost, var_list=[cost])
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report tensors as losses of Keras' own optimizers, and functions that only return one."""
        assert isinstance(event, Minimized)
        if not isinstance(event.loss, Tensor) or event.has_tape:
            return
        loss = wording.argument(event.site.node, 0, "loss")
        shown = wording.text(loss) if loss is not None else "the loss"
        made = event.loss.node
        if event.called is None and _is_keras(event.optimizer):
            yield Claim(
                event.site,
                f"`{shown}` is a tensor: nothing recorded how it was computed, so minimize raises",
                help="record the loss with a tf.GradientTape, and give its gradients to apply_gradients",
            )
        elif (
            event.called is not None and event.loss.kind == "tensor" and made.number < event.called and not made.opaque
        ):
            yield Claim(
                event.site,
                f"`{shown}` returns a tensor that was computed before: minimize records nothing, so it raises",
                trace=((made.site, "the loss is computed here"),) if made.site is not None else (),
                help="compute the loss within the function",
            )


class OptimizerOfTwoModels(Rule):
    """One optimizer applied to the variables of two models.

    ## What it does

    Reports the second of two `apply_gradients` of one Keras optimizer, where the variables are those of another model.

    ## Why it is bad

    An optimizer makes its slots for the variables that it first gets. Since TensorFlow 2.11 it refuses others:
    `ValueError: Unknown variable`. Momentum and step count would be shared, too.

    ## Known limits

    Only optimizers that the file makes itself, and that are not built with `optimizer.build(variables)`.

    ## References

    - <https://www.tensorflow.org/tutorials/generative/dcgan#define_the_loss_and_optimizers>
    """

    code = "TFG508"
    name = "optimizer-of-two-models"
    raises = True
    listens_to = (GradientsApplied,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            actor = tf.keras.Sequential([tf.keras.layers.Dense(2)])
            critic = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            optimizer = tf.keras.optimizers.Adam()
            x = tf.ones([4, 3])
            with tf.GradientTape() as tape, tf.GradientTape() as critic_tape:
                loss = tf.reduce_mean(actor(x))
                critic_loss = tf.reduce_mean(critic(x))
            gradients = tape.gradient(loss, actor.trainable_variables)
            critic_gradients = critic_tape.gradient(critic_loss, critic.trainable_variables)
            optimizer.apply_gradients(zip(gradients, actor.trainable_variables))
            optimizer.apply_gradients(zip(critic_gradients, critic.trainable_variables))  # <- TFG508
        """),
        Invalid("""
            import tensorflow as tf

            optimizer = tf.keras.optimizers.SGD(0.1)

            def train(model, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                variables = model.trainable_variables
                optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))  # <- TFG508

            actor = tf.keras.Sequential([tf.keras.layers.Dense(2)])
            critic = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            train(actor, tf.ones([4, 3]))
            train(critic, tf.ones([4, 3]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def train(model, optimizer, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                variables = model.trainable_variables
                optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))

            actor = tf.keras.Sequential([tf.keras.layers.Dense(2)])
            critic = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            train(actor, tf.keras.optimizers.SGD(0.1), tf.ones([4, 3]))
            train(critic, tf.keras.optimizers.SGD(0.1), tf.ones([4, 3]))
        """),
        Valid("""
            import tensorflow as tf

            encoder = tf.keras.Sequential([tf.keras.layers.Dense(2)])
            decoder = tf.keras.Sequential([tf.keras.layers.Dense(3)])
            optimizer = tf.keras.optimizers.SGD(0.1)
            x = tf.ones([4, 3])
            decoder(encoder(x))
            optimizer.build(encoder.trainable_variables + decoder.trainable_variables)
            with tf.GradientTape(persistent=True) as tape:
                loss = tf.reduce_mean(decoder(encoder(x)))
            first = encoder.trainable_variables
            second = decoder.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, first), first))
            optimizer.apply_gradients(zip(tape.gradient(loss, second), second))
        """),
        Valid("""
            import tensorflow as tf

            optimizer = tf.keras.optimizers.SGD(0.1)

            def train(model, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                variables = model.trainable_variables
                optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))

            actor = tf.keras.Sequential([tf.keras.layers.Dense(2)])
            critic = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            train(actor, tf.ones([4, 3]))
            train(actor, tf.ones([4, 3]))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report variables that are apart from all that the optimizer got before."""
        assert isinstance(event, GradientsApplied)
        tree = program.trees[event.site.path]
        if not _is_keras(event.optimizer) or _is_built(event, tree):
            return
        before, own = _applied_before(event, program)
        if own is None or not before or not all(_run_together(each, own, tree) for each in before):
            return
        earlier = [each.event for each in before]
        variables = [_variables(each) for each in earlier if isinstance(each, GradientsApplied)]
        if not _are_apart(_variables(event), variables):
            return
        optimizer = wording.text(event.site.node.func.value)
        yield Claim(
            event.site,
            f"`{optimizer}` was applied to other variables before, and refuses those that it does not know: ValueError",
            trace=((earlier[0].site, "first applied here"),),
            help="make an optimizer for each model",
        )


def _is_keras(optimizer: Node | None) -> bool:
    """Tell whether a step makes an optimizer of Keras 3, or of Keras 2 since TensorFlow 2.11."""
    what = optimizer.what if optimizer is not None else ""
    return what.startswith(_KERAS) and not any(part in what for part in _OLD)


def _is_built(event: GradientsApplied, tree: cst.Module) -> bool:
    """Tell whether the program tells the optimizer by itself which variables it gets."""
    called = (node.func for node in walk(tree) if isinstance(node, cst.Call))
    name = code(event.site.node.func.value)
    return any(
        isinstance(each, cst.Attribute) and each.attr.value == "build" and code(each.value) == name for each in called
    )


def _applied_before(event: GradientsApplied, program: Program) -> tuple[list[Seen], Seen | None]:
    """Return what was applied with the same optimizer before, and ``event`` as it was seen."""
    before: list[Seen] = []
    for seen in program.seen_of(GradientsApplied):
        if seen.event is event:
            return before, seen
        if isinstance(seen.event, GradientsApplied) and seen.event.optimizer is event.optimizer:
            before.append(seen)
    return before, None


def _run_together(first: Seen, second: Seen, tree: cst.Module) -> bool:
    """Tell whether both events happen in one run: in or below one function, and not in different branches."""
    places = [(seen.context[0].site if seen.context else seen.event.site).node for seen in (first, second)]
    if any(not list(ancestors(tree, place)) for place in places):
        return False
    return function_of(tree, places[0]) is function_of(tree, places[1]) and not _in_branches(tree, *places)


def _in_branches(tree: cst.Module, first: cst.CSTNode, second: cst.CSTNode) -> bool:
    above = list(ancestors(tree, first))
    for node in ancestors(tree, second):
        if node in above:
            return isinstance(node, cst.If | cst.IfExp | cst.Try)
    return False


def _variables(event: GradientsApplied) -> Value | None:
    pairs = event.pairs
    if isinstance(pairs, ApiObject) and pairs.type == ZIP and len(pairs.attributes) == 2:
        return list(pairs.attributes.values())[1]
    return None


def _are_apart(value: Value | None, others: list[Value | None]) -> bool:
    """Tell whether certainly none of the variables that ``value`` lists is in one of the other lists."""
    own = _known(value)
    return own is not None and all(_is_apart(own, _known(other)) for other in others)


def _known(value: Value | None) -> OfModel | frozenset[Node] | None:
    if value is None:
        return None
    variables = variables_of(value)
    return of_model(value) if variables is None else frozenset(each.node for each in variables)


def _is_apart(first: OfModel | frozenset[Node], second: OfModel | frozenset[Node] | None) -> bool:
    if isinstance(first, OfModel) and isinstance(second, OfModel):
        return first.is_apart(second)
    return isinstance(first, frozenset) and isinstance(second, frozenset) and not first & second
