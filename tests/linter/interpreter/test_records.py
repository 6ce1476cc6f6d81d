"""Methods of dataclasses run for fields of any value, not for the defaults."""

from tfgrad_lint import lint_source

CODE = """
import tensorflow as tf
from dataclasses import dataclass

@dataclass
class Projection:
    width: int = 4

    def apply(self):
        return tf.ones([2, 3]) @ tf.ones([self.width, 1])
"""


def test_the_default_of_a_field_is_not_its_value():
    assert lint_source(CODE) == ()


def test_an_object_without_arguments_has_the_defaults():
    assert [finding.code for finding in lint_source(f"{CODE}\nProjection().apply()\n")] == ["TFG101"]
    assert lint_source(f"{CODE}\nProjection(3).apply()\n") == ()
