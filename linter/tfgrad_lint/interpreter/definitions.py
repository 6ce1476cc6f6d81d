"""``def`` and ``class`` statements, with the decorators that matter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.domain.objects import BoundMethod, Class, Function, Instance, Kind, Partial, Scope
from tfgrad_lint.domain.values import ApiObject, External, Node, Unknown, Value
from tfgrad_lint.interpreter import calls, expressions, statements, syntax
from tfgrad_lint.interpreter.arguments import Arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfgrad_lint.interpreter.state import State

# Decorators after which the name still stands for the function, called as it is written.
_TRANSPARENT: Final = frozenset(
    {
        "tf.function",
        "tf.Module.with_name_scope",
        "tf.autograph.experimental.do_not_convert",
        "tf.custom_gradient",
        "tf.recompute_grad",
        "builtins.staticmethod",
        "builtins.classmethod",
        "builtins.property",
        "abc.abstractmethod",
        "functools.wraps",
        "functools.lru_cache",
        "functools.cache",
        "functools.cached_property",
        "typing.override",
        "typing.no_type_check",
    }
)

# What a program's own decorator may be, or return: to call it is to run the program's code.
_CALLED: Final = (Function, Class, Instance, BoundMethod, Partial)

# Decorators that tell that a test is expected to fail, or is not run.
_EXPECTED_FAILURE: Final = ("xfail", "expectedfailure", "skip")


def define_function(state: State, node: cst.FunctionDef) -> None:
    """Bind the name of a function."""
    defaults = expressions.parameter_defaults(state, node.params)
    values = [expressions.evaluate(state, each.decorator) for each in node.decorators]
    decorators = [_decorator_name(value) for value in values]
    owner = state.building_classes[-1] if state.scope.kind == "class" else None
    function = Function(
        node.name.value,
        node,
        state.scope,
        defaults,
        _kind(decorators),
        owner,
        custom_gradient="tf.custom_gradient" in decorators,
        graph="tf.function" in decorators,
        signature=_first_signature(values),
    )
    if any(word in name.lower() for name in decorators for word in _EXPECTED_FAILURE):
        state.note_called(node)
    if owner is None:
        state.activation.created.append(function)
    else:
        state.methods[owner].append(function)
    state.write(node.name.value, _decorated(state, node, function, values))


def _decorated(state: State, node: cst.FunctionDef, function: Function, decorators: Sequence[Value]) -> Value:
    """Return what the name of a function stands for after its decorators; those of the program are called."""
    result: Value = function
    for place, decorator in zip(reversed(node.decorators), reversed(decorators), strict=True):
        name = _decorator_name(decorator)
        accessor = _accessor(state, place.decorator, function)
        if accessor is not None:
            result = accessor
            continue
        if name in _TRANSPARENT:
            result = _told(result, name, given_signature(decorator)) if result is not function else result
            continue
        if not isinstance(decorator, _CALLED):
            return state.unknown(f"function {node.name.value}", node)
        # What the decorator does by itself is told where its own definition is looked at.
        with state.silently():
            result = calls.call(state, place, decorator, Arguments((result,)))
        if not isinstance(result, _CALLED):
            return state.unknown(f"function {node.name.value}", node)
    return result


def _accessor(state: State, decorator: cst.BaseExpression, function: Function) -> Function | None:
    """Return a property with what ``@name.setter`` or ``@name.deleter`` adds to it, None for other decorators."""
    if type(decorator) is not cst.Attribute or decorator.attr.value not in {"setter", "deleter"}:
        return None
    known = expressions.evaluate(state, decorator.value)
    if not isinstance(known, Function) or known.kind != "property":
        return None
    return replace(known, setter=function) if decorator.attr.value == "setter" else known


def _told(value: Value, name: str, signature: Value | None) -> Value:
    """Return what a decorator made of a function, after one around it that Python or TensorFlow knows."""
    if not isinstance(value, Function):
        return value
    if name == "tf.function":
        return replace(value, graph=True, signature=signature)
    return replace(value, kind=_KINDS[name]) if name in _KINDS else value


def _first_signature(decorators: Sequence[Value]) -> Value | None:
    """Return the input_signature of the function as written, not of what a decorator of the program's made of it."""
    for decorator in reversed(decorators):
        if _decorator_name(decorator) not in _TRANSPARENT:
            return None
        signature = given_signature(decorator)
        if signature is not None:
            return signature
    return None


def given_signature(decorator: Value) -> Value | None:
    """Return the input_signature that ``tf.function`` was given as a decorator, None if none."""
    if not isinstance(decorator, ApiObject) or decorator.type != "tf.function":
        return None
    return decorator.attributes.get("input_signature")


def _decorator_name(value: Value) -> str:
    """Return the canonical name of a decorator or of the call that made it, empty if it is not known."""
    if isinstance(value, External):
        return value.name
    if isinstance(value, ApiObject):
        return value.type
    return value.node.what if isinstance(value, Unknown) else ""


_KINDS: Final[dict[str, Kind]] = {
    "builtins.staticmethod": "staticmethod",
    "builtins.classmethod": "classmethod",
    "builtins.property": "property",
    "functools.cached_property": "property",
}


def _kind(decorators: list[str]) -> Kind:
    return next((_KINDS[name] for name in decorators if name in _KINDS), "function")


_RECORD_MAKERS: Final = frozenset({"dataclasses.dataclass"})

# Decorators after which the name still stands for the class as it is written.
_CLASS_DECORATORS: Final = _RECORD_MAKERS | {
    "enum.unique",
    "functools.total_ordering",
    "tf.keras.saving.register_keras_serializable",
    "tf.keras.utils.register_keras_serializable",
    "typing.final",
    "typing.runtime_checkable",
}


def define_class(state: State, node: cst.ClassDef) -> None:
    """Run the body of a class and bind its name."""
    bases = tuple(expressions.evaluate(state, base.value) for base in node.bases)
    decorators: Sequence[Value] = [expressions.evaluate(state, each.decorator) for each in node.decorators]
    outer = state.scope
    names = {_decorator_name(value) for value in decorators}
    is_named_tuple = any(isinstance(base, External) and base.name == "typing.NamedTuple" for base in bases)
    is_tuple = is_named_tuple or any(isinstance(base, Class) and base.is_tuple for base in bases)
    is_record = is_named_tuple or names & _RECORD_MAKERS
    fields = tuple(syntax.annotated_names(node)) if is_record else None
    cls = Class(node.name.value, node, bases, Scope("class", outer), fields, is_tuple)
    state.building_classes.append(cls)
    state.methods[cls] = []
    state.scope = cls.scope
    try:
        statements.execute_block(state, node.body)
    finally:
        state.scope = outer
        state.building_classes.pop()
    known = names <= _CLASS_DECORATORS
    state.write(node.name.value, cls if known else Unknown(Node(f"class {cls.name}", (), None, opaque=True)))
