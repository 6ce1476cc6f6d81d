"""Queues, and the batches that ``tf.train`` takes from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.defaults import ONE
from tfgrad_lint.api.registry import add_class, model
from tfgrad_lint.domain.values import ELEMENT, FALSE, NONE, ApiObject, Mapping, Sequence, Tensor, Value
from tfgrad_lint.shapes.conflicts import ArgumentConflict, AssignConflict
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape, meet

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_QUEUE: Final = "tf.compat.v1.QueueBase"

add_class(_QUEUE)


def _queue(operation: Operation, dtypes: Value, shapes: Value) -> Value:
    """Return a queue of elements of the given dtypes and shapes.

    Raises:
        ArgumentConflict: there is not one shape for each dtype.
    """
    kinds = dtypes.items if isinstance(dtypes, Sequence) else (dtypes,)
    named: tuple[Value, ...] = (NONE,) * len(kinds)
    if not operation.is_none(shapes):
        several = isinstance(dtypes, Sequence) or _is_nested(shapes)
        if several and isinstance(shapes, Sequence):
            named = shapes.items
        elif not several:
            named = (shapes,)
        if len(named) != len(kinds):
            raise ArgumentConflict("shapes", f"{len(named)} shapes are given for {len(kinds)} dtypes")
    parts = tuple(
        operation.tensor_result(
            UNKNOWN_SHAPE if operation.is_none(shape) else operation.shape(shape), operation.dtype(kind)
        )
        for kind, shape in zip(kinds, named, strict=True)
    )
    return ApiObject(_QUEUE, operation.node(), {ELEMENT: Sequence(parts, "list")})


def _is_nested(shapes: Value) -> bool:
    return isinstance(shapes, Sequence) and any(isinstance(item, Sequence) for item in shapes.items)


@model("tf.compat.v1.FIFOQueue", "tf.compat.v1.queue.FIFOQueue")
def fifo_queue(
    operation: Operation,
    capacity: Value,
    dtypes: Value,
    shapes: Value = NONE,
    names: Value = NONE,
    shared_name: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/queue/FIFOQueue."""
    return _queue(operation, dtypes, shapes) if operation.is_none(names) else operation.unknown()


