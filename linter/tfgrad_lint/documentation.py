"""Pages about rules, made from the rules: Markdown for docs/rules, and what ``tfgrad explain`` and ``rules`` print."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from tfgrad_lint.errors import UsageError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tfgrad_lint.rules.base import Rule

INDEX_NAME = "README.md"

_FAMILIES = {
    "TFG0": "The file",
    "TFG1": "Certain shape errors: the line raises",
    "TFG2": "Suspicious broadcasting and reductions: it runs, with wrong maths",
    "TFG3": "`tf.GradientTape` and the flow of gradients",
    "TFG4": "`tf.custom_gradient`",
    "TFG5": "Optimizers and training steps",
}


def find_rule(code: str, rules: Iterable[type[Rule]]) -> type[Rule]:
    """Return the rule with this code or name, in any case.

    Raises:
        UsageError: If there is none, with a suggestion.
    """
    by_word = {word: rule for rule in rules for word in (rule.code, rule.name)}
    for word in (code.upper(), code.lower()):
        if word in by_word:
            return by_word[word]
    hint = suggestion(code.upper(), by_word) or suggestion(code.lower(), by_word) or "; `tfgrad rules` lists all"
    raise UsageError(f"unknown rule {code!r}{hint}")


def page(rule: type[Rule]) -> str:
    """Return the documentation page of one rule as Markdown.

    The first invalid example is the page's example, the first valid one is what to use instead of it.
    """
    summary, _, sections = rule.documentation().partition("\n")
    explanation, limits, rest = sections.partition("## Known limits")
    invalid = [example.code for example in rule.invalid]
    valid = [example.code for example in rule.valid]
    parts = [f"# {rule.code}: {rule.name}", summary.strip(), _facts(rule), explanation.strip()]
    parts += _examples("Example", invalid[:1])
    parts += _examples("Use instead", valid[:1])
    parts += [(limits + rest).strip()]
    parts += _examples("Also reported", invalid[1:])
    parts += _examples("Not reported", valid[1:])
    return "\n\n".join(part for part in parts if part) + "\n"


def section(rule: type[Rule], title: str) -> str:
    """Return the text of one section of a rule's documentation, empty if it has none of this title."""
    _, _, rest = f"{rule.documentation()}\n".partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0].strip()


def index(rules: Iterable[type[Rule]]) -> str:
    """Return the table of all rules as Markdown, a section a family."""
    lines = ["# Rules", ""]
    rules = sorted(rules, key=lambda rule: rule.code)
    for family, title in _FAMILIES.items():
        members = [rule for rule in rules if rule.code.startswith(family)]
        if not members:
            continue
        lines += [
            f"## {family}: {title}",
            "",
            "| code | name | severity | default | what it reports |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(rule) for rule in members]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def pages(rules: Sequence[type[Rule]]) -> dict[str, str]:
    """Return the content of each file of docs/rules by its name."""
    return {INDEX_NAME: index(rules), **{f"{rule.code}.md": page(rule) for rule in rules}}


def _facts(rule: type[Rule]) -> str:
    return f"Severity: {rule.severity.value}. Default: {default_of(rule)}."


def default_of(rule: type[Rule]) -> str:
    """Return "on", "off" or "preview"."""
    if rule.preview:
        return "preview"
    return "on" if rule.default else "off"


def _examples(title: str, codes: Sequence[str]) -> list[str]:
    if not codes:
        return []
    return [f"## {title}", *(f"```python\n{textwrap.dedent(code).strip()}\n```" for code in codes)]


def _row(rule: type[Rule]) -> str:
    summary = rule.summary().replace("|", "\\|")
    cells = (f"[{rule.code}]({rule.code}.md)", rule.name, rule.severity.value, default_of(rule), summary)
    return f"| {' | '.join(cells)} |"
