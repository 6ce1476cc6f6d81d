"""What the README shows as printed is what the commands print."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONSOLE = re.compile(r"```console\n\$ (?P<command>.+)\n(?P<output>(?:.*\n)*?)```")
MODULES = {"tfgrad": "tfgrad_lint", "pytest": "pytest"}


def comparable(text: str) -> list[str]:
    """Return the lines without estimated errors, whose last digits depend on the machine."""
    return re.sub(r"± \S+", "±", text).splitlines()


@pytest.mark.parametrize("block", list(CONSOLE.finditer((ROOT / "README.md").read_text())), ids=lambda b: b["command"])
def test_command_prints_the_lines_shown_in_their_order(block: re.Match[str]):
    program, *arguments = shlex.split(block["command"])
    command = [sys.executable, "-m", MODULES[program], *arguments]
    environment = {**os.environ, "COLUMNS": "120"}
    finished = subprocess.run(
        command, cwd=ROOT / "examples", env=environment, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    printed = iter(comparable(finished.stdout))
    missing = [line for line in comparable(block["output"]) if line not in printed]
    assert not missing, finished.stdout
