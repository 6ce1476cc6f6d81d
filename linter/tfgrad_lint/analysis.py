"""From a parsed module to findings: interpret it, ask the rules, find the positions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfgrad_lint.findings import Applicability, Finding, Label, TraceEntry
from tfgrad_lint.interpreter.program import Program, interpret
from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from tfgrad_lint.domain.events import Event
    from tfgrad_lint.domain.values import Site
    from tfgrad_lint.findings import Fix
    from tfgrad_lint.interpreter.project import Project
    from tfgrad_lint.interpreter.state import Frame
    from tfgrad_lint.rules.base import Rule
    from tfgrad_lint.rules.claim import Claim


@dataclass(frozen=True)
class AnalysisSettings:
    """What the analysis of a file depends on besides the file.

    ``project`` keeps the modules that files import, so that each is interpreted once; None: those of this file only.
    ``shape_comments`` tells whether comments and docstrings count as hints of shapes.
    """

    project: Project | None = None
    shape_comments: bool = True


@dataclass(frozen=True)
class Analysis:
    """The findings of one file, in order of position, and remarks for ``--verbose``.

    ``unmodelled`` are the functions of TensorFlow, Keras and NumPy whose results are unknown, with the number of calls.
    """

    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    unmodelled: tuple[tuple[str, int], ...] = ()


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
    settings = settings or AnalysisSettings()
    program = interpret(module, path, settings.project, shape_comments=settings.shape_comments)
    notes = () if program.complete else ("not fully analysed: the file takes too many steps",)
    groups: dict[tuple[str, int], list[_Claimed]] = defaultdict(list)
    for claimed in _claims(program):
        groups[claimed.rule.code, id(claimed.claim.site.node)].append(claimed)
    kept = [claims for claims in groups.values() if _holds(claims, program)]
    unmodelled = tuple(sorted(program.unmodelled.items()))
    if not kept:
        return Analysis((), notes, unmodelled)
    spans = Spans(program.trees)
    findings = [_finding(claims, program, spans, path) for claims in kept]
    return Analysis(tuple(sorted(findings, key=lambda finding: finding.sort_key)), notes, unmodelled)


def _claims(program: Program) -> Iterator[_Claimed]:
    rules = [rule() for rule in ALL_RULES]
    listening: dict[type[Event], list[Rule]] = {}
    for seen in program.seen:
        kind = type(seen.event)
        if kind not in listening:
            listening[kind] = [rule for rule in rules if issubclass(kind, rule.listens_to)]
        for rule in listening[kind]:
            if not (rule.raises and seen.guarded):
                for claim in rule.check(seen.event, program):
                    yield _Claimed(rule, claim, seen.context)


def _holds(claims: list[_Claimed], program: Program) -> bool:
    """Tell whether claims about one place hold for as many of its evaluations as their rule asks for."""
    evaluations = program.visits.get(id(claims[0].claim.site.node), 0)
    return not claims[0].rule.everywhere or len(claims) >= evaluations


def _finding(claims: list[_Claimed], program: Program, spans: Spans, path: str) -> Finding:
    """Make one finding of all claims that a rule made about one place."""
    first = claims[0]
    rule, claim = first.rule, first.claim
    message = claim.message
    always = len(claims) >= program.visits.get(id(claim.site.node), len(claims))
    if not always:
        message += _when(first.context, spans, path)
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        message=message,
        path=path,
        span=spans.of(claim.site),
        labels=tuple(Label(spans.of(claim.site, node), text) for node, text in claim.labels),
        trace=tuple(_trace_entry(site, text, spans) for site, text in claim.trace),
        notes=claim.notes,
        help=claim.help,
        fix=_fix(claims, spans, always=always),
    )


def _fix(claims: list[_Claimed], spans: Spans, *, always: bool) -> Fix | None:
    """Return the fix that all claims about one place agree on, if they do.

    Where the claim does not hold for every call, the fix may break those for which it does not: it is unsafe.
    """
    site, repair = claims[0].claim.site, claims[0].claim.fix
    if repair is None or any(claimed.claim.fix != repair for claimed in claims):
        return None
    fix = spans.fix(repair, site)
    return fix if fix is None or always else replace(fix, applicability=Applicability.UNSAFE)


def _when(context: tuple[Frame, ...], spans: Spans, path: str) -> str:
    """Name the call or iteration for which the claim holds, as it does not hold for all of them."""
    own = [frame for frame in context if frame.site.path == path]
    if not own:
        return ""
    frame = own[-1]
    # Lines of a notebook count through all of its cells here, which no reader sees: they are left out.
    line = "" if path.endswith(".ipynb") else f" at line {spans.of(frame.site).line}"
    if frame.iteration is not None:
        return f" (in iteration {frame.iteration} of the loop{line})"
    return f" (for the call{line})"


def _trace_entry(site: Site, text: str, spans: Spans) -> TraceEntry:
    return TraceEntry(site.path, spans.of(site), text)
