from __future__ import annotations

import sys
import threading

import libcst
import pytest
from tfgrad_lint.discovery import Discovery

TF = "import tensorflow as tf\n"


@pytest.fixture
def lint(run, write):
    def lint_bytes(data):
        write({"a.py": data})
        outcome = run("lint", "-q", "--output-format", "concise")
        assert outcome.err == ""
        return outcome.lines

    return lint_bytes


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_as_one_line(lint, end):
    assert lint(f"import tensorflow as tf{end}{end}tfg101{end}") == ["a.py:3:1: TFG101 found"]


@pytest.mark.parametrize("letter", ["\f", "\v", "\x1c", "\u2028", "\x85"])
def test_letters_that_only_look_like_line_ends_do_not_count(lint, run, letter):
    data = f"{TF}x = '{letter}'; tfg101\n" if letter != "\f" else f"{TF}\fx = 1; tfg101\n"
    assert lint(data)[0].startswith("a.py:2:")
    assert "; tfg101" in run("lint").out


def test_a_byte_order_mark_moves_no_column(lint):
    assert lint(b"\xef\xbb\xbftfg101; import tensorflow\n") == ["a.py:1:1: TFG101 found"]


def test_columns_count_letters_not_bytes(lint):
    assert lint(f"{TF}x = 'äöü'; tfg101\n") == ["a.py:2:12: TFG101 found"]


def test_a_coding_line_is_obeyed(lint):
    assert lint(f"# coding: latin-1\n{TF}x = 'ä'; tfg101\n".encode("latin-1")) == ["a.py:3:10: TFG101 found"]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (TF.encode() + b"x = '\xe9'\n", "a.py:2:6: TFG002 byte 0xe9 is not UTF-8"),
        (b"# \xe9\n" + TF.encode(), "a.py:1:3: TFG002 byte 0xe9 is not UTF-8"),
        (b"# coding: klingon\n" + TF.encode(), "a.py:1:1: TFG002 the coding line names no known encoding"),
        (b"# coding: ascii\n" + TF.encode() + b"# \xc3\xa4\n", "a.py:3:3: TFG002 byte 0xc3 is not ascii"),
        (TF.encode("utf-16"), "a.py:1:1: TFG002 byte 0xff is not UTF-8"),
    ],
)
def test_what_cannot_be_decoded_is_a_finding_with_its_place(lint, data, line):
    assert lint(data) == [line]


def test_a_syntax_error_is_a_finding_in_the_words_of_python(lint):
    assert lint(f"{TF}\nx = [1, 2\n") == ["a.py:3:5: TFG001 '[' was never closed"]


@pytest.mark.parametrize(
    "code",
    [
        "with x as*y: pass\n",
        pytest.param(
            't"a" t"b"\n',
            marks=pytest.mark.skipif(not hasattr(libcst, "TemplatedString"), reason="this libcst has no t-strings"),
        ),
    ],
)
def test_what_only_the_checks_of_libcst_refuse_is_linted(lint, code):
    assert lint(f"{TF}{code}tfg101\n") == ["a.py:3:1: TFG101 found"]
    with pytest.raises(Exception):  # noqa: B017, PT011 - others in this process are told as ever
        libcst.parse_module(code)


def test_other_files_are_linted_beside_a_broken_one(run, write):
    write({"a.py": TF + "def (:\n", "b.py": TF + "tfg101\n", "c.py": TF.encode() + b"\xff"})
    lines = run("lint", "-q", "--output-format", "concise").lines
    assert [line.split()[1] for line in lines] == ["TFG001", "TFG101", "TFG002"]


def test_syntax_newer_than_the_running_python_is_no_error(lint):
    assert lint(f"{TF}type X[T] = list[T]\ndef f[T](x: T) -> T: ...\ntfg101\n") == ["a.py:4:1: TFG101 found"]


def test_valid_python_that_the_parser_refuses_is_noted_not_reported(run, write, monkeypatch):
    def refuses(text):
        raise libcst.ParserSyntaxError("", lines=[""], raw_line=1, raw_column=0)

    monkeypatch.setattr(libcst, "parse_module", refuses)
    write({"a.py": TF})
    outcome = run("lint", "--verbose")
    assert outcome.code == 0
    assert "a.py: valid Python that the parser does not know yet: not analysed" in outcome.err


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 100 + "1" + ")" * 100,
        "1" + "+1" * 1500,
        "a" + ".b()" * 3000,
        "-" * 2000 + "1",
        "1" + "+1" * 60_000,
        "a" + ".b" * 60_000,
        "[" * 40_000 + "]" * 40_000,
    ],
    ids=["brackets", "sum", "chain", "signs", "long sum", "long chain", "many brackets"],
)
def test_deep_nesting_never_breaks_the_run(run, write, expression):
    write({"a.py": f"{TF}x = {expression}\n", "b.py": f"{TF}tfg101\n"})
    outcome = run("lint", "-q", "--output-format", "concise")
    assert outcome.code == 1
    assert outcome.lines[-1] == "b.py:2:1: TFG101 found"
    assert outcome.err == ""


def test_a_very_long_file_is_noted_not_analysed(run, write):
    write({"a.py": f"{TF}tfg101\nx = [{'1, ' * 400_000}]\n", "b.py": f"{TF}tfg101\n"})
    outcome = run("lint", "-v", "--output-format", "concise")
    assert outcome.lines[0] == "b.py:2:1: TFG101 found"
    assert "note: a.py: longer than 1 MiB: not analysed\n" in outcome.err


def test_nul_bytes_in_code_are_a_syntax_error(lint):
    (line,) = lint(f"{TF}x = \0\n")
    assert "TFG001 source code" in line
    assert "null bytes" in line


def test_a_line_of_ten_megabytes_is_passed_over(run, write):
    long = "x" * 10_000_000
    write({"a.py": f"{TF}x = '{long}'\n", "b.ipynb": f'{{"tensorflow": "{long}"', "c.py": f"{TF}tfg101\n"})
    outcome = run("lint", "-q", "--output-format", "concise")
    assert outcome.lines[0].startswith("b.ipynb:1:")
    assert "TFG003 not valid JSON" in outcome.lines[0]
    assert outcome.lines[1:] == ["c.py:2:1: TFG101 found"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_that_vanishes_while_linting_is_reported(run, write, monkeypatch, jobs):
    folder = write({"a.py": TF, "b.py": f"{TF}tfg101\n"})
    find = Discovery.files

    def vanishing(discovery, paths):
        found = find(discovery, paths)
        (folder / "a.py").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Discovery, "files", vanishing)
    outcome = run("lint", "-q", "--output-format", "concise", "--jobs", jobs)
    assert outcome.lines == [
        "a.py:1:1: TFG002 cannot be read: No such file or directory",
        "b.py:2:1: TFG101 found",
    ]
    assert (outcome.code, outcome.err) == (1, "")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_itself_is_reported_where_it_is_named_and_passed_over_elsewhere(run, write, project):
    write({"b.py": f"{TF}tfg101\n"})
    (project / "a.py").symlink_to("a.py")
    assert run("lint", "-q", "--output-format", "concise").lines == ["b.py:2:1: TFG101 found"]
    (line,) = run("lint", "-q", "--output-format", "concise", "a.py").lines
    assert line.startswith("a.py:1:1: TFG002 cannot be read: Too many levels of symbolic links")


def test_linting_leaves_the_limits_of_the_process_alone(lint):
    before = sys.getrecursionlimit(), threading.stack_size()
    lint(TF)
    assert (sys.getrecursionlimit(), threading.stack_size()) == before
