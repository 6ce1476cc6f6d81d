"""A hunt for wrong gradients in TensorFlow itself: `python benchmarks/hunt.py [OPTION...] [AREA...]`.

Every function of an area is differentiated at ordinary and at special points under the plugin's check; what is not
right is printed as a table, with `--counts` only how often each verdict was given; with `--second` the gradients of the
gradients are checked too. An area runs in a process
of its own: one that a kernel kills goes on after that case. All areas took three minutes on two shared cores.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections import Counter

from markdown import table

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

AREAS = ("elementwise", "reductions", "matrices", "networks")
SECONDS = 20.0  # a case; the slowest, a resize of 270 entries, takes two


def hunted(area: str, order: int) -> list[dict[str, str]]:
    """What is said of each case of an area; ``crashed`` of one that ended its process."""
    rows: list[dict[str, str]] = []
    while True:
        command = [sys.executable, __file__, "--from", str(len(rows)), str(order), area]
        ran = subprocess.run(command, check=False, capture_output=True, text=True)
        lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
        finished = [line for line in lines if "verdict" in line]
        rows += finished
        if ran.returncode == 0:
            return rows
        if len(lines) == len(finished):  # died between cases, or before the first
            sys.exit(f"{area} broke with exit code {ran.returncode}: {ran.stderr.strip().splitlines()[-1:]}")
        rows.append({**lines[-1], "verdict": "crashed", "said": f"exit code {ran.returncode}"})


def hunt(area: str, start: int, order: int) -> None:
    """Print what is said of each case from number ``start`` on; before each, its name."""
    import tensorflow as tf  # noqa: PLC0415 - the process that collects needs none

    from pytest_tfgrad.api import check_gradients  # noqa: PLC0415
    from pytest_tfgrad.errors import GradientError  # noqa: PLC0415

    for number, case in enumerate(importlib.import_module(f"hunting.{area}").cases()):
        if number < start:
            continue
        about = {"function": case.function, "point": case.point}
        print(json.dumps(about), flush=True)
        try:
            results = check_gradients(
                case.call, [tf.constant(x) for x in case.inputs], order=order, allow_none=order > 1, max_seconds=SECONDS
            )
            said = {result.verdict.value: result.reason for result in results}
        except GradientError as error:
            said = {result.verdict.value: str(error) for result in error.results}
        except Exception as error:  # TensorFlow refuses some calls, each in its own way
            said = {"refused": f"{type(error).__name__}: {error}"}
        verdict = min(said, key=ORDER.index)
        print(json.dumps({**about, "verdict": verdict, "said": said[verdict]}), flush=True)


ORDER = ("crashed", "wrong", "nonfinite", "none", "inconclusive", "refused", "right")


def main(areas: list[str], order: int, brief: bool) -> None:
    """Print how often each verdict was given, and unless brief the table of what is not right."""
    if unknown := set(areas) - set(AREAS):
        sys.exit(f"no area {', '.join(sorted(unknown))}; there are {', '.join(AREAS)}")
    by_area = {area: hunted(area, order) for area in areas or AREAS}
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
    print(f"{functions} functions at {len(rows)} points{' and their second derivatives' if order > 1 else ''}.\n")
    print(table(("area", *ORDER), [(area, *(counted[v] for v in ORDER)) for area, counted in counts.items()]))


def options(arguments: list[str]) -> tuple[list[str], int, bool]:
    """The areas, the order and whether to be brief."""
    areas = [argument for argument in arguments if not argument.startswith("--")]
    if unknown := set(arguments) - {*areas, "--second", "--counts"}:
        sys.exit(f"no option {', '.join(sorted(unknown))}; there are --second and --counts")
    return areas, 2 if "--second" in arguments else 1, "--counts" in arguments


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--from", start, order, area]:
            hunt(area, int(start), int(order))
        case arguments:
            main(*options(arguments))
