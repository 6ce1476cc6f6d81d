"""Operators of linear algebra and their methods against the real ones, on drawn sizes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import tensorflow as tf
from tfgrad_lint.api.linear_operators import OPERATOR
from tfgrad_lint.api.operation import Operation
from tfgrad_lint.api.registry import lookup, lookup_attribute
from tfgrad_lint.domain.values import ApiObject, Sequence, Site, Tensor, TensorShape, Value
from tfgrad_lint.shapes.conflicts import Conflict

from tests.conformance.draw import Draw
from tests.conformance.oracle import REFUSALS
from tests.conformance.translate import Translation

EXAMPLES = int(os.environ.get("TFGRAD_CONFORMANCE_EXAMPLES", "20"))

SITE = Site("test.py", None)

# Draws the arguments of a constructor; those that are operators themselves are given as constructor and arguments.
Arguments = Callable[[Draw, int], tuple[Any, ...]]


class Made:
    """An operator that both worlds make from the same arguments."""

    def __init__(self, kind: str, *arguments: Any) -> None:
        self.kind = kind
        self.arguments = arguments

    def real(self) -> Any:
        return getattr(tf.linalg, f"LinearOperator{self.kind}")(*map(_real, self.arguments))

    def modelled(self) -> Value:
        return _call(f"{OPERATOR}{self.kind}", *map(_modelled, self.arguments))

    def __repr__(self) -> str:
        return f"{self.kind}{self.arguments}"


def _real(argument: Any) -> Any:
    if isinstance(argument, list):
        return [_real(each) for each in argument]
    return argument.real() if isinstance(argument, Made) else argument


def _modelled(argument: Any) -> Value:
    if isinstance(argument, list):
        return Sequence(tuple(map(_modelled, argument)), "list")
    if isinstance(argument, Made):
        return argument.modelled()
    return Translation(symbolic=False, known=True).value(argument)


def _call(name: str, *arguments: Value) -> Value:
    found = lookup(name)
    assert found is not None
    return found.call(Operation(name, SITE), arguments, {})


def _full(draw: Draw, size: int) -> Made:
    return Made("FullMatrix", tf.eye(size, batch_shape=draw.positive_dims(0, 2)) + 0.01)


def _any(draw: Draw, size: int) -> Made:
    return KINDS[draw.choice([kind for kind in KINDS if kind not in ("BlockDiag", "LowRankUpdate")])](draw, size)


def _low_rank(draw: Draw, size: int) -> Made:
    batch, inner = draw.positive_dims(0, 1), draw.integer(1, 2)
    update = [tf.ones([inner])] if draw.chance() else []
    return Made("LowRankUpdate", _any(draw, size), 0.1 * draw.tensor([*batch, size, inner]), *update)


KINDS: dict[str, Callable[[Draw, int], Made]] = {
    "Diag": lambda draw, size: Made("Diag", draw.tensor([*draw.positive_dims(0, 2), size])),
    "FullMatrix": _full,
    "LowerTriangular": lambda draw, size: Made("LowerTriangular", tf.eye(size) + draw.tensor([size, size])),
    "Identity": lambda draw, size: Made("Identity", size, *([[2, 1]] if draw.chance() else [])),
    "ScaledIdentity": lambda draw, size: Made("ScaledIdentity", size, draw.tensor(draw.positive_dims(0, 2))),
    "LowRankUpdate": _low_rank,
    "BlockDiag": lambda draw, size: Made("BlockDiag", [_any(draw, size), _any(draw, draw.integer(1, 3))]),
}

WITHOUT_ARGUMENT = ("to_dense", "diag_part", "trace", "determinant", "log_abs_determinant", "adjoint", "inverse")
METHODS = (*WITHOUT_ARGUMENT, "matmul", "matvec", "solve", "solvevec")


def _arguments(draw: Draw, method: str, shape: list[int]) -> tuple[Any, ...]:
    if method in WITHOUT_ARGUMENT:
        return ()
    batch = draw.partner(shape[:-2])
    size = shape[-1] + 1 if draw.wrong() else shape[-1]
    if method.endswith("vec"):
        return (draw.tensor([*batch, size]),)
    flipped = draw.chance(3)
    matrix = draw.tensor([*batch, 2, size] if flipped else [*batch, size, 2])
    return (matrix, False, True) if flipped else (matrix,)


def _shape(value: Any) -> list[int]:
    return [int(size) for size in value.shape]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_model_agrees_with_the_real_operator(kind: str, method: str) -> None:
    succeeded = 0
    for index in range(EXAMPLES):
        draw = Draw(f"{kind} {method} {index}")
        made = KINDS[kind](draw, draw.integer(1, 3))
        try:
            real = made.real()
            real.shape  # noqa: B018 - refused by some where it is first asked for
        except REFUSALS:
            continue
        operator = made.modelled()
        assert isinstance(operator, ApiObject)
        told = lookup_attribute(f"{OPERATOR}.shape")
        assert told is not None
        shape = told(Operation("shape", SITE), operator)
        assert isinstance(shape, TensorShape)
        assert shape.shape.dims == tuple(_shape(real)), made
        arguments = _arguments(draw, method, _shape(real))
        try:
            result = _call(f"{OPERATOR}.{method}", operator, *map(_modelled, arguments))
        except Conflict as conflict:
            with pytest.raises(REFUSALS):
                print(getattr(real, method)(*arguments), made, arguments, conflict)
            continue
        happened = getattr(real, method)(*arguments)
        succeeded += 1
        dense = result.attributes["dense"] if isinstance(result, ApiObject) else result
        assert isinstance(dense, Tensor)
        assert dense.shape.dims == tuple(_shape(happened)), (made, method, arguments)
        assert dense.dtype == happened.dtype.name
    assert succeeded
