"""What models tell of broadcasting and reduction."""

from __future__ import annotations

from tfgrad_lint.domain.events import Broadcasted, Reduced
from tfgrad_lint.domain.values import NONE
from tfgrad_lint.shapes.dims import symbol

from tests.linter.api.calls import call, constant, tensor, tensor_of_any_rank

B = symbol("B")


def test_a_broadcast_between_shapes_is_told_with_operands_and_result() -> None:
    left, right = tensor(B), tensor(B, 1)
    made = call("operator.sub", left, right)
    (event,) = made.events
    assert isinstance(event, Broadcasted)
    assert (event.left, event.right, str(event.result)) == (left, right, "[B, B]")
    assert event.node is made.tensor.node


def test_equal_shapes_are_nothing_to_tell() -> None:
    assert call("operator.add", tensor(B, 3), tensor(B, 3)).events == []


def test_a_reduction_is_told_with_its_axes() -> None:
    operand = tensor(B, 3)
    (event,) = call("tf.reduce_mean", operand, constant(-1)).events
    assert isinstance(event, Reduced)
    assert (event.operand, event.axes, event.keepdims) == (operand, (1,), False)
    (event,) = call("np.sum", tensor(B, 3, kind="array"), axis=NONE).events
    assert isinstance(event, Reduced)
    assert event.axes == (0, 1)


def test_a_reduction_over_unknown_axes_is_told_as_such() -> None:
    (event,) = call("tf.reduce_sum", tensor_of_any_rank(), constant(0)).events
    assert isinstance(event, Reduced)
    assert event.axes is None
