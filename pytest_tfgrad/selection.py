"""Which tests are checked, and how each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from pytest_tfgrad.options import Scope


@dataclass(frozen=True)
class RunSettings:
    """What the ini file and the command line say.

    Attributes:
        every_test: whether tests without a marker are checked too.
        layers: parsed settings, the ini file's before the command line's.
    """

    every_test: bool
    layers: tuple[Mapping[str, Any], ...]

    def options(self, scope: Scope, *markers: Mapping[str, Any]) -> Options:
        """The options of a test that is checked because of a marker or of the flag."""
        return combine(DEFAULTS[scope], *self.layers, *markers)


@dataclass(frozen=True)
class Plan:
    """What happens to one test.

    Attributes:
        options: how it is checked; None if it is not.
        excused: why a test that would be checked is not; else empty.
        marked: whether a marker asked for the check.
    """

    options: Options | None
    excused: str = ""
    marked: bool = False


def run_settings(config: pytest.Config) -> RunSettings:
    """Read the ini file and the command line.

    Raises:
        OptionError: a value makes no sense.
    """
    ini = {
        key: parse(key, text, f"gradcheck_{key} in the ini file")
        for key in INI_KEYS
        if (text := config.getini(f"gradcheck_{key}")) != ""
    }
    line: dict[str, Any] = {}
    if config.getoption("gradcheck_mode"):
        line["mode"] = parse("mode", config.getoption("gradcheck_mode"), "--gradcheck-mode")
    if config.getoption("gradcheck_strict"):
        line["strict"] = True
    every_test = bool(config.getoption("gradcheck") or config.getoption("gradcheck_only"))
    return RunSettings(every_test, (ini, line))


def plan_of(item: pytest.Item, settings: RunSettings) -> Plan:
    """Decide about one test by its markers, the closest first, then by the flag.

    Raises:
        OptionError: a marker's arguments make no sense, or two markers contradict each other.
    """
    marks = [(node, mark) for node, mark in item.iter_markers_with_node() if mark.name in MARKER_ARGUMENTS]
    parsed = [(node, mark.name, marker_settings(mark.name, mark.args, mark.kwargs)) for node, mark in marks]
    if not parsed:
        return Plan(settings.options("flag") if settings.every_test else None)
    closest, name, own = parsed[0]
    rivals = {other for node, other, _ in parsed if node is closest}
    if len(rivals) > 1:
        raise OptionError(f"{' and '.join(sorted(rivals))} contradict each other")
    if name == "no_gradcheck":
        excused = settings.every_test or any(other != name for _, other, _ in parsed)
        return Plan(None, f"no_gradcheck, {own['reason']}" if excused else "")
    layers = [own for _, other, own in reversed(parsed) if other == name]
    shape_only = {"values": False} if name == "gradshape" else {}
    return Plan(settings.options("marker", *layers, shape_only), marked=True)
