"""Prints what the models know, function by function: ``python -m tests.conformance [EXAMPLES]``."""

from __future__ import annotations

import sys
from collections import Counter

import tests.conformance.conftest  # noqa: F401  sets TensorFlow up before it is imported
from tests.conformance.case import real_function
from tests.conformance.cases import ALL
from tests.conformance.draw import Draw
from tests.conformance.oracle import Tally, compare, outcome

COLUMNS = ("both succeed", "both refuse", "missed", "unknown", "unknown rank", "unknown size", "unknown dtype")
COLUMNS += ("no gradient, not known", "not implemented")


def main(examples: int) -> None:
    """Compare all models on ``examples`` drawn calls each, without symbols, and print the counts."""
    total: Counter[str] = Counter()
    by_name: dict[str, Counter[str]] = {}
    for case in ALL:
        for name in case.names:
            tally = Tally()
            for index in range(examples):
                call = case.call(Draw(f"{name} {index}"))
                compare(name, outcome(real_function(name), call), call, tally, symbolic=False, known=True)
            by_name.setdefault(name, Counter()).update(tally.counts)
            by_name[name]["wrong"] += len(tally.wrong)
            total.update(tally.counts)
            total["wrong"] += len(tally.wrong)
    print("\t".join(("function", "wrong", *COLUMNS)))
    for name, counts in sorted(by_name.items()):
        print("\t".join((name, *(str(counts[column]) for column in ("wrong", *COLUMNS)))))
    print("\t".join(("all", *(str(total[column]) for column in ("wrong", *COLUMNS)))))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
