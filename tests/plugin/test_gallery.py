"""Two suites of TensorFlow tests as a user would write them: one of planted bugs, one of right gradients."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "gradcheck-report.json").read_text())
SUITES = Path(__file__).parent / "suites"
Gradients = Mapping[str, list[dict[str, Any]]]


def checked(suite: str, folder: Path, *settings: str) -> tuple[Gradients, str]:
    """The gradients of each test of a suite under --gradcheck, and what pytest printed."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--strict-markers"]
    run = subprocess.run(
        [
            *command,
            str(SUITES / suite),
            f"--rootdir={SUITES}",
            "--gradcheck",
            f"--gradcheck-report={report}",
            *settings,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=SUITES,
    )
    assert report.exists(), run.stdout + run.stderr
    content = json.loads(report.read_text())
    validate(content, SCHEMA)
    return {test["nodeid"].split("::")[1]: test["gradients"] for test in content["tests"]}, run.stdout


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gradients, str]:
    return checked("wrong_gradients.py", tmp_path_factory.mktemp("wrong"))


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gradients, str]:
    # Its longest check takes 8 of the 10 seconds that are allowed by default where the machine is busy.
    return checked("right_gradients.py", tmp_path_factory.mktemp("right"), "-o", "gradcheck_max_seconds=600")


PATTERNS = {
    "test_factor": "constant factor 1.1",
    "test_slight_factor_on_many_entries": "constant factor 1.001",
    "test_sign": "sign: every entry is the negative of the right one",
    "test_zero": "zero everywhere, though the target depends on it",
    "test_offset": "constant offset +0.25 on every entry",
    "test_transposed": "transposed: it is right after swapping the last two axes",
    "test_transposed_and_large": "transposed: it is right after swapping the last two axes",
    "test_reversed": "reversed along axis 1",
    "test_one_entry": "single entry; the other 15 agree",
    "test_one_entry_of_many": "single entry; the other 1999 agree",
    "test_one_row": "only in [2, :]: 4 of its 4 entries; all others agree",
    "test_only_where_negative": "only where 'v0' is negative",
    "test_only_at_the_boundary": "only at the boundaries: the first and the last index of axis 0",
    "test_only_at_repeated_indices": "only at indices that occur more than once (2)",
    "test_mask_missing": "not zero where the derivative is zero, as if a mask were missing; 4 entries agree",
    "test_mask_too_wide": "zero in some entries where the derivative is not, as if a mask were too wide; "
    "11 entries agree",
    "test_sum_over_the_batch": "constant factor 5: as if summed where a mean over 5 terms was meant; "
    "5 is the first axis (a batch?) of (5, 6), line 123",
    "test_sum_for_mean": "constant factor 16: as if summed where a mean over 16 terms was meant; "
    "16 is the number of elements of (4, 4), line 131",
    "test_mean_for_sum": "constant factor 1/16: as if averaged where a sum over 16 terms was meant; "
    "16 is the number of elements of (4, 4), line 139",
    "test_upstream_ignored": "the upstream gradient is ignored: it is right for output_gradients of one",
    "test_stale": "stale: the tape returned the same gradient before, at another value of the source",
    "test_conjugated": "conjugated: TensorFlow's gradient of a complex source is the conjugate of the derivative",
    "test_jacobian": "constant factor 1.1",
    "test_batch_jacobian": "",
    "test_inside_a_function": "constant factor 1.1",
    "test_keras_layer": "constant factor 0.6667 (2/3)",
    "test_only_one_of_three_sources": "constant factor 1.1",
}


