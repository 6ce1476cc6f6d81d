"""Custom gradients of samplers are by design no derivative for fixed random numbers; those of other draws are."""

import pytest
import tensorflow as tf

import pytest_tfgrad
from pytest_tfgrad.results import Verdict


def larger_of_draws(width: tf.Tensor) -> tf.Tensor:
    draws = 3.0 * tf.random.stateless_uniform([20], seed=[1, 2])
    return tf.where(draws < width, width * draws, draws)


@tf.custom_gradient
def sampler(width):
    return larger_of_draws(width), lambda upstream: tf.reduce_sum(0.5 * upstream)


@tf.custom_gradient
def sampler_in_a_graph(width):
    return tf.function(larger_of_draws)(width), lambda upstream: tf.reduce_sum(0.5 * upstream)


@tf.custom_gradient
def noisy(x):
    mask = tf.cast(tf.random.stateless_uniform(tf.shape(x), seed=[1, 2]) < 0.7, x.dtype)
    return x * mask, lambda upstream: 1.1 * upstream * mask


@tf.custom_gradient
def clipped(x):
    return tf.where(x < 0.5, x, 0.5 * tf.ones_like(x)), lambda upstream: 1.1 * upstream


@pytest.mark.parametrize("function", [sampler, sampler_in_a_graph])
def test_a_sampler_is_inconclusive_and_says_why(function):
    (result,) = pytest_tfgrad.check_gradients(function, [tf.constant(1.7)])
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "samplers by rejection" in result.reason


@pytest.mark.parametrize("function", [noisy, clipped], ids=["draws", "compares"])
def test_what_only_draws_or_only_compares_is_checked(function):
    with pytest.raises(pytest_tfgrad.GradientError, match="is wrong"):
        pytest_tfgrad.check_gradients(function, [tf.constant([0.2, -0.4, 0.9, 1.3])])


def test_another_mistake_beside_a_sampler_is_wrong():
    with pytest.raises(pytest_tfgrad.GradientError, match="noisy"):
        pytest_tfgrad.check_gradients(lambda x: noisy(sampler(x)), [tf.constant(1.7)])
