from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


@pytest.fixture
def shown(run):
    def show(*arguments):
        outcome = run("lint", "--show-files", *arguments)
        assert outcome.code == 0, outcome.err
        return outcome.lines

    return show


def test_python_files_stubs_and_notebooks_are_found_in_order(write, shown):
    write(dict.fromkeys(["b/z.py", "b/a.pyi", "a.py", "c.ipynb", "d.txt", "e.pyc"], ""))
    assert shown() == ["a.py", "b/a.pyi", "b/z.py", "c.ipynb"]


@pytest.mark.parametrize(
    "folder", [".git", ".venv", "node_modules", "__pycache__", ".ipynb_checkpoints", "site-packages"]
)
def test_folders_of_tools_are_left_out_unless_named(write, shown, folder):
    write({f"pkg/{folder}/a.py": ""})
    assert shown() == []
    assert shown(f"pkg/{folder}") == [f"pkg/{folder}/a.py"]


def test_gitignore_is_respected(write, shown):
    write(dict.fromkeys(["a.py", "gen/b.py", "pkg/c_pb2.py", "pkg/d.py"], "") | {".gitignore": "gen/\n*_pb2.py\n"})
    assert shown() == ["a.py", "pkg/d.py"]


def test_the_nearest_gitignore_decides(write, shown):
    write(
        dict.fromkeys(["a_gen.py", "pkg/b_gen.py", "pkg/c.py"], "")
        | {".gitignore": "*_gen.py\n", "pkg/.gitignore": "!b_gen.py\nc.py\n"}
    )
    assert shown() == ["pkg/b_gen.py"]


def test_gitignores_above_count_up_to_the_top_of_the_repository(write, shown, project, monkeypatch):
    write(
        {
            ".gitignore": "a.py\n",
            "repo/.gitignore": "b.py\n",
            "repo/pkg/a.py": "",
            "repo/pkg/b.py": "",
            "repo/pkg/c.py": "",
        }
    )
    (project / "repo" / ".git" / "info").mkdir(parents=True)
    (project / "repo" / ".git" / "info" / "exclude").write_text("c.py\n")
    assert shown("repo/pkg") == ["repo/pkg/a.py"]


def test_outside_a_repository_gitignores_above_the_named_folder_say_nothing(write, shown):
    write({".gitignore": "*\n", "pkg/a.py": ""})
    assert shown("pkg") == ["pkg/a.py"]


def test_exclude_patterns_of_the_configuration(write, shown):
    write(
        dict.fromkeys(["a.py", "third_party/b.py", "pkg/third_party/c.py", "pkg/gen_d.py", "pkg/e.py"], "")
        | {"tfgrad.toml": 'exclude = ["/third_party/", "gen_*.py"]\n'}
    )
    assert shown() == ["a.py", "pkg/e.py", "pkg/third_party/c.py"]


def test_named_files_are_linted_whatever_excludes_them_unless_forced(write, shown):
    write({"gen/a.py": "", "b.py": "", ".venv/c.py": "", "tfgrad.toml": 'exclude = ["gen/"]\n', ".gitignore": "b.py\n"})
    named = ["gen/a.py", "b.py", ".venv/c.py"]
    assert shown(*named) == named
    assert shown("--force-exclude", *named) == [".venv/c.py"]


def test_a_named_folder_is_linted_whatever_leaves_it_out(write, shown, project):
    write({"gen/sub/a.py": "", "old/sub/b.py": "", "old/sub/c_pb2.py": "", "old/.gitignore": "*_pb2.py\n"})
    write({"tfgrad.toml": 'exclude = ["gen/"]\n', ".gitignore": "old/\n"})
    (project / ".git").mkdir()
    assert shown() == []
    assert shown("gen/sub", "old") == ["gen/sub/a.py", "old/sub/b.py"]
    assert shown("--force-exclude", "gen/sub", "old") == []


def test_force_exclude_looks_at_the_folders_above_in_a_repository(write, shown, project):
    write({"pkg/.venv/lib/c.py": "", "pkg/d.py": "", "pkg/gen/e.py": "", ".gitignore": "gen/\n"})
    (project / ".git").mkdir()
    assert shown("--force-exclude", "pkg/.venv/lib/c.py", "pkg/d.py", "pkg/gen/e.py") == ["pkg/d.py"]


def test_a_named_file_of_any_suffix_is_python(write, shown):
    write({"script": ""})
    assert shown("script") == ["script"]


def test_a_file_named_twice_or_below_a_named_folder_is_linted_once(write, shown):
    write({"pkg/a.py": ""})
    assert shown("pkg", "pkg/a.py", "./pkg/../pkg") == ["pkg/a.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_to_folders_are_not_followed_and_links_to_files_are(write, shown, project):
    write({"pkg/a.py": ""})
    (project / "pkg" / "loop").symlink_to(project / "pkg", target_is_directory=True)
    (project / "pkg" / "link.py").symlink_to("a.py")
    (project / "pkg" / "broken.py").symlink_to("nothing.py")
    assert shown() == ["pkg/a.py", "pkg/link.py"]
    assert shown("pkg/loop") == ["pkg/loop/a.py", "pkg/loop/link.py"]


def test_an_unreadable_file_or_folder_is_reported_and_the_rest_linted(run, write, monkeypatch):
    write({"a.py": "tensorflow", "b.py": "import tensorflow\ntfg101\n", "c/d.py": ""})
    # By hand, because the superuser, as whom tests run in containers, may read everything.
    read_bytes, scandir = Path.read_bytes, os.scandir

    def refuse_file(path):
        if path.name == "a.py":
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    def refuse_folder(path):
        if path.name == "c":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(Path, "read_bytes", refuse_file)
    monkeypatch.setattr(os, "scandir", refuse_folder)
    outcome = run("lint", "-q", "--output-format", "concise")
    assert outcome.code == 1
    assert outcome.lines == [
        "a.py:1:1: TFG002 cannot be read: Permission denied",
        "b.py:2:1: TFG101 found",
        "c:1:1: TFG002 the folder cannot be listed",
    ]


def test_a_named_link_to_nothing_is_reported_as_unreadable(run, project):
    (project / "a.py").symlink_to("nothing.py")
    assert run("lint", "a.py", "--output-format", "concise").lines[0] == (
        "a.py:1:1: TFG002 cannot be read: No such file or directory"
    )
