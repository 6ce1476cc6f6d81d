"""The methods by which the program's own classes take part in operators, indexing, ``len`` and iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.objects import BoundMethod, Class, Instance
from tfgrad_lint.domain.values import ApiObject, Constant, External, Integer, OfType, Tensor, Value
from tfgrad_lint.interpreter import calls, classes
from tfgrad_lint.interpreter.arguments import Arguments

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.state import State

_OBJECT: Final = External("builtins.object")

# By these an object on the right of a tensor becomes a tensor itself, and its own operator is not asked.
_CONVERTED_BY: Final = ("__array__", "__tf_tensor__", "__getitem__", "__tensor_priority__", "__array_priority__")


def call(state: State, node: cst.CSTNode, receiver: Value, name: str, *arguments: Value) -> Value | None:
    """Return the result of the method ``name`` that the class of ``receiver`` defines, None if it defines none."""
    if not isinstance(receiver, Instance):
        return None
    method = classes.find(state, receiver.cls, name)
    if method is None:
        return None
    return calls.call(state, node, BoundMethod(method, receiver), Arguments(arguments))


def binary(state: State, node: cst.CSTNode, name: str, left: Value, right: Value) -> Value | None:
    """Return ``left <name> right`` where a class of the program says what that is, None if none does.

    ``name`` is that of the operator in Python's ``operator`` module.
    """
    name = name.rstrip("_")
    if isinstance(left, Instance):
        if not _is_plain(left.cls):
            return call(state, node, left, f"__{name}__", right)
        if isinstance(right, Instance) and right.cls is not left.cls and left.cls in right.cls.lineage():
            # Python asks the subclass on the right first, if it has a method of its own.
            return None
        result = call(state, node, left, f"__{name}__", right)
        if result is not None or not isinstance(right, Instance) or right.cls is left.cls:
            return result
    elif not _leaves_it_to(state, left, right):
        return None
    return call(state, node, right, f"__r{name}__", left)


def _is_plain(cls: Class) -> bool:
    """Tell whether the program itself says all that the class and its ancestors do."""
    return all(isinstance(each, Class) or each == _OBJECT for each in cls.lineage())


def augmented(state: State, node: cst.CSTNode, name: str, left: Value, right: Value) -> Value | None:
    """Return what ``left <name>= right`` binds where the class of ``left`` has a method for it, None if it has none."""
    return call(state, node, left, f"__i{name.rstrip('_')}__", right)


def _leaves_it_to(state: State, left: Value, right: Value) -> bool:
    """Tell whether the operator of ``left`` knows nothing of ``right``, so that Python asks ``right``."""
    if isinstance(left, Tensor) and isinstance(right, Instance):
        converted = any(classes.find(state, right.cls, name) is not None for name in _CONVERTED_BY)
        return left.kind == "tensor" and _is_plain(right.cls) and not converted
    return isinstance(left, Constant | Integer | OfType)


def iterated(state: State, node: cst.CSTNode, value: Value) -> Value:
    """Return what a loop over ``value`` goes through: what ``__iter__`` of the program's own class returns."""
    made = call(state, node, value, "__iter__")
    if made is None:
        return value
    # ``return iter(self.parts)`` makes an iterator that nobody else holds.
    return made.attributes["0"] if isinstance(made, ApiObject) and made.type == "builtins.iter" else made
