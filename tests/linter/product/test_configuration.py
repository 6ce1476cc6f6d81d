from __future__ import annotations

import json

import pytest
from tfgrad_lint.cli import main

SOURCE = "import tensorflow as tf\ntfg101\ntfg201\n"


@pytest.fixture
def lint(run):
    def lint_all(*arguments):
        outcome = run("lint", "-q", "--output-format", "concise", *arguments)
        assert outcome.err == ""
        return [" ".join(line.split()[:2]) for line in outcome.lines]

    return lint_all


def test_pyproject_and_own_file_say_the_same(write, lint):
    write({"a/m.py": SOURCE, "a/pyproject.toml": '[tool.tfgrad]\nignore = ["TFG1"]\n'})
    write({"b/m.py": SOURCE, "b/tfgrad.toml": 'ignore = ["TFG1"]\n'})
    assert lint() == ["a/m.py:3:1: TFG201", "b/m.py:3:1: TFG201"]


def test_the_nearest_file_holds_and_those_above_do_not(write, lint):
    write(
        {
            "tfgrad.toml": 'ignore = ["TFG1"]\n',
            "m.py": SOURCE,
            "pkg/tfgrad.toml": 'ignore = ["TFG2"]\n',
            "pkg/m.py": SOURCE,
        }
    )
    assert lint() == ["m.py:3:1: TFG201", "pkg/m.py:2:1: TFG101"]


def test_a_pyproject_without_our_table_is_passed_over(write, lint):
    write({"tfgrad.toml": 'ignore = ["TFG1"]\n', "pkg/pyproject.toml": "[tool.ruff]\n", "pkg/m.py": SOURCE})
    write({"other/pyproject.toml": '[project]\nname = "tfgrad"\n', "other/m.py": SOURCE})
    assert lint() == ["other/m.py:3:1: TFG201", "pkg/m.py:3:1: TFG201"]


def test_our_own_file_is_preferred_in_one_folder(write, lint):
    write(
        {"m.py": SOURCE, "tfgrad.toml": 'ignore = ["TFG1"]\n', "pyproject.toml": '[tool.tfgrad]\nignore = ["TFG2"]\n'}
    )
    assert lint() == ["m.py:3:1: TFG201"]


def test_extend_takes_the_other_file_and_overrides_its_keys(write, run):
    write(
        {
            "base.toml": 'select = ["TFG1"]\nextend-select = ["TFG010"]\nkeras-version = 2\n',
            "pkg/tfgrad.toml": 'extend = "../base.toml"\nselect = ["TFG2"]\nextend-select = ["TFG3"]\n',
        }
    )
    shown = json.loads(run("config", "pkg", "--output-format", "json").out)
    assert shown["select"] == {"value": ["TFG2"], "origin": "pkg/tfgrad.toml"}
    assert shown["extend-select"] == {"value": ["TFG010", "TFG3"], "origin": "pkg/tfgrad.toml"}
    assert shown["keras-version"] == {"value": 2, "origin": "base.toml"}


def test_per_file_ignores_match_relative_to_their_file(write, lint):
    write(
        {
            "pkg/tfgrad.toml": '[per-file-ignores]\n"tests/*" = ["TFG1"]\n"*_old.py" = ["ALL"]\n',
            "pkg/tests/m.py": SOURCE,
            "pkg/m_old.py": SOURCE,
            "pkg/m.py": SOURCE,
        }
    )
    assert lint() == ["pkg/m.py:2:1: TFG101", "pkg/m.py:3:1: TFG201", "pkg/tests/m.py:3:1: TFG201"]


def test_per_file_ignores_are_stronger_than_a_select(write, lint):
    write({"m.py": SOURCE, "tfgrad.toml": 'per-file-ignores = {"m.py" = ["TFG1"]}\n'})
    assert lint("--select", "TFG101") == []


def test_config_option_reads_that_file_alone(write, lint):
    write({"m.py": SOURCE, "tfgrad.toml": 'ignore = ["TFG1"]\n', "other.toml": 'ignore = ["TFG2"]\n'})
    assert lint("--config", "other.toml") == ["m.py:2:1: TFG101"]


