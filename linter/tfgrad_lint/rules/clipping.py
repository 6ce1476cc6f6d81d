"""Rules about gradients that are clipped to no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientsApplied
from tfgrad_lint.domain.values import VARIABLE_LISTS, Site
from tfgrad_lint.findings import Severity
from tfgrad_lint.interpreter.syntax import in_order, walk
from tfgrad_lint.repairs.blocks import names_in
from tfgrad_lint.repairs.changes import ancestors, function_of
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.pairing import asked_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfgrad_lint.interpreter.program import Program

_CLIPPING: Final = frozenset("clip_by_value clip_by_norm clip_by_global_norm clip_by_average_norm".split())


class ClippedToNoEffect(Rule):
    """Gradients that are clipped, but applied as they were.

    ## What it does

    Reports `tf.clip_by_global_norm(gradients, 1.0)` and its relatives where nothing reads the result, in a function
    that applies the unclipped `gradients`: the result is dropped, bound to a name that is never read, bound to the
    variable of a loop, or computed only after `apply_gradients`. Reports also `w = tf.clip_by_value(w, -c, c)` in a
    loop over a model's variables.

    ## Why it is bad

    The functions return new tensors and change none: the gradients that are applied, or the variables, are not clipped.

    ## Known limits

    Only names within one function are followed. `_, norm = tf.clip_by_global_norm(...)` is taken to want the norm.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/clip_by_global_norm>
    """

    code = "TFG506"
    name = "clipped-to-no-effect"
    severity = Severity.WARNING
    listens_to = (GradientsApplied,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            optimizer = tf.keras.optimizers.SGD(0.1)
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w)
            gradients = tape.gradient(loss, [w])
            clipped, _ = tf.clip_by_global_norm(gradients, 1.0)  # <- TFG506
            optimizer.apply_gradients(zip(gradients, [w]))
        """),
        Invalid("""
            import tensorflow as tf

            def train_step(model, optimizer, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                grads = tape.gradient(loss, model.trainable_variables)
                [tf.clip_by_norm(grad, 1.0) for grad in grads]  # <- TFG506
                optimizer.apply_gradients(zip(grads, model.trainable_variables))
        """),
        Invalid("""
            import tensorflow as tf

            def train_step(model, optimizer, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                grads = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(grads, model.trainable_variables))
                grads = [tf.clip_by_norm(grad, 1.0) for grad in grads]  # <- TFG506
        """),
        Invalid("""
            import tensorflow as tf

            def train_step(model, optimizer, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                gradients = tape.gradient(loss, model.trainable_variables)
                for gradient in gradients:
                    gradient = tf.clip_by_value(gradient, -1.0, 1.0)  # <- TFG506
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        """),
        Invalid("""
            import tensorflow as tf

            optimizer = tf.keras.optimizers.SGD(0.1)

            def update(gradients, variables):
                clipped = [tf.clip_by_norm(gradient, 1.0) for gradient in gradients]  # <- TFG506
                optimizer.apply_gradients(zip(gradients, variables))

            w = tf.Variable([2.0, 1.0])
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w)
            update(tape.gradient(loss, [w]), [w])
        """),
        Invalid("""
            import tensorflow as tf

            def train_step(model, optimizer, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))
                for w in model.trainable_variables:
                    w = tf.clip_by_value(w, -0.01, 0.01)  # <- TFG506
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable([2.0, 1.0])
            optimizer = tf.keras.optimizers.SGD(0.1)
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(w * w)
            gradients = tape.gradient(loss, [w])
            gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
            optimizer.apply_gradients(zip(gradients, [w]))
        """),
        Valid("""
            import tensorflow as tf

            def train_step(model, optimizer, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                gradients = tape.gradient(loss, model.trainable_variables)
                _, norm = tf.clip_by_global_norm(gradients, 1e9)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))
                return norm
        """),
        Valid("""
            import tensorflow as tf

            def train_step(model, optimizer, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))
                shown = [tf.clip_by_norm(gradient, 1.0) for gradient in gradients]
                return shown
        """),
        Valid("""
            import tensorflow as tf

            def train_step(model, optimizer, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(model(x))
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))
                for w in model.trainable_variables:
                    w.assign(tf.clip_by_value(w, -0.01, 0.01))
                largest = 0.0
                for w in model.trainable_variables:
                    w = tf.clip_by_value(w, 0.0, 1.0)
                    largest = tf.maximum(largest, tf.reduce_max(w))
                return largest
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report statements that clip the applied gradients, and whose result nothing reads."""
        assert isinstance(event, GradientsApplied)
        gradients = _zipped_name(event)
        if gradients is None or asked_in(event) is None:
            return
        tree = program.trees[event.site.path]
        body = function_of(tree, event.site.node) or tree
        reading = _Reading(tree, body, event.site.node, gradients)
        for statement in in_order(body):
            clipping = _clipping_of(statement)
            if clipping is None:
                continue
            if reading.leaves_variables(statement):
                yield Claim(
                    Site(event.site.path, clipping),
                    "nothing reads the clipped values: the variables of the model stay as they are",
                    help="change each variable in place: variable.assign(tf.clip_by_value(...))",
                )
            elif reading.has_no_effect(statement):
                yield Claim(
                    Site(event.site.path, clipping),
                    f"nothing reads the clipped gradients: `{gradients}` is applied as it was",
                    trace=((event.site, "applied here"),),
                    help="apply what the function returns",
                )


class _Reading:
    """Where a function reads its gradients, in the order of its text."""

    def __init__(self, tree: cst.Module, body: cst.CSTNode, applied: cst.CSTNode, gradients: str) -> None:
        self._tree = tree
        self._gradients = gradients
        self._order = {node: number for number, node in enumerate(in_order(body))}
        self._applied = self._order[applied]

    def has_no_effect(self, statement: cst.CSTNode) -> bool:
        """Tell whether a statement that clips does so to the gradients, and nothing reads what comes of it."""
        loop = self._loop_over(statement, lambda items: _name(items) == self._gradients)
        if loop is None and self._gradients not in names_in(statement):
            return False
        if isinstance(statement, cst.Expr):
            return True
        name = _first_target(statement)
        if name is None or name == "_":
            return False
        if loop is not None and name == _name(loop.target):
            # Binding the loop's own name anew changes no list.
            return not self._is_read(name, statement, since=self._order[statement])
        since = self._order[statement] if name == self._gradients else -1
        is_too_late = name != self._gradients or self._order[statement] > self._applied
        return is_too_late and not self._is_read(name, statement, since)

    def leaves_variables(self, statement: cst.CSTNode) -> bool:
        """Tell whether a statement that clips binds only the name of a loop over a model's variables anew."""
        loop = self._loop_over(statement, _is_variable_list)
        name = _first_target(statement)
        if loop is None or name is None or name != _name(loop.target):
            return False
        return not self._is_read(name, statement, since=self._order[statement])

    def _loop_over(self, statement: cst.CSTNode, is_wanted: Callable[[cst.BaseExpression], bool]) -> cst.For | None:
        for each in ancestors(self._tree, statement):
            if isinstance(each, cst.For) and is_wanted(each.iter):
                return each
        return None

    def _is_read(self, name: str, statement: cst.CSTNode, since: int) -> bool:
        """Tell whether a name occurs in the text after ``since``, apart from ``statement``."""
        own = set(walk(statement))
        return any(
            isinstance(node, cst.Name) and node.value == name and number > since and node not in own
            for node, number in self._order.items()
        )


def _is_variable_list(items: cst.BaseExpression) -> bool:
    return isinstance(items, cst.Attribute) and items.attr.value in VARIABLE_LISTS


def _clipping_of(statement: cst.CSTNode) -> cst.Call | None:
    """Return the call of a statement that does nothing but clip, one tensor or each in a list."""
    if not isinstance(statement, cst.Expr | cst.Assign):
        return None
    value: cst.CSTNode = statement.value
    if isinstance(value, cst.ListComp | cst.GeneratorExp):
        value = value.elt
    if not isinstance(value, cst.Call) or not isinstance(value.func, cst.Attribute):
        return None
    return value if value.func.attr.value in _CLIPPING else None


def _first_target(statement: cst.CSTNode) -> str | None:
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0].target
    return _name(target.elements[0].value if isinstance(target, cst.Tuple) and target.elements else target)


def _name(node: cst.CSTNode) -> str | None:
    return node.value if isinstance(node, cst.Name) else None


def _zipped_name(event: GradientsApplied) -> str | None:
    """Return the name in ``apply_gradients(zip(name, ...))``."""
    pairs = wording.argument(event.site.node, 0, "grads_and_vars")
    first = pairs.args[0].value if isinstance(pairs, cst.Call) and pairs.args else None
    return first.value if isinstance(first, cst.Name) else None
