"""``--add-noqa``: a comment behind each line with a finding, which silences it."""

from __future__ import annotations

import io
import re
import tokenize
from collections import defaultdict
from typing import TYPE_CHECKING

from tfgrad_lint.findings import Edit, Span
from tfgrad_lint.suppression import NOQA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tfgrad_lint.findings import Finding
    from tfgrad_lint.source import Source

# What keeps a file from being read or parsed is not silenced by a comment in it.
_UNSILENCED = re.compile("TFG00")


def noqa_edits(source: Source, findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """Return the edits that add ``# noqa: CODE`` for each finding in ``source``; codes join a comment that is there.

    A comment stands at the end of the finding's line, or where that line cannot hold one (it ends in a backslash, or
    within a string) at the end of the statement.
    """
    ends = _comment_lines(source.text)
    codes: dict[int, set[str]] = defaultdict(set)
    for finding in findings:
        if not _UNSILENCED.match(finding.code) and finding.span.line in ends:
            codes[ends[finding.span.line]].add(finding.code)
    lines = io.StringIO(source.text, newline=None).read().split("\n")
    return tuple(_edit(line, lines[line - 1], found) for line, found in sorted(codes.items()))


def _edit(line: int, text: str, codes: set[str]) -> Edit:
    comment = NOQA.search(text)
    if comment is not None and comment["codes"]:
        column = comment.end("codes") + 1
        return Edit(Span(line, column, line, column), f", {', '.join(sorted(codes))}")
    end = len(text.rstrip()) + 1
    return Edit(Span(line, end, line, len(text) + 1), f"  # noqa: {', '.join(sorted(codes))}")


def _comment_lines(text: str) -> Mapping[int, int]:
    """Return, for each line of a statement, the line at whose end a comment counts for it."""
    lines: dict[int, int] = {}
    first = None
    free: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                free.add(token.start[0])
            elif first is None and token.type not in (tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT):
                first = token.start[0]
            if token.type == tokenize.NEWLINE and first is not None:
                last = token.start[0]
                lines |= {line: line if line in free else last for line in range(first, last + 1)}
                first = None
    except (tokenize.TokenError, SyntaxError):
        pass
    return lines
