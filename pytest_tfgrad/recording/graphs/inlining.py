"""Turns the call of a graph function into the ops that it ran, as if it had run eagerly."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from pytest_tfgrad import tensorflow_adapter as adapter
from pytest_tfgrad.recording.graphs.body import Body, CannotInline, Node
from pytest_tfgrad.recording.graphs.python import PythonRuns
from pytest_tfgrad.recording.graphs.unknown import UnknownTensor
from pytest_tfgrad.recording.location import TracedSite
from pytest_tfgrad.recording.records import OpRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from pytest_tfgrad.recording.graphs.exposing import Drawn
    from pytest_tfgrad.recording.location import CallSite

_ADVICE = 'use functions="eager" to check this gradient.'
# A function is unrolled op by op; beyond this many, checking one gradient would take minutes (about 10 us an op, some
# hundred evaluations).
_MAX_OPS = 100_000


def inlined(records: Iterable[OpRecord]) -> list[OpRecord]:
    """The records, with each call of a graph function replaced by the ops inside it.

    A function's ops run once more, in their own types and on the recorded inputs, to know the values in between; loops
    and branches go as they went. Variables are not touched: reads give the values from before the call and
    assignments go to a copy. What cannot be run again (random numbers, Python) keeps its recorded value where the
    function gave it to the tape, and is an `UnknownTensor` elsewhere.

    Raises:
        CannotInline: if a loop or branch depends on such an unknown value, or an op is not supported.
    """
    return list(
        itertools.chain.from_iterable(
            [record] if record.function is None else filter(_gives, Inliner(record).run()) for record in records
        )
    )


def _gives(record: OpRecord) -> bool:
    """Whether an op has outputs, so that others may depend on it; an assignment has none."""
    return bool(record.outputs)


@dataclass(frozen=True, eq=False)
class Visit:
    """What one run of a function's body computed.

    Attributes:
        body: the function.
        values: its tensors by their full names.
        records: per op of the body, the ops that it came down to.
    """

    body: Body
    values: Mapping[str, Any]
    records: Mapping[str, list[OpRecord]]


class Inliner:
    """One call of a graph function.

    Args:
        record: the call.
        roots: names of functions to look into, and of the ops in each whose values are wanted.

    Attributes:
        visits: the first run of each of those functions, by name; a function that was not called has none.
        hidden: those of these functions that an op calls as it likes (a data set does), each with the type of the op.
    """

    def __init__(self, record: OpRecord, roots: Mapping[str, Collection[str]] | None = None) -> None:
        self.visits: dict[str, Visit] = {}
        self.hidden: dict[str, str] = {}
        self._roots = roots or {}
        self._leading: dict[str, bool] = {}
        self._call = record
        self._drawn = record.drawn
        self._python = record.python.copy() if record.python is not None else PythonRuns()
        self._rounds: list[Drawn] = []
        self._records: list[OpRecord] = []
        self._variables: dict[int, Any] = dict(record.variable_values)
        self._graphs = adapter.function_graphs(record.function)
        self._site = record.site
        self._gradient = ""
        self._special: dict[str, Callable[[Node, list[Any], list[Any]], list[Any]]] = {
            "Const": self._constant,
            "EagerPyFunc": self._python_function,
            "PartitionedCall": self._function,
            "StatefulPartitionedCall": self._function,
            "If": self._branch,
            "StatelessIf": self._branch,
            "Case": self._branch,
            "StatelessCase": self._branch,
            "While": self._loop,
            "StatelessWhile": self._loop,
            "ReadVariableOp": self._variable_read,
            "ResourceGather": self._rows_read,
            "ResourceGatherNd": self._rows_read,
            "AssignVariableOp": self._assigned,
            "AssignAddVariableOp": self._assigned,
            "AssignSubVariableOp": self._assigned,
        }

    def run(self) -> list[OpRecord]:
        """The ops of the call in order.

        Raises:
            CannotInline: if what it did cannot be worked out.
        """
        definition = adapter.function_definition(self._call.function)
        self._run_body(Body(definition), list(self._call.inputs), list(self._call.outputs))
        return self._records

    def _run_body(self, body: Body, arguments: list[Any], known: list[Any]) -> list[Any]:
        """Run a function's body.

        Args:
            body: the function.
            arguments: its inputs.
            known: per result, the tensor that the test saw, or None; they become the outputs of the ops they come from.

        Returns:
            The results.
        """
        values: dict[str, Any] = dict(zip(body.arguments, arguments, strict=True))
        drawn = self._drawn
        seen = dict(drawn.values) if drawn is not None else {}
        seen.update((name, tensor) for name, tensor in zip(body.results, known, strict=True) if tensor is not None)
        wanted = {name for name in body.called() if self._leads_to_roots(name)}
        records: dict[str, list[OpRecord]] = {}
        for node in body.nodes(self._roots.get(body.name, ()), wanted):
            self._site = self._site_of(body, node)
            self._gradient = node.gradient
            inputs = [values[name] for name in node.inputs]
            names = [name for name, _ in node.outputs]
            start = len(self._records)
            # Functions that are called outright show what they draw, and so do the rounds of loops; branches do not.
            self._drawn = drawn.calls.get(node.definition.name) if drawn is not None else None
            self._rounds = drawn.rounds.get(node.definition.name, []) if drawn is not None else []
            outputs = self._run_node(node, inputs, [seen.get(name) for name in names])
            values.update(zip(names, outputs, strict=True))
            records[node.definition.name] = self._records[start:]
        self._drawn = drawn
        self._site, self._gradient = self._call.site, ""
        if body.name in self._roots:
            self.visits.setdefault(body.name, Visit(body, values, records))
        return self._renamed([values[name] for name in body.results], known)

    def _site_of(self, body: Body, node: Node) -> CallSite | TracedSite | None:
        """Where a node was traced, the call itself if its graph is not at hand."""
        graph = self._graphs.get(body.name)
        try:
            operation = graph.get_operation_by_name(node.definition.name) if graph is not None else None
        except KeyError:
            # A function's definition may hold ops that TensorFlow's own passes put there.
            operation = None
        return self._call.site if operation is None else TracedSite(operation, self._call.site)

    def _leads_to_roots(self, function: str) -> bool:
        """Whether a function to look into is this one or is called from it."""
        if not self._roots:
            return False
        if function not in self._leading:
            self._leading[function] = function in self._roots or any(
                map(self._leads_to_roots, _body(function).called())
            )
        return self._leading[function]

    def _roots_below(self, function: str) -> set[str]:
        """The functions to look into that are this one or are called from it."""
        if not self._leads_to_roots(function):
            return set()
        return ({function} & set(self._roots)).union(*map(self._roots_below, _body(function).called()))

    def _run_node(self, node: Node, inputs: list[Any], known: list[Any]) -> list[Any]:
        special = self._special.get(node.op_type, self._ordinary)
        return special(node, inputs, known)

    def _ordinary(self, node: Node, inputs: list[Any], known: list[Any]) -> list[Any]:
        self.hidden |= {name: node.op_type for function in node.functions for name in self._roots_below(function)}
        attributes = tuple(itertools.chain.from_iterable(node.attributes.items()))
        outputs = self._outputs(node, inputs, attributes, known)
        self._add(node.op_type, inputs, attributes, outputs)
        return outputs

    def _outputs(self, node: Node, inputs: list[Any], attributes: tuple[Any, ...], known: list[Any]) -> list[Any]:
        """The outputs of an ordinary op: as the test saw them, or computed again, or unknown."""
        if all(tensor is not None for tensor in known):
            return known
        unknown = [tensor.reason for tensor in inputs if isinstance(tensor, UnknownTensor)]
        if node.signature.is_stateful:
            unknown = [f"{node.op_type} inside a tf.function"]
        if unknown:
            computed: list[Any] = [UnknownTensor(number, unknown[0]) for _, number in node.outputs]
        else:
            computed = self._computed(node.op_type, len(known), inputs, attributes)
        return [new if tensor is None else tensor for new, tensor in zip(computed, known, strict=True)]

    def _computed(self, op_type: str, count: int, inputs: list[Any], attributes: tuple[Any, ...]) -> list[Any]:
        try:
            return adapter.run_op(op_type, count, inputs, attributes)
        except (tf.errors.OpError, TypeError, ValueError) as error:
            raise CannotInline(f"{op_type} inside a tf.function cannot be run on its own; {_ADVICE}") from error

    def _constant(self, node: Node, inputs: list[Any], known: list[Any]) -> list[Any]:
        del inputs
        return [tf.constant(node.attributes["value"], node.attributes["dtype"]) if known[0] is None else known[0]]

    # Functions, Python, branches and loops

    def _function(self, node: Node, inputs: list[Any], known: list[Any]) -> list[Any]:
        return self._run_body(_body(node.attributes["f"]), inputs, known)

    def _python_function(self, node: Node, inputs: list[Any], known: list[Any]) -> list[Any]:
        """What a `tf.py_function` ran, which saw copies of the op's inputs and returned what the op copied."""
        run = self._python.take(node.attributes["token"], inputs)
        if run is None or len(run.outputs) != len(known):
            return self._ordinary(node, inputs, known)
        self._renamed(inputs, run.inputs)
        # In one place of the order of execution with all that the call ran.
        self._records += [replace(record, sequence=self._call.sequence) for record in inlined(run.records)]
        return self._renamed(run.outputs, known)

    def _branch(self, node: Node, inputs: list[Any], known: list[Any]) -> list[Any]:
        choice = self._value(inputs[0])
        if "branches" in node.attributes:
            branches = node.attributes["branches"]
            # An index out of range chooses the last branch (`Case` in TensorFlow's functional_ops.cc).
            name = branches[int(choice) if 0 <= int(choice) < len(branches) else -1]
        else:
            name = node.attributes["then_branch" if choice else "else_branch"]
        return self._run_body(_body(name), inputs[1:], known)

    def _loop(self, node: Node, inputs: list[Any], known: list[Any]) -> list[Any]:
        condition, body = _body(node.attributes["cond"]), _body(node.attributes["body"])
        state, rounds = inputs, iter(self._rounds)
        while self._holds(condition, state):
            self._drawn = next(rounds, None)
            state = self._run_body(body, state, [None] * len(state))
        return self._renamed(state, known)

    def _holds(self, condition: Body, state: list[Any]) -> bool:
        start = len(self._records)
        self._drawn = None
        (result,) = self._run_body(condition, state, [None])
        # Nothing differentiable comes out of a condition.
        del self._records[start:]
        return bool(self._value(result))

    def _value(self, tensor: Any) -> Any:
        if isinstance(tensor, UnknownTensor):
            raise CannotInline(f"A loop or branch depends on {tensor.reason}, whose value is not recorded; {_ADVICE}")
        return tensor.numpy()

    # Variables

    def _variable_read(self, node: Node, inputs: list[Any], known: list[Any]) -> list[Any]:
        value = self._variables.get(inputs[0]._id)
        if known[0] is not None:
            output = known[0]
        elif value is None or isinstance(value, UnknownTensor):
            output = UnknownTensor(node.attributes["dtype"], "a variable that was not set when the tf.function began")
        else:
            # A tensor of its own, because each read is an op of its own.
            output = adapter.run_op("Identity", 1, [value], ("T", node.attributes["dtype"]))[0]
        self._add("ReadVariableOp", inputs, ("dtype", node.attributes["dtype"]), [output])
        return [output]

    def _rows_read(self, node: Node, inputs: list[Any], known: list[Any]) -> list[Any]:
        handle, indices = inputs
        table = self._variables.get(handle._id)
        if table is None or isinstance(table, UnknownTensor):
            raise CannotInline(f"A variable read inside a tf.function has no recorded value; {_ADVICE}")
        output = known[0]
        if output is None and node.op_type == "ResourceGather":
            batch_dims = node.attributes["batch_dims"]
            output = tf.gather(table, indices, axis=batch_dims, batch_dims=batch_dims)
        elif output is None:
            output = tf.gather_nd(table, indices)
        attributes = tuple(itertools.chain.from_iterable(node.attributes.items()))
        self._add(node.op_type, inputs, attributes, [output], {handle._id: table})
        return [output]

    def _assigned(self, node: Node, inputs: list[Any], known: list[Any]) -> list[Any]:
        """An assignment changes the copy that later reads in the same call see."""
        del known
        handle, value = inputs
        self._add(node.op_type, inputs, ("dtype", node.attributes["dtype"]), [])
        before = self._variables.get(handle._id)
        if node.op_type != "AssignVariableOp":
            if before is None or isinstance(before, UnknownTensor) or isinstance(value, UnknownTensor):
                value = UnknownTensor(node.attributes["dtype"], "a variable changed by an unknown value")
            else:
                value = before + value if node.op_type == "AssignAddVariableOp" else before - value
        self._variables[handle._id] = value
        return []

    # Records

    def _renamed(self, results: Sequence[Any], known: Sequence[Any]) -> list[Any]:
        """Results as the tensors that the test, or its Python, saw, where these saw them."""
        for result, tensor in zip(results, known, strict=True):
            if tensor is not None and tensor is not result:
                self._add("Identity", [result], (), [tensor])
        return [result if tensor is None else tensor for result, tensor in zip(results, known, strict=True)]

    def _add(
        self,
        op_type: str,
        inputs: Sequence[Any],
        attributes: tuple[Any, ...],
        outputs: Sequence[Any],
        variable_values: Mapping[int, Any] | None = None,
    ) -> None:
        if len(self._records) >= _MAX_OPS:
            raise CannotInline(f"A tf.function ran more than {_MAX_OPS} ops; check a smaller case.")
        self._records.append(
            OpRecord(
                sequence=self._call.sequence,
                op_type=op_type,
                inputs=tuple(inputs),
                attributes=attributes,
                outputs=tuple(outputs),
                site=self._site,
                scope=self._call.scope,
                variable_values=variable_values or {},
                gradient=self._gradient,
            )
        )


def _body(name: str) -> Body:
    return Body(adapter.function_definition(name))
