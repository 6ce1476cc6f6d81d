"""Rules about elementwise operations that enlarge both operands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Broadcasted, Event
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.repairs.changes import wrapped
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.repairs.tensorflow_calls import wrapped_in_call
from tfgrad_lint.repairs.tensorflow_name import tensorflow_name
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.shapes.dims import Dim, can_be_one, equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Node, Tensor
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.shapes.shape import Shape

_TARGET: Final = re.compile(r"(^|_)(y|y_?true|true|targets?|labels?|gt|ground_?truth|expected|y_?train|y_?batch)($|_)")
_PREDICTION: Final = re.compile(r"(^|_)(y_?pred|y_?hat|preds?|predictions?|predicted|outputs?|logits?|probs?)($|_)")

# Elementwise steps between a broadcast and the reduction that hides it, as in reduce_mean(square(a - b)).
_MAX_STEPS: Final = 3


class UnintendedOuterBroadcast(Rule):
    """Elementwise operation that silently combines every element of one operand with every element of the other.

    ## What it does

    Reports an elementwise operation that enlarges *both* operands, such as `[B]` with `[B, 1]` to `[B, B]`, by
    alignment alone: nobody wrote `tf.newaxis`, `expand_dims`, `keepdims` or `reshape`. It is reported if the two
    enlarged axes are the same dimension, if the operands are a target and a prediction by their names, or if the
    result is reduced at once.

    ## Why it is bad

    Nothing raises. A loss over the `[B, B]` table has the wrong value and the wrong gradient, and training still
    appears to work.

    ## Known limits

    Bias adds, scalars, masks and outer products that are written as such are never reported.

    ## Fix

    Squeezes the operand whose last axis has size 1: `tf.squeeze(y_pred, axis=-1)`; where that is what `-=` changes,
    gives the other one an axis: `y_true[..., tf.newaxis]`. Unsafe, as the other of the two may be what is meant.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/broadcast_static_shape>
    """

    code = "TFG201"
    name = "unintended-outer-broadcast"
    severity = Severity.WARNING
    listens_to = (Broadcasted,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """
            import tensorflow as tf

            x = tf.random.normal([32, 5])
            w = tf.Variable(tf.random.normal([5, 1]))
            y_true = tf.random.normal([32])
            with tf.GradientTape() as tape:
                y_pred = tf.matmul(x, w)
                loss = tf.reduce_mean(tf.square(y_true - y_pred))  # <- TFG201
            gradient = tape.gradient(loss, w)
            """,
            meant="same(loss, tf.reduce_mean((y_true - y_pred[:, 0]) ** 2))",
        ),
        Invalid(
            """
            import tensorflow as tf

            def mse(labels, outputs):
                return tf.reduce_mean((labels - outputs) ** 2)  # <- TFG201

            labels = tf.random.normal([8])
            outputs = tf.random.normal([8, 4]) @ tf.random.normal([4, 1])
            loss = mse(labels, outputs)
            """,
            meant="same(loss, tf.reduce_mean((labels - outputs[:, 0]) ** 2))",
        ),
        Invalid(
            """
            import tensorflow as tf

            model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(1)])

            def error(x, y):
                difference = model(x) - y  # <- TFG201
                return tf.reduce_mean(difference**2)

            examples = tf.random.normal([50, 3]), tf.random.normal([50])
            data = tf.data.Dataset.from_tensor_slices(examples).batch(10)
            for x, y in data:
                loss = error(x, y)
            """,
            meant="same(loss, tf.reduce_mean((model(x)[:, 0] - y) ** 2))",
        ),
        Invalid(
            """
            import tensorflow as tf

            y_true = tf.random.normal([8])
            error = tf.random.normal([8, 4]) @ tf.random.normal([4, 1])
            start = tf.identity(error)
            error -= 2.0 * y_true  # <- TFG201
            loss = tf.reduce_mean(tf.square(error))
            """,
            meant="same(loss, tf.reduce_mean((start[:, 0] - 2.0 * y_true) ** 2))",
        ),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            y_true = tf.random.normal([32])
            y_pred = tf.random.normal([32, 5]) @ tf.random.normal([5, 1])
            loss = tf.reduce_mean(tf.square(y_true - tf.squeeze(y_pred, axis=-1)))
        """),
        Valid("""
            import tensorflow as tf

            x = tf.random.normal([32])
            distances = tf.abs(x[:, tf.newaxis] - x[tf.newaxis, :])
            table = tf.expand_dims(x, 1) * x
            hidden = tf.random.normal([32, 5]) + tf.zeros([5])
        """),
        Valid("""
            import tensorflow as tf

            x = tf.random.normal([32, 5])
            centred = x - tf.reduce_mean(x, axis=1, keepdims=True)
        """),
        Valid("""
            import tensorflow as tf

            def mse(labels, outputs):
                return tf.reduce_mean((labels - outputs) ** 2)

            labels = tf.random.normal([8, 1])
            outputs = tf.random.normal([8, 4]) @ tf.random.normal([4, 1])
            loss = mse(labels, outputs)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report broadcasts that enlarge both operands where that is certainly not meant."""
        assert isinstance(event, Broadcasted)
        enlarged = both_enlarged(event.left.shape, event.right.shape)
        if enlarged is None or event.left.explicit or event.right.explicit:
            return
        names = _roles(event)
        reduced_at_once = any(event.node is node for node in _hidden_by_reductions(program))
        if not (equal(*enlarged) or names or reduced_at_once):
            return
        operands = _named_operands(event)
        notes = [f"each of {enlarged[0]!r} elements is combined with each of {enlarged[1]!r} elements"]
        if reduced_at_once:
            notes.append("reduced at once, so nothing downstream will notice")
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` broadcasts {event.left.shape} with {event.right.shape} to "
            f"{event.result}; nothing raises, the {'loss' if names else 'result'} is wrong",
            wording.labels(event.site, event.operation, operands),
            wording.trace(event.site, event.left, event.right),
            tuple(notes),
            _squeeze_advice(event),
            _squeeze(event, program),
        )


def both_enlarged(a: Shape, b: Shape) -> tuple[Dim, Dim] | None:
    """Return the sizes to which two shapes are enlarged by alignment of different ranks, None if not both are."""
    left, right = a.dims, b.dims
    if left is None or right is None or len(left) == len(right) or not left or not right:
        return None
    rank = max(len(left), len(right))
    pairs = list(zip((1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right, strict=True))
    grown_left = [q for p, q in pairs if p == 1 and q != 1]
    grown_right = [p for p, q in pairs if q == 1 and p != 1]
    if len(grown_left) != 1 or len(grown_right) != 1:
        return None
    sizes = grown_right[0], grown_left[0]
    # One dimension against itself, such as a batch, may have size 1 now and then; two others might by design.
    certain = equal(*sizes) or not (can_be_one(sizes[0]) or can_be_one(sizes[1]))
    return sizes if certain else None


def _named_operands(event: Broadcasted) -> tuple[tuple[str, Tensor], ...]:
    names = list(wording.operand_nodes(event.site, event.operation))
    return tuple(zip(names, (event.left, event.right), strict=False))


def _roles(event: Broadcasted) -> bool:
    """Tell whether one operand is called like a target and the other like a prediction."""
    nodes = list(wording.operand_nodes(event.site, event.operation).values())
    names = [_last_name(node) for node in nodes[:2]]
    if len(names) < 2:
        return False
    return any(_TARGET.search(a) and _PREDICTION.search(b) for a, b in (names, names[::-1]))


def _last_name(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def _hidden_by_reductions(program: Program) -> Iterator[Node]:
    """Yield the steps whose result a reduction takes in, through elementwise functions of one operand at most."""
    for reduced in program.reductions.values():
        node = reduced.operand.node
        for _ in range(_MAX_STEPS):
            yield node
            if len(node.inputs) != 1:
                break
            node = node.inputs[0]


def _column(event: Broadcasted) -> cst.BaseExpression | None:
    """Return the operand that is elementwise to the other without its last axis, if it is written out."""
    written = wording.operand_nodes(event.site, event.operation)
    for name, value in _named_operands(event):
        dims = value.shape.dims
        if name in written and dims is not None and len(dims) >= 2 and dims[-1] == 1:
            return written[name]
    return None


def _squeeze_advice(event: Broadcasted) -> str | None:
    """Suggest the squeeze that makes the operands elementwise."""
    column = _column(event)
    return f"tf.squeeze({wording.text(column)}, axis=-1)" if column is not None else None


def _squeeze(event: Broadcasted, program: Program) -> Repair | None:
    """Squeeze the operand with the axis of size 1, where that leaves shapes of one rank."""
    column = _column(event)
    ranks = sorted((event.left.shape.rank or 0, event.right.shape.rank or 0))
    if column is None or ranks[0] != ranks[1] - 1:
        return None
    if isinstance(event.site.node, cst.AugAssign) and column is event.site.node.target:
        return _new_axis(event.site.node.value, event, program)
    changes = wrapped_in_call(program, event.site.path, column, "squeeze", "axis=-1")
    return Repair(Applicability.UNSAFE, "squeeze the axis of size 1", changes) if changes is not None else None


def _new_axis(vector: cst.BaseExpression, event: Broadcasted, program: Program) -> Repair | None:
    """Give the operand without the axis of size 1 one at its end."""
    found = tensorflow_name(program, event.site.path)
    if found is None:
        return None
    name, imports = found
    is_simple = isinstance(vector, cst.Name | cst.Attribute | cst.Call | cst.Subscript) or bool(vector.lpar)
    before, after = ("", "") if is_simple else ("(", ")")
    changes = wrapped(vector, before, f"{after}[..., {name}.newaxis]")
    return Repair(Applicability.UNSAFE, "give the other operand an axis at its end", (*imports, *changes))
