"""What a rule says about an event, with syntax nodes in place of positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfgrad_lint.domain.values import Site
    from tfgrad_lint.repairs.repair import Repair


@dataclass(frozen=True)
class Claim:
    """A finding before its positions are known.

    ``labels`` pair a syntax node inside the site's own with a short text; ``trace`` tells, oldest first, where the
    values came from; ``fix`` changes the site's own file.
    """

    site: Site
    message: str
    labels: tuple[tuple[Any, str], ...] = ()
    trace: tuple[tuple[Site, str], ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    fix: Repair | None = None
