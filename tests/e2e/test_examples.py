"""The examples do what they claim: the demo finds exactly the marked mistakes, and the marked lines really go wrong."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
RAISING = re.compile(r"# <- (TFG1\d\d|TFG307)$")


def run_demo(examples: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, examples / "demo.py"], capture_output=True, text=True, check=False)


def test_demo_finds_exactly_what_is_marked():
    finished = run_demo(EXAMPLES)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "GradientMismatch" in finished.stdout
    assert "TFG201" in finished.stdout


def test_demo_fails_if_a_marked_mistake_is_mended_or_a_new_one_made(tmp_path: Path):
    examples = shutil.copytree(EXAMPLES, tmp_path / "examples")
    mended = examples / "wrong" / "matrix_square.py"
    mended.write_text(mended.read_text().replace("return upstream * m", "return 2 * upstream * m"))
    broken = examples / "right" / "column_sums.py"
    broken.write_text(broken.read_text() + "\n\ntf.ones([2, 3]) + tf.ones([4])\n")
    finished = run_demo(examples)
    assert finished.returncode == 1
    assert "verdict not found: ('wrong/matrix_square.py', 'test_gradient_of_square', 'wrong')" in finished.stdout
    assert re.search(r"finding not expected: \('right/column_sums\.py', \d+, 'TFG102'\)", finished.stdout)


def functions_that_raise() -> list[object]:
    """Return each function of the examples with a marked line that raises when it runs."""
    found: list[object] = []
    for path in sorted((EXAMPLES / "wrong").glob("*.py")):
        function = ""
        for line in path.read_text().splitlines():
            if line.startswith("def "):
                function = line[4:].partition("(")[0]
            if RAISING.search(line):
                found.append(pytest.param(path, function, id=f"{path.stem}.{function}"))
    return found


@pytest.mark.parametrize(("path", "function"), functions_that_raise())
def test_line_that_is_said_to_raise_raises(path: Path, function: str):
    import tensorflow as tf

    namespace: dict[str, object] = {"__name__": "example"}
    exec(compile(path.read_text(), path, "exec"), namespace)
    arguments = {
        "x": tf.reshape(tf.range(6, dtype=tf.float32), [3, 2]),
        "features": tf.random.normal([16, 4]),
        "labels": tf.random.normal([16]),
    }
    call = namespace[function]
    given = [arguments[name] for name in call.__code__.co_varnames[: call.__code__.co_argcount]]
    with pytest.raises((tf.errors.InvalidArgumentError, RuntimeError)):
        call(*given)
