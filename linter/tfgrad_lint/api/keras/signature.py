"""Signatures of Keras classes, written as Python writes them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfgrad_lint.domain.values import Constant, Sequence, Value

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Signature:
    """Parameters in order, by position or by name, and the values of those that may be left out."""

    parameters: tuple[str, ...]
    defaults: Mapping[str, Value]


def parse(text: str) -> Signature:
    """Read a signature such as ``"units, activation=None, use_bias=True"``.

    Example:
        >>> parse("pool_size=2, strides=None").parameters
        ('pool_size', 'strides')
    """
    statement = ast.parse(f"def f({text}): pass").body[0]
    assert isinstance(statement, ast.FunctionDef)
    given = statement.args
    parameters = tuple(each.arg for each in given.args)
    last = parameters[len(parameters) - len(given.defaults) :]
    defaults = {name: _value(ast.literal_eval(node)) for name, node in zip(last, given.defaults, strict=True)}
    return Signature(parameters, defaults)


def _value(literal: object) -> Value:
    if isinstance(literal, tuple):
        return Sequence(tuple(map(_value, literal)))
    return Constant(literal)
