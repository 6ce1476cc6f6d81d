"""Comments that silence findings: ``# noqa``, ``# tfgrad: ignore[...]`` and ``# tfgrad: ignore-file``."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tfgrad_lint.findings import Applicability, Edit, Finding, Fix, Span
from tfgrad_lint.rules.file_rules import UnusedSuppression

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CODE_LIST = r"[A-Za-z]+[0-9]+(?:[\s,]+[A-Za-z]+[0-9]+)*"
# As flake8 reads it: words after the colon that are no codes leave a bare noqa.
NOQA = re.compile(rf"#\s*noqa\b(?:\s*:\s*(?P<codes>{_CODE_LIST})\b)?", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*tfgrad:\s*ignore(?!-|\w)(?:\[(?P<codes>[^\]]*)\])?")
_IGNORE_FILE = re.compile(r"#\s*tfgrad:\s*ignore-file\b")

_OWN_PREFIX = "TFG"


@dataclass(frozen=True)
class Suppression:
    """One comment: its place, the codes that it names (empty: all), and the lines whose findings it silences.

    ``text`` is the comment as it is written, ``gap`` the columns of white space before it, ``rest`` what follows it.
    """

    span: Span
    codes: tuple[str, ...]
    lines: range
    text: str
    gap: int
    rest: str


@dataclass(frozen=True)
class Suppressions:
    """All suppressions of one file."""

    whole_file: bool = False
    comments: tuple[Suppression, ...] = ()

    def apply(self, findings: Iterable[Finding]) -> Applied:
        """Sort the findings into those that stay and the comments that were of use."""
        kept: list[Finding] = []
        used: set[tuple[int, str]] = set()
        for finding in findings:
            matching = [
                (index, code)
                for index, comment in enumerate(self.comments)
                for code in (comment.codes or ("",))
                if finding.code.startswith(code) and _touches(comment, finding.span)
            ]
            used.update(matching)
            if not matching and not self.whole_file:
                kept.append(finding)
        return Applied(tuple(kept), frozenset(used))


@dataclass(frozen=True)
class Applied:
    """What is left after suppression; ``used`` holds (index of comment, code) of each suppression that was of use."""

    kept: tuple[Finding, ...]
    used: frozenset[tuple[int, str]]


def _touches(comment: Suppression, span: Span) -> bool:
    return span.line in comment.lines or span.end_line in comment.lines


def suppressions_of(text: str) -> Suppressions:
    """Find the suppression comments of a Python text; text in strings is no comment.

    A comment at the end of any line of a statement that spans several lines counts for the statement if that line is
    its first or last; ``# tfgrad: ignore`` on a line of its own counts for the next statement.
    """
    comments: list[Suppression] = []
    whole_file = False
    for comment in _comments(text):
        whole_file = whole_file or _IGNORE_FILE.search(comment.text) is not None
        comments += _suppressions(comment)
    return Suppressions(whole_file, tuple(comments))


def unused(
    path: str, suppressions: Suppressions, applied: Applied, enabled: frozenset[str], known: frozenset[str]
) -> Iterator[Finding]:
    """Yield a finding of TFG010 for each code of ours that a comment names and that silenced nothing."""
    for index, comment in enumerate(suppressions.comments):
        for code in comment.codes:
            if not code.startswith(_OWN_PREFIX) or (index, code) in applied.used:
                continue
            if not any(name.startswith(code) for name in known):
                message = f"suppression of {code}, which is no rule"
            elif any(name.startswith(code) for name in enabled):
                message = f"suppression of {code}, which reports nothing here"
            else:
                continue
            fix = Fix(Applicability.SAFE, f"remove {code}", (_without(comment, code),))
            yield UnusedSuppression.finding(path, comment.span, message, "remove it from the comment", fix)


def _without(comment: Suppression, code: str) -> Edit:
    """Take a code out of a comment; what else the line says stays a comment."""
    if len(set(comment.codes)) > 1:
        kept = re.sub(rf"\b{code}\b[\s,]*", "", comment.text, flags=re.IGNORECASE)
        return Edit(comment.span, re.sub(r"[\s,]+(?=\]?$)", "", kept))
    rest = comment.rest.strip()
    if rest and not rest.startswith("#"):
        return Edit(comment.span, "#")
    return Edit(replace(comment.span, column=comment.span.column - comment.gap), "")


@dataclass(frozen=True)
class _Comment:
    text: str
    line: int
    column: int
    # The columns of white space before it.
    gap: int
    first_line: int
    last_line: int
    # The statement that follows, for a comment on a line of its own.
    covers_next: bool


@dataclass
class _Statement:
    """A logical line while its tokens are read."""

    first_line: int | None = None
    comments: list[tokenize.TokenInfo] = field(default_factory=list)


def _comments(text: str) -> Iterator[_Comment]:
    """Yield each comment with the statement that it belongs to.

    What follows an error of the tokenizer is passed over: there the parser has found a syntax error before.
    """
    statement = _Statement()
    waiting: list[tokenize.TokenInfo] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
            if token.type == tokenize.COMMENT:
                (waiting if statement.first_line is None else statement.comments).append(token)
            elif token.type == tokenize.NEWLINE and statement.first_line is not None:
                yield from _placed(statement, waiting, token.start[0])
                statement, waiting = _Statement(), []
            elif token.type not in _NO_CODE and statement.first_line is None:
                statement.first_line = token.start[0]
    except (tokenize.TokenError, SyntaxError):
        pass
    for token in (*waiting, *statement.comments):
        line, column = token.start
        yield _Comment(token.string, line, column + 1, _gap(token), line, line, covers_next=False)


_NO_CODE = frozenset(
    {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING}
)


def _placed(statement: _Statement, waiting: list[tokenize.TokenInfo], last_line: int) -> Iterator[_Comment]:
    first_line = statement.first_line or last_line
    for tokens, covers_next in ((waiting, True), (statement.comments, False)):
        for token in tokens:
            line, column = token.start
            yield _Comment(token.string, line, column + 1, _gap(token), first_line, last_line, covers_next=covers_next)


def _gap(token: tokenize.TokenInfo) -> int:
    before = token.line[: token.start[1]]
    return len(before) - len(before.rstrip())


def _suppressions(comment: _Comment) -> Iterator[Suppression]:
    noqa, ignore = NOQA.search(comment.text), _IGNORE.search(comment.text)
    for match, reaches_next in ((noqa, False), (ignore, True)):
        if match is None:
            continue
        column = comment.column + match.start()
        span = Span(comment.line, column, comment.line, comment.column + match.end())
        codes = tuple(code.upper() for code in re.split(r"[\s,]+", match["codes"] or "") if code)
        lines = _lines(comment, reaches_next=reaches_next)
        before, after = comment.text[: match.start()], comment.text[match.end() :]
        gap = len(before) - len(before.rstrip()) if before else comment.gap
        yield Suppression(span, codes, lines, match[0], gap, after)


def _lines(comment: _Comment, *, reaches_next: bool) -> range:
    """Return the lines for which ``comment`` speaks: its statement's if it ends the first or last of them."""
    statement = range(comment.first_line, comment.last_line + 1)
    if comment.covers_next:
        return statement if reaches_next else range(comment.line, comment.line + 1)
    if comment.line in (comment.first_line, comment.last_line):
        return statement
    return range(comment.line, comment.line + 1)
