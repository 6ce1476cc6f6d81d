"""The language server, driven over standard input and output as an editor does."""

from __future__ import annotations

import asyncio
import builtins
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

SHAPES = """\
import tensorflow as tf
from sizes import WIDTH

x = tf.ones([2, WIDTH])
w = tf.ones([4, 5])
s = "𝄞"; y = x @ w
"""
SWAPPED = """\
import tensorflow as tf

w = tf.Variable(2.0)
with tf.GradientTape() as tape:
    loss = w * w
grads = tape.gradient(loss, [w])
tf.keras.optimizers.SGD().apply_gradients(zip([w], grads))
"""


class Editor:
    """An editor with the server started; ``diagnostics`` holds what was published last, by name of the file."""

    def __init__(self, client, folder):
        self.client = client
        self.folder = folder
        self.published = asyncio.Queue()
        self.messages = asyncio.Queue()

    def uri(self, name):
        return (self.folder / name).as_uri()

    def open(self, name, text):
        item = types.TextDocumentItem(self.uri(name), "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, name, version, text):
        identifier = types.VersionedTextDocumentIdentifier(version, self.uri(name))
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))

    def save(self, name):
        identifier = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(identifier))

    async def diagnostics(self):
        return await asyncio.wait_for(self.published.get(), 60)

    async def codes(self):
        return [each.code for each in (await self.diagnostics()).diagnostics]

    async def actions(self, name, at, only=None):
        context = types.CodeActionContext([], only=only)
        identifier = types.TextDocumentIdentifier(self.uri(name))
        params = types.CodeActionParams(identifier, types.Range(at, at), context)
        return await self.client.text_document_code_action_async(params)


@asynccontextmanager
async def editor(folder, encodings=None):
    client = LanguageClient("test", "1")
    session = Editor(client, folder)

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params):
        session.published.put_nowait(params)

    @client.feature(types.WINDOW_SHOW_MESSAGE)
    def told(params):
        session.messages.put_nowait(params.message)

    await client.start_io(sys.executable, "-m", "tfgrad_lint", "server", "--stdio")
    general = types.GeneralClientCapabilities(position_encodings=encodings)
    capabilities = types.ClientCapabilities(general=general)
    await client.initialize_async(types.InitializeParams(capabilities, root_uri=folder.as_uri()))
    client.initialized(types.InitializedParams())
    try:
        yield session
    finally:
        await client.shutdown_async(None)
        client.exit(None)
        await asyncio.wait_for(client.stop(), 60)


@pytest.fixture
def folder(write):
    return write({"sizes.py": "WIDTH = 3\n"})


def test_a_file_is_looked_at_when_it_is_opened_changed_and_closed(folder):
    async def session():
        async with editor(folder) as its:
            its.open("a.py", SHAPES)
            published = await its.diagnostics()
            assert (published.uri, published.version) == (its.uri("a.py"), 1)
            (found,) = published.diagnostics
            assert (found.code, found.source, found.severity) == ("TFG101", "tfgrad", types.DiagnosticSeverity.Error)
            assert found.code_description.href.endswith("/docs/rules/TFG101.md")
            assert found.message.startswith("`x @ w` contracts [2, 3] with [4, 5]")
            # Columns count in UTF-16: the clef takes two.
            assert found.range == types.Range(types.Position(5, 14), types.Position(5, 19))
            places = {each.message: each.location.range.start.line for each in found.related_information}
            assert places["x: [2, 3]"] == 5
            assert places["`tf.ones([2, WIDTH])` has shape [2, 3]"] == 3

            # Only the last of a burst of changes is looked at.
            its.change("a.py", 2, SHAPES.replace("4, 5", "3"))
            its.change("a.py", 3, SHAPES.replace("4, 5", "3, 5"))
            published = await its.diagnostics()
            assert (published.version, list(published.diagnostics)) == (3, [])

            identifier = types.TextDocumentIdentifier(its.uri("a.py"))
            its.change("a.py", 4, SHAPES)
            assert await its.codes() == ["TFG101"]
            its.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))
            assert await its.codes() == []

    asyncio.run(session())


def test_columns_count_as_the_client_wants(folder):
    async def session():
        async with editor(folder, encodings=[types.PositionEncodingKind.Utf8]) as its:
            its.open("a.py", SHAPES)
            (found,) = (await its.diagnostics()).diagnostics
            assert found.range == types.Range(types.Position(5, 16), types.Position(5, 21))

    asyncio.run(session())


def test_a_saved_import_is_seen_by_the_files_that_are_open(folder):
    async def session():
        async with editor(folder) as its:
            its.open("a.py", SHAPES)
            assert await its.codes() == ["TFG101"]
            (folder / "sizes.py").write_text("WIDTH = 4\n")
            its.save("sizes.py")
            assert await its.codes() == []
            (folder / "sizes.py").write_text("WIDTH = 5\n")
            event = types.FileEvent(its.uri("sizes.py"), types.FileChangeType.Changed)
            its.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
            assert await its.codes() == ["TFG101"]

    asyncio.run(session())


