from __future__ import annotations

import json

import pytest


def notebook(*cells, **metadata):
    def cell(source):
        kind, text = source if isinstance(source, tuple) else ("code", source)
        return {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}

    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": [cell(item) for item in cells]}
    )


@pytest.fixture
def lint(run, write):
    def lint_notebook(content, *options):
        write({"n.ipynb": content})
        outcome = run("lint", "-q", "--output-format", "concise", *options)
        assert outcome.err == ""
        return outcome.lines

    return lint_notebook


def test_findings_are_located_by_cell_and_line(lint):
    content = notebook("import tensorflow as tf", ("markdown", "# tfg101"), "x = 1\ny = tfg101")
    assert lint(content) == ["n.ipynb:cell 3:2:5: TFG101 found"]


def test_the_json_output_has_the_cell_of_each_place(run, write):
    write({"n.ipynb": notebook("import tensorflow as tf", "\ntfg101")})
    (finding,) = json.loads(run("lint", "--output-format", "json").out)
    assert (finding["path"], finding["cell"], finding["line"], finding["column"]) == ("n.ipynb", 2, 2, 1)


def test_the_code_frame_shows_the_cell_as_written(run, write):
    write({"n.ipynb": notebook("import tensorflow as tf\n!pip list", "%matplotlib inline\nx = tfg101")})
    assert run("lint").out.startswith("n.ipynb:cell 2:2:5: TFG101 found\n   |\n 2 | x = tfg101\n   |     ^^^^^^\n")


def test_source_may_be_one_text(lint):
    content = {"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": "import tensorflow\ntfg101"}]}
    assert lint(json.dumps(content)) == ["n.ipynb:cell 1:2:1: TFG101 found"]


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "!pip install tensorflow",
        "?tf.matmul",
        "tf.matmul?",
        "tf.matmul??",
        "%%time",
        "files = !ls *.py",
        "a, b = !ls",
        "out = %sql select 1",
        "%timeit -n 10 f(x)",
        "!pip install a \\\n    b",
        "%load_ext tensorboard",
        "pip install -q tensorflow",
        "ls ./data/train/",
    ],
)
def test_magics_and_shell_lines_are_tolerated(lint, line):
    assert lint(notebook("import tensorflow as tf", f"{line}\nx = tfg101")) == [
        f"n.ipynb:cell 2:{2 + line.count(chr(10))}:5: TFG101 found"
    ]


@pytest.mark.parametrize("line", ["ls = tfg101", "rm if tfg101 else 2", "cat (tfg101)", "mv - tfg101", "ls"])
def test_python_names_that_are_magics_elsewhere_are_python(lint, line):
    assert len(lint(notebook("import tensorflow as tf", line))) == line.count("tfg101")


def test_a_cell_that_is_indented_as_a_whole_is_python_at_its_own_columns(lint, run):
    assert lint(notebook("import tensorflow as tf", "\n  x = 1\n  y = tfg101\n# tfg\nz = tfg102")) == [
        "n.ipynb:cell 2:3:7: TFG101 found",
        "n.ipynb:cell 2:5:5: TFG102 found",
    ]
    assert "\n 3 | y = tfg101\n   |     ^^^^^^\n" in run("lint").out


def test_magics_inside_blocks_are_tolerated(lint):
    assert lint(notebook("import tensorflow as tf\nif x:\n    !ls\n    %time f(tfg101)\n")) == [
        "n.ipynb:cell 1:4:13: TFG101 found"
    ]


@pytest.mark.parametrize("magic", ["%%bash", "%%writefile a.py", "%%html", "\n%%javascript"])
def test_cells_in_other_languages_are_passed_over(lint, magic):
    assert lint(notebook("import tensorflow as tf", f"{magic}\ntfg101 (", "tfg102")) == [
        "n.ipynb:cell 3:1:1: TFG102 found"
    ]


