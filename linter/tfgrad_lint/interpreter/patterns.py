"""Patterns of ``match``: whether a value fits one, and the names that it binds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.domain.objects import ListObject
from tfgrad_lint.domain.values import Node, Sequence, Value, node_of
from tfgrad_lint.interpreter import expressions, iteration, operators
from tfgrad_lint.interpreter.freezing import new_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfgrad_lint.interpreter.state import State


def case_fits(state: State, case: cst.MatchCase, subject: Value) -> bool | None:
    """Bind what the pattern of ``case`` captures; tell whether ``subject`` fits it and the guard, None if not known."""
    fits = _fits(state, case.pattern, subject)
    if fits is False or case.guard is None:
        return fits
    return _all([fits, expressions.holds(state, case.guard)])


def _fits(state: State, pattern: cst.MatchPattern, subject: Value) -> bool | None:
    if isinstance(pattern, cst.MatchAs):
        fits = True if pattern.pattern is None else _fits(state, pattern.pattern, subject)
        if pattern.name is not None:
            state.write(pattern.name.value, subject)
        return fits
    if isinstance(pattern, cst.MatchOr):
        return _any([_fits(state, each.pattern, subject) for each in pattern.patterns])
    if isinstance(pattern, cst.MatchValue | cst.MatchSingleton):
        operator = cst.Equal() if isinstance(pattern, cst.MatchValue) else cst.Is()
        value = expressions.evaluate(state, pattern.value)
        return operators.truth(state, operators.compare(state, pattern, operator, subject, value))
    if isinstance(pattern, cst.MatchList | cst.MatchTuple):
        return _sequence_fits(state, pattern, subject)
    for name in _captured(pattern):
        state.write(name, state.unknown(f"match {name}", pattern, *node_of(subject)))
    return None


def _sequence_fits(state: State, pattern: cst.MatchList | cst.MatchTuple, subject: Value) -> bool | None:
    parts = pattern.patterns
    stars = [at for at, part in enumerate(parts) if isinstance(part, cst.MatchStar)]
    items = iteration.items(state, subject) if isinstance(subject, Sequence | ListObject) else None
    if items is None:
        for name in _captured(pattern):
            state.write(name, state.unknown(f"match {name}", pattern, *node_of(subject)))
        return None
    fixed = len(parts) - len(stars)
    if len(items) < fixed or (not stars and len(items) != fixed):
        return False
    tail = len(parts) - stars[0] - 1 if stars else 0
    answers: list[bool | None] = []
    for at, part in enumerate(parts):
        if isinstance(part, cst.MatchSequenceElement):
            place = at if not stars or at < stars[0] else len(items) - len(parts) + at
            answers.append(_fits(state, part.value, items[place]))
        elif isinstance(part, cst.MatchStar) and part.name is not None:
            rest = Sequence(items[at : len(items) - tail], "list")
            state.write(part.name.value, new_list(state, rest, Node("list", node_of(rest))))
    return _all(answers)


def _captured(pattern: cst.CSTNode) -> Iterable[str]:
    for name in ("name", "rest"):
        captured = getattr(pattern, name, None)
        if isinstance(captured, cst.Name):
            yield captured.value
    for child in pattern.children:
        yield from _captured(child)


def _all(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def _any(answers: list[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False
