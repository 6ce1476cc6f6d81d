"""What is known of a file as the protocol's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from tfgrad_lint.addresses import page_address
from tfgrad_lint.adopting.noqa import noqa_edits
from tfgrad_lint.editor.positions import Positions
from tfgrad_lint.findings import Applicability, Severity, Span
from tfgrad_lint.fixing.text_edits import compatible
from tfgrad_lint.paths import absolute, display

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tfgrad_lint.editor.document import Document
    from tfgrad_lint.findings import Edit, Finding
    from tfgrad_lint.inference import InferredShape, InferredTensor

SOURCE = "tfgrad"

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.{SOURCE}"

_SEVERITIES = {Severity.ERROR: types.DiagnosticSeverity.Error, Severity.WARNING: types.DiagnosticSeverity.Warning}


class Answers:
    """Answers about one version of the file that the client calls ``uri``."""

    def __init__(self, document: Document, uri: str, encoding: types.PositionEncodingKind | str) -> None:
        self._document = document
        self._uri = uri
        self._source = document.source
        self._positions = Positions(self._source.lines, encoding)

    def diagnostics(self) -> list[types.Diagnostic]:
        """Return the findings."""
        return [self._diagnostic(finding) for finding in self._document.result.findings]

    def actions(self, wanted: types.Range, only: Iterable[str] | None) -> list[types.CodeAction]:
        """Return the fixes of the findings that touch the range, ways to silence them, and all safe fixes together.

        Args:
            wanted: Where the client asks.
            only: The kinds of actions that it asks for, None for all.
        """
        found = [*self._quick_fixes(wanted), *self._fix_all()]
        if only is None:
            return found
        kinds = tuple(only)
        return [action for action in found if any(_is_a(action.kind, kind) for kind in kinds)]

    def hints(self, wanted: types.Range) -> list[types.InlayHint]:
        """Return the shape of each tensor that is assigned to a name within the range, to be shown behind the name."""
        first, last = wanted.start.line + 1, wanted.end.line + 1
        shapes = self._document.shapes
        return [self._hint(each) for each in shapes if each.shape is not None and first <= each.line <= last]

    def hover(self, position: types.Position) -> types.Hover | None:
        """Return the shape of the tensor whose name is at the position, and how it came to be."""
        line, column = self._positions.place(position)
        name, span = _word(self._source.lines[line - 1] if line <= len(self._source.lines) else "", line, column)
        tensor = self._document.tensor(name, line) if name else None
        if tensor is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, "\n".join(self._hover_lines(tensor, span)))
        return types.Hover(content, self._positions.range(span))

    def _diagnostic(self, finding: Finding) -> types.Diagnostic:
        further = (*finding.notes, *((f"help: {finding.help}",) if finding.help else ()))
        return types.Diagnostic(
            range=self._positions.range(finding.span),
            message="\n".join((finding.message, *further)),
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            code_description=types.CodeDescription(page_address(finding.code)),
            source=SOURCE,
            related_information=[*self._related(finding)],
        )

    def _related(self, finding: Finding) -> Iterator[types.DiagnosticRelatedInformation]:
        for step in finding.trace:
            yield types.DiagnosticRelatedInformation(self._location(step.path, step.span), step.message)
        for label in finding.labels:
            yield types.DiagnosticRelatedInformation(
                types.Location(self._uri, self._positions.range(label.span)), label.message
            )

    def _location(self, path: str, span: Span) -> types.Location:
        if absolute(path) == self._document.path:
            return types.Location(self._uri, self._positions.range(span))
        # Another file's lines are not at hand; its columns are right where its lines hold no letters outside of ASCII.
        start = types.Position(span.line - 1, span.column - 1)
        end = types.Position(span.end_line - 1, span.end_column - 1)
        return types.Location(absolute(path).as_uri(), types.Range(start, end))

    def _quick_fixes(self, wanted: types.Range) -> Iterator[types.CodeAction]:
        for finding in self._document.result.findings:
            diagnostic = self._diagnostic(finding)
            if not _touch(diagnostic.range, wanted):
                continue
            if finding.fix is not None:
                yield types.CodeAction(
                    title=finding.fix.message,
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[diagnostic],
                    is_preferred=finding.fix.applicability is Applicability.SAFE,
                    edit=self._edit(finding.fix.edits),
                )
            comment = noqa_edits(self._source, [finding])
            if comment:
                yield types.CodeAction(
                    title=f"Silence {finding.code} on this line",
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[diagnostic],
                    edit=self._edit(comment),
                )

    def _fix_all(self) -> Iterator[types.CodeAction]:
        fixes = [finding.fix for finding in self._document.result.findings if finding.fix is not None]
        safe = [fix for fix in dict.fromkeys(fixes) if fix.applicability is Applicability.SAFE]
        if safe:
            edits = [edit for fix in compatible(safe) for edit in fix.edits]
            yield types.CodeAction(title="Fix all that is safe", kind=FIX_ALL, edit=self._edit(edits))

    def _edit(self, edits: Iterable[Edit]) -> types.WorkspaceEdit:
        identifier = types.OptionalVersionedTextDocumentIdentifier(self._uri, self._document.version)
        made = [types.TextEdit(self._positions.range(edit.span), edit.content) for edit in edits]
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, made)])

    def _hint(self, shape: InferredShape) -> types.InlayHint:
        _, _, described = str(shape).partition(": ")
        return types.InlayHint(
            position=self._positions.position(shape.line, shape.column + len(shape.name)),
            label=f": {described}",
            kind=types.InlayHintKind.Type,
        )

    def _hover_lines(self, tensor: InferredTensor, span: Span) -> Iterator[str]:
        yield f"```python\n{tensor.shape}\n```"
        if tensor.span.line != span.line:
            yield f"as assigned at line {tensor.span.line}\n"
        for step in tensor.history:
            line = f"line {step.span.line}"
            place = line if absolute(step.path) == self._document.path else f"{display(step.path)}, {line}"
            yield f"- {place}: {step.message}"


def _is_a(kind: str | types.CodeActionKind | None, wanted: str) -> bool:
    name = kind.value if isinstance(kind, types.CodeActionKind) else kind or ""
    return name == wanted or name.startswith(f"{wanted}.")


def _touch(one: types.Range, other: types.Range) -> bool:
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def _word(text: str, line: int, column: int) -> tuple[str, Span]:
    """Return the name around a column of a line, empty if there is none, and where it stands."""
    start = end = column - 1
    while start > 0 and _is_part(text[start - 1]):
        start -= 1
    while end < len(text) and _is_part(text[end]):
        end += 1
    return text[start:end], Span(line, start + 1, line, end + 1)


def _is_part(letter: str) -> bool:
    return letter.isalnum() or letter == "_"
