"""Settings: what each takes, what it says about a wrong value, and which layer wins."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_tfgrad.options import (
    DEFAULTS,
    INI_KEYS,
    MARKER_ARGUMENTS,
    OptionError,
    Options,
    combine,
    marker_settings,
    parse,
)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("rtol", -1e-3, "X must be a finite number that is not negative, not -0.001"),
        ("rtol", "a", "X must be a number, not 'a'"),
        ("atol", float("nan"), "X must be a finite number that is not negative, not nan"),
        ("atol", True, "X must be a number, not True"),
        ("max_seconds", float("inf"), "X must be a finite number that is not negative, not inf"),
        ("mode", "fast", "X must be 'auto' or 'full' or 'projection', not 'fast'"),
        ("functions", "traced", "X must be 'eager' or 'graph', not 'traced'"),
        ("directions", 0, "X must be a whole number, 1 or more, not 0"),
        ("directions", 2.0, "X must be a whole number, 1 or more, not 2.0"),
        ("seed", -1, "X must be a whole number, 0 or more, not -1"),
        ("none", "raise", "X must be 'fail' or 'warn' or 'ignore', not 'raise'"),
        ("allow_none", 1, "X must be True or False, not 1"),
        ("expect", {"w": "wrong"}, "X must be a dictionary from names of sources to 'differs', not {'w': 'wrong'}"),
        ("expect", ["w"], "X must be a dictionary from names of sources to 'differs', not ['w']"),
        ("reason", " ", "X must be a text that is not empty, not ' '"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name: str, value: Any, message: str) -> None:
    with pytest.raises(OptionError) as error:
        parse(name, value, "X")
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("rtol", "1e-3", 1e-3),
        ("directions", "8", 8),
        ("seed", "0", 0),
        ("strict", "true", True),
        ("mode", "full", "full"),
    ],
)
def test_texts_of_the_ini_file_are_understood(name: str, text: str, value: Any) -> None:
    assert parse(name, text, "X") == value


@pytest.mark.parametrize(
    ("marker", "args", "kwargs", "message"),
    [
        (
            "gradcheck",
            (),
            {"rtoll": 1},
            "gradcheck has no argument 'rtoll'; did you mean 'rtol'? allowed are rtol, atol, mode, directions, seed, "
            "functions, allow_none, allow_nonfinite, expect, reason, max_seconds",
        ),
        (
            "gradshape",
            (),
            {"rtol": 1},
            "gradshape has no argument 'rtol'; allowed are functions, allow_none, allow_nonfinite",
        ),
        (
            "gradshape",
            (1,),
            {},
            "gradshape takes no positional arguments, only functions, allow_none, allow_nonfinite",
        ),
        (
            "gradcheck",
            (),
            {"rtol": -1},
            "gradcheck argument 'rtol' must be a finite number that is not negative, not -1",
        ),
        ("gradcheck", (), {"expect": {"w": "differs"}}, "gradcheck argument 'expect' needs 'reason' beside it"),
        ("gradcheck", (), {"reason": "why"}, "gradcheck argument 'reason' needs 'expect' beside it"),
        (
            "gradcheck",
            (),
            {"mode": "full", "directions": 3},
            "gradcheck arguments contradict each other: mode='full' uses no directions",
        ),
        ("no_gradcheck", (), {}, "no_gradcheck needs a reason: no_gradcheck(reason='...')"),
    ],
)
def test_a_wrong_marker_is_explained(marker: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as error:
        marker_settings(marker, args, kwargs)
    assert str(error.value) == message


def test_later_layers_win() -> None:
    assert combine(Options(), {"rtol": 1.0, "seed": 1}, {"rtol": 2.0}, {}).rtol == 2.0
    assert combine(Options(), {"rtol": 1.0, "seed": 1}, {"rtol": 2.0}, {}).seed == 1


@pytest.mark.parametrize(("allowed", "action"), [(True, "ignore"), (False, "fail")])
def test_allowing_is_a_short_word_for_what_happens(allowed: bool, action: str) -> None:
    options = combine(DEFAULTS["flag"], {"none": "warn"}, {"allow_none": allowed, "allow_nonfinite": allowed})
    assert (options.none, options.nonfinite) == (action, action)


def test_a_marker_is_stricter_than_the_flag() -> None:
    marker, flag = DEFAULTS["marker"], DEFAULTS["flag"]
    assert (marker.functions, marker.none, marker.nonfinite) == ("eager", "fail", "fail")
    assert (flag.functions, flag.none, flag.nonfinite) == ("graph", "warn", "warn")


def test_every_setting_of_a_marker_or_the_ini_file_has_a_parser() -> None:
    for name in {*INI_KEYS, *(name for names in MARKER_ARGUMENTS.values() for name in names)}:
        with pytest.raises(OptionError):
            parse(name, object(), "X")
