"""The table of API models: canonical name -> shape rule with TensorFlow's real signature."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from tfgrad_lint.domain.values import Value

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
    open: bool = False

    def bind(self, positional: tuple[Value, ...], keywords: Mapping[str, Value]) -> dict[str, Value]:
        """Match the arguments of a call to parameters.

        Raises:
            UnboundArguments: too many, unknown, repeated or missing arguments.
        """
        bound = dict(zip(self.parameters, positional, strict=False))
        for name, value in keywords.items():
            known = self.open or name in self.parameters or name in self.keyword_only
            if name in bound or not known:
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
        if not keywords and not self.keyword_only and len(positional) == len(self.parameters):
            return self.rule(operation, *positional)
        bound = self.bind(positional, keywords)
        rest = positional[len(self.parameters) :] if self.variadic else ()
        by_position = [bound.pop(name) for name in self.parameters]
        return self.rule(operation, *by_position, *rest, **bound)


_VERSION_1: Final = "tf.compat.v1."

_MODELS: Final[dict[str, Model]] = {}
_ATTRIBUTES: Final[dict[str, Rule]] = {}
_LINEAGES: Final[dict[str, tuple[str, ...]]] = {}

# Modules that register further models, by the names that start so: loaded when such a name is first looked up, since
# most programs use few of them.
_AREAS: Final[dict[str, str]] = {
    "tf.keras.": "tfgrad_lint.api.keras.areas",
    "tf.data.": "tfgrad_lint.api.data",
    "tf.examples.": "tfgrad_lint.api.tutorials",
    "tf.losses.": "tfgrad_lint.api.v1.areas",
    "sklearn.": "tfgrad_lint.api.sklearn",
    "cv2.": "tfgrad_lint.api.opencv",
    "PIL.": "tfgrad_lint.api.pillow",
    "pandas.": "tfgrad_lint.api.pandas",
    "tf.compat.v1.": "tfgrad_lint.api.v1.areas",
    "np.": "tfgrad_lint.api.np_area",
    "Array.": "tfgrad_lint.api.np_area",
}


AnyRule = TypeVar("AnyRule", bound=Rule)


def model(*names: str) -> Callable[[AnyRule], AnyRule]:
    """Register a rule under canonical names (``tf.reduce_sum``, ``Tensor.get_shape``).

    The rule's own parameters after the first are the signature, so they bear TensorFlow's names and defaults (as
    values: ``NONE``, ``FALSE``). For methods, the receiver is the first parameter after the operation.
    """

    def register(rule: AnyRule) -> AnyRule:
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
    has_variadic, is_open = bool(code.co_flags & 0x04), bool(code.co_flags & 0x08)
    last = rule.__defaults__ or ()
    defaults = dict(zip(parameters[len(parameters) - len(last) :], last, strict=True))
    defaults.update(rule.__kwdefaults__ or {})
    variadic = names[code.co_argcount + code.co_kwonlyargcount] if has_variadic else None
    add_model(Model(name, rule, parameters, defaults, keyword_only, variadic, is_open))


def add_model(entry: Model) -> None:
    """Register a model whose signature is data; a name is registered once."""
    if entry.name in _MODELS:
        raise ValueError(f"{entry.name} has two models")
    _MODELS[entry.name] = entry
    _lookup_elsewhere.cache_clear()


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


def attribute(*names: str) -> Callable[[AnyRule], AnyRule]:
    """Register the rule of an attribute (``Tensor.shape``); it takes the operation and the object."""

    def register(rule: AnyRule) -> AnyRule:
        for name in names:
            if name in _ATTRIBUTES:
                raise ValueError(f"{name} has two models")
            _ATTRIBUTES[name] = rule
        return rule

    return register


def add_class(name: str, *bases: str) -> None:
    """Say that objects of the class with the canonical ``name`` have the methods and attributes of ``bases`` too."""
    inherited = [each for base in bases for each in lineage(base)]
    _LINEAGES[name] = (name, *dict.fromkeys(inherited))


def lineage(name: str) -> tuple[str, ...]:
    """Return the canonical name of a class and those of its bases, nearest first."""
    _load_area(name)
    return _LINEAGES.get(name, (name,))


def find(class_name: str, member: str) -> Model | None:
    """Return the model of a method of a class or of its nearest base that has it, None if there is none."""
    found = (_MODELS.get(f"{each}.{member}") for each in lineage(class_name))
    return next((each for each in found if each is not None), None)


def find_attribute(class_name: str, member: str) -> Rule | None:
    """Return the rule of an attribute of a class or of its nearest base that has it, None if there is none."""
    found = (_ATTRIBUTES.get(f"{each}.{member}") for each in lineage(class_name))
    return next((each for each in found if each is not None), None)


def lookup_attribute(name: str) -> Rule | None:
    """Return the rule of the attribute with the canonical ``name``, or None if there is none."""
    return _ATTRIBUTES.get(name)


def lookup(name: str) -> Model | None:
    """Return the model of the function with the canonical ``name``, or None if there is none."""
    return _MODELS.get(name) or _lookup_elsewhere(name)


# Programs ask over and over for the same few names that have no model.
@lru_cache(maxsize=4096)
def _lookup_elsewhere(name: str) -> Model | None:
    found = _MODELS.get(name) if _load_area(name) else None
    if found is None and name.startswith("tf.") and not name.startswith(_VERSION_1):
        # Code for TensorFlow 1 names its functions as ``tf.placeholder``, where version 2 has none of that name.
        return lookup(_VERSION_1 + name.removeprefix("tf."))
    return found


def _load_area(name: str) -> bool:
    """Load the module that registers names like ``name``; return whether that was still to be done."""
    for prefix in _AREAS:
        if name.startswith(prefix):
            importlib.import_module(_AREAS.pop(prefix))
            return True
    return False


def present() -> tuple[str, ...]:
    """Return the canonical names of the models that are loaded already."""
    return tuple(_MODELS)


def names() -> tuple[str, ...]:
    """Return the canonical names of all models, sorted."""
    for prefix in tuple(_AREAS):
        _load_area(prefix)
    return tuple(sorted(_MODELS))
