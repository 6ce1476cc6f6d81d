"""Shapes of a project's own functions, declared in a file that the configuration names."""

from __future__ import annotations

from pathlib import Path

import pytest
from tfgrad_lint.cli import main

SETTINGS = 'models = "shapes.toml"\n'
HEAD = "import tensorflow as tf\nfrom lib.ops import f\n\n"


@pytest.fixture
def lint(write, capsys):
    """Lint ``code`` after an import of ``lib.ops.f`` whose signature is declared; return what is said."""

    def run(signature, code, **files):
        write({"tfgrad.toml": SETTINGS, "shapes.toml": f"[functions]\n\"lib.ops.f\" = '{signature}'\n"})
        write({"a.py": HEAD + code, **files})
        code = main(["lint", "-q", "--output-format", "concise", "a.py"])
        captured = capsys.readouterr()
        assert (captured.err, code) == ("", 1 if captured.out else 0)
        return captured.out

    return run


ONES = "q, k = tf.ones([2, 3, 4]), tf.ones([2, 5, 4])\n"


@pytest.mark.parametrize(
    ("signature", "code", "found"),
    [
        ("(q: [B, T, D], k: [B, S, D]) -> [B, T, S]", "f(q, k) @ tf.ones([2, 6, 1])", "[2, 3, 5] with [2, 6, 1]"),
        ("(q: [B, T, D], k: [B, S, D]) -> [B, T, S]", "f(q, k) @ tf.ones([2, 5, 1])", None),
        ("(q: [B, T, D], k: [B, S, D]) -> [B, T, S]", "f(q, tf.ones([7, 5, 4]))", "axis 0 has sizes 2 and 7"),
        ("(q: [B, T, D], k: [B, S, D]) -> [B, T, S]", "f(q, k=tf.ones([5, 4]))", "needs `k` of rank 3"),
        ("(q: [B, 3, 9]) -> [B]", "f(q)", "axis 2 of [2, 3, 4] has size 4 where 9 is declared"),
        ("(q: [..., D], n=) -> [..., 2*D + 1] float32", "f(q) + tf.ones([8])", "with [8]"),
        ("(q: [..., D], n=) -> [..., 2*D + 1] float32", "f(q, n=3) + tf.ones([9])", None),
        ("(q: [..., D], k: [..., D]) -> [...]", "f(q, k) @ tf.ones([99, 9])", None),
        ("(q: [B, T, D]) -> ([B, T], [B, D//2])", "a, b = f(q)\na @ b", "[2, 3] with [2, 2]"),
        ("(q: [B, T, D]) -> [D - 1]", "f(q) + tf.ones([2])", "[3] with [2]"),
        ("(q: [B]) -> [B]", "f(unknown) + tf.ones([2])", None),
        ("(q: [B]) -> [B]", "f(1, 2, 3)", None),
        ("(q) -> [7]", "f(q) + tf.ones([2])", "[7] with [2]"),
    ],
)
def test_calls_have_the_declared_shapes(lint, signature, code, found):
    out = lint(signature, f"{ONES}{code}\n")
    assert (found in out) if found else out == "", out
    assert out.count("TFG1") == (1 if found else 0)


@pytest.mark.parametrize(
    "use",
    [
        "from lib.ops import f as g\ng(tf.ones([3])) + tf.ones([2])",
        "import lib.ops\nlib.ops.f(tf.ones([3])) + tf.ones([2])",
        "import lib.ops as o\no.f(tf.ones([3])) + tf.ones([2])",
        "from lib import ops\nops.f(tf.ones([3])) + tf.ones([2])",
    ],
)
@pytest.mark.parametrize("is_in_project", [True, False])
def test_it_does_not_matter_how_and_whence_the_function_is_imported(lint, use, is_in_project):
    own = {
        "lib/__init__.py": "",
        "lib/ops.py": "import tensorflow as tf\ndef f(x):\n    return tf.numpy_function(g, [x], 1)\n",
    }
    assert "[3] with [2]" in lint("(x: [N]) -> [N]", f"{use}\n", **(own if is_in_project else {}))


