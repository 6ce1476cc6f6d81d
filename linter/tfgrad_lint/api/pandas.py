"""pandas: tables and columns, as far as they become arrays: the rank, and how many columns were named.

How many rows and columns a file has is not known. https://pandas.pydata.org/docs/reference/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import add_class, attribute, model
from tfgrad_lint.domain.values import (
    ARRAY,
    CHANGED,
    FALSE,
    FILTERED,
    NONE,
    TRUE,
    ApiObject,
    Constant,
    Integer,
    Mapping,
    OfType,
    Sequence,
    Slice,
    Tensor,
    TensorShape,
    Value,
)
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation

_FRAME: Final = "pandas.DataFrame"
_SERIES: Final = "pandas.Series"
_LOCATOR: Final = "pandas.Locator"

for _name in (_FRAME, _SERIES, _LOCATOR):
    add_class(_name)


def _held(operation: Operation, dims: tuple[Dim, ...] | None, *inputs: Value) -> Value:
    """Return a table or a column by its sizes; what has another rank is unknown."""
    if dims is None or len(dims) not in (1, 2):
        return operation.unknown(*inputs)
    array = operation.array_result(Shape(dims), None, *inputs)
    return ApiObject(_FRAME if len(dims) == 2 else _SERIES, operation.node(*inputs), {ARRAY: array})


def _dims(operation: Operation, value: Value) -> tuple[Dim, ...]:
    array = operation.held(value) if isinstance(value, ApiObject) else None
    return (UNKNOWN,) if array is None else array.shape.dims or (UNKNOWN,)


def _array_of(operation: Operation, value: Value) -> Value:
    array = operation.held(value) if isinstance(value, ApiObject) else None
    return operation.unknown(value) if array is None else operation.array(array)


@model(
    "pandas.read_csv",
    "pandas.read_table",
    "pandas.read_excel",
    "pandas.read_json",
    "pandas.read_parquet",
    "pandas.read_pickle",
    "pandas.read_hdf",
    "pandas.read_sql",
)
def read(operation: Operation, *arguments: Value, **options: Value) -> Value:
    """https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html: a table, unless it is read in parts."""
    names = options.get("usecols", options.get("names", NONE))
    whole = operation.name.endswith(("read_csv", "read_table", "read_excel"))
    unusual = {"squeeze", "iterator", "chunksize", "index_col", "sheet_name"} & options.keys()
    if not whole or (unusual and unusual != {"index_col"}):
        return operation.unknown(*arguments)
    columns = operation.items(names)
    known = columns is not None and not unusual
    return _held(operation, (UNKNOWN, len(columns) if known and columns is not None else UNKNOWN))


@model(_FRAME)
def data_frame(operation: Operation, data: Value = NONE, *rest: Value, **options: Value) -> Value:
    """https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.html."""
    if "columns" in options or rest or operation.is_none(data):
        return _held(operation, (UNKNOWN, UNKNOWN), data)
    if isinstance(data, Mapping):
        return _held(operation, (UNKNOWN, len(data.items)), data)
    dims = operation.array(data).shape.dims
    return _held(operation, (*dims, 1) if dims is not None and len(dims) == 1 else dims, data)


@model(_SERIES)
def series(operation: Operation, data: Value = NONE, *rest: Value, **options: Value) -> Value:
    """https://pandas.pydata.org/docs/reference/api/pandas.Series.html."""
    return _held(operation, (UNKNOWN,), data)


@model("pandas.get_dummies")
def get_dummies(operation: Operation, data: Value, *rest: Value, **options: Value) -> Value:
    """https://pandas.pydata.org/docs/reference/api/pandas.get_dummies.html: a column for each value."""
    return _held(operation, (UNKNOWN, UNKNOWN), data)


@attribute(f"{_FRAME}.values", f"{_SERIES}.values")
def values(operation: Operation, receiver: Value) -> Value:
    """Return the entries as an array."""
    return _array_of(operation, receiver)


@model(f"{_FRAME}.to_numpy", f"{_SERIES}.to_numpy", f"{_FRAME}.as_matrix", f"{_SERIES}.as_matrix")
def to_numpy(operation: Operation, self: Value, *rest: Value, **options: Value) -> Value:
    """https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_numpy.html."""
    return operation.unknown(self) if rest or "columns" in options else _array_of(operation, self)


@attribute(f"{_FRAME}.shape", f"{_SERIES}.shape")
def shape_of(operation: Operation, receiver: Value) -> Value:
    """Return the numbers of rows and columns."""
    array = _array_of(operation, receiver)
    return TensorShape(array.shape, array.node) if isinstance(array, Tensor) else operation.unknown(receiver)


@attribute(f"{_FRAME}.iloc", f"{_FRAME}.loc", f"{_FRAME}.ix", f"{_SERIES}.iloc", f"{_SERIES}.loc", f"{_SERIES}.ix")
def locator(operation: Operation, receiver: Value) -> Value:
    """Return what selects by rows and columns."""
    return ApiObject(_LOCATOR, operation.node(receiver), {"of": receiver})


