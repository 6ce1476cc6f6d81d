from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tfgrad_lint.analysis import analyse

TF = "import tensorflow as tf\n"


def test_a_clean_project_exits_with_0(run, write):
    write({"a.py": TF})
    outcome = run("lint")
    assert (outcome.code, outcome.out, outcome.err) == (0, "No findings in 1 file.\n", "")


def test_findings_exit_with_1(run, write):
    write({"a.py": f"{TF}tfg101\n", "b.py": f"{TF}x = tfg201\n"})
    outcome = run("lint", "--output-format", "concise")
    assert outcome.code == 1
    assert outcome.lines == ["a.py:2:1: TFG101 found", "b.py:2:5: TFG201 found", "2 findings in 2 files."]


def test_exit_zero_shows_findings_and_exits_with_0(run, write):
    write({"a.py": f"{TF}tfg101\n"})
    outcome = run("lint", "--exit-zero", "--output-format", "concise")
    assert outcome.code == 0
    assert outcome.lines[0] == "a.py:2:1: TFG101 found"


def test_quiet_leaves_out_the_summary(run, write):
    write({"a.py": f"{TF}tfg101\n"})
    assert run("lint", "-q", "--output-format", "concise").out == "a.py:2:1: TFG101 found\n"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("lint", "nope.py"), "no such file or folder: nope.py"),
        (("lint", "--selec", "TFG1"), "No such option"),
        (("lint", "--select", "TGF101"), "unknown rule code 'TGF101'; did you mean 'TFG101'?"),
        (("lint", "--ignore", "TFG1,XYZ"), "unknown rule code 'XYZ'; `tfgrad rules` lists all"),
        (("lint", "--output-format", "xml"), "Invalid value for '--output-format': 'xml' is not one of"),
        (("lint", "--config", "nope.toml"), "nope.toml: cannot be read: No such file or directory"),
        (("lint", "--config", "x.toml", "--isolated"), "--isolated and --config exclude each other"),
        (("lint", "--quiet", "--verbose"), "--quiet and --verbose exclude each other"),
        (("lint", "-", "a.py"), "- (standard input) excludes other paths"),
        (("lint", "--stdin-filename", "a.py"), "--stdin-filename needs the path -"),
        (("lint", "--output-file", "no/folder.txt"), "--output-file: no such folder: no"),
        (("lint", "--output-file", "."), "--output-file: . cannot be written: Is a directory"),
        (("lint", "--statistics", "--output-format", "json-lines"), "--statistics is not available in the format"),
        (("lnt",), "no command 'lnt'; did you mean 'lint'?"),
        (("check",), "no command 'check'; there are lint, explain, rules, shapes, server, config"),
        (("model.py",), "no command 'model.py'; there are lint,"),
        (("explain", "TGF201"), "unknown rule 'TGF201'; did you mean 'TFG201'?"),
        (("explain",), "Missing argument 'CODE...'."),
    ],
)
def test_a_users_mistake_is_one_line_and_exit_2(run, arguments, error):
    outcome = run(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"tfgrad: error: {error}")
    assert outcome.err.count("\n") == 1


def test_an_internal_error_names_the_file_and_the_others_are_linted(run, write, monkeypatch):
    write({"a.py": TF, "b.py": f"{TF}tfg101\n"})
    stand_in = sys.modules["tfgrad_lint.file_check"].analyse

    def broken(module, path, settings):
        if path == "a.py":
            raise KeyError("some\nkey")
        return stand_in(module, path, settings)

    monkeypatch.setattr("tfgrad_lint.file_check.analyse", broken)
    outcome = run("lint", "--output-format", "concise")
    assert outcome.code == 2
    assert outcome.lines[0] == "b.py:2:1: TFG101 found"
    assert outcome.err.startswith(
        "tfgrad: error: internal error in a.py: KeyError: 'some\\nkey' (test_command_line.py:"
    )
    assert "please report it with that file at https://github.com/pytest-tfgrad/pytest-tfgrad/issues" in outcome.err
    assert outcome.err.count("\n") == 1
    assert "Traceback" in run("lint", "--verbose").err
    assert run("lint", "--exit-zero").code == 2


def test_code_that_nests_too_deeply_for_the_analysis_is_noted_not_an_error(run, write, monkeypatch):
    write({"a.py": TF})

    def deep(module, path, settings):
        raise RecursionError

    monkeypatch.setattr("tfgrad_lint.file_check.analyse", deep)
    outcome = run("lint", "--verbose")
    assert outcome.code == 0
    assert "note: a.py: nested too deeply to be analysed\n" in outcome.err


def test_notes_of_the_analysis_are_shown_under_verbose_only(run, write, monkeypatch):
    write({"a.py": TF})
    analysis = sys.modules["tfgrad_lint.analysis"].Analysis((), ("not fully analysed: step budget",))
    monkeypatch.setattr("tfgrad_lint.file_check.analyse", lambda *_: analysis)
    assert run("lint").err == ""
    assert "note: a.py: not fully analysed: step budget\n" in run("lint", "--verbose").err


