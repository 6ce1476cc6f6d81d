"""Of what else a wrong gradient would be the right one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric import Outcome, check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_tfgrad.numeric import Budget, Settings
    from pytest_tfgrad.recording import GradientCall
    from pytest_tfgrad.replay.claims import Claims

# A gradient that was computed twice from the same values is the same to the last bits.
_SAME = 1e-6


def ignores_upstream(claims: Claims, position: int, settings: Settings, budget: Budget) -> str:
    """Says so if the claim about one source is right for output gradients of one, while the test gave others.

    Args:
        claims: that are not all right.
        position: of the source among the claims.
        settings: how the claims were checked.
        budget: for another check.
    """
    if all(np.array_equal(weight, np.ones_like(weight)) for weight in claims.weights):
        return ""
    ones = tuple(np.ones_like(weight) for weight in claims.weights)
    findings, _ = check(replace(claims.problem, weights=ones), settings, budget)
    if findings[position].outcome is not Outcome.AGREES:
        return ""
    return "the upstream gradient is ignored: it is right for output_gradients of one"


def stale(call: GradientCall, index: int, earlier: Sequence[GradientCall]) -> str:
    """Says so if the tape returned the same gradient before, at another value of the source.

    Args:
        call: in which the gradient with respect to source ``index`` is wrong.
        index: position of the source.
        earlier: calls of the same test before this one.
    """
    result, source = call.results[index], call.sources[index]
    for before in reversed(earlier):
        for other, endpoint in enumerate(before.sources):
            previous = before.results[other]
            if previous is None or result is None or endpoint.name != source.name or previous.shape != result.shape:
                continue
            if (
                np.any(previous)
                and np.allclose(previous, result, rtol=_SAME, atol=0.0)
                and _moved(call, index, before, other)
            ):
                where = f" at line {before.location.line}" if before.location.line != call.location.line else ""
                return f"stale: the tape returned the same gradient before{where}, at another value of the source"
    return ""


def _moved(call: GradientCall, index: int, before: GradientCall, other: int) -> bool:
    """Whether the source had another value in the earlier call."""
    now, then = call.trace.sources[index].value, before.trace.sources[other].value
    return now is not None and then is not None and not np.array_equal(now.numpy(), then.numpy())
