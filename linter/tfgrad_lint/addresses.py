"""Where the project lies on the web."""

from __future__ import annotations

REPOSITORY = "https://github.com/pytest-tfgrad/pytest-tfgrad"

# Where the pages of the rules lie in the repository.
RULE_PAGES = "docs/rules"


def page_address(code: str) -> str:
    """Return the address of a rule's page."""
    return f"{REPOSITORY}/blob/main/{RULE_PAGES}/{code}.md"
