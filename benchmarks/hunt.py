"""A hunt for wrong gradients in TensorFlow itself: `python benchmarks/hunt.py [OPTION...] [AREA...]`.

Every function of an area is differentiated at ordinary and at special points under the plugin's check; what is not
right is printed as a table, with `--counts` only how often each verdict was given. `--second` checks the gradients of
the gradients too, `--float16` takes the inputs in that type, `--xla` compiles each function. An area runs in a process
of its own: one that a kernel kills goes on after that case. All areas took three minutes on two shared cores.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from markdown import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

AREAS = ("elementwise", "reductions", "matrices", "networks")
SECONDS = 20.0  # a case; the slowest, a resize of 270 entries, takes two


def hunted(area: str, variants: Sequence[str]) -> list[dict[str, str]]:
    """What is said of each case of an area; ``crashed`` of one that ended its process."""
    rows: list[dict[str, str]] = []
    while True:
        command = [sys.executable, __file__, "--from", str(len(rows)), area, *variants]
        ran = subprocess.run(command, check=False, capture_output=True, text=True)
        lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
        finished = [line for line in lines if "verdict" in line]
        rows += finished
        if ran.returncode == 0:
            return rows
        if len(lines) == len(finished):  # died between cases, or before the first
            sys.exit(f"{area} broke with exit code {ran.returncode}: {ran.stderr.strip().splitlines()[-1:]}")
        rows.append({**lines[-1], "verdict": "crashed", "said": f"exit code {ran.returncode}"})


def hunt(area: str, start: int, variants: Sequence[str]) -> None:
    """Print what is said of each case from number ``start`` on; before each, its name."""
    import tensorflow as tf  # noqa: PLC0415 - the process that collects needs none

    from pytest_tfgrad.api import check_gradients  # noqa: PLC0415
    from pytest_tfgrad.errors import GradientError  # noqa: PLC0415

    settings: dict[str, Any] = {"max_seconds": SECONDS}
    if "--second" in variants:
        settings |= {"order": 2, "allow_none": True}
    if "--xla" in variants:
        settings |= {"functions": "graph"}

    def source(x: np.ndarray) -> Any:
        narrow = "--float16" in variants and x.dtype.kind == "f"
        return tf.constant(x, tf.float16 if narrow else x.dtype)

    for number, case in enumerate(importlib.import_module(f"hunting.{area}").cases()):
        if number < start:
            continue
        about = {"function": case.function, "point": case.point}
        print(json.dumps(about), flush=True)
        call = tf.function(case.call, jit_compile=True) if "--xla" in variants else case.call
        try:
            results = check_gradients(call, [source(x) for x in case.inputs], **settings)
            said = {result.verdict.value: result.reason for result in results}
        except GradientError as error:
            said = {result.verdict.value: str(error) for result in error.results}
        except Exception as error:  # TensorFlow refuses some calls, each in its own way
            said = {"refused": f"{type(error).__name__}: {error}"}
        verdict = min(said, key=ORDER.index)
        print(json.dumps({**about, "verdict": verdict, "said": said[verdict]}), flush=True)


VARIANTS = {"--second": "second derivatives too", "--float16": "in float16", "--xla": "compiled by XLA"}
ORDER = ("crashed", "wrong", "nonfinite", "none", "inconclusive", "refused", "right")


def main(areas: list[str], variants: Sequence[str], brief: bool) -> None:
    """Print how often each verdict was given, and unless brief the table of what is not right."""
    if unknown := set(areas) - set(AREAS):
        sys.exit(f"no area {', '.join(sorted(unknown))}; there are {', '.join(AREAS)}")
    by_area = {area: hunted(area, variants) for area in areas or AREAS}
    rows = [row for found in by_area.values() for row in found]
    if not brief:
        amiss = sorted((row for row in rows if row["verdict"] != "right"), key=lambda row: ORDER.index(row["verdict"]))
        shown = [
            (row["function"], row["point"], row["verdict"], row["said"].strip().split("\n")[0][:100]) for row in amiss
        ]
        print(table(("function", "point", "verdict", "because"), shown, texts=4), end="\n\n")
    counts = {"all": Counter(row["verdict"] for row in rows)}
    counts |= {area: Counter(row["verdict"] for row in found) for area, found in by_area.items()}
    functions = len({row["function"].split("(")[0].strip() for row in rows})
    print(f"{functions} functions at {len(rows)} points{''.join(f', {VARIANTS[name]}' for name in variants)}.\n")
    print(table(("area", *ORDER), [(area, *(counted[v] for v in ORDER)) for area, counted in counts.items()]))


def options(arguments: list[str]) -> tuple[list[str], list[str], bool]:
    """The areas, the variants and whether to be brief."""
    areas = [argument for argument in arguments if not argument.startswith("--")]
    variants = [argument for argument in arguments if argument in VARIANTS]
    if unknown := set(arguments) - {*areas, *VARIANTS, "--counts"}:
        sys.exit(f"no option {', '.join(sorted(unknown))}; there are {', '.join(VARIANTS)}, --counts")
    return areas, variants, "--counts" in arguments


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--from", start, area, *variants]:
            hunt(area, int(start), variants)
        case arguments:
            main(*options(arguments))
