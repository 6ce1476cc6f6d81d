"""Sizes are known on their way from ``tf.shape`` to ``tf.reshape``."""

from __future__ import annotations

import pytest
from tfgrad_lint.domain.values import Integer, Tensor, TensorShape, Value, of_dim
from tfgrad_lint.shapes.dims import UNKNOWN, symbol

from tests.linter.api.calls import attribute, call, constant, listed, tensor, tensor_of_any_rank, window

B, T, D = symbol("B"), symbol("T"), symbol("D")


def _sizes(*dims: object) -> Value:
    return call("tf.shape", tensor(*dims)).value  # type: ignore[arg-type]


def test_a_reshape_to_the_shape_of_another_tensor_has_that_shape() -> None:
    assert call("tf.reshape", tensor(B * T), _sizes(B, T)).shape == "[B, T]"
    assert call("tf.ones", _sizes(B, T)).shape == "[B, T]"


def test_an_element_of_a_shape_is_the_size() -> None:
    first = call("operator.getitem", _sizes(B, T), constant(0)).value
    last = call("operator.getitem", _sizes(B, T), constant(-1)).value
    assert call("tf.reshape", tensor(B, T, D), listed(first, last, -1)).shape == "[B, T, D]"


def test_arithmetic_on_sizes_is_exact() -> None:
    first = call("operator.getitem", _sizes(B, T), constant(0)).value
    double = call("operator.mul", first, constant(2)).value
    half = call("operator.floordiv", double, constant(2)).value
    assert isinstance(double, Tensor)
    assert double.content == 2 * B
    assert isinstance(half, Tensor)
    assert half.content == B
    assert call("tf.zeros", listed(double, 3)).shape == "[2*B, 3]"


def test_a_shape_is_put_together_from_parts() -> None:
    outer = call("operator.getitem", _sizes(B, T, 4), window(None, -1)).value
    whole = call("tf.concat", listed(outer, listed(2, 2)), constant(0)).value
    assert call("tf.reshape", tensor(B, T, 4), whole).shape == "[B, T, 2, 2]"
    stacked = call("tf.stack", listed(of_dim(B), -1)).value
    assert call("tf.reshape", tensor(B, 2, 3), stacked).shape == "[B, 6]"


def test_the_number_of_elements_is_a_product() -> None:
    count = call("tf.size", tensor(B, T)).value
    product = call("tf.reduce_prod", _sizes(B, T)).value
    assert isinstance(count, Tensor)
    assert isinstance(product, Tensor)
    assert count.content == product.content == B * T
    shape = attribute("Array.shape", tensor(B, 3, kind="array"))
    assert call("np.prod", shape).tensor.content == 3 * B


def test_an_unknown_size_is_known_by_identity() -> None:
    x = tensor(UNKNOWN, 3)
    size = call("operator.getitem", call("tf.shape", x).value, constant(0)).value
    again = call("operator.getitem", attribute("Tensor.shape", x), constant(0)).value
    assert isinstance(size, Tensor)
    assert isinstance(again, Integer)
    assert size.content == again.dim
    assert call("tf.reshape", x, listed(again, -1)).shape == "[argument.shape[0], 3]"


def test_a_size_of_a_tensor_of_any_rank_is_known_by_identity() -> None:
    x = tensor_of_any_rank()
    sizes = call("tf.shape", x).value
    first, second = (call("operator.getitem", sizes, constant(0)).tensor.content for _ in range(2))
    assert first is not None
    assert first == second


def test_an_element_that_may_be_minus_one_infers_nothing() -> None:
    anything = tensor(dtype="int32")
    assert call("tf.reshape", tensor(6, 4), listed(anything, -1)).shape == "[?, ?]"
    assert call("tf.reshape", tensor(6, 4), listed(anything, 5)).shape == "[?, 5]"


def test_a_cast_of_a_size_to_an_integer_keeps_it_and_to_a_float_does_not() -> None:
    size = call("tf.size", tensor(B)).value
    assert call("tf.cast", size, constant("int64")).tensor.content == B
    assert call("tf.cast", size, constant("float32")).tensor.content is None


def test_shapes_are_sequences_of_sizes() -> None:
    shape = attribute("Tensor.shape", tensor(B, T, 3))
    part = call("operator.getitem", shape, window(1, None)).value
    assert isinstance(part, TensorShape)
    assert str(part.shape) == "[T, 3]"
    longer = call("operator.add", part, listed(5)).value
    assert isinstance(longer, TensorShape)
    assert str(longer.shape) == "[T, 3, 5]"
    assert attribute("TensorShape.rank", longer) == constant(3)
    assert call("TensorShape.num_elements", longer).value == of_dim(15 * T)


@pytest.mark.parametrize("name", ["Tensor.ndim", "TensorShape.rank"])
def test_the_rank_of_a_tensor_of_any_rank_is_some_integer(name: str) -> None:
    x = tensor_of_any_rank()
    receiver = x if name.startswith("Tensor.") else attribute("Tensor.shape", x)
    assert attribute(name, receiver).type == "int"  # type: ignore[attr-defined]
