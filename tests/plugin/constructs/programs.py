"""Ways of taking gradients, each around a function whose own gradient is right or planted wrong."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from tests.plugin.constructs.library import LIBRARY
from tests.plugin.constructs.places import PLACES
from tests.plugin.constructs.planting import X, gradient_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugin.constructs.planting import Sine

NUMBERS = itertools.count()


# Sources


def sources_in_a_list(sine: Sine) -> None:
    a, b = tf.Variable(X, name="a"), tf.constant(X[0])
    with tf.GradientTape() as tape:
        tape.watch(b)
        y = sine(a) * b
    tape.gradient(y, [a, b])


def sources_in_nested_containers(sine: Sine) -> None:
    a, b, c = (tf.Variable(X * factor) for factor in (1.0, 2.0, 3.0))
    with tf.GradientTape() as tape:
        y = sine(a * b) + c * b
    result = tape.gradient(y, {"first": [a, (b,)], "second": c})
    assert list(result) == ["first", "second"]


def source_is_an_intermediate(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        middle = x * x
        y = sine(middle) * x
    tape.gradient(y, [middle, x])


def source_is_a_keras_variable(sine: Sine) -> None:
    layer = keras.layers.Dense(2, kernel_initializer=keras.initializers.Constant(0.3))
    with tf.GradientTape() as tape:
        y = sine(layer(X))
    tape.gradient(y, layer.trainable_variables)


def source_is_ragged(sine: Sine) -> None:
    ragged = tf.ragged.constant([[0.1, 0.2], [0.3]])
    with tf.GradientTape() as tape:
        tape.watch(ragged)
        y = ragged.with_flat_values(sine(ragged.flat_values) * 2.0)
    tape.gradient(y, ragged)


def source_is_sparse(sine: Sine) -> None:
    sparse = tf.sparse.from_dense([[0.0, 0.4], [0.7, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(sparse.values)
        y = tf.sparse.sparse_dense_matmul(sparse.with_values(sine(sparse.values)), X)
    tape.gradient(y, sparse.values)


def source_has_no_entries(sine: Sine) -> None:
    empty, x = tf.zeros([0, 3]), tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch([empty, x])
        y = tf.concat([empty, sine(x)], 0)
    tape.gradient(y, [empty, x])


# Requests


def output_gradients(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = sine(x)
    tape.gradient(y, x, output_gradients=x * 3.0)


def several_targets(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        first, second = sine(x), tf.reduce_prod(x)
    tape.gradient({"first": first, "second": [second]}, x)


def unconnected_as_zero(sine: Sine) -> None:
    x, other = tf.constant(X), tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch([x, other])
        y = sine(x)
    tape.gradient(y, [x, other], unconnected_gradients="zero")


def persistent_and_repeated(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = sine(x)
        z = y * y
    tape.gradient(z, x)
    tape.gradient(z, [y, x])
    tape.gradient(y, x)


def jacobian(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.reduce_sum(sine(x), axis=0)
    tape.jacobian(y, x, experimental_use_pfor=False)


def batch_jacobian(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = sine(x) * tf.reduce_sum(x, axis=1, keepdims=True)
    tape.batch_jacobian(y, x, experimental_use_pfor=False)


# Tapes


def second_order(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape() as outer:
        outer.watch(x)
        first = gradient_of(lambda x: sine(x) * x, x)
    outer.gradient(first, x)


def third_order(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape() as third:
        third.watch(x)
        with tf.GradientTape() as second:
            second.watch(x)
            first = gradient_of(lambda x: sine(x) * x, x)
        curvature = second.gradient(first, x)
    third.gradient(curvature, x)


def gradient_penalty(sine: Sine) -> None:
    w = tf.Variable(X.T @ X)
    with tf.GradientTape() as outer:
        slope = gradient_of(lambda x: tf.reduce_sum(sine(x @ w)))
        penalty = tf.reduce_mean(tf.square(tf.norm(slope, axis=1) - 1.0))
    outer.gradient(penalty, w)


def stop_recording(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tape.stop_recording():
            frozen = sine(x)
        y = sine(x) * frozen
    tape.gradient(y, x)


def reset(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        before = x * x
        tape.reset()
        tape.watch(x)
        y = sine(x) * before
    tape.gradient(y, x)


def only_watched_variables(sine: Sine) -> None:
    a, b = tf.Variable(X), tf.Variable(X)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(a)
        y = sine(a) * b
    tape.gradient(y, a)


# Training


class SineLayer(keras.layers.Layer):
    def __init__(self, sine: Sine) -> None:
        super().__init__()
        self.sine = sine

    def call(self, inputs: Any) -> Any:
        return self.sine(inputs)


def model_with(sine: Sine, **options: Any) -> Any:
    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [layers.Input((3,)), layers.Dense(4, **options), SineLayer(sine), layers.Dropout(0.2), layers.Dense(1)]
    )


def keras_fit(sine: Sine) -> None:
    model = model_with(sine)
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], epochs=1, verbose=0)


def keras_fit_run_eagerly(sine: Sine) -> None:
    model = model_with(sine)
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(X, X[:, :1], epochs=2, verbose=0)


def keras_train_step(sine: Sine) -> None:
    class Model(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return sine(self.dense(x))

        def train_step(self, data: Any) -> dict[str, Any]:
            x, y = data
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(self(x, training=True) - y))
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
            return {"loss": loss}

    keras.utils.set_random_seed(0)
    model = Model()
    model.compile(optimizer="sgd")
    model.fit(X, X[:, :2], epochs=1, verbose=0)


def minimize(sine: Sine) -> None:
    w = tf.Variable(X)
    optimizer = tf.compat.v1.train.GradientDescentOptimizer(0.1)
    optimizer.minimize(lambda: tf.reduce_sum(sine(w) ** 2), var_list=[w])


def gradient_accumulation(sine: Sine) -> None:
    w = tf.Variable(X[0])
    total = tf.Variable(tf.zeros([3]), trainable=False)
    for row in X:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(sine(w * row))
        total.assign_add(tape.gradient(loss, w))
    w.assign_sub(0.1 * total)


# Functions and control flow


def function_under_a_tape(sine: Sine) -> None:
    gradient_of(tf.function(lambda x: sine(x) * x))


def tape_inside_a_function(sine: Sine) -> None:
    tf.function(lambda x: gradient_of(lambda x: sine(x) * x, x))(tf.constant(X))


def tape_inside_a_function_of_a_variable(sine: Sine) -> None:
    @tf.function
    def step(w: Any) -> Any:
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(sine(w) * w)
        return tape.gradient(y, w)

    step(tf.Variable(X))


def compiled_function_under_a_tape(sine: Sine) -> None:
    gradient_of(tf.function(lambda x: sine(x) * x, jit_compile=True))


def tape_inside_a_compiled_function(sine: Sine) -> None:
    tf.function(lambda x: gradient_of(lambda x: sine(x) * x, x), jit_compile=True)(tf.constant(X))


def function_in_a_function(sine: Sine) -> None:
    inner = tf.function(sine)
    gradient_of(tf.function(lambda x: inner(x * x) + inner(x)))


def second_order_in_a_function(sine: Sine) -> None:
    @tf.function
    def step(x: Any) -> Any:
        with tf.GradientTape() as outer:
            outer.watch(x)
            first = gradient_of(lambda x: sine(x) * x, x)
        return outer.gradient(first, x)

    step(tf.constant(X))


def while_loop(sine: Sine) -> None:
    gradient_of(lambda x: tf.while_loop(lambda i, z: i < 3, lambda i, z: (i + 1, sine(z) * x), (0, x))[1])


def while_loop_in_a_function(sine: Sine) -> None:
    @tf.function
    def power(x: Any) -> Any:
        y = x
        for _ in tf.range(3):
            y = sine(y) * x
        return y

    gradient_of(power)


def cond(sine: Sine) -> None:
    gradient_of(lambda x: tf.cond(x[0, 0] > 0, lambda: sine(x), lambda: x))


def cond_in_a_function(sine: Sine) -> None:
    # TensorFlow itself fails on a custom gradient of a tensor that the branch captures from outside.
    gradient_of(tf.function(lambda x: tf.cond(x[0, 0] > 0, lambda: sine(x * 2.0), lambda: x)))


def switch_case_in_a_function(sine: Sine) -> None:
    gradient_of(tf.function(lambda x: tf.switch_case(tf.shape(x)[0] - 1, [lambda: x, lambda: sine(x * 2.0)])))


def map_fn(sine: Sine) -> None:
    gradient_of(lambda x: tf.map_fn(lambda row: sine(row) * row, x))


def map_fn_in_a_function(sine: Sine) -> None:
    gradient_of(tf.function(lambda x: tf.map_fn(lambda row: sine(row) * row, x)))


def scan(sine: Sine) -> None:
    gradient_of(lambda x: tf.scan(lambda carry, row: sine(carry) * row, x))


def scan_in_a_function(sine: Sine) -> None:
    gradient_of(tf.function(lambda x: tf.scan(lambda carry, row: sine(carry) * row, x)))


def vectorized_map(sine: Sine) -> None:
    # It differentiates the ops of a custom gradient's forward pass, so the planted function stands behind it.
    gradient_of(lambda x: sine(tf.vectorized_map(lambda row: row * tf.exp(row), x)))


def vectorized_map_in_a_function(sine: Sine) -> None:
    gradient_of(tf.function(lambda x: sine(tf.vectorized_map(lambda row: row * tf.exp(row), x))))


def tensor_array(sine: Sine) -> None:
    def function(x: Any) -> Any:
        array = tf.TensorArray(tf.float32, 2)
        for i in range(2):
            array = array.write(i, sine(x[i]))
        return array.stack() * x

    gradient_of(function)


def tensor_array_in_a_function(sine: Sine) -> None:
    @tf.function
    def function(x: Any) -> Any:
        array = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for i in tf.range(2):
            array = array.write(i, sine(x[i]))
        return array.stack() * x

    gradient_of(function)


def dropout_in_a_loop_of_a_function(sine: Sine) -> None:
    @tf.function
    def noisy(x: Any) -> Any:
        y = x
        for _ in tf.range(3):
            y = tf.nn.dropout(sine(y), 0.3) + x
        return y

    gradient_of(noisy)


def random_numbers_in_nested_loops_of_a_function(sine: Sine) -> None:
    @tf.function
    def noisy(x: Any) -> Any:
        y = x
        for _ in tf.range(2):
            for _ in tf.range(3):
                y = tf.nn.dropout(sine(y), 0.3) + x
            y = y * tf.random.normal([3])
        return y

    gradient_of(noisy)


def recurrent_dropout_in_a_function(sine: Sine) -> None:
    layer = keras.layers.LSTM(3, dropout=0.2, recurrent_dropout=0.3)
    gradient_of(tf.function(lambda x: sine(layer(x, training=True))), np.stack([X, -X]))


def random_numbers_in_map_fn_of_a_function(sine: Sine) -> None:
    gradient_of(tf.function(lambda x: tf.map_fn(lambda row: sine(row) * tf.random.uniform([3]), x)))


def random_numbers(sine: Sine) -> None:
    gradient_of(lambda x: sine(x) * tf.random.normal([3]) + tf.nn.dropout(x, 0.5))


# Python and gradients of one's own


def py_function(sine: Sine) -> None:
    gradient_of(lambda x: tf.py_function(lambda row: sine(row) * row, [x], tf.float32))


def numpy_function_beside_the_path(sine: Sine) -> None:
    gradient_of(lambda x: sine(x) * tf.numpy_function(np.cos, [x], tf.float32))


def py_function_in_a_function(sine: Sine) -> None:
    gradient_of(tf.function(lambda x: tf.py_function(lambda row: sine(row) * row, [x], tf.float32)))


def py_functions_in_a_function_with_its_tape(sine: Sine) -> None:
    square = tf.function(lambda x: x * x)

    def both(x: Any, noise: Any) -> Any:
        return sine(square(x)) * noise, x + noise

    @tf.function
    def training(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            first, second = tf.py_function(both, [x * x, tf.random.normal([])], [tf.float32] * 2)
            y = tf.py_function(lambda a: a * a, [first * second], tf.float32)
        return tape.gradient(y, x)

    training(tf.constant(X))


def recompute_grad(sine: Sine) -> None:
    gradient_of(tf.recompute_grad(lambda x: sine(x * x) * x))


def custom_gradient_with_variables(sine: Sine) -> None:
    w = tf.Variable(X)

    @tf.custom_gradient
    def scaled(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = sine(x) * w

        def backward(upstream: Any, variables: Any = None) -> Any:
            gradients = tape.gradient(y, [x, *variables], output_gradients=upstream)
            return gradients[0], gradients[1:]

        return tf.identity(y), backward

    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = scaled(x)
    tape.gradient(y, [x, w])


def custom_gradient_of_several_results(sine: Sine) -> None:
    @tf.custom_gradient
    def both(x: Any, y: Any) -> Any:
        return (x * y, x + y), lambda first, second: (first * y + second, first * x + second)

    gradient_of(lambda x: both(sine(x), x * x)[0] * both(x, sine(x))[1])


def registered_override(sine: Sine) -> None:
    name = f"Planted{next(NUMBERS)}"
    # The planted function's own gradient, so that the same factor decides whether it is right.
    factor = float(gradient_of(sine, tf.zeros([])))
    tf.RegisterGradient(name)(lambda op, upstream: factor * upstream * tf.cos(op.inputs[0]))

    @tf.function
    def overridden(x: Any) -> Any:
        with tf.compat.v1.get_default_graph().gradient_override_map({"Sin": name}):
            return tf.sin(x)

    gradient_of(overridden)


# Indices, strings, integers, sparse and ragged tensors on the path


def repeated_rows(sine: Sine) -> None:
    table = tf.Variable(X)
    with tf.GradientTape() as tape:
        y = sine(tf.gather(table, [0, 1, 1, 1]))
    assert isinstance(tape.gradient(y, table), tf.IndexedSlices)


def repeated_rows_in_a_function(sine: Sine) -> None:
    table = tf.Variable(X)

    @tf.function
    def look_up() -> Any:
        return sine(tf.nn.embedding_lookup(table, [0, 1, 1, 1]))

    with tf.GradientTape() as tape:
        y = look_up()
    tape.gradient(y, table)


def integers_on_the_path(sine: Sine) -> None:
    gradient_of(lambda x: sine(x) * tf.cast(tf.cast(x * 10.0, tf.int32), tf.float32))


def strings_on_the_path(sine: Sine) -> None:
    gradient_of(lambda x: sine(x) * tf.strings.to_number(tf.strings.as_string(x)))


def order_of_the_values(sine: Sine) -> None:
    gradient_of(lambda x: tf.gather(sine(x), tf.argsort(x), batch_dims=1) * [1.0, 2.0, 3.0])


def ragged_on_the_path(sine: Sine) -> None:
    gradient_of(lambda x: tf.reduce_sum(tf.RaggedTensor.from_row_lengths(sine(tf.reshape(x, [6])), [4, 2]), 1))


def sparse_on_the_path(sine: Sine) -> None:
    indices = [[0, 0], [0, 2], [1, 1]]

    def function(x: Any) -> Any:
        sparse = tf.SparseTensor(indices, sine(x[0]), [2, 3])
        return tf.sparse.sparse_dense_matmul(sparse, tf.transpose(x)) + tf.sparse.reduce_sum(sparse)

    gradient_of(function)


# Types


def of_type(dtype: str) -> Callable[[Sine], None]:
    def program(sine: Sine) -> None:
        gradient_of(lambda x: sine(x) * x, tf.cast(X, dtype))

    return program


def complex_of_type(dtype: str) -> Callable[[Sine], None]:
    def program(sine: Sine) -> None:
        gradient_of(lambda z: sine(z) * z * tf.math.conj(z), tf.constant(X + 0.5j * X[::-1], dtype))

    return program


def under_policy(policy: str) -> Callable[[Sine], None]:
    def program(sine: Sine) -> None:
        # Eight bits see a factor of 1.2 in most entries and not in all.
        keras.utils.set_random_seed(0)
        model = model_with(sine, dtype=policy)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.cast(model(X, training=True), tf.float32)))
        tape.gradient(loss, model.trainable_variables)

    return program


PLAIN = (
    *(sources_in_a_list, sources_in_nested_containers, source_is_an_intermediate, source_is_a_keras_variable),
    *(source_is_ragged, source_is_sparse, source_has_no_entries),
    *(output_gradients, several_targets, unconnected_as_zero, persistent_and_repeated, jacobian, batch_jacobian),
    *(second_order, third_order, gradient_penalty, stop_recording, reset, only_watched_variables),
    *(keras_fit, keras_fit_run_eagerly, keras_train_step, minimize, gradient_accumulation),
    *(function_under_a_tape, tape_inside_a_function, compiled_function_under_a_tape),
    *(tape_inside_a_compiled_function, function_in_a_function, second_order_in_a_function),
    *(tape_inside_a_function_of_a_variable,),
    *(while_loop, while_loop_in_a_function, cond, cond_in_a_function, switch_case_in_a_function, map_fn),
    *(map_fn_in_a_function, scan, scan_in_a_function, vectorized_map, vectorized_map_in_a_function),
    *(tensor_array, tensor_array_in_a_function),
    *(dropout_in_a_loop_of_a_function, random_numbers_in_nested_loops_of_a_function),
    *(recurrent_dropout_in_a_function, random_numbers_in_map_fn_of_a_function, random_numbers),
    *(py_function, numpy_function_beside_the_path, py_function_in_a_function),
    *(py_functions_in_a_function_with_its_tape, recompute_grad),
    *(custom_gradient_with_variables, custom_gradient_of_several_results, registered_override),
    *(repeated_rows, repeated_rows_in_a_function, integers_on_the_path, strings_on_the_path, order_of_the_values),
    *(ragged_on_the_path, sparse_on_the_path),
)

PROGRAMS: dict[str, Callable[[Sine], None]] = {
    **{program.__name__: program for program in (*PLAIN, *PLACES)},
    **LIBRARY,
    **{dtype: of_type(dtype) for dtype in ("float64", "float32", "float16", "bfloat16")},
    **{dtype: complex_of_type(dtype) for dtype in ("complex64", "complex128")},
    **{policy: under_policy(policy) for policy in ("mixed_float16", "mixed_bfloat16")},
}
