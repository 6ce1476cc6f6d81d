"""Recording and replaying leave everything as it was."""

from __future__ import annotations

import contextlib
import importlib
import random
import threading
import warnings
import weakref
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording import record
from pytest_tfgrad.replay import build_replay


def entry_points() -> list[Any]:
    tape = vars(tf.GradientTape)
    return [
        *(tape[name] for name in ("_push_tape", "_pop_tape", "watch", "gradient", "jacobian", "batch_jacobian")),
        adapter.pywrap_tfe.TFE_Py_FastPathExecute,
        adapter.pywrap_tfe.TFE_Py_TapeVariableAccessed,
        adapter.pywrap_tfe.TFE_Py_TapeSetRecordOperation,
        adapter.custom_gradient._eager_mode_decorator,
        adapter.AtomicFunction.call_flat,
        adapter.script_ops.EagerFunc.__call__,
        adapter.execute.execute,
        tf.config.functions_run_eagerly(),
        list(adapter.context.context().op_callbacks),
        list(warnings.filters),
    ]


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("eagerly_before", [True, False])
def test_entry_points_are_restored(error, eagerly_before):
    tf.config.run_functions_eagerly(eagerly_before)
    before = entry_points()
    x = tf.constant(1.0)

    def body():
        with record() as recording, tf.GradientTape() as tape:
            assert entry_points() != before
            tape.watch(x)
            y = x * x
            if error is not None:
                raise error
            tape.gradient(y, x)
        return recording

    try:
        if error is None:
            assert len(body().calls) == 1
        else:
            with pytest.raises(error):
                body()
        assert entry_points() == before
    finally:
        tf.config.run_functions_eagerly(False)


def test_tape_left_open_reports_nothing_afterwards():
    x = tf.constant(1.0)
    tape = tf.GradientTape()
    with record() as recording:
        tape.__enter__()
        tape.watch(x)
    y = x * x
    tape.__exit__(None, None, None)
    assert tape.gradient(y, x) == 2.0
    assert recording.calls == []
    assert adapter.context.context().op_callbacks == []


