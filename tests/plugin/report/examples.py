"""Results to render."""

from __future__ import annotations

from pytest_tfgrad.results import (
    Checked,
    Culprit,
    EntryResult,
    Excerpt,
    Fault,
    GradientResult,
    Grid,
    PathStep,
    Place,
    StepCurve,
    TestResult,
    Verdict,
)

RIGHT = GradientResult(
    verdict=Verdict.RIGHT,
    kind="gradient",
    target="loss",
    target_shape=(),
    target_dtype="float32",
    source="dense/bias",
    source_shape=(4,),
    source_dtype="float32",
    gradient_shape=(4,),
    gradient_dtype="float32",
    location=Place("/project/tests/test_layers.py", 41, "test_scaled_dense", "grads = tape.gradient(loss, weights)"),
    checked=Checked.DIRECTIONS,
    analytic=1.5,
    numeric=1.5000001,
    max_rel_error=7e-8,
    error_estimate=1e-10,
    tolerance=1e-6,
    evaluations=41,
    seconds=0.02,
    size=4,
    directions=5,
)


def changed(result: GradientResult = RIGHT, **fields: object) -> GradientResult:
    return GradientResult(**{**vars(result), **fields})  # type: ignore[arg-type]


SCALED = Culprit(
    "scaled_matmul",
    "custom gradient",
    Place("/elsewhere/layers.py", 88, "backward", "def backward(upstream):"),
    4,
    12,
    cleared=True,
    proven=True,
    detail="constant factor 1.1",
    excerpt=Excerpt(88, ("def backward(upstream):", "    return 1.1 * tf.matmul(upstream, w, transpose_b=True)")),
    called=Place("/project/src/model.py", 7, "call", "return scaled_matmul(x, self.w)"),
)
WRONG = changed(
    verdict=Verdict.WRONG,
    fault=Fault.VALUE,
    source="dense/kernel",
    source_shape=(256, 35),
    gradient_shape=(256, 35),
    analytic=0.44,
    numeric=0.4,
    error_estimate=3e-10,
    tolerance=5e-8,
    entries=(EntryResult((3, 17), "", 0.44, 0.4, 3e-10), EntryResult((9, 0), "", 1234.5, -1e-9, 0.0)),
    wrong_entries=7,
    looked_at=21,
    size=8960,
    directions=4,
    disagreeing=4,
    shrink=4.0,
    pattern="constant factor 1.1",
    culprit=SCALED,
    suspects=(SCALED,),
    path=(
        PathStep("MatMul", "op", Place("/project/src/model.py", 6), ((8, 35),), "passed", (-1,)),
        PathStep("scaled_matmul", "custom gradient", Place("/project/src/model.py", 7), ((8, 35),), "wrong", (0,)),
        PathStep("Sum", "op", None, ((),), "unchecked", (0, 1)),
    ),
    grid=Grid((0.44, -1.0, 2.0, 0.0), (0.4, -1.0, 2.0, 0.0), 2, (128, 18), 21),
    curve=StepCurve((1e-1, 1e-2, 1e-3, 1e-4, 1e-5), (0.41, 0.4001, 0.400001, 0.4, 0.4)),
    cleared=("dense/bias", "out/kernel"),
)
SHAPE = changed(
    verdict=Verdict.WRONG,
    fault=Fault.SHAPE,
    gradient_shape=(),
    reason="a gradient has its source's shape (4,), not ()",
    checked=Checked.SHAPE,
)
MISSING = changed(verdict=Verdict.NONE, gradient_shape=None, gradient_dtype="", reason="no path", checked=Checked.SHAPE)
NOT_FINITE = changed(verdict=Verdict.NONFINITE, reason="1 of 4 entries is NaN or infinite, the first at [2]")
UNDECIDED = changed(verdict=Verdict.INCONCLUSIVE, reason="the numerical estimate did not settle")
UNCHECKED = changed(verdict=Verdict.INCONCLUSIVE, reason="SomeOp cannot be replayed", checked=Checked.SHAPE)
TEST = TestResult("tests/test_layers.py::test_scaled_dense", (RIGHT, WRONG, MISSING), ("A note.",), 0.25)
