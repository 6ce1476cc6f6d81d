"""Rule about gradient functions that read what has changed since the forward part."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import libcst as cst

from tfgrad_lint.domain.events import CustomGradient, Event
from tfgrad_lint.domain.values import Site
from tfgrad_lint.findings import Applicability, Severity
from tfgrad_lint.interpreter.syntax import bound_names, walk
from tfgrad_lint.repairs.changes import ancestors, inserted_after
from tfgrad_lint.repairs.repair import Repair
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.changed_state import changed_state
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program

_ASKS = frozenset({"gradient", "jacobian", "batch_jacobian"})


class LateReadInGradient(Rule):
    """Custom gradient whose gradient function reads what has changed since the forward part.

    ## What it does

    Reports a `tf.custom_gradient` that is defined in a loop, where the gradient function reads a name which the loop
    binds anew in each iteration, and the tape is asked after the loop. Reports also a gradient function that reads a
    `tf.Variable` which the forward part read as well, and which was assigned since then, before the tape is asked.

    ## Why it is bad

    The forward part runs at once, the gradient function when the tape is asked: it sees the value of the loop's last
    iteration, or the new value of the variable, and the gradient is wrong. Nothing raises.

    ## Known limits

    Where a tape is asked within the loop, nothing is reported. Of what may change in place, only variables are
    followed.

    ## Fix

    Binds the present value of a loop's name as a default of the gradient function: `def grad(dy, scale=scale)`. Safe.

    ## References

    - <https://docs.python.org/3/faq/programming.html#why-do-lambdas-defined-in-a-loop-with-different-values-all-return-the-same-result>
    """

    code = "TFG406"
    name = "late-read-in-gradient"
    severity = Severity.WARNING
    listens_to = (CustomGradient,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = x
                for scale in [2.0, 3.0]:
                    @tf.custom_gradient
                    def scaled(value):
                        def grad(dy):
                            return dy * scale  # <- TFG406
                        return value * scale, grad
                    y = scaled(y)
            gradient = tape.gradient(y, x)
        """),
        Invalid("""
            import tensorflow as tf

            def chain(x, scales):
                for index in range(len(scales)):
                    factor = scales[index]

                    @tf.custom_gradient
                    def scaled(value):
                        return value * factor, lambda dy: dy * factor  # <- TFG406

                    x = scaled(x)
                return x

            w = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = chain(w, [2.0, 3.0])
            gradient = tape.gradient(y, w)
        """),
        Invalid("""
            import tensorflow as tf

            scale = tf.Variable(6.0, trainable=False)

            @tf.custom_gradient
            def scaled(x):
                def grad(dy):
                    return dy * scale  # <- TFG406
                return x * scale, grad

            def grow():
                scale.assign_add(3.0)

            x = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = scaled(x)
                grow()
            gradient = tape.gradient(y, x)
        """),
        Invalid("""
            import tensorflow as tf

            scale = tf.Variable(6.0, trainable=False)

            @tf.custom_gradient
            def scaled(x):
                y = x * scale
                scale.assign_add(3.0)
                return y, lambda dy: dy * scale  # <- TFG406

            x = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = scaled(x)
            gradient = tape.gradient(y, x)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = x
                for scale in [2.0, 3.0]:
                    @tf.custom_gradient
                    def scaled(value):
                        def grad(dy, scale=scale):
                            return dy * scale
                        return value * scale, grad
                    y = scaled(y)
            gradient = tape.gradient(y, x)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.Variable([1.0, 2.0])
            for scale in [2.0, 3.0]:
                @tf.custom_gradient
                def scaled(value):
                    def grad(dy):
                        return dy * scale
                    return value * scale, grad
                with tf.GradientTape() as tape:
                    y = scaled(x)
                gradient = tape.gradient(y, x)
        """),
        Valid("""
            import tensorflow as tf

            def scaled_by(scale):
                @tf.custom_gradient
                def scaled(value):
                    def grad(dy):
                        return dy * scale
                    return value * scale, grad
                return scaled

            y = tf.ones([2])
            for scale in [2.0, 3.0]:
                y = scaled_by(scale)(y)
        """),
        Valid("""
            import tensorflow as tf

            scale = tf.Variable(6.0, trainable=False)

            @tf.custom_gradient
            def scaled(x):
                def grad(dy):
                    return dy * scale
                return x * scale, grad

            def grow():
                scale.assign_add(3.0)

            x = tf.Variable([1.0, 2.0])
            for _ in range(2):
                grow()
                with tf.GradientTape() as tape:
                    y = scaled(x)
                gradient = tape.gradient(y, x)
                grow()
        """),
        Valid("""
            import tensorflow as tf

            scale = tf.Variable(6.0, trainable=False)

            @tf.custom_gradient
            def scaled(x):
                scale.assign_add(3.0)
                y = x * scale
                return y, lambda dy: dy * scale

            x = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = scaled(x)
            gradient = tape.gradient(y, x)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report names that the loop around the definition binds, and variables that were assigned since."""
        assert isinstance(event, CustomGradient)
        changed = changed_state(event, program)
        if changed is not None and changed.read.path == event.site.path:
            yield Claim(
                changed.read,
                f"`{wording.shown(changed.read)}` reads a variable when a tape is asked: it was assigned since "
                f"`{event.function.name}` read it for its result",
                trace=((changed.assigned, "assigned here"),),
                help="read it once, with tf.identity, and use that in the result and in the gradient function",
            )
        yield from _loop_names(event, program)


def _loop_names(event: CustomGradient, program: Program) -> Iterator[Claim]:
    """Report names in the gradient function that the loop around the definition binds."""
    definition = event.function.definition
    gradient = event.gradient.definition if event.gradient is not None else None
    loop = _loop_around(program.trees[event.site.path], definition)
    if gradient is None or loop is None or gradient not in walk(definition) or _asks_a_tape(loop):
        return
    found = [name for name in _free_names(gradient) if name.value in _bound_by(loop) - _own_names(definition)]
    if not found:
        return
    names = dict.fromkeys(name.value for name in sorted(found, key=lambda each: each.value))
    shown = ", ".join(f"`{name}`" for name in names)
    yield Claim(
        Site(event.site.path, found[0]),
        f"the gradient function of `{event.function.name}` reads {shown} when a tape is asked, after the loop: "
        f"it sees the value of the last iteration",
        help=f"bind the value with a default: {', '.join(f'{name}={name}' for name in names)}",
        fix=_default(gradient, list(names)),
    )


def _loop_around(tree: cst.Module, definition: cst.CSTNode) -> cst.For | cst.While | None:
    """Return the innermost loop that runs a definition anew in each iteration."""
    for each in ancestors(tree, definition):
        if isinstance(each, cst.For | cst.While):
            return each
        if each is not definition and isinstance(each, cst.FunctionDef | cst.ClassDef | cst.Lambda):
            return None
    return None


def _asks_a_tape(loop: cst.For | cst.While) -> bool:
    calls = (node.func for node in walk(loop) if isinstance(node, cst.Call))
    return any(isinstance(function, cst.Attribute) and function.attr.value in _ASKS for function in calls)


def _bound_by(loop: cst.For | cst.While) -> set[str]:
    """Return the names that each iteration binds, those of functions defined in it left out."""
    inner = [each for each in walk(loop.body) if isinstance(each, cst.FunctionDef)]
    return bound_names(loop) - {name for each in inner for name in _own_names(each)}


def _own_names(definition: cst.FunctionDef | cst.Lambda) -> set[str]:
    """Return the parameters of a function and the names that it binds."""
    parameters = definition.params
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    stars = [each for each in (parameters.star_arg, parameters.star_kwarg) if isinstance(each, cst.Param)]
    return {each.name.value for each in (*every, *stars)} | bound_names(definition.body)


def _free_names(definition: cst.FunctionDef | cst.Lambda) -> list[cst.Name]:
    """Return the names that a function reads from outside, in no order; attributes and keywords are none."""
    own = _own_names(definition)
    not_names: set[cst.CSTNode] = set()
    for node in walk(definition.body):
        if isinstance(node, cst.Attribute):
            not_names.add(node.attr)
        elif isinstance(node, cst.Arg) and node.keyword is not None:
            not_names.add(node.keyword)
    return [
        node
        for node in walk(definition.body)
        if isinstance(node, cst.Name) and node not in not_names and node.value not in own
    ]


def _default(gradient: cst.FunctionDef | cst.Lambda, names: list[str]) -> Repair | None:
    """Bind the present values of names as defaults of the gradient function."""
    parameters = gradient.params
    plain = not (parameters.kwonly_params or parameters.star_kwarg or isinstance(parameters.star_arg, cst.Param))
    if not plain or not parameters.params:
        return None
    defaults = "".join(f", {name}={name}" for name in names)
    message = f"bind {', '.join(names)} as a default"
    return Repair(Applicability.SAFE, message, (inserted_after(parameters.params[-1], defaults),))
