from __future__ import annotations

import pytest
from tfgrad_lint import workers

BROKEN = "import tensorflow as tf\nx = (\n"


def files(count):
    return {f"m{index:03}.py": BROKEN for index in range(count)}


def test_several_processes_find_what_one_finds_in_the_same_order(run, write):
    own = {"pkg/a.py": "import tensorflow\nx = 1  # noqa: TFG101\n", "pkg/tfgrad.toml": 'extend-select = ["TFG010"]\n'}
    write(files(30) | own)
    one = run("lint", "--jobs", "1")
    two = run("lint", "--jobs", "2")
    assert one.out.count("TFG001") == 30
    assert one.out.count("TFG010") == 1
    assert two == one


def test_jobs_is_a_positive_number(run, write):
    outcome = run("lint", "--jobs", "0")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("tfgrad: error: Invalid value for '--jobs'")


@pytest.mark.parametrize(
    ("count", "processors", "expected"),
    [(0, 8, None), (60, 8, None), (119, 8, None), (120, 8, 2), (600, 2, 2), (600, 1, None)],
)
def test_by_default_workers_are_started_only_where_there_is_work_for_them(monkeypatch, count, processors, expected):
    started = []

    class Pool:
        def __init__(self, jobs, initializer):
            started.append(jobs)

        def map(self, function, chunks):
            return [[] for _ in chunks]

        def shutdown(self, cancel_futures):
            pass

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", Pool)
    monkeypatch.setattr(workers, "available_processors", lambda: processors)
    monkeypatch.setattr(workers, "_checked", lambda work, fix: iter(()))
    assert list(workers.check_files([None] * count)) == []
    assert started == ([] if expected is None else [expected])


def test_an_internal_error_in_a_worker_is_reported_like_one_in_this_process(run, write, monkeypatch):
    def broken(*_):
        raise KeyError("key")

    write(files(3) | {"ok.py": "import tensorflow\n"})
    for name in ("1", "2"):
        run("lint", "--jobs", name)  # the stand-in analysis is in place only after `run` exists
        monkeypatch.setattr("tfgrad_lint.file_check.analyse", broken)
        outcome = run("lint", "--jobs", name)
        assert outcome.code == 2
        assert outcome.err.startswith("tfgrad: error: internal error in ok.py: KeyError: 'key' (test_jobs.py:")
        assert outcome.out.count("TFG001") == 3
