"""Statements of generated programs: assignments, blocks, functions and classes; they may not fit."""

from __future__ import annotations

import re
from textwrap import indent
from typing import TYPE_CHECKING, Any

from tests.conformance.generated.blocks import BLOCKS, bound_before
from tests.conformance.generated.expressions import expression

if TYPE_CHECKING:
    from tests.conformance.generated.growing import Growing

# Blocks within blocks.
_DEEPEST = 2


def statement(g: Growing) -> str:
    """Return any statement that may follow, or nothing."""
    return g.draw.choice(_SIMPLE if g.depth >= _DEEPEST else _STATEMENTS)(g)


def _assignment(g: Growing) -> str:
    return f"{g.target()} = {expression(g)}\n"


def _nested_assignment(g: Growing) -> str:
    inner, outer = expression(g), expression(g)
    name = g.tensor()
    nested = re.sub(rf"\b{name}\b", lambda _: f"({inner})", outer)
    return f"{g.target()} = {nested}\n"


def _update(g: Growing) -> str:
    x = g.tensor()
    return g.draw.choice(
        [f"{x} += {g.tensor()}\n", f"{x} *= 2\n", f"{x} -= {expression(g)}\n", f"{x} @= {g.tensor()}\n"]
    )


def _number(g: Growing) -> str:
    x, n, m, new = g.tensor(), g.named(int), g.named(int), g.new("n")
    return g.draw.choice(
        [
            f"{new} = {x}.shape[{g.axis(x)}]\n",
            f"{new} = len({x})\n",
            f"{new} = {n} + 1\n",
            f"{new} = {n} * {m}\n",
            f"{new} = {n} // 2 + 1\n",
            f"{new} = min({n}, {m})\n",
            f"{new} = {n} if flag else {m}\n",
            f"{new} = int(tf.shape({x})[0])\n",
            f"{new} = {x}.shape.rank\n",
            f"{new} = sum(1 for _ in range({n}))\n",
            f"{', '.join(g.new('n') for _ in range(g.rank(x)))} = {x}.shape\n" if g.rank(x) > 1 else "",
            f"{g.new('n')}, *{g.new('l')} = {x}.shape\n",
        ]
    )


def _unpacking(g: Growing) -> str:
    x, y = g.tensor(), g.tensor()
    axis = g.axis(x)
    names = ", ".join(g.new() for _ in range(max(g.size(x, axis % max(g.rank(x), 1)), 1)))
    return g.draw.choice(
        [
            f"{x}, {y} = {y}, {x}\n",
            f"{g.new()}, {g.new()} = tf.split({x}, 2, axis={axis})\n",
            f"{names}, = tf.unstack({x}, axis={axis})\n",
            f"{g.new()}, *_ = {x}\n",
            f"({g.new()}, {g.new()}), {g.new('n')} = ({x}, {y}), 3\n",
            f"{g.new()}, {g.new()} = tf.nn.top_k({x}, 1)\n",
            f"{g.new()}, {g.new()} = tf.nn.moments({x}, [{axis}])\n",
        ]
    )


def _container(g: Growing) -> str:
    x, items, table, n = g.tensor(), g.named(list), g.named(dict), g.named(int)
    return g.draw.choice(
        [
            f"{g.new('l')} = [{x}, {g.tensor()}]\n",
            f"{g.new('l')} = []\n",
            f"{items}.append({expression(g)})\n" if items[0] == "l" else "",
            f"{items}.extend([{x}, {x}])\n" if items[0] == "l" else "",
            f"{items}[0] = {x}\n" if items[0] == "l" else "",
            f"{g.target()} = {items}[-1]\n",
            f"{g.target()} = {items}.pop()\n" if items[0] == "l" else "",
            f"{g.new('l')} = [{x} for _ in range({n})]\n",
            f"{g.new('l')} = [tf.reduce_sum(v) for v in {items}]\n",
            f"{g.new('l')} = [v * 2 for v in {items} if v.shape.rank == 2]\n",
            f"{g.new('l')} = list(map(tf.transpose, {items}))\n",
            f"{g.new('l')} = {items} + [{x}]\n",
            f"{g.new('l')} = tf.unstack({x})\n",
            f"{g.new('d')} = {{'a': {x}, 'b': {g.tensor()}}}\n",
            f"{table}['a'] = {expression(g)}\n" if table[0] == "d" else "",
            f"{g.target()} = {table}['a']\n",
            f"{g.target()} = {table}.get('b', {x})\n",
            f"{g.new('d')} = {{**{table}, 'b': {x}}}\n",
            f"{g.new('d')} = {{k: tf.reduce_mean(v) for k, v in {table}.items()}}\n",
        ]
    )


def _branch(g: Growing) -> str:
    x = g.tensor()
    test = g.draw.choice(
        [
            "flag",
            "not flag",
            f"tf.reduce_sum({x}) > 0",
            f"{x}.shape.rank == {g.draw.integer(1, 3)}",
            f"{x}.shape[0] > 2",
        ]
    )
    first, _ = g.inner(g.draw.integer(1, 2))
    if not first:
        return ""
    text = f"if {test}:\n{indent(first, '    ')}"
    second = g.inner(g.draw.integer(1, 2))[0] if g.draw.chance() else ""
    return bound_before(g, first, second) + text + (f"else:\n{indent(second, '    ')}" if second else "")


