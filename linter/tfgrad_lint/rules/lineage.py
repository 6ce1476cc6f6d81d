"""How a value came from another one: through elementwise steps, or by a reduction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import libcst as cst

from tfgrad_lint.shapes.dims import Polynomial, symbols_of

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import Reduced
    from tfgrad_lint.domain.values import Node, Site
    from tfgrad_lint.interpreter.program import Program
    from tfgrad_lint.shapes.dims import Dim

# Last parts of the names of functions that work on each element by itself.
_ELEMENTWISE: Final = frozenset(
    "add sub mul truediv pow neg abs subtract multiply divide divide_no_nan negative square sqrt rsqrt exp log log1p "
    "expm1 reciprocal maximum minimum cast clip_by_value sigmoid tanh relu softplus identity stop_gradient "
    "convert_to_tensor constant".split()
)

_ALSO_ELEMENTWISE: Final = frozenset(
    "sin cos tan asin acos atan sinh cosh erf elu selu gelu silu softsign leaky_relu read_value value where "
    "watch gradient item".split()
)

# Functions and layers that keep the values, and layers that multiply and add with nothing after, by their names.
_REARRANGING: Final = frozenset("reshape squeeze expand_dims cast identity transpose convert_to_tensor".split())
_KEEPING_LAYERS: Final = frozenset("Reshape Flatten Dropout Permute".split())
_LINEAR_LAYERS: Final = frozenset("Dense Conv1D Conv2D Conv3D".split())

_REDUCTION: Final = re.compile(r"\.(reduce_\w+|norm|l2_loss)$")

# Steps that are looked at; a guard against cycles of loops.
_MAX_STEPS: Final = 16


def origin(node: Node) -> Node:
    """Return the step that ``node`` was made from by elementwise functions of one tensor and constants."""
    for _ in range(_MAX_STEPS):
        before = _one_tensor_before(node)
        if before is None:
            break
        node = before
    return node


def _one_tensor_before(node: Node) -> Node | None:
    if node.what.rpartition(".")[2] not in _ELEMENTWISE:
        return None
    # Python numbers become steps of the operation itself that read nothing.
    tensors = [each for each in node.inputs if each.inputs or each.what != node.what]
    return tensors[0] if len(tensors) == 1 else None


def is_elementwise(node: Node) -> bool:
    """Tell whether elementwise functions alone made ``node``, so that each of its elements depends on one other."""
    pending: list[Node] = [node]
    seen: set[Node] = set()
    while pending:
        current = pending.pop()
        if current in seen or not current.inputs or current.cut is not None:
            continue
        seen.add(current)
        if current.what.rpartition(".")[2] not in _ELEMENTWISE | _ALSO_ELEMENTWISE:
            return False
        pending.extend(current.inputs)
    return True


@dataclass(frozen=True)
class LastFunction:
    """What gave a tensor its values: ``softmax``, ``sigmoid``, or ``linear``, a layer or product with nothing after."""

    name: str
    site: Site | None


def last_function(node: Node) -> LastFunction | None:
    """Return what gave the result of ``node`` its values, steps that only rearrange them aside; None if not known."""
    for _ in range(_MAX_STEPS):
        name = node.what.rpartition(".")[2]
        if node.opaque:
            return None
        if name in {"softmax", "sigmoid"}:
            return LastFunction(name, node.site)
        if name in _REARRANGING and node.inputs:
            node = node.inputs[0]
            continue
        layers = [each for each in node.inputs if each.what.startswith("tf.keras.layers.")]
        return _of_layer(node, layers[-1]) if layers else _of_product(node, name)
    return None


def _of_layer(node: Node, layer: Node) -> LastFunction | None:
    kind = layer.what.rpartition(".")[2]
    if kind == "Softmax":
        return LastFunction("softmax", layer.site)
    if kind in _KEEPING_LAYERS:
        return last_function(node.inputs[0])
    return LastFunction("linear", layer.site) if kind in _LINEAR_LAYERS else None


def _of_product(node: Node, name: str) -> LastFunction | None:
    """Tell of a matrix product, with a bias that is added or without."""
    if name in {"matmul", "tensordot"}:
        return LastFunction("linear", node.site)
    if name in {"add", "bias_add"} and any(each.what.rpartition(".")[2] == "matmul" for each in node.inputs):
        return LastFunction("linear", node.site)
    return None


def reduction_behind(node: Node, program: Program) -> Reduced | None:
    """Return the reduction whose result ``node`` is, elementwise functions after it aside; None if there is none."""
    last = origin(node)
    return program.reductions.get(last) if _REDUCTION.search(last.what) else None


def is_transpose_of_all_axes(node: Node) -> bool:
    """Tell whether ``node`` is ``tf.transpose`` without ``perm`` of a tensor with three axes or more."""
    if node.what != "tf.transpose" or node.site is None or not isinstance(node.site.node, cst.Call):
        return False
    arguments = node.site.node.args
    has_perm = len(arguments) > 1 and any(
        argument.keyword is None or argument.keyword.value == "perm" for argument in arguments[1:]
    )
    shape = node.inputs[0].shape if node.inputs else None
    return not has_perm and shape is not None and shape.rank is not None and shape.rank >= 3


def is_layer_output(node: Node) -> bool:
    """Tell whether a layer that gives one result for each example made ``node``; an embedding need not give one."""
    layers = [each.what for each in node.inputs if each.what.startswith("tf.keras.layers.") and not each.inputs]
    return bool(layers) and not node.opaque and layers[-1] != "tf.keras.layers.Embedding"


def is_batch(dim: Dim) -> bool:
    """Tell whether ``dim`` is a number of examples: that of a Keras input, of a dataset, or of the user's ``batch``."""
    symbols = symbols_of(dim) if isinstance(dim, Polynomial) else set()
    return len(symbols) == 1 and all(repr(dim) == symbol.name and "batch" in symbol.name for symbol in symbols)
