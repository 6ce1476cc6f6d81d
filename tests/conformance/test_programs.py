"""Whole programs: what the interpreter says of each variable is what TensorFlow makes of it.

The programs are those of the interpreter's own tests and the rules' valid examples.
"""

import re
from pathlib import Path
from textwrap import dedent

import libcst as cst
import numpy as np
import pytest
import tensorflow as tf
from tfgrad_lint.catalogue import RULES
from tfgrad_lint.domain.values import Tensor
from tfgrad_lint.interpreter.program import interpret

BLOCK = re.compile(r"^## (?P<name>.+?)\n+```py\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
LANGUAGE = Path(__file__).parents[1] / "linter" / "interpreter" / "language.md"
# Modules and names that do not exist, what no Python runs, data that would be downloaded, and a switch that changes all
# programs after it.
ELSEWHERE = re.compile(
    r"^\s*(from \.|import mylibrary|from (mylibrary|other|jaxtyping) )|\bunknown\b|no such character|2\*\*70|"
    r"keras\.datasets|enable_numpy_behavior",
    re.MULTILINE,
)


def programs() -> list[object]:
    blocks = [(f"language: {match['name']}", match["code"]) for match in BLOCK.finditer(LANGUAGE.read_text())]
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


def disagreements(code: str) -> list[str]:
    """Run ``code`` both ways; return the variables whose inferred shape or dtype is another than the real one."""
    inferred = interpret(cst.parse_module(code), "program.py").variables
    real: dict[str, object] = {"__name__": "program"}
    exec(compile(code, "program.py", "exec"), real)
    found: list[str] = []
    for name, value in inferred.items():
        thing = real.get(name)
        if not isinstance(value, Tensor) or not isinstance(thing, tf.Tensor | tf.Variable | np.ndarray):
            continue
        dims = value.shape.dims
        shape = tuple(thing.shape)
        fits = dims is None or (
            len(dims) == len(shape)
            and all(not isinstance(dim, int) or dim == size for dim, size in zip(dims, shape, strict=True))
        )
        dtype = np.dtype(thing.dtype).name if isinstance(thing, np.ndarray) else thing.dtype.name
        if not fits or value.dtype not in {None, dtype}:
            found.append(f"{name}: inferred {value.shape} {value.dtype}, is {list(shape)} {dtype}")
    return found


@pytest.mark.parametrize("code", programs())
def test_inferred_variables_are_the_real_ones(code: str):
    assert disagreements(code) == []


def test_a_wrong_inference_would_be_seen():
    code = "import tensorflow as tf\nx = tf.ones([2, 3])\n"
    assert disagreements(code) == []
    assert disagreements(code + "globals()['x'] = tf.ones([4])\n") == ["x: inferred [2, 3] float32, is [4] float32"]
