"""Runs programs for real and notes what each assignment binds, to compare with what the linter infers for it."""

from __future__ import annotations

import ast
import re
import sys
import tempfile
import types
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tfgrad_lint.inference import InferredShape

# What the assignments call that are traced.
_TRACE = "__traced__"

_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class RealShape:
    """What an assignment bound once: ``dims`` has None for an axis that a graph leaves open, or is None for all axes.

    ``kind`` is the type's name; ``dtype`` is None for what is no tensor.
    """

    kind: str
    dims: tuple[int | None, ...] | None
    dtype: str | None

    def __str__(self) -> str:
        if self.dtype is None:
            return f"a {self.kind}"
        return f"{'[...]' if self.dims is None else list(self.dims)} {self.dtype}"


# Where a name is bound, by line and column from 1, and what it was bound to on each run.
Trace = dict[tuple[int, int], set[RealShape]]


def real_shape(value: Any) -> RealShape:
    """Return what can be seen of ``value`` from outside: of tensors, arrays and variables shape and dtype."""
    kind = type(value).__name__
    if type(value) in (bool, int, float):
        return RealShape(kind, (), None)
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if isinstance(value, type) or shape is None or dtype is None:
        return RealShape(kind, None, None)
    try:
        dims = None if getattr(shape, "rank", 0) is None else tuple(None if dim is None else int(dim) for dim in shape)
    except (TypeError, ValueError):
        return RealShape(kind, None, None)
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None) or np.dtype(dtype).name
    return RealShape(kind, dims, "string" if name.startswith("str") or name == "object" else name)


# Runs a statement and returns what it raised, None if nothing.
Guard: TypeAlias = "Callable[[Callable[[], None]], BaseException | None]"


def _unguarded(run: Callable[[], None]) -> None:
    run()


class Tracer:
    """Runs parts of one program in one namespace, which is that of a module of its own."""

    def __init__(self, name: str = "traced") -> None:
        self.trace: Trace = defaultdict(set)
        self._module = types.ModuleType(name)
        self.namespace = self._module.__dict__
        self.namespace[_TRACE] = self._note

    def _note(self, line: int, column: int, value: Any) -> Any:
        self.trace[line, column].add(real_shape(value))
        return value

    @contextmanager
    def _registered(self) -> Iterator[Path]:
        """Let ``inspect`` find the module and its source, as AutoGraph does."""
        name = self._module.__name__
        with tempfile.TemporaryDirectory() as folder:
            sys.modules[name] = self._module
            try:
                yield Path(folder)
            finally:
                sys.modules.pop(name, None)

    def run(self, parts: Iterable[tuple[str, int]], guard: Guard = _unguarded) -> list[str]:
        """Run parts of the program, given with the numbers of their first lines, statement by statement.

        A statement that fails unbinds the names that it would bind, so that what depends on it fails as well.

        Args:
            parts: Texts, each with the number of its first line in the program.
            guard: Runs a statement; returns what it raised, or raises that to end the program.

        Returns:
            For each statement that failed, its line and the error.
        """
        failures: list[str] = []
        with self._registered() as folder:
            for text, first_line in parts:
                for statement in _traced(text, first_line).body:
                    error = guard(self._runner(statement, folder))
                    if error is not None:
                        reason = str(error).partition("\n")[0]
                        failures.append(f"line {statement.lineno + first_line - 1}: {type(error).__name__}: {reason}")
                        for name in _bound(statement):
                            self.namespace.pop(name, None)
        return failures

    def _runner(self, statement: ast.stmt, folder: Path) -> Callable[[], None]:
        # In a file that exists: AutoGraph reads the source of functions.
        file = folder / f"statement_{len(list(folder.iterdir()))}.py"
        code = ast.unparse(statement)
        file.write_text(code)
        compiled = compile(code, str(file), "exec", dont_inherit=True)
        return lambda: exec(compiled, self.namespace)


