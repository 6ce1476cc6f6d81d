"""Runs the Markdown file beside this one: each program is fixed to the one after it, or has a finding without a fix."""

import re
from pathlib import Path

import pytest
from tfgrad_lint import lint_source
from tfgrad_lint.fixing.text_edits import edited
from tfgrad_lint.settings import Settings

CODE = r"```py\n(.*?)^```\n"
BLOCK = re.compile(rf"^## (.+?)\n\n{CODE}(?:\n(No fix\.)$|\n{CODE})", re.MULTILINE | re.DOTALL)
PROGRAMS = [
    pytest.param(before, after or None, id=name)
    for name, before, _, after in BLOCK.findall((Path(__file__).parent / "fixes.md").read_text())
]

EVERY_RULE = Settings(preview=True, extend_select=("TFG",))


def test_every_program_is_read():
    assert len(PROGRAMS) == (Path(__file__).parent / "fixes.md").read_text().count("\n## ")


@pytest.mark.parametrize(("before", "after"), PROGRAMS)
def test_a_fix_changes_what_it_says_and_nothing_else(before: str, after: str | None):
    (finding,) = lint_source(before, settings=EVERY_RULE)
    assert (None if finding.fix is None else edited(before, finding.fix.edits)) == after
