"""What every fix must do, on every invalid example of every rule: remove its finding, for good, and nothing else."""

import io
import re
import tokenize
from collections import Counter
from pathlib import Path
from textwrap import dedent

import libcst as cst
import pytest
from tfgrad_lint import lint_source
from tfgrad_lint.documentation import section
from tfgrad_lint.findings import Finding
from tfgrad_lint.fixing.file_fix import fix_bytes
from tfgrad_lint.fixing.repaired import FixMode, FixRequest
from tfgrad_lint.fixing.text_edits import edited
from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.rules.base import Invalid, Rule
from tfgrad_lint.settings import Settings

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.code}-{number}")
    for rule in ALL_RULES
    for number, example in enumerate(rule.invalid)
    if rule.listens_to
]


def found(source: str, rule: type[Rule]) -> tuple[Finding, ...]:
    return lint_source(source, settings=Settings(extend_select=(rule.code,), preview=rule.preview))


def comments(source: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_each_fix_removes_its_finding_and_keeps_the_comments(rule: type[Rule], example: Invalid):
    source = dedent(example.code).lstrip("\n")
    before = found(source, rule)
    for finding in before:
        if finding.fix is None:
            continue
        fixed = edited(source, finding.fix.edits)
        cst.parse_module(fixed)
        compile(fixed, "fixed", "exec")
        assert comments(fixed) == comments(source)
        after = Counter(each.code for each in found(fixed, rule))
        assert after[finding.code] < sum(each.code == finding.code for each in before)
        assert after.keys() <= {each.code for each in before}


@pytest.mark.parametrize("rule", [rule for rule in ALL_RULES if rule.listens_to], ids=lambda rule: rule.code)
def test_the_page_of_a_rule_tells_of_its_fix(rule: type[Rule]):
    sources = [dedent(example.code) for example in rule.invalid]
    fixes = {finding.fix.applicability.value for source in sources for finding in found(source, rule) if finding.fix}
    told = section(rule, "Fix").lower()
    assert {word for word in ("safe", "unsafe") if re.search(rf"\b{word}\b", told)} == fixes


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_fixing_twice_changes_nothing_more(rule: type[Rule], example: Invalid):
    source = dedent(example.code).lstrip("\n")
    settings = Settings(extend_select=(rule.code,), preview=rule.preview)
    request = FixRequest(unsafe=True, mode=FixMode.SHOW)
    result = fix_bytes(Path("example.py"), source.encode(), settings, request)
    if any(finding.fix is not None for finding in found(source, rule)):
        assert result.repaired is not None
        assert fix_bytes(Path("example.py"), result.repaired.content, settings, request).repaired is None
        assert all(finding.fix is None for finding in result.findings)
    else:
        assert result.repaired is None
