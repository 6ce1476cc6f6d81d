"""``tfgrad server``."""

from __future__ import annotations

import click

from tfgrad_lint.errors import UsageError
from tfgrad_lint.exit_codes import EXIT_CLEAN


@click.command()
@click.option("--stdio", is_flag=True, hidden=True, help="What clients add; there is no other way to talk to it.")
def server(*, stdio: bool) -> int:
    """Start the language server for an editor, which talks to it over standard input and output."""
    del stdio
    try:
        from tfgrad_lint.editor.server import serve  # noqa: PLC0415 - an extra
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        raise UsageError("the language server needs pygls: pip install 'pytest-tfgrad[server]'") from None
    serve()
    return EXIT_CLEAN
