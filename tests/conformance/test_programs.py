"""Whole programs: what the interpreter says of each assignment is what TensorFlow makes of it.

The programs are those of the interpreter's own tests, the rules' valid examples and ``examples/``.
"""

import re
from pathlib import Path
from textwrap import dedent

import libcst as cst
import pytest
from tfgrad_lint.catalogue import RULES
from tfgrad_lint.inference import infer_shapes

from tests.conformance.tracing import Tracer, disagreements

BLOCK = re.compile(r"^## (?P<name>.+?)\n+```py\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = Path(__file__).parents[2] / "examples"
INTERPRETER = Path(__file__).parents[1] / "linter" / "interpreter"
# Modules and names that do not exist, what no Python runs, data that would be downloaded, and a switch that changes all
# programs after it.
ELSEWHERE = re.compile(
    r"^\s*(from \.|import mylibrary|from (mylibrary|other|somewhere|jaxtyping) )|\bunknown\b|no such character|2\*\*70|"
    r"keras\.datasets|enable_numpy_behavior",
    re.MULTILINE,
)


def programs() -> list[object]:
    blocks = [
        (f"{name}: {match['name']}", match["code"])
        for name in ("control", "language", "python", "shape_values", "tensors")
        for match in BLOCK.finditer((INTERPRETER / f"{name}.md").read_text())
    ]
    valid = [
        (f"{rule.code}-{number}", dedent(example.code))
        for rule in RULES
        if rule.listens_to
        for number, example in enumerate(rule.valid)
    ]
    return [
        pytest.param("import tensorflow as tf\n" + code, id=name)
        for name, code in (*blocks, *valid)
        if not ELSEWHERE.search(code)
    ]


def with_tests_called(path: Path) -> str:
    code = path.read_text()
    names = re.findall(r"^def (test_\w+)\(\)", code, re.MULTILINE)
    assert names
    return "".join((code, *(f"{name}()\n" for name in names)))


def differences(code: str, really: str | None = None) -> list[str]:
    """Return the assignments of ``code`` that bind what another shape or dtype is inferred for, when it runs.

    ``really`` is what runs in its place.
    """
    tracer = Tracer("program")
    tracer.run([(really or code, 1)])
    return disagreements(infer_shapes(cst.parse_module(code), "program.py"), tracer.trace)


@pytest.mark.parametrize("code", programs())
def test_inferred_shapes_are_the_real_ones(code: str):
    assert differences(code) == []


@pytest.mark.parametrize("path", sorted((EXAMPLES / "right").glob("*.py")), ids=lambda path: path.stem)
def test_inferred_shapes_of_the_examples_are_the_real_ones(path: Path):
    assert differences(with_tests_called(path)) == []


def test_a_wrong_inference_would_be_seen():
    code = "import tensorflow as tf\nx = tf.ones([2, 3])\n"
    assert differences(code) == []
    really = code.replace("[2, 3]", "[4]")
    assert differences(code, really) == ["line 2: x: [2, 3] float32 but is [4] float32"]
    assert differences(code, really.replace("tf.ones", "list")) == ["line 2: x: [2, 3] float32 but is a list"]
    symbolic = "import tensorflow as tf\ndef f(n: int):\n    x = tf.ones([n, n])\n"
    assert differences(symbolic, symbolic.replace("[n, n]", "[n, 2 * n]") + "f(3)\n") == [
        "line 3: x: [n, n] float32 but is [3, 6] float32"
    ]
