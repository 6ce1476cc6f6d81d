"""What the rules about gradients that are None share: finding the break, and naming the sources."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from tfgrad_lint.domain.events import Event, GradientTaken, Trained
from tfgrad_lint.domain.values import VARIABLE_LISTS, Tensor, Unknown
from tfgrad_lint.findings import Severity
from tfgrad_lint.interpreter.flow import Break, BrokenFlow, find_break, find_break_of_training
from tfgrad_lint.interpreter.tapes import leaves
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from tfgrad_lint.domain.values import Site
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.repairs.repair import Repair
    from tfgrad_lint.rules.claim import Claim


class BrokenFlowRule(Rule):
    """Base of the rules that report a gradient which is None for one ``reason``; a subclass words the message."""

    severity = Severity.WARNING
    listens_to = (GradientTaken, Trained)
    reason: ClassVar[Break]

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report the sources whose gradient is None for this rule's reason, those with one break together."""
        if isinstance(event, Trained):
            broken = find_break_of_training(event.loss)
            if broken is not None and broken.reason is self.reason:
                yield from self.claims_of_training(event, broken)
            return
        assert isinstance(event, GradientTaken)
        found: dict[int, tuple[BrokenFlow, list[Source]]] = {}
        for source, broken in breaks_of(event):
            if broken.reason is self.reason and self.applies(event, broken):
                found.setdefault(id(broken.step), (broken, []))[1].append(source)
        for broken, sources in found.values():
            yield replace(
                self.claim(event, broken, sources),
                fix=self.repair(event, broken, sources, program.trees[event.site.path]),
            )

    def applies(self, event: GradientTaken, broken: BrokenFlow) -> bool:
        """Tell whether a break of this reason is this rule's to report; other rules report special cases."""
        return True

    def repair(
        self, event: GradientTaken, broken: BrokenFlow, sources: list[Source], tree: cst.Module
    ) -> Repair | None:
        """Return the fix of the finding in the module ``tree``, None where there is none."""
        return None

    def claim(self, event: GradientTaken, broken: BrokenFlow, sources: list[Source]) -> Claim:
        """Word the finding."""
        raise NotImplementedError

    def claims_of_training(self, event: Trained, broken: BrokenFlow) -> tuple[Claim, ...]:
        """Return the finding about a loss that Keras minimises; rules whose reason is the tape's have none."""
        return ()


class Source:
    """A source with the expression that names it in the call, if it is written out there."""

    def __init__(self, value: Tensor | Unknown, written: cst.BaseExpression | None) -> None:
        self.value = value
        self.written = written

    @property
    def name(self) -> str:
        """Return what the user calls it."""
        site = self.value.node.site
        if self.written is not None:
            return wording.text(self.written)
        return wording.text(site.node) if site is not None else "a source"


@lru_cache(maxsize=32)
def breaks_of(event: GradientTaken) -> tuple[tuple[Source, BrokenFlow], ...]:
    """Return each source whose gradient is certainly None, with the reason. Cached: several rules ask for one event."""
    targets = [value for value in leaves(event.target) if isinstance(value, Tensor)]
    known = targets if targets and len(targets) == len(list(leaves(event.target))) else None
    pairs = ((source, find_break(event, known, source.value)) for source in sources_of(event))
    return tuple((source, broken) for source, broken in pairs if broken is not None)


def sources_of(event: GradientTaken) -> list[Source]:
    """Return the tensors and unknown values among the sources, with the expressions that name them."""
    sources = list(leaves(event.sources))
    written = _source_expressions(event)
    named = written if len(written) == len(sources) else [None] * len(sources)
    return [
        Source(source, node)
        for source, node in zip(sources, named, strict=True)
        if isinstance(source, Tensor | Unknown)
    ]


def _source_expressions(event: GradientTaken) -> list[cst.BaseExpression | None]:
    sources = wording.argument(event.site.node, 1, "sources")
    elements = getattr(sources, "elements", None)
    if elements is not None:
        return [element.value for element in elements]
    return [] if sources is None else [sources]


def target_text(event: GradientTaken) -> str:
    """Return the expression of the target."""
    target = wording.argument(event.site.node, 0, "target")
    return "the target" if target is None else wording.text(target)


def gradient_of(sources: list[Source]) -> str:
    """Return ``the gradient with respect to `w`, `b` is None``; weights have many gradients, all of them None."""
    names = ", ".join(f"`{source.name}`" for source in sources)
    if any(source.value.node.what in VARIABLE_LISTS for source in sources):
        return f"all gradients with respect to {names} are None"
    return f"the gradient with respect to {names} is None"


def labels(sources: list[Source]) -> tuple[tuple[cst.BaseExpression, str], ...]:
    """Return a label under each source that is written out."""
    return tuple((source.written, "the gradient of this is None") for source in sources if source.written is not None)


def made_at(sources: list[Source], text: str = "the source was made here") -> tuple[tuple[Site, str], ...]:
    """Return a trace entry for the place where each source was made; weights are made with their model."""
    tensors = (source.value for source in sources if isinstance(source.value, Tensor))
    return tuple((tensor.node.site, text) for tensor in tensors if tensor.node.site is not None)


def broken_at(broken: BrokenFlow, text: str) -> tuple[tuple[Site, str], ...]:
    """Return a trace entry for the step at which the path ends."""
    return ((broken.step.site, text),) if broken.step is not None and broken.step.site is not None else ()
