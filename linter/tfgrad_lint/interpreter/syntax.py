"""Questions about syntax trees that need no evaluation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Fields that hold white space, punctuation and comments.
_LAYOUT: Final = (
    "whitespace", "leading_", "trailing_", "lines_after", "header", "footer", "lpar", "rpar", "lbra", "rbra", "comma",
    "semicolon", "indent", "__",
)  # fmt: skip
_FIELDS: Final[dict[type[cst.CSTNode], tuple[str, ...]]] = {}
_HOLD_STATEMENTS: Final = frozenset(
    {
        cst.IndentedBlock, cst.If, cst.Else, cst.For, cst.While, cst.With, cst.Try, cst.TryStar, cst.ExceptHandler,
        cst.ExceptStarHandler, cst.Finally, cst.Match, cst.MatchCase, cst.FunctionDef, cst.ClassDef,
    }
)  # fmt: skip
_DEFINITIONS: Final = frozenset({cst.FunctionDef, cst.ClassDef, cst.Lambda})
_SEQUENCES: Final = frozenset({list, tuple})
_PLAIN: Final = frozenset({str, bool, type(None), cst.MaybeSentinel})


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the child nodes that are code, not layout: far cheaper than a ``CSTVisitor`` or ``node.children``."""
    kind = type(node)
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(name for name in kind.__slots__ if not name.startswith(_LAYOUT))
    for name in fields:
        value = getattr(node, name)
        # Node classes are abstract base classes, for which isinstance is slow: what is nothing else is a node.
        if type(value) in _SEQUENCES:
            yield from value
        elif type(value) not in _PLAIN:
            yield value


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield ``node`` and all nodes below it, functions and classes within it included."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(children(current))


def in_order(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield ``node`` and all nodes below it in the order of the text."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(list(children(current))))


# A rule asks for the file at hand only.
@lru_cache(maxsize=1)
def parents(tree: cst.Module) -> Mapping[cst.CSTNode, cst.CSTNode | None]:
    """Return what each code node of ``tree`` is part of; the tree itself is part of nothing."""
    found: dict[cst.CSTNode, cst.CSTNode | None] = {tree: None}
    pending: list[cst.CSTNode] = [tree]
    while pending:
        current = pending.pop()
        for child in children(current):
            found[child] = current
            pending.append(child)
    return found


def _walk_own(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the nodes of a function body without those of functions and classes defined in it."""
    pending = list(children(node))
    while pending:
        current = pending.pop()
        yield current
        if type(current) not in _DEFINITIONS:
            pending.extend(children(current))


def is_generator(definition: cst.FunctionDef | cst.Lambda, *, may_yield: bool = True) -> bool:
    """Tell whether calling ``definition`` gives a generator or coroutine in place of running its body.

    ``may_yield`` is False where it is known that nothing in the file does.
    """
    if isinstance(definition, cst.Lambda):
        return False
    if definition.asynchronous is not None:
        return True
    return may_yield and any(type(node) is cst.Yield for node in _walk_own(definition.body))


def returned(definition: cst.FunctionDef | cst.Lambda) -> list[cst.BaseExpression]:
    """Return the expressions that a function or lambda returns, in order."""
    if isinstance(definition, cst.Lambda):
        return [definition.body]
    found = [node.value for node in _walk_own(definition.body) if type(node) is cst.Return and node.value]
    return found[::-1]


def attributes_set_outside(definition: cst.ClassDef, methods: frozenset[str]) -> set[str]:
    """Return the names of ``self`` attributes that methods of a class other than ``methods`` assign."""
    found: set[str] = set()
    for statement in definition.body.body:
        if type(statement) is cst.FunctionDef and statement.name.value not in methods:
            for node in _statements(statement.body):
                if type(node) is cst.Assign:
                    for each in node.targets:
                        found.update(_attribute_names(each.target))
                elif isinstance(node, cst.AnnAssign | cst.AugAssign):
                    found.update(_attribute_names(node.target))
    return found


def annotated_names(definition: cst.ClassDef) -> list[str]:
    """Return the names that the body of a class annotates, in order: the fields of a dataclass."""
    found: list[str] = []
    for line in definition.body.body:
        if type(line) is cst.SimpleStatementLine:
            for each in line.body:
                if type(each) is cst.AnnAssign and type(each.target) is cst.Name and not _is_class_variable(each):
                    found.append(each.target.value)
    return found


def _is_class_variable(statement: cst.AnnAssign) -> bool:
    annotation = statement.annotation.annotation
    kind = annotation.value if type(annotation) is cst.Subscript else annotation
    return getattr(getattr(kind, "attr", kind), "value", None) == "ClassVar"


def _statements(suite: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the statements of a suite and of all suites within it, but nothing within an expression."""
    pending = [suite]
    while pending:
        current = pending.pop()
        for child in children(current):
            if isinstance(child, cst.SimpleStatementLine | cst.SimpleStatementSuite):
                yield from child.body
            elif type(child) in _HOLD_STATEMENTS:
                pending.append(child)


def bound_names(node: cst.CSTNode) -> set[str]:
    """Return the names that the statements within ``node`` bind, imports and definitions left out."""
    found: set[str] = set()
    for each in walk(node):
        if isinstance(each, cst.AssignTarget | cst.AnnAssign | cst.AugAssign | cst.For | cst.NamedExpr):
            found.update(_target_names(each.target))
        elif type(each) is cst.AsName:
            found.update(_target_names(each.name))
    return found


def _target_names(target: cst.CSTNode) -> Iterator[str]:
    if type(target) is cst.Name:
        yield target.value
    elif isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from _target_names(element.value)


def _attribute_names(target: cst.BaseExpression) -> Iterator[str]:
    if type(target) is cst.Attribute:
        yield target.attr.value
    elif isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from _attribute_names(element.value)


def code(node: cst.CSTNode) -> str:
    """Return the source text of ``node`` on one line."""
    if type(node) is cst.Param:
        node = node.with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return " ".join(cst.Module([]).code_for_node(node).split())
