"""Expressions of generated programs, with names of tensors that the program has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tests.conformance.draw import Draw
    from tests.conformance.generated.growing import Growing


def start(draw: Draw) -> str:
    """Return a tensor that depends on nothing."""
    dims = draw.positive_dims(1, 3)
    return draw.choice(
        [
            f"tf.ones({dims})",
            f"tf.zeros({dims})",
            f"tf.random.normal({tuple(dims)})",
            f"tf.Variable(tf.ones({dims}))",
            f"tf.range({dims[0] + 1})",
            f"np.ones({dims})",
            f"tf.constant({np.ones(dims[:2]).tolist()})",
        ]
    )


def expression(g: Growing) -> str:
    """Return any expression of a tensor, which may not fit."""
    return g.draw.choice(_EXPRESSIONS)(g)


def _elementwise(g: Growing) -> str:
    x = g.tensor()
    return g.draw.choice(
        [
            f"tf.nn.relu({x})",
            f"-{x}",
            f"{x} * 2",
            f"2.0 * {x}",
            f"tf.square({x})",
            f"tf.cast({x}, tf.float32)",
            f"tf.zeros_like({x})",
            f"tf.stop_gradient({x})",
            f"{x} > 0",
            f"tf.nn.softmax(tf.cast({x}, tf.float32))",
            f"np.asarray({x})",
            f"tf.identity({x})",
        ]
    )


def _binary(g: Growing) -> str:
    x, y = g.tensor(), g.tensor()
    sign = g.draw.choice(["+", "-", "*", "/", "//", "**", "<", "=="])
    return g.draw.choice(
        [f"{x} {sign} {y}", f"tf.add({x}, {y})", f"tf.maximum({x}, {y})", f"tf.where({x} > 0, {x}, {y})"]
    )


def _product(g: Growing) -> str:
    x, y = g.tensor(), g.tensor()
    return g.draw.choice(
        [
            f"tf.matmul({x}, {y})",
            f"{x} @ {y}",
            f"tf.matmul({x}, {x}, transpose_b=True)",
            f"tf.matmul({x}, {y}, transpose_a=True)",
            f"tf.tensordot({x}, {y}, axes=1)",
            f"tf.einsum('ij,kj->ik', {x}, {y})",
            f"tf.einsum('...i,i->...', {x}, {y})",
            f"tf.linalg.matvec({x}, {y})",
            f"tf.keras.layers.Dense({g.draw.integer(1, 4)})({x})",
            f"np.dot({x}, {y})",
        ]
    )


def _layer(g: Growing) -> str:
    x, y, units = g.tensor(), g.tensor(), g.draw.integer(1, 3)
    layer = g.draw.choice(
        [
            "Flatten()", "Reshape((-1,))", "Reshape((1, -1))", "LayerNormalization()", "BatchNormalization()",
            "Dropout(0.5)", f"Conv1D({units}, 1)", f"Conv1D({units}, 2, padding='same')", f"Conv2D({units}, 1)",
            "MaxPooling1D(2, padding='same')", "GlobalAveragePooling1D()", f"LSTM({units})",
            f"GRU({units}, return_sequences=True)", f"RepeatVector({units})", "Permute((2, 1))", "Softmax()",
            "Activation('relu')", f"TimeDistributed(tf.keras.layers.Dense({units}))", "UpSampling1D()",
            f"Bidirectional(tf.keras.layers.LSTM({units}))", "ZeroPadding1D(1)",
        ]
    )  # fmt: skip
    merging = g.draw.choice(["Concatenate()", "Add()", "Multiply()", "Dot(axes=-1)", f"Concatenate(axis={g.axis(x)})"])
    return g.draw.choice(
        [
            f"tf.keras.layers.{layer}(tf.cast({x}, tf.float32))",
            f"tf.keras.layers.{layer}({x})",
            f"tf.keras.layers.{merging}([{x}, {y}])",
            f"tf.keras.layers.Embedding(9, {units})(tf.cast({x}, tf.int32))",
        ]
    )


def _kept_axis(g: Growing) -> str:
    x, axis = g.tensor(), g.axis(g.tensor())
    return g.draw.choice(
        [
            f"{x} - tf.reduce_mean({x}, axis={axis}, keepdims=True)",
            f"{x} / tf.norm({x}, axis={axis}, keepdims=True)",
            f"{x} - np.mean({x}, {axis}, keepdims=True)",
            f"tf.reduce_sum({x}, {axis}, True)",
            f"tf.reduce_max({x}, axis=[{axis}], keepdims=True) * {g.tensor()}",
            f"tf.nn.l2_normalize(tf.cast({x}, tf.float32), {axis})",
            f"tf.reduce_sum({x}[:, None] - {g.tensor()}[None], -1)",
            f"tf.linalg.diag({x})",
            f"tf.cumsum({x}, {axis})",
            f"tf.sort({x}, {axis})",
        ]
    )


def _reduction(g: Growing) -> str:
    x = g.tensor()
    name = g.draw.choice(["tf.reduce_sum", "tf.reduce_mean", "tf.reduce_max", "np.sum", "np.mean"])
    axis = g.draw.choice(["", f", axis={g.axis(x)}", f", axis=[{g.axis(x)}]", f", {g.axis(x)}"])
    keep = ", keepdims=True" if g.draw.chance(3) else ""
    return g.draw.choice([f"{name}({x}{axis}{keep})", f"tf.argmax({x}, axis={g.axis(x)})", f"tf.norm({x}{axis})"])


def _rearrangement(g: Growing) -> str:
    x, y, n = g.tensor(), g.tensor(), g.named(int)
    axis = g.axis(x)
    order = list(range(g.rank(x)))
    g.draw.rng.shuffle(order)
    count = int(np.prod([g.size(x, each) for each in range(g.rank(x))]))
    factor = g.draw.choice([f for f in (1, 2, 3, 4, 5, 6) if count % f == 0])
    return g.draw.choice(
        [
            f"tf.reshape({x}, [-1])",
            f"tf.reshape({x}, [{factor}, -1])",
            f"tf.reshape({x}, [{factor}, {count // factor}])",
            f"tf.reshape({x}, [{x}.shape[0], -1])",
            f"tf.reshape({x}, [tf.shape({x})[0], -1, 1])",
            f"tf.reshape({x}, tf.shape({y}))",
            f"tf.reshape({x}, {y}.shape)",
            f"tf.reshape({x}, [{n}, -1])",
            f"tf.reshape({x}, tf.concat([tf.shape({x})[:1], [-1]], axis=0))",
            f"tf.transpose({x})",
            f"tf.transpose({x}, {order})",
            f"tf.expand_dims({x}, {axis})",
            f"tf.squeeze({x})",
            f"tf.squeeze({x}, axis={axis})",
            f"tf.tile({x}, {[g.draw.integer(1, 2) for _ in order]})",
            f"tf.pad({x}, {[[g.draw.integer(0, 2), 1] for _ in order]})",
            f"tf.repeat({x}, {n}, axis={axis})",
            f"tf.broadcast_to({x}, tf.shape({y}))",
            f"tf.reverse({x}, [{axis}])",
            f"tf.roll({x}, 1, {axis})",
            f"np.transpose({x})",
            f"np.reshape({x}, (-1, {factor}))",
        ]
    )


def _joining(g: Growing) -> str:
    x, y, items = g.tensor(), g.tensor(), g.named(list)
    return g.draw.choice(
        [
            f"tf.concat([{x}, {y}], axis={g.axis(x)})",
            f"tf.concat([{x}, {x}], {g.axis(x)})",
            f"tf.stack([{x}, {y}], axis={g.axis(x)})",
            f"tf.stack({items})",
            f"tf.concat({items}, 0)",
            f"tf.add_n({items})",
            f"sum({items})",
            f"tf.convert_to_tensor({items})",
        ]
    )


def _subscript(g: Growing) -> str:
    x, n = g.tensor(), g.named(int)
    part = g.draw.choice(
        [
            "0", "-1", ":", "None", "..., None", "..., 0", ":, None", "None, :", "1:", ":-1", "::2", "::-1", ":, 0",
            ":, 1:", "..., -1:", "0, ...", "tf.newaxis, ..., tf.newaxis", f":{n}", f"{n}:", f"-{n}:", ":0", "0:1",
            "0, 0", ":, ::2, None",
        ]
    )  # fmt: skip
    return g.draw.choice(
        [f"{x}[{part}]"] * 3 + [f"tf.gather({x}, [0, 0, 0], axis={g.axis(x)})", f"tf.gather({x}, tf.range({n}))"]
    )


def _creation(g: Growing) -> str:
    x, n = g.tensor(), g.named(int)
    return g.draw.choice(
        [
            f"tf.ones([{n}, {g.draw.integer(1, 4)}])",
            f"tf.zeros({x}.shape)",
            f"tf.zeros([{x}.shape[0], {n}])",
            f"tf.ones(tf.shape({x}))",
            f"tf.fill([{n}], 2.0)",
            f"tf.range({n})",
            f"tf.eye({n})",
            f"tf.one_hot(tf.range({n}), {g.draw.integer(1, 4)})",
            f"tf.constant([{n}, {n}])",
            f"tf.random.uniform([{n}, {n}])",
            f"tf.linspace(0.0, 1.0, {n})",
            f"np.arange({n})",
            start(g.draw),
        ]
    )


def _conditional(g: Growing) -> str:
    x, y = g.tensor(), g.tensor()
    return g.draw.choice(
        [
            f"{x} if flag else {y}",
            f"{x} if {x}.shape.rank == 2 else {y}",
            f"{x} if len({x}.shape) > 1 and {x}.shape[1] == {y}.shape[0] else {y}",
            f"({x} if flag else {y})[0]",
            f"tf.cond(flag, lambda: {x}, lambda: {y})",
            f"(lambda a, b=2: a * b)({x})",
            f"(flag and {x}) or {y}",
        ]
    )


_EXPRESSIONS: list[Any] = [
    _elementwise, _binary, _product, _reduction, _reduction, _rearrangement, _rearrangement, _joining, _subscript,
    _subscript, _creation, _conditional, _layer, _kept_axis,
]  # fmt: skip
