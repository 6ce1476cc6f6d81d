"""The helpers of scikit-learn through which data passes on its way to a model: splitting, shuffling, scaling, encoding.

https://scikit-learn.org/stable/api/index.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfgrad_lint.api.registry import Model, add_class, add_model, attribute, model
from tfgrad_lint.domain.values import ARRAY, FALSE, NONE, ApiObject, Constant, Sequence, Tensor, Value
from tfgrad_lint.shapes.dims import UNKNOWN, Dim
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation
    from tfgrad_lint.api.registry import Rule

# Transformers that keep the shape of what they transform.
_SCALERS: Final = tuple(
    f"sklearn.preprocessing.{name}"
    for name in "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler Normalizer PowerTransformer Binarizer".split()
)
_BASE: Final = "sklearn.preprocessing.Scaler"

for _name in _SCALERS:
    add_class(_name, _BASE)


@model("sklearn.model_selection.train_test_split", "sklearn.cross_validation.train_test_split")
def train_test_split(operation: Operation, *arrays: Value, **options: Value) -> Value:
    """https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.train_test_split.html."""
    return Sequence(tuple(_rows(operation, array) for array in arrays for _ in ("train", "test")), "list")


def _rows(operation: Operation, data: Value) -> Value:
    # How many rows fall to each part is rounded; only their form is known.
    array = operation.array(data)
    dims = array.shape.dims
    part = operation.array_result(Shape((UNKNOWN, *dims[1:])) if dims else UNKNOWN_SHAPE, array.dtype, array)
    if isinstance(data, ApiObject) and ARRAY in data.attributes:
        return ApiObject(data.type, part.node, {ARRAY: part})
    # A list gives lists, which Keras does not take for arrays.
    return part if isinstance(data, Tensor) else operation.unknown(data)


@model("sklearn.utils.shuffle")
def shuffle(operation: Operation, *arrays: Value, random_state: Value = NONE, n_samples: Value = NONE) -> Value:
    """https://scikit-learn.org/stable/modules/generated/sklearn.utils.shuffle.html."""
    whole = operation.is_none(n_samples)
    results = tuple(
        operation.array_result(each.shape, each.dtype, each)
        if whole and isinstance(each, Tensor)
        else _rows(operation, each)
        for each in arrays
    )
    return results[0] if len(results) == 1 else Sequence(results, "list")


@model(*_SCALERS)
def scaler(operation: Operation, *arguments: Value, **options: Value) -> Value:
    """https://scikit-learn.org/stable/modules/preprocessing.html."""
    return ApiObject(operation.name, operation.node())


@model(f"{_BASE}.fit_transform", f"{_BASE}.transform", f"{_BASE}.inverse_transform")
def transform(operation: Operation, self: Value, X: Value, *rest: Value, **options: Value) -> Value:  # noqa: N803
    """https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.StandardScaler.html."""
    array = operation.array(X)
    return operation.array_result(array.shape, None, array)


@model(f"{_BASE}.fit", f"{_BASE}.partial_fit")
def fit(operation: Operation, self: Value, X: Value, *rest: Value, **options: Value) -> Value:  # noqa: N803
    """Return the scaler itself."""
    return self


@model("sklearn.preprocessing.scale", "sklearn.preprocessing.normalize", "sklearn.preprocessing.minmax_scale")
def scaled(operation: Operation, X: Value, *rest: Value, **options: Value) -> Value:  # noqa: N803
    """https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.scale.html."""
    if "return_norm" in options or len(rest) > 1:
        return operation.unknown(X)
    array = operation.array(X)
    return operation.array_result(array.shape, None, array)


# Encoders of labels and features.

_ONE_HOT: Final = "sklearn.preprocessing.OneHotEncoder"
_LABELS: Final = "sklearn.preprocessing.LabelEncoder"
_BINARIZERS: Final = ("sklearn.preprocessing.LabelBinarizer", "sklearn.preprocessing.MultiLabelBinarizer")
_REDUCERS: Final = tuple(f"sklearn.decomposition.{name}" for name in "PCA TruncatedSVD NMF FastICA KernelPCA".split())
_VECTORIZERS: Final = tuple(
    f"sklearn.feature_extraction.text.{name}" for name in "CountVectorizer TfidfVectorizer HashingVectorizer".split()
)
_MATRIX: Final = "scipy.sparse.Matrix"

add_class(_MATRIX)


def _add_transformer(name: str, transform: Rule) -> None:
    """Register the class of transformers ``name``; ``transform`` takes the operation, the object and the data."""
    add_class(name)

    def make(operation: Operation, *arguments: Value, **options: Value) -> Value:
        first = {"first": arguments[0]} if arguments else {}
        return ApiObject(name, operation.node(), {**first, **options})

    def fit(operation: Operation, self: Value, *data: Value, **options: Value) -> Value:
        return self

    def run(operation: Operation, self: Value, data: Value, *rest: Value, **options: Value) -> Value:
        return transform(operation, self, data) if isinstance(self, ApiObject) else operation.unknown(data)

    add_model(Model(name, make, (), {}, variadic="arguments", open=True))
    add_model(Model(f"{name}.fit", fit, ("self",), {}, variadic="data", open=True))
    for method in ("transform", "fit_transform"):
        add_model(Model(f"{name}.{method}", run, ("self", "data"), {}, variadic="rest", open=True))


def _encoded_rows(operation: Operation, encoder: ApiObject, data: Value) -> Value:
    """Return a row for each of ``data``: a sparse matrix unless the encoder was told otherwise."""
    rows = _count(operation, data)
    dense = encoder.attributes.get("sparse_output", encoder.attributes.get("sparse", NONE))
    array = operation.array_result(Shape((rows, UNKNOWN)), "float64", data)
    if operation.boolean(dense) is False and not operation.is_none(dense):
        return array
    return ApiObject(_MATRIX, array.node, {"dense": array}) if operation.is_none(dense) else operation.unknown(data)


