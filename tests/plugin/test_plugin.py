"""The plugin through pytest's own door."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# Loaded here, they stay loaded between the runs inside this process: TensorFlow cannot be imported twice.
import pytest_tfgrad.explicit
import pytest_tfgrad.running  # noqa: F401

pytest_plugins = ["pytester"]

# Hypothesis would be imported anew, and its asserts rewritten, in each run inside this process.
BARE = (
    "--strict-markers",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:hypothesispytest",
    "-p",
    "no:syrupy",
    "-p",
    "no:randomly",
)

HEADER = """
import numpy as np
import pytest
import tensorflow as tf
import unittest

@tf.custom_gradient
def planted(x):
    return tf.sin(x), lambda upstream: 1.5 * upstream * tf.cos(x)

def gradient(function, value=(1.0, 2.0), dtype=tf.float32):
    x = tf.constant(value, dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)
"""


def run(pytester: pytest.Pytester, source: str, *args: str, ini: str = "") -> pytest.RunResult:
    """Run tests inside this process, as a user with these flags and this ini file would."""
    pytester.makepyfile(HEADER + source)
    pytester.makeini(f"[pytest]\n{ini}")
    return pytester.runpytest_inprocess(*BARE, *args)


def results(pytester: pytest.Pytester) -> dict[str, list[dict[str, object]]]:
    tests = json.loads((pytester.path / "out.json").read_text())["tests"]
    return {test["nodeid"].split("::", 1)[1]: test["gradients"] for test in tests}


def test_without_flag_and_marker_nothing_is_checked_or_said(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_a(): gradient(planted)")
    result.assert_outcomes(passed=1)
    assert "gradcheck" not in result.stdout.str()
    assert "gradients" not in result.stdout.str()


def test_a_marked_test_fails_in_its_call_phase_with_the_report(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.gradcheck
def test_a():
    gradient(tf.cos)
    gradient(planted)
    gradient(planted, (3.0,))
    gradient(tf.tan)
""",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "* FAILURES *",
            "GradientMismatch: gradient of 'y' w.r.t. 'x' is wrong in 2 of 2 entries",
            "  [[]1[]]     -0.62422   -0.41615 ± *1.5",
            "  suspect    custom gradient of planted, *.py:*",
            "             the only op between source and target",
            "GradientMismatch: gradient of 'y' w.r.t. 'x' is wrong in 1 of 1 entry",
            "2 other gradients of this test: 2 right",
            "gradcheck: 4 gradients of 1 test checked in * s: 2 right, 2 wrong",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "plugin.py" not in result.stdout.str()


