"""From a parsed module to findings: interpret it, ask the rules, find the positions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from tfgrad_lint.findings import Finding, Label, Span, TraceEntry
from tfgrad_lint.interpreter.program import Program, interpret
from tfgrad_lint.rules import ALL_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import libcst as cst

    from tfgrad_lint.interpreter.state import Frame
    from tfgrad_lint.interpreter.values import Site
    from tfgrad_lint.rules.base import Rule
    from tfgrad_lint.rules.claim import Claim


@dataclass(frozen=True)
class AnalysisSettings:
    """What the analysis of a file depends on besides the file."""


@dataclass(frozen=True)
class Analysis:
    """The findings of one file, in order of position, and remarks for ``--verbose``."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Claimed:
    """A claim with the rule that made it and the event's context."""

    rule: Rule
    claim: Claim
    context: tuple[Frame, ...]


def analyse(module: cst.Module, path: str, settings: AnalysisSettings | None = None) -> Analysis:
    """Return what the rules find in ``module``, the file at ``path``.

    Raises:
        Nothing for any module that libcst can parse: what can't be analysed is left out, and said in the notes.
    """
    program = interpret(module, path)
    notes = () if program.complete else (f"{path}: not fully analysed: the file takes too many steps",)
    groups: dict[tuple[str, int], list[_Claimed]] = defaultdict(list)
    for claimed in _claims(program):
        groups[claimed.rule.code, id(claimed.claim.site.node)].append(claimed)
    if not groups:
        return Analysis((), notes)
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    spans = _Spans(positions)
    findings = [_finding(claims, program, spans, path) for claims in groups.values()]
    return Analysis(tuple(sorted(findings, key=lambda finding: finding.sort_key)), notes)


def _claims(program: Program) -> Iterator[_Claimed]:
    rules = [rule() for rule in ALL_RULES]
    for seen in program.seen:
        for rule in rules:
            if isinstance(seen.event, rule.listens_to) and not (rule.raises and seen.guarded):
                for claim in rule.check(seen.event, program):
                    yield _Claimed(rule, claim, seen.context)


class _Spans:
    """Positions of syntax nodes."""

    def __init__(self, positions: Mapping[cst.CSTNode, CodeRange]) -> None:
        self._positions = positions

    def of(self, node: cst.CSTNode) -> Span:
        position = self._positions[node]
        start, end = position.start, position.end
        return Span(start.line, start.column + 1, end.line, end.column + 1)


def _finding(claims: list[_Claimed], program: Program, spans: _Spans, path: str) -> Finding:
    """Make one finding of all claims that a rule made about one place."""
    first = claims[0]
    rule, claim = first.rule, first.claim
    message = claim.message
    if len(claims) < program.visits.get(id(claim.site.node), len(claims)):
        message += _when(first.context, spans, path)
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        message=message,
        path=path,
        span=spans.of(claim.site.node),
        labels=tuple(Label(spans.of(node), text) for node, text in claim.labels),
        trace=tuple(_trace_entry(site, text, spans) for site, text in claim.trace),
        notes=claim.notes,
        help=claim.help,
    )


def _when(context: tuple[Frame, ...], spans: _Spans, path: str) -> str:
    """Name the call or iteration for which the claim holds, as it does not hold for all of them."""
    if not context:
        return ""
    frame = context[-1]
    # Lines of a notebook count through all of its cells here, which no reader sees: they are left out.
    line = "" if path.endswith(".ipynb") else f" at line {spans.of(frame.site.node).line}"
    if frame.iteration is not None:
        return f" (in iteration {frame.iteration} of the loop{line})"
    return f" (for the call{line})"


def _trace_entry(site: Site, text: str, spans: _Spans) -> TraceEntry:
    return TraceEntry(site.path, spans.of(site.node), text)