def test_random_numbers_are_those_of_an_unrecorded_run():
    generator = tf.random.Generator.from_seed(7)
    keras_seed = keras.random.SeedGenerator(5)

    def body():
        x = tf.constant([1.0, 2.0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * tf.random.normal([2]) * generator.normal([2]) * keras.random.normal([2], seed=keras_seed)
            y *= np.random.rand() * random.random()
        tape.gradient(y, x)
        return y

    def draws(run):
        tf.random.set_seed(3)
        generator.reset_from_seed(7)
        keras_seed.state.assign([5, 0])
        np.random.seed(1)
        random.seed(1)
        first = run().numpy()
        return [
            first,
            tf.random.normal([2]),
            generator.normal([2]),
            keras_seed.next(),
            np.random.rand(),
            random.random(),
        ]

    def recorded():
        with record() as recording:
            y = body()
        build_replay(recording.calls[0]).evaluate([np.zeros(2)])
        return y

    for plain, watched in zip(draws(body), draws(recorded), strict=True):
        np.testing.assert_array_equal(plain, watched)


def test_random_numbers_inside_functions_are_those_of_an_unrecorded_run():
    def draws(block):
        tf.random.set_seed(3)
        batches = iter(tf.data.Dataset.range(9).shuffle(9, seed=1).batch(1))

        @tf.function
        def step(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = x * tf.random.normal([2]) * tf.cast(next(batches), tf.float32)
            return tape.gradient(y, x)

        with block:
            return [step(tf.constant([1.0, 2.0])).numpy() for _ in range(4)]

    np.testing.assert_array_equal(draws(contextlib.nullcontext()), draws(record("graph")))


def test_seeded_numbers_go_on_whether_a_tape_is_open_or_not():
    def draws(block):
        tf.random.set_seed(3)
        function = tf.function(lambda x: x * tf.random.normal([2], seed=1))
        x, results = tf.constant(1.0), []
        with block:
            for _ in range(3):
                results.append(function(x))
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    results.append(function(x))
                tape.gradient(results[-1], x)
        return [result.numpy() for result in results]

    np.testing.assert_array_equal(draws(contextlib.nullcontext()), draws(record("graph")))


def test_random_numbers_in_loops_are_those_of_an_unrecorded_run():
    def draws(block):
        tf.random.set_seed(3)

        @tf.function
        def noisy(x):
            for _ in tf.range(3):
                # Rounds that run at once draw in any order, recorded or not.
                tf.autograph.experimental.set_loop_options(parallel_iterations=1)
                x = x * tf.random.normal([2]) + tf.random.uniform([2], seed=1)
            return x

        x, results = tf.constant([1.0, 2.0]), []
        with block:
            for _ in range(3):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    results.append(noisy(x))
                results.append(tape.gradient(results[-1], x))
        return [result.numpy() for result in results]

    np.testing.assert_array_equal(draws(contextlib.nullcontext()), draws(record("graph")))


def test_variables_and_optimizers_end_as_without_recording():
    def train(recorder):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        with recorder():
            model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=2, batch_size=2, verbose=0, shuffle=False)
        return [np.array(variable) for variable in (*model.variables, *model.optimizer.variables)]

    class Replayed:
        def __enter__(self):
            self.block = record("graph")
            self.recording = self.block.__enter__()

        def __exit__(self, *error):
            self.block.__exit__(*error)
            for call in self.recording.calls:
                build_replay(call)

    for plain, recorded in zip(train(contextlib.nullcontext), train(Replayed), strict=True):
        np.testing.assert_array_equal(plain, recorded)


def test_other_tapes_do_not_see_the_replay():
    variable = tf.Variable([1.0, 2.0])
    with record() as recording, tf.GradientTape() as tape:
        tape.gradient(tf.math.cumprod(variable), variable)
    with tf.GradientTape() as outer:
        replay = build_replay(recording.calls[0])
        replay.evaluate(replay.sources)
        assert outer.watched_variables() == ()


def test_threads_are_recorded_separately():
    barrier = threading.Barrier(2)
    x = tf.constant([1.0, 2.0])

    def work(factor):
        with tf.GradientTape() as tape:
            tape.watch(x)
            barrier.wait()
            y = x * factor
            barrier.wait()
        tape.gradient(y, x)
        callbacks.append(list(adapter.context.context().op_callbacks))

    callbacks = []
    with record() as recording:
        threads = [threading.Thread(target=work, args=(factor,)) for factor in (2.0, 3.0)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert callbacks == [[], []]
    assert sorted(call.results[0][0] for call in recording.calls) == [2.0, 3.0]
    for call in recording.calls:
        replay = build_replay(call)
        assert len(replay.steps()) == 1
        np.testing.assert_array_equal(replay.targets[0], call.results[0] * [1.0, 2.0])


@pytest.mark.parametrize("left", [True, False])
def test_what_a_test_sets_run_functions_eagerly_to_stays(left):
    tf.config.run_functions_eagerly(not left)
    try:
        with record("graph"):
            tf.config.run_functions_eagerly(left)
        assert tf.config.functions_run_eagerly() is left
    finally:
        tf.config.run_functions_eagerly(False)


def test_a_test_that_switches_eager_functions_off_keeps_them_off():
    tf.config.run_functions_eagerly(True)
    try:
        with record("eager"):
            tf.config.run_functions_eagerly(False)
        assert not tf.config.functions_run_eagerly()
    finally:
        tf.config.run_functions_eagerly(False)


def test_op_callbacks_of_the_test_stay_and_see_every_op():
    seen = []

    def callback(op_type, inputs, attributes, outputs, op_name=None, graph=None):
        seen.append(op_type)

    context = adapter.context.context()
    context.add_op_callback(callback)
    try:
        x = tf.constant(2.0)
        with record(), tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.sin(x)
            tape.gradient(y, x)
        assert context.op_callbacks == [callback] or list(context.op_callbacks) == [callback]
        assert {"Sin", "Cos"} <= {name if isinstance(name, str) else name.decode() for name in seen}
    finally:
        context.remove_op_callback(callback)


def test_warnings_of_tf_data_about_eager_functions_do_not_reach_the_test():
    with warnings.catch_warnings(), record():
        assert list(tf.data.Dataset.range(3).map(lambda i: i + 1).as_numpy_iterator()) == [1, 2, 3]


def test_recording_stops_at_its_memory_bound_and_says_so():
    x = tf.ones([1000])

    def step():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.sin(x * x)
        return tape.gradient(y, x)

    with record(max_bytes=50_000) as recording:
        results = [step() for _ in range(10)]
    assert 1 <= len(recording.calls) < 10
    (note,) = recording.notes
    assert "memory bound" in note
    assert all(result is not None for result in results)


def test_dropped_tapes_do_not_count_against_the_memory_bound():
    x = tf.ones([1000])
    with record(max_bytes=50_000) as recording:
        for _ in range(50):
            with tf.GradientTape() as tape:
                tape.watch(x)
                tf.sin(x * x)
            del tape
    assert recording.notes == []


def test_dropped_tapes_let_go_of_what_they_recorded():
    x = tf.ones([10])
    with record():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.sin(x)
        result = weakref.ref(y)
        del tape, y
        assert result() is None


def test_error_of_the_recorder_itself_becomes_a_note(monkeypatch):
    def broken(*_):
        raise RuntimeError("planted")

    monkeypatch.setattr("pytest_tfgrad.recording.tape_log.TapeLog.take", broken)
    x = tf.constant(3.0)
    with record() as recording, tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        assert tape.gradient(y, x) == 6.0
    (note,) = recording.notes
    assert "internal error of pytest-tfgrad (RuntimeError: planted)" in note


def test_warnings_about_the_code_around_a_gradient_do_not_reach_the_test(tmp_path, monkeypatch):
    lines = ["import tensorflow as tf", "PATTERN = '\\ '", "def slope(weights):", "    with tf.GradientTape() as tape:"]
    lines += ["        loss = weights * weights", "    return tape.gradient(loss, [weights])", ""]
    (tmp_path / "with_an_invalid_escape.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = importlib.import_module("with_an_invalid_escape")
    with warnings.catch_warnings(record=True) as seen, record() as recording:
        warnings.simplefilter("always")
        module.slope(tf.Variable(1.0, name="v"))
    assert [str(warning.message) for warning in seen] == []
    assert [target.name for target in recording.calls[0].targets] == ["loss"]