def test_a_file_of_more_steps_than_any_real_one_is_left_and_verbose_says_so(run, write, monkeypatch):
    monkeypatch.setattr("tfgrad_lint.file_check.analyse", analyse)
    # Twelve functions that each call the next four times: 16 million calls within calls.
    calls = "".join(f"def f{n}(x):\n    return {' + '.join([f'f{n + 1}(x)'] * 4)}\n" for n in range(12))
    endless = f"{TF}{calls}def f12(x):\n    return x + 1\nf0(tf.ones([2]))\n"
    write({"a.py": endless, "b.py": f"{TF}tf.ones([2]) + tf.ones([3])\n"})
    outcome = run("lint", "--verbose", "--no-cache", "--output-format", "concise")
    assert "note: a.py: not fully analysed: the file takes too many steps\n" in outcome.err
    assert [line.split()[1] for line in outcome.lines[:-1]] == ["TFG102"]


def test_verbose_tells_how_many_files_mattered(run, write):
    write({"a.py": TF, "b.py": "x = 1\n"})
    assert "2 files, 1 of which name TensorFlow or Keras, looked at in " in run("lint", "-v").err


def test_statistics_count_by_rule_the_most_frequent_first(run, write):
    write({"a.py": f"{TF}tfg101\ntfg201\ntfg201\n"})
    outcome = run("lint", "--statistics")
    assert outcome.code == 1
    assert outcome.lines[:2] == ["2  TFG201  name", "1  TFG101  name"]
    assert '"count": 2' in run("lint", "--statistics", "--output-format", "json").out


def test_output_file_holds_what_the_terminal_would_show(run, write):
    folder = write({"a.py": f"{TF}tfg101\n"})
    shown = run("lint", "a.py").out
    outcome = run("lint", "a.py", "--output-file", "report.txt")
    assert (outcome.code, outcome.out) == (1, "")
    assert (folder / "report.txt").read_text() == shown


def test_standard_input_is_linted_under_the_given_name(run):
    outcome = run(
        "lint", "-", "--stdin-filename", "pkg/a.py", "--output-format", "concise", stdin=f"{TF}tfg101\n".encode()
    )
    assert outcome.code == 1
    assert outcome.lines[0] == "pkg/a.py:2:1: TFG101 found"


def test_standard_input_without_a_name_is_called_dash(run):
    outcome = run("lint", "-", "--output-format", "concise", stdin=f"{TF}tfg101\n".encode())
    assert outcome.lines[0] == "-:2:1: TFG101 found"


def test_standard_input_has_the_settings_of_its_folder(run, write):
    write({"pkg/tfgrad.toml": 'ignore = ["TFG101"]\n'})
    assert run("lint", "-", "--stdin-filename", "pkg/a.py", stdin=f"{TF}tfg101\n".encode()).code == 0


def test_show_files_lists_what_would_be_linted(run, write):
    write({"a.py": "", "pkg/b.ipynb": "", "pkg/c.pyi": "", "pkg/d.txt": ""})
    outcome = run("lint", "--show-files")
    assert (outcome.code, outcome.lines) == (0, ["a.py", "pkg/b.ipynb", "pkg/c.pyi"])


def test_a_folder_without_python_files_is_said(run, write):
    write({"a.txt": ""})
    outcome = run("lint")
    assert outcome.code == 0
    assert outcome.err == "warning: no Python files or notebooks found\n"


def test_a_file_that_does_not_name_tensorflow_is_not_even_parsed(run, write):
    write({"a.py": "tfg101 = (\n", "b.py": b"\xff\xfe tfg101"})
    assert run("lint").code == 0


@pytest.mark.parametrize("mention", ["import tensorflow", "from keras import ops", "import tf_keras"])
def test_each_name_of_the_framework_makes_a_file_matter(run, write, mention):
    write({"a.py": f"{mention}\ntfg101\n"})
    assert run("lint").code == 1


def test_without_a_command_the_help_is_shown(run):
    outcome = run()
    assert outcome.code == 0
    assert "Commands:\n  lint " in outcome.out


@pytest.mark.parametrize("command", [["-m", "tfgrad_lint"], ["-c", "from tfgrad_lint.cli import main; main()"]])
def test_the_version_is_that_of_the_distribution(command):
    result = subprocess.run([sys.executable, *command, "--version"], capture_output=True, text=True, check=True)
    assert result.stdout == "tfgrad 0.1.0\n"


def test_a_reader_that_stops_early_causes_no_complaint(write):
    write({"a.py": TF + "x = (\n"} | {f"m{index}.py": TF + "x = (\n" for index in range(300)})
    command = f"{sys.executable} -m tfgrad_lint lint | head -n 1"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a child process differently there")
def test_an_interrupt_ends_after_the_file_at_work_with_130_and_no_traceback(write):
    write({"a.py": TF, "b.py": TF})
    program = (
        "import os, signal, sys, time, tfgrad_lint.file_check as file_check\n"
        "from tfgrad_lint.analysis import Analysis\n"
        "from tfgrad_lint.cli import main\n"
        # A shell that runs the tests in the background has its children ignore the interrupt.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def interrupted(module, path, settings):\n"
        "    print(path, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(0.5)\n"
        "    return Analysis(())\n"
        "file_check.analyse = interrupted\n"
        "sys.exit(main(['lint', '--output-file', 'report.txt']))\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr.strip()) == (130, "a.py\n", "")
    assert not Path("report.txt").exists()
