"""The JSON report, and results as plain data."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest

from pytest_tfgrad.plain_results import restored, to_plain
from pytest_tfgrad.report.files import write_report
from pytest_tfgrad.results import Report, TestResult

from .examples import MISSING, NOT_FINITE, RIGHT, SHAPE, TEST, UNCHECKED, UNDECIDED, WRONG, changed

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = {
    *("verdict", "kind", "target_shape", "source", "source_shape", "analytic", "numeric", "max_rel_error"),
    *("error_estimate", "evaluations", "seconds", "culprit", "location"),
}


@pytest.mark.parametrize("gradient", [RIGHT, WRONG, SHAPE, MISSING, NOT_FINITE, UNDECIDED, UNCHECKED])
def test_a_result_survives_its_way_through_json(gradient: object) -> None:
    test = TestResult("a.py::t", (gradient,), ("A note.",), 0.5)  # type: ignore[arg-type]
    assert restored(json.loads(json.dumps(to_plain(test)))) == test


def test_the_report_has_the_promised_fields(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_report(Report("0.1.0", (TEST,)), path, path.parent)
    report = json.loads(path.read_text())
    assert set(report) == {"version", "tests"}
    (test,) = report["tests"]
    assert test["nodeid"] == TEST.nodeid
    for gradient in test["gradients"]:
        assert set(gradient) >= FIELDS
        assert set(gradient["location"]) >= {"path", "line"}
    assert test["gradients"][1]["culprit"]["place"] == {
        **{"path": "/elsewhere/layers.py", "line": 88},
        **{"function": "backward", "text": "def backward(upstream):"},
    }


def test_numbers_that_json_does_not_know_become_null(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_report(
        Report("0.1.0", (TestResult("t", (changed(numeric=math.nan, analytic=math.inf),)),)), path, path.parent
    )
    (gradient,) = json.loads(path.read_text())["tests"][0]["gradients"]
    assert (gradient["numeric"], gradient["analytic"]) == (None, None)


def test_a_failed_write_leaves_the_old_report_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    with pytest.raises(TypeError):
        write_report(Report("0.1.0", (TestResult("t", notes=(object(),)),)), path, path.parent)  # type: ignore[arg-type]
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]
    assert path.read_text() == "old"