@pytest.mark.parametrize("magic", ["%%time", "%%capture out", "%%timeit -n 1"])
def test_cells_that_are_only_timed_or_captured_are_python(lint, magic):
    assert lint(notebook("import tensorflow as tf", f"{magic}\ntfg101")) == ["n.ipynb:cell 2:2:1: TFG101 found"]


@pytest.mark.parametrize(
    "text",
    [
        "x = (a\n  % tfg101)",
        's = """\n!tfg102\n""" + tfg101',
        "x = a \\\n  % tfg101",
    ],
)
def test_signs_inside_a_statement_are_no_magics(lint, text):
    (line,) = [line for line in lint(notebook("import tensorflow as tf", text)) if "TFG101" in line]
    assert line.startswith("n.ipynb:cell 2:")


def test_a_cell_that_is_no_python_is_reported_and_the_others_linted(lint):
    assert lint(notebook("import tensorflow as tf", "x = (", "tfg101")) == [
        "n.ipynb:cell 2:1:5: TFG001 '(' was never closed",
        "n.ipynb:cell 3:1:1: TFG101 found",
    ]


def test_await_outside_of_functions_is_valid(lint):
    assert lint(notebook("import tensorflow as tf", "await f()\nx = (", "tfg101"))[1:] == [
        "n.ipynb:cell 3:1:1: TFG101 found"
    ]
    assert lint(notebook("import tensorflow as tf\nawait f()")) == []


def test_suppression_comments_work_in_cells(lint):
    assert lint(notebook("import tensorflow as tf", "tfg101  # noqa", "# tfgrad: ignore-file")) == []
    assert lint(notebook("import tensorflow as tf", "tfg101  # noqa: TFG101\ntfg102")) == [
        "n.ipynb:cell 2:2:1: TFG102 found"
    ]


@pytest.mark.parametrize("metadata", [{"kernelspec": {"language": "julia"}}, {"language_info": {"name": "R"}}])
def test_notebooks_in_other_languages_are_passed_over(lint, metadata):
    assert lint(notebook("tensorflow tfg101", **metadata)) == []


@pytest.mark.parametrize(
    "metadata", [{"kernelspec": {"language": "python"}}, {"language_info": {"name": "ipython"}}, {}]
)
def test_notebooks_in_python_are_linted(lint, metadata):
    assert len(lint(notebook("import tensorflow\ntfg101", **metadata))) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"tensorflow": }', "n.ipynb:1:16: TFG003 not valid JSON: Expecting value"),
        ('["tensorflow"]', "n.ipynb:1:1: TFG003 not a notebook: the top level is no object"),
        ('{"a": "tensorflow"}', "n.ipynb:1:1: TFG003 not a notebook: `nbformat` is missing"),
        ('{"nbformat": 4, "a": "tensorflow"}', "n.ipynb:1:1: TFG003 not a notebook: `cells` is missing"),
        (
            '{"nbformat": 3, "worksheets": ["tensorflow"]}',
            "n.ipynb:1:1: TFG003 format 3 is too old: convert it with `jupyter nbconvert --to notebook`",
        ),
        (
            '{"nbformat": 4, "cells": [{"cell_type": "code", "source": {"tensorflow": 1}}]}',
            "n.ipynb:1:1: TFG003 cell 1: `source` is neither text nor a list of texts",
        ),
        ("[" * 100_000 + "tensorflow", "n.ipynb:1:1: TFG003 nested too deeply"),
        (b'{"\xff": "tensorflow"}', "n.ipynb:1:3: TFG002 byte 0xff is not UTF-8"),
    ],
)
def test_a_broken_notebook_is_a_finding_with_the_reason(lint, content, message):
    assert lint(content) == [message]


def test_a_notebook_without_code_cells_has_no_findings(lint):
    assert lint(notebook(("markdown", "tensorflow"))) == []
    assert lint('{"nbformat": 4, "cells": [3, {"cell_type": "raw"}], "metadata": "tensorflow"}') == []