def test_kinds_of_tests_and_outcomes(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
class TestPlain:
    @pytest.mark.parametrize("factor", [1.0, 2.0])
    def test_right(self, factor):
        gradient(lambda x: factor * x * x)

class TestCase(unittest.TestCase):
    def test_right(self):
        gradient(tf.cos)
    def test_wrong(self):
        gradient(planted)
    def test_own_failure(self):
        gradient(planted)
        self.assertEqual(1, 2)

class TestTensorFlow(tf.test.TestCase):
    def test_wrong(self):
        self.assertAllEqual(gradient(planted).shape, [2])

def test_own_error():
    gradient(planted)
    raise KeyError("mine")

def test_skipped():
    gradient(planted)
    pytest.skip("not today")

@pytest.mark.xfail(strict=True)
def test_expected_to_fail():
    gradient(planted)

@pytest.mark.no_gradcheck(reason="slow")
def test_excused():
    gradient(planted)

@pytest.mark.gradshape
def test_shape_only():
    gradient(planted)

def test_without_gradients():
    pass
""",
        "--gradcheck",
        "--gradcheck-report=out.json",
    )
    result.assert_outcomes(passed=6, failed=4, xfailed=1, skipped=2)
    # Two of tests that fail for them, two that stand with a failure of the test's own. pytest repeats the first line of
    # a failure in its short summary, in full where it runs for CI.
    reports = [line for line in result.stdout.lines if line.startswith("GradientMismatch: gradient of 'y' w.r.t. 'x'")]
    assert reports == ["GradientMismatch: gradient of 'y' w.r.t. 'x' is wrong in 2 of 2 entries"] * 4
    result.stdout.fnmatch_lines(["*AssertionError: 1 != 2*", "*KeyError: 'mine'*"])
    result.stdout.fnmatch_lines(
        ["gradcheck: every test; mode auto, 4 directions, functions graph, at most 10 s a test;*"]
    )
    result.stdout.fnmatch_lines(
        [
            "4 tests not checked: failed, or was skipped, by itself",
            "1 test not checked: no_gradcheck, slow",
            "gradcheck: 7 gradients of 7 tests checked in *: 4 right (1 by shape only), 3 wrong",
        ]
    )
    verdicts = {name: [gradient["verdict"] for gradient in taken] for name, taken in results(pytester).items()}
    assert verdicts["TestPlain::test_right[2.0]"] == ["right"]
    assert verdicts["TestTensorFlow::test_wrong"] == ["wrong"]
    assert verdicts["test_own_error"] == []


MISSING = """
def none():
    x, y = tf.constant(1.0), tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = x * x
    assert tape.gradient(z, y) is None

def test_none(): none()
def test_not_finite(): gradient(tf.sqrt, (0.0,))
"""


def test_none_and_nan_warn_under_the_flag_alone(pytester: pytest.Pytester) -> None:
    result = run(pytester, MISSING, "--gradcheck")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*::test_none: *: gradient of 'z' w.r.t. 'y': None, 'y' is not used: *computed without it",
            "*::test_not_finite: *: gradient of 'y' w.r.t. 'x': not finite, 1 of 1 entry is NaN or infinite*",
            "gradcheck: 2 gradients of 2 tests checked in *: 1 none, 1 nonfinite",
        ]
    )


@pytest.mark.parametrize(
    ("ini", "marker", "outcomes"),
    [
        ("", "gradcheck", {"failed": 2}),
        ("", "gradshape", {"failed": 2}),
        ("", "gradcheck(allow_none=True)", {"passed": 1, "failed": 1}),
        ("", "gradcheck(allow_none=True, allow_nonfinite=True)", {"passed": 2}),
        ("gradcheck_none = ignore\ngradcheck_nonfinite = warn", "gradcheck", {"passed": 2}),
        (
            "gradcheck_none = ignore\ngradcheck_nonfinite = ignore",
            "gradcheck(allow_none=False)",
            {"passed": 1, "failed": 1},
        ),
    ],
)
def test_none_and_nan_under_a_marker(
    pytester: pytest.Pytester, ini: str, marker: str, outcomes: dict[str, int]
) -> None:
    result = run(pytester, f"pytestmark = pytest.mark.{marker}\n{MISSING}", ini=ini)
    result.assert_outcomes(**outcomes)


def test_markers_win_over_the_command_line_and_that_over_the_ini_file(pytester: pytest.Pytester) -> None:
    source = """
LARGE = np.linspace(1.0, 2.0, 40)
@pytest.mark.gradcheck(mode="full")
def test_marker(): gradient(tf.sin, LARGE)
def test_line(): gradient(tf.sin, LARGE)
"""
    flags = ["--gradcheck", "--gradcheck-mode=projection", "--gradcheck-report=out.json"]
    run(pytester, source, *flags, ini="gradcheck_mode = full\ngradcheck_directions = 7")
    checked = results(pytester)
    assert [(g["checked"], g["directions"]) for g in checked["test_marker"]] == [("entries", 0)]
    assert [(g["checked"], g["directions"]) for g in checked["test_line"]] == [("directions", 7)]


def test_markers_of_module_class_and_function_add_up_and_the_closest_wins(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
pytestmark = pytest.mark.gradcheck(rtol=1.0, mode="full")
def test_tolerant(): gradient(planted)
@pytest.mark.gradcheck(rtol=1e-3)
def test_strict(): gradient(planted)
@pytest.mark.no_gradcheck(reason="never mind")
class TestExcused:
    def test_excused(self): gradient(planted)
    @pytest.mark.gradcheck(rtol=1e-3)
    def test_again(self): gradient(planted)
""",
    )
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["1 test not checked: no_gradcheck, never mind"])


