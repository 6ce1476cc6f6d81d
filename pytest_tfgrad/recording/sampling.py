"""Whether a function draws random numbers and compares them with its arguments, as samplers by rejection do.

The result of such a function jumps where an argument moves a draw from accepted to refused, so its gradient is none for
fixed random numbers. Samplers give it an implicit reparameterisation in place of that (M. Figurnov, S. Mohamed and
A. Mnih, "Implicit Reparameterization Gradients", https://arxiv.org/abs/1805.08498), estimators a surrogate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_tfgrad import tensorflow_adapter as adapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_tfgrad.recording.records import CustomGradientScope

_COMPARISONS: Final = frozenset({"Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "NotEqual"})
_LOOPS: Final = frozenset({"While", "StatelessWhile"})


def compares_draws(scope: CustomGradientScope) -> bool:
    """Tell whether a call of a custom gradient that has ended compared what it drew with its arguments.

    Of a graph function only the ops are known: one that draws and compares, or loops, counts as doing so.
    """
    given = {tensor._id for tensor in scope.inputs}
    drawn: set[int] = set()
    for record in scope.records:
        inputs = {tensor._id for tensor in record.inputs}
        is_given, is_drawn = not given.isdisjoint(inputs), not drawn.isdisjoint(inputs)
        if record.function is not None:
            op_types = set(_op_types(adapter.function_definition(record.function)))
            draws = any(map(_draws, op_types))
            if is_given and draws and not op_types.isdisjoint(_COMPARISONS | _LOOPS):
                return True
        else:
            draws = _draws(record.op_type)
            if is_given and is_drawn and record.op_type in _COMPARISONS:
                return True
        # Shapes and indices carry neither.
        values = {tensor._id for tensor in record.outputs if adapter.is_trainable_type(tensor)}
        if is_given:
            given |= values
        if is_drawn or draws:
            drawn |= values
    return False


def _draws(op_type: str) -> bool:
    return "Random" in op_type or "TruncatedNormal" in op_type


def _op_types(definition: Any) -> Iterator[str]:
    """The op types in a graph function and in those that it calls, which are few and not recursive."""
    for node in definition.node_def:
        yield node.op
        for attribute in node.attr.values():
            for name in (attribute.func.name, *(function.name for function in attribute.list.func)):
                if name:
                    yield from _op_types(adapter.function_definition(name))
