"""All rules: those about files and those about what the interpreter saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.rules.file_rules import FILE_RULES, InvalidNotebook, SyntaxErrorRule, UnreadableFile
from tfgrad_lint.selection import Selectable

if TYPE_CHECKING:
    from tfgrad_lint.rules.base import Rule

RULES: Final[tuple[type[Rule], ...]] = tuple(sorted({*FILE_RULES, *ALL_RULES}, key=lambda rule: rule.code))

CODES: Final = frozenset(rule.code for rule in RULES)

# The rules about what keeps a file from being checked.
_PROBLEMS: Final = frozenset({SyntaxErrorRule.code, UnreadableFile.code, InvalidNotebook.code})

SELECTABLE: Final = tuple(
    Selectable(rule.code, rule.default, rule.preview, about_file=rule.code in _PROBLEMS) for rule in RULES
)
