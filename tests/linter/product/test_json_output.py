from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from jsonschema import validate
from tfgrad_lint.analysis import Analysis
from tfgrad_lint.cli import main
from tfgrad_lint.findings import Applicability, Edit, Finding, Fix, Severity, Span, TraceEntry
from tfgrad_lint.output.json_format import render_json, render_json_lines
from tfgrad_lint.output.report import Report

FINDING = Finding(
    code="TFG201",
    name="unintended-outer-broadcast",
    severity=Severity.WARNING,
    message="[B] with [B, 1]",
    path="src/losses.py",
    span=Span(9, 37, 10, 4),
    trace=(TraceEntry("src/data.py", Span(31, 5, 31, 9), "labels"),),
    fix=Fix(Applicability.UNSAFE, "squeeze", (Edit(Span(9, 46, 9, 52), "tf.squeeze(y_pred, -1)"),)),
)

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schemas" / "findings.json").read_text())

OBJECT = {
    "code": "TFG201",
    "name": "unintended-outer-broadcast",
    "severity": "warning",
    "message": "[B] with [B, 1]",
    "path": "src/losses.py",
    "line": 9,
    "column": 37,
    "end_line": 10,
    "end_column": 4,
    "trace": [{"path": "src/data.py", "line": 31, "column": 5, "message": "labels"}],
    "fix": {
        "applicability": "unsafe",
        "message": "squeeze",
        "edits": [{"line": 9, "column": 46, "end_line": 9, "end_column": 52, "content": "tf.squeeze(y_pred, -1)"}],
    },
    "url": "https://github.com/pytest-tfgrad/pytest-tfgrad/blob/main/docs/rules/TFG201.md",
}


def test_an_object_has_the_documented_keys_in_order():
    (shown,) = json.loads(render_json(Report((FINDING,))))
    assert shown == OBJECT
    assert list(shown) == list(OBJECT)
    validate([shown], SCHEMA)


def test_json_lines_hold_the_same_objects():
    lines = render_json_lines(Report((FINDING, FINDING))).splitlines()
    assert [json.loads(line) for line in lines] == [OBJECT, OBJECT]


def test_no_findings_are_an_empty_array(run, write):
    write({"a.py": "import tensorflow\n"})
    outcome = run("lint", "--output-format", "json")
    assert (outcome.code, json.loads(outcome.out), outcome.err) == (0, [], "")


def test_findings_are_sorted_and_paths_relative_with_forward_slashes(run, write):
    write({"b/m.py": "import tensorflow\ntfg101\n", "a.py": "import tensorflow\ny = tfg201; tfg101\n"})
    shown = json.loads(run("lint", "b", "a.py", "--output-format", "json").out)
    assert [(item["path"], item["line"], item["column"]) for item in shown] == [
        ("a.py", 2, 5),
        ("a.py", 2, 13),
        ("b/m.py", 2, 1),
    ]
    assert shown[0]["fix"] is None
    assert shown[0]["trace"] == []


def test_paths_in_traces_are_relative_too(run, write, project, monkeypatch):
    trace = (TraceEntry(str(project / "pkg" / "data.py"), Span(3, 5, 3, 9), "made here"),)
    finding = replace(FINDING, path="m.py", span=Span(1, 1, 1, 2), trace=trace)
    monkeypatch.setattr("tfgrad_lint.file_check.analyse", lambda *_: Analysis((finding,)))
    write({"m.py": "import tensorflow\n"})
    (shown,) = json.loads(run("lint", "--output-format", "json").out)
    assert shown["trace"][0]["path"] == "pkg/data.py"


def test_a_path_outside_the_working_folder_is_relative_too(run, write, project, monkeypatch):
    write({"m.py": "import tensorflow\ntfg101\n", "work/x.txt": ""})
    monkeypatch.chdir(project / "work")
    (shown,) = json.loads(run("lint", str(project / "m.py"), "--output-format", "json").out)
    assert shown["path"] == "../m.py"


def test_letters_beyond_ascii_survive_any_terminal(run, write):
    write({"ü.py": "import tensorflow\ntfg101\n"})
    out = run("lint", "--output-format", "json").out
    assert out.isascii()
    assert json.loads(out)[0]["path"] == "ü.py"


def test_what_is_found_in_a_file_and_in_a_notebook_follows_the_schema(project, write, capsys):
    code = (
        "import tensorflow as tf\nx = tf.constant(3.0)\nwith tf.GradientTape() as t:\n    y = x * x\nt.gradient(y, x)\n"
    )
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": code}]
    write({"a.py": code, "b.ipynb": json.dumps({"cells": cells, "nbformat": 4, "metadata": {}})})
    main(("lint", "--output-format", "json", "."))
    found = json.loads(capsys.readouterr().out)
    assert {(item["path"], item.get("cell")) for item in found} == {("a.py", None), ("b.ipynb", 1)}
    assert any(item["trace"] for item in found)
    assert any(item["fix"] for item in found)
    validate(found, SCHEMA)
