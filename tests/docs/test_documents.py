"""Every code block of the README and of docs/ is run, each document from top to bottom in a folder of its own.

The folder starts as a copy of `examples/`. What a block is follows from its first line:

    ```python title="loss.py"    is written to a file, as any block with a title
    ```python                    is executed; the blocks of a document share their names
    ```console                   its commands are run, and must print the lines shown, in this order
    ```toml, json, yaml          must be valid
    ```sh                        must be valid shell; not run, since it installs or needs the reader's own code
    ```text                      is not code

The pages of the rules are made from the rules' examples, which have tests of their own.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from markdown_it import MarkdownIt

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "docs" / "rules"
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if GENERATED not in path.parents),
]
MODULES = {"tfgrad": "tfgrad_lint", "pytest": "pytest", "python": None, "flake8": "flake8"}
TITLE = re.compile(r'title="(?P<name>[^"]+)"')
# The last digits of estimated errors and all times depend on the machine.
VARYING = re.compile(r"± \S+|\b\d+\.\d+ ?s\b(?: \(\d+:\d+:\d+\))?")


class Reader:
    """Does with the blocks of one document what a reader who follows it would do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "__document__"}

    def follow(self, info: str, content: str) -> None:
        language = info.split(maxsplit=1)[0] if info else ""
        title = TITLE.search(info)
        if title is not None:
            self.write(title["name"], content)
        else:
            ACTIONS[language](self, content)

    def write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def execute(self, content: str) -> None:
        exec(compile(content, "block", "exec"), self.names)

    def converse(self, content: str) -> None:
        for session in re.split(r"^(?=\$ )", content, flags=re.MULTILINE):
            if session.strip():
                self.run(session)

    def run(self, session: str) -> None:
        first, _, shown = session.partition("\n")
        program, *arguments = shlex.split(first.removeprefix("$ "))
        module = MODULES[program]
        command = [sys.executable, *(["-m", module] if module else []), *arguments]
        environment = {**os.environ, "COLUMNS": "120", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(self.folder)}
        finished = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        printed = iter(comparable(finished.stdout))
        missing = [line for line in comparable(shown) if line not in printed]
        assert not missing, f"{first} printed\n{finished.stdout}{finished.stderr}"


ACTIONS: dict[str, Callable[[Reader, str], object]] = {
    "python": Reader.execute,
    "console": Reader.converse,
    "toml": lambda _reader, content: tomllib.loads(content),
    "json": lambda _reader, content: json.loads(content),
    "yaml": lambda _reader, content: yaml.safe_load(content),
    "sh": lambda _reader, content: subprocess.run(["bash", "-n"], input=content, text=True, check=True),
    "text": lambda _reader, _content: None,
}


def comparable(text: str) -> list[str]:
    """Return the lines that are shown, without what varies; a line of dots stands for lines that are left out."""
    lines = (VARYING.sub("~", line).rstrip() for line in text.splitlines())
    return [line for line in lines if line and line.strip() != "..."]


def blocks(document: Path) -> list[tuple[str, str]]:
    """Return the first line and the content of each code block."""
    tokens = MarkdownIt().parse(document.read_text())
    return [(token.info, token.content) for token in tokens if token.type in ("fence", "code_block")]


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if blocks(path)], ids=lambda path: path.name)
def test_the_code_in_a_document_does_what_it_says(document, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    reader = Reader(tmp_path)
    for info, content in blocks(document):
        reader.follow(info, content)
