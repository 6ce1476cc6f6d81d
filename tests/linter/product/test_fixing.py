"""``--fix`` and ``--diff`` through the command, with the real analysis."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tfgrad_lint.cli import main

SWAPPED = """\
import tensorflow as tf

w = tf.Variable(2.0)
optimizer = tf.keras.optimizers.SGD(0.1)
with tf.GradientTape() as tape:
    loss = w * w
gradients = tape.gradient(loss, [w])
optimizer.apply_gradients(zip([w], gradients))  # a remark
"""
UNWATCHED = """\
import tensorflow as tf
x = tf.constant(3.0)
with tf.GradientTape() as tape:
    y = x * x
gradient = tape.gradient(y, x)
"""
RIGHT = SWAPPED.replace("zip([w], gradients)", "zip(gradients, [w])")


@pytest.fixture
def run(project, capfdbinary):
    def run_main(*arguments):
        capfdbinary.readouterr()
        code = main(("lint", "--output-format", "concise", *arguments))
        captured = capfdbinary.readouterr()
        return code, captured.out.decode(), captured.err.decode()

    return run_main


def test_without_fix_nothing_is_written_and_the_summary_says_what_could_be(run, write):
    folder = write({"a.py": SWAPPED})
    code, out, err = run()
    assert code == 1
    assert out.splitlines()[-2:] == ["1 finding in 1 file.", "1 fixable with --fix."]
    assert err == ""
    assert (folder / "a.py").read_text() == SWAPPED


def test_fix_changes_the_file_and_exits_with_0(run, write):
    folder = write({"a.py": SWAPPED, "b.py": RIGHT})
    code, out, err = run("--fix")
    assert (code, out, err) == (0, "No findings in 2 files.\nFixed 1 finding.\n", "")
    assert (folder / "a.py").read_text() == RIGHT
    assert run("--fix") == (0, "No findings in 2 files.\n", "")


def test_what_is_left_is_reported_at_its_new_place(run, write):
    write({"a.py": f"{UNWATCHED}z = tf.matmul(tf.ones([2, 3]), tf.ones([4, 5]))\n"})
    code, out, _ = run("--fix")
    assert code == 1
    assert [line.split(" ")[:2] for line in out.splitlines()[:-2]] == [["a.py:7:5:", "TFG101"]]
    assert out.splitlines()[-2:] == ["1 finding in 1 file.", "Fixed 1 finding."]


def test_exit_non_zero_on_fix(run, write):
    write({"a.py": SWAPPED})
    assert run("--fix", "--exit-non-zero-on-fix")[0] == 1
    assert run("--fix", "--exit-non-zero-on-fix")[0] == 0


def test_diff_shows_the_change_and_writes_nothing(run, write):
    folder = write({"a.py": SWAPPED, "b.py": RIGHT})
    code, out, err = run("--diff")
    assert code == 1
    assert out == (
        "--- a.py\n+++ a.py\n@@ -5,4 +5,4 @@\n"
        " with tf.GradientTape() as tape:\n     loss = w * w\n gradients = tape.gradient(loss, [w])\n"
        "-optimizer.apply_gradients(zip([w], gradients))  # a remark\n"
        "+optimizer.apply_gradients(zip(gradients, [w]))  # a remark\n"
    )
    assert err == "Would fix 1 finding.\n"
    assert (folder / "a.py").read_text() == SWAPPED


def test_diff_of_a_right_file_exits_with_0(run, write):
    write({"a.py": RIGHT})
    assert run("--diff") == (0, "", "Nothing would be fixed.\n")


@pytest.mark.parametrize("text", [SWAPPED, SWAPPED.rstrip("\n"), SWAPPED.replace("\n", "\r\n")])
def test_patch_can_apply_the_diff(run, write, text):
    folder = write({"a.py": text.encode()})
    _, out, _ = run("--diff")
    (folder / "a.diff").write_bytes(out.encode())
    subprocess.run(["git", "apply", "-p0", "a.diff"], cwd=folder, check=True)
    assert (folder / "a.py").read_bytes() == text.replace("zip([w], gradients)", "zip(gradients, [w])").encode()


def test_a_suppressed_finding_is_not_fixed(run, write):
    suppressed = SWAPPED.replace("# a remark", "# noqa: TFG501")
    folder = write({"a.py": suppressed})
    assert run("--fix")[0] == 0
    assert (folder / "a.py").read_text() == suppressed


@pytest.mark.parametrize(
    ("before", "encoding"),
    [
        (SWAPPED.replace("remark", "rémark"), "utf-8"),
        (SWAPPED.replace("remark", "rémark"), "utf-8-sig"),
        ("# -*- coding: latin-1 -*-\n" + SWAPPED.replace("remark", "rémark"), "latin-1"),
        (SWAPPED.replace("\n", "\r\n"), "utf-8"),
        (SWAPPED.replace("\n", "\r"), "utf-8"),
        (SWAPPED.rstrip("\n"), "utf-8"),
        (SWAPPED.replace("loss = w * w\n", "loss = w * w\n\f\n"), "utf-8"),
        (SWAPPED.replace("    ", "\t"), "utf-8"),
    ],
)
def test_encoding_mark_and_line_ends_stay(run, write, before, encoding):
    folder = write({"a.py": before.encode(encoding)})
    assert run("--fix")[0] == 0
    expected = before.replace("zip([w], gradients)", "zip(gradients, [w])").encode(encoding)
    assert (folder / "a.py").read_bytes() == expected


def test_an_inserted_line_ends_as_the_others_do(run, write):
    folder = write({"a.py": UNWATCHED.replace("\n", "\r\n")})
    assert run("--fix")[0] == 0
    expected = UNWATCHED.replace("tape:\n", "tape:\n    tape.watch(x)\n").replace("\n", "\r\n")
    assert (folder / "a.py").read_bytes() == expected.encode()


def test_mode_and_links_stay(run, write):
    folder = write({"real/a.py": SWAPPED})
    (folder / "real/a.py").chmod(0o750)
    (folder / "a.py").symlink_to("real/a.py")
    assert run("--fix", "a.py")[0] == 0
    assert (folder / "a.py").is_symlink()
    assert (folder / "real/a.py").read_text() == RIGHT
    assert (folder / "real/a.py").stat().st_mode & 0o777 == 0o750
    assert [path.name for path in (folder / "real").iterdir()] == ["a.py"]


def test_standard_input_is_fixed_to_standard_output(project):
    command = [sys.executable, "-m", "tfgrad_lint", "lint", "--fix", "-"]
    fixed = subprocess.run(command, cwd=project, input=SWAPPED.encode(), capture_output=True, check=True)
    assert fixed.stdout.decode() == RIGHT
    assert fixed.stderr.decode() == "No findings in 1 file.\nFixed 1 finding.\n"
    unchanged = subprocess.run(command, cwd=project, input=RIGHT.encode(), capture_output=True, check=True)
    assert unchanged.stdout.decode() == RIGHT


def limited_to_no_bytes():
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@pytest.mark.skipif(os.name != "posix", reason="file size limits are POSIX's")
def test_a_full_disk_leaves_the_file_as_it_was(write):
    folder = write({"a.py": SWAPPED, "b.py": RIGHT})
    result = subprocess.run(
        [sys.executable, "-m", "tfgrad_lint", "lint", "--fix", "--no-preview", "--output-format", "concise"],
        cwd=folder,
        # A run whose coverage is measured could not write that either, and would say so.
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")},
        preexec_fn=limited_to_no_bytes,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr == "tfgrad: error: a.py cannot be written: File too large; it is unchanged\n"
    assert "a.py:8:1: TFG501" in result.stdout
    assert (folder / "a.py").read_text() == SWAPPED
    assert sorted(path.name for path in folder.iterdir()) == ["a.py", "b.py"]


def test_a_read_only_file_is_left_alone(run, write, monkeypatch):
    folder = write({"a.py": SWAPPED})
    (folder / "a.py").chmod(0o400)
    # Root may write whatever the mode says.
    monkeypatch.setattr("os.access", lambda path, mode: bool(path.stat().st_mode & 0o200))
    code, out, err = run("--fix")
    assert code == 2
    assert err == "tfgrad: error: a.py cannot be written: it is read-only; it is unchanged\n"
    assert "TFG501" in out
    assert (folder / "a.py").read_text() == SWAPPED


def test_a_file_that_somebody_else_changes_meanwhile_is_not_overwritten(run, write, monkeypatch):
    folder = write({"a.py": SWAPPED})

    def change_and_copy(source, target):
        source.write_text("import tensorflow as tf\n")

    monkeypatch.setattr("shutil.copymode", change_and_copy)
    code, _, err = run("--fix")
    assert (code, err) == (
        2,
        "tfgrad: error: a.py cannot be written: it was changed by another program meanwhile; it is unchanged\n",
    )
    assert (folder / "a.py").read_text() == "import tensorflow as tf\n"


def test_several_processes_fix_as_one_does(run, write):
    folder = write({f"m{number}.py": SWAPPED for number in range(20)})
    code, out, _ = run("--fix", "--jobs", "2")
    assert (code, out) == (0, "No findings in 20 files.\nFixed 20 findings.\n")
    assert {path.read_text() for path in folder.iterdir()} == {RIGHT}


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("  # noqa: TFG101", ""),
        ("  # noqa: TFG101, E501", "  # noqa: E501"),
        ("  # noqa: E501 TFG101", "  # noqa: E501"),
        ("  # noqa: TFG101 for now", "  # for now"),
        ("  # type: ignore  # noqa: TFG101", "  # type: ignore"),
        ("  # noqa: TFG101  # a remark", "  # a remark"),
        ("  # tfgrad: ignore[TFG999]", ""),
        ("  # tfgrad: ignore[TFG101, TFG999]", ""),
    ],
)
def test_codes_that_silence_nothing_leave_their_comments(run, write, comment, left):
    folder = write({"a.py": f"import tensorflow as tf\nx = 1{comment}\n"})
    code, _, _ = run("--fix", "--extend-select", "TFG010")
    assert code == 0
    assert (folder / "a.py").read_text() == f"import tensorflow as tf\nx = 1{left}\n"
