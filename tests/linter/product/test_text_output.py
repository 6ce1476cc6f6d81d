from __future__ import annotations

from textwrap import dedent

import pytest
from tfgrad_lint.cli import main
from tfgrad_lint.findings import Applicability, Finding, Fix, Label, Severity, Span, TraceEntry
from tfgrad_lint.output.paint import coloured
from tfgrad_lint.output.report import Report
from tfgrad_lint.output.text import render_concise, render_text
from tfgrad_lint.source import source_of_text

LOSSES = "\n" * 8 + "    return tf.reduce_mean(tf.square(y_true - y_pred))\n"
MODEL = "\n" * 13 + "        self.head = Dense(1)\n"

OUTER = Finding(
    code="TFG201",
    name="unintended-outer-broadcast",
    severity=Severity.WARNING,
    message="`y_true - y_pred` broadcasts [B] with [B, 1] to [B, B]; nothing raises, the loss is wrong",
    path="losses.py",
    span=Span(9, 37, 9, 52),
    labels=(
        Label(Span(9, 37, 9, 43), "y_true: [B]   labels of the dataset, data.py:31"),
        Label(Span(9, 46, 9, 52), "y_pred: [B, 1]   from Dense(1), model.py:14"),
    ),
    notes=("each of B labels is compared with each of B predictions", "intended? write y_true[tf.newaxis, :]"),
    help="tf.squeeze(y_pred, axis=-1)",
    fix=Fix(Applicability.UNSAFE, "squeeze the prediction", ()),
)


def report(*findings, **files):
    return Report(findings, {f"{name}.py": source_of_text(f"{name}.py", text) for name, text in files.items()})


def finding(span, labels=(), trace=(), **more):
    return Finding("TFG101", "name", Severity.ERROR, "message", "a.py", span, tuple(labels), tuple(trace), **more)


def text_of(found, source, **options):
    return render_text(report(found, a=source), **options)


def test_a_shape_finding_reads_as_the_design_wants_it():
    assert render_text(report(OUTER, losses=LOSSES)) == dedent(
        """\
        losses.py:9:37: TFG201 `y_true - y_pred` broadcasts [B] with [B, 1] to [B, B]; nothing raises, the loss is wrong
           |
         9 |     return tf.reduce_mean(tf.square(y_true - y_pred))
           |                                     ------^^^------
           |                                     |        |
           |                                     |        y_pred: [B, 1]   from Dense(1), model.py:14
           |                                     y_true: [B]   labels of the dataset, data.py:31
           = each of B labels is compared with each of B predictions
           = help: tf.squeeze(y_pred, axis=-1)   (unsafe fix available)
           = intended? write y_true[tf.newaxis, :]

        """
    )


def test_the_trace_follows_as_further_frames_with_one_gutter():
    entry = TraceEntry("model.py", Span(14, 21, 14, 29), "gives [B, 1]")
    found = finding(Span(9, 46, 9, 52), trace=[entry])
    assert render_text(report(found, a=LOSSES, model=MODEL)) == dedent(
        """\
        a.py:9:46: TFG101 message
            |
          9 |     return tf.reduce_mean(tf.square(y_true - y_pred))
            |                                              ^^^^^^
          ::: model.py:14:21
            |
         14 |         self.head = Dense(1)
            |                     ^^^^^^^^ gives [B, 1]

        """
    )


def test_a_trace_into_a_file_that_is_gone_keeps_its_words(project):
    found = finding(Span(1, 1, 1, 2), trace=[TraceEntry("gone.py", Span(3, 4, 3, 5), "gives [B]")])
    assert text_of(found, "x").splitlines()[-2] == " ::: gone.py:3:4: gives [B]"


def test_a_trace_into_a_file_without_findings_is_read_from_it(write):
    write({"model.py": MODEL})
    found = finding(Span(1, 1, 1, 2), trace=[TraceEntry("model.py", Span(14, 21, 14, 29), "gives [B, 1]")])
    assert " 14 |         self.head = Dense(1)\n" in text_of(found, "x")


@pytest.mark.parametrize(("steps", "shown"), [(4, [1, 2, 3, 4]), (5, [1, 2, 4, 5]), (9, [1, 2, 8, 9])])
def test_a_long_trace_shows_its_ends(steps, shown):
    trace = [TraceEntry("gone.py", Span(step, 1, step, 2), "step") for step in range(1, steps + 1)]
    text = text_of(finding(Span(1, 1, 1, 2), trace=trace), "x")
    assert [step for step in range(1, steps + 1) if f"gone.py:{step}:1" in text] == shown
    assert (f"{steps - 4} step" in text) == (steps > 4)
    whole = text_of(finding(Span(1, 1, 1, 2), trace=trace), "x", whole_trace=True)
    assert whole.count("gone.py") == steps


def test_a_span_of_several_lines_is_bracketed():
    found = finding(Span(1, 5, 4, 2), [Label(Span(2, 5, 2, 6), "a: [5]"), Label(Span(3, 5, 3, 11), "12 elements")])
    assert text_of(found, "x = tf.reshape(\n    a,\n    [3, 4],\n)\n") == dedent(
        """\
        a.py:1:5: TFG101 message
           |
         1 | / x = tf.reshape(
         2 | |     a,
           | |     - a: [5]
         3 | |     [3, 4],
           | |     ------ 12 elements
         4 | | )
           | |_^

        """
    )