def test_wrong_markers_are_errors_before_any_test_runs(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
print("collected")
@pytest.mark.gradcheck(rtoll=1)
def test_a(): open("ran", "w")
@pytest.mark.gradcheck(directions=0)
def test_b(): open("ran", "w")
@pytest.mark.gradcheck
@pytest.mark.gradshape
def test_c(): open("ran", "w")
""",
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: *::test_a: gradcheck has no argument 'rtoll'; did you mean 'rtol'? allowed are rtol, *",
            "*::test_b: gradcheck argument 'directions' must be a whole number, 1 or more, not 0",
            "*::test_c: gradcheck and gradshape contradict each other",
        ]
    )
    assert not (pytester.path / "ran").exists()
    assert "Traceback" not in result.stderr.str()


@pytest.mark.parametrize(
    ("flags", "ini", "message"),
    [
        (["--gradcheck-mode=fast"], "", "--gradcheck-mode must be 'auto' or 'full' or 'projection', not 'fast'"),
        (["--gradcheck-report=a.txt"], "", "--gradcheck-report: 'a.txt' must end in .json or .html"),
        (["--gradcheck-durations=-1"], "", "--gradcheck-durations must be a whole number, 0 or more, not '-1'"),
        (["--gradcheck-only"], "", "--gradcheck-only: pytest's cache is switched off; run pytest --gradcheck once"),
        (
            [],
            "gradcheck_nonscalar = fail",
            "gradcheck_nonscalar in the ini file must be 'warn' or 'error' or *",
        ),
        (["--gradcheck-report=no/a.json"], "", "--gradcheck-report: the folder '*no' does not exist"),
        (["--gradcheck-report=folder.json"], "", "--gradcheck-report: '*folder.json' cannot be written to"),
        (
            [],
            "gradcheck_max_seconds = -1",
            "gradcheck_max_seconds in the ini file must be a finite number*",
        ),
        (["--gradcheck-report="], "", "--gradcheck-report: '' must end in .json or .html"),
        ([], "gradcheck_rtol = -1", "gradcheck_rtol in the ini file must be a finite number that is not negative, *"),
        ([], "gradcheck_none = maybe", "gradcheck_none in the ini file must be 'fail' or 'warn' or 'ignore', *"),
    ],
)
def test_wrong_settings_are_one_line_before_any_test_runs(
    pytester: pytest.Pytester, flags: list[str], ini: str, message: str
) -> None:
    pytester.mkdir("folder.json")
    result = run(pytester, "def test_a(): open('ran', 'w')", *flags, ini=ini)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    assert not (pytester.path / "ran").exists()


def test_a_folder_that_cannot_be_written_to_is_one_line(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Permissions do not stop the administrator, as whom tests may run.
    monkeypatch.setattr("pytest_tfgrad.collecting.os.access", lambda path, mode: False)
    result = run(pytester, "def test_a(): open('ran', 'w')", "--gradcheck-report=a.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --gradcheck-report: '*a.json' cannot be written to"])
    assert not (pytester.path / "ran").exists()


@pytest.mark.parametrize(
    ("source", "flag", "asker"),
    [
        ("def test_a(): open('ran', 'w')", "--gradcheck", "--gradcheck"),
        (
            "import pytest\n@pytest.mark.gradcheck\ndef test_a(): open('ran', 'w')",
            "-v",
            "the marker of test_missing_tensorflow.py::test_a",
        ),
    ],
)
def test_without_tensorflow_one_line_tells_how_to_install_it(
    pytester: pytest.Pytester, source: str, flag: str, asker: str
) -> None:
    pytester.makepyfile(test_missing_tensorflow=source)
    code = (
        "import sys, pytest, pytest_tfgrad.requirements as r\n"
        "r.find_spec = lambda name: None\n"
        f"sys.exit(pytest.main(['-p', 'no:cacheprovider', {flag!r}]))"
    )
    result = pytester.run(sys.executable, "-c", code)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    message = "needs TensorFlow, which is not installed: pip install 'pytest-tfgrad[[]tensorflow[]]'"
    result.stderr.fnmatch_lines([f"ERROR: {asker} {message}"])
    assert not (pytester.path / "ran").exists()


def test_expectations_that_are_not_met_are_said(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
@pytest.mark.gradcheck(expect={"x": "differs"}, reason="by design")
def test_differs(): gradient(planted)
@pytest.mark.gradcheck(expect={"x": "differs"}, reason="by design")
def test_right(): gradient(tf.sin)
@pytest.mark.gradcheck(expect={"z": "differs"}, reason="by design")
def test_unknown(): gradient(tf.sin)
@pytest.mark.gradcheck
def test_nothing(): pass
""",
    )
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "*::test_right: expect says that the gradient of 'x' differs, but it is right: take the entry out.",
            "*::test_unknown: expect names 'z', but no gradient was taken with respect to it (sources: 'x').",
            "*::test_nothing: it is marked, but no gradient was taken in it.",
            "gradcheck: 3 gradients of 3 tests checked in *: 2 right, 1 different as declared",
        ]
    )


