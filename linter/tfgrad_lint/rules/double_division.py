"""Rule about losses that are divided twice by one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import Broadcasted, Event, Reduced
from tfgrad_lint.domain.values import Site
from tfgrad_lint.findings import Severity
from tfgrad_lint.interpreter.syntax import code, in_order
from tfgrad_lint.repairs.changes import function_of
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program

_AVERAGE = "tf.nn.compute_average_loss"


class DividedTwice(Rule):
    """Loss divided twice by the batch size or the number of replicas.

    ## What it does

    Reports a division by a batch size or a number of replicas of what was divided by the same expression before, and
    `tf.nn.compute_average_loss(...) / strategy.num_replicas_in_sync`: that function divides by the batch size of all
    replicas already.

    ## Why it is bad

    The loss and its gradients are too small by that factor, and training is slower. Nothing raises.

    ## Known limits

    Batch sizes and numbers of replicas are known by their names. An average that has a name is followed within its
    function.

    ## References

    - <https://www.tensorflow.org/tutorials/distribute/custom_training#define_the_loss_function>
    """

    code = "TFG507"
    name = "divided-twice"
    severity = Severity.WARNING
    preview = True
    listens_to = (Broadcasted, Reduced)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            strategy = tf.distribute.get_strategy()

            def loss_of(labels, predictions):
                per_example = tf.reduce_sum(tf.square(labels - predictions), axis=1)
                loss = tf.nn.compute_average_loss(per_example, global_batch_size=4)
                return loss / strategy.num_replicas_in_sync  # <- TFG507

            value = loss_of(tf.ones([4, 2]), tf.zeros([4, 2]))
        """),
        Invalid("""
            import tensorflow as tf

            batch_size = 4

            def total(per_example):
                return tf.reduce_sum(per_example) / batch_size

            loss = total(tf.ones([4]))
            loss = loss / batch_size  # <- TFG507
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def loss_of(labels, predictions):
                per_example = tf.reduce_sum(tf.square(labels - predictions), axis=1)
                return tf.nn.compute_average_loss(per_example, global_batch_size=4)

            value = loss_of(tf.ones([4, 2]), tf.zeros([4, 2]))
        """),
        Valid("""
            import tensorflow as tf

            strategy = tf.distribute.get_strategy()
            batch_size = 4
            num_replicas = 1
            loss = tf.reduce_sum(tf.ones([4])) / batch_size / num_replicas
            regularisation = tf.reduce_sum(tf.ones([2])) / strategy.num_replicas_in_sync
            average = tf.nn.compute_average_loss(tf.ones([4]), global_batch_size=4)
            total = average + regularisation / 2.0 / 2.0
            weights = 1.0 / tf.cast(batch_size, tf.float32) + tf.ones([4]) / (1.0 / tf.cast(batch_size, tf.float32))
        """),
        Valid("""
            import tensorflow as tf

            batch_size = 4

            def total(per_example):
                return tf.reduce_sum(per_example)

            loss = total(tf.ones([4]))
            loss = loss / batch_size
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report second divisions."""
        if isinstance(event, Broadcasted):
            yield from _by_the_same(event)
        elif isinstance(event, Reduced) and event.operation == _AVERAGE:
            yield from _by_replicas(event, program.trees[event.site.path])


def _by_the_same(event: Broadcasted) -> Iterator[Claim]:
    earlier = event.left.node.site
    divisor = _divisor(event.site.node)
    before = _divisor(earlier.node) if earlier is not None else None
    if earlier is None or divisor is None or before is None or earlier.path != event.site.path:
        return
    # A number that is divided, as in 1 / batch_size, is a step of the division itself.
    if earlier.node is event.site.node:
        return
    name = code(divisor)
    if name == code(before) and any(word in name.lower() for word in ("batch", "replica")):
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` divides by `{wording.text(divisor)}` what was divided by it before",
            trace=((earlier, "divided here before"),),
            help="leave one of the divisions out",
        )


def _by_replicas(event: Reduced, tree: cst.Module) -> Iterator[Claim]:
    body = function_of(tree, event.site.node) or tree
    name = _only_name(event.site.node, body)
    for node in in_order(body):
        divisor = _divisor(node)
        if divisor is None or "replica" not in code(divisor).lower() or not isinstance(node, cst.BinaryOperation):
            continue
        is_average = node.left is event.site.node or (isinstance(node.left, cst.Name) and node.left.value == name)
        if is_average:
            yield Claim(
                Site(event.site.path, node),
                "divides by the number of replicas what compute_average_loss has divided by the batch size of all of "
                "them: the loss is too small by that factor",
                trace=((event.site, "averaged over the whole batch here"),),
                help="leave the division out",
            )


def _divisor(node: cst.CSTNode) -> cst.BaseExpression | None:
    return node.right if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Divide) else None


def _only_name(value: cst.CSTNode, body: cst.CSTNode) -> str | None:
    """Return the name that ``value`` is bound to, if nothing else in ``body`` is bound to it."""
    assignments = [each for each in in_order(body) if isinstance(each, cst.Assign)]
    targets = {each: each.targets[0].target for each in assignments if len(each.targets) == 1}
    name = next((code(target) for each, target in targets.items() if each.value is value), None)
    return name if sum(code(target) == name for target in targets.values()) == 1 else None
