"""Built-in functions that ask objects about themselves, or wrap functions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.objects import DictObject, Function, ListObject, Partial, Super
from tfgrad_lint.domain.values import (
    ApiObject,
    Constant,
    External,
    Integer,
    Node,
    OfType,
    Sequence,
    Tensor,
    Value,
)
from tfgrad_lint.interpreter import attributes
from tfgrad_lint.interpreter.freezing import freeze, note_use

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.arguments import Arguments, Builtin
    from tfgrad_lint.interpreter.state import State


def _super(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    activation = state.activation
    if activation.self_class is None or activation.self_value is None:
        return None
    return Super(activation.self_class, activation.self_value)


def _getattr(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    if not 2 <= len(arguments.positional) <= 3 or not isinstance(arguments.positional[1], Constant):
        return None
    receiver, name = arguments.positional[0], str(arguments.positional[1].value)
    if len(arguments.positional) == 2:
        return attributes.get(state, receiver, name, node)
    has = attributes.has(state, receiver, name)
    if has is None:
        return None
    return attributes.get(state, receiver, name, node) if has else arguments.positional[2]


def _setattr(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 3:
        return None
    receiver, name, value = arguments.positional
    if isinstance(name, Constant):
        attributes.set_(state, receiver, str(name.value), value, node)
    else:
        note_use(state, receiver)
    return Constant(None)


def _graph_function(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    """Return ``tf.function(f, input_signature)``, or what decorates with it."""
    signature = arguments.get(1, "input_signature")
    told = {} if signature is None else {"input_signature": freeze(state, signature)}
    function = arguments.get(0, "func")
    if function is None:
        return ApiObject("tf.function", Node("tf.function", (), state.site(node)), told)
    if isinstance(function, Function):
        return replace(function, graph=True, signature=told.get("input_signature"))
    return None


def _partial(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    if not arguments.positional:
        return None
    return Partial(arguments.positional[0], arguments.positional[1:], arguments.keywords)


# Classes by the names they have in code; six names them for both versions of Python.
_CLASSES: Final[dict[str, type]] = {
    **{f"builtins.{kind.__name__}": kind for kind in (bool, bytes, complex, dict, float, int, list, str, tuple)},
    "six.string_types": str,
    "six.integer_types": int,
}


def _isinstance(state: State, node: cst.CSTNode, arguments: Arguments) -> Value | None:
    """Answer for Python's own types: a tensor is of none of them."""
    if len(arguments.positional) != 2:
        return None
    value, classes = arguments.positional
    named = classes.items if isinstance(classes, Sequence) else (classes,)
    wanted = [_CLASSES[each.name] for each in named if isinstance(each, External) and each.name in _CLASSES]
    own = _class_of(value)
    if own is None or len(wanted) < len(named):
        return OfType("bool")
    return Constant(issubclass(own, tuple(wanted)))


def _class_of(value: Value) -> type | None:
    if isinstance(value, Constant):
        return type(value.value)
    if isinstance(value, Integer):
        return int
    if isinstance(value, OfType):
        return _CLASSES.get(f"builtins.{value.type}")
    if isinstance(value, ListObject):
        return list
    if isinstance(value, DictObject):
        return dict
    return Tensor if isinstance(value, Tensor) else None


MODELS: Final[dict[str, Builtin]] = {
    "builtins.getattr": _getattr,
    "builtins.isinstance": _isinstance,
    "builtins.setattr": _setattr,
    "builtins.super": _super,
    "functools.partial": _partial,
    "tf.function": _graph_function,
}
