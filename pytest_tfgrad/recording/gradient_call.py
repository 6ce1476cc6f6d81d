"""One gradient that a test asked a tape for, and what the tape answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy.typing as npt

if TYPE_CHECKING:
    from pytest_tfgrad.recording.history import Story
    from pytest_tfgrad.recording.location import Location
    from pytest_tfgrad.recording.trace import Trace

Array = npt.NDArray[Any]
GradientKind: TypeAlias = Literal["gradient", "jacobian", "batch_jacobian", "jvp"]


@dataclass(frozen=True, eq=False)
class Endpoint:
    """A target or a source of a gradient call.

    Attributes:
        name: a variable's path (`dense/kernel`), else the text of the argument (`w`, `weights[2]`), else its position
            (`source[2]`).
        shape: its static shape.
        dtype: name of its type, `float32` for example.
        kind: `variable` or `tensor`.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    kind: Literal["variable", "tensor"]


@dataclass(frozen=True)
class ResultInfo:
    """The form in which a tape returned a gradient.

    Attributes:
        shape: shape of the gradient; for IndexedSlices that of the dense tensor they stand for.
        dtype: name of its type.
        form: `dense` or `indexed_slices`.
        indices_in_range: whether all indices lie inside the first axis; always true for dense gradients.
    """

    shape: tuple[int, ...]
    dtype: str
    form: Literal["dense", "indexed_slices"]
    indices_in_range: bool


@dataclass(frozen=True, eq=False)
class GradientCall:
    """One call of `tape.gradient`, `tape.jacobian`, `tape.batch_jacobian` or an accumulator's `jvp`.

    Attributes:
        kind: which of these methods; a `jvp` has one scalar source, the step along the tangents.
        targets: what was differentiated, flattened as `tf.nest` does.
        sources: what it was differentiated with respect to, flattened.
        output_gradients: the weights the caller gave per target; None stands for ones.
        results: what the tape returned per source, as dense arrays (repeated indices of IndexedSlices are summed); None
            where the tape returned None.
        result_info: the form of each result.
        unconnected_gradients: `none` or `zero`, as the caller asked.
        location: the user's line that asked.
        trace: what `pytest_tfgrad.replay` needs.
        story: what explains a result that is None; None if there is no such result, or if it is not known.
    """

    kind: GradientKind
    targets: tuple[Endpoint, ...]
    sources: tuple[Endpoint, ...]
    output_gradients: tuple[Array | None, ...]
    results: tuple[Array | None, ...]
    result_info: tuple[ResultInfo | None, ...]
    unconnected_gradients: Literal["none", "zero"]
    location: Location
    trace: Trace = field(repr=False)
    story: Story | None = field(default=None, repr=False)


@dataclass(eq=False)
class Recording:
    """Everything recorded of one test.

    Attributes:
        calls: the gradient calls in the order in which they returned.
        notes: one sentence for each thing that could not be recorded, with the reason.
    """

    calls: list[GradientCall] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Add a note unless it is there already."""
        if sentence not in self.notes:
            self.notes.append(sentence)
