"""What is kept of a gradient call: names, forms, places."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad.checking.free_checks import free_checks
from pytest_tfgrad.recording import record


def square(x):
    return x * x


def test_targets_and_sources_are_named_after_variables_and_arguments():
    weights = tf.Variable([1.0], name="weights")
    unnamed = tf.Variable([2.0])
    layer = keras.layers.Dense(1, name="head")
    layer.build((1, 1))
    x = tf.constant([[3.0]])
    with record() as recording, tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(layer(x) * weights * unnamed)
        tape.gradient(loss, [x, unnamed, weights, *layer.trainable_variables])
    (call,) = recording.calls
    assert [target.name for target in call.targets] == ["loss"]
    names = [source.name for source in call.sources]
    assert names[2:] == ["weights", "head/kernel", "head/bias"]
    assert [source.kind for source in call.sources] == ["tensor", "variable", "variable", "variable", "variable"]


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        (lambda tape, y, a, b: tape.gradient(y, [a, b]), ["a", "b"]),
        (lambda tape, y, a, b: tape.gradient(y, {"second": b, "first": a}), ["a", "b"]),
        (lambda tape, y, a, b: tape.gradient(sources=(a, b), target=y), ["a", "b"]),
        (lambda tape, y, a, b: tape.gradient(y, [a] + list({b.ref(): b}.values())), ["a", "source[1]"]),  # noqa: RUF005
    ],
    ids=["list", "dict", "keywords", "sum"],
)
def test_members_of_nested_sources_are_named_by_their_text(sources, names):
    a, b = tf.constant(1.0), tf.constant(2.0)
    with record() as recording, tf.GradientTape() as tape:
        tape.watch([a, b])
        y = a * b
        sources(tape, y, a, b)
    assert [source.name for source in recording.calls[0].sources] == names


def test_place_is_the_line_of_the_call_also_through_a_library():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with record() as recording:
        line = inspect.currentframe().f_lineno + 1
        model.fit(np.ones((2, 1)), np.ones((2, 1)), epochs=1, verbose=0)
    (call,) = recording.calls
    assert (call.location.path, call.location.line) == (__file__, line)
    assert call.location.text.startswith("model.fit(")
    assert call.location.function == "test_place_is_the_line_of_the_call_also_through_a_library"


def test_repeated_indices_of_a_sparse_gradient_are_summed():
    table = tf.Variable(np.ones((4, 2), "float32"), name="table")
    with record() as recording, tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.nn.embedding_lookup(table, [1, 3, 3]))
        tape.gradient(loss, table)
    (call,) = recording.calls
    np.testing.assert_array_equal(call.results[0], [[0, 0], [1, 1], [0, 0], [2, 2]])
    (info,) = call.result_info
    assert (info.form, info.shape, info.dtype, info.indices_in_range) == ("indexed_slices", (4, 2), "float32", True)


def test_indices_out_of_range_are_noticed():
    table = tf.Variable(np.ones((2, 1), "float32"))

    @tf.custom_gradient
    def lookup(indices):
        def gradient(upstream, variables):
            return None, [tf.IndexedSlices(upstream, indices + 1, tf.shape(table))]

        return tf.gather(table.read_value(), indices), gradient

    with record() as recording, tf.GradientTape() as tape:
        loss = lookup(tf.constant([0, 1]))
        tape.gradient(loss, table)
    assert recording.calls[0].result_info[0].indices_in_range is False


def test_shape_of_a_gradient_is_kept_as_returned():
    @tf.custom_gradient
    def bad_sum(x):
        return tf.reduce_sum(x), lambda upstream: upstream

    x = tf.constant([1.0, 2.0])
    with record() as recording, tf.GradientTape() as tape:
        tape.watch(x)
        tape.gradient(bad_sum(x), x)
    assert recording.calls[0].results[0].shape == ()
    assert recording.calls[0].sources[0].shape == (2,)


def test_methods_and_their_arguments_are_kept():
    x = tf.constant([[1.0, 2.0]])
    with record() as recording:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = square(x)
            unrelated = tf.constant(1.0)
        tape.gradient(y, [x, unrelated], output_gradients=3 * x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        tape.jacobian(y, x, unconnected_gradients="none")
        tape.batch_jacobian(y, x)
        tape.gradient(y, unrelated)
    first, jacobian, batch, missing = recording.calls
    assert [call.kind for call in recording.calls] == ["gradient", "jacobian", "batch_jacobian", "gradient"]
    np.testing.assert_array_equal(first.output_gradients[0], [[3.0, 6.0]])
    assert (first.unconnected_gradients, jacobian.unconnected_gradients) == ("zero", "none")
    np.testing.assert_array_equal(first.results[1], 0.0)
    assert jacobian.results[0].shape == (1, 2, 1, 2)
    assert batch.results[0].shape == (1, 2, 2)
    assert (missing.results, missing.result_info) == ((None,), (None,))


def test_ragged_and_sparse_sources_stand_for_their_values():
    ragged = tf.ragged.constant([[1.0, 2.0], [3.0]])
    with record() as recording, tf.GradientTape() as tape:
        tape.watch(ragged)
        y = square(ragged)
        tape.gradient(y, ragged)
    (call,) = recording.calls
    assert call.sources[0].shape == (3,)
    np.testing.assert_array_equal(call.results[0], [2.0, 4.0, 6.0])


def test_gradients_inside_a_gradient_are_no_calls_of_their_own():
    x = tf.constant([1.0, 2.0])
    with record() as recording, tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.recompute_grad(square)(x) + tf.py_function(square, [x], tf.float32)
        tape.gradient(y, x)
    assert len(recording.calls) == 1


def test_gradients_inside_forward_mode_are_no_calls_of_their_own():
    x = tf.constant([1.0, 2.0])
    with record() as recording:
        with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0])) as accumulator, tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(x**3)
            gradient = tape.gradient(y, x)
        np.testing.assert_array_equal(accumulator.jvp(gradient), [6.0, 0.0])
    (call,) = (call for call in recording.calls if call.kind == "gradient")
    np.testing.assert_array_equal(call.results[0], [3.0, 12.0])


def test_nothing_is_recorded_outside_the_block():
    x = tf.constant(1.0)
    with record() as recording:
        pass
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = square(x)
    tape.gradient(y, x)
    assert recording.calls == []


@pytest.mark.parametrize("functions", ["eager", "graph"])
def test_a_variable_whose_shape_leaves_sizes_open_has_the_shape_of_its_value(functions):
    variable = tf.Variable([[1.0, 2.0, 3.0]], shape=(1, None))

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            y = variable**2
        return tape.gradient(y, variable)

    with record(functions) as recording:
        with tf.GradientTape() as tape:
            y = variable**2
        tape.gradient(y, variable)
        step()
    assert [call.sources[0].shape for call in recording.calls] == [(1, 3), (1, 3)]
    assert [result.verdict.value for call in recording.calls for result in free_checks(call)] == ["right", "right"]
