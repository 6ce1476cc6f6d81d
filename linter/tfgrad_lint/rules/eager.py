"""Rule about gradients of graphs where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Event, GraphGradients
from tfgrad_lint.interpreter.syntax import walk
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program

# Names by which a program shows that it builds graphs as TensorFlow 1 does.
_GRAPH_WORDS: Final = frozenset(
    "placeholder Session InteractiveSession Graph as_default get_variable global_variables_initializer v1 contrib "
    "disable_eager_execution disable_v2_behavior run_eagerly GraphKeys initialize_all_variables get_session".split()
)


class GradientsInEagerCode(Rule):
    """`tf.gradients` in code that runs eagerly.

    ## What it does

    Reports `tf.gradients`, `tf.hessians` and `keras.backend.gradients` in the body of a module, and in functions called
    from there, outside of any `tf.function`.

    ## Why it is bad

    They differentiate graphs. Since TensorFlow 2 code runs eagerly: they raise `RuntimeError`.

    ## Known limits

    Functions that nothing calls may be traced by their users and are not reported, nor are programs that build graphs
    as TensorFlow 1 did.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/gradients>
    """

    code = "TFG317"
    name = "gradients-in-eager-code"
    raises = True
    listens_to = (GraphGradients,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            y = x * x
            gradient = tf.gradients(y, x)  # <- TFG317
        """),
        Invalid("""
            import tensorflow as tf

            def slope(y, x):
                return tf.gradients(y, x)[0]  # <- TFG317

            x = tf.Variable(3.0)
            gradient = slope(x * x, x)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.Variable(3.0)
            with tf.GradientTape() as tape:
                y = x * x
            gradient = tape.gradient(y, x)
        """),
        Valid("""
            import tensorflow as tf

            def slope(x):
                return tf.gradients(x * x, x)[0]

            @tf.function
            def traced(x):
                return slope(x)

            gradient = traced(tf.constant(3.0))
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report calls that certainly run eagerly."""
        assert isinstance(event, GraphGradients)
        if not event.eager or _builds_graphs(program.trees[event.site.path]):
            return
        yield Claim(
            event.site,
            f"`{wording.shown(event.site)}` differentiates graphs, and this code runs eagerly: RuntimeError",
            help="record the computation with tf.GradientTape and ask the tape, or put both into a tf.function",
        )


def _builds_graphs(tree: cst.Module) -> bool:
    return any(isinstance(node, cst.Name) and node.value in _GRAPH_WORDS for node in walk(tree))
