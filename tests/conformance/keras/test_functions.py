"""Functions of Keras against the real ones."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import tensorflow as tf
from tfgrad_lint.api import registry

from tests.conformance.case import exists, real_function
from tests.conformance.draw import Draw
from tests.conformance.oracle import Call, Tally, compare, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = int(os.environ.get("TFGRAD_CONFORMANCE_EXAMPLES", "8"))
PREFIXES = ("tf.keras.ops.", "tf.keras.backend.", "tf.keras.activations.")

# Not to be called like this, or not in Keras 3.
SKIPPED = {"set_image_data_format", "set_image_dim_ordering", "floatx", "image_data_format", "backend", "epsilon"}


def _functions() -> list[str]:
    return [
        name
        for name in registry.names()
        if name.startswith(PREFIXES) and name.rpartition(".")[2] not in SKIPPED and exists(name)
    ]


def _arguments(name: str, draw: Draw) -> Call:
    """Draw the arguments by what the function is called."""
    short = name.rpartition(".")[2]
    dims = draw.positive_dims(1, 3)
    x = draw.tensor(dims)
    if short in {"zeros", "ones", "random_normal", "random_uniform"}:
        return Call((tuple(dims),))
    if short == "full":
        return Call((tuple(dims), 2.0))
    if short in {"dot", "matmul"}:
        return Call((draw.tensor([3, 2]), draw.tensor(draw.disturbed([2, 4]))))
    if short in {"any", "all"}:
        return Call((x > 0.5,), {"axis": draw.integer(0, len(dims) - 1), "keepdims": draw.flag()})
    rest = _REST.get(short)
    if rest is not None:
        return rest(draw, dims, x)
    model = registry.lookup(name)
    assert model is not None
    if model.parameters[1:2] in {("x2",), ("a",)}:
        return Call((x, draw.tensor(draw.partner(dims))))
    if model.parameters[1:] == ("axis", "keepdims"):
        return Call((x,), {"axis": draw.integer(-len(dims), len(dims) - 1), "keepdims": draw.flag()})
    return Call((x,))


def _reshape(draw: Draw, dims: list[int], x: Any) -> Call:
    return Call((x, (-1, *([dims[0]] if draw.chance() else []))))


def _permuted(draw: Draw, dims: list[int], x: Any) -> Call:
    order = list(range(len(dims)))
    draw.rng.shuffle(order)
    return Call((x, tuple(order)))


def _labels(draw: Draw, dims: list[int], x: Any) -> Call:
    batches = [draw.choice([3, 3, 3, 4]) for _ in range(3)]
    lengths = tf.fill([batches[2], 1] if draw.chance() else [batches[2]], 2)
    return Call((tf.ones([batches[0], 2]), tf.fill([batches[1], 6, 4], 0.25), tf.fill([batches[1], 1], 6), lengths))


_REST: dict[str, Callable[[Draw, list[int], Any], Call]] = {
    "reshape": _reshape,
    "permute_dimensions": _permuted,
    "expand_dims": lambda draw, dims, x: Call((x, draw.integer(-1, len(dims)))),
    "squeeze": lambda draw, dims, x: Call((x, draw.integer(0, len(dims) - 1))),
    "concatenate": lambda draw, dims, x: Call(([x, x], draw.integer(0, len(dims) - 1))),
    "stack": lambda draw, dims, x: Call(([x, x], draw.integer(0, len(dims)))),
    "tile": lambda draw, dims, x: Call((x, tuple(draw.integer(1, 3) for _ in dims))),
    "cast": lambda draw, dims, x: Call((x, draw.choice(["float32", "int32"]))),
    "clip": lambda draw, dims, x: Call((x, 0.2, 0.8)),
    "gather": lambda draw, dims, x: Call((x, draw.tensor([2], "int32") * 0)),
    "one_hot": lambda draw, dims, x: Call((draw.tensor(dims, "int32"), 3)),
    "where": lambda draw, dims, x: Call((x > 0.5, x, x)),
    "argmax": lambda draw, dims, x: Call((x,), {"axis": draw.integer(0, len(dims) - 1)}),
    "ctc_batch_cost": _labels,
    "binary_crossentropy": lambda draw, dims, x: Call((x, x)),
    "categorical_crossentropy": lambda draw, dims, x: Call((x, x)),
    "sparse_categorical_crossentropy": lambda draw, dims, x: Call((tf.zeros(dims[:-1], tf.int32), x)),
}
_REST["argmin"] = _REST["argmax"]


@pytest.mark.parametrize("name", _functions())
def test_the_function_gives_what_the_real_one_gives(name: str) -> None:
    function, tally = real_function(name), Tally()
    for index in range(EXAMPLES):
        call = _arguments(name, Draw(f"{name} {index}"))
        compare(name, outcome(function, call), call, tally, symbolic=False, known=True)
    assert not tally.wrong, "\n".join(tally.wrong[:8])
    assert tally.counts["both succeed"], tally.missed[:3]
