"""What is reported, and what is not, because a program states a shape."""

import pytest
from tfgrad_lint import Settings, lint_source

LOSS = """
import tensorflow as tf

def loss(model, images, read):
    labels = read()  # (batch,)
    predictions = model(images)  # (batch, 1)
    return tf.reduce_mean(tf.square(labels - predictions))
"""

DOCUMENTED = '''
import tensorflow as tf

def product(x, y):
    """Multiply.

    Args:
        x: Tensor of shape [batch, 3].
        y: Tensor of shape [4, units].
    """
    return tf.matmul(x, y)
'''

ANNOTATED = """
import tensorflow as tf
from jaxtyping import Float

def product(x: Float[tf.Tensor, "batch 3"], y: Float[tf.Tensor, "4 units"]):
    return tf.matmul(x, y)
"""


def codes(code: str, **settings: bool) -> list[str]:
    return [finding.code for finding in lint_source(code, settings=Settings(**settings))]


def test_comments_give_shapes_unless_the_setting_says_no():
    assert codes(LOSS) == ["TFG201"]
    assert codes(LOSS, shape_comments=False) == []


def test_errors_that_rest_on_a_docstring_or_comment_are_not_reported():
    assert codes(DOCUMENTED) == []
    assert codes(DOCUMENTED.replace("x, y):", "x,  # (batch, 3)\n    y):")) == []


def test_shapes_read_from_such_a_tensor_are_hearsay_too():
    rank = DOCUMENTED.replace("tf.matmul(x, y)", "x.shape.with_rank(3)")
    assert rank != DOCUMENTED
    assert codes(rank) == []
    assert codes(rank.replace("x.shape.with_rank", "tf.ones([2, 3]).shape.with_rank")) == ["TFG103"]


def test_annotations_are_promises():
    assert codes(ANNOTATED) == codes(ANNOTATED, shape_comments=False) == ["TFG101"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "tf.ones([2, 3]), tf.ones([3, 3])",
            "`product` gives shape [3, 3], but the annotation of `y` states `4 units`",
        ),
        ("tf.ones([2, 3]), tf.ones([4])", "`product` gives shape [4], but the annotation of `y` states `4 units`"),
    ],
)
def test_message_names_the_annotation(arguments: str, message: str):
    found = lint_source(f"{ANNOTATED.replace('tf.matmul(x, y)', 'x, y')}\nproduct({arguments})\n")
    assert [finding.message for finding in found] == [message]


def test_sizes_that_two_annotations_share_are_told():
    code = ANNOTATED.replace('"4 units"', '"batch units"').replace("tf.matmul(x, y)", "x, y")
    (finding,) = lint_source(f"{code}\nproduct(tf.ones([2, 3]), tf.ones([5, 1]))\n")
    assert finding.message.endswith("the annotation of `y` states `batch units`, where batch is 2")


def test_a_stale_comment_is_no_finding():
    assert codes("import tensorflow as tf\nx = tf.ones([2, 3])  # (B, T, D)\n") == []


def test_parameters_are_named_without_the_comma_behind_them():
    (finding,) = lint_source(ANNOTATED)
    assert [entry.message for entry in finding.trace] == [
        '`x: Float[tf.Tensor, "batch 3"]` has shape [batch, 3]',
        '`y: Float[tf.Tensor, "4 units"]` has shape [4, units]',
    ]
