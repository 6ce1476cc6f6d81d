"""Arguments of matrix products and contractions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.conformance.case import case
from tests.conformance.oracle import Call

if TYPE_CHECKING:
    from tests.conformance.draw import Draw


def _matrices(draw: Draw, transpose_a: bool = False, transpose_b: bool = False) -> tuple[list[int], list[int]]:
    batch = draw.dims(0, 2)
    rows, inner, columns = draw.size(), draw.size(), draw.size()
    left = [*batch, inner, rows] if transpose_a else [*batch, rows, inner]
    right = [*draw.partner(batch), columns, inner] if transpose_b else [*draw.partner(batch), inner, columns]
    return draw.disturbed(left), draw.disturbed(right)


@case("tf.matmul")
def matmul(draw: Draw) -> Call:
    flips = draw.chance(3), draw.chance(3)
    left, right = _matrices(draw, *flips)
    dtype = draw.dtype("float32", "float64", "int32")
    keywords = {"transpose_a": flips[0], "transpose_b": flips[1]} if any(flips) else {}
    return Call((draw.tensor(left, dtype), draw.tensor(right, dtype)), keywords)


@case("operator.matmul")
def matmul_operator(draw: Draw) -> tuple[Any, ...]:
    left, right = _matrices(draw)
    first = draw.array(left, "float32") if draw.chance(4) else draw.tensor(left)
    return first, draw.array(right) if draw.chance(4) else draw.tensor(right)


@case("tf.linalg.matvec")
def matvec(draw: Draw) -> Call:
    left, right = _matrices(draw)
    return Call((draw.tensor(left), draw.tensor(right[:-1])))


@case("tf.tensordot")
def tensordot(draw: Draw) -> tuple[Any, ...]:
    shared = draw.dims(0, 2)
    left, right = [*draw.dims(0, 2), *shared], [*shared, *draw.dims(0, 2)]
    count = len(shared)
    axes: Any = count
    if draw.chance():
        axes = [[len(left) - count + i for i in range(count)], list(range(count))]
    return draw.tensor(draw.disturbed(left)), draw.tensor(draw.disturbed(right)), axes


_EQUATIONS = (
    "ij,jk->ik",
    "ij,jk",
    "bij,bjk->bik",
    "ij->ji",
    "ij->",
    "ii->i",
    "i,j->ij",
    "bhqd,bhkd->bhqk",
    "...ij,...jk->...ik",
    "...i->...",
    "ij,kj->ik",
    "abc,cd->abd",
    "i,i->",
    "b...,b...->b...",
    "ij,j",
)


@case("tf.einsum", misses="repeated labels within one operand")
def einsum(draw: Draw) -> tuple[Any, ...]:
    equation = draw.choice(_EQUATIONS)
    sizes = {label: max(1, draw.size()) for label in "abcdefhijkqd"}
    extra = draw.positive_dims(0, 2)
    operands = []
    for term in equation.split("->")[0].split(","):
        dims: list[int] = []
        for label in term.replace("...", "."):
            dims.extend(extra if label == "." else [sizes[label]])
        operands.append(draw.tensor(draw.disturbed(dims)))
    return (equation, *operands)


def positive_definite(draw: Draw, batch: list[int], size: int) -> Any:
    """Return a stack of matrices for which every decomposition exists."""
    noise = draw.array([*batch, size, size], "float32") * 0.05
    return (noise + np.swapaxes(noise, -1, -2) + np.eye(size, dtype="float32")).astype("float32")
