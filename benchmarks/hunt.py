"""A hunt for wrong gradients in TensorFlow itself: `python benchmarks/hunt.py [--second] [AREA...]`.

Every function of an area is differentiated at ordinary and at special points under the plugin's check; what is not
right is printed as a table; with `--second` the gradients of the gradients are checked too. An area runs in a process
of its own: one that a kernel kills goes on after that case. All areas took three minutes on two shared cores.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

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


def main(areas: list[str], order: int) -> None:
    """Print the table of what is not right, and how often each verdict was given."""
    if unknown := set(areas) - set(AREAS):
        sys.exit(f"no area {', '.join(sorted(unknown))}; there are {', '.join(AREAS)}")
    rows = [row for area in areas or AREAS for row in hunted(area, order)]
    amiss = sorted((row for row in rows if row["verdict"] != "right"), key=lambda row: ORDER.index(row["verdict"]))
    shown = [(row["function"], row["point"], row["verdict"], row["said"].strip().split("\n")[0][:100]) for row in amiss]
    print(table(("function", "point", "verdict", "because"), shown))
    counts = Counter(row["verdict"] for row in rows)
    functions = len({row["function"].split("(")[0].strip() for row in rows})
    print(f"\n{functions} functions, {len(rows)} points: " + ", ".join(f"{counts[v]} {v}" for v in ORDER if counts[v]))
    if target := os.environ.get("HUNT_JSON"):
        Path(target).write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--from", start, order, area]:
            hunt(area, int(start), int(order))
        case ["--second", *names]:
            main(names, 2)
        case names:
            main(names, 1)
