"""What the rules find in pairs of a faulty and a repaired program: `python benchmarks/pairs.py FOLDER FAULTY REPAIRED`.

``FAULTY`` is what the path of a faulty program holds (`_buggy`), ``REPAIRED`` what stands there in the path of its
repair (`_fixed`). A fault counts as found if a finding of the faulty program is gone in the repaired one.
Prints Markdown.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from markdown import table
from tfgrad_lint import Finding, lint_paths


@dataclass(frozen=True)
class Pair:
    """What was found in a program and in its repair, and what the repair changed.

    Attributes:
        gone: findings that the repaired program has no more.
        left: findings of the repaired program.
        changed: lines of the faulty program that the repair changed, or beside which it added some.
    """

    gone: tuple[Finding, ...]
    left: tuple[Finding, ...]
    changed: frozenset[int]

    @property
    def names_the_change(self) -> bool:
        """Whether a finding, or its trace, shows a line that the repair changed."""
        return any(
            line in self.changed
            for finding in self.gone
            for line in (finding.span.line, *(entry.span.line for entry in finding.trace))
        )


def changed_lines(faulty: list[str], repaired: list[str]) -> frozenset[int]:
    """Lines, counted from 1, that differ; where lines were only added, the two between which they were."""
    changed: set[int] = set()
    for tag, start, stop, _, _ in SequenceMatcher(None, faulty, repaired, autojunk=False).get_opcodes():
        if tag == "insert":
            changed.update((start, start + 1))
        elif tag != "equal":
            changed.update(range(start + 1, stop + 1))
    return frozenset(changed)


def compare(faulty: Path, repaired: Path) -> Pair:
    """Lint both programs and set the findings against each other."""
    texts = [path.read_text(encoding="utf-8", errors="replace").splitlines() for path in (faulty, repaired)]
    before, after = (lint_paths([path]).findings for path in (faulty, repaired))
    stays = {(finding.code, texts[1][finding.span.line - 1].strip()) for finding in after}
    gone = tuple(f for f in before if (f.code, texts[0][f.span.line - 1].strip()) not in stays)
    return Pair(gone, tuple(after), changed_lines(*texts))


def main(folder: Path, faulty: str, repaired: str) -> None:
    """Print how many faults were found, and by which rules."""
    paths = [(path, Path(str(path).replace(faulty, repaired))) for path in sorted(folder.rglob("*.py"))]
    pairs = [compare(path, other) for path, other in paths if faulty in str(path) and other.is_file()]
    if not pairs:
        sys.exit(f"no pair under {folder}: no path with {faulty!r} has a file beside it with {repaired!r} instead")
    print(f"{len(pairs)} pairs.\n")
    counts = {
        "faults found": sum(bool(pair.gone) for pair in pairs),
        "with a line that the repair changes": sum(pair.names_the_change for pair in pairs),
        "repaired programs with a finding": sum(bool(pair.left) for pair in pairs),
    }
    rows = [[name, count, f"{100 * count / len(pairs):.0f} %"] for name, count in counts.items()]
    print(table(["", "programs", "share"], rows), end="\n\n")
    gone = Counter(code for pair in pairs for code in {finding.code for finding in pair.gone})
    left = Counter(code for pair in pairs for code in {finding.code for finding in pair.left})
    print("By rule: its share of all faults, the repaired programs in which it still finds something, and the share of")
    print("programs with a finding of it in which that is gone in the repair: its precision, or less where a repair")
    print("leaves a second fault.\n")
    rows = [
        [
            code,
            gone[code],
            f"{100 * gone[code] / len(pairs):.0f} %",
            left[code],
            f"{100 * gone[code] / (gone[code] + left[code]):.0f} %",
        ]
        for code in sorted(gone | left)
    ]
    print(table(["rule", "faults found", "recall", "repaired programs", "precision, at least"], rows))


if __name__ == "__main__":
    if len(sys.argv) != 4 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python benchmarks/pairs.py FOLDER FAULTY REPAIRED")
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
