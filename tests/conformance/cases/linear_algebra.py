"""Arguments of linear algebra on stacks of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from tests.conformance.case import case
from tests.conformance.oracle import Call

if TYPE_CHECKING:
    from tests.conformance.draw import Draw


def _positive(draw: Draw, *, batch: list[int] | None = None, size: int | None = None) -> Any:
    outer = draw.positive_dims(0, 2) if batch is None else batch
    rows = draw.integer(1, 4) if size is None else size
    columns = rows + 1 if draw.wrong() else rows
    noise = 0.01 * draw.tensor([*outer, rows, columns])
    return noise + tf.eye(rows, columns)


@case("tf.linalg.inv tf.linalg.det tf.linalg.slogdet tf.linalg.expm", misses="non-square matrices of expm")
def square(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(draw.positive_dims(1, 1)),) if draw.chance(8) else (_positive(draw),)


@case("tf.linalg.cholesky tf.linalg.logdet tf.linalg.eigh tf.linalg.eigvalsh tf.linalg.eig tf.linalg.eigvals")
def symmetric(draw: Draw) -> tuple[Any, ...]:
    matrix = _positive(draw)
    if matrix.shape[-1] == matrix.shape[-2]:
        matrix = (matrix + tf.linalg.matrix_transpose(matrix)) / 2
    return (matrix,)


@case("tf.linalg.sqrtm")
def square_root(draw: Draw) -> tuple[Any, ...]:
    return (_positive(draw),)


@case("tf.linalg.svd tf.linalg.qr")
def rectangle(draw: Draw) -> Call:
    matrix = draw.tensor(draw.positive_dims(1 if draw.wrong() else 2, 4))
    return Call((matrix,), {"full_matrices": draw.flag()})


@case("tf.linalg.pinv")
def pseudo_inverse(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(draw.positive_dims(1 if draw.wrong() else 2, 4)),)


@case("tf.linalg.svd")
def singular_values(draw: Draw) -> Call:
    return Call((draw.tensor(draw.positive_dims(2, 4)),), {"compute_uv": False})


@case("tf.linalg.trace tf.linalg.diag_part")
def any_matrix(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(draw.positive_dims(1 if draw.wrong() else 2, 4)),)


@case("tf.linalg.band_part")
def band_part(draw: Draw) -> tuple[Any, ...]:
    return draw.tensor(draw.positive_dims(1 if draw.wrong() else 2, 4)), -1, 0


def _system(draw: Draw, *, vectors: bool = False) -> tuple[Any, Any]:
    batch = draw.positive_dims(0, 2)
    size = draw.integer(1, 3)
    rows = size + 1 if draw.wrong() else size
    sides = draw.tensor([*draw.disturbed(batch), rows, *([] if vectors else [draw.integer(1, 3)])])
    return _positive(draw, batch=batch, size=size), sides


@case("tf.linalg.solve tf.linalg.triangular_solve")
def solve(draw: Draw) -> tuple[Any, ...]:
    return _system(draw)


@case("tf.linalg.cholesky_solve", misses="batch axes that do not broadcast")
def cholesky_solve(draw: Draw) -> tuple[Any, ...]:
    return _system(draw)


@case("tf.linalg.lu")
def lu(draw: Draw) -> Call:
    return Call((_positive(draw),), {"output_idx_type": tf.int64} if draw.chance() else {})


def _triangles(draw: Draw, batch: list[int], size: int) -> tuple[Any, Any]:
    matrix, permutation = tf.linalg.lu(tf.eye(size, batch_shape=batch) + 0.01 * draw.tensor([*batch, size, size]))
    return (tf.concat([matrix, matrix], -1) if draw.wrong() else matrix), permutation


@case("tf.linalg.lu_matrix_inverse tf.linalg.lu_reconstruct")
def triangles(draw: Draw) -> tuple[Any, ...]:
    return _triangles(draw, draw.positive_dims(0, 2), draw.integer(1, 3))


@case("tf.linalg.lu_solve")
def lu_solve(draw: Draw) -> tuple[Any, ...]:
    batch, size = draw.positive_dims(0, 2), draw.integer(1, 3)
    rows = size + 1 if draw.wrong() else size
    return (*_triangles(draw, batch, size), draw.tensor([*draw.disturbed(batch), rows, draw.integer(1, 3)]))


@case("tf.linalg.lstsq", misses="batch axes that differ")
def lstsq(draw: Draw) -> tuple[Any, ...]:
    rows = draw.integer(3, 4)
    return draw.tensor([rows, 2]) + tf.eye(rows, 2), draw.tensor([rows + 1 if draw.wrong() else rows, 2])


@case("tf.linalg.diag tf.linalg.tensor_diag")
def diag(draw: Draw) -> tuple[Any, ...]:
    return (draw.tensor(draw.positive_dims(0 if draw.wrong() else 1, 3)),)


@case("tf.linalg.set_diag")
def set_diag(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(2, 4)
    return draw.tensor(dims), draw.tensor(draw.disturbed([*dims[:-2], min(dims[-2:])]))


@case("tf.linalg.tensor_diag_part")
def tensor_diag_part(draw: Draw) -> tuple[Any, ...]:
    dims = draw.positive_dims(1, 2)
    return (draw.tensor(dims + dims),)


@case("tf.linalg.cross")
def cross(draw: Draw) -> tuple[Any, ...]:
    dims = [*draw.dims(0, 2), 3]
    return draw.tensor(dims), draw.tensor(draw.disturbed(dims))


@case("tf.linalg.global_norm")
def global_norm(draw: Draw) -> tuple[Any, ...]:
    return ([draw.tensor(), draw.tensor()],)


@case("tf.clip_by_global_norm")
def clip_by_global_norm(draw: Draw) -> tuple[Any, ...]:
    return [draw.tensor(), draw.tensor()], 1.0
