"""Eager code of every common kind replays to the tape's own gradient, and wrong gradients stand out."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad.checking import check_recording
from pytest_tfgrad.options import DEFAULTS
from pytest_tfgrad.recording import record
from pytest_tfgrad.replay import CannotReplay, build_replay
from tests.plugin.replay.differences import assert_replay_agrees, needs_dilated_gradients, only_call, slopes

X = np.random.default_rng(0).normal(size=(4, 8, 8, 1)).astype("float32")
LABELS = np.array([0, 1, 2, 1])


def gradient_of(function, x, **kwargs):
    def body():
        tensor = tf.constant(x)
        with tf.GradientTape(**kwargs) as tape:
            tape.watch(tensor)
            y = function(tensor)
        return tape.gradient(y, tensor)

    return body


def test_product_of_matrices():
    right = tf.constant([[1.0, 0.5], [0.3, 4.0]])
    assert_replay_agrees(gradient_of(lambda m: tf.matmul(m, right), [[1.0, 2.0], [3.0, 4.0]]))


def test_square_through_a_helper():
    def square_of(m):
        return tf.square(m)

    assert_replay_agrees(gradient_of(square_of, [[1.0, 2.0], [3.0, 4.0]]))


def test_column_sums_times_their_source():
    def column_sums(x):
        return tf.matmul(x, tf.expand_dims(tf.reduce_sum(x, axis=0), axis=1))

    assert_replay_agrees(gradient_of(column_sums, [[1.0, 2.0], [3.0, 5.0]]))


def test_convolutional_network_with_batch_norm_and_dropout():
    model = keras.Sequential(
        [
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPooling2D(),
            keras.layers.Dropout(0.3),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )

    def body():
        with tf.GradientTape() as tape:
            losses = keras.losses.sparse_categorical_crossentropy(LABELS, model(X, training=True), True)
            loss = tf.reduce_mean(losses)
        tape.gradient(loss, model.trainable_variables)

    call = assert_replay_agrees(body, rtol=1e-3)
    assert {step.op_type for step in build_replay(call).steps()} >= {"Conv2D", "Relu", "MaxPool"}


def test_recurrent_network_with_nested_sources():
    layer = keras.layers.LSTM(5, return_sequences=True)

    def body():
        x = tf.constant(X[:2, :, :3, 0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x) ** 2)
        tape.gradient(loss, {"x": x, "weights": layer.trainable_variables})

    assert_replay_agrees(body)


def test_attention_with_dropout():
    layer = keras.layers.MultiHeadAttention(2, 4, dropout=0.2)

    def body():
        x = tf.constant(X[:2, :5, :, 0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, x, training=True)
        tape.gradient(y, [x, *layer.trainable_variables])

    assert_replay_agrees(body)


def test_embedding_with_repeated_indices():
    table = tf.Variable(np.arange(12.0, dtype="float32").reshape(4, 3) + 1)

    def body():
        with tf.GradientTape() as tape:
            rows = tf.nn.embedding_lookup(table, [[0, 1], [3, 3]])
            loss = tf.reduce_sum(rows**2) + tf.reduce_sum(table.gather_nd([[0], [2]]))
        tape.gradient(loss, table)

    assert_replay_agrees(body)


def test_batch_dims_of_a_gather_from_a_variable():
    table = tf.Variable(np.arange(24.0, dtype="float32").reshape(2, 4, 3) + 1)

    def body():
        with tf.GradientTape() as tape:
            rows = tf.gather(table, [[0, 1], [3, 3]], batch_dims=1, axis=1)
            loss = tf.reduce_sum(rows**2)
        tape.gradient(loss, table)

    assert_replay_agrees(body)


def test_training_step_of_keras_fit():
    model = keras.Sequential([keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    model.compile("adam", "mse")

    call = only_call(lambda: model.fit(X[:4, :3, 0, 0], X[:4, 1, 1], epochs=1, batch_size=4, verbose=0))
    tape, numeric = slopes(call)
    assert tape == pytest.approx(numeric, rel=1e-4)
    assert len(call.sources) == 4


@pytest.mark.parametrize(
    "function",
    [
        lambda a: tf.while_loop(lambda i, z: i < 3, lambda i, z: (i + 1, z * a), (0, a))[1],
        lambda a: tf.cond(a[0] > 0, lambda: a * a, lambda: a),
        lambda a: tf.map_fn(lambda row: row * row, a),
        lambda a: tf.scan(lambda carry, row: carry * row, a),
        lambda a: tf.vectorized_map(lambda row: row * tf.sin(row), a),
        lambda a: tf.TensorArray(tf.float32, 2).write(0, a[0] * a[1]).write(1, a[1]).stack(),
        lambda a: tf.py_function(lambda row: row * row, [a], tf.float32),
        lambda a: tf.RaggedTensor.from_row_lengths(a * a, [1, 1]).flat_values,
        lambda a: tf.sparse.sparse_dense_matmul(tf.SparseTensor([[0, 1]], [2.0], [2, 2]), a[:, None] ** 2),
        lambda a: tf.where(a > 1.5, a * a, tf.exp(a)),
        lambda a: tf.gather(a, tf.argsort(-a)) * [1.0, 3.0],
        lambda a: tf.linalg.cholesky(tf.linalg.diag(a) + 0.3 * a[0])[1],
        lambda a: tf.linalg.eigvalsh(tf.linalg.diag(a) + 0.3),
        lambda a: tf.linalg.solve(tf.linalg.diag(a) + 0.3, a[:, None]),
        lambda a: a + tf.stop_gradient(tf.round(a) - a),
        lambda a: a * tf.random.normal([2]) + tf.nn.dropout(a * a, 0.1) + a,
        lambda a: tf.cast(tf.cast(a, tf.float16) * 2, tf.float32) * a,
        lambda a: tf.math.real(tf.signal.fft(tf.cast(a, tf.complex64)) ** 2),
    ],
    ids=(
        "while cond map_fn scan vectorized_map TensorArray py_function ragged sparse where gather cholesky eigh solve "
        "straight_through random half complex"
    ).split(),
)
def test_function(function):
    assert_replay_agrees(gradient_of(lambda a: tf.reduce_sum(function(a)) * tf.reduce_sum(a), [1.0, 2.0]), rtol=2e-3)


def test_variables_reassigned_between_forward_and_gradient_keep_the_values_read():
    variable = tf.Variable([3.0, 1.0])

    def body():
        with tf.GradientTape() as tape:
            y = variable**2
            variable.assign(variable * 10.0)
            y += variable
        variable.assign([-1.0, -1.0])
        tape.gradient(y, variable)

    assert_replay_agrees(body)
    np.testing.assert_array_equal(variable.numpy(), [-1.0, -1.0])


def test_source_computed_from_another_source():
    def body():
        x = tf.constant([1.0, 2.0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x**2
            z = y * y * x
        tape.gradient(z, [x, y, x])

    assert_replay_agrees(body)


def test_several_weighted_targets():
    def body():
        x = tf.constant([1.0, 2.0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y, z = x**2, tf.reduce_prod(x)
        tape.gradient([y, z], x, output_gradients=[tf.constant([0.5, -3.0]), 2.0])

    assert_replay_agrees(body)


def test_jacobian():
    def body():
        x = tf.constant([[1.0, 2.0], [0.5, 3.0]])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.matmul(x, x)[:1]
        tape.jacobian(y, x)

    assert_replay_agrees(body)


def test_batch_jacobian():
    def body():
        x = tf.constant([[1.0, 2.0], [0.5, 3.0], [1.5, -1.0]])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.stack([x[:, 0] * x[:, 1], tf.sin(x[:, 0]), x[:, 1] ** 2], axis=1)
        tape.batch_jacobian(y, x)

    assert_replay_agrees(body)


def test_gradient_of_a_gradient_and_of_a_jacobian():
    def body(inner_method):
        def run():
            x = tf.constant([1.0, 2.0])
            with tf.GradientTape() as outer:
                outer.watch(x)
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    y = tf.sin(x) * x[0] if inner_method == "jacobian" else tf.reduce_sum(tf.sin(x) * x[0])
                first = getattr(inner, inner_method)(y, x)
            outer.gradient(first, x)

        return run

    for method in ("gradient", "jacobian"):
        with record() as recording:
            body(method)()
        assert [call.kind for call in recording.calls] == [method, "gradient"]
        for call in recording.calls:
            tape, numeric = slopes(call)
            assert tape == pytest.approx(numeric, rel=1e-5)


def test_complex_gradient_follows_tensorflows_conjugate_convention():
    body = gradient_of(lambda z: tf.reduce_sum(tf.abs(z * z * tf.math.conj(z) + z)), np.array([1 + 2j, 2 - 1j], "c8"))
    call = assert_replay_agrees(body)
    assert build_replay(call).sources[0].dtype == np.complex128


def test_fused_batch_norm_is_computed_in_float64():
    def body():
        x = tf.constant(X)
        scale, offset = tf.Variable([1.5]), tf.Variable([0.2])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.compat.v1.nn.fused_batch_norm(x, scale, offset)[0]
            loss = tf.reduce_sum(y**3)
        tape.gradient(loss, [x, scale, offset])

    call = assert_replay_agrees(body, rtol=1e-3)
    assert build_replay(call).precision == np.finfo(np.float64).eps


def test_op_without_float64_kernel_runs_in_its_own_type_and_says_so():
    call = only_call(gradient_of(tf.nn.local_response_normalization, X))
    replay = build_replay(call)
    assert replay.precision == pytest.approx(np.finfo(np.float32).eps)
    assert replay.notes == ("LRN does not compute in float64",)


@needs_dilated_gradients
def test_op_whose_float64_kernel_refuses_its_arguments_runs_in_its_own_type():
    kernel = tf.constant(np.random.default_rng(1).normal(size=(3, 3, 1, 2)), tf.float32)

    def body():
        x = tf.constant(X)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                loss = tf.reduce_sum(tf.nn.conv2d(x**2, kernel, 1, "SAME", dilations=2) ** 2)
            first = inner.gradient(loss, x)
        outer.gradient(first, x)

    with record() as recording:
        body()
    tape, numeric = slopes(recording.calls[1])
    assert tape == pytest.approx(numeric, rel=1e-2)


def test_wrong_gradient_of_a_custom_gradient_stands_out():
    @tf.custom_gradient
    def square(a):
        return a * a, lambda upstream: upstream * 3.0 * a

    call = only_call(gradient_of(lambda a: tf.reduce_sum(square(a)), [1.0, 2.0]))
    tape, numeric = slopes(call)
    assert tape == pytest.approx(1.5 * numeric, rel=1e-6)
    names = {step.op_type: step.custom_gradient for step in build_replay(call).steps()}
    assert names == {"Mul": "square", "Identity": "square", "Sum": None}


def test_path_that_a_py_function_captures_and_the_tape_loses_stands_out():
    def scaled_outside(a):
        return tf.py_function(lambda row: row * row * a[0], [a], tf.float32)

    tape, numeric = slopes(only_call(gradient_of(scaled_outside, [2.0, 3.0])))
    assert tape != pytest.approx(numeric, rel=0.1)


def test_path_that_a_custom_gradient_captures_and_loses_stands_out():
    def lossy(a):
        @tf.custom_gradient
        def scaled(b):
            return a * b, lambda upstream: upstream * a

        return scaled(a)

    tape, numeric = slopes(only_call(gradient_of(lossy, [2.0, 3.0])))
    assert numeric == pytest.approx(2 * tape, rel=1e-6)


@pytest.mark.parametrize("recomputed", [tf.recompute_grad, lambda function: function], ids=["recompute_grad", "plain"])
def test_recomputed_forward_pass_counts_although_it_is_not_on_the_tape(recomputed):
    weights = tf.Variable([1.5, 0.5])
    assert_replay_agrees(gradient_of(recomputed(lambda a: tf.sin(a) * weights * a), [1.0, 2.0]))


def test_arguments_that_reach_the_result_through_an_assignment_count():
    variable = tf.Variable([0.0, 0.0])

    @tf.custom_gradient
    def cubed(a):
        variable.assign(a)
        return variable**3, lambda upstream, variables: (upstream * 3 * a**2, [None])

    call = assert_replay_agrees(gradient_of(cubed, [1.0, 2.0]))
    assert "ReadVariableOp" not in {step.op_type for step in build_replay(call).steps()}


def test_numpy_inside_a_custom_gradient_cannot_be_replayed():
    @tf.custom_gradient
    def sine(a):
        return tf.constant(np.sin(a.numpy())), lambda upstream: upstream * tf.cos(a)

    call = only_call(gradient_of(lambda a: sine(a) * a, [1.0, 2.0]))
    with pytest.raises(CannotReplay, match=r"forward pass of sine does not compute its result .* \(NumPy\?\)"):
        build_replay(call)


def test_straight_through_gradient_of_tensorflows_own_cannot_be_judged():
    call = only_call(gradient_of(lambda a: tf.quantization.fake_quant_with_min_max_args(a, -2, 4), [1.1, 2.2]))
    with pytest.raises(CannotReplay, match="FakeQuantWithMinMaxArgs is by design not its derivative"):
        build_replay(call)


def test_failure_at_changed_inputs_names_the_op_and_the_line():
    call = only_call(gradient_of(tf.linalg.inv, [[2.0, 0.5], [0.5, 1.0]]))
    replay = build_replay(call)
    with pytest.raises(CannotReplay, match=r"MatrixInverse at .*test_eager_code.py:\d+ fails when it is replayed"):
        replay.evaluate([np.ones((2, 2))])


def test_integers_computed_from_a_source_stay_as_recorded():
    replay = build_replay(only_call(gradient_of(lambda a: a * tf.cast(tf.cast(a, tf.int32), tf.float32), [1.0, 2.0])))
    (target,) = replay.evaluate([np.array([10.0, 20.0])])
    np.testing.assert_array_equal(target, [10.0, 40.0])


def test_wrong_jacobian_of_a_scalar_names_its_entry():
    @tf.custom_gradient
    def twice(a):
        return tf.stack([a, 2.0 * a]), lambda upstream: upstream[0] + 2.5 * upstream[1]

    def body():
        x = tf.constant(3.0)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = twice(x)
        tape.jacobian(y, x)

    with record() as recording:
        body()
    (result,) = check_recording(recording, DEFAULTS["marker"], "test").gradients
    assert result.verdict.value == "wrong"
    assert result.entries[0].index == (1,)
