"""Every rule has a mistake whose cause travels through a call, and right code that is nearly a mistake."""

import ast
import io
import tokenize
from collections import Counter
from textwrap import dedent

import pytest
from tfgrad_lint import lint_source
from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.rules.base import Rule
from tfgrad_lint.settings import Settings

RULES = [rule for rule in ALL_RULES if rule.listens_to]

# An argument with its name, value and comma, a call around a name, or another function: one change to one line.
_LONGEST_CHANGE = 8

_LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def cut_off(source: str) -> str:
    """Decorate the outermost functions and methods by something unknown, so that nothing is known of their results."""
    tree = ast.parse(source)
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    functions = [node for body in bodies for node in body if isinstance(node, ast.FunctionDef)]
    text = source.splitlines()
    for function in sorted(functions, key=lambda each: each.lineno, reverse=True):
        if not function.decorator_list:
            text.insert(function.lineno - 1, f"{' ' * function.col_offset}@unknown")
    return "\n".join(["from elsewhere import unknown", *text])


def number_of_findings(source: str, rule: type[Rule]) -> int:
    found = lint_source(source, settings=Settings(extend_select=(rule.code,), preview=rule.preview))
    return sum(finding.code == rule.code for finding in found)


def needs_calls(source: str, rule: type[Rule]) -> bool:
    """Tell whether a finding is gone where the calls of the program's functions are not followed."""
    return number_of_findings(cut_off(source), rule) < number_of_findings(source, rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_cause_travels_through_a_call(rule: type[Rule]):
    assert any(needs_calls(dedent(example.code), rule) for example in rule.invalid)


def lines(source: str) -> Counter[tuple[str, ...]]:
    """Return the logical lines of a program as tokens, without comments and indentation."""
    found: Counter[tuple[str, ...]] = Counter()
    line: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NEWLINE:
            found[tuple(line)] += 1
            line = []
        elif token.type not in _LAYOUT:
            line.append(token.string)
    return found


def length_of_change(before: tuple[str, ...], after: tuple[str, ...]) -> int:
    """Return the number of tokens, on the longer side, between what two lines have in common at both ends."""
    shortest = min(len(before), len(after))
    start = next((number for number in range(shortest) if before[number] != after[number]), shortest)
    rest = shortest - start
    end = next((number for number in range(rest) if before[-1 - number] != after[-1 - number]), rest)
    return max(len(before), len(after)) - start - end


def is_near(invalid: str, valid: str) -> bool:
    """Tell whether one line of an invalid program is changed, moved, removed or added in the valid one."""
    removed = list((lines(invalid) - lines(valid)).elements())
    added = list((lines(valid) - lines(invalid)).elements())
    if removed and added:
        return len(removed) == 1 and min(length_of_change(removed[0], line) for line in added) <= _LONGEST_CHANGE
    return len(removed) + len(added) <= 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_right_code_is_one_change_away_from_a_mistake(rule: type[Rule]):
    assert any(is_near(dedent(invalid.code), dedent(valid.code)) for invalid in rule.invalid for valid in rule.valid)
