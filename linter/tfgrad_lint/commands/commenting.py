"""``--add-noqa``: comments that set the findings of old code aside, where they are."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfgrad_lint.adopting.noqa import noqa_edits
from tfgrad_lint.commands.fixing import counted
from tfgrad_lint.exit_codes import EXIT_CLEAN, EXIT_ERROR
from tfgrad_lint.fixing.rewriting import rewritten
from tfgrad_lint.fixing.writing import replace_content

if TYPE_CHECKING:
    from tfgrad_lint.findings import Edit, Finding
    from tfgrad_lint.linting import LintResult
    from tfgrad_lint.source import Source


def write_comments(result: LintResult) -> int:
    """Add a comment for each finding of ``result``, say so, and return the exit code."""
    by_path: dict[str, list[Finding]] = defaultdict(list)
    for finding in result.findings:
        by_path[finding.path].append(finding)
    changed = added = 0
    code = EXIT_CLEAN
    for path, findings in by_path.items():
        source = result.sources.get(path)
        edits = noqa_edits(source, findings) if source is not None else ()
        if source is None or not edits:
            continue
        reason = _written(Path(path), source, edits)
        if reason is None:
            changed, added = changed + 1, added + len(edits)
        else:
            click.echo(f"tfgrad: error: {path} cannot be written: {reason}; it is unchanged", err=True)
            code = EXIT_ERROR
    click.echo(f"Added {counted(added, 'comment')} in {counted(changed, 'file')}." if added else "Nothing to add.")
    return code


def _written(path: Path, source: Source, edits: tuple[Edit, ...]) -> str | None:
    """Write the edits into a file; return why that was impossible, None if it was not."""
    try:
        data = path.read_bytes()
        content = rewritten(data, source, edits)
        if content is None:
            return "a comment would stand in a line of IPython's own syntax"
        replace_content(path, data, content)
    except OSError as error:
        return error.strerror or str(error)
    return None
