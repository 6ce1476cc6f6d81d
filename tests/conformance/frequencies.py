"""How much of what real code calls has a model: ``python -m tests.conformance.frequencies TABLE``.

A line of the table names a function, as ``tf.reduce_sum`` or ``numpy.mean``, and how often it is called, separated by a
tabulator; a line ``# section: ...`` starts a section, which is counted by itself. Functions that give no tensors, nor
objects that give some, do not count: scopes, checks, files, devices, optimizers.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance.reached import reached

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECTION = "# section: "

# What gives neither tensors nor objects that do when they are called, iterated over or read.
_AREAS = (
    "app autograph callbacks config distribute estimator feature_column gfile logging optimizers optimizers.schedules "
    "regularizers saved_model summary test test_util testing train __version__"
).split()
_NAMES = (
    "GradientTape Graph InputSpec FixedLenFeature Layout RandomState Session TensorShape TensorSpec allclose "
    "array_equal as_dtype constant_initializer control_dependencies default_rng device dtype executing_eagerly "
    "finfo float32 float64 function get_default_graph get_file get_strategy group iinfo int32 int64 is_nested "
    "is_tensor issubdtype name_scope ndarray nditer seed set_printoptions shuffle variable_scope vectorize "
    "DeterministicRandomTestTool"
).split()
_KINDS = re.compile(
    r"(enable|disable|assert)_\w+|set_\w*seed|\w+_initializer|initialize_all_variables|LinearOperator\w*"
)
# What lies in one of these areas but is a tensor.
_TENSORS = frozenset({"get_or_create_global_step", "get_global_step"})


def _gives_tensors(name: str) -> bool:
    *areas, last = name.split(".")
    if last in _TENSORS:
        return True
    return last not in _NAMES and not _KINDS.fullmatch(last) and not any(area in _AREAS for area in areas)


def main(table: Path) -> None:
    """Print for each section the share of the counted calls that have a model, and the functions without one."""
    for title, calls in _sections(table.read_text().splitlines()):
        counted = {name: count for name, count in calls.items() if _gives_tensors(name)}
        missing = {name: count for name, count in counted.items() if not reached(_canonical(name))}
        total = sum(counted.values())
        share = 100 * (1 - sum(missing.values()) / total) if total else 100.0
        print(f"{title}: {share:.2f} % of {total} calls of {len(counted)} functions have a model")
        print("".join(f"    {count}  {name}\n" for name, count in missing.items()), end="")


def _canonical(name: str) -> str:
    return re.sub(r"^numpy\b", "np", name)


def _sections(lines: Iterable[str]) -> list[tuple[str, Counter[str]]]:
    found: list[tuple[str, Counter[str]]] = []
    for line in lines:
        if line.startswith(_SECTION):
            found.append((line.removeprefix(_SECTION), Counter()))
        name, *cells = line.split("\t")
        if found and cells and cells[0].isdecimal():
            found[-1][1][name] += int(cells[0])
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
