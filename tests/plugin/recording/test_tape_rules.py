"""A value is constant for a replay exactly where it is constant for TensorFlow's tape."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad.recording import record
from pytest_tfgrad.replay import build_replay


def replayed_change(body) -> float:
    """By how much the summed targets grow when every source grows by one."""
    with record() as recording:
        body()
    replay = build_replay(recording.calls[-1])
    moved = replay.evaluate([source + 1.0 for source in replay.sources])
    return sum(np.sum(new - old) for new, old in zip(moved, replay.targets, strict=True))


def test_ops_in_a_stop_recording_block_are_constant():
    x = tf.constant(3.0)

    def body():
        with tf.GradientTape() as tape:
            tape.watch(x)
            with tape.stop_recording():
                frozen = x * 10.0
            y = x + frozen
        assert tape.gradient(y, x) == 1.0

    assert replayed_change(body) == 1.0


def test_ops_outside_the_block_are_constant():
    x = tf.constant(3.0)

    def body():
        before = x * 10.0
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x + before
        assert tape.gradient(y, x) == 1.0

    assert replayed_change(body) == 1.0


def test_ops_before_watch_are_constant():
    x = tf.constant(3.0)

    def body():
        with tf.GradientTape() as tape:
            before = x * 10.0
            tape.watch(x)
            y = x + before
        assert tape.gradient(y, x) == 1.0

    assert replayed_change(body) == 1.0


def test_reset_forgets_what_came_before():
    x = tf.constant(3.0)

    def body():
        with tf.GradientTape() as tape:
            tape.watch(x)
            before = x * 10.0
            tape.reset()
            tape.watch(x)
            y = x + before
        assert tape.gradient(y, x) == 1.0

    assert replayed_change(body) == 1.0


def test_unwatched_variables_are_constant():
    watched, other = tf.Variable(3.0), tf.Variable(2.0)

    def body():
        with tf.GradientTape(watch_accessed_variables=False, persistent=True) as tape:
            before = watched * 10.0
            tape.watch(watched)
            y = watched * other + before
        assert tape.gradient(y, watched) == 2.0
        assert tape.gradient(y, other) is None
        tape.gradient(y, [watched, other])

    assert replayed_change(body) == 2.0


def test_untrainable_variables_are_constant_until_they_are_watched():
    variable = tf.Variable(3.0, trainable=False)

    def body():
        with tf.GradientTape() as tape:
            before = variable * 10.0
            tape.watch(variable)
            y = variable + before
        assert tape.gradient(y, variable) == 1.0

    assert replayed_change(body) == 1.0


def test_tape_entered_twice_keeps_both_parts():
    x = tf.constant(3.0)

    def body():
        tape = tf.GradientTape()
        with tape:
            tape.watch(x)
            y = x * 2.0
        frozen = y * 100.0
        with tape:
            z = y * 5.0 + frozen
        assert tape.gradient(z, x) == 10.0

    assert replayed_change(body) == 10.0


def test_each_of_two_tapes_has_its_own_constants():
    x = tf.constant(3.0)

    def body():
        with tf.GradientTape() as outer:
            outer.watch(x)
            y = x * 2.0
            with tf.GradientTape() as inner:
                inner.watch(x)
                z = y * x
            assert inner.gradient(z, x) == 6.0
        outer.gradient(z, x)

    with record() as recording:
        body()
    inner, outer = (build_replay(call) for call in recording.calls)
    assert inner.evaluate([np.array(4.0)])[0] - inner.targets[0] == pytest.approx(6.0)
    assert outer.evaluate([np.array(4.0)])[0] - outer.targets[0] == pytest.approx(32.0 - 18.0)


def test_scalars_of_equal_value_are_not_confused():
    x = tf.constant(2.0)

    def body():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * 2.0 + 2.0 * tf.constant(2.0)
        assert tape.gradient(y, x) == 2.0

    assert replayed_change(body) == 2.0


def test_sources_without_a_gradient_are_not_perturbed():
    x, other = tf.constant(3.0), tf.constant(1.0)

    def body():
        with tf.GradientTape() as tape:
            tape.watch([x, other])
            y = x * 2.0
        assert tape.gradient(y, [other, x])[0] is None

    with record() as recording:
        body()
    assert build_replay(recording.calls[0]).source_index == (1,)
