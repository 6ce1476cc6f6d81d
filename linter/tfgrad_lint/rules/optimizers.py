"""Rules about the training step: gradients, variables and the optimizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientsApplied
from tfgrad_lint.domain.values import ApiObject, Sequence, Tensor, Value, node_of
from tfgrad_lint.findings import Applicability
from tfgrad_lint.interpreter.iteration import ZIP
from tfgrad_lint.interpreter.tapes import leaves
from tfgrad_lint.repairs.changes import function_of, inserted_after, inserted_before, swapped, wrapped
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


class SwappedZip(Rule):
    """Gradients and variables swapped in `zip`.

    ## What it does

    Reports `apply_gradients(zip(variables, gradients))`, where the second part of the pairs is the result of
    `tape.gradient` and the first is not.

    ## Why it is bad

    `apply_gradients` takes (gradient, variable) pairs: it raises, as gradients are no variables.

    ## Known limits

    Only what `tape.gradient` of a known tape returned counts as gradients.

    ## Fix

    Swaps the arguments of `zip`, where they are written out in the call. Safe.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/keras/optimizers/Optimizer#apply_gradients>
    """

    code = "TFG501"
    name = "swapped-zip"
    raises = True
    listens_to = (GradientsApplied,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            optimizer = tf.keras.optimizers.SGD(0.1)
            with tf.GradientTape() as tape:
                loss = w * w
            gradients = tape.gradient(loss, [w])
            optimizer.apply_gradients(zip([w], gradients))  # <- TFG501
        """),
        Invalid("""
            import tensorflow as tf

            def train_step(model, optimizer, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(model.trainable_variables, gradients))  # <- TFG501
        """),
        Invalid("""
            import tensorflow as tf

            optimizer = tf.keras.optimizers.SGD(0.1)

            def update(gradients, variables):
                optimizer.apply_gradients(zip(variables, gradients))  # <- TFG501

            w = tf.Variable(2.0)
            with tf.GradientTape() as tape:
                loss = w * w
            update(tape.gradient(loss, [w]), [w])
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def train_step(model, optimizer, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report pairs with the gradient second."""
        assert isinstance(event, GradientsApplied)
        pairs = event.pairs
        if not isinstance(pairs, ApiObject) or pairs.type != ZIP or len(pairs.attributes) != 2:
            return
        first, second = pairs.attributes.values()
        if _is_gradient(second) and not _is_gradient(first):
            yield Claim(
                event.site,
                f"`{wording.text(event.site.node.args[0].value)}` pairs variables with gradients; "
                "apply_gradients takes (gradient, variable) pairs",
                help="swap the arguments of zip",
                fix=_swap(wording.argument(event.site.node, 0, "grads_and_vars")),
            )


def _swap(pairs: cst.BaseExpression | None) -> Repair | None:
    """Swap the arguments of a ``zip`` that is written out."""
    if not isinstance(pairs, cst.Call) or len(pairs.args) != 2 or any(arg.star or arg.keyword for arg in pairs.args):
        return None
    first, second = pairs.args
    return Repair(Applicability.SAFE, "swap the arguments of zip", swapped(first.value, second.value))


class GradientsWithoutVariables(Rule):
    """`apply_gradients` called with the gradients alone, or with the rows of one.

    ## What it does

    Reports `apply_gradients(gradients)`, where the argument is what `tape.gradient` returned, and
    `apply_gradients(zip(gradient, variable))` of a single variable, whose rows `zip` pairs.

    ## Why it is bad

    `apply_gradients` takes (gradient, variable) pairs: it raises as it unpacks a tensor, or as the rows of a variable
    are no variables.

    ## Known limits

    Only lists of known length are looked at.

    ## Fix

    Pairs the gradients with the sources that `tape.gradient` got in the same function, or makes lists of a single
    gradient and variable. Safe.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/keras/optimizers/Optimizer#apply_gradients>
    """

    code = "TFG503"
    name = "gradients-without-variables"
    raises = True
    listens_to = (GradientsApplied,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            def train_step(optimizer, w):
                with tf.GradientTape() as tape:
                    loss = w * w
                gradients = tape.gradient(loss, [w])
                optimizer.apply_gradients(gradients)  # <- TFG503

            train_step(tf.keras.optimizers.SGD(0.1), tf.Variable(2.0))
        """),
        Invalid("""
            import tensorflow as tf

            class Trainer:
                def __init__(self, optimizer, w):
                    self.optimizer = optimizer
                    self.w = w

                def gradients(self):
                    with tf.GradientTape() as tape:
                        loss = self.w * self.w
                    return tape.gradient(loss, [self.w])

                def step(self):
                    self.optimizer.apply_gradients(self.gradients())  # <- TFG503

            Trainer(tf.keras.optimizers.SGD(0.1), tf.Variable(2.0)).step()
        """),
        Invalid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            optimizer = tf.keras.optimizers.SGD(0.1)
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w)
            gradient = tape.gradient(loss, w)
            optimizer.apply_gradients(zip(gradient, w))  # <- TFG503
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            with tf.GradientTape() as tape:
                loss = w * w
            pairs = [(gradient, w) for gradient in tape.gradient(loss, [w])]
            tf.keras.optimizers.SGD(0.1).apply_gradients(pairs)
        """),
        Valid("""
            import tensorflow as tf

            def train_step(optimizer, w):
                with tf.GradientTape() as tape:
                    loss = w * w
                gradients = tape.gradient(loss, [w])
                optimizer.apply_gradients(zip(gradients, [w]))

            train_step(tf.keras.optimizers.SGD(0.1), tf.Variable(2.0))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report sequences of plain gradients, and a variable taken for a list of them."""
        assert isinstance(event, GradientsApplied)
        variable = _zipped_variable(event)
        if variable is not None:
            yield Claim(
                event.site,
                f"zip pairs the rows of the variable `{wording.text(variable)}`, which are no variables",
                help="make lists of them: zip([gradient], [variable])",
                fix=_listed(event.site.node),
            )
        if isinstance(event.pairs, Sequence) and event.pairs.items:
            plain = all(not isinstance(item, Sequence) and _is_gradient(item) for item in event.pairs.items)
            if plain:
                yield Claim(
                    event.site,
                    f"`{wording.text(event.site.node.args[0].value)}` holds gradients alone; "
                    "apply_gradients takes (gradient, variable) pairs",
                    help="pair them: zip(gradients, variables)",
                    fix=_paired(event, program.trees[event.site.path]),
                )


def _zipped_variable(event: GradientsApplied) -> cst.BaseExpression | None:
    """Return the expression of a single variable that ``zip`` is given in place of a list."""
    zipped = _zip(event.site.node)
    pairs = event.pairs
    if zipped is None or not isinstance(pairs, ApiObject) or pairs.type != ZIP or len(pairs.attributes) != 2:
        return None
    second = list(pairs.attributes.values())[1]
    return zipped.args[1].value if isinstance(second, Tensor) and second.kind == "variable" else None


def _zip(call: cst.Call) -> cst.Call | None:
    """Return the ``zip`` of two things that is written out in a call of ``apply_gradients``."""
    pairs = wording.argument(call, 0, "grads_and_vars")
    return pairs if isinstance(pairs, cst.Call) and len(pairs.args) == 2 else None


def _listed(call: cst.Call) -> Repair | None:
    zipped = _zip(call)
    if zipped is None or any(argument.star or argument.keyword is not None for argument in zipped.args):
        return None
    changes = [change for argument in zipped.args for change in wrapped(argument.value, "[", "]")]
    return Repair(Applicability.SAFE, "make lists of the gradient and the variable", tuple(changes))


def _paired(event: GradientsApplied, tree: cst.Module) -> Repair | None:
    """Pair gradients with the sources that they were asked for, if these are written out in the same function."""
    gradients = wording.argument(event.site.node, 0, "grads_and_vars")
    asked = {node for each in leaves(event.pairs) for node in node_of(each)}
    site = next(iter(asked)).site if len(asked) == 1 else None
    sources = wording.argument(site.node, 1, "sources") if site is not None and site.path == event.site.path else None
    if gradients is None or site is None or sources is None:
        return None
    if function_of(tree, site.node) is not function_of(tree, event.site.node):
        return None
    source = cst.Module([]).code_for_node(sources)
    changes = (inserted_before(gradients, "zip("), inserted_after(gradients, f", {source})"))
    return Repair(Applicability.SAFE, "pair each gradient with its variable", changes)


def _is_gradient(value: Value) -> bool:
    """Tell whether a value, or every item of it, is what ``tape.gradient`` returned."""
    found = list(leaves(value))
    return bool(found) and all(any(node.what == "tape.gradient" for node in node_of(each)) for each in found)
