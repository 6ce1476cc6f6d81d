from __future__ import annotations

import subprocess
import sys

import pytest
import tfgrad_lint
from tfgrad_lint import Overrides, Settings, UsageError, lint_paths, lint_source
from tfgrad_lint.selection import Selectors

BROKEN = "import tensorflow as tf\nx = (\n"


def test_lint_source_returns_findings_with_the_given_path():
    (finding,) = lint_source(BROKEN, "pkg/a.py")
    assert (finding.code, finding.path, finding.span.line) == ("TFG001", "pkg/a.py", 2)


def test_lint_source_obeys_settings():
    assert lint_source(BROKEN, settings=Settings(ignore=("TFG001",))) == ()


def test_lint_source_does_not_hide_errors_of_the_linter(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("tfgrad_lint.file_check.analyse", broken)
    with pytest.raises(ZeroDivisionError):
        lint_source("import tensorflow\n")


def test_lint_paths_returns_what_the_command_prints(write):
    folder = write({"a.py": BROKEN, "b.py": "import tensorflow\n", "c.py": "x\n"})
    result = lint_paths([folder])
    assert [finding.path for finding in result.findings] == ["a.py"]
    assert (result.files, result.relevant_files) == (3, 2)
    assert list(result.sources) == ["a.py"]
    assert lint_paths([folder], Overrides(selectors=Selectors(ignore=("TFG0",)))).findings == ()


def test_lint_paths_refuses_a_missing_path(project):
    with pytest.raises(UsageError, match="no such file or folder: nope"):
        lint_paths(["nope"])


def test_public_names_exist_and_unknown_ones_do_not():
    for name in tfgrad_lint.__all__:
        assert getattr(tfgrad_lint, name).__name__ == name
    with pytest.raises(AttributeError, match="no_such_name"):
        tfgrad_lint.no_such_name  # noqa: B018


def test_importing_the_package_and_asking_for_the_version_does_not_load_the_parser():
    program = (
        "import sys, tfgrad_lint.cli as cli; cli.main(['--version']);print(sorted({'libcst', 'rich'} & {*sys.modules}))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[1] == "[]"
