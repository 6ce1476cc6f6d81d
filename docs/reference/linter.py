"""What docs/ tells of the linter, from its commands, its settings and what it writes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import click
from tfgrad_lint.cli import tfgrad
from tfgrad_lint.config import EXTEND, KEYS
from tfgrad_lint.settings import Settings

from docs.reference.markdown import alternatives, code, table
from docs.reference.schemas import object_tables, schema_of_findings

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLAG = re.compile(r"--[\w-]+")
_CONTEXT = click.Context(tfgrad)


def _lint_options() -> str:
    return _options_of(_command("lint"))


def _other_commands() -> str:
    return "\n\n".join(_section(name) for name in tfgrad.list_commands(_CONTEXT) if name != "lint")


def _section(name: str) -> str:
    command = _command(name)
    arguments = [item.make_metavar(_CONTEXT) for item in command.params if isinstance(item, click.Argument)]
    parts = (f"### `{' '.join(['tfgrad', name, *arguments])}`", command.help or "", _options_of(command))
    return "\n\n".join(part for part in parts if part)


def _command(name: str) -> click.Command:
    command = tfgrad.get_command(_CONTEXT, name)
    assert command is not None
    return command


def _options_of(command: click.Command) -> str:
    shown = [item for item in command.params if isinstance(item, click.Option) and not item.hidden]
    return (
        table(("option", "meaning"), ((_names(option), " ".join(_meaning(option))) for option in shown))
        if shown
        else ""
    )


def _names(option: click.Option) -> str:
    value = "" if option.is_flag else f" {option.make_metavar(_CONTEXT)}"
    return ", ".join(
        code(name + ("" if isinstance(option.type, click.Choice) else value))
        for name in (*option.opts, *option.secondary_opts)
    )


def _meaning(option: click.Option) -> Iterator[str]:
    yield _FLAG.sub(r"`\g<0>`", option.help or "")
    if isinstance(option.type, click.Choice):
        yield f"{alternatives(option.type.choices)}; default: {code(option.default)}."
    if option.envvar:
        yield f"Also the variable {code(option.envvar)}."


def _configuration_keys() -> str:
    rows = [(code(name), key.meaning, key.expected, _default(name)) for name, key in KEYS.items()]
    rows.append((code("extend"), EXTEND.meaning, EXTEND.expected, "none"))
    return table(("key", "meaning", "value", "default"), rows)


def _default(name: str) -> str:
    value = getattr(Settings(), name.replace("-", "_"))
    return code(json.dumps(value)) if isinstance(value, bool) else "none"


def _finding_objects() -> str:
    return object_tables(schema_of_findings())


LINTER_BLOCKS = {
    "lint-options": _lint_options,
    "other-commands": _other_commands,
    "configuration-keys": _configuration_keys,
    "finding-objects": _finding_objects,
}
