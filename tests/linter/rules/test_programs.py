"""Runs the Markdown files beside this one: each block is linted, and the marked lines are all that may be found."""

import re
from pathlib import Path

import pytest
from tfgrad_lint import lint_source
from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.settings import Settings

BLOCK = re.compile(r"^## (?P<name>.+?)\n+```py\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"# <- (TFG\d{3})")

PROGRAMS = [
    pytest.param(match["code"], id=f"{path.stem}: {match['name']}")
    for path in sorted(Path(__file__).parent.glob("*.md"))
    for match in BLOCK.finditer(path.read_text())
]

# Rules that are off by default are asked for where a program is about them.
ALWAYS = frozenset(rule.code for rule in ALL_RULES if not rule.preview)


@pytest.mark.parametrize("code", PROGRAMS)
def test_the_marked_lines_are_found_and_no_others(code: str):
    source = "import tensorflow as tf\n" + code
    marked = [(number, mark) for number, line in enumerate(source.splitlines(), start=1) for mark in MARK.findall(line)]
    asked = tuple({mark for _, mark in marked} - ALWAYS)
    found = lint_source(source, settings=Settings(extend_select=asked, preview=bool(asked)))
    assert [(finding.span.line, finding.code) for finding in found] == marked
