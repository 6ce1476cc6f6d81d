"""The changes that fixes are made of: each keeps the comments and the layout of what it does not replace."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.interpreter.syntax import parents
from tfgrad_lint.repairs.repair import Change, Edge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def replaced(node: cst.CSTNode, content: str) -> Change:
    """Write ``content`` in place of ``node``."""
    return Change(Edge(node, "before"), Edge(node, "after"), content)


def inserted_before(node: cst.CSTNode, content: str) -> Change:
    """Write ``content`` in front of ``node``."""
    return Change(Edge(node, "before"), Edge(node, "before"), content)


def inserted_after(node: cst.CSTNode, content: str) -> Change:
    """Write ``content`` behind ``node``."""
    return Change(Edge(node, "after"), Edge(node, "after"), content)


def wrapped(node: cst.BaseExpression, before: str, after: str) -> tuple[Change, ...]:
    """Put an expression between two texts, such as ``tf.squeeze(`` and ``)``."""
    # The edges lie within the parentheses of an expression that has some.
    return (inserted_before(node, before), inserted_after(node, after))


def with_argument(call: cst.Call, index: int, name: str, value: str) -> Change | None:
    """Give a call ``value`` for its parameter ``name``, at the position ``index``, in place of what it has for it.

    None: its arguments are not all written out.
    """
    if any(argument.star for argument in call.args) or _is_bare_generator(call):
        return None
    for position, argument in enumerate(call.args):
        if argument.keyword.value == name if argument.keyword is not None else position == index:
            return replaced(argument.value, value)
    return _appended(call, name, value)


def with_keyword(call: cst.Call, name: str, value: str) -> Change | None:
    """Give a call one keyword argument more; None: its arguments are not all written out."""
    return None if any(argument.star for argument in call.args) else _appended(call, name, value)


def _appended(call: cst.Call, name: str, value: str) -> Change:
    if call.args:
        return inserted_after(call.args[-1], f", {name}={value}")
    return inserted_after(call.whitespace_before_args, f"{name}={value}")


def _is_bare_generator(call: cst.Call) -> bool:
    """Tell whether a call has the form ``f(x for x in xs)``, which takes no second argument."""
    return len(call.args) == 1 and isinstance(call.args[0].value, cst.GeneratorExp) and not call.args[0].value.lpar


def swapped(first: cst.CSTNode, second: cst.CSTNode) -> tuple[Change, ...]:
    """Write each of two nodes where the other is."""
    return (replaced(first, _source(second)), replaced(second, _source(first)))


def _source(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def statement_of(tree: cst.Module, node: cst.CSTNode) -> cst.SimpleStatementLine | cst.BaseCompoundStatement | None:
    """Return the line or block that ``node`` is part of; None in the one-line suite of ``if x: f()``."""
    for each in ancestors(tree, node):
        if isinstance(each, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            return each
        if isinstance(each, cst.SimpleStatementSuite):
            return None
    return None


def ancestors(tree: cst.Module, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield ``node`` and what it is part of, from the inside out; nothing if it is no part of ``tree``."""
    above = parents(tree)
    current: cst.CSTNode | None = node if node in above else None
    while current is not None:
        yield current
        current = above.get(current)


def function_of(tree: cst.Module, node: cst.CSTNode) -> cst.CSTNode | None:
    """Return the function or class whose names an expression uses, None at the top of the module."""
    kinds = (cst.FunctionDef, cst.Lambda, cst.ClassDef)
    return next((each for each in ancestors(tree, node) if isinstance(each, kinds)), None)


def indentation(tree: cst.Module, node: cst.CSTNode) -> str:
    """Return the white space in front of a statement."""
    blocks = [each for each in ancestors(tree, node) if isinstance(each, cst.IndentedBlock)]
    indents = [tree.default_indent if block.indent is None else block.indent for block in blocks]
    return "".join(reversed(indents))


def at_block_start(tree: cst.Module, block: cst.IndentedBlock, statements: str) -> Change:
    """Write lines of statements at the start of a block, above the comments of the one that was first."""
    return inserted_after(block.header, f"{textwrap.indent(statements, indentation(tree, block))}\n")


def statement_removed(tree: cst.Module, statement: cst.BaseSmallStatement) -> Change | None:
    """Take a simple statement away, and its line if nothing else stands on it; None if it can't be told apart."""
    line = parents(tree).get(statement)
    if not isinstance(line, cst.SimpleStatementLine):
        return None
    if len(line.body) > 1:
        return _removed_from_line(line.body, list(line.body).index(statement))
    block = parents(tree)[line]
    if not isinstance(block, cst.IndentedBlock | cst.Module) or len(block.body) == 1:
        return replaced(statement, "pass")
    if line.trailing_whitespace.comment is not None:
        return Change(Edge(line, "before"), Edge(line.trailing_whitespace.comment, "before"), "")
    return Change(Edge(line, "line"), Edge(line.trailing_whitespace, "after"), "")


def _removed_from_line(statements: Sequence[cst.BaseSmallStatement], index: int) -> Change:
    if index + 1 < len(statements):
        return Change(Edge(statements[index], "before"), Edge(statements[index + 1], "before"), "")
    return Change(Edge(statements[index - 1], "after"), Edge(statements[index], "after"), "")
