"""The algebra of dimensions is that of the integers they stand for."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tfgrad_lint.shapes.dims import (
    UNKNOWN,
    Dim,
    Symbol,
    can_be_negative,
    can_be_one,
    divide_exactly,
    equal,
    floor_divide,
    modulo,
    of_symbol,
    product,
    substitute,
    symbol,
    symbols_of,
)

from tests.linter.shapes.strategies import SYMBOLS, Values, dims, number, values

# What tests are given as parameters is worked out before they run; what mutation is to see stands inside them.
A, B, C = (symbol(name) for name in "abc")


@given(dims, dims, values)
def test_sums_differences_and_products_are_those_of_the_numbers(a: Dim, b: Dim, given_values: Values) -> None:
    p, q = number(a, given_values), number(b, given_values)
    assert number(a + b, given_values) == p + q
    assert number(a - b, given_values) == p - q
    assert number(a * b, given_values) == p * q


@given(dims, dims, dims)
def test_dimensions_form_a_commutative_ring(a: Dim, b: Dim, c: Dim) -> None:
    assert a + b == b + a
    assert a * b == b * a
    assert (a + b) + c == a + (b + c)
    assert (a * b) * c == a * (b * c)
    assert a * (b + c) == a * b + a * c
    assert a - a == 0
    assert a + 0 == a
    assert a * 1 == a


@given(dims, dims)
def test_equal_sums_have_equal_hashes(a: Dim, b: Dim) -> None:
    assert hash(a + b) == hash(b + a)


@given(dims, dims, values)
def test_floor_division_and_modulo_agree_with_integers(a: Dim, b: Dim, given_values: Values) -> None:
    p, q = number(a, given_values), number(b, given_values)
    assume(q != 0)
    for result, expected in ((a // b, p // q), (a % b, p % q)):
        if result is not UNKNOWN:
            assert number(result, given_values) == expected


@given(dims, dims, values)
def test_an_exact_quotient_is_whole_for_all_numbers(a: Dim, b: Dim, given_values: Values) -> None:
    quotient = divide_exactly(a, b)
    p, q = number(a, given_values), number(b, given_values)
    assume(q != 0)
    if quotient is None:
        assert p % q != 0
    elif quotient is not UNKNOWN:
        assert number(quotient, given_values) * q == p


@given(dims, dims)
def test_a_multiple_is_divided_back(a: Dim, b: Dim) -> None:
    assume(b != 0)
    assert divide_exactly(a * b, b) in (a, UNKNOWN)
    if len(symbols_of(b)) <= 1 and b == product([b]) and isinstance(b, int):
        assert divide_exactly(a * b, b) == a


@given(dims, dims, values)
def test_what_is_called_equal_is_equal_for_all_numbers(a: Dim, b: Dim, given_values: Values) -> None:
    same = equal(a, b)
    if same is not None:
        assert (number(a, given_values) == number(b, given_values)) is same


@given(dims, dims)
def test_equality_is_symmetric(a: Dim, b: Dim) -> None:
    assert equal(a, b) is equal(b, a)


@given(dims, values)
def test_what_can_not_be_one_is_never_one(a: Dim, given_values: Values) -> None:
    if not can_be_one(a):
        assert number(a, given_values) != 1


@given(dims, values)
def test_what_can_not_be_negative_is_never_below_zero(a: Dim, given_values: Values) -> None:
    if not can_be_negative(a):
        assert number(a, given_values) >= 0


def test_sums_and_quotients_of_sizes_can_not_be_negative() -> None:
    n = symbol("n")
    assert not any(map(can_be_negative, (0, 3, n, 2 * n + 1, (n + 1) // 2, n % 3)))
    assert all(map(can_be_negative, (-1, UNKNOWN, n - 1, (n - 5) // 2, -n)))


@given(dims)
def test_substituting_symbols_by_themselves_changes_nothing(a: Dim) -> None:
    assert substitute(a, {each: of_symbol(each) for each in SYMBOLS}) == a


@given(dims)
def test_a_dimension_without_symbols_is_an_integer(a: Dim) -> None:
    assert bool(symbols_of(a)) is not isinstance(a, int)


@given(dims, st.sampled_from(["+", "-", "//", "%"]))
def test_the_unknown_absorbs_everything_but_a_factor_zero(a: Dim, sign: str) -> None:
    results = {
        "+": (UNKNOWN + a, a + UNKNOWN),
        "-": (UNKNOWN - a, a - UNKNOWN),
        "//": (UNKNOWN // a, a // UNKNOWN),
        "%": (UNKNOWN % a, a % UNKNOWN),
    }[sign]
    assert results == (UNKNOWN, UNKNOWN)


def test_a_product_with_the_unknown_is_unknown_unless_zero() -> None:
    assert UNKNOWN * 0 == 0 == 0 * UNKNOWN
    assert UNKNOWN * 2 is UNKNOWN is 2 * UNKNOWN
    assert UNKNOWN * symbol("n") is UNKNOWN is symbol("n") * UNKNOWN
    assert -UNKNOWN is UNKNOWN
    assert equal(UNKNOWN, UNKNOWN) is None


@pytest.mark.parametrize(
    ("dim", "text"),
    [
        (symbol("B") * 2 + 1, "2*B + 1"),
        (symbol("T") * symbol("D"), "D*T"),
        (symbol("n") // 2, "n//2"),
        ((symbol("n") + 1) // 2, "(n + 1)//2"),
        (symbol("n") % 3, "n%3"),
        (1 - symbol("n"), "-n + 1"),
        (symbol("n") * 6 // 3, "2*n"),
        (symbol("n") * 6 % 3, "0"),
        (symbol("b") - symbol("a"), "-a + b"),
        (symbol("a") - symbol("b"), "a - b"),
        (symbol("a") - 2 * symbol("b") - 3, "a - 2*b - 3"),
        (symbol("b") + symbol("a") * symbol("c"), "a*c + b"),
        (symbol("n") // (symbol("m") - 1), "n//(m - 1)"),
        (UNKNOWN, "?"),
    ],
)
def test_dimensions_read_as_one_would_write_them(dim: Dim, text: str) -> None:
    assert repr(dim) == text


@pytest.mark.parametrize(
    ("dividend", "divisor", "quotient", "rest", "exact"),
    [
        (7, 2, "3", "1", "None"),
        (8, 2, "4", "0", "4"),
        (7, 1, "7", "0", "7"),
        (8, 0, "?", "?", "?"),
        (A, 0, "?", "?", "?"),
        (2, A, "?", "?", "?"),
        (2, UNKNOWN, "?", "?", "?"),
        (A, UNKNOWN, "?", "?", "?"),
        (UNKNOWN, A, "?", "?", "?"),
        (UNKNOWN, 2, "?", "?", "?"),
        (A, 1, "a", "0", "a"),
        (6 * A, 3, "2*a", "0", "2*a"),
        (6 * A, 4, "(6*a)//4", "(6*a)%4", "?"),
        (A, B, "a//b", "a%b", "?"),
        (A * B, A, "b", "0", "b"),
        # By a sum.
        (A * B + A, B + 1, "a", "0", "a"),
        (6 * A + 4, 3 * A + 2, "2", "0", "2"),
        (A * A + A * B, A + B, "a", "0", "a"),
        (A * A - 1, A + 1, "a - 1", "0", "a - 1"),
        ((A + B) * (C + 1), C + 1, "a + b", "0", "a + b"),
        ((A + B) * (C + 1), A + B, "c + 1", "0", "c + 1"),
        (B * C + A * C, A + B, "c", "0", "c"),
        (A * B + A + 1, B + 1, "(a*b + a + 1)//(b + 1)", "(a*b + a + 1)%(b + 1)", "?"),
        (3 * A + 2, 2 * A + 1, "(3*a + 2)//(2*a + 1)", "(3*a + 2)%(2*a + 1)", "?"),
        (A * A + B, A + 1, "(a*a + b)//(a + 1)", "(a*a + b)%(a + 1)", "?"),
        (A, A + 1, "a//(a + 1)", "a%(a + 1)", "?"),
    ],
)
def test_a_division_comes_out_where_every_term_divides(
    dividend: Dim, divisor: Dim, quotient: str, rest: str, exact: str
) -> None:
    assert repr(floor_divide(dividend, divisor)) == quotient
    assert repr(modulo(dividend, divisor)) == rest
    assert repr(divide_exactly(dividend, divisor)) == exact


def test_symbols_are_found_and_replaced_within_quotients_and_remainders() -> None:
    a, b, c = (Symbol(name) for name in "abc")
    dim = of_symbol(a) // of_symbol(b) + of_symbol(c) + 1
    assert symbols_of(dim) == {a, b, c}
    assert symbols_of(of_symbol(a) * of_symbol(b) + of_symbol(c) % 2) == {a, b, c}
    assert substitute(dim, {a: 7, b: 2}) == of_symbol(c) + 4
    assert substitute(of_symbol(a) % of_symbol(b), {a: 7, b: 4}) == 3
    assert substitute(of_symbol(a) % of_symbol(b), {b: 4}) == of_symbol(a) % 4
    assert substitute(UNKNOWN, {a: 1}) is UNKNOWN


def test_a_product_gathers_equal_terms() -> None:
    assert repr((A + B) * (B + A)) == "a*a + 2*a*b + b*b"


def test_a_number_is_not_divided_by_a_size() -> None:
    assert 2 // A is UNKNOWN is 2 % A


def test_two_symbols_of_one_name_are_two_dimensions() -> None:
    assert equal(symbol("n"), symbol("n")) is None


def test_dimensions_of_one_name_commute() -> None:
    n, m = symbol("n"), symbol("n")
    assert n * m == m * n
    assert (n // 2) * (m // 2) == (m // 2) * (n // 2)


def test_dimensions_are_told_apart_by_their_hashes() -> None:
    assert len({hash(A + number) for number in range(100)}) > 90


def test_a_size_differs_from_itself_and_a_bit_more() -> None:
    n = symbol("n")
    assert equal(n, n + 1) is False
    assert equal(n, 2 * n) is None is equal(2 * n, n)
    assert equal(n, 0) is None is equal(n - 1, 1)
    assert equal(n // 2 + 1, 0) is None
    assert equal(n * n + 2, 1) is False


def test_an_automatic_name_gives_way_once() -> None:
    atom = Symbol("x.shape[0]", automatic=True)
    atom.rename("batch")
    atom.rename("other")
    assert repr(of_symbol(atom)) == "batch"
    assert atom.automatic is False


def test_a_name_of_the_users_stays_and_a_key_is_kept() -> None:
    atom = Symbol("batch", ("x", 0))
    atom.rename("other")
    assert (atom.name, atom.key) == ("batch", ("x", 0))
