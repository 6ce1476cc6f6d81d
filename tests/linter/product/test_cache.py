"""What is kept from run to run: that it is used where nothing changed, and only there."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tfgrad_lint import file_check
from tfgrad_lint.cli import main

WRONG = "import tensorflow as tf\nfrom sizes import WIDTH\n\ntf.ones([2, WIDTH]) @ tf.ones([4, 5])\n"
FILES = {"a.py": WRONG, "b.py": "import tensorflow as tf\n", "sizes.py": "WIDTH = 3\n", "pyproject.toml": ""}
FOUND = "a.py:4:1: TFG101"


@pytest.fixture
def lint(write, capsys, monkeypatch):
    """Run ``tfgrad lint`` with a cache; return what it prints and which files it analysed."""
    monkeypatch.delenv("TFGRAD_NO_CACHE")
    write(FILES)
    analysed = []
    analyse = file_check.analyse

    def noted(module, path, settings):
        analysed.append(path)
        return analyse(module, path, settings)

    monkeypatch.setattr(file_check, "analyse", noted)

    def run(*arguments):
        analysed.clear()
        main(["lint", "-q", "--output-format", "concise", *arguments])
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out, list(analysed)

    return run


def database():
    (file,) = Path(".tfgrad_cache").glob("*.sqlite3")
    return file


def test_what_has_not_changed_is_not_analysed_again_and_printed_as_before(lint):
    for output_format in ("concise", "text", "json", "sarif"):
        shutil.rmtree(".tfgrad_cache", ignore_errors=True)
        first, analysed = lint("--output-format", output_format)
        assert analysed == ["a.py", "b.py"]
        assert "TFG101" in first
        assert lint("--output-format", output_format) == (first, [])


@pytest.mark.parametrize(
    ("changes", "analysed", "is_found"),
    [
        ({"b.py": "import tensorflow as tf\n\n"}, ["b.py"], True),
        ({"a.py": WRONG.replace("WIDTH]", "4]")}, ["a.py"], False),
        ({"sizes.py": "WIDTH = 4\n"}, ["a.py"], False),
        ({"sizes.py": "from numbers_of import WIDTH\n", "numbers_of.py": "WIDTH = 3\n"}, ["a.py"], True),
        ({"sizes.py": None}, ["a.py"], False),
        ({"sizes/__init__.py": "WIDTH = 4\n"}, ["a.py"], False),
        ({"tfgrad.toml": 'ignore = ["TFG101"]\n'}, ["a.py", "b.py"], False),
        ({"tfgrad.toml": 'per-file-ignores = { "a.py" = ["TFG1"] }\n'}, ["a.py"], False),
        ({"tfgrad.toml": 'tensorflow-version = "2.15"\n'}, ["a.py", "b.py"], True),
        ({"tfgrad.toml": 'exclude = ["nothing.py"]\n'}, [], True),
        ({"c.py": "x = 1\n"}, [], True),
    ],
)
def test_what_depends_on_a_change_is_analysed_again_and_nothing_else(lint, write, changes, analysed, is_found):
    assert lint()[0].startswith(FOUND)
    for name in [name for name, text in changes.items() if text is None]:
        Path(name).unlink()
    write({name: text for name, text in changes.items() if text is not None})
    out, again = lint()
    assert (again, out.startswith(FOUND)) == (analysed, is_found)
    assert lint() == (out, [])


def test_a_module_that_imports_reach_only_through_another_counts_too(lint, write):
    write({"sizes.py": "from numbers_of import WIDTH\n", "numbers_of.py": "WIDTH = 3\n"})
    lint()
    write({"numbers_of.py": "WIDTH = 4\n"})
    assert lint() == ("", ["a.py"])


def test_a_module_that_appears_counts(lint, write):
    Path("sizes.py").unlink()
    assert lint()[0] == ""
    write({"sizes.py": FILES["sizes.py"]})
    assert lint()[0].startswith(FOUND)


def test_the_top_of_the_project_counts_because_imports_start_there(lint, write):
    write({"pkg/deep/a.py": WRONG.replace("sizes", "widths"), "widths.py": "WIDTH = 3\n"})
    assert "pkg/deep/a.py:4:1: TFG101" in lint("pkg")[0]
    write({"pkg/pyproject.toml": ""})
    assert lint("pkg") == ("", ["pkg/deep/a.py"])


def test_results_are_kept_for_each_selection(lint):
    lint()
    assert lint("--ignore", "TFG101") == ("", ["a.py", "b.py"])
    assert lint()[1] == lint("--ignore", "TFG101")[1] == []


def test_another_version_of_the_linter_starts_anew(lint, monkeypatch):
    lint()
    monkeypatch.setattr("tfgrad_lint.cache.results.identity", lambda: "another")
    assert lint()[1] == ["a.py", "b.py"]
    assert database().name == "another.sqlite3"


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100, None], ids=["empty", "garbage", "truncated"])
def test_a_damaged_cache_is_thrown_away_and_made_again(lint, damage):
    first, _ = lint()
    file = database()
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if damage is None else damage)
    assert lint() == (first, ["a.py", "b.py"])
    assert lint() == (first, [])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE results SET value = '[[{}], []]'",
        "UPDATE results SET value = 'no json'",
        "UPDATE results SET facts = x'0100000000000000'",
        "UPDATE facts SET text = '[1, 2, 3]'",
        "DROP TABLE facts",
    ],
)
def test_what_does_not_make_sense_in_a_cache_is_found_anew(lint, statement):
    first, _ = lint()
    with sqlite3.connect(database()) as connection:
        connection.execute(statement)
    connection.close()
    out, analysed = lint()
    assert (out, "a.py" in analysed) == (first, True)
    assert lint() == (first, [])


def test_where_no_cache_can_be_written_linting_goes_on(lint, write):
    write({"taken": "a file"})
    for _ in range(2):
        out, analysed = lint("--cache-dir", "taken")
        assert (out.startswith(FOUND), analysed) == (True, ["a.py", "b.py"])


def test_a_cache_that_another_run_has_locked_is_left_alone(lint, monkeypatch):
    monkeypatch.setattr("tfgrad_lint.cache.database._PATIENCE", 0.0)
    first, _ = lint()
    connection = sqlite3.connect(database())
    connection.execute("BEGIN EXCLUSIVE")
    assert lint() == (first, ["a.py", "b.py"])
    connection.close()
    assert lint() == (first, [])


def test_runs_at_the_same_time_find_the_same(lint, write):
    write({f"m{index}.py": WRONG for index in range(20)})
    outcomes = []
    command = [sys.executable, "-m", "tfgrad_lint", "lint", "-q", "--output-format", "concise"]

    def run():
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        outcomes.append((result.stdout, result.stderr))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [(lint("--no-cache")[0], "")] * 3
    assert lint()[1] == []


def test_no_cache_leaves_no_folder(lint, monkeypatch):
    lint("--no-cache")
    monkeypatch.setenv("TFGRAD_NO_CACHE", "1")
    lint()
    assert not Path(".tfgrad_cache").exists()


def test_the_cache_lies_at_the_top_of_the_project_and_git_does_not_see_it(lint, write, monkeypatch):
    folder = write({"pkg/c.py": "import tensorflow as tf\n"})
    subprocess.run(["git", "init", "--quiet"], check=True)
    monkeypatch.chdir(folder / "pkg")
    lint()
    monkeypatch.chdir(folder)
    assert database().is_file()
    status = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True)
    assert ".tfgrad_cache" not in status.stdout


def test_cache_dir_is_an_option_and_a_variable(lint, monkeypatch):
    lint("--cache-dir", "one/cache")
    assert list(Path("one/cache").glob("*.sqlite3"))
    monkeypatch.setenv("TFGRAD_CACHE_DIR", "two")
    lint()
    assert list(Path("two").glob("*.sqlite3"))
    assert not Path(".tfgrad_cache").exists()


def test_an_error_of_the_linter_is_not_kept(lint, monkeypatch, capsys):
    def broken(*_):
        raise KeyError("key")

    with monkeypatch.context() as patch:
        patch.setattr(file_check, "analyse", broken)
        assert main(["lint", "-q"]) == 2
    capsys.readouterr()
    assert lint()[0].startswith(FOUND)


def test_a_run_that_finds_everything_in_the_cache_imports_neither_parser_nor_rules(lint):
    first, _ = lint()
    program = (
        "import sys\nfrom tfgrad_lint.cli import main\nmain(['lint', '-q', '--output-format', 'concise'])\n"
        "print([name for name in sys.modules if name.startswith(('libcst', 'tfgrad_lint.rules'))], file=sys.stderr)\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == (first, "[]\n")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_that_leads_elsewhere_now_is_another_file(lint, write):
    write({"x/real.py": WRONG, "x/sizes.py": "WIDTH = 3\n", "y/real.py": WRONG, "y/sizes.py": "WIDTH = 4\n"})
    link = Path("link.py")
    link.symlink_to("x/real.py")
    assert "link.py:4:1: TFG101" in lint("link.py")[0]
    link.unlink()
    link.symlink_to("y/real.py")
    assert lint("link.py") == ("", ["link.py"])


def test_fixing_looks_again_only_at_files_that_it_may_change(lint, write):
    swapped = "import tensorflow as tf\n\nw = tf.Variable(2.0)\nwith tf.GradientTape() as tape:\n    loss = w * w\n"
    swapped += "grads = tape.gradient(loss, [w])\ntf.keras.optimizers.SGD().apply_gradients(zip([w], grads))\n"
    write({"c.py": swapped})
    first, _ = lint()
    assert set(lint("--fix")[1]) == {"c.py"}
    assert "zip(grads, [w])" in Path("c.py").read_text()
    assert lint() == ("".join(line for line in first.splitlines(keepends=True) if "c.py" not in line), [])
