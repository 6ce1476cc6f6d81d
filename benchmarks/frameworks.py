"""The checkers of TensorFlow, PyTorch and JAX beside ours, and the mathematics that the losses are written in."""

# The methods are named after the mathematics.
# ruff: noqa: D102

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from losses import Loss


class Maths(Protocol):
    """What the losses need of a framework; tensors of all of them know the operators."""

    def constant(self, value: np.ndarray, like: Any) -> Any: ...
    def tanh(self, x: Any) -> Any: ...
    def sigmoid(self, x: Any) -> Any: ...
    def relu(self, x: Any) -> Any: ...
    def softmax(self, x: Any) -> Any: ...
    def mean(self, x: Any) -> Any: ...
    def reshape(self, x: Any, shape: tuple[int, ...]) -> Any: ...
    def transposed(self, x: Any) -> Any: ...
    def concat(self, parts: Sequence[Any]) -> Any:
        """Along the last axis."""

    def conv(self, x: Any, kernel: Any) -> Any:
        """Without padding; ``x`` is (batch, height, width, channels), the kernel (height, width, in, out)."""


class TensorFlowMaths:
    """TensorFlow's."""

    def __init__(self) -> None:
        import tensorflow as tf  # noqa: PLC0415

        self.tf = tf
        self.tanh, self.sigmoid, self.relu = tf.tanh, tf.sigmoid, tf.nn.relu
        self.softmax, self.mean, self.reshape, self.transposed = tf.nn.softmax, tf.reduce_mean, tf.reshape, tf.transpose

    def constant(self, value: np.ndarray, like: Any) -> Any:
        return self.tf.constant(value, like.dtype)

    def concat(self, parts: Sequence[Any]) -> Any:
        return self.tf.concat(parts, -1)

    def conv(self, x: Any, kernel: Any) -> Any:
        return self.tf.nn.conv2d(x, kernel, 1, "VALID")

    def tensor(self, value: np.ndarray, dtype: str) -> Any:
        return self.tf.constant(value, dtype)

    def bent(self, multiplier: np.ndarray) -> Callable[[Any], Any]:
        """The identity whose gradient is multiplied."""

        @self.tf.custom_gradient
        def identity(x: Any) -> Any:
            return self.tf.identity(x), lambda upstream: upstream * self.tf.constant(multiplier, upstream.dtype)

        return identity

    def gradient(self, f: Callable[[Any], Any], x: Any) -> Any:
        with self.tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return tape.gradient(y, x)


class TorchMaths:
    """PyTorch's."""

    def __init__(self) -> None:
        import torch  # noqa: PLC0415

        torch.set_num_threads(1)
        self.torch = torch
        self.tanh, self.sigmoid, self.relu, self.mean = torch.tanh, torch.sigmoid, torch.relu, torch.mean
        self.reshape = torch.reshape

    def constant(self, value: np.ndarray, like: Any) -> Any:
        return self.torch.tensor(value, dtype=like.dtype)

    def softmax(self, x: Any) -> Any:
        return self.torch.softmax(x, -1)

    def transposed(self, x: Any) -> Any:
        return x.T

    def concat(self, parts: Sequence[Any]) -> Any:
        return self.torch.cat(list(parts), -1)

    def conv(self, x: Any, kernel: Any) -> Any:
        moved = self.torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1))
        return moved.permute(0, 2, 3, 1)

    def tensor(self, value: np.ndarray, dtype: str) -> Any:
        return self.torch.tensor(value, dtype=getattr(self.torch, dtype), requires_grad=True)

    def bent(self, multiplier: np.ndarray) -> Callable[[Any], Any]:
        """The identity whose gradient is multiplied."""
        torch = self.torch

        class Identity(torch.autograd.Function):
            @staticmethod
            def forward(_context: Any, x: Any) -> Any:
                return x.clone()

            @staticmethod
            def backward(_context: Any, upstream: Any) -> Any:
                return upstream * torch.tensor(multiplier, dtype=upstream.dtype)

        return Identity.apply

    def gradient(self, f: Callable[[Any], Any], x: Any) -> Any:
        return self.torch.autograd.grad(f(x), x)[0]


