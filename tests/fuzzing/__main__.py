"""``make fuzz``: lints and fixes programs that nobody would write.

An input fails if the linter itself does, if it takes longer than ten seconds, or if ``--fix`` makes of valid Python
what is none. Inputs are mutations of the rules' examples and of the files in the folders that are given, and, one in
ten, programs that hypothesmith makes of Python's grammar. A failing input is printed whole; its number and ``--seed``
make it again.
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
import time
import warnings
from pathlib import Path
from textwrap import dedent

from hypothesis import HealthCheck, Phase, given, seed, settings
from tfgrad_lint.catalogue import RULES
from tfgrad_lint.deep_stack import deep_stack
from tfgrad_lint.fixing.file_fix import fix_bytes
from tfgrad_lint.fixing.repaired import FixMode, FixRequest
from tfgrad_lint.paths import absolute
from tfgrad_lint.settings import Settings

from tests.fuzzing.mutation import mutated

_LIMIT = 10.0
# Longer files spend their time on code that the mutation did not touch.
_LONGEST = 20_000
_NAME = absolute("fuzzed.py")
_SETTINGS = Settings(select=("ALL",), preview=True)


def main() -> int:
    """Run, and return 1 if any input failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="folders with Python files to mutate")
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    texts = [*_examples(), *_files(options.folders)]
    print(f"{options.inputs} inputs made of {len(texts)} programs, seed {options.seed}")
    failures = 0
    slowest = 0.0
    grammatical = _grammatical(options.inputs // 10, options.seed)
    with deep_stack() as call:
        for number in range(options.inputs):
            text = grammatical.pop() if grammatical and number % 10 == 0 else _made(options.seed, number, texts)
            start = time.perf_counter()
            problem = call(_problem, text)
            seconds = time.perf_counter() - start
            slowest = max(slowest, seconds)
            if problem is None and seconds > _LIMIT:
                problem = f"took {seconds:.1f} s"
            if problem is not None:
                failures += 1
                print(f"\ninput {number}: {problem}\n{'-' * 80}\n{text}\n{'-' * 80}", flush=True)
    print(f"{failures} of {options.inputs} failed; the slowest took {slowest:.1f} s")
    return 1 if failures else 0


def _examples() -> list[str]:
    return [dedent(example.code) for rule in RULES for example in (*rule.invalid, *rule.valid)]


def _files(folders: list[Path]) -> list[str]:
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in paths if path.stat().st_size <= _LONGEST]
    return [text for text in texts if "tensorflow" in text or "keras" in text]


def _made(seed: int, number: int, texts: list[str]) -> str:
    text = mutated(random.Random(f"{seed} {number}"), texts)
    return text if "tensorflow" in text else f"import tensorflow as tf\n{text}"


def _grammatical(count: int, number: int) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import hypothesmith  # warns of its own regular expressions

        made: list[str] = []

        @seed(number)
        @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(hypothesmith.from_grammar())
        def collect(text: str) -> None:
            made.append(f"import tensorflow as tf\n{text}")

        collect()
    return made


def _problem(text: str) -> str | None:
    data = text.encode("utf-8", "replace")
    result = fix_bytes(_NAME, data, _SETTINGS, FixRequest(unsafe=True, mode=FixMode.SHOW))
    if result.failure is not None:
        return f"{result.failure.error}\n{result.failure.traceback}"
    if result.repaired is not None and _parses(data) and not _parses(result.repaired.content):
        return f"fixed to what is no Python:\n{result.repaired.content.decode()}"
    return None


def _parses(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
