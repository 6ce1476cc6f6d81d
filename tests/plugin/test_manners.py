"""The plugin beside the rest of pytest: caches, JUnit files, kinds of tests, other plugins."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from .test_plugin import HEADER, results, run

pytest_plugins = ["pytester"]

# As BARE, with pytest's cache, which --lf and --gradcheck-only need.
WITH_CACHE = ("--strict-markers", "-p", "no:hypothesispytest", "-p", "no:syrupy", "-p", "no:randomly")


def run_cached(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*WITH_CACHE, *args)


THREE = """
def test_right(): gradient(tf.sin)
def test_wrong(): gradient(planted)
def test_without(): pass
"""


def test_only_tests_that_took_gradients_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEADER + THREE)
    first = run_cached(pytester, "--gradcheck-only")
    assert first.ret == pytest.ExitCode.USAGE_ERROR
    first.stderr.fnmatch_lines(["ERROR: --gradcheck-only: no earlier run is known; run pytest --gradcheck once"])
    run_cached(pytester, "--gradcheck").assert_outcomes(passed=2, failed=1)
    run_cached(pytester, "--gradcheck-only").assert_outcomes(passed=1, failed=1, deselected=1)
    pytester.makepyfile(test_new=HEADER + "def test_unknown(): pass")
    run_cached(pytester, "--gradcheck-only").assert_outcomes(passed=2, failed=1, deselected=1)
    run_cached(pytester, "--gradcheck-only").assert_outcomes(passed=1, failed=1, deselected=2)


def test_last_failed_tests_run_again(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEADER + THREE)
    run_cached(pytester, "--gradcheck")
    run_cached(pytester, "--gradcheck", "--lf").assert_outcomes(failed=1)


def test_verdicts_are_properties_in_the_file_for_junit(pytester: pytest.Pytester) -> None:
    source = THREE + "@pytest.mark.no_gradcheck(reason='slow')\ndef test_excused(): gradient(planted)\n"
    run(pytester, source, "--gradcheck", "--junit-xml=junit.xml")
    cases = ElementTree.parse(pytester.path / "junit.xml").getroot().iter("testcase")
    told = {case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")} for case in cases}
    assert told["test_right"]["gradcheck"] == "1 right"
    assert float(told["test_right"]["gradcheck.seconds"] or "nan") >= 0
    assert told["test_wrong"]["gradcheck"] == "1 wrong"
    assert told["test_wrong"]["gradcheck.wrong"] == "y w.r.t. x: constant factor 1.5 (3/2)"
    assert told["test_excused"] == {"gradcheck": "not checked: no_gradcheck, slow"}
    assert told["test_without"] == {}


def test_the_slowest_checks_are_shown_on_request(pytester: pytest.Pytester) -> None:
    result = run(pytester, THREE, "--gradcheck", "--gradcheck-durations=1")
    result.stdout.fnmatch_lines(["*= slowest gradient checks =*", "* s  * evaluations     1 gradient  *::test_*"])
    assert sum("evaluations  " in line for line in result.stdout.lines) == 1
    result = run(pytester, THREE, "--gradcheck", "--gradcheck-durations=0")
    assert sum("evaluations  " in line for line in result.stdout.lines) == 2


def test_the_header_has_the_versions(pytester: pytest.Pytester) -> None:
    result = run(pytester, THREE, "--gradcheck")
    result.stdout.fnmatch_lines(["gradcheck: pytest-tfgrad *, TensorFlow 2.*, NumPy *"])


NONSCALAR = """
@pytest.mark.gradcheck
def test_vector(): gradient(tf.sin)
@pytest.mark.gradcheck
def test_scalar(): gradient(lambda x: tf.reduce_sum(tf.sin(x)))
"""


@pytest.mark.parametrize(
    ("ini", "outcomes", "line"),
    [
        ("", {"passed": 2}, "gradcheck: 2 gradients of 2 tests checked in *: 2 right"),
        (
            "gradcheck_nonscalar = warn",
            {"passed": 2},
            "*::test_vector: *: right, but that of the sum of a target that is no scalar of shape (2,)",
        ),
        (
            "gradcheck_nonscalar = error",
            {"passed": 1, "failed": 1},
            "GradientOfSum: gradient of 'y' w.r.t. 'x' is that of the sum of the target's 2 entries",
        ),
    ],
)
def test_gradients_of_targets_that_are_no_scalars(
    pytester: pytest.Pytester, ini: str, outcomes: dict[str, int], line: str
) -> None:
    result = run(pytester, NONSCALAR, ini=ini)
    result.assert_outcomes(**outcomes)
    result.stdout.fnmatch_lines([line])


def test_gradients_that_are_zero_everywhere_or_lose_digits_are_told(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
def test_dead(): gradient(lambda x: tf.nn.relu(x - 10.0))
def test_cancels():
    x = tf.constant(np.linspace(1.0, 2.0, 50), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum((1e4 + x) - 1e4 * tf.cos(1e-3 * x) - x * x / 2.0)
    tape.gradient(y, x)
""",
        "--gradcheck",
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["1 gradient is exactly zero everywhere: *::test_dead ('y' w.r.t. 'x')"])


