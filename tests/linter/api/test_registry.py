"""Arguments find their parameters as in Python."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tfgrad_lint.api.operation import Operation
from tfgrad_lint.api.registry import UnboundArguments, add_family, lookup, names
from tfgrad_lint.domain.values import NONE, Value

from tests.linter.api.calls import SITE, call, constant, listed, tensor


def test_positions_and_keywords_are_one() -> None:
    by_position = call("tf.reduce_sum", tensor(2, 3), constant(0), constant(True))
    by_keyword = call("tf.reduce_sum", keepdims=constant(True), axis=constant(0), input_tensor=tensor(2, 3))
    assert by_position.shape == by_keyword.shape == "[1, 3]"


@pytest.mark.parametrize(
    ("positional", "keywords"),
    [
        ((), {}),
        ((tensor(2),), {"input_tensor": tensor(2)}),
        ((tensor(2),), {"axes": NONE}),
        ((tensor(2), NONE, NONE, NONE, NONE), {}),
    ],
)
def test_arguments_that_do_not_fit_are_refused(positional: tuple[Value, ...], keywords: dict[str, Value]) -> None:
    model = lookup("tf.reduce_sum")
    assert model is not None
    with pytest.raises(UnboundArguments):
        model.call(Operation("tf.reduce_sum", SITE), positional, keywords)


def test_a_variadic_model_takes_all_positions() -> None:
    assert call("tf.einsum", constant("ij,jk->ik"), tensor(2, 3), tensor(3, 4)).shape == "[2, 4]"
    assert len(call("tf.meshgrid", tensor(2), tensor(3), indexing=constant("ij")).value.items) == 2  # type: ignore[attr-defined]


def test_a_name_has_one_model() -> None:
    with pytest.raises(ValueError, match="two models"):
        add_family("tf.reduce_sum", lambda operation, x: x, "x")


def test_a_name_without_model_has_none() -> None:
    assert lookup("tf.no_such_function") is None


def test_older_names_hand_their_arguments_to_the_newer() -> None:
    made = call("tf.compat.v1.reduce_sum", tensor(2, 3), reduction_indices=listed(1), keep_dims=constant(True))
    assert made.shape == "[2, 1]"
    assert call("tf.compat.v1.placeholder", constant("float32"), listed(NONE, 3)).shape == "[?, 3]"


def test_the_models_need_neither_tensorflow_nor_numpy() -> None:
    program = (
        "import sys, tfgrad_lint.api.registry as r; r.names();"
        "sys.exit(bool({'tensorflow', 'numpy', 'keras', 'libcst'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", f"import tfgrad_lint.api; {program}"], check=False).returncode == 0


def test_there_are_models_for_the_common_areas() -> None:
    assert len(names()) >= 400
