"""Statements of generated programs that hold others: matches, contexts, nested functions, generators, models."""

from __future__ import annotations

import re
from textwrap import indent
from typing import TYPE_CHECKING, Any

from tests.conformance.generated.expressions import expression

if TYPE_CHECKING:
    from tests.conformance.generated.growing import Growing


def bound_before(g: Growing, *parts: str) -> str:
    """Return assignments of what only some of the ``parts`` bind, so that what follows may use it."""
    bound = dict.fromkeys(re.findall(r"^([a-z]\d+) =", "".join(parts), re.MULTILINE))
    fallback = g.tensor()
    return "".join(f"{name} = {fallback}\n" for name in bound if name not in g.values and name[0] == "x")


def _of(g: Growing, argument: str) -> str:
    """Return an expression of a tensor called ``argument``."""
    return re.sub(rf"\b{g.tensor()}\b", argument, expression(g))


def _match(g: Growing) -> str:
    x, size = g.tensor(), g.new("n")
    subject, patterns = g.draw.choice(
        [
            ("flag", ["True", "_"]),
            (f"{x}.shape.rank", ["1", "2 | 3", "_"]),
            (f"({x}.shape.rank, flag)", ["(1, _)", "(2, True)", "_"]),
            (f"tuple({x}.shape)", [f"({size},)", f"({size}, 2)", f"({size}, *_)", "_"]),
            (f"{x}.shape[0]", [f"{size} if {size} > 2", "1 | 2", "_"]),
            ("{'kind': 'sum' if flag else 'mean'}", ["{'kind': 'sum'}", "{'kind': str()}", "_"]),
            (f"{x}", ["tf.Variable()", "tf.Tensor()", "_"]),
        ]
    )
    bodies = [g.inner(g.draw.integer(1, 2))[0] for _ in patterns]
    if not all(bodies):
        return ""
    cases = (f"    case {each}:\n{indent(body, ' ' * 8)}" for each, body in zip(patterns, bodies, strict=True))
    return f"{bound_before(g, *bodies)}match {subject}:\n{''.join(cases)}"


def _context(g: Growing) -> str:
    x, new = g.tensor(), g.new()
    body, _ = g.inner(g.draw.integer(1, 2))
    head = g.draw.choice(
        [
            "with tf.name_scope('part'):",
            "with tf.device('/cpu:0'), tf.name_scope('part'):",
            f"with contextlib.nullcontext({x}) as {new}:",
            "with contextlib.suppress(ValueError):",
        ]
    )
    return f"{head}\n{indent(body, '    ')}" if body else ""


def _nested_function(g: Growing) -> str:
    name, inner, first, second = g.new("f"), g.new("f"), g.new(), g.new()
    x, y = g.tensor(), g.tensor()
    body, inside = g.inner(g.draw.integer(1, 2), **{first: x, second: y})
    if not body:
        return ""
    result = g.draw.choice([inside.tensor(), expression(inside)])
    returned = g.draw.choice([f"{inner}({first})", f"{inner}({y})", f"[{inner}(v) for v in ({first}, {y})]", inner])
    call = f"{name}({x})({y})" if returned == inner else f"{name}({x})"
    target = g.new("l") if returned[0] == "[" else g.target()
    return (
        f"def {name}({first}):\n    def {inner}({second}):\n{indent(body, ' ' * 8)}        return {result}\n"
        f"    return {returned}\n{target} = {call}\n"
    )


def _decorated(g: Growing) -> str:
    decorator, name, argument = g.new("f"), g.new("f"), g.new()
    x = g.tensor()
    body, inside = g.inner(g.draw.integer(1, 2), **{argument: x})
    if not body:
        return ""
    wrapped = g.draw.choice(["function(*args)", "function(*args, **named) * 2", "tf.reduce_sum(function(*args))"])
    return (
        f"def {decorator}(function):\n    @functools.wraps(function)\n    def wrapper(*args, **named):\n"
        f"        return {wrapped}\n    return wrapper\n"
        f"@{decorator}\ndef {name}({argument}):\n{indent(body, '    ')}    return {expression(inside)}\n"
        f"{g.target()} = {name}({x})\n"
    )


def _generator(g: Growing) -> str:
    name, argument = g.new("f"), g.new()
    x, item = g.tensor(), g.new()
    body, inside = g.inner(1, **{argument: x})
    if not body:
        return ""
    use = g.draw.choice(
        [
            f"{g.new('l')} = list({name}({x}))\n",
            f"{g.target()} = sum({name}({x}))\n",
            f"for {item} in {name}({x}):\n    {g.new()} = {item}\n",
            f"{g.target()} = next({name}({x}))\n",
        ]
    )
    yielded = inside.tensor()
    return f"def {name}({argument}):\n    for _ in range(3):\n{indent(body, ' ' * 8)}        yield {yielded}\n{use}"


