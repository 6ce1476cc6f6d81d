"""Context managers that name, place or order operations, and change nothing about their shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfgrad_lint.api.registry import add_family
from tfgrad_lint.domain.values import ApiObject, Value

if TYPE_CHECKING:
    from tfgrad_lint.api.operation import Operation


def context(operation: Operation, *_arguments: Value) -> ApiObject:
    """Model ``tf.name_scope`` and its like."""
    return ApiObject(operation.name, operation.node())


add_family("tf.name_scope", context, "name")
add_family("tf.device", context, "device_name")
add_family("tf.control_dependencies", context, "control_inputs")
add_family("tf.init_scope", context, "")
