"""What a tape's gradient method was asked and what it answered, before any of it is copied."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.gradient_call import Array, Endpoint, GradientCall, GradientKind, ResultInfo
from pytest_tfgrad.recording.naming import arguments_of_call, names_of
from pytest_tfgrad.recording.trace import Source, Trace, records_to_replay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_tfgrad.recording.location import Location
    from pytest_tfgrad.recording.records import OpRecord, Pullback, Stop


class Slices(NamedTuple):
    """The parts of `tf.IndexedSlices`."""

    values: Any
    indices: Any
    dense_shape: Any | None


@dataclass(frozen=True, eq=False)
class GradientRequest:
    """A gradient call in terms of tensors; those of a traced function are symbolic.

    Attributes:
        kind: which method.
        targets: flattened targets.
        sources: flattened sources; the resource handle of a variable.
        variables: per source, the variable it is, or None.
        output_gradients: per target, the weights given, or None.
        results: per source, a tensor, `Slices` or None.
        unconnected_gradients: `none` or `zero`.
        location: the user's line.
        target_names: a name per target.
        source_names: a name per source.
    """

    kind: GradientKind
    targets: tuple[Any, ...]
    sources: tuple[Any, ...]
    variables: tuple[Any | None, ...]
    output_gradients: tuple[Any | None, ...]
    results: tuple[Any | None, ...]
    unconnected_gradients: str
    location: Location
    target_names: tuple[str, ...]
    source_names: tuple[str, ...]

    @property
    def place(self) -> str:
        """The user's line as file and number."""
        return f"{self.location.path}:{self.location.line}"

    @property
    def needs_story(self) -> bool:
        """Whether a result is None, or a zero may stand in for one."""
        return self.unconnected_gradients == "zero" or any(result is None for result in self.results)

    @property
    def trainable(self) -> tuple[bool, ...]:
        """Per source, whether it is a tensor or a trainable variable."""
        return tuple(bool(getattr(variable, "trainable", True)) for variable in self.variables)

    def tensors(self) -> list[Any]:
        """Every tensor in it."""
        members = (*self.targets, *self.sources, *self.output_gradients, *self.results)
        flat = (part for member in members for part in (member if isinstance(member, Slices) else (member,)))
        return [tensor for tensor in flat if tensor is not None]

    def mapped(self, function: Callable[[Any], Any]) -> GradientRequest:
        """The same request with other tensors."""

        def result(member: Any) -> Any:
            if isinstance(member, Slices):
                return Slices(*(None if part is None else function(part) for part in member))
            return None if member is None else function(member)

        return replace(
            self,
            targets=tuple(map(function, self.targets)),
            sources=tuple(map(function, self.sources)),
            output_gradients=tuple(map(result, self.output_gradients)),
            results=tuple(map(result, self.results)),
        )

    def call(
        self,
        records: Sequence[OpRecord],
        backward: Sequence[OpRecord],
        results: Sequence[Any | None],
        pullbacks: Sequence[Pullback] = (),
        stops: Sequence[Stop] = (),
    ) -> GradientCall:
        """The request as a gradient call, all its tensors being eager ones.

        Args:
            records: the ops that the tape recorded.
            backward: the ops that computed the results.
            results: the results as `backward` knows them.
            pullbacks: what custom gradients were given and returned meanwhile.
            stops: where their gradient functions called `tf.stop_gradient`.
        """
        trace = Trace(
            records_to_replay(records, self.sources, self.targets, backward),
            tuple(Source(tensor, _value(tensor, records)) for tensor in self.sources),
            self.targets,
            tuple(backward),
            tuple(results),
            tuple(pullbacks),
            tuple(stops),
        )
        sources = tuple(
            _endpoint(name, source.value, variable)
            for name, source, variable in zip(self.source_names, trace.sources, self.variables, strict=True)
        )
        pairs = [dense_result(member, source.shape) for member, source in zip(self.results, sources, strict=True)]
        return GradientCall(
            kind=self.kind,
            targets=tuple(map(_endpoint, self.target_names, self.targets, [None] * len(self.targets))),
            sources=sources,
            output_gradients=tuple(None if weight is None else weight.numpy() for weight in self.output_gradients),
            results=tuple(pair[0] for pair in pairs),
            result_info=tuple(pair[1] for pair in pairs),
            unconnected_gradients="zero" if self.unconnected_gradients == "zero" else "none",
            location=self.location,
            trace=trace,
        )


