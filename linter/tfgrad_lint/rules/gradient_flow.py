"""Rules about gradients that are None."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.findings import Severity
from tfgrad_lint.interpreter.events import Event, GradientTaken
from tfgrad_lint.interpreter.values import Mapping, Sequence, Tensor, Value
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.interpreter.values import Node, Site


class TargetDoesNotDependOnSource(Rule):
    """Gradient with respect to something that the target does not depend on.

    ## What it does

    Reports `tape.gradient(target, source)` where the target was certainly not computed from the source, by any path.

    ## Why it is bad

    The gradient is `None`. `apply_gradients` skips it with a warning at best, arithmetic on it raises, and the
    variable is never trained.

    ## Known limits

    If any step between the two is not known, nothing is reported. Paths that exist but carry no gradient have rules of
    their own.

    ## References

    - <https://www.tensorflow.org/guide/autodiff#cases_where_gradient_returns_none>
    """

    code = "TFG302"
    name = "target-does-not-depend-on-source"
    severity = Severity.WARNING
    listens_to = (GradientTaken,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            b = tf.Variable(1.0)
            with tf.GradientTape() as tape:
                loss = w * w
            dw, db = tape.gradient(loss, [w, b])  # <- TFG302
        """),
        Invalid("""
            import tensorflow as tf

            def penalty(weights):
                return tf.reduce_sum(tf.square(weights))

            kernel = tf.Variable(tf.ones([3, 2]))
            scale = tf.Variable(1.0)
            with tf.GradientTape() as tape:
                loss = penalty(kernel)
            gradient = tape.gradient(loss, scale)  # <- TFG302
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            w = tf.Variable(2.0)
            b = tf.Variable(1.0)
            with tf.GradientTape() as tape:
                loss = 0.0
                for _ in range(10):
                    loss += w * b
            dw, db = tape.gradient(loss, [w, b])
        """),
        Valid("""
            import tensorflow as tf
            import mylibrary

            w = tf.Variable(2.0)
            with tf.GradientTape() as tape:
                loss = mylibrary.loss()
            gradient = tape.gradient(loss, w)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report sources that no path leads from to the target."""
        assert isinstance(event, GradientTaken)
        targets = list(_tensors(event.target))
        if not targets or not all(isinstance(target, Tensor) for target in targets):
            return
        reached = _ancestors([target.node for target in targets if isinstance(target, Tensor)])
        if reached is None:
            return
        target_text, source_nodes = _written(event)
        sources = list(_tensors(event.sources))
        written = source_nodes if len(source_nodes) == len(sources) else [None] * len(sources)
        unreached = [
            (source, node)
            for source, node in zip(sources, written, strict=True)
            if isinstance(source, Tensor) and source.node not in reached
        ]
        if not unreached:
            return
        names = ", ".join(f"`{_name(source, node)}`" for source, node in unreached)
        yield Claim(
            event.site,
            f"the gradient with respect to {names} is None: `{target_text}` does not depend on "
            f"{'it' if len(unreached) == 1 else 'them'}",
            trace=_made_at([source for source, _ in unreached]),
            labels=tuple((node, "the gradient of this is None") for _, node in unreached if node is not None),
            help="compute the target from the source inside the tape's `with` block, or drop the source",
        )


def _tensors(value: Value) -> Iterator[Value]:
    if isinstance(value, Sequence):
        for item in value.items:
            yield from _tensors(item)
    elif isinstance(value, Mapping):
        for item in value.items.values():
            yield from _tensors(item)
    else:
        yield value


def _ancestors(nodes: list[Node]) -> set[Node] | None:
    """Return every step that ``nodes`` were made from, None if one of them may depend on anything."""
    found: set[Node] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if node in found:
            continue
        if node.opaque:
            return None
        found.add(node)
        pending.extend(node.inputs)
    return found


def _written(event: GradientTaken) -> tuple[str, list[cst.BaseExpression]]:
    """Return the text of the target and the expressions of the sources."""
    arguments = [argument for argument in event.site.node.args if not argument.star]
    by_name = {argument.keyword.value: argument.value for argument in arguments if argument.keyword is not None}
    positional = [argument.value for argument in arguments if argument.keyword is None]
    target = by_name.get("target", positional[0] if positional else None)
    sources = by_name.get("sources", positional[1] if len(positional) > 1 else None)
    elements = getattr(sources, "elements", None)
    nodes = [element.value for element in elements] if elements is not None else [sources] if sources else []
    return (wording.text(target) if target is not None else "the target"), nodes


def _name(source: Tensor, node: cst.BaseExpression | None) -> str:
    if node is not None:
        return wording.text(node)
    return wording.text(source.node.site.node) if source.node.site is not None else "a source"


def _made_at(sources: list[Tensor]) -> tuple[tuple[Site, str], ...]:
    return tuple((source.node.site, "the source was made here") for source in sources if source.node.site is not None)
