"""Dimensions: integers, polynomials over named unknowns, or not known at all.

A dimension is one of

* an ``int``;
* a :class:`Polynomial` with integer coefficients over :class:`Symbol`, :class:`Quotient` and :class:`Remainder`
  atoms, such as ``B``, ``2*T + 1`` or ``H//2``;
* :data:`UNKNOWN`, which equals nothing, not even itself.

All three support ``+ - * // %`` with each other. Atoms stand for integers that are not negative. Results that are
constant come back as plain ``int``.

Example:
    >>> b = symbol("B")
    >>> (b + 1) * 2 - b
    B + 2
    >>> equal(b, b + 1)
    False
    >>> equal(b, 3) is None
    True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping


class Symbol:
    """A dimension that is known by identity only: two uses of it are the same number.

    ``name`` is what messages call it. A name made from where the symbol was met (``x.shape[0]``) is ``automatic``:
    the first variable the user binds it to names it better.
    """

    __slots__ = ("automatic", "key", "name")

    def __init__(self, name: str, key: Hashable = None, *, automatic: bool = False) -> None:
        self.name = name
        self.key = key
        self.automatic = automatic

    def rename(self, name: str) -> None:
        """Take the user's ``name`` unless a name of the user's is already borne."""
        if self.automatic:
            self.name = name
            self.automatic = False

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Quotient:
    """``numerator // denominator`` where it does not come out as a polynomial."""

    numerator: Polynomial
    denominator: Polynomial | int

    def __repr__(self) -> str:
        return f"{_bracketed(self.numerator)}//{_bracketed(self.denominator)}"


@dataclass(frozen=True)
class Remainder:
    """``numerator % denominator`` where it does not come out as a polynomial."""

    numerator: Polynomial
    denominator: Polynomial | int

    def __repr__(self) -> str:
        return f"{_bracketed(self.numerator)}%{_bracketed(self.denominator)}"


Atom: TypeAlias = "Symbol | Quotient | Remainder"
# A product of atoms, each as often as it occurs, in one order; the empty tuple is the constant term.
Monomial: TypeAlias = "tuple[Atom, ...]"


def _order(atom: Atom) -> tuple[str, int]:
    # Symbols, and quotients of symbols, may have one name and be different.
    return repr(atom), hash(atom)


class Unknown:
    """The dimension of which nothing is known. Arithmetic with it gives it back."""

    __slots__ = ()

    def _absorb(self, other: object) -> Unknown:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = _absorb
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _absorb

    def __mul__(self, other: Dim) -> Dim:
        return 0 if other == 0 else self

    __rmul__ = __mul__

    def __neg__(self) -> Unknown:
        return self

    def __repr__(self) -> str:
        return "?"


UNKNOWN: Final = Unknown()


