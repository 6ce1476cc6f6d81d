"""What an expression evaluates to."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import libcst as cst

from tfgrad_lint.domain.objects import ITEMS, YIELDED, Deferred, DictObject, Function, ListObject
from tfgrad_lint.domain.values import (
    NONE,
    Constant,
    Mapping,
    Node,
    OfType,
    Sequence,
    Tensor,
    Unknown,
    Value,
    node_of,
)
from tfgrad_lint.interpreter import (
    assignment,
    attributes,
    calls,
    comprehensions,
    imports,
    iteration,
    models,
    names,
    operators,
    refinement,
    special_methods,
    subscripts,
)
from tfgrad_lint.interpreter.freezing import freeze_apart, new_dict, new_list
from tfgrad_lint.interpreter.joining import join, joined_items
from tfgrad_lint.interpreter.state import BudgetExhausted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.interpreter.state import State

_T = TypeVar("_T")

# Literals with more items than this (tables of data) are arrays whose items do not matter one by one.
_MAX_ITEMS: Final = 4096


def evaluate(state: State, node: cst.BaseExpression) -> Value:
    """Return the value of ``node``.

    Raises:
        BudgetExhausted: the file's step budget is spent.
    """
    # As State.step does: a call for each expression is a tenth of what most of them cost.
    state.steps -= 1
    if state.scope.module is not state.module:
        state.foreign_steps -= 1
    if state.steps < 0:
        raise BudgetExhausted
    handler = _HANDLERS.get(type(node))
    return handler(state, node) if handler is not None else state.unknown("expression", node)


def _name(state: State, node: cst.Name) -> Value:
    value = state.read(node.value)
    if value is None:
        value = imports.from_star(state, state.scope.module, node.value) or names.builtin(node.value)
    if type(value) is Deferred:
        return imports.resolve(state, value)
    return value if value is not None else state.unknown(f"name {node.value}", node)


def _literal(state: State, node: cst.Integer | cst.Float | cst.Imaginary | cst.SimpleString) -> Value:
    try:
        return _constant(node.value)
    except (SyntaxError, ValueError):
        # The parser takes zero bytes within strings and integers of any length.
        return state.unknown("literal", node)


# From this length on Python may refuse to read an integer.
_LONG: Final = 640


# A program writes the same few numbers and names of keys over and over: nine of ten are found here.
@lru_cache(maxsize=4096)
def _constant(text: str) -> Constant:
    if text.isdecimal() and len(text) < _LONG:
        return Constant(int(text))
    if text[0] in "\"'" and text[:3] not in {'"""', "'''"} and "\\" not in text:
        return Constant(text[1:-1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Constant(ast.literal_eval(text))


def _concatenated(state: State, node: cst.ConcatenatedString) -> Value:
    left, right = evaluate(state, node.left), evaluate(state, node.right)
    if isinstance(left, Constant) and isinstance(right, Constant) and type(left.value) is type(right.value):
        return Constant(left.value + right.value)
    return OfType("str")


def _formatted(state: State, node: cst.FormattedString) -> Value:
    for part in node.parts:
        if type(part) is cst.FormattedStringExpression:
            evaluate(state, part.expression)
    return OfType("str")


def _ellipsis(state: State, node: cst.Ellipsis) -> Value:
    return Constant(...)


def _attribute(state: State, node: cst.Attribute) -> Value:
    return attributes.get(state, evaluate(state, node.value), node.attr.value, node)


def _binary(state: State, node: cst.BinaryOperation) -> Value:
    left, right = evaluate(state, node.left), evaluate(state, node.right)
    return operators.binary(state, node, operators.BINARY[type(node.operator)], left, right)


def _unary(state: State, node: cst.UnaryOperation) -> Value:
    return operators.unary(state, node, evaluate(state, node.expression))


def holds(state: State, test: cst.BaseExpression) -> bool | None:
    """Evaluate a condition and tell whether it holds, None where that is not known.

    Of an ``and`` one part that fails is enough to know, though the other is unknown; of an ``or`` one that holds.
    """
    if type(test) is cst.UnaryOperation and type(test.operator) is cst.Not:
        known = holds(state, test.expression)
        return None if known is None else not known
    if type(test) is not cst.BooleanOperation:
        return operators.truth(state, evaluate(state, test))
    decisive = type(test.operator) is cst.Or
    left = holds(state, test.left)
    if left is not None:
        return left if left is decisive else holds(state, test.right)
    return decisive if _right_if_read(state, test, holds) is decisive else None


def _boolean(state: State, node: cst.BooleanOperation) -> Value:
    left = evaluate(state, node.left)
    known = operators.truth(state, left)
    if known is (type(node.operator) is cst.Or):
        return left
    if known is not None:
        return evaluate(state, node.right)
    return join(left, _right_if_read(state, node, evaluate))


def _right_if_read(state: State, node: cst.BooleanOperation, read: Callable[[State, cst.BaseExpression], _T]) -> _T:
    """Read the right part of an ``and`` or ``or`` whose left part may or may not decide it."""
    results: list[_T] = []

    def right() -> bool:
        refinement.assume(state, node.left, type(node.operator) is cst.And)
        results.append(read(state, node.right))
        return True

    state.alternatives(lambda: True, right)
    return results[0]


def _append(results: list[Value], value: Value) -> bool:
    results.append(value)
    return True


def _comparison(state: State, node: cst.Comparison) -> Value:
    left = evaluate(state, node.left)
    results: list[Value] = []
    for target in node.comparisons:
        right = evaluate(state, target.comparator)
        results.append(operators.compare(state, node, target.operator, left, right))
        left = right
    if len(results) == 1:
        return results[0]
    truths = [operators.truth(state, result) for result in results]
    if False in truths:
        return Constant(False)
    return OfType("bool") if None in truths else Constant(True)


def _conditional(state: State, node: cst.IfExp) -> Value:
    known = holds(state, node.test)
    if known is not None:
        return evaluate(state, node.body if known else node.orelse)
    results: list[Value] = []

    def path(branch: cst.BaseExpression, holds: bool) -> bool:
        refinement.assume(state, node.test, holds)
        return _append(results, evaluate(state, branch))

    state.alternatives(lambda: path(node.body, True), lambda: path(node.orelse, False))
    return join(results[0], results[1])


def _walrus(state: State, node: cst.NamedExpr) -> Value:
    value = evaluate(state, node.value)
    assignment.bind(state, node.target, value)
    return value


def _lambda(state: State, node: cst.Lambda) -> Value:
    function = Function("lambda", node, state.scope, parameter_defaults(state, node.params))
    state.activation.created.append(function)
    return function


def parameter_defaults(state: State, parameters: cst.Parameters) -> dict[str, Value]:
    """Evaluate the default values of a function's parameters."""
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    return {each.name.value: evaluate(state, each.default) for each in every if each.default is not None}


def _items(state: State, elements: Any) -> tuple[Value, ...] | None:
    """Return the items of a display, None if a starred item makes their number unknown."""
    if len(elements) > _MAX_ITEMS:
        return None
    items: list[Value] = []
    for element in elements:
        value = evaluate(state, element.value)
        if type(element) is cst.StarredElement:
            if isinstance(value, ListObject):
                value = state.store.get((value, ITEMS)) or value
            if not isinstance(value, Sequence):
                return None
            items.extend(value.items)
        else:
            items.append(value)
    return tuple(items)


def _tuple(state: State, node: cst.Tuple) -> Value:
    items = _items(state, node.elements)
    return state.unknown("tuple", node) if items is None else Sequence(items)


def _list(state: State, node: cst.List) -> Value:
    items = _items(state, node.elements)
    contents: Value = state.unknown("list", node) if items is None else Sequence(items, "list")
    return new_list(state, contents, Node("list", node_of(contents), state.site(node)))


def _set(state: State, node: cst.Set) -> Value:
    items = _items(state, node.elements)
    return Unknown(Node("set", node_of(Sequence(items or ())), state.site(node), opaque=items is None))


def _dict(state: State, node: cst.Dict) -> Value:
    contents: dict[Any, Value] = {}
    known = True
    for element in node.elements:
        value = evaluate(state, element.value)
        if type(element) is cst.DictElement:
            key = evaluate(state, element.key)
            known = known and isinstance(key, Constant)
            if isinstance(key, Tensor):
                # Tensors can't be hashed, but the placeholders of TensorFlow 1 are fed so.
                models.apply(state, "tf.compat.v1.feed_dict", element, (key, value))
            contents[key.value if isinstance(key, Constant) else len(contents)] = value
        else:
            inner = state.store.get((value, ITEMS)) if isinstance(value, DictObject) else None
            known = known and isinstance(inner, Mapping)
            contents.update(inner.items if isinstance(inner, Mapping) else {})
    result = Mapping(contents)
    step = Node("dict", node_of(result), state.site(node))
    return new_dict(state, result if known else state.unknown("dict", node, step), step)


def _subscript(state: State, node: cst.Subscript) -> Value:
    receiver = evaluate(state, node.value)
    return subscripts.get(state, node, receiver, subscripts.key(state, node.slice))


def _await(state: State, node: cst.Await) -> Value:
    value = evaluate(state, node.expression)
    return state.unknown("await", node, *node_of(value))


def _yield(state: State, node: cst.Yield) -> Value:
    if isinstance(node.value, cst.From):
        source = special_methods.iterated(state, node, evaluate(state, node.value.item))
        items = iteration.items(state, source)
        _give(state, items if items is not None else (iteration.item(state, node, source),), exact=items is not None)
    else:
        _give(state, (NONE if node.value is None else evaluate(state, node.value),), exact=True)
    return state.unknown("yield", node)


def _give(state: State, values: tuple[Value, ...], *, exact: bool) -> None:
    """Note what the running generator gives; not ``exact`` if it is not known how many more are like it."""
    given = tuple(freeze_apart(state, value) for value in values)
    state.activation.yielded.extend(given)
    location = (state.activation, YIELDED)
    before = state.store.get(location)
    if isinstance(before, Sequence):
        # A list may change before the next item is asked for.
        exact = exact and all(value is kept for value, kept in zip(values, given, strict=True))
        state.store.set(location, Sequence(before.items + given, "list") if exact else joined_items(given))


def _call(state: State, node: cst.Call) -> Value:
    return calls.evaluate_call(state, node)


def _list_comprehension(state: State, node: cst.ListComp) -> Value:
    return comprehensions.evaluate_list(state, node)


def _other_comprehension(state: State, node: cst.SetComp | cst.GeneratorExp) -> Value:
    return comprehensions.evaluate_other(state, node)


def _dict_comprehension(state: State, node: cst.DictComp) -> Value:
    return comprehensions.evaluate_dict(state, node)


_HANDLERS: Final[dict[type[cst.CSTNode], Callable[[State, Any], Value]]] = {
    cst.Name: _name,
    cst.Integer: _literal,
    cst.Float: _literal,
    cst.Imaginary: _literal,
    cst.SimpleString: _literal,
    cst.ConcatenatedString: _concatenated,
    cst.FormattedString: _formatted,
    cst.Ellipsis: _ellipsis,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.IfExp: _conditional,
    cst.NamedExpr: _walrus,
    cst.Lambda: _lambda,
    cst.Tuple: _tuple,
    cst.List: _list,
    cst.Set: _set,
    cst.Dict: _dict,
    cst.Subscript: _subscript,
    cst.ListComp: _list_comprehension,
    cst.SetComp: _other_comprehension,
    cst.GeneratorExp: _other_comprehension,
    cst.DictComp: _dict_comprehension,
    cst.Await: _await,
    cst.Yield: _yield,
}
