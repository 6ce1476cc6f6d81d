"""docs/linter.md is written by hand; these tests fail when it no longer tells what the program does."""

from __future__ import annotations

import re
from pathlib import Path

from tfgrad_lint.commands.lint import lint
from tfgrad_lint.config import key_of, setting_names
from tfgrad_lint.output.formats import FORMATS

PAGE = (Path(__file__).parents[3] / "docs" / "linter.md").read_text()


def section(title):
    return re.split(r"^## ", PAGE.partition(f"\n## {title}\n")[2], flags=re.MULTILINE)[0]


def first_cells(text):
    return [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| `")]


def test_every_option_is_in_the_table():
    documented = re.findall(r"`(--[a-z-]+)", " ".join(first_cells(section("`tfgrad lint [PATHS]`"))))
    options = [name for item in lint.params for name in (*item.opts, *item.secondary_opts) if name.startswith("--")]
    assert documented == options


def test_every_key_is_in_the_table():
    documented = [cell.strip("`") for cell in first_cells(section("Configuration"))]
    assert documented == [*map(key_of, setting_names()), "extend"]


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
