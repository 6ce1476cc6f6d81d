"""Every way in which an operation can fail is reported by exactly one rule."""

from typing import Any

import libcst as cst
import pytest
import tfgrad_lint.api  # noqa: F401 (registers the models)
from tfgrad_lint.api import registry
from tfgrad_lint.domain.events import Conflicted
from tfgrad_lint.domain.values import Node, Site, Tensor
from tfgrad_lint.interpreter.program import Program
from tfgrad_lint.rules import ALL_RULES
from tfgrad_lint.rules.ownership import owner
from tfgrad_lint.shapes.conflicts import AxisConflict, Conflict, RankConflict
from tfgrad_lint.shapes.shape import Shape

CONFLICTS = sorted(Conflict.__subclasses__(), key=lambda kind: kind.__name__)
CALL = Site("x.py", cst.parse_expression("f(x)"))
NOTHING = Program((), {}, complete=True, variables={}, trees={"x.py": cst.parse_module("")})

# What a field of a conflict holds, by its name, else by the beginning of its type.
BY_NAME: dict[str, Any] = {"perm": (0, 0), "parts": (2, 1), "axis": 0, "left_axis": -1, "right_axis": -1}
BY_TYPE: dict[str, Any] = {
    "Shape": Shape((2, 3)),
    "tuple[Shape": (Shape((2, 3)), Shape((3,))),
    "tuple": (5, 3),
    "Dim": 4,
    "int": 1,
    "str": "x",
    "Conflict": AxisConflict("axis", 2, Shape((2, 3))),
}


def example(kind: type[Conflict]) -> Conflict:
    fields = {name: str(hint) for name, hint in kind.__annotations__.items()}
    by_type = {
        name: next(BY_TYPE[start] for start in BY_TYPE if hint.startswith(start)) for name, hint in fields.items()
    }
    return kind(**{name: BY_NAME.get(name, value) for name, value in by_type.items()})


@pytest.mark.parametrize("kind", CONFLICTS, ids=lambda kind: kind.__name__)
def test_one_rule_reports_a_conflict_whatever_the_operation(kind: type[Conflict]):
    for operation in (*registry.names(), "unpack", "an.operation.of.no.family"):
        event = Conflicted(CALL, operation, example(kind), (("x", Tensor(Shape((2, 3)), "float32", Node("x"))),))
        listening = [rule for rule in ALL_RULES if Conflicted in rule.listens_to]
        reporting = [rule.code for rule in listening if list(rule().check(event, NOTHING))]
        assert len(reporting) == 1, (operation, reporting)


@pytest.mark.parametrize(
    ("operation", "code"),
    [("tf.matmul", "TFG101"), ("tf.concat", "TFG104"), ("tf.argmax", "TFG105"), ("tf.gather_nd", "TFG119")],
)
def test_a_wrong_rank_belongs_to_the_rule_of_the_operation(operation: str, code: str):
    assert owner(RankConflict, operation) == code
