"""Instances of the program's own classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.domain.objects import BUILT, Class, Function, Happened, Instance
from tfgrad_lint.domain.values import NONE, External, Node, Tensor, TensorShape, Unknown, Value
from tfgrad_lint.interpreter import functions, syntax
from tfgrad_lint.interpreter.arguments import Arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst as cst

    from tfgrad_lint.interpreter.state import State

# Methods that run once before any other, so that what they assign holds in every other one.
_SET_UP: Final = ("__init__", "build", "setUp")


def instantiate(state: State, node: cst.CSTNode, cls: Class, arguments: Arguments) -> Instance:
    """Return a new object of ``cls`` after its ``__init__`` ran with ``arguments``."""
    instance = Instance(cls, Node(cls.name, (), state.site(node), opaque=True))
    initializer = find(state, cls, "__init__")
    if initializer is not None:
        functions.call(state, node, initializer, arguments.after(instance))
    elif any(isinstance(each, Class) and each.fields is not None for each in cls.lineage()):
        # What a ``__new__`` of the program's makes of its arguments is not followed.
        followed = find(state, cls, "__new__") is None
        _fill(state, node, instance, arguments if followed else Arguments(complete=False))
    return instance


def _fill(state: State, node: cst.CSTNode, instance: Instance, arguments: Arguments) -> None:
    """Give a record its fields; those that are not given have the defaults, which are attributes of the class."""
    names = instance.cls.all_fields()
    given = {**dict(zip(names, arguments.positional, strict=False)), **arguments.keywords}
    for name in names:
        if name in given:
            state.store.set((instance, name), given[name])
        elif not arguments.complete:
            state.store.set((instance, name), _any_value(name, instance))
        elif instance.cls.is_tuple:
            state.store.set((instance, name), _default(state, instance, name))
    finish = find(state, instance.cls, "__post_init__")
    if finish is not None:
        functions.call(state, node, finish, Arguments((instance,)))


def _default(state: State, instance: Instance, name: str) -> Value:
    scopes = (each.scope for each in instance.cls.lineage() if isinstance(each, Class))
    found = next((value for scope in scopes if (value := state.store.get((scope, name))) is not None), None)
    return _any_value(name, instance) if found is None else found


def replaced(state: State, node: cst.CSTNode, instance: Instance, changes: Mapping[str, Value]) -> Instance:
    """Return a named tuple like ``instance`` in all but the fields that ``changes`` gives."""
    result = Instance(instance.cls, Node(instance.cls.name, (), state.site(node), opaque=True))
    for name in instance.cls.all_fields():
        value = changes.get(name) or state.store.get((instance, name)) or _any_value(name, result)
        state.store.set((result, name), value)
    return result


def _any_value(name: str, instance: Instance) -> Unknown:
    return Unknown(Node(name, (instance.node,), None, opaque=True))


def build(state: State, node: cst.CSTNode, instance: Instance, arguments: Arguments) -> None:
    """Run the method ``build`` of a Keras layer or model before its first call, with the shape of the input."""
    method = find(state, instance.cls, "build")
    if method is None or not instance.exact or not isinstance(keras_base(instance.cls), External):
        return
    location = (instance, BUILT)
    if state.store.get(location) is not None:
        return
    state.store.set(location, Happened(state.site(node)))
    first = arguments.positional[0] if arguments.positional else next(iter(arguments.keywords.values()), NONE)
    shape: Value = Unknown(Node("input_shape", (), None, opaque=True))
    if isinstance(first, Tensor):
        shape = TensorShape(first.shape, first.node)
    functions.call(state, node, method, Arguments((instance, shape)))


def keras_base(cls: Class) -> External | None:
    """Return the class of Keras or TensorFlow that ``cls`` derives from, None if it derives from none."""
    bases = (each for each in cls.lineage() if isinstance(each, External))
    return next((each for each in bases if each.name.startswith("tf.")), None)


def find(state: State, cls: Class, name: str) -> Function | None:
    """Return the method ``name`` of ``cls`` or of its nearest ancestor in the program that has it."""
    for each in cls.lineage():
        if not isinstance(each, Class):
            return None
        found = state.store.get((each.scope, name))
        if found is not None:
            return found if isinstance(found, Function) else None
    return None


def any_instance(state: State, cls: Class) -> Instance:
    """Return an object that stands for any instance of ``cls`` or of a subclass, as ``self`` in its methods.

    It has the attributes that the set-up methods give for unknown arguments; those that other methods assign too are
    unknown.
    """
    known = state.instances.get(cls)
    if known is not None:
        return known
    instance = Instance(cls, Node(f"instance {cls.name}", (), None, opaque=True), exact=False)
    state.instances[cls] = instance
    changing: set[str] = set()
    for ancestor in cls.lineage():
        if isinstance(ancestor, Class) and ancestor.definition is not None:
            changing |= syntax.attributes_set_outside(ancestor.definition, frozenset(_SET_UP))
    for name in cls.all_fields():
        state.store.set((instance, name), _any_value(name, instance))
    for name in _SET_UP:
        method = find(state, cls, name)
        if method is not None:
            functions.run_symbolically(state, method, instance)
            state.note_called(method.definition)
    for name in changing:
        state.store.set((instance, name), _any_value(name, instance))
    return instance
