"""Tapes in unusual places: in loops of compiled functions, in generators, in threads, around and inside other tapes."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from tests.plugin.constructs.planting import X, gradient_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugin.constructs.planting import Sine


def slope(sine: Sine, x: Any) -> Any:
    return gradient_of(lambda y: sine(y) * y, x)


# Functions, loops and branches


def descent(sine: Sine) -> Callable[[Any], Any]:
    def descend(x: Any) -> Any:
        for _ in tf.range(3):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = sine(x) * x
            x = x - 0.1 * tape.gradient(y, x)
        return x

    return descend


def tape_in_a_loop_of_a_function(sine: Sine) -> None:
    tf.function(descent(sine))(tf.constant(X))


def tape_in_a_loop_of_a_compiled_function(sine: Sine) -> None:
    tf.function(descent(sine), jit_compile=True)(tf.constant(X))


def tape_in_an_eager_loop(sine: Sine) -> None:
    tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x - slope(sine, x)), (0, tf.constant(X)))


def tape_in_a_branch_of_a_function(sine: Sine) -> None:
    tf.function(lambda x: tf.cond(x[0, 0] > 0, lambda: slope(sine, x), lambda: x))(tf.constant(X))


def tape_in_map_fn_of_a_function(sine: Sine) -> None:
    tf.function(lambda x: tf.map_fn(lambda row: slope(sine, row), x))(tf.constant(X))


def tape_in_a_py_function(sine: Sine) -> None:
    tf.py_function(lambda x: slope(sine, x), [tf.constant(X)], tf.float32)


def jacobian_in_a_function(sine: Sine) -> None:
    @tf.function
    def rows(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = sine(x) * x
        return tape.jacobian(y, x)

    rows(tf.constant(X[0]))


def function_with_a_tape_under_a_tape(sine: Sine) -> None:
    inner = tf.function(lambda x: slope(sine, x))
    gradient_of(lambda x: inner(x) ** 2)


def growing_state_of_a_loop(sine: Sine) -> None:
    @tf.function
    def grown(x: Any) -> Any:
        rows = x[:, :1]
        for _ in tf.range(2):
            tf.autograph.experimental.set_loop_options(shape_invariants=[(rows, tf.TensorShape([2, None]))])
            rows = tf.concat([rows, sine(x[:, :1])], 1)
        return rows * rows

    gradient_of(grown)


def retraced_function(sine: Sine) -> None:
    function = tf.function(lambda x: sine(x) * x)
    for columns in (1, 2, 3):
        gradient_of(function, X[:, :columns])


def asserts_and_control_dependencies(sine: Sine) -> None:
    @tf.function
    def guarded(x: Any) -> Any:
        tf.debugging.assert_positive(x + 10.0)
        with tf.control_dependencies([tf.debugging.assert_less(x, 100.0)]):
            y = tf.identity(sine(x))
        return tf.debugging.check_numerics(y, "not finite")

    gradient_of(guarded)


def compiled_keras_fit(sine: Sine) -> None:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Lambda(sine, (4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=True)
    model.fit(X, X[:, :1], verbose=0)


def replica_of_a_strategy(sine: Sine) -> None:
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        w = tf.Variable(X)

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(sine(w))
        return tape.gradient(loss, w)

    strategy.run(step)


# Tapes and accumulators


def persistent_tapes_stopped_and_reset(sine: Sine) -> None:
    x = tf.Variable(X)
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape(persistent=True) as inner:
            y = sine(x) * x
            with inner.stop_recording():
                frozen = sine(x)
            z = y * frozen
        inner.gradient(z, x)
        inner.gradient(y, x)
        outer.reset()
        with tf.GradientTape() as last:
            w = sine(x) ** 2
        first = last.gradient(w, x)
        total = tf.reduce_sum(first * first)
    outer.gradient(total, x)
    outer.gradient(first, x)


def reverse_over_forward(sine: Sine) -> None:
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            y = sine(x * x) * sine(x)
        product = accumulator.jvp(y) * sine(x)
    tape.gradient(product, x)


def hessian(sine: Sine) -> None:
    x = tf.constant(X[0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        first = slope(sine, x)
    outer.jacobian(first, x)


def stopped_in_a_custom_gradient(sine: Sine) -> None:
    """The second order of a gradient function that stops part of itself is that of its first order."""

    @tf.custom_gradient
    def cube(x: Any) -> Any:
        return x**3, lambda upstream: upstream * 3.0 * tf.stop_gradient(x) * x

    x = tf.constant(X)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = cube(sine(x))
        first = inner.gradient(y, x)
    outer.gradient(first, x)


# Python around tapes


def tape_in_threads(sine: Sine) -> None:
    threads = [threading.Thread(target=slope, args=(sine, tf.constant(X) * factor)) for factor in (1.0, 2.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def tape_in_a_generator(sine: Sine) -> None:
    x = tf.constant(X)

    def parts() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = sine(x)
            yield y
            z = y * x
        yield tape.gradient(z, x)

    list(parts())


def exception_inside_the_tape(sine: Sine) -> None:
    x = tf.constant(X)
    with contextlib.suppress(ValueError), tf.GradientTape() as tape:
        tape.watch(x)
        y = sine(x)
        raise ValueError
    tape.gradient(y, x)


def data_set_inside_the_tape(sine: Sine) -> None:
    w = tf.Variable(X[0])
    with tf.GradientTape() as tape:
        loss = tf.add_n([tf.reduce_sum(sine(rows * w)) for rows in tf.data.Dataset.from_tensor_slices(X).batch(1)])
    tape.gradient(loss, w)


def iterator_inside_a_function(sine: Sine) -> None:
    w = tf.Variable(X[0])

    @tf.function
    def step(rows: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(sine(next(rows) * w))
        return tape.gradient(loss, w)

    step(iter(tf.data.Dataset.from_tensor_slices(X).repeat()))


def assignments_inside_the_tape(sine: Sine) -> None:
    v = tf.Variable(X)
    with tf.GradientTape() as tape:
        v.scatter_nd_update([[0, 1]], [5.0])
        y = sine(v)
        v.assign_add(tf.ones_like(v))
        z = y * sine(v)
    tape.gradient(z, v)


def variables_of_no_and_one_entry(sine: Sine) -> None:
    empty, scalar = tf.Variable(tf.zeros([0, 3])), tf.Variable(0.7)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(empty) + sine(scalar)
    tape.gradient(y, [empty, scalar])


def numbers_of_a_generator(sine: Sine) -> None:
    numbers = tf.random.Generator.from_seed(3)
    gradient_of(tf.function(lambda x: sine(x) * numbers.normal([3])))
    gradient_of(lambda x: sine(x) * numbers.normal([3]))


def numbers_without_state(sine: Sine) -> None:
    def noisy(x: Any) -> Any:
        return sine(x) * tf.random.stateless_normal([3], tf.cast(x[0, :2] * 10.0, tf.int32))

    gradient_of(noisy)
    gradient_of(tf.function(noisy, jit_compile=True))


def numbers_in_a_compiled_function(sine: Sine) -> None:
    gradient_of(tf.function(lambda x: sine(x) * tf.random.normal([3]), jit_compile=True))


def recomputed_with_variables(sine: Sine) -> None:
    w, x = tf.Variable(X.T), tf.constant(X)
    recomputed = tf.recompute_grad(lambda x: sine(x @ w))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = recomputed(x) ** 2
    tape.gradient(y, [x, w])


def one_table_read_twice(sine: Sine) -> None:
    table = tf.Variable(X)
    with tf.GradientTape() as tape:
        y = sine(tf.gather(table, [0, 0])) * tf.gather_nd(table, [[1], [0]])
    tape.gradient(y, table)


def scaled_loss_of_mixed_precision(sine: Sine) -> None:
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(4, dtype="mixed_float16"), keras.layers.Lambda(sine, (4,), dtype="mixed_float16")]
    model = keras.Sequential([*layers, keras.layers.Dense(1, dtype="float32")])
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.01)), "mse")
    model.fit(np.tile(X, (2, 1)), np.ones((4, 1)), verbose=0)


def scaled_loss_of_normalised_halves(sine: Sine) -> None:
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(4, dtype="mixed_float16"), keras.layers.BatchNormalization(dtype="mixed_float16")]
    model = keras.Sequential([*layers, keras.layers.Lambda(sine, (4,), dtype="mixed_float16"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.01)), "mse")
    rows = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
    model.fit(rows, np.ones((16, 1)), batch_size=16, verbose=0)


def list_of_halves_in_a_function_with_its_tape(sine: Sine) -> None:
    @tf.function
    def training(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            array = tf.TensorArray(tf.float16, 2, element_shape=[3])
            for i in tf.range(2):
                array = array.write(i, sine(x[i]) * x[0])
            y = tf.reduce_sum(tf.square(array.stack()))
        return tape.gradient(y, x)

    training(tf.cast(X, tf.float16))


PLACES = (
    *(tape_in_a_loop_of_a_function, tape_in_a_loop_of_a_compiled_function, tape_in_an_eager_loop),
    *(tape_in_a_branch_of_a_function, tape_in_map_fn_of_a_function, tape_in_a_py_function, jacobian_in_a_function),
    *(function_with_a_tape_under_a_tape, growing_state_of_a_loop, retraced_function, asserts_and_control_dependencies),
    *(compiled_keras_fit, replica_of_a_strategy, persistent_tapes_stopped_and_reset, reverse_over_forward, hessian),
    *(stopped_in_a_custom_gradient, tape_in_threads, tape_in_a_generator, exception_inside_the_tape),
    *(data_set_inside_the_tape, iterator_inside_a_function, assignments_inside_the_tape),
    *(variables_of_no_and_one_entry, numbers_of_a_generator, numbers_without_state, numbers_in_a_compiled_function),
    *(recomputed_with_variables, one_table_read_twice, scaled_loss_of_mixed_precision),
    *(scaled_loss_of_normalised_halves, list_of_halves_in_a_function_with_its_tape),
)
