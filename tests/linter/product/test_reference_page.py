"""What docs/linter.md tells by hand, and the program does; its tables of options and keys are made from the code."""

from __future__ import annotations

import re
from pathlib import Path

from tfgrad_lint.output.formats import FORMATS

PAGE = (Path(__file__).parents[3] / "docs" / "linter.md").read_text()


def section(title):
    return re.split(r"^## ", PAGE.partition(f"\n## {title}\n")[2], flags=re.MULTILINE)[0]


def first_cells(text):
    return [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| `")]


def test_every_format_is_in_the_table():
    documented = re.findall(r"`([a-z-]+)`", " ".join(first_cells(section("Output formats"))))
    assert documented == list(FORMATS)


def test_the_configuration_example_is_valid(run, write):
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    write({"pyproject.toml": example})
    outcome = run("config")
    assert outcome.code == 0, outcome.err
    for key in ("extend-select", "ignore", "exclude", "tensorflow-version", "per-file-ignores"):
        assert any(line.startswith(key) and line.endswith("# pyproject.toml") for line in outcome.lines)
