"""Results as data that JSON and another process can take, and back."""

from __future__ import annotations

import enum
import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pytest_tfgrad.results import (
    Checked,
    Consequence,
    Culprit,
    EntryResult,
    Excerpt,
    Fault,
    GradientResult,
    Grid,
    Layout,
    PathStep,
    Place,
    Remark,
    StepCurve,
    TestResult,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def to_plain(value: Any) -> Any:
    """A result as JSON-able data: dictionaries, lists, numbers and strings; numbers that are not finite become None."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    return value


def restored(data: Mapping[str, Any]) -> TestResult:
    """The test result whose plain data this is.

    Raises:
        KeyError: a field without a default is missing.
    """
    gradients = tuple(_gradient(item) for item in data["gradients"])
    return TestResult(**{**data, "gradients": gradients, "notes": tuple(data["notes"])})


def _gradient(data: Mapping[str, Any]) -> GradientResult:
    shape = data["gradient_shape"]
    changed = {
        "verdict": Verdict(data["verdict"]),
        "fault": Fault(data["fault"]) if data["fault"] else None,
        "consequence": Consequence(data["consequence"]),
        "checked": Checked(data["checked"]),
        "target_shape": tuple(data["target_shape"]),
        "source_shape": tuple(data["source_shape"]),
        "gradient_shape": None if shape is None else tuple(shape),
        "location": Place(**data["location"]),
        "origin": Place(**data["origin"]) if data["origin"] else None,
        "entries": tuple(_entry(item) for item in data["entries"]),
        "cleared": tuple(data["cleared"]),
        "remarks": tuple(map(Remark, data["remarks"])),
        "path": tuple(map(_path_step, data["path"])),
        "grid": _grid(data["grid"]) if data["grid"] else None,
        "curve": StepCurve(_floats(data["curve"]["steps"]), _floats(data["curve"]["slopes"]))
        if data["curve"]
        else None,
        "culprit": _culprit(data["culprit"]) if data["culprit"] else None,
        "suspects": tuple(_culprit(item) for item in data["suspects"]),
    }
    return GradientResult(**{**data, **changed})


def _entry(data: Mapping[str, Any]) -> EntryResult:
    numbers = {name: float("nan") if data[name] is None else data[name] for name in ("tape", "numeric", "error")}
    return EntryResult(**{**data, **numbers, "index": tuple(data["index"])})


def _floats(values: Sequence[float | None]) -> tuple[float, ...]:
    return tuple(float("nan") if value is None else value for value in values)


def _grid(data: Mapping[str, Any]) -> Grid:
    changed = {
        "tape": _floats(data["tape"]),
        "numeric": _floats(data["numeric"]),
        "block": tuple(data["block"]),
        "layout": Layout(data["layout"]),
    }
    return Grid(**{**data, **changed})


def _path_step(data: Mapping[str, Any]) -> PathStep:
    changed = {
        "place": Place(**data["place"]) if data["place"] else None,
        "shapes": tuple(map(tuple, data["shapes"])),
        "inputs": tuple(data["inputs"]),
    }
    return PathStep(**{**data, **changed})


def _culprit(data: Mapping[str, Any]) -> Culprit:
    excerpt = data["excerpt"]
    changed = {
        "place": Place(**data["place"]) if data["place"] else None,
        "excerpt": Excerpt(excerpt["first"], tuple(excerpt["lines"])) if excerpt else None,
        "called": Place(**data["called"]) if data["called"] else None,
    }
    return Culprit(**{**data, **changed})