def test_settings_hold_and_a_mistake_in_them_is_shown(folder, write):
    async def session():
        async with editor(folder) as its:
            write({"tfgrad.toml": 'ignore = ["TFG101"]\n'})
            its.open("a.py", SHAPES)
            assert await its.codes() == []
            write({"tfgrad.toml": "exclude = ['b.py']\n", "b.py": SHAPES})
            its.open("b.py", SHAPES)
            assert await its.codes() == []
            write({"tfgrad.toml": "ignroe = []\n"})
            its.change("a.py", 2, SHAPES + "\n")
            message = await asyncio.wait_for(its.messages.get(), 60)
            assert message.endswith("tfgrad.toml: ignroe: unknown key; did you mean 'ignore'?")
            write({"tfgrad.toml": ""})
            its.change("a.py", 3, SHAPES)
            assert await its.codes() == ["TFG101"]

    asyncio.run(session())


def test_quick_fixes_fix_or_silence(folder):
    async def session():
        async with editor(folder) as its:
            its.open("a.py", SWAPPED)
            (found,) = (await its.diagnostics()).diagnostics
            fix, silence, fix_all = await its.actions("a.py", found.range.start)
            assert (fix.kind, fix.is_preferred) == (types.CodeActionKind.QuickFix, True)
            assert "zip(grads, [w])" in applied(SWAPPED, fix)
            assert silence.title == f"Silence {found.code} on this line"
            assert f"grads))  # noqa: {found.code}\n" in applied(SWAPPED, silence)
            assert fix_all.kind == "source.fixAll.tfgrad"
            assert applied(SWAPPED, fix_all) == applied(SWAPPED, fix)
            only = [types.CodeActionKind.SourceFixAll]
            assert [each.title for each in await its.actions("a.py", found.range.start, only)] == [fix_all.title]
            assert [each.kind for each in await its.actions("a.py", types.Position(0, 0))] == ["source.fixAll.tfgrad"]

    asyncio.run(session())


def applied(text, action):
    """Return the text with the action's edits made, as an editor makes them."""
    (change,) = action.edit.document_changes
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:index]) for index in range(len(lines) + 1)]

    def offset(position):
        return starts[position.line] + position.character

    for edit in sorted(change.edits, key=lambda each: offset(each.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def test_shapes_stand_behind_the_names_and_their_history_is_told(folder):
    async def session():
        async with editor(folder) as its:
            text = SHAPES.replace("4, 5", "3, 5")
            its.open("a.py", text)
            await its.diagnostics()
            identifier = types.TextDocumentIdentifier(its.uri("a.py"))
            everything = types.Range(types.Position(0, 0), types.Position(6, 0))
            hints = await its.client.text_document_inlay_hint_async(types.InlayHintParams(identifier, everything))
            assert [(each.position.line, each.position.character, each.label) for each in hints] == [
                (3, 1, ": [2, 3] float32"),
                (4, 1, ": [3, 5] float32"),
                (5, 11, ": [2, 5] float32"),
            ]
            some = types.Range(types.Position(4, 0), types.Position(4, 9))
            hints = await its.client.text_document_inlay_hint_async(types.InlayHintParams(identifier, some))
            assert len(hints) == 1

            async def hover(line, character):
                position = types.Position(line, character)
                return await its.client.text_document_hover_async(types.HoverParams(identifier, position))

            shown = await hover(5, 10)
            assert shown.contents.value.splitlines() == [
                "```python",
                "y: [2, 5] float32",
                "```",
                "- line 4: `tf.ones([2, WIDTH])` has shape [2, 3]",
                "- line 6: `x @ w` has shape [2, 5]",
            ]
            assert shown.range == types.Range(types.Position(5, 10), types.Position(5, 11))
            # A name that is read tells of its assignment.
            assert "as assigned at line 5" in (await hover(5, 18)).contents.value
            assert await hover(0, 1) is None

    asyncio.run(session())


def test_the_cells_of_a_notebook_are_left_to_the_command(folder):
    async def session():
        async with editor(folder) as its:
            its.open("n.ipynb", SHAPES)
            assert await its.codes() == []

    asyncio.run(session())


def test_a_syntax_error_while_typing_is_a_finding_and_the_server_goes_on(folder):
    async def session():
        async with editor(folder) as its:
            its.open("a.py", "import tensorflow as tf\nx = (\n")
            assert await its.codes() == ["TFG001"]
            its.change("a.py", 2, "import tensorflow as tf\nx = " + "(" * 3000)
            assert len(await its.codes()) <= 1
            its.change("a.py", 3, SHAPES)
            assert await its.codes() == ["TFG101"]

    asyncio.run(session())


def test_without_the_library_the_extra_is_named(run, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("tfgrad_lint.editor")]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] in {"pygls", "lsprotocol"}:
            raise ImportError(name, name=name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    outcome = run("server")
    assert outcome.code == 2
    assert outcome.err == "tfgrad: error: the language server needs pygls: pip install 'pytest-tfgrad[server]'\n"


def test_the_page_names_the_command():
    page = (Path(__file__).parents[3] / "docs" / "editors.md").read_text()
    assert page.count("tfgrad") > 10
    for name in ("VS Code", "Neovim", "PyCharm", "Emacs"):
        assert f"## {name}" in page
