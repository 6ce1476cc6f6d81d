"""Where ops stand in the drawing of a graph."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_tfgrad.report.lanes import Lanes, lanes_of
from pytest_tfgrad.results import PathStep


def steps(*inputs: tuple[int, ...]) -> list[PathStep]:
    return [PathStep("Op", "op", None, (), "passed", numbers) for numbers in inputs]


def test_a_chain_needs_one_lane() -> None:
    assert lanes_of(steps((-1,), (0,))) == Lanes((0, 0, 0, 0), ((0, 1), (1, 2), (2, 3)))


def test_what_runs_beside_has_a_lane_of_its_own() -> None:
    drawing = lanes_of(steps((-1,), (-1,), (0, 1)))
    assert drawing.lane == (0, 1, 0, 0, 0)
    assert drawing.edges == ((0, 1), (0, 2), (1, 3), (2, 3), (3, 4))


@given(st.data())
def test_no_edge_passes_through_an_op_that_it_does_not_end_in(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    inputs = [data.draw(st.sets(st.integers(-1, n - 1), min_size=1, max_size=3)) for n in range(count)]
    drawing = lanes_of(steps(*(tuple(sorted(numbers)) for numbers in inputs)))
    assert len(drawing.lane) == count + 2
    for start, end in drawing.edges:
        # The edge stays in the lane of its start up to the row before its end.
        assert all(drawing.lane[row] != drawing.lane[start] for row in range(start + 1, end))
