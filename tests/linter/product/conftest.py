"""The command line run in the test's process, on files in a temporary folder, with a stand-in for the analysis.

The stand-in reports rule TFG123 for each name or call ``tfg123``, so a test says in its source what is found where.
"""

from __future__ import annotations

import io
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tfgrad_lint.analysis import Analysis, AnalysisSettings
from tfgrad_lint.cli import main
from tfgrad_lint.findings import Finding, Severity, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import libcst as cst

_MARKED = re.compile(r"\btfg(?P<digits>\d{3})(?P<call>\([^)]*\))?")


@dataclass(frozen=True)
class Outcome:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def reported(module: cst.Module, path: str, settings: AnalysisSettings) -> Analysis:
    """Stand in for the real analysis."""
    del settings
    text = module.code
    return Analysis(tuple(_finding(match, text, path) for match in _MARKED.finditer(text)))


def _finding(match: re.Match[str], text: str, path: str) -> Finding:
    start, end = _position(text, match.start()), _position(text, match.end())
    return Finding(f"TFG{match['digits']}", "name", Severity.ERROR, "found", path, Span(*start, *end))


def _position(text: str, offset: int) -> tuple[int, int]:
    lines = re.split(r"\r\n|\r|\n", text[:offset])
    return len(lines), len(lines[-1]) + 1


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, outside of any repository."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    # Most tests stand in for the analysis, whose results must not reach the next run.
    monkeypatch.setenv("TFGRAD_NO_CACHE", "1")
    return tmp_path


@pytest.fixture
def write(project: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Write files below the working folder; Python and notebooks get a mention of TensorFlow from the caller."""

    def write_files(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return project

    return write_files


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run ``tfgrad`` with these arguments and the stand-in analysis."""
    monkeypatch.setattr("tfgrad_lint.file_check.analyse", reported)

    def run_main(*arguments: str, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run_main
