"""The HTML report, as a browser shows it."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pytest_tfgrad.report.files import missing_for, write_report
from pytest_tfgrad.results import Consequence, Grid, PathStep, Place, Report, TestResult

from .examples import MISSING, NOT_FINITE, RIGHT, SHAPE, UNCHECKED, UNDECIDED, WRONG, changed

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed (apt-get install chromium)")

LONG = "a_name_without_end_" * 12
BRANCHES = (
    PathStep(LONG, "op", Place(f"/project/{LONG}.py", 3), ((8, 35),), "passed", (-1,)),
    PathStep("Tanh", "op", None, ((8, 35),), "passed", (-1,)),
    PathStep("Exp", "op", None, ((8, 35),), "unchecked", (0,)),
    PathStep(LONG, "custom gradient", None, ((8, 35),), "wrong", (0, 1, 2)),
)
TESTS = (
    TestResult("tests/test_layers.py::test_right", (RIGHT, RIGHT), (), 0.1),
    TestResult("tests/test_layers.py::test_wrong", (changed(WRONG, consequence=Consequence.FAIL), RIGHT), (), 0.3),
    TestResult("tests/test_loss.py::test_missing", (MISSING, NOT_FINITE), ("A <b>note</b>.",), 0.2),
    TestResult("tests/test_loss.py::test_shape", (SHAPE, UNDECIDED, UNCHECKED)),
    TestResult(f"tests/{LONG}.py::test_long", (changed(WRONG, source=LONG, target=LONG, path=BRANCHES),)),
    TestResult("tests/test_loss.py::test_declared", (changed(WRONG, intended="by design"),)),
    TestResult("tests/test_loss.py::test_left_out", skipped="no_gradcheck, slow"),
    TestResult("tests/test_loss.py::test_without"),
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "out.html"
    write_report(Report("0.1.0", TESTS), path, Path("/project"))
    return path


def shown(page: Path, script: str = "") -> tuple[list[str], str]:
    """The tests that a browser shows after a script has run, and what it wrote to its console.

    Args:
        page: the report.
        script: what a user does, in JavaScript.
    """
    assert BROWSER is not None
    tell = (
        "document.body.dataset.shown = [...document.querySelectorAll('.test')].filter(node => node.offsetHeight > 0)"
        ".map(node => node.querySelector('b').textContent).join(' ');"
        "document.body.dataset.over = document.documentElement.scrollWidth - window.innerWidth;"
        "document.body.dataset.broken = [...document.images].filter(image => !image.naturalWidth).length;"
    )
    copy = page.with_name("acted.html")
    end = f"<script>window.addEventListener('load', () => {{ {script}; {tell} }});</script></body>"
    copy.write_text(page.read_text(encoding="utf-8").replace("</body>", end), encoding="utf-8")
    flags = [
        "--headless=new",
        "--window-size=600,900",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        "--virtual-time-budget=4000",
    ]
    run = subprocess.run(
        [BROWSER, *flags, f"--user-data-dir={page.parent / 'profile'}", "--dump-dom", copy.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    names = re.search(r'data-shown="([^"]*)"', run.stdout)
    assert names is not None, run.stdout[-2000:]
    assert 'data-broken="0"' in run.stdout
    over = re.search(r'data-over="(-?\d+)"', run.stdout)
    assert over is not None
    assert int(over.group(1)) <= 0, "wider than the window"
    return names.group(1).split(), "\n".join(line for line in run.stderr.splitlines() if "CONSOLE" in line)


@needs_browser
def test_it_renders_without_an_error(page: Path) -> None:
    names, console = shown(page, "document.querySelectorAll('details').forEach(node => { node.open = true })")
    assert console == ""
    assert names == [
        *("test_wrong", "test_shape", "test_long", "test_missing", "test_left_out"),
        *("test_declared", "test_right", "test_without"),
    ]


@needs_browser
@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("scaled_matmul", ["test_wrong", "test_long", "test_declared"]),
        ("test_loss missing", ["test_missing"]),
        ("nothing of this", []),
    ],
)
def test_it_finds_what_is_searched(page: Path, typed: str, names: list[str]) -> None:
    act = f"search.value = '{typed}'; search.dispatchEvent(new Event('input'))"
    assert shown(page, act) == (names, "")


@needs_browser
def test_it_filters_by_verdict(page: Path) -> None:
    names, _ = shown(page, "document.querySelector('.chip input[value=wrong]').click()")
    assert names == ["test_missing", "test_left_out", "test_declared", "test_right", "test_without"]


def test_it_needs_no_other_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    addresses = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert addresses
    assert all(address.startswith("data:") for address in addresses)


def test_it_tells_what_the_terminal_tells(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "custom gradient of scaled_matmul" in text
    assert "def backward(upstream):" in text
    assert "constant factor 1.1" in text
    assert "A &lt;b&gt;note&lt;/b&gt;." in text
    assert "3 wrong, 1 none, 1 nonfinite, 1 inconclusive, 1 different as declared, 3 right, 1 not checked" in text


def test_pictures_end_where_a_page_would_be_too_large(tmp_path: Path) -> None:
    path = tmp_path / "failing.html"
    graph = changed(WRONG, grid=None, curve=None, consequence=Consequence.FAIL)
    tests = tuple(TestResult(f"a.py::test_{n}", (graph, MISSING)) for n in range(53))
    write_report(Report("0.1.0", tests), path, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text.count("as a graph") == 50
    assert text.count("The first 50 gradients that are not right have pictures; run this test alone") == 3


def test_the_pictures_of_right_gradients_end_before_those_of_others(tmp_path: Path) -> None:
    path = tmp_path / "many.html"
    grid = Grid((1.0, 2.0), (1.0, math.nan), 2, (1, 1), 1)
    many = TestResult("a.py::test_right", (changed(grid=grid, size=2),) * 120 + (changed(WRONG, grid=grid),) * 2)
    write_report(Report("0.1.0", (many,)), path, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text.count("Heat maps") == 102
    assert text.count("as a graph") == 2
    assert "have pictures" not in text
    assert text.count("1 of 8960 entries were compared one by one; the others are grey.") == 2
    # As much as a photograph for each, and no more.
    assert len(text) < 102 * 40_000


def test_what_is_missing_for_it_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_tfgrad.report.files.find_spec", lambda name: None)
    assert missing_for(".html") == "an HTML report needs jinja2 and matplotlib: pip install 'pytest-tfgrad[html]'"
    assert missing_for(".json") == ""
