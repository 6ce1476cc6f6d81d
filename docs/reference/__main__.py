"""`python -m docs.reference [FOLDER]` writes the generated parts of the documents in FOLDER (docs) anew."""

from __future__ import annotations

import sys
from pathlib import Path

from tfgrad_lint.catalogue import RULES
from tfgrad_lint.documentation import pages

from docs.reference.linter import LINTER_BLOCKS
from docs.reference.markdown import with_blocks
from docs.reference.plugin import PLUGIN_BLOCKS
from docs.reference.schemas import SCHEMAS, schema_text

DOCS = Path(__file__).parents[1]
BLOCKS = {**LINTER_BLOCKS, **PLUGIN_BLOCKS}


def main(folder: Path = DOCS) -> None:
    """Write the pages of rules, what stands between marks in the other pages, and the JSON schemas."""
    write_rules(folder / "rules")
    for page in folder.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(with_blocks(text, BLOCKS), encoding="utf-8", newline="\n")
    for name, schema in SCHEMAS.items():
        (folder / "schemas" / f"{name}.json").write_text(schema_text(schema()), encoding="utf-8", newline="\n")


def write_rules(folder: Path) -> None:
    """Write the page of each rule and the table of all, and remove the pages of rules that no longer exist."""
    wanted = pages(RULES)
    for stale in folder.glob("*.md"):
        if stale.name not in wanted:
            stale.unlink()
    for name, content in wanted.items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
