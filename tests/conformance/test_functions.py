"""Every modelled function against the real one, on drawn arguments."""

from __future__ import annotations

import os
import random

import pytest

from tests.conformance.case import Case, real_function
from tests.conformance.cases import ALL
from tests.conformance.draw import Draw
from tests.conformance.oracle import Tally, compare, outcome

EXAMPLES = int(os.environ.get("TFGRAD_CONFORMANCE_EXAMPLES", "20"))

# Each call is also told in part, in as many ways: what is left out must not make a model say something wrong.
VAGUE_EXAMPLES = 2

_NAMED = [pytest.param(name, case, id=name) for case in ALL for name in case.names]


@pytest.mark.parametrize(("name", "case"), _NAMED)
def test_the_model_agrees_with_the_real_function(name: str, case: Case) -> None:
    function, tally = real_function(name), Tally()
    for index in range(EXAMPLES):
        call = case.call(Draw(f"{name} {index}"))
        known = index % 2 == 0
        happened = outcome(function, call)
        compare(name, happened, call, tally, symbolic=False, known=known)
        if case.symbolic:
            compare(name, happened, call, tally, symbolic=True, known=known)
        for again in range(VAGUE_EXAMPLES):
            compare(name, happened, call, tally, vague=random.Random(f"{name} {index} {again}"))
    assert not tally.wrong, "\n".join(tally.wrong[:8])
    if case.misses is None:
        assert not tally.missed, "not foreseen:\n" + "\n".join(tally.missed[:8])
    assert tally.counts["both succeed"], f"no drawn call of {name} succeeds: {tally.missed[:3]}"
