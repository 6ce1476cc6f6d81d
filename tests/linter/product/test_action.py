"""The GitHub Action: its lint step is run as the runner runs it, with the inputs in the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ACTION = Path(__file__).parents[3] / ".github" / "actions" / "lint" / "action.yml"
WRONG = "import tensorflow as tf\n\nx = tf.ones([2, 3]) @ tf.ones([4, 5])\n"


@pytest.fixture
def lint(project):
    """Run the lint step with these inputs."""
    action = yaml.safe_load(ACTION.read_text())
    step = action["runs"]["steps"][-1]

    def run(**given):
        inputs = {name: each["default"] for name, each in action["inputs"].items()} | given
        variables = {}
        for name, value in step["env"].items():
            assert value.startswith("${{ inputs.")
            variables[name] = inputs[value.removeprefix("${{ inputs.").removesuffix(" }}")]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        environment = os.environ | variables | {"PATH": path}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.skipif(sys.platform == "win32", reason="the runner's bash is no other")
def test_findings_are_annotations_and_fail_the_step(lint, write):
    write({"src/a.py": WRONG, "old/b.py": WRONG})
    outcome = lint(paths="src")
    assert outcome.returncode == 1
    assert outcome.stdout.startswith("::error title=TFG101 matmul-mismatch,file=src/a.py,line=3,")
    assert outcome.stdout.count("::error") == 1
    assert lint(arguments="--ignore TFG101 --quiet").returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the runner's bash is no other")
def test_sarif_is_written_beside(lint, write):
    write({"a.py": WRONG})
    outcome = lint(**{"sarif-file": "found.sarif"})
    assert (outcome.returncode, outcome.stdout.count("::error")) == (1, 1)
    assert json.loads(Path("found.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "TFG101"
