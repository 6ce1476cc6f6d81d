"""Old code: ``--baseline`` and ``--add-noqa``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

TF = "import tensorflow as tf\n"
CONCISE = ("--output-format", "concise")
BASELINE = ("--baseline", "known.json")


@pytest.fixture
def lint(run):
    return lambda *arguments: run("lint", *CONCISE, *arguments)


@pytest.fixture
def known(lint, write):
    """A project whose two findings are in the baseline."""
    write({"a.py": f"{TF}x = tfg101\ny = tfg201\n"})
    outcome = lint(*BASELINE, "--update-baseline")
    assert (outcome.code, outcome.out, outcome.err) == (0, "known.json holds 2 findings.\n", "")


@pytest.mark.usefixtures("known")
def test_what_the_baseline_holds_is_not_reported(lint):
    outcome = lint(*BASELINE)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.lines == ["No findings in 1 file.", "2 findings of the baseline left out."]
    assert lint(*BASELINE, "--quiet").out == ""
    assert lint().code == 1


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (f"\n\n{TF}if x:\n    x = tfg101\n\ny = tfg201\n", []),
        (f"{TF}y = tfg201\nx = tfg101\n", []),
        (f"{TF}x = tfg101 + 1\ny = tfg201\n", ["a.py:2:5: TFG101 found"]),
        (f"{TF}x = tfg101\nx = tfg101\ny = tfg201\n", ["a.py:3:5: TFG101 found"]),
        (f"{TF}x = tfg101\ny = tfg201; tfg102\n", ["a.py:3:5: TFG201 found", "a.py:3:13: TFG102 found"]),
    ],
    ids=["moved", "swapped", "changed line", "once more", "another on the line"],
)
def test_findings_survive_moves_and_not_changes_of_their_line(lint, write, text, reported):
    write({"a.py": text})
    outcome = lint(*BASELINE, "-q")
    assert (outcome.lines, outcome.code) == (reported, 1 if reported else 0)


@pytest.mark.usefixtures("known")
def test_the_same_line_in_another_file_is_new(lint, write):
    write({"b.py": f"{TF}x = tfg101\n"})
    assert lint(*BASELINE, "-q").lines == ["b.py:2:5: TFG101 found"]


@pytest.mark.usefixtures("known")
def test_what_is_mended_is_said_and_forgotten_on_update(lint, write):
    write({"a.py": f"{TF}y = tfg201\n"})
    assert lint(*BASELINE).lines[1:] == [
        "1 finding of the baseline left out.",
        "1 finding of the baseline gone: --update-baseline forgets them.",
    ]
    lint(*BASELINE, "--update-baseline")
    assert [entry["code"] for entry in json.loads(Path("known.json").read_text())["findings"]] == ["TFG201"]


@pytest.mark.usefixtures("known")
def test_an_update_leaves_files_alone_that_were_not_looked_at(lint, write):
    write({"b.py": f"{TF}tfg102\n"})
    assert lint("b.py", *BASELINE, "--update-baseline").out == "known.json holds 3 findings.\n"
    assert lint(*BASELINE, "-q").out == ""
    # Nor does a run on one file call those of the others gone.
    assert lint("b.py", *BASELINE).lines == ["No findings in 1 file.", "1 finding of the baseline left out."]


@pytest.mark.usefixtures("known")
def test_the_baseline_counts_from_its_own_folder(lint, monkeypatch, project):
    (project / "sub").mkdir()
    monkeypatch.chdir(project / "sub")
    assert lint("..", "--baseline", "../known.json").code == 0


@pytest.mark.usefixtures("known")
def test_the_file_reads_well():
    document = json.loads(Path("known.json").read_text())
    assert document == {
        "version": 1,
        "findings": [
            {"path": "a.py", "code": "TFG101", "text": "x = tfg101", "count": 1},
            {"path": "a.py", "code": "TFG201", "text": "y = tfg201", "count": 1},
        ],
    }


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, "known.json: no such baseline; --update-baseline makes one"),
        ("{", "known.json: not a baseline; delete it and make one with --update-baseline"),
        ("[]", "known.json: not a baseline"),
        ('{"version": 2, "findings": []}', "known.json: not a baseline"),
        ('{"version": 1, "findings": [{"path": 1}]}', "known.json: not a baseline"),
        (b"\xff\xfe", "known.json: not a baseline"),
    ],
)
def test_a_broken_baseline_is_one_line(lint, write, content, error):
    write({"a.py": TF} | ({} if content is None else {"known.json": content}))
    outcome = lint(*BASELINE)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"tfgrad: error: {error}")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--update-baseline",), "--update-baseline needs --baseline FILE"),
        ((*BASELINE, "--update-baseline", "--add-noqa"), "--update-baseline and --add-noqa exclude each other"),
        (("--add-noqa", "--fix"), "--add-noqa excludes --fix and --diff"),
        (("--add-noqa", "-"), "--add-noqa needs files, not standard input"),
        (("--watch", "--fix"), "--watch excludes standard input, --fix"),
        (("--baseline", "no/known.json", "--update-baseline"), "no/known.json: cannot be written: No such file"),
    ],
)
def test_options_that_contradict_each_other(lint, write, arguments, error):
    write({"a.py": TF})
    outcome = lint(*arguments)
    assert outcome.code == 2
    assert outcome.err.startswith(f"tfgrad: error: {error}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tfg101\n", "tfg101  # noqa: TFG101\n"),
        ("tfg101; tfg201\n", "tfg101; tfg201  # noqa: TFG101, TFG201\n"),
        ("tfg101  # why   \n", "tfg101  # why  # noqa: TFG101\n"),
        ("tfg101  # noqa: E501\n", "tfg101  # noqa: E501, TFG101\n"),
        ("tfg101; tfg201  # noqa: TFG101\n", "tfg101; tfg201  # noqa: TFG101, TFG201\n"),
        ("f(\n    tfg101,\n    2,\n)\n", "f(\n    tfg101,  # noqa: TFG101\n    2,\n)\n"),
        ("x = tfg101 + \\\n    2\n", "x = tfg101 + \\\n    2  # noqa: TFG101\n"),
        ("f('''a\n''', tfg101, '''\n''')\n", "f('''a\n''', tfg101, '''\n''')  # noqa: TFG101\n"),
        ("if x:\n    tfg101\ntfg201\n", "if x:\n    tfg101  # noqa: TFG101\ntfg201  # noqa: TFG201\n"),
        ("tfg101", "tfg101  # noqa: TFG101"),
        ("tfg101\r\nx = 'é'\r\n", "tfg101  # noqa: TFG101\r\nx = 'é'\r\n"),
    ],
)
def test_comments_silence_what_is_found(lint, write, before, after):
    start = TF.replace("\n", "\r\n") if "\r" in before else TF
    folder = write({"a.py": f"{start}{before}"})
    outcome = lint("--add-noqa")
    assert (outcome.code, outcome.err) == (0, "")
    assert (folder / "a.py").read_bytes().decode() == f"{start}{after}"
    assert lint("--extend-select", "TFG010").lines == ["No findings in 1 file."]
    assert lint("--add-noqa").out == "Nothing to add.\n"


def test_comments_are_counted(lint, write):
    write({"a.py": f"{TF}tfg101\ntfg201\n", "b.py": f"{TF}tfg101\n"})
    assert lint("--add-noqa").out == "Added 3 comments in 2 files.\n"


def test_a_comment_is_written_into_the_cell_of_a_notebook(lint, write):
    cells = [{"cell_type": "code", "source": ["import tensorflow\n", "tfg101"]}]
    folder = write({"n.ipynb": json.dumps({"nbformat": 4, "cells": cells}, indent=1)})
    assert lint("--add-noqa").out == "Added 1 comment in 1 file.\n"
    (cell,) = json.loads((folder / "n.ipynb").read_text())["cells"]
    assert "".join(cell["source"]) == "import tensorflow\ntfg101  # noqa: TFG101"
    assert lint("-q").out == ""


def test_what_no_comment_can_silence_is_left(lint, write):
    folder = write({"a.py": f"{TF}x = (\n"})
    assert lint("--add-noqa").out == "Nothing to add.\n"
    assert (folder / "a.py").read_text() == f"{TF}x = (\n"


def test_a_read_only_file_is_said_and_left(lint, write, monkeypatch):
    folder = write({"a.py": f"{TF}tfg101\n"})
    monkeypatch.setattr("os.access", lambda *_: False)
    outcome = lint("--add-noqa")
    assert (outcome.code, outcome.out) == (2, "Nothing to add.\n")
    assert outcome.err == "tfgrad: error: a.py cannot be written: it is read-only; it is unchanged\n"
    assert (folder / "a.py").read_text() == f"{TF}tfg101\n"
