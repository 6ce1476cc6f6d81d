"""All benchmarks, with their tables in RESULTS.md and their curves as pictures: `python benchmarks/run.py [NAME...]`.

Each is a program of its own that prints Markdown; if one breaks, RESULTS.md stays as it was. With names, only those are
run and their parts of RESULTS.md written anew. `PAIRS="FOLDER _buggy _fixed"` adds the linter's recall and precision on
faulty and repaired programs (see pairs.py).
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
PICTURES = HERE.parent / "docs" / "pictures"
VERSIONS = (
    "tensorflow",
    "tensorflow-cpu",
    "keras",
    "numpy",
    "torch",
    "jax",
    "libcst",
    "ruff",
    "pylint",
    "pyright",
    "dm-sonnet",
)


def keras_folder() -> str:
    """The source of the installed Keras: what the linter is measured on, since it is there wherever this runs."""
    spec = find_spec("keras")
    if spec is None or spec.origin is None:
        sys.exit("keras is not installed; use the environment that `make test` makes")
    return str(Path(spec.origin).parent)


def benchmarks() -> dict[str, tuple[str, list[str]]]:
    """By name of the file: the heading and the arguments."""
    found = {
        "gradcheck": ("What recording and checking cost", []),
        "peers": ("Gradient checks beside those of other libraries", ["--pictures", str(PICTURES)]),
        "detection": ("Wrong gradients found, right ones accused", []),
        "overhead": ("A suite with and without `--gradcheck`", []),
        "lint": ("The linter beside others", [keras_folder()]),
        "interpreter": ("The linter beside the bare parse, and against the size of a file", [keras_folder()]),
        "scaling": ("More processes", [keras_folder()]),
    }
    if "PAIRS" in os.environ:
        found["pairs"] = ("Faulty and repaired programs", shlex.split(os.environ["PAIRS"]))
    return found


def machine() -> str:
    """Cores, memory and versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = [f"{name} {found}" for name in VERSIONS if (found := installed(name))]
    cores = f"{os.cpu_count()} cores, {memory:.0f} GiB of memory"
    return f"{cores}, Python {platform.python_version()}, {', '.join(versions)}."


def installed(name: str) -> str | None:
    """The version of a distribution, if there is one."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def sections(text: str) -> dict[str, str]:
    """The parts of RESULTS.md by their headings."""
    parts = text.split("\n## ")[1:]
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1].strip() for part in parts}


def measured(name: str, arguments: list[str]) -> str:
    """What a benchmark prints."""
    print(f"{name} ...", flush=True)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    command = [sys.executable, str(HERE / f"{name}.py"), *arguments]
    ran = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    if ran.returncode not in (0, 1):  # 1: ran, and did not reach what it demands, as it says
        sys.exit(f"{name} broke with exit code {ran.returncode}")
    return ran.stdout.strip()


def main(names: list[str]) -> None:
    """Run the benchmarks that are named, or all."""
    every = benchmarks()
    if unknown := set(names) - set(every):
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    parts = sections(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    for name in names or every:
        heading, arguments = every[name]
        parts[heading] = measured(name, arguments)
    headings = [heading for heading, _ in benchmarks().values()]
    ordered = sorted(parts, key=lambda heading: headings.index(heading) if heading in headings else len(headings))
    body = "\n\n".join(f"## {heading}\n\n{parts[heading]}" for heading in ordered)
    intro = "# Results\n\nWritten by `make bench`. Compare figures of one table only: each comes from one run."
    RESULTS.write_text(f"{intro}\n\n{machine()}\n\n{body}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
