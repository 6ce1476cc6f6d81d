"""What a person reads, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_tfgrad.report.summary import summary_lines
from pytest_tfgrad.report.terminal import failure_text, gradient_text, one_line, tally
from pytest_tfgrad.results import Consequence, Culprit, EntryResult, Fault, GradientResult, Place, TestResult

from .examples import MISSING, NOT_FINITE, RIGHT, SCALED, SHAPE, TEST, UNCHECKED, UNDECIDED, WRONG, changed

ROOT = Path("/project")

MISMATCH = """\
GradientMismatch: gradient of 'loss' w.r.t. 'dense/kernel' is wrong in 7 of 21 entries that were looked at, of 8960

  tests/test_layers.py:41: in test_scaled_dense
      grads = tape.gradient(loss, weights)

  entry     tape       numeric (float64)     tape / numeric
  [3, 17]   +0.44000   +0.40000 ± 3e-10      1.1
  [9, 0]    +1234.5    -1.0000e-09 ± 0e+00   -
  and 5 more wrong entries

  shapes     target 'loss' float32 (), source 'dense/kernel' float32 (256, 35)
  evidence   4 of 4 random directions disagree; smooth here (differences shrink 4.0x per halving)
  tolerance  the worst entry is off by 4e-02 where 5e-08 is allowed
  pattern    constant factor 1.1
  suspect    custom gradient of scaled_matmul, /elsewhere/layers.py:88
             4th of 12 ops on the tape; the other 11 pass their own check
             > 88 | def backward(upstream):
               89 |     return 1.1 * tf.matmul(upstream, w, transpose_b=True)
             called at src/model.py:7: return scaled_matmul(x, self.w)
  not this   'dense/bias', 'out/kernel'
  repeat     pytest "tests/test_layers.py::test_scaled_dense" --gradcheck-mode=full
  intended?  @pytest.mark.gradcheck(expect={"dense/kernel": "differs"}, reason="...")"""


def test_a_wrong_gradient() -> None:
    assert gradient_text(WRONG, ROOT, TEST.nodeid) == MISMATCH


def test_a_wrong_gradient_outside_of_pytest_has_no_command_to_repeat_it() -> None:
    assert gradient_text(WRONG, ROOT, None) == MISMATCH[: MISMATCH.index("\n  repeat")]


def test_a_failing_test_tells_the_rest_of_its_gradients() -> None:
    assert failure_text(TEST, (WRONG,), ROOT) == f"{MISMATCH}\n\n2 other gradients of this test: 1 right, 1 none"
    alone = TestResult(TEST.nodeid, (WRONG,))
    assert failure_text(alone, (WRONG,), ROOT) == MISMATCH


def test_several_custom_gradients_on_the_way_are_all_named() -> None:
    other = Culprit("clipped", "custom gradient", Place("/project/src/clip.py", 7), 2, 12)
    text = gradient_text(changed(WRONG, culprit=None, suspects=(SCALED, other)), ROOT, None)
    names = "scaled_matmul (/elsewhere/layers.py:88), clipped (src/clip.py:7)"
    assert f"  suspect    one of 2 custom gradients on the way: {names}\n" in text


def test_the_only_op_on_the_way_is_the_culprit() -> None:
    op = Culprit("FresnelCos", "op", None, 1, 1, cleared=True)
    text = gradient_text(changed(WRONG, culprit=op, suspects=(op,)), ROOT, None)
    assert "  suspect    gradient of FresnelCos\n             the only op between source and target\n" in text


def test_what_is_wrong_with_the_culprit_itself_is_said_where_it_differs() -> None:
    text = gradient_text(changed(WRONG, pattern=""), ROOT, None)
    assert "             by itself: constant factor 1.1\n" in text


def test_more_is_said_with_more_vs() -> None:
    many = changed(WRONG, entries=tuple(EntryResult((n, 0), "", 2.0, 1.0, 1e-9) for n in range(20)), wrong_entries=30)
    assert [gradient_text(many, ROOT, None, v).count("± 1e-09") for v in (0, 1)] == [3, 20]
    assert "  effort     41 evaluations in 0.0 s" in gradient_text(many, ROOT, None, 1)
    six = TestResult("a.py::t", (many,) * 6 + (RIGHT,))
    assert [failure_text(six, six.gradients[:6], ROOT, v).count("GradientMismatch") for v in (0, 1)] == [5, 6]
    assert failure_text(six, six.gradients[:6], ROOT, 2).endswith(
        "1 other gradient of this test: 1 right\n"
        "  tests/test_layers.py:41: gradient of 'loss' w.r.t. 'dense/bias': right "
        "(tape +1.5000, numeric +1.5000 ± 1e-10)"
    )


@pytest.mark.parametrize(
    ("result", "headline"),
    [
        (SHAPE, "GradientShape: gradient of 'loss' w.r.t. 'dense/bias' has shape ()"),
        (
            changed(SHAPE, fault=Fault.DTYPE, gradient_dtype="float64"),
            "GradientDtype: gradient of 'loss' w.r.t. 'dense/bias' is float64",
        ),
        (
            changed(SHAPE, fault=Fault.INDICES),
            "GradientIndices: gradient of 'loss' w.r.t. 'dense/bias' has indices out of range",
        ),
        (MISSING, "GradientMissing: gradient of 'loss' w.r.t. 'dense/bias' is None"),
        (NOT_FINITE, "GradientNotFinite: gradient of 'loss' w.r.t. 'dense/bias' is not finite"),
        (UNDECIDED, "GradientInconclusive: gradient of 'loss' w.r.t. 'dense/bias' is inconclusive"),
        (UNCHECKED, "GradientInconclusive: gradient of 'loss' w.r.t. 'dense/bias' could not be checked"),
        (
            changed(WRONG, kind="batch_jacobian"),
            "GradientMismatch: batch jacobian of 'loss' w.r.t. 'dense/kernel' is wrong",
        ),
        (
            changed(WRONG, looked_at=8960),
            "GradientMismatch: gradient of 'loss' w.r.t. 'dense/kernel' is wrong in 7 of 8960 entries",
        ),
        (
            changed(WRONG, looked_at=1, size=1, wrong_entries=1),
            "GradientMismatch: gradient of 'loss' w.r.t. 'dense/kernel' is wrong in 1 of 1 entry",
        ),
    ],
)
def test_headlines(result: GradientResult, headline: str) -> None:
    assert gradient_text(result, ROOT, None).splitlines()[0] == headline


@pytest.mark.parametrize("result", [SHAPE, MISSING, NOT_FINITE, UNDECIDED, UNCHECKED])
def test_every_other_verdict_says_where_and_why(result: GradientResult) -> None:
    text = gradient_text(result, ROOT, TEST.nodeid)
    assert "tests/test_layers.py:41: in test_scaled_dense" in text
    assert f"because    {result.reason}" in text


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (MISSING, "tests/test_layers.py:41: gradient of 'loss' w.r.t. 'dense/bias': None, no path"),
        (
            UNCHECKED,
            "tests/test_layers.py:41: gradient of 'loss' w.r.t. 'dense/bias': not checked, SomeOp cannot be replayed",
        ),
        (RIGHT, "tests/test_layers.py:41: gradient of 'loss' w.r.t. 'dense/bias': right"),
        (
            SHAPE,
            "tests/test_layers.py:41: gradient of 'loss' w.r.t. 'dense/bias': wrong, "
            "a gradient has its source's shape (4,), not ()",
        ),
    ],
)
def test_one_line(result: GradientResult, line: str) -> None:
    assert one_line(result, ROOT) == line


def test_tallies() -> None:
    assert tally([RIGHT, RIGHT, WRONG]) == "2 right, 1 wrong"
    assert tally([UNDECIDED, UNCHECKED, NOT_FINITE]) == "1 nonfinite, 1 inconclusive, 1 not checked"
    assert tally([changed(WRONG, intended="by design")]) == "1 different as declared"
    assert tally([RIGHT, changed(checked=SHAPE.checked)]) == "2 right (1 by shape only)"
    assert tally([changed(checked=SHAPE.checked)]) == "1 right (by shape only)"
    assert tally([]) == "none"


def test_the_summary_says_what_was_checked_and_what_was_not() -> None:
    warned = TestResult("a.py::t", (RIGHT, changed(MISSING, consequence=Consequence.WARN)), ("A note.",), 1.25)
    tests = [warned, TestResult("a.py::u", skipped="no_gradcheck, slow"), TestResult("a.py::v", (), (), 0.0)]
    assert summary_lines(tests, ROOT) == [
        "a.py::t: tests/test_layers.py:41: gradient of 'loss' w.r.t. 'dense/bias': None, no path",
        "a.py::t: A note.",
        "1 test not checked: no_gradcheck, slow",
        "gradcheck: 2 gradients of 1 test checked in 1.2 s: 1 right, 1 none",
    ]


def test_a_summary_without_gradients() -> None:
    assert summary_lines([TestResult("a.py::t")], ROOT) == ["gradcheck: no gradient was taken in 1 test"]


def test_a_long_summary_is_cut() -> None:
    tests = [TestResult(f"a.py::t{n}", (), ("A note.",)) for n in range(30)]
    lines = summary_lines(tests, ROOT)
    assert lines[20] == "and 10 more, all of them in --gradcheck-report=FILE.json"
    assert len(lines) == 22
