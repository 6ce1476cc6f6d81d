"""Rules about shapes that a program states and a tensor does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.domain.events import Event, HintContradicted
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.interpreter.program import Program


class StatedShape(Rule):
    """Tensor of another shape than the program states.

    ## What it does

    Reports an `assert` about a shape that certainly fails, `tf.debugging.assert_rank` and `tf.debugging.assert_shapes`
    that certainly raise, and the call of a function whose jaxtyping annotations (`Float[tf.Tensor, "b n"]`) refuse the
    shape of an argument, alone or together with those of the others.

    ## Why it is bad

    The assertion raises whenever it is reached; an annotation that is wrong misleads whoever reads or checks it. Either
    the statement or the code is out of date.

    ## Known limits

    Comments and docstrings that state shapes are never held against the code: they give shapes to values of which
    nothing else is known, and can be switched off by the setting `shape-comments`.

    ## References

    - <https://docs.kidger.site/jaxtyping/api/array/>
    - <https://www.tensorflow.org/api_docs/python/tf/debugging/assert_shapes>
    """

    code = "TFG117"
    name = "stated-shape"
    raises = True
    listens_to = (HintContradicted,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = tf.reduce_sum(x, axis=0)
            assert y.shape == (4,)  # <- TFG117
        """),
        Invalid("""
            import tensorflow as tf
            from jaxtyping import Float

            def scores(queries: Float[tf.Tensor, "batch dim"], keys: Float[tf.Tensor, "n dim"]):
                return tf.reduce_sum(queries) + tf.reduce_sum(keys)

            scores(tf.ones([2, 8]), tf.ones([5, 9]))  # <- TFG117
        """),
        Invalid("""
            import tensorflow as tf

            x = tf.ones([2, 3])
            tf.debugging.assert_rank(x, 3)  # <- TFG117
        """),
        Invalid("""
            import tensorflow as tf

            x, y = tf.ones([2, 3]), tf.ones([2, 4])
            tf.debugging.assert_shapes([(x, ("N", "D")), (y, ("N", "D"))])  # <- TFG117
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.ones([4, 3])
            y = tf.reduce_sum(x, axis=1)
            assert y.shape == (4,)
        """),
        Valid("""
            import tensorflow as tf
            from jaxtyping import Float

            def scores(queries: Float[tf.Tensor, "*batch dim"], keys: Float[tf.Tensor, "n dim"]):
                return tf.einsum("...d,nd->...n", queries, keys)

            scores(tf.ones([2, 7, 8]), tf.ones([5, 8]))
        """),
        Valid("""
            import tensorflow as tf

            def test_refuses(x=tf.ones([2, 3])):
                try:
                    assert x.shape == (3, 2)
                except AssertionError:
                    pass
        """),
        Valid("""
            import tensorflow as tf

            x = tf.ones([2, 3])  # (B, T, D)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Say the shape that is stated and the one that is there."""
        assert isinstance(event, HintContradicted)
        if event.how == "assert":
            message = f"`assert {event.stated}` fails: the shape is {event.value.shape}"
        elif event.how.startswith("assert"):
            message = f"`{wording.shown(event.site)}` fails: the shape is {event.value.shape}, not {event.stated}"
        else:
            given = f"`{wording.shown(event.site)}` gives shape {event.value.shape}"
            message = f"{given}, but {event.how} states {event.stated}"
        yield Claim(event.site, message, trace=wording.trace(event.site, event.value))
