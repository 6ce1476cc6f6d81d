"""The distribution as the package index would have it: what the wheel holds, and that it works on its own."""

from __future__ import annotations

import configparser
import sys
import zipfile

import pytest

MISMATCH = "import tensorflow as tf\n\nx = tf.matmul(tf.ones([2, 3]), tf.ones([4, 5]))\n"


@pytest.fixture(scope="module")
def wheel(project_copy, tmp_path_factory, run):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, project_copy, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory, run):
    """The interpreter of a fresh virtual environment in which only the wheel is installed."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder, cwd=folder)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    run(scripts / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=folder)
    return scripts / "python"


def test_the_wheel_holds_both_packages_with_their_types_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {
        "pytest_tfgrad",
        "tfgrad_lint",
        "pytest_tfgrad-0.1.0.dist-info",
    }
    for wanted in ("pytest_tfgrad/py.typed", "pytest_tfgrad/plugin.py", "tfgrad_lint/py.typed", "tfgrad_lint/cli.py"):
        assert wanted in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_wheel_holds_every_module_of_the_source(wheel, project_copy):
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in (project_copy / "pytest_tfgrad", project_copy / "linter" / "tfgrad_lint"):
        modules = {path.relative_to(package.parent).as_posix() for path in package.rglob("*.py")}
        assert modules <= names


def test_the_wheel_declares_the_command_the_plugin_and_the_licence(wheel):
    with zipfile.ZipFile(wheel) as archive:
        entries = configparser.ConfigParser()
        entries.read_string(archive.read("pytest_tfgrad-0.1.0.dist-info/entry_points.txt").decode())
        metadata = archive.read("pytest_tfgrad-0.1.0.dist-info/METADATA").decode()
        assert "pytest_tfgrad-0.1.0.dist-info/licenses/LICENSE" in archive.namelist()
    assert dict(entries["console_scripts"]) == {"tfgrad": "tfgrad_lint.cli:main"}
    assert dict(entries["pytest11"]) == {"tfgrad": "pytest_tfgrad.plugin"}
    assert "License-Expression: Apache-2.0\n" in metadata
    assert "Requires-Python: >=3.10\n" in metadata
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist: tensorflow")]
    assert all("extra == 'tensorflow'" in line for line in required)
    assert required


def test_a_fresh_environment_lints_without_tensorflow(python, run, tmp_path):
    (tmp_path / "wrong.py").write_text(MISMATCH)
    assert run(python, "-c", "import tensorflow", cwd=tmp_path, check=False).returncode != 0
    found = run(python.parent / "tfgrad", "lint", "--output-format", "concise", cwd=tmp_path, check=False)
    assert found.returncode == 1, found.stderr
    assert found.stdout.startswith("wrong.py:3:5: TFG101 ")
    assert run(python, "-m", "tfgrad_lint", "--version", cwd=tmp_path).stdout == "tfgrad 0.1.0\n"


def test_the_plugin_loads_in_a_fresh_environment(python, run, tmp_path):
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
    result = run(python, "-m", "pytest", "--strict-markers", cwd=tmp_path)
    assert "plugins: tfgrad-0.1.0" in result.stdout
    assert "1 passed" in result.stdout