class UnsupportedRequestError(Exception):
    """The request cannot be followed; the message says why, to stand behind the place."""


def request_of(
    kind: GradientKind,
    method: Callable[..., Any],
    arguments: tuple[tuple[Any, ...], dict[str, Any]],
    result: Any,
    location: Location,
) -> GradientRequest:
    """Take a finished call of a tape's gradient method apart.

    Args:
        kind: which method.
        method: the method as TensorFlow defines it.
        arguments: positional (the tape first) and keyword arguments of the call.
        result: what it returned.
        location: the user's line.

    Raises:
        UnsupportedRequestError: if a source is a composite of several tensors.
    """
    bound = inspect.signature(method).bind(*arguments[0], **arguments[1])
    bound.apply_defaults()
    given = bound.arguments
    raw_sources = tf.nest.flatten(given["source" if kind == "batch_jacobian" else "sources"])
    targets = adapter.flat_tensors(tf.nest.flatten(given["target"]))
    sources = adapter.flat_tensors(raw_sources)
    if len(sources) != len(raw_sources):
        raise UnsupportedRequestError("has a composite source of several tensors")
    target_text, source_text = arguments_of_call(location, kind)
    unconnected = given["unconnected_gradients"]
    return GradientRequest(
        kind=kind,
        targets=tuple(targets),
        sources=tuple(sources),
        variables=tuple(
            raw if flat.dtype == tf.resource else None for raw, flat in zip(raw_sources, sources, strict=True)
        ),
        output_gradients=_output_gradients(given.get("output_gradients"), len(targets)),
        results=tuple(map(_differentiated_part, tf.nest.flatten(result))),
        unconnected_gradients=str(getattr(unconnected, "value", unconnected)),
        location=location,
        target_names=tuple(names_of(targets, "target", target_text)),
        source_names=tuple(names_of(raw_sources, "source", source_text)),
    )


def _output_gradients(given: Any, count: int) -> tuple[Any | None, ...]:
    if given is None:
        return (None,) * count
    return tuple(None if weight is None else tf.convert_to_tensor(weight) for weight in tf.nest.flatten(given))


def _differentiated_part(result: Any) -> Any:
    """The tensor of a composite gradient that belongs to its flattened source; IndexedSlices by their parts."""
    if result is None:
        return None
    if isinstance(result, tf.IndexedSlices):
        return Slices(result.values, result.indices, result.dense_shape)
    return adapter.flat_tensors([result])[0]


def _value(source: Any, records: Sequence[OpRecord]) -> Any:
    """The value of a source: a tensor is its own, a variable's is the one that the first recorded op read."""
    if source.dtype != tf.resource:
        return source
    for record in records:
        if record.op_type == "ReadVariableOp" and record.inputs[0]._id == source._id:
            return record.outputs[0]
        if source._id in record.variable_values:
            return record.variable_values[source._id]
    return adapter.read_variable(source)


def _endpoint(name: str, tensor: Any, variable: Any | None) -> Endpoint:
    """An endpoint described by its value, because a variable's own shape may leave sizes open."""
    return Endpoint(
        name,
        tuple(tensor.shape),
        tf.as_dtype(tensor.dtype).base_dtype.name,
        "tensor" if variable is None else "variable",
    )


def dense_result(result: Any, source_shape: tuple[int, ...]) -> tuple[Array | None, ResultInfo | None]:
    """A gradient as a dense array with the form it had; `(None, None)` for None.

    Args:
        result: what the tape returned for one source: an eager tensor, `Slices` or None.
        source_shape: shape of slices that do not say theirs.
    """
    if result is None:
        return None, None
    if isinstance(result, Slices):
        return _dense_slices(result, source_shape)
    array = np.asarray(result.numpy())
    return array, ResultInfo(array.shape, result.dtype.name, "dense", indices_in_range=True)


def _dense_slices(slices: Slices, source_shape: tuple[int, ...]) -> tuple[Array, ResultInfo]:
    values, indices = slices.values.numpy(), slices.indices.numpy()
    shape = source_shape if slices.dense_shape is None else tuple(int(size) for size in slices.dense_shape.numpy())
    in_range = (indices >= 0) & (indices < shape[0])
    dense = np.zeros(shape, values.dtype)
    np.add.at(dense, indices[in_range], values[in_range])
    info = ResultInfo(shape, slices.values.dtype.name, "indexed_slices", indices_in_range=bool(in_range.all()))
    return dense, info
