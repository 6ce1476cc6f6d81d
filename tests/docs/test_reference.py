"""Whether the parts of docs/ that are made from the code are those that the code makes now."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from tfgrad_lint.catalogue import RULES
from tfgrad_lint.documentation import pages

from docs.reference.__main__ import BLOCKS
from pytest_tfgrad.results import Verdict

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def contents(folder: Path) -> dict[str, str]:
    paths = [path for path in folder.rglob("*") if path.suffix in (".md", ".json")]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in paths}


def test_the_pages_in_the_repository_are_current(tmp_path: Path) -> None:
    made = tmp_path / "docs"
    shutil.copytree(DOCS, made)
    subprocess.run([sys.executable, "-m", "docs.reference", str(made)], cwd=ROOT, check=True)
    assert contents(DOCS) == contents(made), "run `make docs-reference`"


def test_everything_that_is_made_stands_on_one_page() -> None:
    marks = re.findall(r"<!-- made from the code: ([\w-]+) -->", "".join(contents(DOCS).values()))
    assert sorted(marks) == sorted(BLOCKS)


def test_the_pages_of_rules_that_are_gone_are_removed(tmp_path: Path) -> None:
    for folder in ("rules", "schemas"):
        (tmp_path / folder).mkdir()
    (tmp_path / "rules" / "TFG999.md").write_text("old")
    (tmp_path / "rules" / "notes.txt").write_text("kept")
    subprocess.run([sys.executable, "-m", "docs.reference", str(tmp_path)], cwd=ROOT, check=True)
    assert {path.name for path in (tmp_path / "rules").iterdir()} == {*pages(RULES), "notes.txt"}


def test_what_stood_between_marks_is_replaced_and_the_rest_is_kept(tmp_path: Path) -> None:
    for folder in ("rules", "schemas"):
        (tmp_path / folder).mkdir()
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n<!-- made from the code: markers -->\nold\n<!-- end -->\n\nOwn words.\n")
    subprocess.run([sys.executable, "-m", "docs.reference", str(tmp_path)], cwd=ROOT, check=True)
    before, after = page.read_text().split(f"\n{BLOCKS['markers']()}\n")
    assert before == "# Page\n\n<!-- made from the code: markers -->\n"
    assert after == "\n<!-- end -->\n\nOwn words.\n"


@pytest.mark.parametrize("path", sorted((DOCS / "schemas").iterdir()), ids=lambda path: path.stem)
def test_a_schema_is_one(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_every_verdict_is_documented() -> None:
    _, _, section = (DOCS / "plugin.md").read_text().partition("\n## Verdicts\n")
    assert re.findall(r"^\| `(\w+)` \|", section.partition("\n## ")[0], re.MULTILINE) == [v.value for v in Verdict]
