"""JUnit XML, which most CI servers show: a suite a file, a failed case a finding.

Format: https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfgrad_lint.findings import Finding
    from tfgrad_lint.output.report import Report

# What XML 1.0 cannot hold, not even escaped: https://www.w3.org/TR/xml/#charsets
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_NAME = "tfgrad"

_HEADER = '<?xml version="1.0" encoding="UTF-8"?>'


def render_junit(report: Report) -> str:
    """Return the XML document; without findings it holds one case that passed, because servers refuse an empty one."""
    count = len(report.findings)
    root = ElementTree.Element("testsuites", name=_NAME, tests=str(max(count, 1)), failures=str(count), errors="0")
    for path, findings in groupby(report.findings, key=lambda finding: finding.path):
        _add_suite(root, path, list(findings), report)
    if not report.findings:
        suite = ElementTree.SubElement(root, "testsuite", name=_NAME, tests="1", failures="0", errors="0")
        ElementTree.SubElement(suite, "testcase", name="no findings", classname=_NAME)
    ElementTree.indent(root)
    return f"{_HEADER}\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _add_suite(root: ElementTree.Element, path: str, findings: Sequence[Finding], report: Report) -> None:
    count = str(len(findings))
    suite = ElementTree.SubElement(root, "testsuite", name=_speakable(path), tests=count, failures=count, errors="0")
    for finding in findings:
        place = report.place(finding.path, finding.span)
        case = ElementTree.SubElement(
            suite,
            "testcase",
            name=f"{finding.code} at {_speakable(place.text(path))}",
            classname=_speakable(path),
            file=_speakable(path),
            line=str(place.span.line),
        )
        failure = ElementTree.SubElement(case, "failure", type=finding.code, message=_speakable(finding.message))
        details = (f"{place.text(path)}: {finding.code} {finding.message}", *finding.notes)
        failure.text = _speakable("\n".join((*details, f"help: {finding.help}") if finding.help else details))


def _speakable(text: str) -> str:
    return _UNSPEAKABLE.sub("\ufffd", text)
