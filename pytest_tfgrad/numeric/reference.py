"""Which entries of a claim differ from another way to the same gradient, and are worth an estimate of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_tfgrad.numeric.coordinates import norm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pytest_tfgrad.numeric.coordinates import Vector
    from pytest_tfgrad.numeric.problem import Objective

# Roundings by which a right entry may differ from the reference, in units of the larger of itself and the source's rms;
# what differs more costs an estimate, nothing else. A float32 net's entries were 200 off at most.
_ROUNDINGS = 1024.0
# For the 8 to 11 bits of the half types that would be everything; nobody cares for less than a few per cent there.
_COARSEST = 0.05
# float64 against float64: two orders of summation of the same terms.
_FINEST = 1e-9
# Of the entries that differ, so many are estimated, those that differ most. An error that only the reference shows is
# in few entries: many of them show along directions.
MOST = 4


class Reference:
    """Another way to the gradients, asked once and only if it is needed.

    Args:
        objective: the function with the claim.
    """

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._difference: Vector | None = None

    def suspects(self, index: int) -> NDArray[np.intp]:
        """Coordinates of source ``index`` whose claim differs, those that differ most first."""
        difference = self._differences()
        span = self._objective.coordinates.span(index)
        inside, claim = difference[span], np.abs(self._objective.gradient[span])
        if not inside.any():
            return np.zeros(0, np.intp)
        epsilon = self._objective.problem.rounding_of(index).epsilon
        allowed = max(min(_ROUNDINGS * epsilon, _COARSEST), _FINEST)
        rms = norm(claim) / float(np.sqrt(claim.size))
        found = np.flatnonzero(inside > allowed * np.maximum(claim, rms))
        positions: NDArray[np.intp] = span.start + found[np.argsort(-inside[found], kind="stable")]
        return positions

    def _differences(self) -> Vector:
        """Distance of claim and reference per coordinate; zero where there is no reference."""
        if self._difference is None:
            problem, coordinates = self._objective.problem, self._objective.coordinates
            known = problem.reference() if problem.reference is not None else (None,) * len(problem.sources)
            fitting = [
                reference if reference is not None and reference.shape == claim.shape else claim
                for reference, claim in zip(known, problem.gradients, strict=True)
            ]
            difference = np.abs(coordinates.pack(fitting) - self._objective.gradient)
            # A reference that overflows where the claim does not knows less than the claim.
            self._difference = np.where(np.isfinite(difference), difference, 0.0)
        return self._difference