def test_tests_of_every_kind_are_checked(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
from absl.testing import parameterized

class Base(tf.test.TestCase, parameterized.TestCase):
    @parameterized.parameters(1.0, 2.0)
    def test_right(self, factor):
        gradient(lambda x: factor * x * x)
    @parameterized.named_parameters(("a", 1.0), ("b", 2.0))
    def test_wrong(self, factor):
        self.assertEqual(gradient(lambda x: factor * planted(x)).shape, (2,))

@pytest.mark.gradcheck
class TestMarked:
    @pytest.fixture
    def value(self): return (1.0, 3.0)
    @pytest.mark.parametrize("function", [tf.sin, planted])
    def test_both(self, function, value): gradient(function, value)

@pytest.mark.gradcheck(functions="graph")
class TestMarkedCase(unittest.TestCase):
    def setUp(self): self.value = (1.0, 2.0)
    def test_wrong(self): gradient(planted, self.value)
""",
        "--gradcheck",
        "--gradcheck-report=out.json",
    )
    # The class from TensorFlow has a test of its own, which is skipped.
    result.assert_outcomes(passed=3, failed=4, skipped=1)
    assert {g["verdict"] for g in results(pytester)["TestMarked::test_both[sin]"]} == {"right"}


def test_it_works_beside_other_plugins(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    # Else, where coverage of these tests is measured, the inner run combines and deletes its data.
    monkeypatch.setenv("COVERAGE_FILE", str(pytester.path / ".coverage"))
    pytester.makepyfile(
        HEADER
        + """
tries = []

@pytest.mark.parametrize("n", range(6))
def test_right(n): gradient(lambda x: (n + 1.0) * x * x)

def test_wrong(): gradient(planted)

def test_flaky():
    gradient(tf.cos)
    tries.append(1)
    assert len(tries) > 1

@pytest.mark.timeout(60)
def test_in_time(): gradient(tf.sin)
"""
    )
    result = pytester.runpytest_subprocess(
        *("--strict-markers", "-p", "no:syrupy", "-p", "no:cacheprovider", "-n2", "--randomly-seed=7"),
        *("--reruns=1", "--timeout=120", "--cov=.", "--cov-report=term", "--gradcheck"),
        "--gradcheck-report=out.json",
    )
    result.assert_outcomes(passed=8, failed=1)
    result.stdout.fnmatch_lines(["Using --randomly-seed=7"])
    result.stdout.fnmatch_lines(["gradcheck: * gradients of * tests checked in *", "*1 failed, 8 passed*"])
    tests = json.loads((pytester.path / "out.json").read_text())["tests"]
    assert len({test["nodeid"] for test in tests}) == 9


PICTURED = """
@tf.custom_gradient
def square(z):
    return z * z, lambda upstream: 2 * z * upstream

def test_complex():
    z = tf.constant([[1.0 + 2.0j, 2.0 - 1.0j]], tf.complex128)
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = square(z)
    tape.gradient(y, z)

def test_jacobian():
    x = tf.ones([2, 3])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(planted(x), axis=0)
    tape.jacobian(y, x)

def test_batch_jacobian():
    x = tf.ones([2, 3])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = planted(x)
    tape.batch_jacobian(y, x)
"""


def test_complex_gradients_and_jacobians_have_heat_maps_that_say_what_they_show(pytester: pytest.Pytester) -> None:
    run(pytester, PICTURED, "--gradcheck", "--gradcheck-report=out.html").assert_outcomes(failed=3)
    text = (pytester.path / "out.html").read_text(encoding="utf-8")
    assert text.count("Heat maps") == 3
    captions = sorted(re.findall(r"<figcaption>((?:The|Rows) .*?)</figcaption>", text))
    assert captions == [
        "Rows are the entries of all targets of the batch, columns those of one source.",
        "Rows are the entries of the target, columns those of the source.",
        "The imaginary parts stand to the right of the real ones.",
    ]
    run(pytester, PICTURED, "--gradcheck", "--gradcheck-report=out.json")
    grids = {name: gradients[0]["grid"] for name, gradients in results(pytester).items()}
    shapes = {name: (len(grid["tape"]), grid["columns"], grid["compared"]) for name, grid in grids.items()}
    assert shapes == {"test_complex": (4, 4, 4), "test_jacobian": (18, 6, 18), "test_batch_jacobian": (18, 3, 18)}
    jacobian = grids["test_jacobian"]
    ratios = {round(t / n, 3) for t, n in zip(jacobian["tape"], jacobian["numeric"], strict=True) if n}
    assert ratios == {1.5}
