"""Rule about variables that an update replaces by a tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientTaken, VariableReplaced
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.interpreter.syntax import code, walk
from tfgrad_lint.repairs.changes import ancestors, replaced
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program

# What changes a variable as an operator would.
_METHODS: Final[dict[type[cst.CSTNode], str]] = {
    cst.Subtract: "assign_sub",
    cst.SubtractAssign: "assign_sub",
    cst.Add: "assign_add",
    cst.AddAssign: "assign_add",
}


class VariableReplacedByTensor(Rule):
    """Variable replaced by a tensor in a training loop.

    ## What it does

    Reports `w = w - rate * gradient` in a loop, and `self.w = self.w - rate * gradient` in a loop or a method, where
    `w` was a `tf.Variable` before and the gradient is its own; and the same of a list of variables and of an item of
    one, `ws[i] = ws[i] - rate * gradients[i]`. Also `image = tf.clip_by_value(image, 0.0, 1.0)` where the loop or
    method takes the gradient with respect to `image`.

    ## Why it is bad

    The name now holds a plain tensor, which no tape watches: from the next iteration or call on the gradient is `None`.

    ## Known limits

    Names and items which the loop or method binds twice, or where it calls `tape.watch`, are not reported, nor are
    lists of which it is not known what is in them.

    ## Fix

    Changes the variable in place with `assign_sub`, `assign_add` or `assign`. Safe.

    ## References

    - <https://www.tensorflow.org/guide/autodiff#1_replaced_a_variable_with_a_tensor>
    """

    code = "TFG305"
    name = "variable-replaced-by-tensor"
    severity = Severity.WARNING
    listens_to = (VariableReplaced,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            for _ in range(100):
                with tf.GradientTape() as tape:
                    loss = w * w
                gradient = tape.gradient(loss, w)
                w = w - 0.1 * gradient  # <- TFG305
        """),
        Invalid("""
            import tensorflow as tf

            def train(w, steps):
                for _ in range(steps):
                    with tf.GradientTape() as tape:
                        loss = tf.reduce_sum(w * w)
                    w = w - 0.1 * tape.gradient(loss, w)  # <- TFG305
                return w

            w = train(tf.Variable([2.0, 3.0]), 100)
        """),
        Invalid("""
            import tensorflow as tf

            class Line(tf.Module):
                def __init__(self):
                    self.slope = tf.Variable(2.0)

                def step(self, x, y, rate):
                    with tf.GradientTape() as tape:
                        loss = tf.reduce_mean((self.slope * x - y) ** 2)
                    gradient = tape.gradient(loss, self.slope)
                    self.slope = self.slope - rate * gradient  # <- TFG305

            line = Line()
            for _ in range(100):
                line.step(tf.ones([4]), tf.zeros([4]), 0.1)
        """),
        Invalid("""
            import tensorflow as tf

            weights = [tf.Variable(2.0), tf.Variable(3.0)]
            for _ in range(100):
                with tf.GradientTape() as tape:
                    loss = weights[0] * weights[1]
                gradients = tape.gradient(loss, weights)
                for i in range(len(weights)):
                    weights[i] = weights[i] - 0.1 * gradients[i]  # <- TFG305
        """),
        Invalid("""
            import tensorflow as tf

            def descend(weights, rate):
                for _ in range(100):
                    with tf.GradientTape() as tape:
                        loss = weights[0] * weights[1]
                    gradients = tape.gradient(loss, weights)
                    weights = [w - rate * g for w, g in zip(weights, gradients)]  # <- TFG305
                return weights

            weights = descend([tf.Variable(2.0), tf.Variable(3.0)], 0.1)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            image = tf.Variable([0.5, 2.0])
            total = tf.Variable(1.0)
            for _ in range(3):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(image ** 2)
                gradient = tape.gradient(loss, image)
                shown = tf.clip_by_value(image, 0.0, 1.0)
                total = total + 1.0
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            for _ in range(100):
                with tf.GradientTape() as tape:
                    loss = w * w
                gradient = tape.gradient(loss, w)
                w.assign_sub(0.1 * gradient)
        """),
        Valid("""
            import tensorflow as tf

            w = tf.ones([3])
            for _ in range(100):
                with tf.GradientTape() as tape:
                    tape.watch(w)
                    loss = tf.reduce_sum(w * w)
                w = w - 0.1 * tape.gradient(loss, w)
        """),
        Valid("""
            import tensorflow as tf

            start = tf.Variable(2.0)
            for task in range(3):
                w = start
                with tf.GradientTape() as tape:
                    loss = w * w
                w = w - 0.1 * tape.gradient(loss, w)
                adapted = w * w
        """),
        Valid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            for _ in range(100):
                with tf.GradientTape() as tape:
                    tape.watch(w)
                    loss = w * w
                w = w - 0.1 * tape.gradient(loss, w)
        """),
        Valid("""
            import tensorflow as tf

            start = [tf.Variable(2.0), tf.Variable(3.0)]
            for task in range(20):
                weights = list(start)
                for _ in range(5):
                    with tf.GradientTape() as tape:
                        tape.watch(weights)
                        loss = weights[0] * weights[1]
                    gradients = tape.gradient(loss, weights)
                    weights = [w - 0.1 * g for w, g in zip(weights, gradients)]
                adapted = list(start)
                with tf.GradientTape() as tape:
                    loss = adapted[0] * adapted[1]
                gradients = tape.gradient(loss, adapted)
                for i in range(len(adapted)):
                    adapted[i] = adapted[i] - 0.1 * gradients[i]
        """),
        Valid("""
            import tensorflow as tf

            class Line(tf.Module):
                def __init__(self):
                    self.slope = tf.Variable(2.0)

                def loss(self, x, y):
                    return tf.reduce_mean((self.slope * x - y) ** 2)

                def adapted_loss(self, x, y, rate):
                    kept = self.slope
                    with tf.GradientTape() as tape:
                        loss = self.loss(x, y)
                    self.slope = self.slope - rate * tape.gradient(loss, self.slope)
                    after = self.loss(x, y)
                    self.slope = kept
                    return after

            line = Line()
            for _ in range(10):
                value = line.adapted_loss(tf.ones([4]), tf.zeros([4]), 0.1)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report the assignment."""
        assert isinstance(event, VariableReplaced)
        tree = program.trees[event.site.path]
        if not is_only_binding(event, tree) or not (event.updated or _is_differentiated(event, program)):
            return
        made = event.variable.node.site
        if event.several:
            what, its = f"`{event.name}` held variables and is bound to tensors here", "their gradients are"
            advice = "assign_sub changes each variable in place"
        else:
            what, its = f"`{event.name}` was a variable and is bound to a tensor here", "its gradient is"
            advice = f"{event.name}.assign_sub(...) changes the variable in place"
        yield Claim(
            event.site,
            f"{what}: from the next {event.again} on {its} None",
            trace=((made, "the variable was made here"),) if made is not None else (),
            help=advice,
            fix=None if event.several else _assigned_in_place(event, tree),
        )


def _is_differentiated(event: VariableReplaced, program: Program) -> bool:
    """Tell whether what runs again takes a gradient with respect to what the variable was called."""
    around = _run_again(event.site.node, program.trees[event.site.path])
    within = set(walk(around)) if around is not None else set()
    asked = (each.site.node for each in program.events_of(GradientTaken) if each.site.node in within)
    sources = (wording.argument(node, 1, "sources") for node in asked)
    return any(code(part) == event.name for source in sources if source is not None for part in walk(source))


def is_only_binding(event: VariableReplaced, tree: cst.Module) -> bool:
    """Tell whether the loop or function around binds the name nowhere else, and gives it to no ``tape.watch``."""
    around = _run_again(event.site.node, tree)
    if around is None:
        return False
    if isinstance(around, cst.For) and any(code(each) == event.name for each in walk(around.target)):
        return False
    bound = [each for each in walk(around) if _binds(each, event.name)]
    return len(bound) == 1 and not any(_watches(each) for each in walk(around))


def _run_again(target: cst.CSTNode, tree: cst.Module) -> cst.CSTNode | None:
    """Return what runs again and finds a tensor: the innermost loop or function, of items the outermost loop."""
    found: cst.CSTNode | None = None
    for each in ancestors(tree, target):
        if isinstance(each, cst.FunctionDef):
            return found or each
        if isinstance(each, cst.For | cst.While):
            found = each
            if not isinstance(target, cst.Subscript):
                break
    return found


def _binds(node: cst.CSTNode, name: str) -> bool:
    if isinstance(node, cst.AssignTarget | cst.AugAssign | cst.AnnAssign | cst.NamedExpr):
        return any(_is_of(each, name) for each in _targets(node.target))
    return False


def _targets(target: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from _targets(element.value)
    else:
        yield target


def _is_of(target: cst.CSTNode, name: str) -> bool:
    """Tell whether a target is ``name``, or a part or the whole of the list in which that is an item."""
    written = code(target)
    is_part = isinstance(target, cst.Subscript) and name.startswith(f"{code(target.value)}[") and ":" in written
    return written == name or is_part or name.startswith(f"{written}[")


def _watches(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "watch"


def _assigned_in_place(event: VariableReplaced, tree: cst.Module) -> Repair | None:
    """Change the variable in place by what the statement subtracts, adds or binds."""
    statement = next(
        (each for each in ancestors(tree, event.site.node) if isinstance(each, cst.BaseSmallStatement)), None
    )
    update = _update(event.name, statement)
    if statement is None or update is None:
        return None
    method, value = update
    amount = cst.Module([]).code_for_node(value.with_changes(lpar=[], rpar=[]))
    call = f"{event.name}.{method}({amount})"
    return Repair(
        Applicability.SAFE, f"change the variable in place: {event.name}.{method}", (replaced(statement, call),)
    )


def _update(name: str, statement: cst.CSTNode | None) -> tuple[str, cst.BaseExpression] | None:
    """Return the method of the variable that does what ``statement`` means, with its argument."""
    if isinstance(statement, cst.AugAssign):
        method = _METHODS.get(type(statement.operator))
        return (method, statement.value) if method is not None else None
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        return None
    if isinstance(statement.targets[0].target, cst.Tuple | cst.List):
        return None
    value = statement.value
    if isinstance(value, cst.BinaryOperation) and code(value.left) == name:
        method = _METHODS.get(type(value.operator))
        if method is not None:
            return method, value.right
    return "assign", value
