"""The shapes of a project's own functions as its users declare them: data that a TOML file holds.

A signature is written ``(query: [B, T, D], key: [B, S, D], scale=) -> [B, T, S] float32``: a parameter with a shape, or
without one if any value will do; ``=`` behind one that may be left out; the result's shape and, where it is always the
same, its dtype; several results in brackets. In a shape stand sizes, names for sizes that agree, ``...`` first for any
further axes, and in results sums, differences, products and whole quotients of these.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Final

_NAME: Final = r"[A-Za-z_]\w*"
_SHAPE: Final = r"\[[^\[\]]*\]"
_SIGNATURE: Final = re.compile(r"\s*\((?P<parameters>.*)\)\s*->\s*(?P<results>.*?)\s*")
_PARAMETER: Final = re.compile(rf"(?P<name>{_NAME})\s*(?::\s*(?P<shape>{_SHAPE}))?\s*(?P<optional>=)?")
_RESULT: Final = re.compile(rf"(?P<shape>{_SHAPE})(?:\s+(?P<dtype>{_NAME}))?")
_COMMA: Final = re.compile(r",(?![^\[]*\])")

# What a size of a result is made of, beside numbers.
_PARTS: Final = (ast.Name, ast.BinOp, ast.Load, ast.Add, ast.Sub, ast.Mult, ast.FloorDiv)


@dataclass(frozen=True)
class DeclaredShape:
    """The sizes of the axes, each as it is written; ``rest`` is whether any further axes may stand before them."""

    sizes: tuple[str, ...]
    rest: bool = False


@dataclass(frozen=True)
class DeclaredParameter:
    """A parameter; without a shape it takes anything."""

    name: str
    shape: DeclaredShape | None
    optional: bool


@dataclass(frozen=True)
class DeclaredResult:
    """A tensor that is returned; without a dtype that is not known."""

    shape: DeclaredShape
    dtype: str | None


@dataclass(frozen=True)
class DeclaredFunction:
    """A function by its dotted name, as it is imported; ``is_tuple`` is whether it returns its results in a tuple."""

    name: str
    parameters: tuple[DeclaredParameter, ...]
    results: tuple[DeclaredResult, ...]
    is_tuple: bool


def declared_function(name: str, signature: str, dtypes: frozenset[str]) -> DeclaredFunction:
    """Read what is declared of the function ``name``.

    Args:
        name: Its dotted name.
        signature: As the module's docstring says.
        dtypes: The names of dtypes that there are.

    Raises:
        ValueError: The name or the signature is not written so; the text says what is wrong.
    """
    if not all(part.isidentifier() for part in name.split(".")) or "." not in name:
        raise ValueError(f"{name!r} is not the dotted name of a function, such as 'package.module.function'")
    match = _SIGNATURE.fullmatch(signature)
    if match is None:
        raise ValueError("expected (parameter: [B, D], ...) -> [B]")
    parameters = tuple(_parameter(text) for text in _parts(match["parameters"]))
    names = [parameter.name for parameter in parameters]
    if len(set(names)) < len(names):
        raise ValueError("a parameter is named twice")
    known = {size for each in parameters if each.shape for size in each.shape.sizes if not size.isdigit()}
    has_rest = any(each.shape.rest for each in parameters if each.shape)
    results = match["results"]
    is_tuple = results.startswith("(") and results.endswith(")")
    texts = _parts(results[1:-1] if is_tuple else results)
    if not texts or (len(texts) > 1 and not is_tuple):
        raise ValueError("expected one result [B], or several in brackets ([B], [B, D])")
    return DeclaredFunction(name, parameters, tuple(_result(text, known, has_rest, dtypes) for text in texts), is_tuple)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in _COMMA.split(text)] if text.strip() else []


def _parameter(text: str) -> DeclaredParameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a parameter such as x, x=, or x: [B, D], not {text!r}")
    shape = None if match["shape"] is None else _shape(match["shape"])
    for size in shape.sizes if shape else ():
        if not size.isdigit() and not size.isidentifier():
            raise ValueError(f"expected a size or a name in the shape of {match['name']!r}, not {size!r}")
    return DeclaredParameter(match["name"], shape, match["optional"] is not None)


def _result(text: str, known: set[str], has_rest: bool, dtypes: frozenset[str]) -> DeclaredResult:
    match = _RESULT.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a result such as [B, D] or [B] float32, not {text!r}")
    if match["dtype"] is not None and match["dtype"] not in dtypes:
        raise ValueError(f"{match['dtype']!r} is no dtype of TensorFlow")
    shape = _shape(match["shape"])
    if shape.rest and not has_rest:
        raise ValueError("the result has '...', but no parameter has")
    for size in shape.sizes:
        unknown = _names(size) - known
        if unknown:
            raise ValueError(f"the result has the size {min(unknown)!r}, but no parameter has")
    return DeclaredResult(shape, match["dtype"])


def _shape(text: str) -> DeclaredShape:
    sizes = _parts(text[1:-1])
    rest = sizes[:1] == ["..."]
    return DeclaredShape(tuple(sizes[1:] if rest else sizes), rest)


def _names(size: str) -> set[str]:
    """Return the names in a result's size.

    Raises:
        ValueError: It is not made of names, whole numbers and ``+ - * //``.
    """
    wrong = ValueError(f"expected a size such as 3, D or 2*D, not {size!r}")
    try:
        parts = list(ast.walk(ast.parse(size, mode="eval").body))
    except (SyntaxError, RecursionError, MemoryError):
        raise wrong from None
    for part in parts:
        is_number = isinstance(part, ast.Constant) and type(part.value) is int
        if not is_number and not isinstance(part, _PARTS):
            raise wrong
    return {part.id for part in parts if isinstance(part, ast.Name)}
