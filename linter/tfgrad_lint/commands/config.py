"""``tfgrad config``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfgrad_lint.catalogue import CODES, SELECTABLE
from tfgrad_lint.commands.options import PATH, configuration_options, overrides_of
from tfgrad_lint.config import Configurations, key_of, schema, setting_names
from tfgrad_lint.enabling import codes_of
from tfgrad_lint.exit_codes import EXIT_CLEAN
from tfgrad_lint.paths import absolute, display
from tfgrad_lint.settings import COMMAND_LINE_ORIGIN, DEFAULT_ORIGIN

if TYPE_CHECKING:
    from tfgrad_lint.settings import Settings


@click.command()
@click.argument("path", type=PATH, default=Path())
@configuration_options
@click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)
@click.option("--schema", "wants_schema", is_flag=True, help="Print the JSON schema of the settings, and stop.")
def config(path: Path, *, output_format: str, wants_schema: bool, **options: Any) -> int:
    """Show the settings that hold for a file or folder, and where each was set."""
    if wants_schema:
        click.echo(json.dumps(schema(CODES), indent=2))
        return EXIT_CLEAN
    folder = absolute(path)
    configurations = Configurations(CODES, overrides_of(options))
    rows = _rows(configurations.for_folder(folder if folder.is_dir() else folder.parent))
    if output_format == "json":
        click.echo(json.dumps({key: {"value": value, "origin": origin} for key, value, origin in rows}, indent=2))
        return EXIT_CLEAN
    texts = [(f"{key} = {json.dumps(value)}", origin) for key, value, origin in rows]
    width = sorted(len(text) for text, _ in texts)[-2]  # the list of all rules, the longest by far, is not aligned
    for text, origin in texts:
        click.echo(f"{text:{width}}  # {origin}")
    return EXIT_CLEAN


def _rows(settings: Settings) -> list[tuple[str, Any, str]]:
    """Return (key, value, origin) of each setting, then the rules that are on as a whole."""
    fixed = {DEFAULT_ORIGIN, COMMAND_LINE_ORIGIN}
    rows = []
    for name in setting_names():
        origin = settings.origin(name)
        rows.append((key_of(name), _value(settings, name), origin if origin in fixed else display(origin)))
    given = settings.command_line
    for name, value in (("select", given.select), ("extend-select", given.extend_select), ("ignore", given.ignore)):
        if value:
            rows.append((f"--{name}", list(value), COMMAND_LINE_ORIGIN))
    rows.append(("rules", sorted(codes_of(settings, SELECTABLE)), "all of the above"))
    return rows


def _value(settings: Settings, name: str) -> Any:
    if name == "exclude":
        return list(settings.exclude.lines)
    if name == "per_file_ignores":
        return {entry.patterns.lines[0]: list(entry.ignore) for entry in settings.per_file_ignores}
    if name == "models":
        return [function.name for function in settings.models]
    if name == "keras_version":
        return settings.certain_keras_version or "2 or 3"
    if name == "tensorflow_version":
        return settings.tensorflow_version or "newest"
    value = getattr(settings, name)
    return list(value) if isinstance(value, tuple) else value
