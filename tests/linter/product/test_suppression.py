from __future__ import annotations

import pytest

TF = "import tensorflow as tf\n"


def codes(outcome):
    return [(line.split(":")[1], line.split()[1]) for line in outcome.lines]


@pytest.fixture
def lint(run, write):
    def lint_text(text, *options):
        write({"a.py": TF + text})
        return codes(run("lint", "-q", "--output-format", "concise", *options))

    return lint_text


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "#noqa",
        "# NOQA",
        "# noqa: TFG101",
        "# noqa:TFG101",
        "# noqa: E501, TFG101",
        "# noqa: E501 TFG101",
        "# noqa: tfg101",
        "# noqa: TFG1",
        "# noqa: because the shapes are right",
        "# type: ignore  # noqa: TFG101",
        "# tfgrad: ignore",
        "# tfgrad: ignore[TFG101]",
        "# tfgrad:ignore[TFG201, TFG101]",
        "# tfgrad: ignore[TFG1]",
    ],
)
def test_a_comment_on_the_line_silences_it(lint, comment):
    assert lint(f"x = tfg101  {comment}\n") == []


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: E501",
        "# noqa: TFG201",
        "# nothing: TFG101",
        "# noqamatic",
        "# tfgrad: ignore[TFG201]",
        "# tfgrad: ignored",
        "# tfgrad: ignore-me",
    ],
)
def test_a_comment_that_means_something_else_silences_nothing(lint, comment):
    assert lint(f"x = tfg101  {comment}\n") == [("2", "TFG101")]


def test_a_comment_silences_its_own_statement_only(lint):
    assert lint("tfg101  # noqa\ntfg102\n") == [("3", "TFG102")]
    assert lint("for x in tfg101:  # noqa\n    tfg102\n") == [("3", "TFG102")]


@pytest.mark.parametrize(
    "text",
    [
        "x = f(\n    tfg101,\n)  # noqa\n",
        "x = f(  # tfgrad: ignore[TFG101]\n    tfg101,\n)\n",
        "x = f(\n    tfg101,  # noqa: TFG101\n)\n",
        "x = tfg101(\n    1,\n)  # noqa: TFG101\n",
        "x = 1 + \\\n    tfg101  # noqa\n",
        'x = tfg101 + """\n"""  # noqa\n',
    ],
)
def test_the_first_and_last_line_of_a_statement_speak_for_all_of_it(lint, text):
    assert lint(text) == []


def test_a_middle_line_of_a_statement_speaks_for_itself(lint):
    assert lint("x = f(\n    1,  # noqa\n    tfg101,\n)\n") == [("4", "TFG101")]


def test_an_ignore_on_its_own_line_covers_the_next_statement(lint):
    assert lint("# tfgrad: ignore[TFG101]\nx = f(\n    tfg101,\n)\ntfg101\n") == [("6", "TFG101")]
    assert lint("# noqa\ntfg101\n") == [("3", "TFG101")]


@pytest.mark.parametrize("text", ['x = tfg101, "# noqa"\n', 'x = tfg101, """\n# tfgrad: ignore-file\n"""\n'])
def test_text_in_strings_is_no_comment(lint, text):
    assert lint(text) == [("2", "TFG101")]


@pytest.mark.parametrize(
    "place", ["# tfgrad: ignore-file\n{}", "{}# tfgrad: ignore-file\n", "{}\n\n  # tfgrad: ignore-file"]
)
def test_a_file_level_comment_silences_the_file(lint, place):
    assert lint(place.format("tfg101\ntfg201\n")) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_suppression_works_with_every_line_end(run, write, end):
    write({"a.py": end.join(["import tensorflow as tf", "tfg101  # noqa", "tfg102", ""])})
    assert run("lint", "-q", "--output-format", "concise").out.count("TFG") == 1


def test_a_syntax_error_can_be_suppressed_for_the_file(lint):
    assert lint("# tfgrad: ignore-file\nx = (\n") == []


def test_unused_suppressions_are_reported_only_on_request(lint):
    text = "x = 1  # noqa: TFG101\ny = 1  # tfgrad: ignore[TFG999]\ntfg201  # noqa: TFG201, TFG101\nz = 1  # noqa\n"
    assert lint(text) == []
    assert lint(text, "--extend-select", "TFG010") == [("2", "TFG010"), ("3", "TFG010"), ("4", "TFG010")]


def test_the_code_of_a_disabled_rule_or_of_another_linter_is_not_called_unused(lint):
    text = "x = 1  # noqa: TFG101\ny = 1  # noqa: E501\n"
    assert lint(text, "--select", "TFG010,TFG2") == []


def test_an_unused_suppression_says_why(run, write):
    write({"a.py": f"{TF}x = 1  # noqa: TFG101\ny = 1  # noqa: TFG999\n"})
    lines = run("lint", "-q", "--output-format", "concise", "--extend-select", "TFG010").lines
    assert lines == [
        "a.py:2:8: TFG010 suppression of TFG101, which reports nothing here",
        "a.py:3:8: TFG010 suppression of TFG999, which is no rule",
    ]