class Polynomial:
    """A polynomial with integer coefficients that is not constant. Immutable, hashable, in normal form."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: Mapping[Monomial, int]) -> None:
        self.terms = dict(terms)
        self._hash = hash(frozenset(self.terms.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, Unknown):
            return UNKNOWN
        terms = dict(self.terms)
        for monomial, coefficient in _terms(other).items():
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return _from_terms(terms)

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return Polynomial({monomial: -coefficient for monomial, coefficient in self.terms.items()})

    def __sub__(self, other: Dim) -> Dim:
        return self + (-other)

    def __rsub__(self, other: Dim) -> Dim:
        return (-self) + other

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, Unknown):
            return other * self
        terms: dict[Monomial, int] = {}
        for left, p in self.terms.items():
            for right, q in _terms(other).items():
                monomial = tuple(sorted(left + right, key=_order))
                terms[monomial] = terms.get(monomial, 0) + p * q
        return _from_terms(terms)

    __rmul__ = __mul__

    def __floordiv__(self, other: Dim) -> Dim:
        return floor_divide(self, other)

    def __rfloordiv__(self, other: Dim) -> Dim:
        return floor_divide(other, self)

    def __mod__(self, other: Dim) -> Dim:
        return modulo(self, other)

    def __rmod__(self, other: Dim) -> Dim:
        return modulo(other, self)

    def __repr__(self) -> str:
        return _format_terms(self.terms)


Dim: TypeAlias = "int | Polynomial | Unknown"


def symbol(name: str) -> Polynomial:
    """Return a new unknown dimension called ``name``, equal to itself only."""
    return of_symbol(Symbol(name))


def of_symbol(atom: Symbol) -> Polynomial:
    """Return the dimension that is ``atom``."""
    return Polynomial({(atom,): 1})


def product(dims: Iterable[Dim]) -> Dim:
    """Multiply ``dims``; the empty product is 1."""
    result: Dim = 1
    for dim in dims:
        result = result * dim
    return result


def equal(a: Dim, b: Dim) -> bool | None:
    """Tell whether ``a`` and ``b`` are equal (True), certainly different (False) or may be either (None)."""
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return None
    difference = _known(a - b)
    if isinstance(difference, int):
        return difference == 0
    return False if _is_nonzero(difference) else None


def can_be_one(dim: Dim) -> bool:
    """Tell whether ``dim`` may be 1, the size that broadcasts."""
    return equal(dim, 1) is not False


def can_be_negative(dim: Dim) -> bool:
    """Tell whether a number made of sizes may be below 0, as one with a term that is taken away may."""
    if isinstance(dim, Unknown):
        return True
    atoms = {atom for monomial in _terms(dim) for atom in monomial}
    parts = [part for atom in atoms if not isinstance(atom, Symbol) for part in (atom.numerator, atom.denominator)]
    return False in _signs(_terms(dim)) or any(map(can_be_negative, parts))


def floor_divide(a: Dim, b: Dim) -> Dim:
    """Return ``a // b``, exactly where every term divides, else as an atom; division by 0 is unknown."""
    if isinstance(a, Unknown) or isinstance(b, Unknown) or b == 0:
        return UNKNOWN
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    divided = _divide_terms(_terms(a), _terms(b))
    if divided is not None:
        return divided
    return Polynomial({(Quotient(_polynomial(a), b),): 1}) if isinstance(a, Polynomial) else UNKNOWN


def modulo(a: Dim, b: Dim) -> Dim:
    """Return ``a % b``, exactly where every term divides, else as an atom; modulo 0 is unknown."""
    if isinstance(a, Unknown) or isinstance(b, Unknown) or b == 0:
        return UNKNOWN
    if isinstance(a, int) and isinstance(b, int):
        return a % b
    if _divide_terms(_terms(a), _terms(b)) is not None:
        return 0
    return Polynomial({(Remainder(_polynomial(a), b),): 1}) if isinstance(a, Polynomial) else UNKNOWN


def divide_exactly(a: Dim, b: Dim) -> Dim | None:
    """Return ``a / b`` if it is certainly whole, None if it certainly is not, UNKNOWN if it may be either."""
    if isinstance(a, Unknown) or isinstance(b, Unknown) or b == 0:
        return UNKNOWN
    if isinstance(a, int) and isinstance(b, int):
        return a // b if a % b == 0 else None
    divided = _divide_terms(_terms(a), _terms(b))
    return UNKNOWN if divided is None else divided


def symbols_of(dim: Dim) -> set[Symbol]:
    """Return every symbol that occurs in ``dim``."""
    found: set[Symbol] = set()
    if isinstance(dim, Polynomial):
        for monomial in dim.terms:
            for atom in monomial:
                if isinstance(atom, Symbol):
                    found.add(atom)
                else:
                    found |= symbols_of(atom.numerator) | symbols_of(atom.denominator)
    return found


def substitute(dim: Dim, values: Mapping[Symbol, Dim]) -> Dim:
    """Replace each symbol of ``dim`` that ``values`` names by its value."""
    if not isinstance(dim, Polynomial):
        return dim
    total: Dim = 0
    for monomial, coefficient in dim.terms.items():
        total = total + product([coefficient, *(_substitute_atom(atom, values) for atom in monomial)])
    return total


