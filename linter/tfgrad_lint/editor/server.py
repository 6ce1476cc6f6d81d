"""The server: keeps what is known of open files, and answers the client's requests."""

from __future__ import annotations

import asyncio
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from tfgrad_lint.deep_stack import deep_stack
from tfgrad_lint.editor.answers import FIX_ALL, Answers
from tfgrad_lint.editor.document import Document
from tfgrad_lint.errors import UsageError
from tfgrad_lint.file_check import forget_imports
from tfgrad_lint.paths import absolute

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfgrad_lint.deep_stack import Call

P = ParamSpec("P")
T = TypeVar("T")

# Seconds without a key pressed before a file is looked at: shorter than a pause to read, longer than between two keys.
_PAUSE = 0.25


class Server(LanguageServer):
    """A language server that runs every analysis, one after another, on the deep stack of ``call``."""

    def __init__(self, call: Call) -> None:
        super().__init__("tfgrad", version("pytest-tfgrad"), types.TextDocumentSyncKind.Full)
        self._call = call
        self._documents: dict[str, Document] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._told: str | None = None
        # One at a time: an analysis reads what the one before it kept of imported modules.
        self._turn = asyncio.Lock()

    def schedule(self, uri: str, pause: float = _PAUSE) -> None:
        """Look at a file as soon as nothing was typed for a while."""
        if uri in self._waiting:
            self._waiting[uri].cancel()
        self._waiting[uri] = asyncio.create_task(self._look(uri, pause))

    def schedule_all(self) -> None:
        """Look at all open files anew, because a file that they may import has changed."""
        forget_imports()
        self._documents.clear()
        for uri in self.workspace.text_documents:
            self.schedule(uri, pause=0)

    def close(self, uri: str) -> None:
        """Forget a file and its findings."""
        task = self._waiting.pop(uri, None)
        if task is not None:
            task.cancel()
        self._documents.pop(uri, None)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    async def ask(self, uri: str, question: Callable[[Answers], T]) -> T:
        """Return the answer to a question about the file as it is now."""
        return await self._run(lambda: question(self._answers(self._current(uri), uri)))

    async def _look(self, uri: str, pause: float) -> None:
        await asyncio.sleep(pause)
        document = self._current(uri)
        try:
            diagnostics = await self._run(lambda: self._answers(document, uri).diagnostics())
        except UsageError as error:
            self._tell(str(error))
            return
        failure = document.result.failure
        if failure is not None:
            self._tell(f"internal error in {failure.path}: {failure.error}")
        if self._current(uri) is document:
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri, diagnostics, version=document.version)
            )

    async def _run(self, function: Callable[[], T]) -> T:
        async with self._turn:
            return await asyncio.get_running_loop().run_in_executor(None, partial(self._call, function))

    def _current(self, uri: str) -> Document:
        opened = self.workspace.get_text_document(uri)
        known = self._documents.get(uri)
        if known is None or known.version != opened.version or known.text != opened.source:
            path = absolute(to_fs_path(uri) or Path("untitled.py"))
            known = self._documents[uri] = Document(path, opened.source, opened.version)
        return known

    def _answers(self, document: Document, uri: str) -> Answers:
        encoding = self.workspace.position_encoding or types.PositionEncodingKind.Utf16
        return Answers(document, uri, encoding)

    def _tell(self, message: str) -> None:
        """Show a message, once until another one comes."""
        if message != self._told:
            self._told = message
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"tfgrad: {message}"))


def serve() -> None:
    """Serve one client over standard input and output until it leaves."""
    with deep_stack() as call:
        server = Server(call)
        _add_features(server)
        server.start_io()


def _add_features(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.schedule(params.text_document.uri, pause=0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.schedule(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(_: types.DidSaveTextDocumentParams) -> None:
        server.schedule_all()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def changed_on_disk(_: types.DidChangeWatchedFilesParams) -> None:
        server.schedule_all()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)

    kinds = [types.CodeActionKind.QuickFix, FIX_ALL]

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds))
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        only = None if params.context.only is None else [getattr(kind, "value", kind) for kind in params.context.only]
        return await server.ask(params.text_document.uri, lambda answers: answers.actions(params.range, only))

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        return await server.ask(params.text_document.uri, lambda answers: answers.hints(params.range))

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        return await server.ask(params.text_document.uri, lambda answers: answers.hover(params.position))
