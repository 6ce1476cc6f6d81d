"""Notebooks after ``--fix``: another Python, and the same bytes everywhere else."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tfgrad_lint.cli import main
from tfgrad_lint.fixing.notebook_text import CellEdit, notebook_with

CELLS = [
    "import tensorflow as tf\n%matplotlib inline\n!pip install x",
    "x = tf.constant(3.0)\nwith tf.GradientTape() as tape:\n    # the square\n    y = x * x\ng = tape.gradient(y, x)",
    "opt = tf.keras.optimizers.SGD(0.1)\nw = tf.Variable(1.0)  # é\nwith tf.GradientTape() as t:\n    z = w * w\n"
    "opt.apply_gradients(zip([w], t.gradient(z, [w])))\n",
]


def notebook(split, **layout):
    code = [{"cell_type": "code", "outputs": [{"x": 1.50}], "source": split(text), "metadata": {}} for text in CELLS]
    text = {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "text"]}
    return json.dumps({"cells": [text, *code], "nbformat": 4, "metadata": {"b": 1, "a": {}}}, **layout) + "\n"


LAYOUTS = [{"indent": 1, "ensure_ascii": False}, {"indent": 2}, {}, {"separators": (",", ":")}]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("split", [lambda text: text.splitlines(keepends=True), str], ids=["list", "text"])
def test_only_the_changed_lines_change(project, write, capsys, split, layout):
    before = notebook(split, **layout)
    path = write({"n.ipynb": before}) / "n.ipynb"
    assert main(("lint", "--fix", "n.ipynb")) == 0
    assert capsys.readouterr().out == "No findings in 1 file.\nFixed 2 findings.\n"
    cells = json.loads(before)
    watched = CELLS[1].replace("tape:\n", "tape:\n    tape.watch(x)\n")
    swapped = CELLS[2].replace("zip([w], t.gradient(z, [w]))", "zip(t.gradient(z, [w]), [w])")
    for index, text in ((2, watched), (3, swapped)):
        cells["cells"][index]["source"] = split(text)
    # Written anew in the same layout, the expected notebook is the same in every byte.
    assert path.read_text() == json.dumps(cells, **layout) + "\n"


def test_a_removed_last_line_of_a_cell_takes_the_line_end_before_it_along(project, write, capsys):
    cells = ["import tensorflow as tf\nw = tf.Variable(1.0)\nt = tf.GradientTape()\nt.__enter__()", "x = 1\nt.watch(w)"]
    content = {"nbformat": 4, "cells": [{"cell_type": "code", "source": text.splitlines(True)} for text in cells]}
    path = write({"n.ipynb": json.dumps(content, indent=1)}) / "n.ipynb"
    assert main(("lint", "--fix", "--preview", "n.ipynb")) == 0
    capsys.readouterr()
    content["cells"][1]["source"] = ["x = 1"]
    assert path.read_text() == json.dumps(content, indent=1)


def test_the_diff_names_the_cell(project, write, capsys):
    write({"n.ipynb": notebook(str)})
    assert main(("lint", "--diff", "n.ipynb")) == 1
    heads = [line for line in capsys.readouterr().out.splitlines() if line.startswith("+++")]
    assert heads == ["+++ n.ipynb:cell 3", "+++ n.ipynb:cell 4"]


TEXTS = st.text('ab\n"\\é\U0001f40d\x07', max_size=12)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), source=TEXTS, ascii_only=st.booleans(), as_list=st.booleans())
def test_any_edits_of_a_cell_give_the_text_with_these_edits(data, source, ascii_only, as_list):
    marks = sorted(data.draw(st.lists(st.integers(0, len(source)), max_size=6, unique=True)))
    edits = [CellEdit(0, start, end, data.draw(TEXTS)) for start, end in zip(marks[::2], marks[1::2], strict=False)]
    chunks = source.splitlines(keepends=True) if as_list else source
    text = json.dumps({"cells": [{"source": chunks, "z": [1.0, "\u00e9"]}]}, ensure_ascii=ascii_only)
    expected = source
    for edit in reversed(edits):
        expected = expected[: edit.start] + edit.content + expected[edit.end :]
    if as_list and not chunks and expected:
        return  # an empty list of lines has no line to edit
    result = json.loads(notebook_with(text, edits))
    made = result["cells"][0].pop("source")
    assert "".join(made) == expected
    assert result == {"cells": [{"z": [1.0, "\u00e9"]}]}
