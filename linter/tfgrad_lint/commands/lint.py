"""``tfgrad lint``."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import click

from tfgrad_lint.commands.adopting import Adopting
from tfgrad_lint.commands.fixing import Fixing
from tfgrad_lint.commands.options import PATH, configuration_options, overrides_of
from tfgrad_lint.commands.presentation import Presentation
from tfgrad_lint.commands.run import ExitRules, Request, Run
from tfgrad_lint.commands.watching import watch_files
from tfgrad_lint.exit_codes import EXIT_CLEAN
from tfgrad_lint.linting import files_to_lint
from tfgrad_lint.output.formats import FORMATS
from tfgrad_lint.paths import display

Part = TypeVar("Part", Presentation, Fixing, Adopting, ExitRules)


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@configuration_options
@click.option("--fix", is_flag=True, help="Apply the fixes that are safe, and report what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="Count, and with --fix apply, also fixes that may change more.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing.")
@click.option("--baseline", type=PATH, metavar="FILE", help="Leave out the findings that FILE holds.")
@click.option("--update-baseline", is_flag=True, help="Write what is found now into the baseline.")
@click.option("--add-noqa", is_flag=True, help="Add a `# noqa: CODE` comment for each finding.")
@click.option("--watch", is_flag=True, help="Lint again whenever a file changes (needs pytest-tfgrad[watch]).")
@click.option("--force-exclude", is_flag=True, help="Leave out excluded files even if they are named.")
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes; by default more than one only where there is enough work.",
)
@click.option("--no-cache", is_flag=True, envvar="TFGRAD_NO_CACHE", help="Neither use nor keep results of other runs.")
@click.option("--cache-dir", type=PATH, envvar="TFGRAD_CACHE_DIR", metavar="FOLDER", help="Where results are kept.")
@click.option("--show-files", is_flag=True, help="List the files that would be looked at, and stop.")
@click.option("--stdin-filename", metavar="NAME", help="The name of what is read from standard input (path -).")
@click.option(
    "--output-format", type=click.Choice(FORMATS), default="text", show_default=True, help="How findings are written."
)
@click.option("--output-file", type=PATH, metavar="FILE", help="Write the findings there instead of to the terminal.")
@click.option(
    "--statistics",
    is_flag=True,
    help="Count the findings by rule instead of showing them, and calls with unknown results by name.",
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="When to use colours; auto obeys NO_COLOR and FORCE_COLOR.",
)
@click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if anything was fixed.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option("--quiet", "-q", is_flag=True, help="Show findings only, no summary.")
@click.option("--verbose", "-v", is_flag=True, help="Also show whole traces, and what was not analysed and why.")
def lint(*, show_files: bool, watch: bool, **options: Any) -> int:
    """Report shape mismatches, unintended broadcasting and GradientTape mistakes.

    PATHS are files and folders (default: the working folder), or - for standard input. Exit code 0: nothing found,
    1: findings, 2: wrong usage, wrong configuration or an internal error.
    """
    overrides = overrides_of(options)
    run = Run(
        overrides=overrides,
        presentation=_taken(Presentation, options),
        fixing=_taken(Fixing, options),
        adopting=_taken(Adopting, options),
        exit_rules=_taken(ExitRules, options),
        request=Request(options.pop("paths") or (".",), **options),
    )
    run.check()
    if show_files:
        return _show_files(run)
    return watch_files(run) if watch else run.once()


def _taken(part: type[Part], options: dict[str, Any]) -> Part:
    """Take the options out that are the fields of ``part``."""
    return part(**{field.name: options.pop(field.name) for field in fields(part)})


def _show_files(run: Run) -> int:
    request = run.request
    for path in files_to_lint(request.paths, run.overrides, force_exclude=request.force_exclude):
        click.echo(display(path))
    return EXIT_CLEAN