def test_a_gradient_may_pass_and_may_depend_on_more_than_the_arguments(lint):
    code = "x, v = tf.Variable([1.0]), tf.Variable([1.0])\nwith tf.GradientTape() as tape:\n    y = f(x)\n"
    assert lint("(x: [N]) -> [N]", f"{code}grads = tape.gradient(y, [x, v])\n") == ""


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, "shapes.toml: cannot be read: No such file or directory"),
        ("[functions", "shapes.toml: not valid TOML"),
        ("[function]", "shapes.toml: expected the table [functions] and nothing else"),
        ("functions = 3", "shapes.toml: expected the table [functions] and nothing else"),
        ("[functions]\nlib.ops.f = '() -> [1]'", "shapes.toml: functions.lib: expected a signature such as"),
        ("[functions]\nf = '(x) -> [1]'", "shapes.toml: functions.f: 'f' is not the dotted name of a function"),
        ("[functions]\n'a.f' = '(x: [B])'", "shapes.toml: functions.a.f: expected (parameter: [B, D], ...) -> [B]"),
        ("[functions]\n'a.f' = '(x: B) -> [B]'", "shapes.toml: functions.a.f: expected a parameter such as x, x="),
        ("[functions]\n'a.f' = '(x: [B+1]) -> [B]'", "shapes.toml: functions.a.f: expected a size or a name in the"),
        ("[functions]\n'a.f' = '(x: [B]) -> [C]'", "shapes.toml: functions.a.f: the result has the size 'C', but no"),
        ("[functions]\n'a.f' = '(x: [B]) -> [..., B]'", "shapes.toml: functions.a.f: the result has '...', but no"),
        ("[functions]\n'a.f' = '(x: [B]) -> [B] flat32'", "shapes.toml: functions.a.f: 'flat32' is no dtype"),
        (
            "[functions]\n'a.f' = '(x: [B]) -> [f(B)]'",
            "shapes.toml: functions.a.f: expected a size such as 3, D or 2*D",
        ),
        ("[functions]\n'a.f' = '(x: [B]) -> [B**9**9]'", "shapes.toml: functions.a.f: expected a size such as 3"),
        ("[functions]\n'a.f' = '(x: [B], x) -> [B]'", "shapes.toml: functions.a.f: a parameter is named twice"),
        ("[functions]\n'a.f' = '(x: [B]) -> [B], [B]'", "shapes.toml: functions.a.f: expected one result [B], or"),
    ],
)
def test_a_broken_file_is_one_line(run, write, content, error):
    write({"tfgrad.toml": SETTINGS, "a.py": HEAD} | ({} if content is None else {"shapes.toml": content}))
    outcome = run("lint")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"tfgrad: error: {error}"), outcome.err
    assert outcome.err.count("\n") == 1


def test_changed_declarations_change_what_is_kept(lint, monkeypatch):
    monkeypatch.delenv("TFGRAD_NO_CACHE")
    code = f"{ONES}f(q) + tf.ones([2])\n"
    assert "[4] with [2]" in lint("(q: [B, T, D]) -> [D]", code)
    assert lint("(q: [B, T, D]) -> [B]", code) == ""


def test_the_settings_name_the_functions(run, write):
    write({"tfgrad.toml": SETTINGS, "shapes.toml": "[functions]\n'a.f' = '(x) -> [1]'\n"})
    assert 'models = ["a.f"]' in run("config").out


def test_the_example_of_the_page_works(write, capsys):
    page = (Path(__file__).parents[3] / "docs" / "linter.md").read_text()
    part = page.partition("## Shapes of your own functions")[2].partition("\n## ")[0]
    blocks = dict(zip(("tfgrad.toml", "shapes.toml", "model.py"), part.split("```")[1::2], strict=True))
    write({name: block.partition("\n")[2] for name, block in blocks.items()})
    assert main(["lint", "-q", "--output-format", "concise"]) == 1
    assert "TFG119" in capsys.readouterr().out