def _traced(text: str, first_line: int) -> ast.Module:
    lines = text.split("\n")

    def place(node: ast.AST) -> tuple[int, int]:
        line: int = node.lineno  # type: ignore[attr-defined]
        before = lines[line - 1].encode()[: node.col_offset]  # type: ignore[attr-defined]
        return line + first_line - 1, len(before.decode()) + 1

    module = _Tracing(place).visit(ast.parse(text))
    assert isinstance(module, ast.Module)
    return ast.fix_missing_locations(module)


class _Tracing(ast.NodeTransformer):
    """Puts a note after each assignment to a name."""

    def __init__(self, place: Callable[[ast.AST], tuple[int, int]]) -> None:
        self._place = place

    def _call(self, target: ast.expr, value: ast.expr) -> ast.Call:
        arguments: list[ast.expr] = [ast.Constant(number) for number in self._place(target)]
        return ast.Call(ast.Name(_TRACE, ast.Load()), [*arguments, value], [])

    def _notes(self, *targets: ast.expr | None) -> list[ast.stmt]:
        names = [
            node
            for target in targets
            if target is not None
            for node in ast.walk(target)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        ]
        return [ast.Expr(self._call(name, ast.Name(name.id, ast.Load()))) for name in names]

    def visit_Assign(self, node: ast.Assign) -> Any:
        self.generic_visit(node)
        return [node, *self._notes(*node.targets)]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        self.generic_visit(node)
        return [node, *(self._notes(node.target) if node.value is not None else [])]

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        self.generic_visit(node)
        return [node, *self._notes(node.target)]

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        self.generic_visit(node)
        node.value = self._call(node.target, node.value)
        return node

    def visit_For(self, node: ast.For) -> Any:
        self.generic_visit(node)
        node.body = [*self._notes(node.target), *node.body]
        return node

    def visit_With(self, node: ast.With) -> Any:
        self.generic_visit(node)
        node.body = [*self._notes(*(item.optional_vars for item in node.items)), *node.body]
        return node


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement would bind in its own scope, as far as it is plain to see."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {statement.name}
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(statement):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    return names


def disagreements(inferred: tuple[InferredShape, ...], trace: Trace) -> list[str]:
    """Return what is inferred of assignments that bound something else when they ran."""
    found = []
    for each in inferred:
        wrong = [real for real in trace.get((each.line, each.column), ()) if not _agrees(each, real)]
        if wrong:
            found.append(f"line {each.line}: {each} but is {' and '.join(sorted(map(str, wrong)))}")
    return found


def counts(inferred: tuple[InferredShape, ...], trace: Trace) -> tuple[int, int]:
    """Return how many of the assignments that ran have an inferred shape, and how many of them bound tensors."""
    tensors = [place for place, reals in trace.items() if any(real.dtype is not None for real in reals)]
    return sum((each.line, each.column) in trace for each in inferred), len(tensors)


def _agrees(inferred: InferredShape, real: RealShape) -> bool:
    if real.kind == "NoneType":
        # A gradient that is None has no shape; that it is None is for the rules to say.
        return True
    if real.dtype is None and real.dims is None:
        return False
    if inferred.dtype not in {None, real.dtype}:
        return False
    if inferred.shape is None or real.dims is None:
        return True
    if len(inferred.shape) != len(real.dims):
        return False
    sizes: dict[str, int] = {}
    for name, size in zip(inferred.shape, real.dims, strict=True):
        if _NAME.fullmatch(name) and size is not None and sizes.setdefault(name, size) != size:
            return False
    told = [_size(name, sizes) for name in inferred.shape]
    return all(None in pair or pair[0] == pair[1] for pair in zip(told, real.dims, strict=True))


def _size(dim: str, sizes: dict[str, int]) -> int | None:
    """Return the size that the inferred ``dim`` tells, given those of the symbols alone; None if it tells none."""
    try:
        return int(eval(dim, {"__builtins__": {}}, sizes))
    except (NameError, SyntaxError, TypeError, AttributeError):
        return None