def test_a_very_long_span_shows_its_ends():
    source = "\n".join(f"line{number}" for number in range(1, 21))
    text = text_of(finding(Span(1, 1, 20, 5)), source)
    assert [number for number in range(1, 21) if f"line{number}\n" in text] == [1, 2, 3, 4, 19, 20]
    assert "\n ...\n" in text


def test_a_single_label_stands_beside_the_marks():
    text = text_of(finding(Span(1, 5, 1, 10), [Label(Span(1, 5, 1, 6), "a: [2]")]), "x = a + b")
    assert text.splitlines()[-2] == "   |     -^^^^ a: [2]"


def test_three_labels_hang_below_each_other():
    labels = [Label(Span(1, column, 1, column + 1), f"label {column}") for column in (1, 5, 9)]
    assert text_of(finding(Span(1, 1, 1, 10), labels), "a + b + c").splitlines()[3:-1] == [
        "   | -^^^-^^^-",
        "   | |   |   |",
        "   | |   |   label 9",
        "   | |   label 5",
        "   | label 1",
    ]


def test_labels_of_one_place_hang_from_one_bar():
    labels = [Label(Span(1, 1, 1, 2), "first"), Label(Span(1, 1, 1, 2), "second")]
    assert text_of(finding(Span(1, 1, 1, 2), labels), "a").splitlines()[3:-1] == [
        "   | ^",
        "   | |",
        "   | second",
        "   | first",
    ]


def test_tabs_and_wide_letters_keep_the_marks_in_place():
    text = text_of(finding(Span(1, 8, 1, 9)), "\tx = '漢'; y")
    assert text.splitlines()[2:4] == [" 1 |     x = '漢'; y", "   |            ^"]


def test_control_characters_are_shown_not_sent():
    text = text_of(finding(Span(1, 1, 1, 2)), "x = '\x1b[31m\x7f'")
    assert "\x1b" not in text
    assert "x = '␛[31m␡'" in text


@pytest.mark.parametrize("width", [40, 80, 160])
@pytest.mark.parametrize("column", [1, 50, 300, 595])
def test_a_long_line_is_cut_to_the_width_and_the_span_stays_visible(width, column):
    source = "".join(chr(ord("a") + index % 26) for index in range(600))
    line, marks = text_of(finding(Span(1, column, 1, column + 4)), source, width=width).splitlines()[2:4]
    assert len(line) <= width
    assert line[marks.index("^") : marks.index("^") + 4] == source[column - 1 : column + 3]


def test_a_line_of_ten_megabytes_is_shown_in_part():
    source = "x" * 10_000_000
    assert len(text_of(finding(Span(1, 5_000_000, 1, 5_000_004)), source)) < 1000


def test_a_span_past_the_end_of_the_file_has_no_frame():
    assert text_of(finding(Span(9, 1, 9, 2)), "x").splitlines() == ["a.py:9:1: TFG101 message", ""]


@pytest.mark.parametrize(
    ("applicability", "remark"),
    [(Applicability.SAFE, "(fix available)"), (Applicability.UNSAFE, "(unsafe fix available)")],
)
def test_the_message_of_a_fix_is_the_help_where_there_is_none(applicability, remark):
    found = finding(Span(1, 1, 1, 2), fix=Fix(applicability, "swap them", ()))
    assert text_of(found, "x").splitlines()[-2] == f"   = help: swap them   {remark}"


def test_concise_is_one_line_a_finding():
    assert render_concise(report(OUTER, losses=LOSSES)) == f"losses.py:9:37: TFG201 {OUTER.message}\n"


def test_colours_change_nothing_but_colours():
    plain = render_text(report(OUTER, losses=LOSSES))
    painted = render_text(report(OUTER, losses=LOSSES), coloured)
    assert painted != plain
    assert _without_codes(painted) == plain


def _without_codes(text):
    import click

    return click.unstyle(text)


@pytest.mark.parametrize(
    ("options", "environment", "is_coloured"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_who_decides_about_colours(run, write, monkeypatch, options, environment, is_coloured):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    write({"a.py": "import tensorflow\ntfg101\n"})
    assert ("\x1b[" in run("lint", *options).out) == is_coloured


def test_the_width_of_the_terminal_is_obeyed(run, write, monkeypatch):
    write({"a.py": "import tensorflow\ntfg101; " + "x" * 200 + "\n"})
    monkeypatch.setenv("COLUMNS", "50")
    assert max(map(len, run("lint").lines)) == 50
    monkeypatch.delenv("COLUMNS")
    assert max(map(len, run("lint").lines)) == 160


@pytest.mark.parametrize("width", [80, 160])
def test_what_does_not_fit_beside_or_on_a_line_goes_below_at_words(project, write, monkeypatch, capsys, width):
    monkeypatch.setenv("COLUMNS", str(width))
    write({"a.py": "import tensorflow as tf\n\nx = tf.constant(2.0)\nwith tf.GradientTape() as tape:\n    y = x * x\n"
           "gradient_of_the_loss = tape.gradient(y, [x])\n"})  # fmt: skip
    main(["lint", "--select", "TFG3"])
    lines = capsys.readouterr().out.splitlines()
    assert any("help:" in line for line in lines)
    assert [line for line in lines if line.startswith(" ") and len(line) > width] == []
