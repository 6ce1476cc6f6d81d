from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tfgrad_lint.addresses import page_address
from tfgrad_lint.catalogue import RULES
from tfgrad_lint.documentation import page, pages

ROOT = Path(__file__).parents[3]
SECTIONS = ["What it does", "Why it is bad", "Known limits", "References"]
# Only of a rule that has one.
FIX = "Fix"
EXAMPLES = {"Example", "Use instead", "Also reported", "Not reported"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_each_rule_is_documented_in_full(rule):
    text = page(rule)
    assert re.fullmatch(r"TFG\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert text.startswith(f"# {rule.code}: {rule.name}\n\n{rule.summary()}\n")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert [title for title in headings if title not in EXAMPLES | {FIX}] == SECTIONS
    assert FIX not in headings or headings.index(FIX) == headings.index("References") - 1
    assert headings[2:4] == ["Example", "Use instead"] or not rule.invalid


def test_codes_and_names_are_unique():
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


def test_explain_prints_the_page_of_a_code_or_name(run):
    by_code = run("explain", "TFG101")
    assert by_code.code == 0
    assert by_code.out.startswith("# TFG101: ")
    assert run("explain", "tfg101").out == by_code.out
    name = by_code.out.splitlines()[0].split(": ")[1]
    assert run("explain", name).out == by_code.out


def test_explain_prints_several_pages(run):
    out = run("explain", "TFG001", "TFG002").out
    assert "# TFG001: " in out
    assert "# TFG002: " in out


def test_rules_lists_every_rule_in_each_format(run):
    codes = [rule.code for rule in RULES]
    assert [line.split()[0] for line in run("rules").lines] == codes
    listed = json.loads(run("rules", "--output-format", "json").out)
    assert [item["code"] for item in listed] == codes
    assert listed[0] == {
        "code": "TFG001",
        "name": "syntax-error",
        "severity": "error",
        "default": True,
        "preview": False,
        "summary": RULES[0].summary(),
        "documentation": RULES[0].documentation(),
        "url": "https://github.com/pytest-tfgrad/pytest-tfgrad/blob/main/docs/rules/TFG001.md",
    }
    markdown = run("rules", "--output-format", "markdown").out
    assert markdown == pages(RULES)["README.md"]
    assert re.findall(r"^\| \[(TFG\d+)\]", markdown, re.MULTILINE) == codes


def test_the_address_in_findings_is_a_page_that_exists():
    for rule in RULES:
        _, _, path = page_address(rule.code).partition("/blob/main/")
        assert (ROOT / path).is_file()
