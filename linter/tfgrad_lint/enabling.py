"""Which rules report in which file."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from tfgrad_lint.selection import Selectable, matches, selected_codes

if TYPE_CHECKING:
    from pathlib import Path

    from tfgrad_lint.settings import Settings


def enabled_codes(path: Path, settings: Settings, rules: tuple[Selectable, ...]) -> frozenset[str]:
    """Return the codes that are reported in the file at the absolute ``path``."""
    silent = [
        selector for entry in settings.per_file_ignores if entry.patterns.match(path) for selector in entry.ignore
    ]
    codes = codes_of(settings, rules)
    if not silent:
        return codes
    return frozenset(code for code in codes if not any(matches(selector, code) for selector in silent))


@lru_cache(maxsize=64)
def codes_of(settings: Settings, rules: tuple[Selectable, ...]) -> frozenset[str]:
    """Return the codes that are on before the ignores of single files.

    What keeps a file from being checked is said whatever is selected; only an ``ignore`` silences it.
    """
    codes = selected_codes(rules, settings.selectors, preview=settings.preview)
    ignoring = [place.without_selection() for place in settings.selectors]
    return codes | selected_codes((rule for rule in rules if rule.about_file), ignoring)
