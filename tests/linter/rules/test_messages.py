"""What each rule about shapes says, word for word, about its first examples."""

from textwrap import dedent

import pytest
from syrupy.assertion import SnapshotAssertion
from tfgrad_lint import lint_source
from tfgrad_lint.findings import Finding
from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.rules.base import Rule
from tfgrad_lint.settings import Settings

SHAPE_RULES = [rule for rule in ALL_RULES if rule.code.startswith(("TFG1", "TFG2"))]


def told(finding: Finding) -> str:
    lines = [f"{finding.span.line}:{finding.span.column} {finding.severity.value} {finding.code} {finding.message}"]
    lines += [f"    label {label.span.line}:{label.span.column} {label.message}" for label in finding.labels]
    lines += [f"    trace {entry.span.line}:{entry.span.column} {entry.message}" for entry in finding.trace]
    lines += [f"    note {note}" for note in finding.notes]
    return "\n".join([*lines, f"    help {finding.help}"] if finding.help else lines)


@pytest.mark.parametrize("rule", SHAPE_RULES, ids=lambda rule: rule.code)
def test_message_of_each_example(rule: type[Rule], snapshot: SnapshotAssertion):
    settings = Settings(extend_select=(rule.code,), preview=rule.preview)
    sources = [dedent(example.code).lstrip("\n") for example in rule.invalid]
    assert (
        "\n".join(told(finding) for source in sources for finding in lint_source(source, settings=settings)) == snapshot
    )
