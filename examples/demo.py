"""Shows both halves at work on the examples and checks that they find exactly the marked mistakes.

A line that ends in `# <- TFG101` must be reported with that code; a test whose `def` line ends in
`# <- gradcheck: wrong` must get that verdict. Nothing else may be reported. Exits with 0 if that is so, with 1 if not.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

EXAMPLES = Path(__file__).parent
LINT_MARK = re.compile(r"# <- (TFG\d{3})$")
GRADIENT_MARK = re.compile(r"def (test_\w+)\(.*# <- gradcheck: (\w+)$")


def sources() -> Iterator[tuple[str, int, str]]:
    """Yield the path, number and text of every line of the examples."""
    for path in sorted(EXAMPLES.glob("*/*.py")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            yield path.relative_to(EXAMPLES).as_posix(), number, line


def run(*command: str) -> str:
    """Show a command, run it in the folder of the examples, show what it prints and return that."""
    print(f"\n$ {' '.join(command)}\n", flush=True)
    finished = subprocess.run(
        [sys.executable, "-m", *command], cwd=EXAMPLES, capture_output=True, text=True, check=False
    )
    print(finished.stdout, finished.stderr, sep="", flush=True)
    return finished.stdout


def lint_findings() -> set[tuple[str, int, str]]:
    """Lint the examples for the reader, then once more as data."""
    run("tfgrad_lint", "lint", ".")
    command = [sys.executable, "-m", "tfgrad_lint", "lint", "--output-format", "json", "."]
    finished = subprocess.run(command, cwd=EXAMPLES, capture_output=True, text=True, check=False)
    return {(each["path"], each["line"], each["code"]) for each in json.loads(finished.stdout)}


def gradient_verdicts() -> set[tuple[str, str, str]]:
    """Run the examples' tests under the plugin; return path, test and verdict of each gradient that is not right."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "gradients.json"
        run("pytest", "--gradcheck", f"--gradcheck-report={report}", "-q", "right", "wrong")
        tests = json.loads(report.read_text())["tests"]
    return {
        (*test["nodeid"].split("::"), gradient["verdict"])
        for test in tests
        for gradient in test["gradients"]
        if gradient["verdict"] != "right"
    }


def differences(what: str, expected: set[tuple], found: set[tuple]) -> list[str]:
    """Say what is missing and what is too much."""
    missing = [f"{what} not found: {each}" for each in sorted(expected - found)]
    return missing + [f"{what} not expected: {each}" for each in sorted(found - expected)]


def main() -> int:
    expected_findings = {
        (path, number, mark[1]) for path, number, line in sources() if (mark := LINT_MARK.search(line))
    }
    expected_verdicts = {
        (path, mark[1], mark[2]) for path, _, line in sources() if (mark := GRADIENT_MARK.search(line))
    }
    problems = differences("finding", expected_findings, lint_findings())
    problems += differences("verdict", expected_verdicts, gradient_verdicts())
    for problem in problems:
        print(problem)
    if not problems:
        print(f"As expected: {len(expected_findings)} findings, {len(expected_verdicts)} gradients that fail.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