def _loop(g: Growing) -> str:
    x = g.tensor()
    table = g.named(dict)
    item, count = g.new(), g.new("n")
    head = g.draw.choice(
        [
            f"for {count} in range({g.draw.choice([2, 3, 10, 12])}):",
            f"for {item} in {g.named(list)}:",
            f"for {item} in {x}:",
            f"for {count}, {item} in enumerate({g.named(list)}):",
            f"for {count} in range({g.named(int)}):",
            f"for {item} in tf.unstack({x}):",
            f"for {item} in tf.data.Dataset.from_tensor_slices({x}).batch(2):",
            f"for {item} in {table}.values():",
            f"for {item}, {g.new()} in zip({g.named(list)}, {g.named(list)}):",
            f"while {count} < {g.draw.choice([3, 11])}:",
        ]
    )
    inside = {name: value for name, value in ((item, x), (count, "1")) if name in head}
    body, _ = g.inner(g.draw.integer(1, 3), **inside)
    if not body:
        return ""
    leave = g.draw.choice(["", "", "", f"    if flag:\n        {g.draw.choice(['break', 'continue'])}\n"])
    parts = body.splitlines(keepends=True)
    at = g.draw.integer(0, sum(1 for _ in parts))
    if leave and all(not line.startswith((" ", "else")) for line in parts):
        whole = indent("".join(parts[:at]), "    ") + leave + indent("".join(parts[at:]), "    ")
    else:
        whole = indent(body, "    ")
    if head.startswith("while"):
        return f"{count} = 0\n{head}\n    {count} += 1\n{whole}"
    return f"{head}\n{whole}"


def _function(g: Growing) -> str:
    name, first, second = g.new("f"), g.new(), g.new()
    x, y = g.tensor(), g.tensor()
    body, inside = g.inner(g.draw.integer(1, 3), **{first: x, second: y})
    if not body:
        return ""
    result = g.draw.choice([inside.tensor(), f"{inside.tensor()}, {inside.tensor()}", expression(inside)])
    early = f"    if flag:\n        return {first}\n" if g.draw.chance(4) else ""
    default = f"={g.tensor()}" if g.draw.chance(4) else ""
    decorator = "@tf.function(autograph=False)\n" if g.draw.chance(6) else ""
    given = g.draw.choice([f"{x}, {y}", f"{x}, {second}={y}", f"*[{x}, {y}]", x if default else f"{x}, {y}"])
    calls = [f"{g.target()} = {name}({given})\n"]
    if g.draw.chance(3):
        calls.append(f"{g.new()} = {name}({y}, {x})\n")
    if g.draw.chance(6):
        calls.append(f"{g.new()} = [{name}(v, {y}) for v in {g.named(list)}]\n")
    head = f"{decorator}def {name}({first}, {second}{default}):\n{early}"
    return f"{head}{indent(body, '    ')}    return {result}\n{''.join(calls)}"


def _class(g: Growing) -> str:
    name, argument, kept = g.new("C"), g.new(), g.new()
    x, y = g.tensor(), g.tensor()
    body, inside = g.inner(g.draw.integer(1, 2), **{argument: x, kept: y})
    if not body:
        return ""
    result = expression(inside)
    base, method, call = g.draw.choice(
        [
            ("", "apply", ".apply"),
            ("(tf.Module)", "__call__", ""),
            ("(tf.keras.layers.Layer)", "call", ""),
            ("", "__call__", ""),
        ]
    )
    method_body = re.sub(rf"\b{kept}\b", f"self.{kept}", f"{indent(body, ' ' * 8)}        return {result}\n")
    start = "        super().__init__()\n" if base else ""
    made = g.new("o")
    return (
        f"class {name}{base}:\n    def __init__(self, {kept}):\n{start}        self.{kept} = {kept}\n"
        f"    def {method}(self, {argument}):\n{method_body}"
        f"{made} = {name}({y})\n{g.target()} = {made}{call}({x})\n"
        + (f"{g.new()} = {made}{call}({y})\n" if g.draw.chance(3) else "")
    )


def _gradient(g: Growing) -> str:
    x, tape = g.tensor(), g.new("t")
    body, inside = g.inner(g.draw.integer(1, 2))
    if not body:
        return ""
    target = inside.tensor()
    taken = g.draw.choice([f"{tape}.gradient({target}, {x})", f"{tape}.jacobian({target}, {x})"])
    return f"with tf.GradientTape() as {tape}:\n    {tape}.watch({x})\n{indent(body, '    ')}{g.new()} = {taken}\n"


def _attempt(g: Growing) -> str:
    x = g.tensor()
    body, _ = g.inner(g.draw.integer(1, 2))
    if not body:
        return ""
    return f"try:\n{indent(body, '    ')}except ValueError:\n    {x} = {g.tensor()}\n"


_SIMPLE: list[Any] = [
    _assignment, _assignment, _assignment, _assignment, _nested_assignment, _update, _number, _number, _unpacking,
    _container, _container,
]  # fmt: skip
_STATEMENTS: list[Any] = [
    *_SIMPLE, _branch, _branch, _loop, _loop, _loop, _function, _function, _class, _gradient, _attempt, *BLOCKS,
]  # fmt: skip
