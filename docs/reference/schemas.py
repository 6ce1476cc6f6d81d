"""JSON Schemas of what both halves write, from the types and docstrings of the classes that they write."""

from __future__ import annotations

import enum
import json
import types
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

from tfgrad_lint.output.json_format import FindingObject

from docs.reference.docstrings import meanings, summary
from docs.reference.markdown import code, table
from pytest_tfgrad.results import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES: dict[Any, str | list[str]] = {
    str: "string",
    int: "integer",
    bool: "boolean",
    types.NoneType: "null",
    # JSON knows no NaN and no infinity.
    float: ["number", "null"],
}


def schema_of_findings() -> dict[str, Any]:
    """Return the schema of `tfgrad lint --output-format json`."""
    return _document("what `tfgrad lint --output-format json` writes", list[FindingObject])


def schema_of_report() -> dict[str, Any]:
    """Return the schema of `pytest --gradcheck-report=PATH.json`."""
    return _document("what `pytest --gradcheck-report=PATH.json` writes", Report)


SCHEMAS = {"findings": schema_of_findings, "gradcheck-report": schema_of_report}


def schema_text(schema: dict[str, Any]) -> str:
    """Return a schema as its file holds it."""
    return json.dumps(schema, indent=2) + "\n"


def object_tables(schema: dict[str, Any]) -> str:
    """Return a section with a table for each class of objects in a schema."""
    sections = []
    for name, described in schema["$defs"].items():
        rows = [(code(key), _in_words(value), value["description"]) for key, value in described["properties"].items()]
        sections += [f"### {name}", described["description"], table(("key", "value", "meaning"), rows)]
    return "\n\n".join(sections)


def _document(title: str, hint: Any) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **_schema(hint),
        "$defs": {_name(kind): _object_schema(kind) for kind in _classes_in(hint)},
    }


def _classes_in(hint: Any) -> list[type]:
    """Return the classes of objects that a value may hold, each before those that it holds."""
    found: list[type] = []
    waiting = [hint]
    while waiting:
        kind = waiting.pop(0)
        if not _is_class_of_objects(kind):
            waiting += get_args(kind)
        elif kind not in found:
            found.append(kind)
            waiting += get_type_hints(kind).values()
    return found


def _object_schema(kind: Any) -> dict[str, Any]:
    said, hints = meanings(kind), get_type_hints(kind)
    needed = [key for key in hints if not is_typeddict(kind) or key in kind.__required_keys__]
    hints = {key: hints[key] for key in dict.fromkeys([*needed, *hints])}
    return {
        "description": summary(kind),
        "type": "object",
        "properties": {key: {"description": said[key], **_schema(hint)} for key, hint in hints.items()},
        "required": needed,
        "additionalProperties": False,
    }


def _schema(hint: Any) -> dict[str, Any]:
    if hint in _NAMES:
        return {"type": _NAMES[hint]}
    if _is_class_of_objects(hint):
        return {"$ref": f"#/$defs/{_name(hint)}"}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": [member.value for member in hint]}
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    inner = [_schema(each) for each in get_args(hint) if each is not Ellipsis]
    if get_origin(hint) is types.UnionType:
        return {"anyOf": inner}
    if get_origin(hint) is tuple and Ellipsis not in get_args(hint):
        return {"type": "array", "prefixItems": inner, "minItems": len(inner), "maxItems": len(inner)}
    return {"type": "array", "items": inner[0]}


def _is_class_of_objects(kind: Any) -> bool:
    return is_typeddict(kind) or is_dataclass(kind)


def _name(kind: type) -> str:
    return kind.__name__.removesuffix("Object")


def _in_words(schema: dict[str, Any]) -> str:
    return " or ".join(dict.fromkeys(_words(schema)))


def _words(schema: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield f"[{name}](#{name.lower()})"
    elif "enum" in schema:
        yield from (code(json.dumps(word)) for word in schema["enum"])
    elif "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _words(each)
    elif "prefixItems" in schema:
        yield f"array of {len(schema['prefixItems'])}: {', '.join(map(_in_words, schema['prefixItems']))}"
    elif "items" in schema:
        yield f"array of {_in_words(schema['items'])}"
    elif isinstance(schema["type"], list):
        yield from schema["type"]
    else:
        yield schema["type"]
