from __future__ import annotations

import pytest

SOURCE = "import tensorflow as tf\ntfg101\ntfg102\ntfg201\n"


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ((), ["TFG101", "TFG102", "TFG201"]),
        (("--select", "TFG1"), ["TFG101", "TFG102"]),
        (("--select", "TFG101,TFG201"), ["TFG101", "TFG201"]),
        (("--select", "TFG101", "--select", "TFG201"), ["TFG101", "TFG201"]),
        (("--select", "ALL"), ["TFG101", "TFG102", "TFG201"]),
        (("--select", "TFG1", "--extend-select", "TFG201"), ["TFG101", "TFG102", "TFG201"]),
        (("--ignore", "TFG1"), ["TFG201"]),
        (("--select", "TFG1", "--ignore", "TFG101"), ["TFG102"]),
        (("--select", "TFG101", "--ignore", "TFG1"), ["TFG101"]),
        (("--select", "TFG101", "--ignore", "TFG101"), []),
        (("--ignore", "ALL", "--extend-select", "TFG2"), ["TFG201"]),
    ],
)
def test_the_longest_prefix_decides(run, write, options, codes):
    write({"a.py": SOURCE})
    outcome = run("lint", "-q", "--output-format", "concise", *options)
    assert [line.split()[1] for line in outcome.lines] == codes


@pytest.mark.parametrize(
    ("config", "options", "codes"),
    [
        ('select = ["TFG2"]', ("--select", "TFG101"), ["TFG101"]),
        ('select = ["TFG2"]', ("--extend-select", "TFG101"), ["TFG101", "TFG201"]),
        ('ignore = ["TFG101"]', ("--select", "TFG1"), ["TFG102"]),
        ('ignore = ["TFG101"]', ("--select", "TFG101"), ["TFG101"]),
        ('extend-select = ["TFG101"]', ("--ignore", "TFG1"), ["TFG101", "TFG201"]),
        ('select = ["TFG1"]', ("--ignore", "TFG101"), ["TFG102"]),
    ],
)
def test_the_command_line_is_stronger_than_the_file_where_it_is_as_specific(run, write, config, options, codes):
    write({"a.py": SOURCE, "tfgrad.toml": config})
    outcome = run("lint", "-q", "--output-format", "concise", *options)
    assert [line.split()[1] for line in outcome.lines] == codes


def test_a_broken_file_is_reported_whatever_is_selected(run, write):
    write({"a.py": "import tensorflow as tf\nx = (\n"})
    assert "TFG001" in run("lint", "--select", "TFG201").out
    assert run("lint", "--ignore", "TFG0").code == 0
