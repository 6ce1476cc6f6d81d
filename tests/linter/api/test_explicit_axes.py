"""A size-1 axis that was made on purpose is told from one that came about."""

from __future__ import annotations

import pytest
from tfgrad_lint.domain.values import NONE, Value
from tfgrad_lint.shapes.dims import symbol

from tests.linter.api.calls import Recorded, call, constant, listed, tensor, window

B = symbol("B")


@pytest.mark.parametrize(
    "made",
    [
        call("tf.expand_dims", tensor(B), constant(-1)),
        call("operator.getitem", tensor(B), listed(window(), NONE, kind="tuple")),
        call("operator.getitem", tensor(B, 3), listed(window(), window(None, 1), kind="tuple")),
        call("tf.reduce_mean", tensor(B, 3), constant(1), keepdims=constant(True)),
        call("tf.reshape", tensor(B), listed(-1, 1)),
        call("tf.ones", listed(B, 1)),
        call("tf.random.normal", listed(4, 1)),
        call("np.reshape", tensor(B, kind="array"), listed(-1, 1, kind="tuple")),
        call("Array.reshape", tensor(B, kind="array"), constant(-1), constant(1)),
        call("np.zeros", listed(3, 1, kind="tuple")),
        call("np.sum", tensor(B, 3, kind="array"), axis=constant(1), keepdims=constant(True)),
    ],
)
def test_an_axis_that_the_user_wrote_is_explicit(made: Recorded) -> None:
    assert made.tensor.explicit


@pytest.mark.parametrize(
    "made",
    [
        call("tf.matmul", tensor(B, 3), tensor(3, 1, explicit=True)),
        call("tf.constant", listed(listed(1), listed(2))),
        call("tf.reduce_sum", tensor(B, 1), constant(0)),
        call("operator.add", tensor(B, 1), tensor(1, explicit=True)),
        call("operator.sub", tensor(B, 1, explicit=True), tensor(B)),
        call("tf.squeeze", tensor(B, 1, explicit=True), constant(1)),
        call("tf.reshape", tensor(B, 1, explicit=True), listed(-1)),
    ],
)
def test_an_axis_that_came_about_is_not(made: Recorded) -> None:
    assert not made.tensor.explicit


@pytest.mark.parametrize("name", ["tf.exp", "tf.transpose", "tf.identity", "tf.nn.softmax", "operator.neg"])
def test_elementwise_and_layout_functions_keep_it(name: str) -> None:
    assert call(name, tensor(B, 1, explicit=True)).tensor.explicit
    assert not call(name, tensor(B, 1)).tensor.explicit


def test_an_operand_of_the_full_rank_keeps_it_through_arithmetic() -> None:
    assert call("operator.mul", tensor(B, 1, explicit=True), constant(2.0)).tensor.explicit
    assert call("operator.add", tensor(1), tensor(B, 1, explicit=True)).tensor.explicit


def test_an_operand_that_had_the_axis_already_takes_it_from_the_result() -> None:
    assert not call("operator.add", tensor(B, 1), tensor(B, 1, explicit=True)).tensor.explicit


def test_a_variable_has_it_from_its_initial_value() -> None:
    made: Value = call("tf.ones", listed(1)).value
    assert call("tf.Variable", made).tensor.explicit
