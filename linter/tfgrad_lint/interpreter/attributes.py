"""Reading and writing of attributes: ``value.name``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api import registry
from tfgrad_lint.domain.objects import (
    USED,
    BoundMethod,
    Class,
    ContainerMethod,
    DictObject,
    Function,
    Instance,
    ListObject,
    ModuleObject,
    RecordMethod,
    Super,
    Tape,
    TapeMethod,
)
from tfgrad_lint.domain.values import (
    ApiObject,
    Constant,
    DType,
    External,
    Method,
    Node,
    Sequence,
    Tensor,
    TensorShape,
    Unknown,
    Value,
)
from tfgrad_lint.interpreter import functions, imports, models, names, weights
from tfgrad_lint.interpreter.arguments import Arguments
from tfgrad_lint.interpreter.freezing import note_use
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE

if TYPE_CHECKING:
    import libcst as cst

    from tfgrad_lint.interpreter.state import State


def get(state: State, receiver: Value, name: str, node: cst.CSTNode) -> Value:
    """Return ``receiver.name``."""
    if isinstance(receiver, External):
        return imports.submodule(state, receiver, name) or names.member(receiver, name)
    if isinstance(receiver, ModuleObject):
        found = None if state.project.declares(f"{receiver.name}.{name}") else state.store.get((receiver.scope, name))
        return imports.resolve(state, found) if found is not None else External(f"{receiver.name}.{name}")
    if isinstance(receiver, Unknown):
        return _of_unknown(state, receiver, name, node)
    if isinstance(receiver, Instance):
        return _of_object(state, receiver, name, node)
    if isinstance(receiver, Tensor | TensorShape | ApiObject | DType):
        return _of_modelled(state, receiver, name, node)
    if isinstance(receiver, Super | Class):
        return _of_object(state, receiver, name, node)
    if isinstance(receiver, Tape):
        return TapeMethod(receiver, name)
    if isinstance(receiver, ListObject | DictObject):
        return ContainerMethod(receiver, name)
    if name == "value" and isinstance(receiver, Constant | Sequence):
        # The members of an enumeration are kept as their values, and no constant or tuple else has this attribute.
        return receiver
    return models.unknown_result(state, name, node, (receiver,))


def has(state: State, receiver: Value, name: str) -> bool | None:
    """Tell whether ``receiver`` has an attribute ``name``, None if that is not known."""
    if not isinstance(receiver, Instance):
        return None
    if state.store.get((receiver, name)) is not None or find(state, receiver, name) is not None:
        return True
    # In a loop an earlier iteration may have set it, and so may code that is not known.
    if not receiver.exact or state.loops_around or state.store.get((receiver, USED)) is not None:
        return None
    plain = all(isinstance(cls, Class) or cls == External("builtins.object") for cls in receiver.cls.lineage())
    computed = any(find(state, receiver, each) is not None for each in ("__getattr__", "__getattribute__"))
    return None if computed or not plain or name.startswith("__") else False


def _of_modelled(
    state: State, receiver: Tensor | TensorShape | ApiObject | DType, name: str, node: cst.CSTNode
) -> Value:
    written = state.store.get((receiver, name)) if isinstance(receiver, ApiObject) else None
    if written is not None:
        return written
    if isinstance(receiver, ApiObject) and weights.is_list_of_weights(receiver, name):
        return weights.weights_of(state, receiver, name, node)
    for type_name in _type_names(receiver):
        attribute = registry.lookup_attribute(f"{type_name}.{name}")
        if attribute is not None:
            return attribute(state.operation(name, node), receiver)
        if registry.lookup(f"{type_name}.{name}") is not None:
            return Method(f"{type_name}.{name}", receiver)
    note_use(state, receiver)
    return models.unknown_result(state, name, node, (receiver,))


def _type_names(receiver: Tensor | TensorShape | ApiObject | DType) -> tuple[str, ...]:
    if isinstance(receiver, DType):
        return ("DType",)
    if isinstance(receiver, Tensor):
        return {"tensor": ("Tensor",), "variable": ("Variable", "Tensor"), "array": ("Array", "Tensor")}[receiver.kind]
    return registry.lineage(receiver.type) if isinstance(receiver, ApiObject) else ("TensorShape",)


def _of_unknown(state: State, receiver: Unknown, name: str, node: cst.CSTNode) -> Value:
    if name == "shape":
        # Whatever has a shape has it as a tensor has: its axes are known by identity.
        return TensorShape(UNKNOWN_SHAPE, receiver.node)
    known = state.store.get((receiver.node, name))
    if known is None:
        # Kept, so that two reads of one attribute are one value.
        known = Unknown(Node(name, (receiver.node,), state.site(node), opaque=True, tapes=state.tapes))
        state.store.set((receiver.node, name), known)
    return known


def _of_object(state: State, receiver: Instance | Super | Class, name: str, node: cst.CSTNode) -> Value:
    if isinstance(receiver, Super):
        lineage, instance = _after(receiver), receiver.receiver
    elif isinstance(receiver, Instance):
        own = state.store.get((receiver, name))
        if own is not None:
            return own
        lineage, instance = receiver.cls.lineage(), receiver
    else:
        lineage, instance = receiver.lineage(), receiver
    for cls in lineage:
        if not isinstance(cls, Class):
            inherited = _of_api_class(state, cls, instance, name, node)
            if inherited is not None:
                return inherited
            break
        found = state.store.get((cls.scope, name))
        if found is not None:
            return _bound(state, found, instance, node)
    if isinstance(receiver, Instance) and receiver.cls.is_tuple and name in {"_replace", "_asdict"}:
        return RecordMethod(receiver, name)
    result = models.unknown_result(state, name, node, ())
    if isinstance(receiver, Instance):
        note_use(state, receiver)
        state.store.set((receiver, name), result)
    return result


def find(state: State, instance: Instance, name: str) -> Value | None:
    """Return what the classes of the program that ``instance`` is of define as ``name``, None if none does."""
    scopes = (cls.scope for cls in instance.cls.lineage() if isinstance(cls, Class))
    return next((found for scope in scopes if (found := state.store.get((scope, name))) is not None), None)


def _after(receiver: Super) -> list[Value]:
    """Return the classes that ``super()`` looks into: those after its own in the lineage of the object."""
    owner = receiver.receiver
    cls = owner.cls if isinstance(owner, Instance) else owner
    lineage = cls.lineage() if isinstance(cls, Class) else []
    return lineage[lineage.index(receiver.cls) + 1 :] if receiver.cls in lineage else receiver.cls.lineage()[1:]


def _of_api_class(state: State, cls: Value, instance: Value, name: str, node: cst.CSTNode) -> Value | None:
    """Return what an object of the program's has from a base class of the API, None if that is not known."""
    if not isinstance(cls, External) or not isinstance(instance, Instance):
        return None
    if weights.is_list_of_weights(instance, name):
        return weights.weights_of(state, instance, name, node)
    rule = registry.find_attribute(cls.name, name)
    if rule is not None:
        return rule(state.operation(name, node), instance)
    method = registry.find(cls.name, name)
    return None if method is None else Method(method.name, instance)


def _bound(state: State, found: Value, instance: Value, node: cst.CSTNode) -> Value:
    if not isinstance(found, Function) or found.kind == "staticmethod":
        return found
    if found.kind == "classmethod":
        return BoundMethod(found, instance.cls if isinstance(instance, Instance) else instance)
    if isinstance(instance, Class):
        return found
    if found.kind == "property":
        return functions.call(state, node, found, Arguments((instance,)))
    return BoundMethod(found, instance)


def set_(state: State, receiver: Value, name: str, value: Value, node: cst.CSTNode) -> None:
    """Assign ``receiver.name = value``."""
    if isinstance(receiver, Instance):
        known = find(state, receiver, name)
        if isinstance(known, Function) and known.setter is not None:
            functions.call(state, node, known.setter, Arguments((receiver, value)))
        else:
            state.store.set((receiver, name), value)
    elif isinstance(receiver, Class):
        state.store.set((receiver.scope, name), value)
    elif isinstance(receiver, ApiObject):
        state.store.set((receiver, name), value)
    elif isinstance(receiver, Unknown):
        state.store.set((receiver.node, name), value)
