"""What a check says: plain values that travel between processes and into reports; needs only the standard library."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Verdict(str, enum.Enum):
    """What is said about one gradient."""

    RIGHT = "right"
    WRONG = "wrong"
    NONE = "none"
    NONFINITE = "nonfinite"
    INCONCLUSIVE = "inconclusive"


class Consequence(str, enum.Enum):
    """What a verdict does to its test."""

    NOTHING = ""
    WARN = "warn"
    FAIL = "fail"


class Fault(str, enum.Enum):
    """In what respect a wrong gradient is wrong."""

    VALUE = "value"
    SHAPE = "shape"
    DTYPE = "dtype"
    INDICES = "indices"


class Remark(str, enum.Enum):
    """What is worth knowing about a gradient that is not wrong."""

    ZERO = "exactly zero everywhere"
    CANCELLATION = "right, but its type loses digits where terms cancel"
    SUMMED = "that of the sum of a target that is no scalar"
    STOPPED = "only with what stop_gradient stops in a gradient function meant as a constant"


class Layout(str, enum.Enum):
    """What the rows and columns of a picture are."""

    ENTRIES = "entries"
    COMPLEX = "complex"
    JACOBIAN = "jacobian"
    BATCH_JACOBIAN = "batch_jacobian"


class Checked(str, enum.Enum):
    """How far the values of a gradient were looked at."""

    ENTRIES = "entries"
    DIRECTIONS = "directions"
    SHAPE = "shape"


@dataclass(frozen=True)
class Place:
    """A line of the user's code.

    Attributes:
        path: of the file, absolute.
        line: from 1; 0 if unknown.
        function: name of the function that the line is in.
        text: the line itself, stripped.
    """

    path: str
    line: int
    function: str = ""
    text: str = ""


@dataclass(frozen=True)
class EntryResult:
    """One entry of a gradient beside its numerical estimate.

    Attributes:
        index: of the entry; () for a scalar. For jacobians: target index followed by source index.
        part: "real" or "imag" for complex gradients, else "".
        tape: what the tape returned.
        numeric: what was estimated, in float64.
        error: estimate of the absolute error of ``numeric``.
    """

    index: tuple[int, ...]
    part: str
    tape: float
    numeric: float
    error: float


@dataclass(frozen=True)
class Excerpt:
    """Lines of the user's code.

    Attributes:
        first: number of the first line, from 1.
        lines: as they stand in the file, the common indentation taken away.
    """

    first: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Culprit:
    """Where a wrong gradient comes from.

    Attributes:
        name: of the op or of the custom gradient's function.
        kind: "op" or "custom gradient".
        place: the user's line to look at: where the gradient function begins, or the line that ran the op; None if
            neither is in the user's code.
        position: which of the ops between source and target it is, from 1; a custom gradient counts as one.
        count: how many ops there are between source and target; 0, as the position, for a custom gradient of what is
            constant almost everywhere, which is none of the ops with a derivative.
        cleared: whether every other op on the path passed a check of its own.
        proven: whether it failed a check of its own; else it is left over.
        detail: what is wrong with its own gradient, as one clause; empty if nothing fits.
        excerpt: the code around ``place``; None if it is not at hand.
        called: the user's line that called a custom gradient, where that is another line than ``place``.
    """

    name: str
    kind: str
    place: Place | None
    position: int
    count: int
    cleared: bool = False
    proven: bool = False
    detail: str = ""
    excerpt: Excerpt | None = None
    called: Place | None = None


@dataclass(frozen=True)
class PathStep:
    """One op between a source and the target.

    Attributes:
        name: of the op, or of the function with the custom gradient.
        kind: "op" or "custom gradient".
        place: the user's line that ran it, if known.
        shapes: of what it gives.
        outcome: of a check of its own: "passed", "wrong" or "unchecked".
        inputs: which of the steps before it, from 0, it takes its inputs from; -1 is the source.
    """

    name: str
    kind: str
    place: Place | None
    shapes: tuple[tuple[int, ...], ...]
    outcome: str
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Grid:
    """The entries of a gradient or a jacobian as a matrix, row by row.

    Attributes:
        tape: what the tape returned.
        numeric: what was estimated; NaN where nothing was.
        columns: number of columns.
        block: rows and columns of the gradient that each cell stands for; it shows the entry that is furthest from its
            estimate, or the largest one if none was compared.
        compared: number of entries that were compared.
        layout: what rows and columns are. Of a gradient, the last axis are the columns, all others the rows; of a
            complex one, the imaginary parts stand to the right of the real ones. Of a jacobian, rows are the entries of
            the target and columns those of the source; of a batch jacobian, rows are the entries of all targets and
            columns those of one source.
    """

    tape: tuple[float, ...]
    numeric: tuple[float, ...]
    columns: int
    block: tuple[int, int]
    compared: int
    layout: Layout = Layout.ENTRIES


@dataclass(frozen=True)
class StepCurve:
    """Differences of the target at the worst entry, for steps from large to small.

    Attributes:
        steps: the steps.
        slopes: the central difference for each.
    """

    steps: tuple[float, ...]
    slopes: tuple[float, ...]


@dataclass(frozen=True)
class GradientResult:
    """The verdict on one gradient: of one call, with respect to one source.

    Attributes:
        verdict: right, wrong, none, nonfinite or inconclusive.
        kind: "gradient", "jacobian", "batch_jacobian" or "jvp".
        target: name of what was differentiated; several are joined by commas.
        target_shape: its shape (of the first, if there are several).
        target_dtype: its type.
        source: name of what it was differentiated with respect to.
        source_shape: its shape.
        source_dtype: its type.
        gradient_shape: shape of what the tape returned; None for None.
        gradient_dtype: its type; empty for None.
        location: the line that asked the tape.
        fault: in what respect a wrong gradient is wrong.
        reason: why it is inconclusive, None or not finite, or a remark about a right one; one clause, or empty.
        remedy: what to do about a gradient that is None; empty if nothing is known to help.
        origin: the line that ``reason`` speaks of, where it is one.
        checked: how far values were looked at.
        analytic: the tape's number in the worst comparison: an entry of a wrong gradient or of one compared entry by
            entry, else the slope along a random direction.
        numeric: the estimate of the same number.
        max_rel_error: their distance relative to the larger of both (entries) or to the slope's terms (directions).
        error_estimate: estimate of the absolute error of ``numeric``.
        tolerance: how far both may be apart, in the units of ``analytic``; None if that is not known.
        evaluations: of the target, for the whole call.
        seconds: for the whole call.
        entries: the worst wrong entries, at most twenty, the worst first.
        wrong_entries: number of wrong entries that were found.
        looked_at: number of entries that were compared one by one.
        size: number of entries of the gradient (real and imaginary parts counted apart).
        directions: number of random directions, and of those that disagree.
        disagreeing: see ``directions``.
        shrink: by what factor differences shrink when the step halves at a wrong entry; 4 for a smooth function.
        pattern: what the error looks like, in words; empty if nothing fits.
        culprit: where a wrong gradient comes from, where that is known.
        suspects: where it may come from: the culprit, or all custom gradients on the way.
        cleared: other sources of the same call whose gradients are right.
        intended: why the difference is declared as intended; empty if it is not.
        consequence: what the verdict does to the test.
        remarks: what is worth knowing about it beside the verdict.
        path: the ops between the source and the target of a wrong gradient, as far as they are kept.
        grid: its entries, of a gradient where all were compared or some are wrong, of a jacobian where some are wrong.
        curve: how the estimate of the worst entry of a wrong gradient depends on the step.
    """

    verdict: Verdict
    kind: str
    target: str
    target_shape: tuple[int, ...]
    target_dtype: str
    source: str
    source_shape: tuple[int, ...]
    source_dtype: str
    gradient_shape: tuple[int, ...] | None
    gradient_dtype: str
    location: Place
    fault: Fault | None = None
    reason: str = ""
    remedy: str = ""
    origin: Place | None = None
    checked: Checked = Checked.SHAPE
    analytic: float | None = None
    numeric: float | None = None
    max_rel_error: float | None = None
    error_estimate: float | None = None
    tolerance: float | None = None
    evaluations: int = 0
    seconds: float = 0.0
    entries: tuple[EntryResult, ...] = ()
    wrong_entries: int = 0
    looked_at: int = 0
    size: int = 0
    directions: int = 0
    disagreeing: int = 0
    shrink: float | None = None
    pattern: str = ""
    culprit: Culprit | None = None
    suspects: tuple[Culprit, ...] = ()
    cleared: tuple[str, ...] = ()
    intended: str = ""
    consequence: Consequence = Consequence.NOTHING
    remarks: tuple[Remark, ...] = ()
    path: tuple[PathStep, ...] = ()
    grid: Grid | None = None
    curve: StepCurve | None = None

    @property
    def is_unchecked(self) -> bool:
        """Whether its values were asked to be checked and could not be looked at."""
        return self.verdict is Verdict.INCONCLUSIVE and self.checked is Checked.SHAPE


@dataclass(frozen=True)
class TestResult:
    """All gradients of one test.

    Attributes:
        nodeid: pytest's name of the test.
        gradients: in the order in which they were taken.
        notes: what could not be recorded or is worth knowing, a sentence each.
        seconds: that checking took.
        skipped: why no gradient was checked; empty if they were.
    """

    __test__ = False  # pytest would take a class of this name for tests

    nodeid: str
    gradients: tuple[GradientResult, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    skipped: str = ""

    @property
    def failing(self) -> tuple[GradientResult, ...]:
        """The gradients for which the test fails."""
        return tuple(g for g in self.gradients if g.consequence is Consequence.FAIL)

    def plus(self, other: TestResult) -> TestResult:
        """Both results of one test as one."""
        return TestResult(
            self.nodeid,
            self.gradients + other.gradients,
            self.notes + other.notes,
            self.seconds + other.seconds,
            "" if self.gradients or other.gradients else self.skipped or other.skipped,
        )


@dataclass(frozen=True)
class Report:
    """The JSON report of a run.

    Attributes:
        version: of the plugin that wrote it.
        tests: those in which gradients were looked for.
    """

    version: str
    tests: tuple[TestResult, ...] = field(default=())