def test_isolated_reads_no_file(write, lint):
    write({"m.py": SOURCE, "tfgrad.toml": "nonsense = ["})
    assert lint("--isolated") == ["m.py:2:1: TFG101", "m.py:3:1: TFG201"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ('selct = ["TFG1"]', "tfgrad.toml: selct: unknown key; did you mean 'select'?"),
        ("zzz = 1", "tfgrad.toml: zzz: unknown key"),
        ('select = "TFG1"', "tfgrad.toml: select: expected a list of codes or their beginnings"),
        ("ignore = [1]", "tfgrad.toml: ignore: expected a list of codes or their beginnings"),
        ('ignore = ["TFG9"]', "tfgrad.toml: ignore: unknown rule code 'TFG9'"),
        ('per-file-ignores = ["a"]', "tfgrad.toml: per-file-ignores: expected a table of patterns"),
        ('per-file-ignores = {"a" = "TFG1"}', "tfgrad.toml: per-file-ignores: expected a table of patterns"),
        ('per-file-ignores = {"a" = ["XXX"]}', "tfgrad.toml: per-file-ignores: unknown rule code 'XXX'"),
        ("exclude = 1", "tfgrad.toml: exclude: expected a list of patterns as in .gitignore"),
        ("tensorflow-version = 2.16", 'tfgrad.toml: tensorflow-version: expected a release as a string such as "2.16"'),
        ('tensorflow-version = "1.15"', "tfgrad.toml: tensorflow-version: expected a release"),
        ("keras-version = 4", "tfgrad.toml: keras-version: expected 2 or 3, not 4"),
        ("keras-version = true", "tfgrad.toml: keras-version: expected 2 or 3, not True"),
        ('shape-comments = "yes"', "tfgrad.toml: shape-comments: expected true or false, not 'yes'"),
        ("preview = 1", "tfgrad.toml: preview: expected true or false, not 1"),
        ("extend = 1", "tfgrad.toml: extend: expected a path, not 1"),
        ('extend = "no.toml"', "tfgrad.toml: extend: no such file: no.toml"),
        ('extend = "tfgrad.toml"', "tfgrad.toml: `extend` leads back to this file"),
        ("select = [", "tfgrad.toml: not valid TOML: "),
        (b"# \xff", "tfgrad.toml: not UTF-8"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_with_file_and_key(run, write, content, error):
    write({"m.py": SOURCE, "tfgrad.toml": content})
    outcome = run("lint")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"tfgrad: error: {error}")
    assert outcome.err.count("\n") == 1


def test_a_key_in_pyproject_is_named_with_its_table(run, write):
    write({"m.py": SOURCE, "pyproject.toml": "[tool.tfgrad]\nselct = []\n"})
    assert run("lint").err.startswith("tfgrad: error: pyproject.toml: tool.tfgrad.selct: unknown key")
    write({"pyproject.toml": "[tool]\ntfgrad = 1\n"})
    assert run("lint").err == "tfgrad: error: pyproject.toml: tool.tfgrad must be a table\n"


def test_a_named_pyproject_must_have_our_table(run, write):
    write({"pyproject.toml": "[project]\n"})
    assert run("lint", "--config", "pyproject.toml").err == (
        "tfgrad: error: pyproject.toml: has no [tool.tfgrad] table\n"
    )


def test_a_file_with_byte_order_mark_is_read(write, lint):
    write({"m.py": SOURCE, "tfgrad.toml": b'\xef\xbb\xbfignore = ["TFG1"]\n'})
    assert lint() == ["m.py:3:1: TFG201"]


@pytest.mark.parametrize(
    ("content", "version"),
    [
        ("", "2 or 3"),
        ('tensorflow-version = "2.15"', 2),
        ('tensorflow-version = "2.16"', 3),
        ('tensorflow-version = "2.9.1"', 2),
        ('tensorflow-version = "2.16"\nkeras-version = 2', 2),
    ],
)
def test_keras_follows_tensorflow_unless_it_is_set(run, write, content, version):
    write({"tfgrad.toml": content})
    assert json.loads(run("config", "--output-format", "json").out)["keras-version"]["value"] == version


@pytest.mark.parametrize(
    ("content", "found"),
    [("", 0), ("keras-version = 2", 0), ("keras-version = 3", 2), ('tensorflow-version = "2.17"', 2)],
)
def test_what_only_keras_3_refuses_is_reported_where_it_is_in_use(project, write, capsys, content, found):
    code = "import tensorflow as tf\nfrom tensorflow import keras\n\ni = keras.Input([4])\n"
    code += "keras.Model(i, keras.layers.Dense(2)(i))(tf.ones([2, 4, 4]))\n"
    code += "keras.Sequential([keras.Input([4]), keras.layers.Dense(2)])(tf.ones([2, 4, 4]))\n"
    write({"tfgrad.toml": content, "a.py": code})
    main(["lint", "-q", "--output-format", "concise"])
    assert capsys.readouterr().out.count("TFG111") == found


def test_config_shows_values_origins_and_the_rules_that_are_on(run, write):
    write({"pyproject.toml": '[tool.tfgrad]\nexclude = ["gen/"]\nper-file-ignores = {"a.py" = ["TFG1"]}\n', "a.py": ""})
    outcome = run("config", "a.py", "--select", "TFG101,TFG010")
    lines = [line.split("  # ") for line in outcome.lines]
    shown = {line[0].split(" = ")[0]: (line[0].split(" = ")[1].strip(), line[1].strip()) for line in lines}
    assert outcome.code == 0
    assert shown["exclude"] == ('["gen/"]', "pyproject.toml")
    assert shown["per-file-ignores"] == ('{"a.py": ["TFG1"]}', "pyproject.toml")
    assert shown["shape-comments"] == ("true", "default")
    assert shown["--select"] == ('["TFG101", "TFG010"]', "command line")
    assert shown["rules"][0] == '["TFG001", "TFG002", "TFG003", "TFG010", "TFG101"]'
