"""The plugin, loaded by flake8 itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

WRONG = "import tensorflow as tf\n\nx = tf.ones([2, 3]) @ tf.ones([4, 5])\n"
FOUND = ":3:5: TFG101 `tf.ones([2, 3]) @ tf.ones([4, 5])` contracts [2, 3] with [4, 5]: "


@pytest.fixture
def flake8(project):
    def run(*arguments, stdin=None):
        command = [sys.executable, "-m", "flake8", "--select", "TFG", *arguments]
        return subprocess.run(command, capture_output=True, text=True, input=stdin, check=False)

    return run


def test_findings_are_reported_where_tfgrad_reports_them(flake8, write, run):
    write({"a.py": WRONG, "pkg/b.py": "# é\n" + WRONG.replace("x", "\tx".strip()), "c.py": "x = 1\n"})
    outcome = flake8(".")
    assert outcome.returncode == 1
    assert outcome.stderr == ""
    assert f"./a.py{FOUND}" in outcome.stdout
    assert "./pkg/b.py:4:5: TFG101" in outcome.stdout
    assert outcome.stdout.count("\n") == 2


def test_it_runs_without_being_selected(project, write):
    write({"a.py": WRONG})
    outcome = subprocess.run([sys.executable, "-m", "flake8"], capture_output=True, text=True, check=False)
    assert FOUND in outcome.stdout


def test_comments_silence(flake8, write):
    write({"a.py": WRONG.replace("5])", "5])  # noqa: TFG101"), "b.py": f"# tfgrad: ignore-file\n{WRONG}"})
    assert flake8().stdout == ""


def test_settings_of_tfgrad_and_of_flake8_hold(flake8, write):
    write({"a.py": WRONG, "gen/b.py": WRONG})
    write({"tfgrad.toml": 'ignore = ["TFG101"]\n'})
    assert flake8().stdout == ""
    write({"tfgrad.toml": 'exclude = ["gen/"]\n'})
    assert flake8().stdout.count("TFG101") == 1
    assert flake8("--extend-ignore", "TFG1", "--select", "").stdout.count("TFG101") == 0


def test_a_mistake_in_the_settings_is_said(flake8, write):
    write({"a.py": WRONG, "tfgrad.toml": "ignroe = []\n"})
    outcome = flake8("a.py")
    assert (outcome.returncode, outcome.stderr) == (1, "")
    assert outcome.stdout == "a.py:1:1: TFG000 tfgrad.toml: ignroe: unknown key; did you mean 'ignore'?\n"


def test_standard_input(flake8):
    outcome = flake8("-", stdin=WRONG)
    assert outcome.stdout.startswith(f"stdin{FOUND}")


def test_the_version_names_it(flake8):
    assert "pytest-tfgrad:" in flake8("--version").stdout


def test_imports_are_followed_from_the_folder_of_the_file(flake8, write):
    write({"pkg/a.py": WRONG.replace("[4, 5]", "[H, 5]").replace("tf\n", "tf\nfrom sizes import H\n", 1)})
    write({"pkg/sizes.py": "H = 3\n"})
    assert flake8().stdout == ""
    write({"pkg/sizes.py": "H = 4\n"})
    assert "TFG101" in flake8().stdout
