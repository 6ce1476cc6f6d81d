"""The baseline: a file of findings that are known and not reported, whichever line they move to."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tfgrad_lint.errors import UsageError
from tfgrad_lint.output.report import Report, line_text
from tfgrad_lint.paths import absolute, display

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tfgrad_lint.findings import Finding
    from tfgrad_lint.linting import LintResult

_VERSION = 1

# The path as seen from the baseline's folder, the rule's code, and the text of the line without the space around it.
_Key = tuple[str, str, str]


@dataclass(frozen=True)
class Compared:
    """A result without what the baseline holds.

    ``known`` counts the findings that were left out, ``gone`` those of the baseline that the files which were looked at
    no longer have.
    """

    result: LintResult
    known: int
    gone: int


@dataclass(frozen=True)
class Baseline:
    """How often each rule reported a line of each file when the baseline was made."""

    folder: Path
    counts: Mapping[_Key, int]

    def compare(self, result: LintResult) -> Compared:
        """Leave out of ``result`` what the baseline holds; of equal findings as many as it holds, the first ones."""
        left = Counter(self.counts)
        new: list[Finding] = []
        report = Report(result.findings, dict(result.sources))
        for finding in result.findings:
            key = _key(finding, report, self.folder)
            left[key] -= 1
            if left[key] < 0:
                new.append(finding)
        looked_at = {_from(self.folder, path) for path in result.paths}
        gone = sum(count for (path, _, _), count in left.items() if count > 0 and path in looked_at)
        return Compared(replace(result, findings=tuple(new)), len(result.findings) - len(new), gone)

    def updated(self, result: LintResult) -> Baseline:
        """Return the baseline with what ``result`` says of the files that were looked at."""
        looked_at = {_from(self.folder, path) for path in result.paths}
        others = {key: count for key, count in self.counts.items() if key[0] not in looked_at}
        report = Report(result.findings, dict(result.sources))
        found = Counter(_key(finding, report, self.folder) for finding in result.findings)
        return Baseline(self.folder, {**others, **found})


def read_baseline(file: Path, *, may_be_missing: bool = False) -> Baseline:
    """Return the baseline that ``file`` holds, an empty one if it may be missing and is.

    Raises:
        UsageError: The file cannot be read or is no baseline.
    """
    folder = absolute(file).parent
    if may_be_missing and not file.exists():
        return Baseline(folder, {})
    try:
        counts = _counts(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UsageError(f"{display(file)}: no such baseline; --update-baseline makes one") from None
    except OSError as error:
        raise UsageError(f"{display(file)}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError):
        raise UsageError(f"{display(file)}: not a baseline; delete it and make one with --update-baseline") from None
    return Baseline(folder, counts)


def write_baseline(file: Path, baseline: Baseline) -> None:
    """Write ``baseline``, sorted and an entry a line's text, so that changes of it read well in reviews.

    Raises:
        UsageError: The file cannot be written.
    """
    entries = [
        {"path": path, "code": code, "text": text, "count": count}
        for (path, code, text), count in sorted(baseline.counts.items())
    ]
    document = json.dumps({"version": _VERSION, "findings": entries}, indent=2, ensure_ascii=False)
    try:
        file.write_text(f"{document}\n", encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise UsageError(f"{display(file)}: cannot be written: {error.strerror}") from None


def _counts(document: Any) -> dict[_Key, int]:
    if document["version"] != _VERSION:
        raise ValueError
    return dict(_entries(document["findings"]))


def _entries(entries: Iterable[dict[str, Any]]) -> Iterable[tuple[_Key, int]]:
    for entry in entries:
        yield (str(entry["path"]), str(entry["code"]), str(entry["text"])), int(entry["count"])


def _key(finding: Finding, report: Report, folder: Path) -> _Key:
    return _from(folder, finding.path), finding.code, line_text(finding, report)


def _from(folder: Path, path: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")