def _derived_class(g: Growing) -> str:
    base, name, argument = g.new("C"), g.new("C"), g.new()
    x, y, made = g.tensor(), g.tensor(), g.new("o")
    body, inside = g.inner(1, **{argument: x})
    if not body:
        return ""
    own = g.draw.choice(["super().step(v)", "super().step(v) * 2", "super().step(super().step(v))", "self.first(v)"])
    return (
        f"class {base}:\n    scale = 2.0\n\n    def step(self, {argument}):\n{indent(body, ' ' * 8)}"
        f"        return {inside.tensor()}\n\n    @staticmethod\n    def first(v):\n        return v[:1]\n\n"
        f"    @property\n    def kept(self):\n        return {y}\n"
        f"class {name}({base}):\n    def step(self, v):\n        return {own}\n"
        f"{made} = {name}()\n{g.target()} = {made}.step({x})\n{g.target()} = {made}.kept\n"
    )


def _record(g: Growing) -> str:
    name, made, x, y = g.new("C"), g.new("o"), g.tensor(), g.tensor()
    return (
        f"@dataclass\nclass {name}:\n    first: object\n    second: object = None\n\n"
        f"    def both(self):\n        return self.first, self.second\n"
        f"{made} = {name}({x}, {g.draw.choice([y, f'second={y}'])})\n"
        f"{g.target()} = {made}.first\n{g.new()}, {g.new()} = {made}.both()\n"
    )


def _model(g: Growing) -> str:
    x, model, given = g.tensor(), g.new("m"), g.new()
    start = f"{given} = tf.cast({x}, tf.float32)\n"
    units = g.draw.integer(1, 3)
    text = g.draw.choice(
        [
            f"{model} = tf.keras.Sequential([tf.keras.layers.Dense({units}, 'relu'), tf.keras.layers.Flatten()])\n",
            f"{model} = tf.keras.Sequential([tf.keras.Input({given}.shape[1:]), tf.keras.layers.Dense({units})])\n",
            f"{model}_in = tf.keras.Input({given}.shape[1:])\n"
            f"{model}_out = tf.keras.layers.Dense({units})(tf.keras.layers.Dense({units})({model}_in))\n"
            f"{model} = tf.keras.Model({model}_in, {model}_out)\n",
            f"class {model}_class(tf.keras.Model):\n    def __init__(self):\n        super().__init__()\n"
            f"        self.dense = tf.keras.layers.Dense({units})\n\n    def call(self, v):\n"
            f"        return self.dense(v)[:, 0]\n{model} = {model}_class()\n",
            f"class {model}_class(tf.keras.layers.Layer):\n    def build(self, shape):\n"
            f"        self.w = self.add_weight(shape=(shape[-1], {units}))\n\n    def call(self, v):\n"
            f"        return tf.tensordot(v, self.w, 1)\n{model} = {model}_class()\n",
        ]
    )
    return f"{start}{text}{g.target()} = {model}({given})\n"


def _mapped(g: Growing) -> str:
    x, y = g.tensor(), g.tensor()
    return g.draw.choice(
        [
            f"{g.target()} = tf.map_fn(lambda v: {_of(g, 'v')}, {x})\n",
            f"{g.target()} = tf.vectorized_map(lambda v: {_of(g, 'v')}, {x})\n",
            f"{g.target()} = tf.scan(lambda a, v: a + v, {x})\n",
            f"{g.target()} = tf.foldl(lambda a, v: {_of(g, 'v')}, {x})\n",
            f"_, {g.target()} = tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, {_of(g, 'v')}), (0, {x}))\n",
            f"{g.target()} = functools.reduce(tf.add, [{x}, {y}, {x}])\n",
            f"{g.target()} = functools.partial(tf.reduce_sum, axis={g.axis(x)})({x})\n",
            f"{g.target()} = (lambda *values, axis=0: tf.concat(values, axis))({x}, {y})\n",
            f"{g.target()} = tf.nest.map_structure(lambda v: {_of(g, 'v')}, {{'a': {x}, 'b': ({y},)}})['b'][0]\n",
        ]
    )


def _walrus(g: Growing) -> str:
    x, new, count = g.tensor(), g.new(), g.new("n")
    return g.draw.choice(
        [
            f"if ({new} := {expression(g)}).shape.rank == 2:\n    {x} = {new}\n",
            f"{count} = 3\nwhile ({count} := {count} - 1) > 0:\n    {x} = {expression(g)}\n",
            f"{new} = [{count} := 2, {x}][1]\n",
        ]
    )


BLOCKS: list[Any] = [
    _match, _match, _context, _nested_function, _nested_function, _decorated, _generator, _derived_class, _record,
    _model, _model, _mapped, _mapped, _walrus,
]  # fmt: skip