@model("tf.compat.v1.RandomShuffleQueue", "tf.compat.v1.queue.RandomShuffleQueue", "tf.compat.v1.io.RandomShuffleQueue")
def random_shuffle_queue(
    operation: Operation,
    capacity: Value,
    min_after_dequeue: Value,
    dtypes: Value,
    shapes: Value = NONE,
    names: Value = NONE,
    seed: Value = NONE,
    shared_name: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/queue/RandomShuffleQueue."""
    return fifo_queue(operation, capacity, dtypes, shapes, names)


def _parts(queue: Value) -> tuple[Tensor, ...]:
    element = queue.attributes.get(ELEMENT) if isinstance(queue, ApiObject) else None
    items = element.items if isinstance(element, Sequence) else ()
    return tuple(item for item in items if isinstance(item, Tensor))


@model(f"{_QUEUE}.enqueue", f"{_QUEUE}.enqueue_many")
def enqueue(operation: Operation, self: Value, vals: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/queue/QueueBase#enqueue: of the queue's shapes, or rows of them.

    Raises:
        AssignConflict: a value certainly has another shape.
    """
    wanted = _parts(self)
    many = operation.name.endswith("many")
    given = vals.items if isinstance(vals, Sequence) and len(vals.items) == len(wanted) else (vals,)
    if len(given) == len(wanted):
        for expected, value in zip(wanted, given, strict=True):
            shape = operation.tensor(value).shape
            dims = expected.shape.dims
            target = expected.shape if not many or dims is None else Shape((UNKNOWN, *dims))
            if meet(shape, target) is None:
                raise AssignConflict(target, shape)
    return ApiObject("tf.Operation", operation.node(self, vals))


@model(f"{_QUEUE}.dequeue")
def dequeue(operation: Operation, self: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/queue/QueueBase#dequeue: one tensor, or a list of several."""
    return _taken(operation, self, ())


@model(f"{_QUEUE}.dequeue_many", f"{_QUEUE}.dequeue_up_to")
def dequeue_many(operation: Operation, self: Value, n: Value, name: Value = NONE) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/queue/QueueBase#dequeue_many: several elements, stacked."""
    return _taken(operation, self, (operation.integer(n) if operation.name.endswith("many") else UNKNOWN,))


def _taken(operation: Operation, queue: Value, count: tuple[Dim, ...]) -> Value:
    parts = tuple(_batch(operation, part, count) for part in _parts(queue))
    if not parts:
        return operation.unknown(queue)
    return parts[0] if len(parts) == 1 else Sequence(parts, "list")


def _batch(operation: Operation, element: Tensor, count: tuple[Dim, ...]) -> Tensor:
    dims = element.shape.dims
    return operation.tensor_result(UNKNOWN_SHAPE if dims is None else Shape((*count, *dims)), element.dtype, element)


@model("tf.compat.v1.train.batch")
def batch(
    operation: Operation,
    tensors: Value,
    batch_size: Value,
    num_threads: Value = ONE,
    capacity: Value = NONE,
    enqueue_many: Value = FALSE,
    shapes: Value = NONE,
    dynamic_pad: Value = FALSE,
    allow_smaller_final_batch: Value = FALSE,
    shared_name: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/train/batch."""
    whole = operation.boolean(allow_smaller_final_batch) is False and operation.boolean(dynamic_pad) is False
    return _batches(operation, tensors, batch_size if whole else NONE, enqueue_many)


@model("tf.compat.v1.train.shuffle_batch")
def shuffle_batch(
    operation: Operation,
    tensors: Value,
    batch_size: Value,
    capacity: Value,
    min_after_dequeue: Value,
    num_threads: Value = ONE,
    seed: Value = NONE,
    enqueue_many: Value = FALSE,
    shapes: Value = NONE,
    allow_smaller_final_batch: Value = FALSE,
    shared_name: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/train/shuffle_batch."""
    whole = operation.boolean(allow_smaller_final_batch) is False
    return _batches(operation, tensors, batch_size if whole else NONE, enqueue_many)


def _batches(operation: Operation, tensors: Value, batch_size: Value, enqueue_many: Value) -> Value:
    """Return ``batch_size`` of each tensor, or of its rows, stacked; None stands for any number."""
    count = UNKNOWN if operation.is_none(batch_size) else operation.integer(batch_size)
    rows = operation.boolean(enqueue_many)

    def stacked(value: Value) -> Value:
        operand = operation.tensor(value)
        dims = operand.shape.dims
        inner = dims[1:] if rows and dims else dims
        shape = UNKNOWN_SHAPE if inner is None or rows is None else Shape((count, *inner))
        return operation.tensor_result(shape, operand.dtype, operand)

    if isinstance(tensors, Sequence):
        parts = tuple(map(stacked, tensors.items))
        return parts[0] if len(parts) == 1 else Sequence(parts, "list")
    if isinstance(tensors, Mapping):
        return Mapping({key: stacked(item) for key, item in tensors.items.items()})
    return stacked(tensors)


@model("tf.compat.v1.train.slice_input_producer")
def slice_input_producer(
    operation: Operation,
    tensor_list: Value,
    num_epochs: Value = NONE,
    shuffle: Value = NONE,
    seed: Value = NONE,
    capacity: Value = NONE,
    shared_name: Value = NONE,
    name: Value = NONE,
) -> Value:
    """https://www.tensorflow.org/api_docs/python/tf/compat/v1/train/slice_input_producer: a row of each."""
    if not isinstance(tensor_list, Sequence):
        return operation.unknown(tensor_list)
    rows: list[Value] = []
    for value in tensor_list.items:
        operand = operation.tensor(value)
        dims = operand.shape.dims
        rows.append(operation.tensor_result(Shape(dims[1:]) if dims else UNKNOWN_SHAPE, operand.dtype, operand))
    return Sequence(tuple(rows), "list")
