"""Rules about what is done with the gradient that a tape gave."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar, Final

import libcst as cst

from tfgrad_lint.domain.events import Event, GradientDropped, GradientNamed, GradientTaken
from tfgrad_lint.domain.values import Tensor
from tfgrad_lint.findings import Severity
from tfgrad_lint.interpreter.syntax import walk
from tfgrad_lint.repairs.changes import ancestors
from tfgrad_lint.rules import wording
from tfgrad_lint.rules.base import Invalid, Rule, Valid
from tfgrad_lint.rules.claim import Claim
from tfgrad_lint.rules.lineage import is_batch, is_elementwise
from tfgrad_lint.shapes.dims import equal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfgrad_lint.domain.values import Site
    from tfgrad_lint.interpreter.program import Program

_JACOBIAN: Final = re.compile(r"(^|_)(jac|jacobians?|jacobi|jacobian_matrix|hess|hessians?)($|_)", re.IGNORECASE)
_PER_EXAMPLE: Final = re.compile(r"per_?(example|sample|instance)_?grad", re.IGNORECASE)


class GradientOfVector(Rule):
    """Gradient of a target that is no scalar, used as a Jacobian or as one gradient for each example.

    ## What it does

    Reports `jacobian = tape.gradient(y, x)`, where the name of the result says that it is a Jacobian, a Hessian or
    per-example gradients, and `y` has more than one element.

    ## Why it is bad

    `tape.gradient` adds the gradients of all elements of the target up: the result has the shape of the source, not
    that of a Jacobian.

    ## Known limits

    Results whose name says nothing are not reported, nor are targets of unknown shape. Where each element of the target
    depends on one of the source only, the sum has the diagonal of the Jacobian, and is not reported either.

    ## References

    - <https://www.tensorflow.org/guide/advanced_autodiff#jacobians>
    """

    code = "TFG310"
    name = "gradient-of-vector"
    severity = Severity.WARNING
    listens_to = (GradientNamed,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            x = tf.Variable([1.0, 2.0])
            rotation = tf.constant([[0.0, -1.0], [1.0, 0.0]])
            with tf.GradientTape() as tape:
                y = tf.linalg.matvec(rotation, x)
            jacobian = tape.gradient(y, x)  # <- TFG310
        """),
        Invalid("""
            import tensorflow as tf

            def losses_of(w, x, y):
                return tf.reduce_sum((tf.matmul(x, w) - y) ** 2, axis=1)

            w = tf.Variable(tf.ones([3, 1]))
            with tf.GradientTape() as tape:
                losses = losses_of(w, tf.random.normal([8, 3]), tf.ones([8, 1]))
            per_example_gradients = tape.gradient(losses, w)  # <- TFG310
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            x = tf.Variable([1.0, 2.0])
            rotation = tf.constant([[0.0, -1.0], [1.0, 0.0]])
            with tf.GradientTape() as tape:
                y = tf.linalg.matvec(rotation, x)
            jacobian = tape.jacobian(y, x)
        """),
        Valid("""
            import tensorflow as tf

            x = tf.Variable([1.0, 2.0])
            with tf.GradientTape() as tape:
                y = tf.sin(x) * x
            jacobian_diagonal = tape.gradient(y, x)
            with tf.GradientTape() as tape:
                y = tf.reduce_sum(x**2)
            jacobian = tape.gradient(y, x)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report gradients of several elements with a name that asks for one of each."""
        assert isinstance(event, GradientNamed)
        wanted = _wanted(event.name)
        taken = program.gradients.get(event.step)
        if wanted is None or taken is None or taken.method != "gradient" or not isinstance(taken.target, Tensor):
            return
        dims = taken.target.shape.dims
        if not dims or all(dim == 1 for dim in dims) or is_elementwise(taken.target.node):
            return
        if wanted == "jacobian" and (dims[-1] == 1 or not isinstance(dims[-1], int)):
            # The derivatives of one output for each example are often called so, and are what this gives.
            return
        yield Claim(
            event.site,
            f"`{event.name}` is the sum of the gradients of all elements of a target of shape {taken.target.shape}, "
            f"not {_meant(wanted)}",
            trace=wording.trace(event.site, taken.target),
            help="tape.jacobian(target, sources) gives one gradient for each element of the target",
        )


def _wanted(name: str) -> str | None:
    if _PER_EXAMPLE.search(name):
        return "per example"
    return "jacobian" if _JACOBIAN.search(name) and "diag" not in name.lower() else None


def _meant(wanted: str) -> str:
    return "one gradient for each example" if wanted == "per example" else "a Jacobian"


class JacobianOfBatch(Rule):
    """Jacobian of a whole batch where each example has one, or a batch Jacobian of what has no batch.

    ## What it does

    Reports `tape.jacobian(y, x)` where `y` and `x` have the same batch as their first axis, and `tape.batch_jacobian(y,
    x)` where their first axes certainly differ or one of them has fewer than two axes.

    ## Why it is bad

    The Jacobian of a batch of `B` examples holds `B * B` blocks, of which all but those on the diagonal are zero unless
    examples depend on each other: memory and time grow with the square of the batch. `batch_jacobian` gives the `B`
    blocks, and raises `ValueError` for what is no batch.

    ## Known limits

    Only batches of Keras inputs and datasets, and sizes that the code itself calls a batch, are known as batches.

    ## References

    - <https://www.tensorflow.org/guide/advanced_autodiff#batch_jacobian>
    """

    code = "TFG315"
    name = "jacobian-of-batch"
    severity = Severity.WARNING
    listens_to = (GradientTaken,)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            layer = tf.keras.layers.Dense(3)
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([6, 4])).batch(2):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = layer(x)
                jacobian = tape.jacobian(y, x)  # <- TFG315
        """),
        Invalid("""
            import tensorflow as tf

            def sensitivities(weights, x):
                with tf.GradientTape() as tape:
                    y = tf.matmul(x, weights)
                return tape.batch_jacobian(y, weights)  # <- TFG315

            table = sensitivities(tf.Variable(tf.ones([3, 2])), tf.ones([8, 3]))
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            layer = tf.keras.layers.Dense(3)
            for x in tf.data.Dataset.from_tensor_slices(tf.ones([6, 4])).batch(2):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    y = layer(x)
                jacobian = tape.batch_jacobian(y, x)
        """),
        Valid("""
            import tensorflow as tf

            def sensitivities(weights, x):
                with tf.GradientTape() as tape:
                    y = tf.matmul(x, weights)
                return tape.jacobian(y, weights)

            table = sensitivities(tf.Variable(tf.ones([3, 2])), tf.ones([8, 3]))
            kernel = tf.random.normal([5, 2])
            with tf.GradientTape() as tape:
                tape.watch(kernel)
                gram = tf.matmul(kernel, kernel, transpose_b=True)
            coupled = tape.jacobian(gram, kernel)
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report the wrong one of the two methods."""
        assert isinstance(event, GradientTaken)
        target, source = event.target, event.sources
        if not isinstance(target, Tensor) or not isinstance(source, Tensor):
            return
        outputs, inputs = target.shape.dims, source.shape.dims
        if outputs is None or inputs is None:
            return
        have_batches = len(outputs) >= 2 and len(inputs) >= 2
        if event.method == "batch_jacobian" and not (have_batches and equal(outputs[0], inputs[0]) is not False):
            yield Claim(
                event.site,
                f"batch_jacobian takes a target and a source with one batch as their first axis, and gets "
                f"{target.shape} and {source.shape}: ValueError",
                trace=wording.trace(event.site, target, source),
                help="tape.jacobian takes any shapes",
            )
        if event.method == "jacobian" and have_batches and is_batch(outputs[0]) and equal(outputs[0], inputs[0]):
            yield Claim(
                event.site,
                f"the Jacobian of {target.shape} with respect to {source.shape} differentiates the output for each "
                "example with respect to all others",
                trace=wording.trace(event.site, target, source),
                help="tape.batch_jacobian(target, source) gives one Jacobian for each example",
            )


class GradientUnused(Rule):
    """Gradient that nothing uses.

    ## What it does

    Reports `tape.gradient(...)` as a statement of its own, and `gradients = tape.gradient(...)` in a function that
    never reads `gradients`.

    ## Why it is bad

    The gradient is computed and thrown away. Mostly the line that applies it is missing, so nothing is trained.

    ## Known limits

    Calls whose error the code expects, names that begin with an underscore, and the bodies of modules and notebooks,
    which others may read from, are not reported. Nor are tests: one may take a gradient to see that it can be taken, or
    to have it checked by the pytest plugin.

    ## References

    - <https://www.tensorflow.org/api_docs/python/tf/GradientTape#gradient>
    """

    code = "TFG316"
    name = "gradient-unused"
    severity = Severity.WARNING
    listens_to = (GradientDropped, GradientNamed)

    invalid: ClassVar[tuple[Invalid, ...]] = (
        Invalid("""
            import tensorflow as tf

            def train_step(model, optimizer, x, y):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(tf.square(model(x) - y))
                gradients = tape.gradient(loss, model.trainable_variables)  # <- TFG316
                return loss

            model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            loss = train_step(model, tf.keras.optimizers.SGD(0.1), tf.ones([2, 4]), tf.ones([2, 1]))
        """),
        Invalid("""
            import tensorflow as tf

            class Trainer:
                def __init__(self):
                    self.w = tf.Variable(2.0)

                def step(self):
                    with tf.GradientTape() as tape:
                        loss = self.w * self.w
                    tape.gradient(loss, self.w)  # <- TFG316

            Trainer().step()
        """),
        Invalid("""
            import tensorflow as tf

            def ask(tape, loss, w):
                tape.gradient(loss, w)  # <- TFG316

            w = tf.Variable(2.0)
            with tf.GradientTape() as tape:
                loss = w * w
            ask(tape, loss, w)
        """),
    )
    valid: ClassVar[tuple[Valid, ...]] = (
        Valid("""
            import tensorflow as tf

            def train_step(model, optimizer, x, y):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(tf.square(model(x) - y))
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(gradients, model.trainable_variables))
                return loss

            model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
            loss = train_step(model, tf.keras.optimizers.SGD(0.1), tf.ones([2, 4]), tf.ones([2, 1]))
        """),
        Valid("""
            import tensorflow as tf

            def is_asked_twice(tape, y, x):
                _first = tape.gradient(y, x)
                try:
                    tape.gradient(y, x)
                except RuntimeError:
                    return True
                return False

            x = tf.Variable(2.0)
            with tf.GradientTape() as tape:
                y = x * x
            print(is_asked_twice(tape, y, x))
        """),
        Valid("""
            import tensorflow as tf

            def test_gradient_of_square():
                x = tf.Variable(2.0)
                with tf.GradientTape() as tape:
                    y = x * x
                tape.gradient(y, x)

            test_gradient_of_square()
        """),
    )

    def check(self, event: Event, program: Program) -> Iterator[Claim]:
        """Report results that nothing gets, and names that nothing reads."""
        if _is_in_test(event.site, program):
            return
        if isinstance(event, GradientDropped) and not _is_shown(event.site):
            yield Claim(
                event.site,
                f"the result of `{wording.shown(event.site)}` is thrown away",
                help="keep it and give it to the optimizer, or remove the call",
            )
        elif isinstance(event, GradientNamed) and _is_never_read(event):
            yield Claim(
                event.site,
                f"`{event.name}` is never read: the gradient is computed and thrown away",
                help="give it to the optimizer, or remove the call",
            )


def _is_in_test(site: Site, program: Program) -> bool:
    """Tell whether a call is in a test, by the name of its file or of a function around it."""
    if PurePath(site.path).match("test_*.py") or PurePath(site.path).match("*_test.py"):
        return True
    around = ancestors(program.trees[site.path], site.node)
    return any(isinstance(node, cst.FunctionDef) and node.name.value.startswith("test") for node in around)


def _is_shown(site: Site) -> bool:
    """Tell whether the value of a statement is shown to the reader, as in a notebook."""
    return site.path.endswith(".ipynb")


def _is_never_read(event: GradientNamed) -> bool:
    if event.function is None or event.name.startswith("_"):
        return False
    written: set[cst.CSTNode] = set()
    named: list[cst.CSTNode] = []
    for node in walk(event.function):
        if isinstance(node, cst.AssignTarget):
            written.add(node.target)
        elif isinstance(node, cst.Global | cst.Nonlocal):
            return False
        elif isinstance(node, cst.Name) and node.value == event.name:
            named.append(node)
    return all(node in written for node in named)
