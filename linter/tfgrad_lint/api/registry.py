"""The table of API models: canonical name -> shape rule with TensorFlow's real signature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from tfgrad_lint.interpreter.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfgrad_lint.api.operation import Operation

# A rule takes the operation and one argument per parameter, and returns the result.
# It raises a Conflict (tfgrad_lint.shapes.conflicts) where TensorFlow certainly raises.
Rule: TypeAlias = Callable[..., Value]


class UnboundArguments(Exception):
    """The arguments of a call do not fit the signature of the model."""


@dataclass(frozen=True, slots=True)
class Model:
    """A shape rule with the parameters of the function it stands for.

    ``parameters`` are TensorFlow's own names in order; ``defaults`` those that may be left out. Parameters from
    ``keyword_only`` on are given by name only. ``variadic`` is the name of a ``*args`` parameter, if there is one.
    """

    name: str
    rule: Rule
    parameters: tuple[str, ...]
    defaults: Mapping[str, Value]
    keyword_only: tuple[str, ...] = ()
    variadic: str | None = None

    def bind(self, positional: tuple[Value, ...], keywords: Mapping[str, Value]) -> dict[str, Value]:
        """Match the arguments of a call to parameters.

        Raises:
            UnboundArguments: too many, unknown, repeated or missing arguments.
        """
        bound = dict(zip(self.parameters, positional, strict=False))
        for name, value in keywords.items():
            if name in bound or not (name in self.parameters or name in self.keyword_only):
                raise UnboundArguments(name)
            bound[name] = value
        for name in (*self.parameters, *self.keyword_only):
            if name not in bound:
                if name not in self.defaults:
                    raise UnboundArguments(name)
                bound[name] = self.defaults[name]
        if len(positional) > len(self.parameters) and self.variadic is None:
            raise UnboundArguments(self.name)
        return bound

    def call(self, operation: Operation, positional: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value:
        """Return the result of a call.

        Raises:
            UnboundArguments: the arguments do not fit the signature.
            Conflict: TensorFlow certainly raises for the shapes.
        """
        bound = self.bind(positional, keywords)
        rest = positional[len(self.parameters) :] if self.variadic else ()
        by_position = [bound.pop(name) for name in self.parameters]
        return self.rule(operation, *by_position, *rest, **bound)


_MODELS: Final[dict[str, Model]] = {}
_ATTRIBUTES: Final[dict[str, Rule]] = {}


def model(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule under canonical names (``tf.reduce_sum``, ``Tensor.get_shape``).

    The rule's own parameters after the first are the signature, so they bear TensorFlow's names and defaults (as
    values: ``NONE``, ``FALSE``). For methods, the receiver is the first parameter after the operation.
    """

    def register(rule: Rule) -> Rule:
        for name in names:
            add(name, rule)
        return rule

    return register


def add(name: str, rule: Rule) -> None:
    """Register ``rule`` under ``name``, with the signature of the rule itself."""
    code = rule.__code__
    names = code.co_varnames
    parameters = names[1 : code.co_argcount]
    keyword_only = names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    has_variadic = bool(code.co_flags & 0x04)
    last = rule.__defaults__ or ()
    defaults = dict(zip(parameters[len(parameters) - len(last) :], last, strict=True))
    defaults.update(rule.__kwdefaults__ or {})
    variadic = names[code.co_argcount + code.co_kwonlyargcount] if has_variadic else None
    add_model(Model(name, rule, parameters, defaults, keyword_only, variadic))


def add_model(entry: Model) -> None:
    """Register a model whose signature is data; a name is registered once."""
    if entry.name in _MODELS:
        raise ValueError(f"{entry.name} has two models")
    _MODELS[entry.name] = entry


def add_family(names: str, rule: Rule, parameters: str, **defaults: Value) -> None:
    """Register ``rule`` under each of ``names`` with one signature, both lists separated by spaces."""
    signature = tuple(parameters.split())
    for name in names.split():
        add_model(Model(name, rule, signature, defaults))


def alias(name: str, *others: str) -> None:
    """Register the model of ``name`` under ``others``, further names of the same function."""
    entry = _MODELS[name]
    for other in others:
        add_model(replace(entry, name=other))


def attribute(*names: str) -> Callable[[Rule], Rule]:
    """Register the rule of an attribute (``Tensor.shape``); it takes the operation and the object."""

    def register(rule: Rule) -> Rule:
        for name in names:
            if name in _ATTRIBUTES:
                raise ValueError(f"{name} has two models")
            _ATTRIBUTES[name] = rule
        return rule

    return register


def lookup_attribute(name: str) -> Rule | None:
    """Return the rule of the attribute with the canonical ``name``, or None if there is none."""
    return _ATTRIBUTES.get(name)


def lookup(name: str) -> Model | None:
    """Return the model of the function with the canonical ``name``, or None if there is none."""
    return _MODELS.get(name)


def names() -> tuple[str, ...]:
    """Return the canonical names of all models, sorted."""
    return tuple(sorted(_MODELS))
