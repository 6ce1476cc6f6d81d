"""The JSON schema of the configuration accepts what the linter itself accepts, and nothing else."""

from __future__ import annotations

import json

import jsonschema
import pytest
from tfgrad_lint.cli import main
from tfgrad_lint.config import key_of, setting_names


@pytest.fixture
def schema(run):
    outcome = run("config", "--schema")
    assert outcome.code == 0
    return json.loads(outcome.out)


def test_it_is_a_schema_of_every_key(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(schema["properties"]) == [*map(key_of, setting_names()), "extend"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        'select = ["ALL"]\nignore = ["TFG1", "TFG201"]\nextend-select = ["TFG010"]',
        "select = []\npreview = true",
        'per-file-ignores = { "tests/*" = ["TFG2"], "a.py" = [] }\nexclude = ["a/", "*.py"]',
        'tensorflow-version = "2.16"\nkeras-version = 2\nshape-comments = false',
        'tensorflow-version = "2.16.1"',
        'extend = "other.toml"',
        "slect = []",
        'select = "TFG1"',
        "select = [1]",
        'ignore = ["TGF1"]',
        'extend-select = [""]',
        'preview = "yes"',
        "preview = 1",
        'per-file-ignores = ["a.py"]',
        'per-file-ignores = { "a.py" = "TFG1" }',
        'per-file-ignores = { "a.py" = ["TFG9"] }',
        'exclude = "a/"',
        'tensorflow-version = "1.15"',
        "tensorflow-version = 2.16",
        'tensorflow-version = "2"',
        "keras-version = 1",
        'keras-version = "3"',
        "keras-version = true",
        'shape-comments = "on"',
        "extend = 1",
    ],
)
def test_schema_and_linter_agree(schema, run, write, text):
    tomllib = pytest.importorskip("tomllib")
    write({"tfgrad.toml": text, "other.toml": ""})
    outcome = run("config")
    accepts = jsonschema.Draft202012Validator(schema).is_valid(tomllib.loads(text))
    assert (outcome.code == 0) == accepts, outcome.err


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("tfgrad lint --select TFG30", "TFG301"),
        ("tfgrad lint --select TFG101,TFG30", "TFG101,TFG301"),
        ("tfgrad explain unintended", "unintended-outer-broadcast"),
        ("tfgrad lint --upd", "--update-baseline"),
        ("tfgrad ser", "server"),
    ],
)
def test_shells_complete_commands_options_and_codes(monkeypatch, capsys, words, offered):
    monkeypatch.setenv("_TFGRAD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    with pytest.raises(SystemExit):
        main([])
    assert f"plain,{offered}" in capsys.readouterr().out.splitlines()