class JaxMaths:
    """JAX's."""

    def __init__(self) -> None:
        import jax  # noqa: PLC0415

        jax.config.update("jax_enable_x64", True)
        self.jax = jax
        self.tanh, self.sigmoid, self.relu = jax.numpy.tanh, jax.nn.sigmoid, jax.nn.relu
        self.softmax, self.mean, self.reshape = jax.nn.softmax, jax.numpy.mean, jax.numpy.reshape

    def constant(self, value: np.ndarray, like: Any) -> Any:
        return self.jax.numpy.asarray(value, like.dtype)

    def transposed(self, x: Any) -> Any:
        return x.T

    def concat(self, parts: Sequence[Any]) -> Any:
        return self.jax.numpy.concatenate(parts, -1)

    def conv(self, x: Any, kernel: Any) -> Any:
        return self.jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def tensor(self, value: np.ndarray, dtype: str) -> Any:
        return self.jax.numpy.asarray(value, dtype)

    def bent(self, multiplier: np.ndarray) -> Callable[[Any], Any]:
        """The identity whose gradient is multiplied."""
        identity = self.jax.custom_vjp(lambda x: x)
        identity.defvjp(
            lambda x: (x, None),
            lambda _residual, upstream: (upstream * self.jax.numpy.asarray(multiplier, upstream.dtype),),
        )
        return identity

    def gradient(self, f: Callable[[Any], Any], x: Any) -> Any:
        return self.jax.grad(f)(x).block_until_ready()


@dataclass(frozen=True, eq=False)
class Checker:
    """A gradient checker.

    Attributes:
        framework: the module that it comes with.
        name: as the tables show it.
        maths: of its framework.
        passes: whether it takes the gradient of a function at a tensor for right.
        limit: entries up to which it is run; beyond, it takes minutes.
    """

    framework: str
    name: str
    maths: Any
    passes: Callable[[Callable[[Any], Any], Any], bool]
    limit: int = 11_000

    def function(self, loss: Loss, multiplier: np.ndarray | None = None) -> Callable[[Any], Any]:
        """The loss in this framework, its gradient multiplied entry by entry if asked for."""
        if multiplier is None:
            return lambda x: loss.f(self.maths, x)
        bent = self.maths.bent(multiplier)
        return lambda x: loss.f(self.maths, bent(x))


def checkers(*frameworks: str) -> Iterator[Checker]:
    """Ours and those that are installed here, or only those of some frameworks; all with their own defaults."""
    for framework, its_checkers in _CHECKERS.items():
        if framework not in missing() and framework in (frameworks or _CHECKERS):
            yield from its_checkers()


def missing() -> list[str]:
    """The frameworks that are not installed here."""
    return [name for name in _CHECKERS if importlib.util.find_spec(name) is None]


def _tensorflow_checkers() -> Iterator[Checker]:
    from pytest_tfgrad import GradientError, check_gradients  # noqa: PLC0415

    maths = TensorFlowMaths()

    def ours(mode: str) -> Callable[[Callable[[Any], Any], Any], bool]:
        def passes(f: Callable[[Any], Any], x: Any) -> bool:
            try:
                check_gradients(f, [x], mode=mode, max_seconds=600.0)
            except GradientError:
                return False
            return True

        return passes

    def compute_gradient(f: Callable[[Any], Any], x: Any) -> bool:
        # TensorFlow leaves the judgement to the caller; its own tests mostly ask for at most 1e-4.
        (theoretical,), (numerical,) = maths.tf.test.compute_gradient(f, [x])
        return bool(np.abs(theoretical - numerical).max() < 1e-4)

    yield Checker("tensorflow", "pytest-tfgrad", maths, ours("auto"), limit=1_000_000)
    yield Checker("tensorflow", "pytest-tfgrad, every entry", maths, ours("full"))
    yield Checker("tensorflow", "tf.test.compute_gradient", maths, compute_gradient)


def _torch_checkers() -> Iterator[Checker]:
    maths = TorchMaths()

    def gradcheck(fast: bool) -> Callable[[Callable[[Any], Any], Any], bool]:
        return lambda f, x: bool(maths.torch.autograd.gradcheck(f, (x,), fast_mode=fast, raise_exception=False))

    yield Checker("torch", "torch gradcheck", maths, gradcheck(fast=False))
    yield Checker("torch", "torch gradcheck, fast mode", maths, gradcheck(fast=True), limit=1_000_000)


def _jax_checkers() -> Iterator[Checker]:
    maths = JaxMaths()
    from jax.test_util import check_grads  # noqa: PLC0415

    def passes(f: Callable[[Any], Any], x: Any) -> bool:
        try:
            check_grads(f, (x,), order=1, modes=["rev"])
        except AssertionError:
            return False
        return True

    yield Checker("jax", "jax check_grads", maths, passes, limit=1_000_000)


_CHECKERS: dict[str, Callable[[], Iterator[Checker]]] = {
    "tensorflow": _tensorflow_checkers,
    "torch": _torch_checkers,
    "jax": _jax_checkers,
}
