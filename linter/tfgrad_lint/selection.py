"""Which rules are on: prefixes of codes, the most specific one decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfgrad_lint.errors import UsageError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EVERYTHING = "ALL"


@dataclass(frozen=True, slots=True)
class Selectable:
    """What selecting needs to know of a rule; ``about_file``: it tells what keeps a file from being checked."""

    code: str
    default: bool
    preview: bool
    about_file: bool = False


@dataclass(frozen=True)
class Selectors:
    """The selectors of one place (a configuration file or the command line), such as ``TFG2``, ``TFG201``, ``ALL``.

    ``select`` replaces what earlier places select, ``extend_select`` adds to it, ``ignore`` takes away. None means
    that this place says nothing.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def without_selection(self) -> Selectors:
        """Return only what this place ignores."""
        return Selectors(ignore=self.ignore)


def is_selected(rule: Selectable, places: Sequence[Selectors], *, preview: bool = False) -> bool:
    """Tell whether ``rule`` is on after all ``places``, the later of which override the earlier.

    The longest prefix that matches decides; among equally long ones the later place, and in one place ``ignore``.
    Without any ``select`` the rules that are on by default are selected. Preview rules need ``preview`` too.
    """
    if rule.preview and not preview:
        return False
    selects = any(place.select is not None for place in places)
    default = rule.default and not selects
    # (length of the prefix, place, is it an ignore) -> on or off; the default is weaker than any word of the user.
    votes: list[tuple[tuple[int, int, bool], bool]] = [((-1, -1, False), default)]
    last_select = max((index for index, place in enumerate(places) if place.select is not None), default=0)
    for index, place in enumerate(places):
        chosen = (*(place.select or ()), *place.extend_select) if index >= last_select else ()
        votes += [((_specificity(word), index, False), True) for word in chosen if matches(word, rule.code)]
        votes += [((_specificity(word), index, True), False) for word in place.ignore if matches(word, rule.code)]
    return max(votes)[1]


def selected_codes(
    rules: Iterable[Selectable], places: Sequence[Selectors], *, preview: bool = False
) -> frozenset[str]:
    """Return the codes of the rules that are on."""
    return frozenset(rule.code for rule in rules if is_selected(rule, places, preview=preview))


def matches(selector: str, code: str) -> bool:
    """Tell whether ``selector`` is a prefix of ``code`` or ``ALL``."""
    return selector == EVERYTHING or code.startswith(selector)


def check_selectors(selectors: Iterable[str], codes: Iterable[str]) -> None:
    """Raise UsageError, with a suggestion, for a selector that matches no code."""
    known = sorted(codes)
    for selector in selectors:
        if not selector or not any(matches(selector, code) for code in known):
            hint = suggestion(selector.upper(), known) or "; `tfgrad rules` lists all"
            raise UsageError(f"unknown rule code {selector!r}{hint}")


def _specificity(selector: str) -> int:
    return 0 if selector == EVERYTHING else len(selector)
