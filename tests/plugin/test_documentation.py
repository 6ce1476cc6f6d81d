"""Whether the page about the plugin names everything that the code offers."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pytest_tfgrad.options import DEFAULTS, INI_KEYS, MARKER_ARGUMENTS
from pytest_tfgrad.results import (
    Consequence,
    Culprit,
    EntryResult,
    Fault,
    GradientResult,
    Grid,
    PathStep,
    Place,
    Report,
    StepCurve,
    TestResult,
    Verdict,
)

PAGE = (Path(__file__).parents[2] / "docs" / "plugin.md").read_text(encoding="utf-8")
RECORDS = (Report, TestResult, GradientResult, Place, EntryResult, Culprit, PathStep, Grid, StepCurve)


def section(title: str) -> set[str]:
    """Everything in code type in one section of the page, word by word."""
    text = PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return {word for code in re.findall(r"`([^`]+)`", text) for word in re.findall(r"[\w-]+", code)}


@pytest.mark.parametrize("marker", MARKER_ARGUMENTS)
def test_every_marker_and_argument_is_documented(marker: str) -> None:
    assert {marker, *MARKER_ARGUMENTS[marker]} <= section("Markers")


@pytest.mark.parametrize("argument", ["atol", "mode", "directions", "seed", "functions", "max_seconds"])
def test_the_defaults_of_a_marker_are_documented(argument: str) -> None:
    (default,) = re.findall(rf"^\| `{argument}` \|.*\| ([^|]*) \|$", PAGE, re.MULTILINE)
    value = getattr(DEFAULTS["marker"], argument)
    assert default.split(" with a marker")[0] == (f'`"{value}"`' if isinstance(value, str) else f"{value:g}")


def test_every_option_and_key_is_documented(pytestconfig: pytest.Config) -> None:
    flags = {name for name in vars(pytestconfig.option) if name.startswith("gradcheck")}
    assert flags
    assert {f"--{name.replace('_', '-')}" for name in flags} <= section("Options")
    assert {f"gradcheck_{key}" for key in INI_KEYS} <= section("Options")


def test_every_verdict_is_documented() -> None:
    assert {verdict.value for verdict in Verdict} <= section("Verdicts")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_field_of_a_report_is_documented(record: type) -> None:
    assert {field.name for field in fields(record)} <= section("Reports")


@pytest.mark.parametrize("words", [Fault, Consequence])
def test_every_word_of_a_field_is_documented(words: type[Fault] | type[Consequence]) -> None:
    assert {word.value for word in words if word.value} <= section("Reports")
