"""Where a wrong gradient comes from: the first op whose own vector-Jacobian product is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_tfgrad.diagnosis.own_check import Own, OwnResult, check_unit
from pytest_tfgrad.diagnosis.source_code import excerpt_at, excerpt_of, place_of, place_of_code
from pytest_tfgrad.diagnosis.units import Unit, on_path, units_of
from pytest_tfgrad.recording.trace import records_between
from pytest_tfgrad.replay import CannotReplay
from pytest_tfgrad.replay.slicing import is_constant
from pytest_tfgrad.results import Culprit, PathStep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_tfgrad.numeric import Budget
    from pytest_tfgrad.recording import GradientCall
    from pytest_tfgrad.recording.records import CustomGradientScope
    from pytest_tfgrad.replay import Replay
    from pytest_tfgrad.replay.operation import Values

# Errors this much smaller than the worst one on the path are the rounding of what the worst one is fed with.
_NOTABLE = 1e-2
# Nobody follows a longer path in a report.
_SHOWN_STEPS = 60


@dataclass(eq=False)
class CulpritSearch:
    """Looks for the op behind the wrong gradients of one call; each op is checked once for all sources.

    Args:
        call: in which gradients are wrong.
        replay: of the call.
        seed: of the checks of single ops.
        budget: the time for them.
    """

    call: GradientCall
    replay: Replay
    seed: str
    budget: Budget
    _values: Values | None = field(default=None, init=False)
    _results: dict[int, OwnResult] = field(default_factory=dict, init=False)

    @cached_property
    def _units(self) -> list[Unit]:
        """The replayed ops as the tape differentiates them; nobody asks for them where all gradients are right."""
        trace = self.call.trace
        return units_of(self.replay.operations, trace.pullbacks, trace.targets)

    def suspects(self, index: int) -> tuple[Culprit, ...]:
        """What may be behind the wrong gradient with respect to one source; a single one is the culprit.

        An op that fails a check of its own is. If none does, one of those that could not be checked is: custom
        gradients rather than TensorFlow's own, which everyone has used.

        Args:
            index: position of the source in the call.
        """
        path = self._path(index)
        results = [self._checked(unit) for unit in path]
        wrong = [number for number, result in enumerate(results) if result.outcome is Own.WRONG]
        if wrong:
            worst = max(results[number].size for number in wrong)
            first = next(number for number in wrong if results[number].size >= _NOTABLE * worst)
            others = [result.outcome for number, result in enumerate(results) if number != first]
            found = _culprit(path, first, cleared=all(outcome is Own.PASSED for outcome in others))
            return (replace(found, proven=True, detail=results[first].detail),)
        left = [number for number, result in enumerate(results) if result.outcome is Own.UNCHECKED]
        custom = [number for number in left if path[number].is_custom]
        cleared = len(left) == 1
        named = {path[number].name: _culprit(path, number, cleared=cleared) for number in reversed(custom)}
        if cleared or named:
            return tuple(reversed(named.values())) or (_culprit(path, left[0], cleared=True),)
        return self._jumping(index)

    def _jumping(self, index: int) -> tuple[Culprit, ...]:
        """Custom gradients that give a slope to what is constant almost everywhere, which no replayed op shows."""
        trace = self.call.trace
        between = {id(r) for r in records_between(trace.records, [trace.sources[index].tensor], trace.targets)}
        found: dict[str, Culprit] = {}
        for pullback in trace.pullbacks:
            inside = records_between(trace.records, pullback.inputs, pullback.outputs)
            if any(id(record) in between and is_constant(record) for record in inside):
                found.setdefault(pullback.scope.function, _culprit_of(pullback.scope))
        return tuple(found.values())

    def sampler(self, index: int) -> str:
        """Name of the custom gradient of a sampler that alone may be behind a wrong gradient; empty if there is none.

        Its gradient may well not be the derivative for fixed random numbers, by design.

        Args:
            index: position of the source in the call.
        """
        path = self._path(index)
        samplers = [unit.name for unit in path if unit.compares_draws]
        others = (unit for unit in path if not unit.compares_draws)
        if not samplers or any(self._checked(unit).outcome is Own.WRONG for unit in others):
            return ""
        return samplers[0]

    def path(self, index: int) -> tuple[PathStep, ...]:
        """The ops between one source and the targets, the first ones if they are many, and what their checks say."""
        trace = self.call.trace
        units = self._path(index)[:_SHOWN_STEPS]
        makers = {tensor: number for number, unit in enumerate(units) for tensor in unit.outputs}
        source = trace.sources[index].tensor._id
        reads = (op.record for op in self.replay.operations if op.record.op_type == "ReadVariableOp")
        # What is read from a variable is the variable, for a reader.
        makers |= {record.outputs[0]._id: -1 for record in reads if record.inputs[0]._id == source}
        makers[source] = -1
        return tuple(self._step(unit, makers) for unit in units)

    def _path(self, index: int) -> list[Unit]:
        """The units between one source and the targets."""
        trace = self.call.trace
        return on_path(self._units, self.replay.operations, trace.sources[index].tensor, trace.targets)

    def _step(self, unit: Unit, makers: Mapping[int, int]) -> PathStep:
        site = unit.pullback.scope.site if unit.pullback is not None else unit.last.site
        given = (
            t for op in unit.operations for t in op.record.outputs if t._id in unit.outputs and hasattr(t, "shape")
        )
        return PathStep(
            name=unit.name,
            kind="custom gradient" if unit.is_custom else "op",
            place=place_of(site.location() if site is not None else None),
            shapes=tuple(tuple(tensor.shape) for tensor in given),
            outcome=self._results[id(unit)].outcome.value if id(unit) in self._results else Own.UNCHECKED.value,
            inputs=tuple(sorted({makers[identity] for identity in unit.inputs if identity in makers})),
        )

    def _checked(self, unit: Unit) -> OwnResult:
        key = id(unit)
        if key not in self._results:
            try:
                if self._values is None:
                    self._values = self.replay.base_values()
                self._results[key] = check_unit(unit, self._values, self.seed, self.budget)
            except CannotReplay:
                self._results[key] = OwnResult(Own.UNCHECKED)
        return self._results[key]


def _culprit_of(scope: CustomGradientScope) -> Culprit:
    """A custom gradient that is none of the ops with a derivative."""
    written, ran = place_of_code(scope.gradient), place_of(scope.site.location() if scope.site is not None else None)
    return Culprit(
        name=scope.function,
        kind="custom gradient",
        place=written or ran,
        position=0,
        count=0,
        excerpt=excerpt_at(ran) if written is None or scope.gradient is None else excerpt_of(scope.gradient),
        called=ran if written is not None and ran != written else None,
    )


def _culprit(path: list[Unit], number: int, *, cleared: bool) -> Culprit:
    unit = path[number]
    site = unit.last.site
    ran = place_of(site.location() if site is not None else None)
    written = place_of_code(unit.gradient)
    if unit.pullback is not None and unit.pullback.scope.site is not None:
        ran = place_of(unit.pullback.scope.site.location()) or ran
    place = written or ran
    return Culprit(
        name=unit.name,
        kind="custom gradient" if unit.is_custom else "op",
        place=place,
        position=number + 1,
        count=len(path),
        cleared=cleared,
        excerpt=excerpt_of(unit.gradient) if written is not None and unit.gradient is not None else excerpt_at(place),
        called=ran if written is not None and ran != written else None,
    )