def _count(operation: Operation, data: Value) -> Dim:
    dims = operation.array(data).shape.dims
    return dims[0] if dims else UNKNOWN


def _numbers(operation: Operation, encoder: ApiObject, data: Value) -> Value:
    return operation.array_result(Shape((_count(operation, data),)), "int64", data)


def _indicators(operation: Operation, encoder: ApiObject, data: Value) -> Value:
    if "sparse_output" in encoder.attributes:
        return operation.unknown(data)
    return operation.array_result(Shape((_count(operation, data), UNKNOWN)), "int64", data)


def _components(operation: Operation, reducer: ApiObject, data: Value) -> Value:
    count = reducer.attributes.get("n_components", reducer.attributes.get("first", NONE))
    size = count.value if isinstance(count, Constant) and type(count.value) is int else UNKNOWN
    return operation.array_result(Shape((_count(operation, data), size)), None, data)


def _word_counts(operation: Operation, vectorizer: ApiObject, data: Value) -> Value:
    array = operation.array_result(Shape((UNKNOWN, UNKNOWN)), None, data)
    return ApiObject(_MATRIX, array.node, {"dense": array})


_add_transformer(_ONE_HOT, _encoded_rows)
_add_transformer(_LABELS, _numbers)
for _name in _BINARIZERS:
    _add_transformer(_name, _indicators)
for _name in _REDUCERS:
    _add_transformer(_name, _components)
for _name in _VECTORIZERS:
    _add_transformer(_name, _word_counts)


@model("sklearn.preprocessing.label_binarize")
def label_binarize(operation: Operation, y: Value, *rest: Value, **options: Value) -> Value:
    """https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.label_binarize.html."""
    sparse = "sparse_output" in options
    shape = Shape((_count(operation, y), UNKNOWN))
    return operation.unknown(y) if sparse else operation.array_result(shape, "int64", y)


@model(f"{_MATRIX}.toarray")
def toarray(operation: Operation, self: Value) -> Value:
    """https://docs.scipy.org/doc/scipy/reference/generated/scipy.sparse.csr_matrix.toarray.html."""
    return operation.array(self.attributes["dense"]) if isinstance(self, ApiObject) else operation.unknown(self)


@attribute(f"{_MATRIX}.shape")
def matrix_shape(operation: Operation, receiver: Value) -> Value:
    """Return the numbers of rows and columns."""
    return operation.unknown(receiver)


# Data sets.

_BUNCH: Final = "sklearn.utils.Bunch"
# Examples, features, and the shape of a target.
_SETS: Final = {
    "load_iris": (150, 4),
    "load_digits": (1797, 64),
    "load_wine": (178, 13),
    "load_breast_cancer": (569, 30),
    "load_diabetes": (442, 10),
    "load_boston": (506, 13),
    "fetch_california_housing": (20640, 8),
}

add_class(_BUNCH)


@model(*(f"sklearn.datasets.{_name}" for _name in _SETS))
def load(operation: Operation, *arguments: Value, **options: Value) -> Value:
    """https://scikit-learn.org/stable/datasets/toy_dataset.html: data and targets."""
    count, features = _SETS[operation.name.rpartition(".")[2]]
    data = operation.array_result(Shape((count, features)), "float64")
    target = operation.array_result(Shape((count,)), None)
    if arguments or "as_frame" in options or "n_class" in options:
        return operation.unknown()
    if operation.boolean(options.get("return_X_y", FALSE)):
        return Sequence((data, target))
    return ApiObject(_BUNCH, operation.node(), {"data": data, "target": target})


@attribute(f"{_BUNCH}.data", f"{_BUNCH}.target")
def part(operation: Operation, receiver: Value) -> Value:
    """Return the examples or the targets."""
    held = receiver.attributes if isinstance(receiver, ApiObject) else {}
    return held.get(operation.name.rpartition(".")[2], NONE)


@model(f"{_BUNCH}.__getitem__")
def part_by_name(operation: Operation, self: Value, key: Value) -> Value:
    """Return the examples or the targets."""
    found = self.attributes.get(operation.text(key) or "") if isinstance(self, ApiObject) else None
    return operation.unknown(self) if found is None else found


_SAMPLES: Final = Constant(100)
_FEATURES: Final = {"make_classification": 20, "make_regression": 100, "make_blobs": 2}


@model(*(f"sklearn.datasets.{_name}" for _name in _FEATURES))
def make(operation: Operation, n_samples: Value = _SAMPLES, n_features: Value = NONE, **options: Value) -> Value:
    """https://scikit-learn.org/stable/datasets/sample_generators.html: examples and a target for each."""
    name = operation.name.rpartition(".")[2]
    if {"n_targets", "coef", "return_centers", "return_X_y"} & options.keys():
        return operation.unknown()
    count = operation.integer(n_samples)
    features = _FEATURES[name] if operation.is_none(n_features) else operation.integer(n_features)
    data = operation.array_result(Shape((count, UNKNOWN if "centers" in options else features)), "float64")
    return Sequence((data, operation.array_result(Shape((count,)), None)))


@model("sklearn.datasets.make_moons", "sklearn.datasets.make_circles")
def make_plane(operation: Operation, n_samples: Value = _SAMPLES, **options: Value) -> Value:
    """https://scikit-learn.org/stable/modules/generated/sklearn.datasets.make_moons.html: points of a plane."""
    count = operation.integer(n_samples)
    data = operation.array_result(Shape((count, 2)), "float64")
    return Sequence((data, operation.array_result(Shape((count,)), "int64")))
