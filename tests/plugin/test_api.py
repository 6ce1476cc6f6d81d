"""Checking a function's gradients outside of pytest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from pytest_tfgrad import GradientError, assert_gradient_shape, check_gradients
from pytest_tfgrad.results import Checked, Verdict


@tf.custom_gradient
def planted(x: Any) -> Any:
    return tf.sin(x), lambda upstream: 1.5 * upstream * tf.cos(x)


def product(matrix: Any, vector: Any) -> Any:
    return tf.linalg.matvec(matrix, vector)


def test_results_come_in_the_order_of_the_inputs_with_their_names() -> None:
    results = check_gradients(product, [np.eye(3), tf.Variable([1.0, 2.0, 3.0], dtype=tf.float64, name="vector")])
    assert [r.verdict for r in results] == [Verdict.RIGHT] * 2
    assert [(r.target, r.source, r.source_shape) for r in results] == [
        ("product", "matrix", (3, 3)),
        ("product", "vector", (3,)),
    ]


def test_a_wrong_gradient_raises_with_the_report_and_all_results() -> None:
    with pytest.raises(GradientError) as error:
        check_gradients(lambda x, y: planted(x) * y, [[1.0, 2.0], 3.0])
    assert "GradientMismatch: gradient of 'fn' w.r.t. 'x' is wrong in 2 of 2 entries" in str(error.value)
    assert "suspect    custom gradient of planted" in str(error.value)
    assert "test_api.py" in str(error.value)
    assert "--gradcheck" not in str(error.value)
    assert [(r.source, r.verdict) for r in error.value.results] == [("x", Verdict.WRONG), ("y", Verdict.RIGHT)]


def test_the_second_order_is_checked_on_request() -> None:
    @tf.custom_gradient
    def cubed(x: Any) -> Any:
        @tf.custom_gradient
        def slope(z: Any) -> Any:
            return 3 * z**2, lambda upstream: 5 * z * upstream

        return x**3, lambda upstream: upstream * slope(x)

    assert check_gradients(cubed, [[1.0, 2.0]])[0].verdict is Verdict.RIGHT
    with pytest.raises(GradientError) as error:
        check_gradients(cubed, [[1.0, 2.0]], order=2)
    assert [r.verdict for r in error.value.results] == [Verdict.RIGHT, Verdict.WRONG]
    assert [r.target for r in error.value.results] == ["cubed", "gradient of cubed"]


def test_a_right_second_order() -> None:
    results = check_gradients(lambda x, y: tf.reduce_sum(tf.sin(x) * y), [[1.0, 2.0], [0.5, 3.0]], order=2)
    assert [r.verdict for r in results] == [Verdict.RIGHT] * 4


@pytest.mark.parametrize(
    ("linear", "reason"),
    [
        (lambda x: 3 * x, "takes no more than a shape of what is computed from 'x', so its derivative is zero"),
        (tf.reduce_mean, "is a gradient that does not depend on 'input_tensor', as that of a linear function"),
    ],
)
def test_there_is_no_second_order_of_a_linear_function(linear: Any, reason: str) -> None:
    with pytest.raises(GradientError) as error:
        check_gradients(linear, [[1.0, 2.0]], order=2)
    assert [r.verdict for r in error.value.results] == [Verdict.RIGHT, Verdict.NONE]
    assert reason in str(error.value)
    assert "allow_none=True says that this is meant" in str(error.value)
    check_gradients(linear, [[1.0, 2.0]], order=2, allow_none=True)


def test_the_second_order_of_a_lookup() -> None:
    """The first gradient is IndexedSlices, in which row 1 is there twice."""
    results = check_gradients(lambda x: tf.gather(x, [0, 1, 1]) ** 3, [[[1.0], [2.0], [3.0]]], order=2)
    assert [(r.verdict, r.looked_at) for r in results] == [(Verdict.RIGHT, 3)] * 2


def test_settings_are_those_of_the_marker() -> None:
    (result,) = check_gradients(tf.sin, [np.ones(100)], mode="full")
    assert (result.checked, result.looked_at) == (Checked.ENTRIES, 100)
    (result,) = check_gradients(planted, [[1.0]], rtol=1.0)
    assert result.verdict is Verdict.RIGHT
    (result,) = check_gradients(planted, [[1.0]], expect={"x": "differs"}, reason="by design")
    assert (result.verdict, result.intended) == (Verdict.WRONG, "by design")


def test_an_input_without_influence_is_none() -> None:
    with pytest.raises(GradientError, match=r"GradientMissing: gradient of 'fn' w\.r\.t\. 'y' is None"):
        check_gradients(lambda x, y: x * 2, [1.0, 2.0])
    results = check_gradients(lambda x, y: x * 2, [1.0, 2.0], allow_none=True)
    assert [r.verdict for r in results] == [Verdict.RIGHT, Verdict.NONE]


@pytest.mark.parametrize(
    ("fn", "inputs", "settings", "error", "message"),
    [
        (lambda x: "text", [1.0], {}, TypeError, "fn must return tensors of a floating or complex type, not str"),
        (lambda x: [], [1.0], {}, TypeError, "fn must return tensors of a floating or complex type, not nothing"),
        (tf.argmax, [[1.0]], {}, TypeError, "fn must return .* type, not int64"),
        (tf.sin, [[1, 2]], {}, TypeError, "input 0 is int32; only floating and complex tensors have gradients"),
        (tf.sin, [object()], {}, TypeError, "input 0 is no tensor: object"),
        (tf.sin, [1.0], {"order": 3}, ValueError, "order must be 1 or 2, not 3"),
        (tf.sin, [1.0], {"rtoll": 1}, TypeError, "gradcheck has no argument 'rtoll'; did you mean 'rtol'?"),
        (tf.sin, [1.0], {"rtol": -1}, ValueError, "gradcheck argument 'rtol' must be a finite number that is not"),
    ],
)
def test_misuse_is_one_clear_line(
    fn: Any, inputs: list[Any], settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        check_gradients(fn, inputs, **settings)
    assert "\n" not in str(raised.value)


def test_a_fault_of_the_checker_is_inconclusive_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(call: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("pytest_tfgrad.checking.recordings.build_replay", broken)
    (result,) = check_gradients(tf.sin, [1.0])
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason == "the check itself failed, please report it: ZeroDivisionError: oops"


def test_variables_and_random_numbers_are_as_before() -> None:
    variable = tf.Variable([1.0, 2.0])
    tf.random.set_seed(3)
    np.random.seed(4)
    check_gradients(lambda v: v * tf.random.uniform([2], seed=1) * variable, [variable])
    after = (variable.numpy().tolist(), np.random.uniform())
    np.random.seed(4)
    assert after == ([1.0, 2.0], np.random.uniform())


def test_gradients_that_fit_their_sources_are_accepted() -> None:
    w, table = tf.Variable([1.0, 2.0], name="w"), tf.Variable([[1.0], [2.0]], name="table")
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w) + tf.reduce_sum(tf.gather(table, [0]))
    assert_gradient_shape(tape.gradient(loss, {"a": w, "b": table}), {"a": w, "b": table})


def test_gradients_that_do_not_fit_are_all_named() -> None:
    w, v = tf.Variable([1.0, 2.0], name="w"), tf.Variable([3.0], name="v")
    with pytest.raises(AssertionError) as error:
        assert_gradient_shape([tf.constant(1.0), None, tf.constant([1.0], tf.float64)], [w, v, tf.constant([1.0])])
    assert str(error.value).splitlines() == [
        "the gradient of 'w' has shape (), not (2,)",
        "the gradient of 'v' is None",
        "the gradient of source 2 is float64, not float32",
    ]
    with pytest.raises(ValueError, match="there are 1 gradients for 2 sources"):
        assert_gradient_shape([w], [w, v])
