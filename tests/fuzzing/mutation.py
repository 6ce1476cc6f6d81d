"""Programs that nobody would write: mutations of those that somebody wrote."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

_PIECE = re.compile(r"\w+|[^\w\s]|\s+")
_NUMBER = re.compile(r"\b\d+\b")

# What breaks assumptions: sizes at the edges, names of everything, syntax out of place, letters of other alphabets.
_ODD = (
    "0 -1 1 2**63 1e400 None True ... [] () {} '' b'' *x **x lambda:0 await yield async not in is := : , . ( ) [ ] { } "
    "@ -> tf keras tf.newaxis x.shape x[0] self cls super() __class__ global nonlocal del raise return break continue "
    "match case \u00e9 \u6f22 \ufeff \x00 \x0c \\\n \t \r \u2028 \ud83d\ude00 # ''' \"\"\" f'{x}' f'{' %%time !ls"
).split(" ")
_SIZES = ("0", "-1", "1", "2", "3", "7", "None", "4294967296", "9" * 30)


def mutated(random: random.Random, texts: Sequence[str]) -> str:
    """Return one of ``texts``, changed in up to four ways."""
    text = random.choice(texts)
    for _ in range(random.randint(1, 4)):
        text = random.choice(_MUTATIONS)(random, text, texts)
    return text


def _drop_piece(random: random.Random, text: str, _: Sequence[str]) -> str:
    pieces = _PIECE.findall(text)
    if pieces:
        del pieces[random.randrange(len(pieces))]
    return "".join(pieces)


def _repeat_piece(random: random.Random, text: str, _: Sequence[str]) -> str:
    pieces = _PIECE.findall(text)
    if pieces:
        index = random.randrange(len(pieces))
        pieces[index] = pieces[index] * random.choice((2, 3, 40))
    return "".join(pieces)


def _odd_piece(random: random.Random, text: str, _: Sequence[str]) -> str:
    pieces = _PIECE.findall(text)
    pieces.insert(random.randint(0, len(pieces)), random.choice(_ODD))
    return "".join(pieces)


def _swap_pieces(random: random.Random, text: str, _: Sequence[str]) -> str:
    pieces = _PIECE.findall(text)
    if len(pieces) > 1:
        one, other = random.sample(range(len(pieces)), 2)
        pieces[one], pieces[other] = pieces[other], pieces[one]
    return "".join(pieces)


def _other_size(random: random.Random, text: str, _: Sequence[str]) -> str:
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return text
    match = random.choice(numbers)
    return text[: match.start()] + random.choice(_SIZES) + text[match.end() :]


def _drop_line(random: random.Random, text: str, _: Sequence[str]) -> str:
    lines = text.split("\n")
    del lines[random.randrange(len(lines))]
    return "\n".join(lines)


def _move_line(random: random.Random, text: str, _: Sequence[str]) -> str:
    lines = text.split("\n")
    line = lines.pop(random.randrange(len(lines)))
    lines.insert(random.randint(0, len(lines)), line)
    return "\n".join(lines)


def _indent_line(random: random.Random, text: str, _: Sequence[str]) -> str:
    lines = text.split("\n")
    index = random.randrange(len(lines))
    lines[index] = random.choice(("    ", "\t", "  ")) + lines[index]
    return "\n".join(lines)


def _splice(random: random.Random, text: str, texts: Sequence[str]) -> str:
    lines, others = text.split("\n"), random.choice(texts).split("\n")
    start = random.randrange(len(others))
    place = random.randint(0, len(lines))
    return "\n".join((*lines[:place], *others[start : start + random.randint(1, 12)], *lines[place:]))


def _wrap(random: random.Random, text: str, _: Sequence[str]) -> str:
    head = random.choice(
        ("def f(self, *a, **k):", "class C(tf.keras.layers.Layer):", "for x in x:", "while x:",
         "with tf.GradientTape() as t:", "try:", "if x:", "async def f():", "@tf.function\ndef f(x=f()):")
    )  # fmt: skip
    return f"import tensorflow as tf\n{head}\n" + "\n".join(f"    {line}" for line in text.split("\n"))


def _nest(random: random.Random, text: str, _: Sequence[str]) -> str:
    depth = random.choice((3, 30, 150))
    opening, closing = random.choice((("(", ")"), ("[", "]"), ("tf.abs(", ")"), ("-", ""), ("lambda: ", "")))
    return f"{text}\nx = {opening * depth}1{closing * depth}\n"


def _line_ends(random: random.Random, text: str, _: Sequence[str]) -> str:
    return text.replace("\n", random.choice(("\r\n", "\r", "\n\x0c")))


def _cut(random: random.Random, text: str, _: Sequence[str]) -> str:
    return text[: random.randint(0, len(text))]


_MUTATIONS: tuple[Callable[[random.Random, str, Sequence[str]], str], ...] = (
    _drop_piece, _repeat_piece, _odd_piece, _odd_piece, _swap_pieces, _other_size, _other_size, _drop_line, _move_line,
    _indent_line, _splice, _splice, _wrap, _nest, _line_ends, _cut,
)  # fmt: skip