def test_what_time_did_not_allow_is_said_and_fails_when_strict(pytester: pytest.Pytester) -> None:
    source = "@pytest.mark.gradcheck(max_seconds=0)\ndef test_a(): gradient(tf.sin)\n"
    result = run(pytester, source)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*: not checked, the time allowed (max_seconds) was over after 0 evaluations"])
    result.stdout.fnmatch_lines(["gradcheck: * 1 not checked"])
    result = run(pytester, source, "--gradcheck-strict")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["GradientInconclusive: gradient of 'y' w.r.t. 'x' could not be checked"])


def test_the_fixture_checks_functions(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
from pytest_tfgrad import GradientError

def test_right(gradcheck):
    product, power = gradcheck(lambda x, w: x * w**2, [1.0, 2.0], tf.Variable(3.0, name="weight"))
    assert (product.source, power.source) == ("x", "weight")
    assert {product.verdict.value, power.verdict.value} == {"right"}

def test_second_order(gradcheck):
    assert len(gradcheck(lambda x: x**3, np.arange(3.0), order=2)) == 2

def test_wrong(gradcheck):
    gradcheck(planted, [1.0])

def test_caught(gradcheck):
    with pytest.raises(GradientError, match="is wrong in 1 of 1 entry") as error:
        gradcheck(planted, [1.0])
    assert error.value.results[0].pattern == ""

def test_tolerance(gradcheck):
    gradcheck(planted, [1.0], rtol=1.0)

@pytest.mark.parametrize("wrong", [
    lambda check: check(lambda x: "text", [1.0]),
    lambda check: check(lambda x: None, [1.0]),
    lambda check: check(tf.sin, [1, 2]),
    lambda check: check(tf.sin, object()),
    lambda check: check(tf.sin, [1.0], rtoll=1),
    lambda check: check(tf.sin, [1.0], max_seconds=-1),
    lambda check: check(tf.sin, [1.0], order=3),
])
def test_misuse(gradcheck, wrong):
    with pytest.raises((TypeError, ValueError)) as error:
        wrong(gradcheck)
    assert "\\n" not in str(error.value)
""",
        "--gradcheck-report=out.json",
    )
    result.assert_outcomes(passed=11, failed=1)
    result.stdout.fnmatch_lines(["*GradientMismatch: gradient of 'planted' w.r.t. 'x' is wrong in 1 of 1 entry"])
    assert len(results(pytester)["test_second_order"]) == 2


STATE = """
import random
import warnings

variable = tf.Variable([0.3, 0.6], name="weights")
generator = tf.random.Generator.from_seed(7)
traced = []

@tf.function
def stepped(x):
    traced.append(1)
    variable.assign_add(0.5 * x)
    return tf.reduce_sum(variable * x * generator.normal([2]) * tf.random.uniform([2]))

def test_state():
    tf.random.set_seed(1)
    np.random.seed(2)
    random.seed(3)
    x = tf.constant([1.0, 2.0])
    with warnings.catch_warnings(record=True) as seen:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = stepped(x)
        tape.gradient(y, x)
    # AutoGraph's own parser is deprecated from Python 3.13 on.
    assert not [warning for warning in seen if "gast" not in warning.filename]

def test_afterwards():
    print("STATE", variable.numpy().tolist(), generator.state.numpy().tolist(), len(traced),
          np.random.uniform(), random.random(), tf.random.uniform([1]).numpy().tolist(),
          tf.config.functions_run_eagerly())
"""


def test_a_check_leaves_no_trace_in_what_tests_see(pytester: pytest.Pytester) -> None:
    def state(*args: str) -> str:
        result = run(pytester, STATE, "-s", *args)
        result.assert_outcomes(passed=2)
        assert "warning" not in result.stdout.str()
        return next(line for line in result.stdout.lines if "STATE" in line).split("STATE")[1]

    assert state("--gradcheck") == state()


def test_workers_of_xdist_send_their_results_home(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        HEADER + "@pytest.mark.parametrize('n', range(4))\n"
        "def test_right(n): gradient(lambda x: n * x * x)\n"
        "def test_wrong(): gradient(planted)\n"
    )
    result = pytester.runpytest_subprocess(*BARE, "-n2", "--gradcheck", "--gradcheck-report=out.json")
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(["gradcheck: 5 gradients of 5 tests checked in *: 4 right, 1 wrong"])
    assert len(results(pytester)) == 5
    wrong_marker = pytester.makepyfile(test_marker="import pytest\n@pytest.mark.gradcheck(x=1)\ndef test_a(): pass")
    result = pytester.runpytest_subprocess(*BARE, "-n2", str(wrong_marker))
    assert result.ret != 0
    assert "gradcheck has no argument 'x'" in result.stdout.str() + result.stderr.str()


def test_an_interrupted_run_still_writes_its_report(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEADER + "def test_a(): gradient(tf.sin)\ndef test_b(): raise KeyboardInterrupt\n")
    result = pytester.runpytest_subprocess(*BARE, "--gradcheck", "--gradcheck-report=out.json")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert [g["verdict"] for g in results(pytester)["test_a"]] == ["right"]


def test_a_report_that_cannot_be_written_any_more_is_one_line(pytester: pytest.Pytester) -> None:
    pytester.mkdir("out")
    result = run(pytester, "import os\ndef test_a(): os.rmdir('out')\n", "--gradcheck-report=out/a.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --gradcheck-report: cannot write *out/a.json: No such file or directory"])


def test_markers_and_flags_are_documented_by_pytest_itself(pytester: pytest.Pytester) -> None:
    markers = pytester.runpytest_inprocess(*BARE, "--markers").stdout.str()
    assert "@pytest.mark.gradcheck(rtol, atol, mode, directions, seed, " in markers
    assert "@pytest.mark.gradshape(functions, allow_none, allow_nonfinite): check shapes, " in markers
    assert "@pytest.mark.no_gradcheck(reason): " in markers
    help_text = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for name in ("--gradcheck-report=PATH", "--gradcheck-mode=MODE", "--gradcheck-strict", "gradcheck_max_seconds"):
        assert name in help_text
