"""Shapes as people write them are read, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from tfgrad_lint.shapes.dims import UNKNOWN, Dim, symbol
from tfgrad_lint.shapes.notation import Names, Notation, of_annotation, of_comment, of_docstring
from tfgrad_lint.shapes.shape import UNKNOWN_SHAPE, Shape

N = symbol("n")


@pytest.mark.parametrize(
    ("text", "axes", "open_at"),
    [
        ("batch 3", ("batch", "3"), None),
        ("", (), None),
        ("*rest d", ("d",), 0),
        ("b ... d", ("b", "d"), 1),
        ("b *", ("b",), 1),
        ("#b rows=4 _ ?c {n}", ("", "4", "", "", ""), None),
        ("2*d-1", ("2*d-1",), None),
    ],
)
def test_an_annotation_names_its_axes(text: str, axes: tuple[str, ...], open_at: int | None) -> None:
    assert of_annotation(text) == Notation(text, axes, open_at)


@pytest.mark.parametrize(
    ("comment", "axes"),
    [
        ("# (B, T, D)", ("B", "T", "D")),
        ("#[batch, time]", ("batch", "time")),
        ("# [batch_size, 3]", ("batch_size", "3")),
        ("# (B, ?, 3)", ("B", "", "3")),
        ("# -> (B, H*W)", ("B", "H*W")),
        ("# (B, H*W, C)", ("B", "H*W", "C")),
        ("# (B,)", ("B",)),
        ("# (num_rays, 3)", ("num_rays", "3")),
        ("# (B, T) float32", ("B", "T")),
        ("# (B, T) tf.int64.", ("B", "T")),
        ("# x: [N]", ("N",)),
        ("# shape: [B, 3]", ("B", "3")),
        ("# shape=(3,)", ("3",)),
        ("# Shape (foo, bar)", ("foo", "bar")),
        ("# shape [2]", ("2",)),
    ],
)
def test_a_comment_that_states_a_shape_is_read(comment: str, axes: tuple[str, ...]) -> None:
    notation = of_comment(comment, "x")
    assert notation is not None
    assert (notation.axes, notation.open_at) == (axes, None)


@pytest.mark.parametrize(
    "comment",
    [
        "# (see above)",
        "# (see, below)",
        "# (1, 2)",
        "# [B]",
        "# (B)",
        "# y: (B, T)",
        "# (B, T) is what comes out",
        "# shape (a b)",
        "# shape: (f(x), 2)",
        "# (foo, T)",
        "# like (B, T)",
        "# shape ()",
        "# shape (3, , 4)",
        "#",
    ],
)
def test_a_comment_that_may_say_something_else_is_not(comment: str) -> None:
    assert of_comment(comment, "x") is None


def test_a_comment_may_leave_axes_open() -> None:
    notation = of_comment("# (..., T, D)", "x")
    assert notation == Notation("..., T, D", ("T", "D"), 0)


DOCSTRING = """Does something.

    Args:
        x: Tensor of shape [batch, 2*dim].
        y (tf.Tensor): shape (3,)
        z: has the `shape` of x
        mask: shaped like [..., T] or so.
        other: of shape (f(x), 2).
        image: A tensor. For 3-D of shape `[height, width, channels]`.
        images: shape [batch, height, width, channels] or shape [height, width, channels].
        features: List of features with shapes [batch, dim].
        padded: Input tensor, shape (NHWC)
        layers: a list of tensors of shape [batch, dim].
        pair: Tuple of two tensors, each of shape [batch, dim].
        weights: dictionary of tensors of shape [dim].
        Note of shape [7].

    Returns:
        r: of shape [9].
    """


def test_the_arguments_of_a_docstring_tell_their_shapes() -> None:
    found = of_docstring(DOCSTRING)
    assert {name: (notation.axes, notation.open_at) for name, notation in found.items() if name != "r"} == {
        "x": (("batch", "2*dim"), None),
        "y": (("3",), None),
        "mask": (("T",), 0),
    }
    assert of_docstring("x: of shape [3]") == {} == of_docstring("  x: of shape [3]")
    assert of_docstring("Args:\n x: of shape [3]").keys() == {"x"}
    assert of_docstring("Args:\n  x: of shape [3]\nRaises:\n  y: of shape [4]\n").keys() == {"x"}


@pytest.mark.parametrize(
    ("axes", "shape"),
    [
        ("3 n", Shape((3, N))),
        ("n+1 2*n n-1 n//2", Shape((N + 1, 2 * N, N - 1, N // 2))),
        ("_ 1.5 n/2 -1", Shape((UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN))),
        ("8//2 8//0", Shape((4, UNKNOWN))),
        ("n+ 4", Shape((UNKNOWN, 4))),
        ("n ...", UNKNOWN_SHAPE),
    ],
)
def test_names_stand_for_the_variables_of_the_program(axes: str, shape: Shape) -> None:
    told = Names({"n": N}.get).shape(of_annotation(axes))
    assert str(told) == str(shape)
    assert [dim for dim in told.dims or () if dim is not UNKNOWN] == [
        dim for dim in shape.dims or () if dim is not UNKNOWN
    ]


def test_one_name_is_one_size() -> None:
    names = Names()
    first, second = names.shape(of_annotation("b d")), names.shape(of_annotation("d b"))
    assert (first.dims or ())[::-1] == second.dims
    assert str(first) == "[b, d]"


@pytest.mark.parametrize(
    ("axes", "dims", "fits"),
    [
        ("2 3", (2, 3), True),
        ("2 3", (2, 4), False),
        ("2 3", (2,), False),
        ("2 3", (2, 3, 1), False),
        ("2 3", (9, 2, 3), False),
        ("n 3", (N, 3), True),
        ("n", (N + 1,), False),
        ("_ 3", (7, 3), True),
        ("2 ... 3", (2, 3), True),
        ("2 ... 3", (2, 9, 9, 3), True),
        ("2 ... 3", (2,), False),
        ("a ... c", (2,), False),
        ("2 ... 3", (2, 9, 4), False),
        ("... 2 3", (9, 2, 3), True),
        ("2 3 ...", (2, 4, 9), False),
        ("2 3", None, True),
        ("a a", (2, 2), True),
        ("a a", (2, 3), False),
        ("a a+1", (2, 4), False),
        ("_ _", (2, 3), True),
        ("_ _+1", (2, 7), True),
    ],
)
def test_a_shape_fits_what_is_stated_or_does_not(axes: str, dims: tuple[Dim, ...] | None, fits: bool) -> None:
    assert Names({"n": N}.get).fits(of_annotation(axes), Shape(dims)) is fits


def test_a_variable_is_looked_up_once() -> None:
    sizes = iter((2, 3))
    assert Names(lambda _: next(sizes)).shape(of_annotation("n n")) == Shape((2, 2))


def test_a_size_that_fitted_is_the_names_from_then_on() -> None:
    names = Names()
    assert names.fits(of_annotation("b 3"), Shape((2, 3)))
    assert names.sizes == {"b": 2}
    assert names.shape(of_annotation("b")) == Shape((2,))
    assert not names.fits(of_annotation("b"), Shape((4,)))
    # One that is known is not forgotten where it may differ.
    assert names.fits(of_annotation("b"), Shape((N,)))
    assert names.shape(of_annotation("b")) == Shape((2,))
    # What was not known does not stay so.
    assert names.fits(of_annotation("c"), Shape((UNKNOWN,)))
    assert names.fits(of_annotation("c"), Shape((5,)))
    assert not names.fits(of_annotation("c"), Shape((6,)))
