"""tf.linalg, tf.einsum, tf.signal, sparse products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from hunting.case import at, complex_normal, definite, normal, uniform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hunting.case import Case

EINSUMS = ("ij,jk->ik", "ij,ij->", "ij,kj->ijk", "i...,j...->ij...", "ii,ij->j", "ij,jk->")
EQUAL = np.diag([2.0, 2.0, 3.0])
RANK_1 = np.outer([1.0, 2.0, 3.0], [1.0, 1.0, 2.0])


def symmetric(x: Any) -> Any:
    """The symmetric part."""
    return (x + tf.linalg.adjoint(x)) / 2


def linear_algebra() -> Iterator[Case]:
    """Decompositions, solvers, functions of matrices."""
    square, spd, batch = normal(3, 3), definite(3, 3), normal(2, 3, 3)
    well = batch + 3 * np.eye(3)
    yield from at("tf.linalg.inv", tf.linalg.inv, ordinary=well, size_1=[[2.0]], complex=complex_normal(3, 3))
    yield from at(
        "tf.linalg.inv(adjoint)", lambda x: tf.linalg.inv(x, adjoint=True), ordinary=well, complex=complex_normal(3, 3)
    )
    yield from at(
        "tf.linalg.det",
        tf.linalg.det,
        ordinary=well,
        singular=RANK_1,
        zero=np.zeros((2, 2)),
        complex=complex_normal(3, 3),
    )
    yield from at("tf.linalg.slogdet", lambda x: tf.linalg.slogdet(x)[1], ordinary=well, negative=np.diag([-1.0, 2.0]))
    yield from at("tf.linalg.logdet", lambda x: tf.linalg.logdet(symmetric(x)), ordinary=spd)
    yield from at(
        "tf.linalg.cholesky", lambda x: tf.linalg.cholesky(symmetric(x)), ordinary=spd, equal=EQUAL, size_1=[[2.0]]
    )
    yield from at("tf.linalg.cholesky (x itself)", tf.linalg.cholesky, ordinary=spd)
    yield from at("tf.linalg.eigvalsh", lambda x: tf.linalg.eigvalsh(symmetric(x)), ordinary=spd)
    yield from at(
        "tf.linalg.eigh (sum of squares)",
        lambda x: tf.reduce_sum(tf.linalg.eigvalsh(symmetric(x)) ** 2),
        ordinary=spd,
        equal=EQUAL,
    )
    yield from at(
        "tf.linalg.eigh (projector)",
        lambda x: tf.matmul(*[tf.linalg.eigh(symmetric(x))[1][:, :1]] * 2, transpose_b=True),
        ordinary=spd,
    )
    yield from at(
        "tf.linalg.eigvals",
        lambda x: tf.math.real(tf.reduce_sum(tf.linalg.eigvals(x) ** 2)),
        ordinary=square,
        complex=complex_normal(3, 3),
    )
    yield from at(
        "tf.linalg.svd (values)",
        lambda x: tf.linalg.svd(x, compute_uv=False),
        ordinary=normal(4, 3),
        wide=normal(2, 3),
        equal=EQUAL,
        complex=complex_normal(3, 2),
    )
    yield from at(
        "tf.linalg.svd (rebuilt)", rebuilt, ordinary=normal(4, 3), wide=normal(2, 3), complex=complex_normal(3, 3)
    )
    for full in (False, True):
        yield from at(
            f"tf.linalg.qr(full_matrices={full})",
            lambda x, f=full: tf.linalg.qr(x, full_matrices=f),
            ordinary=square,
            tall=normal(4, 3),
            wide=normal(2, 3),
            complex=complex_normal(3, 3),
        )
    yield from at("tf.linalg.lu", lambda x: tf.linalg.lu(x)[0], ordinary=square, complex=complex_normal(3, 3))
    yield from at("tf.linalg.expm", tf.linalg.expm, ordinary=square, zero=np.zeros((2, 2)), large=5 * square)
    yield from at("tf.linalg.logm", tf.linalg.logm, ordinary=complex_normal(3, 3) + 4 * np.eye(3))
    yield from at(
        "tf.linalg.sqrtm",
        tf.linalg.sqrtm,
        ordinary=spd,
        equal=EQUAL,
        complex=complex_normal(3, 3) + 4 * np.eye(3),
    )
    yield from at("tf.linalg.pinv", tf.linalg.pinv, ordinary=normal(4, 3), wide=normal(2, 3))
    for adjoint in (False, True):
        yield from at(
            f"tf.linalg.solve(adjoint={adjoint})",
            lambda a, b, t=adjoint: tf.linalg.solve(a, b, adjoint=t),
            ordinary=(square, normal(3, 2)),
            complex=(complex_normal(3, 3), complex_normal(3, 2)),
        )
        for lower in (False, True):
            yield from at(
                f"tf.linalg.triangular_solve(lower={lower}, adjoint={adjoint})",
                lambda a, b, t=adjoint, u=lower: tf.linalg.triangular_solve(a, b, lower=u, adjoint=t),
                ordinary=(well[0], normal(3, 2)),
                broadcast=(well, normal(3, 2)),
                complex=(complex_normal(3, 3), complex_normal(3, 2)),
            )
    for shape in ((4, 3), (2, 3)):
        yield from at(
            f"tf.linalg.lstsq{shape}",
            lambda a, b: tf.linalg.lstsq(a, b, l2_regularizer=0.1),
            ordinary=(normal(*shape), normal(shape[0], 2)),
        )
    yield from at(
        "tf.linalg.cholesky_solve",
        tf.linalg.cholesky_solve,
        ordinary=(np.linalg.cholesky(spd), normal(3, 2)),
    )
    yield from at(
        "tf.linalg.tridiagonal_solve",
        tf.linalg.tridiagonal_solve,
        ordinary=(uniform(3, 4) + np.array([[0.0], [3.0], [0.0]]), normal(4, 2)),
        vector=(uniform(3, 4) + np.array([[0.0], [3.0], [0.0]]), normal(4)),
    )
    yield from at(
        "tf.linalg.tridiagonal_solve(no pivoting)",
        lambda a, b: tf.linalg.tridiagonal_solve(a, b, partial_pivoting=False),
        ordinary=(uniform(3, 4) + np.array([[0.0], [3.0], [0.0]]), normal(4, 2)),
    )
    yield from at(
        "tf.linalg.tridiagonal_matmul",
        tf.linalg.tridiagonal_matmul,
        ordinary=(uniform(3, 4), normal(4, 2)),
    )
    yield from at(
        "tf.linalg.banded_triangular_solve",
        tf.linalg.banded_triangular_solve,
        ordinary=(uniform(2, 4) + np.array([[3.0], [0.0]]), normal(4, 2)),
    )
    yield from at("tf.linalg.band_part", lambda x: tf.linalg.band_part(x, 1, -1), ordinary=batch)
    for k in (0, -1, (-1, 1)):
        for align in ("LEFT_RIGHT", "RIGHT_LEFT", "LEFT_LEFT"):
            yield from at(
                f"tf.linalg.diag_part(k={k}, {align})",
                lambda x, k=k, a=align: tf.linalg.diag_part(x, k=k, align=a),
                ordinary=normal(2, 3, 4),
            )
    yield from at(
        "tf.linalg.diag(k=1, padding)",
        lambda x, p: tf.linalg.diag(x, k=1, padding_value=p),
        ordinary=(normal(2, 3), np.array(0.5)),
    )
    yield from at(
        "tf.linalg.set_diag(k=-1)",
        lambda x, d: tf.linalg.set_diag(x, d, k=-1),
        ordinary=(normal(2, 3, 4), normal(2, 2)),
    )
    yield from at("tf.linalg.trace", tf.linalg.trace, ordinary=normal(2, 3, 4))
    yield from at("tf.linalg.cross", tf.linalg.cross, ordinary=(normal(2, 3), normal(2, 3, seed=1)))
    yield from at("tf.linalg.tensor_diag_part", tf.linalg.tensor_diag_part, ordinary=normal(2, 3, 2, 3))
    yield from at("tf.linalg.tensor_diag", tf.linalg.tensor_diag, ordinary=normal(2, 3))
    yield from at(
        "tf.linalg.matrix_transpose(conj)",
        lambda x: tf.linalg.matrix_transpose(x, conjugate=True),
        ordinary=complex_normal(2, 3),
    )
    yield from at("tf.linalg.global_norm", lambda x, y: tf.linalg.global_norm([x, y]), ordinary=(normal(2), normal(3)))
    yield from at(
        "tf.tensordot", lambda x, y: tf.tensordot(x, y, [[1, 0], [0, 2]]), ordinary=(normal(2, 3), normal(3, 4, 2))
    )
    for a in ("", "transpose_a", "adjoint_a"):
        for b in ("", "transpose_b", "adjoint_b"):
            arguments = dict.fromkeys(filter(None, (a, b)), True)
            yield from at(
                f"tf.matmul({a}, {b})",
                lambda x, y, k=arguments: tf.matmul(x, y, **k),
                ordinary=(batch, square),
                complex=(complex_normal(3, 3), complex_normal(2, 3, 3)),
                empty=(np.zeros((0, 0)), np.zeros((0, 0))),
            )
    for equation in EINSUMS:
        yield from at(
            f"tf.einsum({equation!r})",
            lambda x, y, e=equation: tf.einsum(e, x, y),
            ordinary=(square, normal(3, 3, seed=1)),
            complex=(complex_normal(3, 3), complex_normal(3, 3, seed=2)),
        )
    yield from at("tf.einsum('ii->i')", lambda x: tf.einsum("ii->i", x), ordinary=square)
    yield from at(
        "tf.einsum('ij,jk,kl->il')",
        lambda x, y, z: tf.einsum("ij,jk,kl->il", x, y, z),
        ordinary=(square, square, square),
    )


def rebuilt(x: Any) -> Any:
    """The matrix with its singular values squared, from all three factors."""
    s, u, v = tf.linalg.svd(x)
    return tf.matmul(u * tf.cast(s**2, u.dtype)[..., tf.newaxis, :], v, adjoint_b=True)


def signals() -> Iterator[Case]:
    """Transforms and frames."""
    for name in ("fft", "ifft"):
        along_axes = getattr(tf.signal, f"{name}nd")
        yield from at(
            f"tf.signal.{name}", getattr(tf.signal, name), ordinary=complex_normal(2, 5), size_1=complex_normal(1)
        )
        yield from at(f"tf.signal.{name}2d", getattr(tf.signal, f"{name}2d"), ordinary=complex_normal(3, 4))
        yield from at(f"tf.signal.{name}3d", getattr(tf.signal, f"{name}3d"), ordinary=complex_normal(2, 3, 2))
        yield from at(
            f"tf.signal.{name}nd",
            lambda x, f=along_axes: f(x, axes=[-1]),
            ordinary=complex_normal(2, 4).astype(np.complex64),
        )
    for length in (4, 5, 8):
        yield from at(f"tf.signal.rfft({length})", lambda x, n=length: tf.signal.rfft(x, [n]), ordinary=normal(2, 5))
        yield from at(
            f"tf.signal.irfft({length})", lambda x, n=length: tf.signal.irfft(x, [n]), ordinary=complex_normal(2, 3)
        )
        yield from at(
            f"tf.signal.rfft2d({length})", lambda x, n=length: tf.signal.rfft2d(x, [3, n]), ordinary=normal(4, 5)
        )
        yield from at(
            f"tf.signal.irfft2d({length})",
            lambda x, n=length: tf.signal.irfft2d(x, [3, n]),
            ordinary=complex_normal(3, 3),
        )
        yield from at(
            f"tf.signal.rfft3d({length})", lambda x, n=length: tf.signal.rfft3d(x, [2, 3, n]), ordinary=normal(2, 3, 5)
        )
        yield from at(
            f"tf.signal.irfft3d({length})",
            lambda x, n=length: tf.signal.irfft3d(x, [2, 3, n]),
            ordinary=complex_normal(2, 3, 3),
        )
    for kind in (1, 2, 3, 4):
        yield from at(f"tf.signal.dct({kind})", lambda x, k=kind: tf.signal.dct(x, k), ordinary=normal(2, 5))
        yield from at(f"tf.signal.idct({kind})", lambda x, k=kind: tf.signal.idct(x, k), ordinary=normal(2, 5))
    yield from at("tf.signal.stft", lambda x: tf.signal.stft(x, 4, 2), ordinary=normal(9))
    yield from at("tf.signal.inverse_stft", lambda x: tf.signal.inverse_stft(x, 4, 2), ordinary=complex_normal(3, 3))
    yield from at("tf.signal.mdct", lambda x: tf.signal.mdct(x, 4), ordinary=normal(12))
    yield from at("tf.signal.frame", lambda x: tf.signal.frame(x, 4, 3, pad_end=True), ordinary=normal(2, 9))
    yield from at("tf.signal.overlap_and_add", lambda x: tf.signal.overlap_and_add(x, 2), ordinary=normal(3, 4))
    yield from at(
        "tf.signal.mfccs_from_log_mel_spectrograms", tf.signal.mfccs_from_log_mel_spectrograms, ordinary=normal(2, 4)
    )
    yield from at("tf.signal.fftshift", tf.signal.fftshift, ordinary=normal(5))


def sparse() -> Iterator[Case]:
    """Products and sums of sparse tensors, by their values."""
    indices, shape = [[0, 1], [1, 0], [1, 2]], [2, 3]

    def of(values: Any) -> Any:
        return tf.SparseTensor(indices, values, shape)

    values = normal(3)
    for a in (False, True):
        for b in (False, True):
            dense = normal(2 if a else 3, 2) if not b else normal(2, 2 if a else 3)
            yield from at(
                f"tf.sparse.sparse_dense_matmul(adjoint_a={a}, adjoint_b={b})",
                lambda v, d, a=a, b=b: tf.sparse.sparse_dense_matmul(of(v), d, adjoint_a=a, adjoint_b=b),
                ordinary=(values, dense),
            )
    yield from at("tf.sparse.reduce_sum", lambda v: tf.sparse.reduce_sum(of(v), 1), ordinary=values)
    yield from at("tf.sparse.reduce_max", lambda v: tf.sparse.reduce_max(of(v), 1), ordinary=values)
    yield from at("tf.sparse.softmax", lambda v: tf.sparse.softmax(of(v)).values, ordinary=values)
    yield from at(
        "tf.sparse.add", lambda v, w: tf.sparse.add(of(v), of(w)).values, ordinary=(values, normal(3, seed=1))
    )
    yield from at("tf.sparse.add (dense)", lambda v, d: tf.sparse.add(of(v), d), ordinary=(values, normal(2, 3)))
    yield from at(
        "tf.sparse.maximum", lambda v, w: tf.sparse.maximum(of(v), of(w)).values, ordinary=(values, normal(3, seed=1))
    )
    yield from at(
        "sparse * dense",
        lambda v, d: (of(v) * d).values,
        ordinary=(values, normal(2, 3)),
        broadcast=(values, normal(1, 3)),
    )
    yield from at(
        "sparse / dense",
        lambda v, d: (of(v) / d).values,
        ordinary=(values, 1 + uniform(2, 3)),
        broadcast=(values, 1 + uniform(3)),
    )
    yield from at("tf.sparse.to_dense", lambda v: tf.sparse.to_dense(of(v)), ordinary=values)
    yield from at(
        "tf.sparse.concat", lambda v, w: tf.sparse.concat(1, [of(v), of(w)]).values, ordinary=(values, values)
    )
    yield from at(
        "tf.sparse.reorder",
        lambda v: tf.sparse.reorder(tf.SparseTensor(indices[::-1], v, shape)).values,
        ordinary=values,
    )
    yield from at("tf.sparse.slice", lambda v: tf.sparse.slice(of(v), [1, 0], [1, 3]).values, ordinary=values)
    yield from at(
        "tf.sparse.fill_empty_rows",
        lambda v: (
            tf.sparse.fill_empty_rows(tf.SparseTensor([[0, 1], [2, 0], [2, 2]], v, [4, 3]), tf.constant(0.0, v.dtype))[
                0
            ].values
        ),
        ordinary=values,
    )
    yield from at("tf.sparse.transpose", lambda v: tf.sparse.transpose(of(v)).values, ordinary=values)
    yield from at(
        "tf.sparse.from_dense", lambda d: tf.sparse.from_dense(d).values, ordinary=normal(2, 3), zeros=[[0.0, 1.0]]
    )
    yield from at(
        "tf.sparse.mask",
        lambda x: tf.sparse.mask(tf.IndexedSlices(x, tf.constant([4, 2])), [2]).values,
        ordinary=normal(2, 3),
    )


def cases() -> Iterator[Case]:
    """Every case of this area."""
    yield from linear_algebra()
    yield from signals()
    yield from sparse()
