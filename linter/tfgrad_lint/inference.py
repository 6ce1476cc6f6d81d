"""The shape of every tensor that a file assigns to a name, as the linter infers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfgrad_lint.findings import Span, TraceEntry
from tfgrad_lint.interpreter.program import interpret
from tfgrad_lint.rules.wording import text
from tfgrad_lint.spans import Spans

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.domain.values import Node, Tensor
    from tfgrad_lint.interpreter.project import Project

# How many steps back a shape is told: what is older is rarely on the same screen.
_LONGEST_HISTORY = 6


@dataclass(frozen=True, order=True)
class InferredShape:
    """What is known of the tensor that an assignment binds, in all contexts in which it runs.

    ``shape`` has an integer or the name of a symbol per axis, ``?`` for an axis of which nothing is known, and is None
    if not even the rank is known; ``dtype`` is None if it is not known. One of them is. Lines and columns count from 1.
    """

    line: int
    column: int
    name: str
    shape: tuple[str, ...] | None
    dtype: str | None

    def __str__(self) -> str:
        sizes = "..." if self.shape is None else ", ".join(self.shape)
        return f"{self.name}: [{sizes}] {self.dtype or '?'}"


@dataclass(frozen=True)
class InferredTensor:
    """An assignment's target: where its name stands, its shape, and how that came to be, oldest first."""

    span: Span
    shape: InferredShape
    history: tuple[TraceEntry, ...]


class Inference:
    """What is inferred for the assignments of ``module``, the file at ``path``.

    ``shape_comments`` tells whether comments and docstrings count as hints of shapes.
    """

    def __init__(
        self, module: cst.Module, path: str, project: Project | None = None, *, shape_comments: bool = True
    ) -> None:
        program = interpret(module, path, project, shape_comments=shape_comments)
        self._path = path
        self._spans = Spans(program.trees)
        self._targets = sorted(
            (
                (self._spans.of_node(path, target), target, tensor)
                for target, tensor in program.bindings.items()
                if tensor.shape.dims is not None or tensor.dtype is not None
            ),
            key=lambda each: each[0],
        )

    def shapes(self) -> tuple[InferredShape, ...]:
        """Return what is inferred for each assignment, in order of position."""
        return tuple(_shape(*each) for each in self._targets)

    def tensor(self, name: str, line: int) -> InferredTensor | None:
        """Return the last tensor that is assigned to ``name`` on ``line`` or above it, None if there is none."""
        named = [each for each in self._targets if _name(each[1]) == name and each[0].line <= line]
        if not named:
            return None
        span, _, tensor = named[-1]
        return InferredTensor(span, _shape(*named[-1]), tuple(self._history(tensor.node)))

    def _history(self, node: Node) -> list[TraceEntry]:
        """Walk back over the steps that gave the shape, by their first tensor, and tell where each stands."""
        entries: list[TraceEntry] = []
        seen: set[Node] = set()
        while node not in seen and len(entries) < _LONGEST_HISTORY:
            seen.add(node)
            if node.site is not None and node.shape is not None and node.shape.dims is not None:
                entry = TraceEntry(
                    node.site.path, self._spans.of(node.site), f"`{text(node.site.node)}` has shape {node.shape}"
                )
                if entry not in entries:
                    entries.append(entry)
            node = next((each for each in node.inputs if each.shape is not None), node)
        return entries[::-1]


def infer_shapes(
    module: cst.Module, path: str, project: Project | None = None, *, shape_comments: bool = True
) -> tuple[InferredShape, ...]:
    r"""Return what is inferred for each assignment of ``module``, the file at ``path``, in order of position.

    Example:
        >>> import libcst
        >>> for inferred in infer_shapes(libcst.parse_module("import tensorflow as tf\\nx = tf.ones([2, 3])"), "x.py"):
        ...     print(inferred)
        x: [2, 3] float32
    """
    return Inference(module, path, project, shape_comments=shape_comments).shapes()


def _name(target: cst.CSTNode) -> str:
    return str(getattr(target, "value", ""))


def _shape(span: Span, target: cst.CSTNode, tensor: Tensor) -> InferredShape:
    dims = tensor.shape.dims
    shape = None if dims is None else tuple(repr(dim) for dim in dims)
    return InferredShape(span.line, span.column, _name(target), shape, tensor.dtype)