def wrong_ones(gradients: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [gradient for gradient in gradients if gradient["verdict"] == "wrong"]


@pytest.mark.parametrize("name", PATTERNS)
def test_a_planted_bug_is_found_and_named(wrong: tuple[Gradients, str], name: str) -> None:
    found = wrong_ones(wrong[0][name])
    assert {(gradient["fault"], gradient["pattern"]) for gradient in found} == {("value", PATTERNS[name])}


@pytest.mark.parametrize("name", PATTERNS)
def test_the_custom_gradient_behind_a_planted_bug_is_the_suspect(wrong: tuple[Gradients, str], name: str) -> None:
    for gradient in wrong_ones(wrong[0][name]):
        culprit = gradient["culprit"]
        assert culprit["kind"] == "custom gradient"
        assert culprit["name"] in {"planted", "mean", "total", "square", "scaled", "looked_up", "batch_mean", "largest"}
        line = (SUITES / "wrong_gradients.py").read_text().splitlines()[culprit["place"]["line"] - 1]
        assert "return" in line or "def backward" in line
        assert line.strip() == culprit["place"]["text"]


@pytest.mark.parametrize(
    ("name", "verdict", "fault", "reason"),
    [
        ("test_missing_reduction", "wrong", "shape", "a gradient has its source's shape (4,), not (4, 4)"),
        ("test_shape_collapsed", "wrong", "shape", "a gradient has its source's shape (3,), not ()"),
        ("test_none", "none", None, "the path is cut by stop_gradient"),
        (
            "test_not_finite",
            "nonfinite",
            None,
            "16 of 16 entries are NaN or infinite, the first at [0, 0]; "
            "made by SqrtGrad of the backward pass, next to Sqrt (wrong_gradients.py:186)",
        ),
    ],
)
def test_what_costs_nothing_is_found_too(
    wrong: tuple[Gradients, str], name: str, verdict: str, fault: str | None, reason: str
) -> None:
    gradient = wrong[0][name][-1]
    assert (gradient["verdict"], gradient["fault"], gradient["reason"]) == (verdict, fault, reason)


def test_every_planted_bug_fails_its_test(wrong: tuple[Gradients, str]) -> None:
    gradients, printed = wrong
    assert f"{len(gradients)} failed" in printed
    assert "passed" not in printed


def test_the_worst_entry_has_both_values(wrong: tuple[Gradients, str]) -> None:
    (gradient,) = wrong[0]["test_one_entry_of_many"]
    (entry,) = gradient["entries"]
    assert entry["index"] == [3, 17]
    assert entry["tape"] - entry["numeric"] == pytest.approx(1e-3, rel=1e-3)
    assert entry["error"] < 1e-7
    assert (gradient["analytic"], gradient["numeric"]) == (entry["tape"], entry["numeric"])


def test_a_jacobian_names_the_target_entry_too(wrong: tuple[Gradients, str]) -> None:
    (gradient,) = wrong[0]["test_batch_jacobian"]
    (entry,) = gradient["entries"]
    assert entry["index"] == [0, 2, 2]
    assert entry["tape"] - entry["numeric"] == pytest.approx(0.2, rel=1e-3)


def test_sources_beside_the_wrong_one_are_cleared(wrong: tuple[Gradients, str]) -> None:
    verdicts = {gradient["source"]: gradient for gradient in wrong[0]["test_only_one_of_three_sources"]}
    assert [verdicts[name]["verdict"] for name in ("v0", "v1", "v2")] == ["right", "wrong", "right"]
    assert verdicts["v1"]["cleared"] == ["v0", "v2"]


def test_right_gradients_raise_no_alarm(right: tuple[Gradients, str]) -> None:
    gradients, printed = right
    verdicts = {(name, g["source"], g["verdict"], g["reason"]) for name, all_of in gradients.items() for g in all_of}
    declared = {"test_straight_through_is_declared"}
    assert {v for v in verdicts if v[2] != "right" and v[0] not in declared} == set()
    assert " failed" not in printed


def test_the_suite_of_right_gradients_is_large_enough_to_mean_something(right: tuple[Gradients, str]) -> None:
    taken = [gradient for all_of in right[0].values() for gradient in all_of]
    assert len(taken) > 50
    assert all(gradient["checked"] in ("entries", "directions") for gradient in taken)


def test_a_declared_difference_fails_nothing_and_is_counted(right: tuple[Gradients, str]) -> None:
    (gradient,) = right[0]["test_straight_through_is_declared"]
    assert (gradient["verdict"], gradient["intended"]) == ("wrong", "straight-through estimator")
    assert "1 different as declared" in right[1].splitlines()[-2]
