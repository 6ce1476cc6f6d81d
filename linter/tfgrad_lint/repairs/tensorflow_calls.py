"""Changes that call functions of TensorFlow, by the name that the module has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.repairs.changes import replaced, wrapped
from tfgrad_lint.repairs.tensorflow_name import tensorflow_name

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.repairs.repair import Change


def wrapped_in_call(
    program: Program, path: str, node: cst.BaseExpression, function: str, arguments: str
) -> tuple[Change, ...] | None:
    """Make ``node`` the first argument of ``tf.function``; ``{tf}`` in the other ``arguments`` is TensorFlow's name."""
    found = tensorflow_name(program, path)
    if found is None:
        return None
    name, imports = found
    rest = f", {arguments.format(tf=name)}" if arguments else ""
    return (*imports, *wrapped(node, f"{name}.{function}(", f"{rest})"))


def other_function(program: Program, path: str, call: cst.Call, function: str) -> tuple[Change, ...] | None:
    """Call ``tf.function`` with the same arguments."""
    found = tensorflow_name(program, path)
    if found is None:
        return None
    name, imports = found
    return (*imports, replaced(call.func, f"{name}.{function}"))
