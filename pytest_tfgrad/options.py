"""How a test is checked: defaults, overridden by the ini file, the command line and the marker, in this order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, cast

Action = Literal["fail", "warn", "ignore"]
Functions = Literal["eager", "graph"]
Mode = Literal["auto", "full", "projection"]
OfSum = Literal["warn", "error", "ignore"]
Scope = Literal["marker", "flag"]

# Tests of gradients are small: on the suites tried, a test's gradients took 0.05 to 0.5 s. Ten seconds end a check of
# something huge before anyone wonders whether the run hangs.
DEFAULT_MAX_SECONDS = 10.0
# Every error above rounding shows along each single direction; four make it certain that kinks and chance cancellation
# are told apart from errors.
DEFAULT_DIRECTIONS = 4


class OptionError(ValueError):
    """A setting that makes no sense; the message names it and what is allowed."""


@dataclass(frozen=True)
class Options:
    """How one test is checked.

    Attributes:
        values: whether values are compared with numerical estimates; shapes, types, None and finiteness always are.
        rtol: tolerance relative to the gradient's terms, at least 0; without one, what rounding of its type allows.
        atol: tolerance of each entry, in units of the gradient, at least 0.
        mode: "full" compares every entry, "projection" random directions, "auto" chooses by size.
        directions: number of random directions, at least 1; "auto" may do with fewer.
        seed: changes the random directions, which otherwise depend on the test's name alone.
        functions: "eager" runs each `tf.function` as plain Python while the test runs, "graph" leaves it as it is.
        none: what a gradient that is None does to the test.
        nonfinite: what a gradient with NaN or Inf does to the test.
        nonscalar: what a target that is no scalar does to the test: TensorFlow silently takes the gradient of its sum.
        expect: sources whose gradients are meant to differ, as that of a straight-through estimator; needs a reason.
        reason: why they are meant to differ, or why a test is left out.
        max_seconds: time allowed for checking one test, at least 0; doubled once for a gradient that looks wrong.
        strict: whether an inconclusive gradient fails the test.
    """

    values: bool = True
    rtol: float | None = None
    atol: float = 0.0
    mode: Mode = "auto"
    directions: int = DEFAULT_DIRECTIONS
    seed: int = 0
    functions: Functions = "eager"
    none: Action = "fail"
    nonfinite: Action = "fail"
    nonscalar: OfSum = "ignore"
    expect: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reason: str = ""
    max_seconds: float = DEFAULT_MAX_SECONDS
    strict: bool = False


DEFAULTS: Mapping[Scope, Options] = MappingProxyType(
    {
        # A marker says that the test is about its gradients.
        "marker": Options(),
        # Whole suites hold tests that mean a None or a NaN, and tests that count tracings.
        "flag": Options(functions="graph", none="warn", nonfinite="warn"),
    }
)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("a number")
    try:
        number = float(value)
    except ValueError:
        raise ValueError("a number") from None
    if not (math.isfinite(number) and number >= 0):
        raise ValueError("a finite number that is not negative")
    return number


def _whole(least: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, str) and value.strip().lstrip("-").isdigit():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"a whole number, {least} or more")
        return value

    return parse


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in allowed:
            raise ValueError(" or ".join(repr(choice) for choice in allowed))
        return cast("str", value)

    return parse


def _flag(value: Any) -> bool:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError("True or False")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value


def _expectations(value: Any) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(k, str) and v == "differs" for k, v in value.items()):
        raise ValueError("a dictionary from names of sources to 'differs'")
    return MappingProxyType(dict(value))


_PARSERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "rtol": _number,
        "atol": _number,
        "mode": _one_of("auto", "full", "projection"),
        "directions": _whole(1),
        "seed": _whole(0),
        "functions": _one_of("eager", "graph"),
        "none": _one_of("fail", "warn", "ignore"),
        "nonfinite": _one_of("fail", "warn", "ignore"),
        "nonscalar": _one_of("warn", "error", "ignore"),
        "allow_none": _flag,
        "allow_nonfinite": _flag,
        "expect": _expectations,
        "reason": _text,
        "max_seconds": _number,
        "strict": _flag,
        "durations": _whole(0),
    }
)

INI_KEYS = (
    *("rtol", "atol", "mode", "directions", "seed", "functions"),
    *("none", "nonfinite", "nonscalar", "max_seconds", "strict"),
)

# Arguments of markers that are short for "ignore" (True) or "fail" (False) of another setting.
ALLOWING: Mapping[str, str] = MappingProxyType({"allow_none": "none", "allow_nonfinite": "nonfinite"})

_SHARED = ("functions", "allow_none", "allow_nonfinite")
MARKER_ARGUMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "gradcheck": (
            *("rtol", "atol", "mode", "directions", "seed", "functions", "allow_none", "allow_nonfinite"),
            *("expect", "reason", "max_seconds"),
        ),
        "gradshape": _SHARED,
        "no_gradcheck": ("reason",),
    }
)


def parse(name: str, value: Any, where: str) -> Any:
    """The value of one setting.

    Args:
        name: of the setting.
        value: as written by the user: a Python object, or text from a file or the command line.
        where: what the user wrote it as, for the error.

    Raises:
        OptionError: it is not what the setting takes.
    """
    try:
        return _PARSERS[name](value)
    except ValueError as expected:
        raise OptionError(f"{where} must be {expected}, not {value!r}") from None


def marker_settings(marker: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a marker gives, parsed.

    Args:
        marker: "gradcheck", "gradshape" or "no_gradcheck".
        args: its positional arguments; none is allowed.
        kwargs: its keyword arguments.

    Raises:
        OptionError: an unknown argument, a wrong value, or arguments that contradict each other.
    """
    allowed = MARKER_ARGUMENTS[marker]
    if args:
        raise OptionError(f"{marker} takes no positional arguments, only {', '.join(allowed)}")
    for name in kwargs:
        if name not in allowed:
            import difflib  # noqa: PLC0415 - a tenth of what importing the plugin takes, for a message that few see

            close = difflib.get_close_matches(name, allowed, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise OptionError(f"{marker} has no argument {name!r}; {hint}allowed are {', '.join(allowed)}")
    settings = {name: parse(name, value, f"{marker} argument {name!r}") for name, value in kwargs.items()}
    _contradictions(marker, settings)
    return settings


def _contradictions(marker: str, settings: Mapping[str, Any]) -> None:
    if marker == "no_gradcheck":
        if "reason" not in settings:
            raise OptionError("no_gradcheck needs a reason: no_gradcheck(reason='...')")
        return
    if ("expect" in settings) != ("reason" in settings):
        missing, given = ("reason", "expect") if "expect" in settings else ("expect", "reason")
        raise OptionError(f"{marker} argument {given!r} needs {missing!r} beside it")
    if settings.get("mode") == "full" and "directions" in settings:
        raise OptionError(f"{marker} arguments contradict each other: mode='full' uses no directions")


def combine(base: Options, *layers: Mapping[str, Any]) -> Options:
    """Options with parsed settings laid over them, later layers over earlier ones."""
    for layer in layers:
        settings = dict(layer)
        for allowed, action in ALLOWING.items():
            if allowed in settings:
                settings[action] = "ignore" if settings.pop(allowed) else "fail"
        base = replace(base, **settings)
    return base
