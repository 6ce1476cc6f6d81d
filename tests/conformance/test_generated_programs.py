"""Programs that nobody wrote: what is inferred for each assignment is what TensorFlow makes of it."""

from __future__ import annotations

import os

import libcst as cst
import pytest
from tfgrad_lint.domain.events import Conflicted
from tfgrad_lint.inference import infer_shapes
from tfgrad_lint.interpreter.program import interpret
from tfgrad_lint.spans import Spans

from tests.conformance.draw import Draw
from tests.conformance.generated import program, traces
from tests.conformance.tracing import Trace, disagreements

# A program takes two seconds: half as many as the examples of each function.
PROGRAMS = int(os.environ.get("TFGRAD_CONFORMANCE_EXAMPLES", "20")) // 2


def alarms(text: str, ran: list[Trace]) -> list[str]:
    """Return the conflicts that are said to raise in lines that ran and raised nothing."""
    seen = interpret(cst.parse_module(text), "program.py")
    spans, lines = Spans(seen.trees), {line for trace in ran for line, _ in trace}
    places = [(spans.of(event.site).line, event.conflict) for event in seen.events_of(Conflicted)]
    return [f"line {line}: {conflict!r}" for line, conflict in places if line in lines]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_inferred_shapes_are_the_real_ones_whichever_way_branches_go(seed: int) -> None:
    text = program(Draw(f"program {seed}"))
    ran = traces(text)
    inferred = infer_shapes(cst.parse_module(text), "program.py")
    assert [each for trace in ran for each in disagreements(inferred, trace)] + alarms(text, ran) == [], text
