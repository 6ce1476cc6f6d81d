"""Every rule finds what its invalid examples mark, and nothing else there or in its valid ones."""

import re
from textwrap import dedent

import pytest
from tfgrad_lint import lint_source
from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.settings import Settings

MARK = re.compile(r"# <- (TFG\d{3})")

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.code}-{kind}-{number}")
    for rule in ALL_RULES
    for kind, examples in (("invalid", rule.invalid), ("valid", rule.valid))
    for number, example in enumerate(examples)
    if rule.listens_to
]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_findings_are_exactly_the_marked_lines(rule: type[Rule], example: Invalid | Valid):
    source = dedent(example.code).lstrip("\n")
    marked = [
        (number, mark.group(1))
        for number, line in enumerate(source.splitlines(), start=1)
        if (mark := MARK.search(line))
    ]
    assert bool(marked) == isinstance(example, Invalid)
    settings = Settings(extend_select=(rule.code,), preview=rule.preview)
    found = lint_source(source, settings=settings)
    assert [(finding.span.line, finding.code) for finding in found] == marked


@pytest.mark.parametrize("rule", [rule for rule in ALL_RULES if rule.listens_to], ids=lambda rule: rule.code)
def test_rule_shows_both_sides(rule: type[Rule]):
    assert rule.invalid
    assert rule.valid
