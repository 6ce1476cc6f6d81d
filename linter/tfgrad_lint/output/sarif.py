"""SARIF 2.1.0, which GitHub code scanning and many editors read.

Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tfgrad_lint.addresses import REPOSITORY, page_address
from tfgrad_lint.catalogue import RULES
from tfgrad_lint.documentation import page, section
from tfgrad_lint.output.fingerprint import fingerprints

if TYPE_CHECKING:
    from tfgrad_lint.findings import Finding, Fix, Span
    from tfgrad_lint.output.report import Report
    from tfgrad_lint.rules.base import Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# GitHub cuts longer ones off.
_LONGEST_DESCRIPTION = 1024

# Changes only if the way in which fingerprints are made does.
_FINGERPRINT = "tfgradFinding/v1"


def render_sarif(report: Report) -> str:
    """Return one run with the rules that reported, the findings, their traces as code flows and their fixes."""
    codes = sorted({finding.code for finding in report.findings})
    rules = {rule.code: rule for rule in RULES}
    results = [
        _result(finding, codes.index(finding.code), fingerprint, report)
        for finding, fingerprint in zip(report.findings, fingerprints(report), strict=True)
    ]
    driver = {
        "name": "tfgrad",
        "informationUri": REPOSITORY,
        "semanticVersion": version("pytest-tfgrad"),
        "rules": [_rule(rules[code]) for code in codes],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: type[Rule]) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary()},
        "fullDescription": {"text": section(rule, "What it does")[:_LONGEST_DESCRIPTION]},
        "helpUri": page_address(rule.code),
        "help": {"text": page(rule), "markdown": page(rule)},
        "defaultConfiguration": {"level": rule.severity.value, "enabled": rule.default and not rule.preview},
    }


def _result(finding: Finding, rule_index: int, fingerprint: str, report: Report) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": finding.severity.value,
        "message": {"text": "\n".join((finding.message, *finding.notes, *_help(finding)))},
        "locations": [_location(finding.path, finding.span, report)],
        "partialFingerprints": {_FINGERPRINT: fingerprint},
    }
    if finding.labels:
        result["relatedLocations"] = [
            _location(finding.path, label.span, report, label.message) for label in finding.labels
        ]
    if finding.trace:
        steps = [{"location": _location(step.path, step.span, report, step.message)} for step in finding.trace]
        end = {"location": _location(finding.path, finding.span, report, finding.message)}
        result["codeFlows"] = [{"threadFlows": [{"locations": [*steps, end]}]}]
    if finding.fix:
        result["fixes"] = [_fix(finding.fix, finding.path, report)]
    return result


def _help(finding: Finding) -> tuple[str, ...]:
    return (f"help: {finding.help}",) if finding.help else ()


def _location(path: str, span: Span, report: Report, message: str | None = None) -> dict[str, Any]:
    place = report.place(path, span)
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(path), "region": _region(place.span)}
    }
    if place.cell is not None:
        location["logicalLocations"] = [{"name": f"cell {place.cell}", "kind": "cell"}]
    if message is not None:
        location["message"] = {"text": message}
    return location


def _fix(fix: Fix, path: str, report: Report) -> dict[str, Any]:
    replacements = [
        {
            "deletedRegion": _region(report.place(path, edit.span).span),
            "insertedContent": {"text": edit.content},
        }
        for edit in fix.edits
    ]
    return {
        "description": {"text": fix.message},
        "artifactChanges": [{"artifactLocation": _artifact(path), "replacements": replacements}],
        "properties": {"applicability": fix.applicability.value},
    }


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path, errors="replace")}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
