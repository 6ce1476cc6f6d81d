"""Where a wrong gradient comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_tfgrad.free_checks import place_of
from pytest_tfgrad.results import Culprit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.replay import Step


def culprit_of(steps: Sequence[Step]) -> Culprit | None:
    """The custom gradient between source and target, if there is exactly one.

    TensorFlow's own gradients have been used by everyone; the one that was written for this code is the suspect. With
    none or several of them nothing is said.

    Args:
        steps: the ops between the sources and the targets, in order.
    """
    scopes = {step.custom_gradient for step in steps if step.custom_gradient is not None}
    if len(scopes) != 1:
        return None
    position, first = next((n, step) for n, step in enumerate(steps, 1) if step.custom_gradient is not None)
    place = place_of(first.location) if first.location is not None else None
    return Culprit(str(first.custom_gradient), "custom gradient", place, position, len(steps))
