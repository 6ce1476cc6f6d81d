"""``--baseline``, ``--update-baseline`` and ``--add-noqa``: what is set aside in old code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from tfgrad_lint.adopting.baseline import read_baseline, write_baseline
from tfgrad_lint.commands.fixing import counted
from tfgrad_lint.errors import UsageError
from tfgrad_lint.exit_codes import EXIT_CLEAN
from tfgrad_lint.paths import display

if TYPE_CHECKING:
    from pathlib import Path

    from tfgrad_lint.adopting.baseline import Compared
    from tfgrad_lint.linting import LintResult


@dataclass(frozen=True)
class Adopting:
    """What the command line says about findings that are set aside; each field is the option of its name."""

    baseline: Path | None
    update_baseline: bool
    add_noqa: bool

    def check(self) -> None:
        """Raise UsageError for options that contradict each other."""
        if self.update_baseline and self.baseline is None:
            raise UsageError("--update-baseline needs --baseline FILE")
        if self.update_baseline and self.add_noqa:
            raise UsageError("--update-baseline and --add-noqa exclude each other")
        if self.baseline is not None:
            # Before any work is done.
            read_baseline(self.baseline, may_be_missing=self.update_baseline)

    @property
    def changes_files(self) -> bool:
        """Whether findings are written down instead of being shown."""
        return self.update_baseline or self.add_noqa

    def compare(self, result: LintResult) -> Compared | None:
        """Leave out of ``result`` what the baseline holds; None without one."""
        if self.baseline is None or self.update_baseline:
            return None
        return read_baseline(self.baseline).compare(result)

    def write(self, result: LintResult) -> int:
        """Set the findings of ``result`` aside, say so, and return the exit code."""
        if self.baseline and self.update_baseline:
            return self._write_baseline(result)
        # Knows the rules and how files are rewritten, which a run without this option need not import.
        from tfgrad_lint.commands.commenting import write_comments  # noqa: PLC0415

        return write_comments(result)

    def _write_baseline(self, result: LintResult) -> int:
        assert self.baseline is not None
        baseline = read_baseline(self.baseline, may_be_missing=True).updated(result)
        write_baseline(self.baseline, baseline)
        count = counted(sum(baseline.counts.values()), "finding")
        click.echo(f"{display(self.baseline)} holds {count}.")
        return EXIT_CLEAN


def remarks(compared: Compared) -> list[str]:
    """Return what a baseline has left out, and whether it is out of date."""
    said = [f"{counted(compared.known, 'finding')} of the baseline left out."] if compared.known else []
    if compared.gone:
        said.append(f"{counted(compared.gone, 'finding')} of the baseline gone: --update-baseline forgets them.")
    return said