@model(f"{_LOCATOR}.__getitem__")
def located(operation: Operation, self: Value, key: Value) -> Value:
    """https://pandas.pydata.org/docs/user_guide/indexing.html: a name or number removes its axis, a list keeps it."""
    dims = _dims(operation, self.attributes["of"]) if isinstance(self, ApiObject) else ()
    keys = key.items if isinstance(key, Sequence) and key.kind == "tuple" else (key,)
    kept: list[Dim] = []
    for place, each in enumerate(keys):
        size = _selected(each, dims[place] if place < len(dims) else UNKNOWN)
        if size is None:
            return operation.unknown(self, key)
        kept.extend(size)
    return _held(operation, (*kept, *dims[len(keys) :]) or None, self)


def _selected(key: Value, size: Dim) -> tuple[Dim, ...] | None:
    """Return what a key leaves of an axis: nothing of it, or its new size; None if that is not known."""
    if isinstance(key, Slice):
        whole = all(isinstance(bound, Constant) and bound.value is None for bound in (key.lower, key.upper, key.step))
        return (size if whole else UNKNOWN,)
    if isinstance(key, Sequence):
        return (len(key.items),)
    if isinstance(key, Constant | Integer) or (isinstance(key, OfType) and key.type in {"int", "str"}):
        return ()
    if isinstance(key, Tensor) and key.shape.rank == 1:
        return (UNKNOWN,)
    return None


@model(f"{_FRAME}.__getitem__")
def column(operation: Operation, self: Value, key: Value) -> Value:
    """https://pandas.pydata.org/docs/user_guide/indexing.html: a name gives a column, names or a mask a table."""
    rows, *columns = _dims(operation, self)
    if isinstance(key, Constant | OfType):
        # A name that several columns bear is rare.
        return _held(operation, (rows,), self)
    if isinstance(key, Sequence):
        return _held(operation, (rows, len(key.items)), self)
    if isinstance(key, Slice) or (isinstance(key, ApiObject) and key.type == _SERIES):
        return _held(operation, (UNKNOWN, *columns), self)
    return operation.unknown(self, key)


@model(f"{_SERIES}.__getitem__")
def entry(operation: Operation, self: Value, key: Value) -> Value:
    """Return an entry, or a part of a column."""
    return _held(operation, (UNKNOWN,), self) if isinstance(key, Slice) else operation.unknown(self, key)


@model(f"{_FRAME}.drop")
def drop(operation: Operation, self: Value, *labels: Value, **options: Value) -> Value:
    """https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.drop.html: without some rows or columns."""
    if not _in_place(operation, options):
        return _held(operation, (UNKNOWN, UNKNOWN), self)
    return _changed(operation, self, FILTERED, CHANGED)


@model(f"{_FRAME}.insert")
def insert(operation: Operation, self: Value, *arguments: Value, **options: Value) -> Value:
    """https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.insert.html: a new column."""
    return _changed(operation, self, CHANGED)


def _changed(operation: Operation, table: Value, *marks: str) -> Value:
    """Remember that a table has other rows or columns from now on."""
    if isinstance(table, ApiObject):
        for mark in marks:
            operation.remember(table, mark, TRUE)
    return NONE


def _in_place(operation: Operation, options: dict[str, Value]) -> bool:
    return operation.boolean(options.get("inplace", FALSE)) is not False


@model(
    *(
        f"{kind}.{name}"
        for kind in (_FRAME, _SERIES)
        for name in (
            "fillna dropna sort_values sort_index reset_index sample head tail copy drop_duplicates replace astype "
            "interpolate clip round abs"
        ).split()
    )
)
def similar(operation: Operation, self: Value, *arguments: Value, **options: Value) -> Value:
    """https://pandas.pydata.org/docs/reference/frame.html: other rows, the same columns."""
    moves = operation.name.endswith("reset_index")
    if _in_place(operation, options):
        return _changed(operation, self, FILTERED, *((CHANGED,) if moves else ()))
    return operation.unknown(self) if moves else _held(operation, (UNKNOWN, *_dims(operation, self)[1:]), self)


@model(f"{_SERIES}.map", f"{_SERIES}.apply")
def mapped(operation: Operation, self: Value, *arguments: Value, **options: Value) -> Value:
    """Return a column with other entries: a table if the function gives several for each, which nobody knows."""
    if operation.name.endswith("apply"):
        return operation.unknown(self, *arguments)
    return _held(operation, (UNKNOWN,), self)


@model(f"{_FRAME}.pop")
def pop(operation: Operation, self: Value, item: Value) -> Value:
    """https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.pop.html: the column that is taken out."""
    _changed(operation, self, CHANGED)
    return _held(operation, (UNKNOWN,), self)
