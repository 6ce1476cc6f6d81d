"""The shape of every tensor that a file assigns to a name, as the linter infers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from libcst.metadata import MetadataWrapper, PositionProvider

from tfgrad_lint.interpreter.program import interpret

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.project import Project


@dataclass(frozen=True, order=True)
class InferredShape:
    """What is known of the tensor that an assignment binds, in all contexts in which it runs.

    ``shape`` has an integer or the name of a symbol per axis, ``?`` for an axis of which nothing is known, and is None
    if not even the rank is known; ``dtype`` is None if it is not known. Lines and columns count from 1.
    """

    line: int
    column: int
    name: str
    shape: tuple[str, ...] | None
    dtype: str | None

    def __str__(self) -> str:
        sizes = "..." if self.shape is None else ", ".join(self.shape)
        return f"{self.name}: [{sizes}] {self.dtype or '?'}"


def infer_shapes(module: cst.Module, path: str, project: Project | None = None) -> tuple[InferredShape, ...]:
    r"""Return what is inferred for each assignment of ``module``, the file at ``path``, in order of position.

    Example:
        >>> import libcst
        >>> for inferred in infer_shapes(libcst.parse_module("import tensorflow as tf\\nx = tf.ones([2, 3])"), "x.py"):
        ...     print(inferred)
        x: [2, 3] float32
    """
    bindings = interpret(module, path, project).bindings
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider) if bindings else {}
    found: list[InferredShape] = []
    for target, tensor in bindings.items():
        start = positions[target].start
        dims = tensor.shape.dims
        shape = None if dims is None else tuple(repr(dim) for dim in dims)
        found.append(
            InferredShape(start.line, start.column + 1, str(getattr(target, "value", "")), shape, tensor.dtype)
        )
    return tuple(sorted(found, key=lambda each: (each.line, each.column)))