def _substitute_atom(atom: Atom, values: Mapping[Symbol, Dim]) -> Dim:
    if isinstance(atom, Symbol):
        return values.get(atom, of_symbol(atom))
    numerator, denominator = substitute(atom.numerator, values), substitute(atom.denominator, values)
    return numerator // denominator if isinstance(atom, Quotient) else numerator % denominator


def _polynomial(dim: Dim) -> Polynomial:
    assert isinstance(dim, Polynomial)
    return dim


def _terms(dim: int | Polynomial) -> Mapping[Monomial, int]:
    if isinstance(dim, Polynomial):
        return dim.terms
    return {(): dim} if dim else {}


def _from_terms(terms: Mapping[Monomial, int]) -> int | Polynomial:
    kept = {monomial: coefficient for monomial, coefficient in terms.items() if coefficient}
    if not kept:
        return 0
    if len(kept) == 1 and () in kept:
        return kept[()]
    return Polynomial(kept)


def _is_nonzero(difference: Polynomial) -> bool:
    # Symbols are at least 0, so terms of one sign, a constant among them, never cancel.
    plain = all(isinstance(atom, Symbol) for monomial in difference.terms for atom in monomial)
    return plain and () in difference.terms and len(_signs(difference.terms)) == 1


def _signs(terms: Mapping[Monomial, int]) -> set[bool]:
    """Tell which signs there are: True is above 0, False below; no coefficient is 0."""
    return {coefficient > 0 for coefficient in terms.values()}


def _divide_terms(a: Mapping[Monomial, int], b: Mapping[Monomial, int]) -> int | Polynomial | None:
    """Divide by a single term, term by term, or by a polynomial that ``a`` is a whole multiple of."""
    if len(b) != 1:
        return _divide_by_sum(a, b)
    ((divisor, coefficient),) = b.items()
    result: dict[Monomial, int] = {}
    for monomial, factor in a.items():
        rest = _cancel(monomial, divisor)
        if rest is None or factor % coefficient:
            return None
        result[rest] = factor // coefficient
    return _from_terms(result)


def _divide_by_sum(a: Mapping[Monomial, int], b: Mapping[Monomial, int]) -> int | Polynomial | None:
    # The leading term of a multiple is that of the divisor times that of the quotient.
    if len(a) < len(b):
        return None
    lead, divisor = max(b, key=_rank), Polynomial(b)
    quotient: int | Polynomial = 0
    rest = a
    for _ in range(len(a)):
        top = max(rest, key=_rank)
        cancelled = _cancel(top, lead)
        if cancelled is None or rest[top] % b[lead]:
            return None
        step = _from_terms({cancelled: rest[top] // b[lead]})
        quotient, rest = _known(quotient + step), _terms(_known(_from_terms(rest) - divisor * step))
        if not rest:
            return quotient
    return None


def _rank(monomial: Monomial) -> tuple[int, list[tuple[str, int]]]:
    """Order monomials so that the order stays when both are multiplied by a third one."""
    return len(monomial), [_order(atom) for atom in monomial]


def _known(dim: Dim) -> int | Polynomial:
    assert not isinstance(dim, Unknown)
    return dim


def _cancel(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    rest = list(monomial)
    for atom in divisor:
        if atom not in rest:
            return None
        rest.remove(atom)
    return tuple(rest)


def _bracketed(dim: Polynomial | int) -> str:
    text = repr(dim)
    return text if text.isidentifier() or text.isdigit() else f"({text})"


def _format_terms(terms: Mapping[Monomial, int]) -> str:
    ordered = sorted(terms.items(), key=lambda item: (-len(item[0]), [_order(atom) for atom in item[0]]))
    return " + ".join(_format_term(*term) for term in ordered).replace("+ -", "- ")


def _format_term(monomial: Monomial, coefficient: int) -> str:
    if not monomial:
        return str(coefficient)
    names = "*".join(map(repr, monomial))
    return {1: names, -1: f"-{names}"}.get(coefficient, f"{coefficient}*{names}")
