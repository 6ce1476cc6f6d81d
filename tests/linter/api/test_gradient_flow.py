"""Where gradients pass and what cuts them off."""

from __future__ import annotations

import pytest
from tfgrad_lint.domain.values import OUTSIDE, Tensor
from tfgrad_lint.shapes.dims import symbol

from tests.linter.api.calls import call, constant, listed, sources, tensor, tensor_of_any_rank

B = symbol("B")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("tf.stop_gradient", "tf.stop_gradient"),
        ("tf.round", "tf.round has no gradient"),
        ("tf.argmax", "tf.argmax has no gradient"),
        ("tf.zeros_like", "tf.zeros_like reads the shape only"),
        ("tf.shape", "sizes carry no gradient"),
        ("Tensor.numpy", OUTSIDE),
        ("np.exp", OUTSIDE),
    ],
)
def test_a_step_without_gradient_says_why(name: str, reason: str) -> None:
    x = tensor(B, 3)
    result = call(name, x).tensor
    assert result.node.cut == reason
    assert x.node in result.node.inputs or x.node in result.node.inputs[0].inputs
    assert x.node not in sources(result)


def test_comparisons_and_casts_to_integers_cut() -> None:
    x = tensor(B)
    assert call("operator.lt", x, constant(0.0)).tensor.node.cut is not None
    assert call("tf.cast", x, constant("int32")).tensor.node.cut == "cast to int32"
    assert call("tf.cast", x, constant("float64")).tensor.node.cut is None


def test_a_choice_passes_gradients_to_the_sides_and_not_to_the_condition() -> None:
    x, y, condition = tensor(B), tensor(B), tensor_of_any_rank("bool")
    reached = sources(call("tf.where", condition, x, y).value)
    assert {x.node, y.node} <= reached
    assert condition.node not in reached


def test_gather_passes_gradients_to_what_is_read_and_not_to_the_indices() -> None:
    params, indices = tensor(5, 3), Tensor(tensor(B).shape, None, tensor(B).node)
    reached = sources(call("tf.gather", params, indices).value)
    assert params.node in reached
    assert indices.node not in reached


def test_a_variable_starts_anew() -> None:
    x = tensor(3)
    assert x.node not in sources(call("tf.Variable", x).value)
    assert not call("tf.Variable", x, trainable=constant(False)).tensor.trainable


def test_an_assignment_gives_the_variable_itself() -> None:
    variable = call("tf.Variable", tensor(3)).value
    assert call("Variable.assign", variable, tensor(3)).value is variable


def test_every_operand_of_a_join_is_a_source() -> None:
    parts = [tensor(2, 3), tensor(2, 3)]
    for name in ("tf.concat", "tf.stack", "tf.add_n"):
        arguments = [listed(*parts)] + ([constant(0)] if name == "tf.concat" else [])
        assert {part.node for part in parts} <= sources(call(name, *arguments).value)
