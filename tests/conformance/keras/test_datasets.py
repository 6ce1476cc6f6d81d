"""Elements of datasets against ``element_spec`` of the real ones."""

from __future__ import annotations

from typing import Any

import libcst as cst
import pytest
import tensorflow as tf
from tfgrad_lint.api.data import element_of
from tfgrad_lint.domain.values import Mapping, Sequence, Tensor, Value
from tfgrad_lint.interpreter.program import interpret

START = """
import tensorflow as tf

x, y = tf.ones([20, 3, 2]), tf.range(20)
rows = tf.data.Dataset.from_tensor_slices((x, y))
features = {"x": tf.io.FixedLenFeature([3], tf.float32), "y": tf.io.FixedLenFeature([], tf.int64)}
"""

DATASETS = {
    "slices": "rows",
    "slices of a dict": "tf.data.Dataset.from_tensor_slices({'x': x, 'y': y})",
    "slices of a list": "tf.data.Dataset.from_tensor_slices([1.0, 2.0, 3.0])",
    "tensors": "tf.data.Dataset.from_tensors((x, y))",
    "range": "tf.data.Dataset.range(2, 9)",
    "batch": "rows.batch(8)",
    "full batches": "rows.batch(8, drop_remainder=True)",
    "batches of batches": "rows.batch(4, drop_remainder=True).batch(2)",
    "unbatched": "rows.batch(4).unbatch()",
    "shuffled and repeated": "rows.shuffle(8).repeat(2).prefetch(1).take(3).skip(1).cache()",
    "map to one": "rows.map(lambda a, b: tf.reduce_sum(a, axis=0))",
    "map to a tuple": "rows.map(lambda a, b: (tf.transpose(a), tf.one_hot(b, 5)))",
    "map to a dict": "rows.batch(4).map(lambda a, b: {'a': a[:, 0], 'b': b})",
    "map over one": "tf.data.Dataset.from_tensor_slices(x).map(lambda a: tf.reshape(a, [-1]))",
    "filter": "rows.filter(lambda a, b: b > 3)",
    "zip": "tf.data.Dataset.zip((rows, tf.data.Dataset.range(5)))",
    "enumerate": "rows.enumerate()",
    "padded": "rows.padded_batch(4)",
    "lines": "tf.data.TextLineDataset(['words.txt'])",
    "numbers of lines": "tf.data.TextLineDataset(['t']).batch(4).map(lambda v: tf.io.decode_csv(v, [[0], ['']])[0])",
    "counter": "tf.data.Dataset.counter()",
    "files": "tf.data.Dataset.list_files('.')",
    "images": "tf.data.Dataset.list_files('.').map(lambda f: tf.io.decode_jpeg(tf.io.read_file(f), channels=3))",
    "records": "tf.data.TFRecordDataset(['r']).map(lambda r: tf.io.parse_single_example(r, features))",
    "batches of records": "tf.data.TFRecordDataset(['r']).batch(4).map(lambda r: tf.io.parse_example(r, features))",
    "concatenated": "rows.batch(4).concatenate(rows.batch(5))",
}


def _compare(value: Value, spec: Any) -> None:
    if isinstance(spec, tuple):
        assert isinstance(value, Sequence)
        assert len(value.items) == len(spec)
        for own, other in zip(value.items, spec, strict=True):
            _compare(own, other)
    elif isinstance(spec, dict):
        assert isinstance(value, Mapping)
        assert value.items.keys() == spec.keys()
        for key, other in spec.items():
            _compare(value.items[key], other)
    else:
        assert isinstance(value, Tensor)
        assert value.dtype in (None, spec.dtype.name)
        assert value.shape.dims is not None
        assert [dim if isinstance(dim, int) else None for dim in value.shape.dims] == spec.shape.as_list()


@pytest.mark.parametrize("name", DATASETS)
def test_elements_look_as_the_real_ones_do(name: str) -> None:
    source = f"{START}data = {DATASETS[name]}\n"
    scope: dict[str, Any] = {}
    exec(compile(source, "data.py", "exec"), scope)
    assert isinstance(scope["data"], tf.data.Dataset)
    element = element_of(interpret(cst.parse_module(source), "data.py").variables["data"])
    assert element is not None
    _compare(element, scope["data"].element_spec)
