"""What `TFG116` says of a loop depends on whether the loop is in a graph."""

from textwrap import dedent

import pytest
from tfgrad_lint import lint_source

GROWS = """
    import tensorflow as tf

    def step(i, x):
        return i + 1, tf.concat([x, x], axis=0)

    {before}tf.while_loop(lambda i, x: i < 3, step, [0, tf.ones([1, 3])]{after}
"""

# What makes the program one for TensorFlow 1, which builds a graph.
GRAPH = "tf.compat.v1.placeholder(tf.float32)\n    "


def codes(source: str) -> list[str]:
    return [finding.code for finding in lint_source(dedent(source))]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", ")", []),
        (GRAPH, ")", ["TFG116"]),
        ("", ", [tf.TensorShape([]), tf.TensorShape([1, 3])])", []),
        (GRAPH, ", [tf.TensorShape([]), tf.TensorShape([None])])", []),
        (GRAPH, ", [tf.TensorShape([]), tf.TensorShape([None, 3])])", []),
        (GRAPH, ", [tf.TensorShape([]), tf.TensorShape([1, 3])])", ["TFG116"]),
    ],
    ids=[
        "eager",
        "graph",
        "invariant that is ignored",
        "invariant that the first value contradicts",
        "invariant that allows it",
        "invariant that it outgrows",
    ],
)
def test_loop_that_grows_its_variable(before: str, after: str, expected: list[str]):
    assert codes(GROWS.format(before=before, after=after)) == expected


def test_structure_of_signature():
    source = """
        import tensorflow as tf

        @tf.function(input_signature=[{"a": tf.TensorSpec([2]), "b": [tf.TensorSpec([3])]}])
        def first(parts):
            return parts["a"]

        first({"a": tf.ones([2]), "b": [tf.ones([3])]})
        first({"a": tf.ones([2]), "b": [tf.ones([4])]})
    """
    assert codes(source) == ["TFG116"]


def test_a_signature_describes_the_rest_of_the_arguments_too():
    source = """
        import tensorflow as tf

        @tf.function(input_signature=[tf.TensorSpec([None, 3]), tf.TensorSpec([2])])
        def f(x, *rest):
            return x

        f(tf.ones([4, 3]), tf.ones([2]))
        f(tf.ones([4, 3]), tf.ones([3]))
    """
    assert [finding.message for finding in lint_source(dedent(source))] == [
        "`f` gets `rest[0]` of shape [3], but its input_signature declares [2]"
    ]
