"""What the gradient function of a ``tf.custom_gradient`` returns, as the rules about it need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from tfgrad_lint.domain.values import Constant, Sequence, Site, Tensor, Unknown, Value
from tfgrad_lint.interpreter.syntax import returned
from tfgrad_lint.interpreter.tapes import leaves

if TYPE_CHECKING:
    from tfgrad_lint.domain.events import CustomGradient
    from tfgrad_lint.domain.objects import Function


def gradients_of(event: CustomGradient) -> list[Value] | None:
    """Return what the gradient function gave, one for each input; None if that is not known."""
    if event.gradient is None or event.returned is None or takes_variables(event.gradient):
        return None
    found = list(leaves(event.returned))
    if all(isinstance(each, Tensor | Constant) for each in found):
        return found
    # What is not known may be a list of several gradients, unless it is written as arithmetic or as part of a tuple.
    expressions = returned(event.gradient.definition)
    if len(expressions) != 1 or not all(isinstance(each, Tensor | Constant | Unknown) for each in found):
        return None
    if isinstance(expressions[0], cst.Tuple):
        return found if isinstance(event.returned, Sequence) else None
    is_arithmetic = isinstance(expressions[0], cst.BinaryOperation)
    return found if is_arithmetic and made_at(event.returned) is expressions[0] else None


def made_at(value: Value) -> cst.CSTNode | None:
    """Return the expression whose value ``value`` is."""
    site = value.node.site if isinstance(value, Unknown) else None
    return site.node if site is not None else None


def takes_variables(gradient: Function) -> bool:
    """Tell whether a gradient function has the parameter ``variables``, or takes any."""
    parameters = gradient.definition.params
    every = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    return parameters.star_kwarg is not None or any(each.name.value == "variables" for each in every)


def returned_at(event: CustomGradient) -> Site:
    """Return the place of what the gradient function returns, or of its name if it returns in several places."""
    assert event.gradient is not None
    definition = event.gradient.definition
    expressions = returned(definition)
    if len(expressions) == 1:
        return Site(event.site.path, expressions[0])
    return Site(event.site.path, definition.name if isinstance(definition, cst.FunctionDef) else definition)
