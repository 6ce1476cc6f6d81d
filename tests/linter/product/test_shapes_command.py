"""`tfgrad shapes`: the source with the inferred shapes beside it."""

import json
from pathlib import Path
from textwrap import dedent

import pytest
from tfgrad_lint.cli import main

CODE = """\
    import tensorflow as tf

    def double(x):
        y = x * 2
        return y

    a, b = tf.ones([2, 3]), tf.range(4)
    c = double(a)
    d = double(tf.ones([2, 5]))
    n = 3
    """


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "code.py"
    path.write_text(dedent(CODE))
    return str(path)


def test_text_shows_the_join_of_all_contexts_beside_each_assignment(file: str, capsys: pytest.CaptureFixture[str]):
    assert main(["shapes", file]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("#")[2].strip() for line in lines] == [
        *[""] * 3,
        "y: [2, ?] float32",
        *[""] * 2,
        "a: [2, 3] float32; b: [4] int32",
        "c: [2, 3] float32",
        "d: [2, 5] float32",
        "",
    ]
    assert [line.partition("  #")[0].rstrip() for line in lines] == dedent(CODE).splitlines()


def test_json_has_one_entry_per_assignment(file: str, capsys: pytest.CaptureFixture[str]):
    assert main(["shapes", file, "--format", "json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert entries[0] == {"line": 4, "column": 5, "name": "y", "shape": ["2", "?"], "dtype": "float32"}
    assert [entry["name"] for entry in entries] == ["y", "a", "b", "c", "d"]


def test_what_is_no_tensor_in_some_context_has_no_shape(run, write):
    calls = "f(tf.ones([2]))\nf({'a': 1})\nw = tf.ones([3])\n"
    write({"a.py": f"import tensorflow as tf\ndef f(x):\n    y = x\n    z = y\n{calls}"})
    assert [each["name"] for each in json.loads(run("shapes", "a.py", "--format", "json").out)] == ["w"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read: No such file"), (b"x = (\n", "line 1"), (b"\xff\xfe\x00", "UTF-8")],
    ids=["missing", "syntax error", "not UTF-8"],
)
def test_bad_input_is_one_line(tmp_path: Path, content: bytes | None, reason: str, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bad.py"
    if content is not None:
        path.write_bytes(content)
    assert main(["shapes", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert reason in error


def test_a_shape_comment_counts_unless_the_settings_say_otherwise(run, write):
    code = "import tensorflow as tf\nx = load()  # (B, T, 3)\ny = x + 1.0\n"
    write({"a.py": code})
    before = run("shapes", "a.py").out
    write({"tfgrad.toml": "shape-comments = false\n"})
    assert run("shapes", "a.py").out != before
