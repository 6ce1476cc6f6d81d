"""Imports within the project: what is known of other modules, and what is said about them."""

from pathlib import Path
from textwrap import dedent

import pytest
from tfgrad_lint import lint_paths
from tfgrad_lint.findings import Finding

FILES = {
    "pkg/__init__.py": "from pkg.sizes import WIDTH\n",
    "pkg/sizes.py": "WIDTH = 4\n",
    "pkg/layers/__init__.py": "",
    "pkg/layers/dense.py": """
        import tensorflow as tf
        from ..sizes import WIDTH

        def make(rows):
            return tf.ones([rows, WIDTH])

        def times(x, w):
            return tf.matmul(x, w)

        class Dense:
            def __init__(self, units):
                self.kernel = tf.Variable(tf.ones([WIDTH, units]))

            def __call__(self, x):
                return x @ self.kernel
        """,
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(project: Path, code: str, name: str = "main.py") -> list[Finding]:
    (project / name).write_text("import tensorflow as tf\n" + dedent(code))
    return [finding for finding in lint_paths([name]).findings if finding.path == name]


IMPORTS = {
    "from a module": "from pkg.layers.dense import make\nx = make(3)",
    "a module": "import pkg.layers.dense as dense\nx = dense.make(3)",
    "a dotted module": "import pkg.layers.dense\nx = pkg.layers.dense.make(3)",
    "a module from a package": "from pkg.layers import dense\nx = dense.make(3)",
    "a name that the package re-exports": "from pkg import WIDTH\nx = tf.ones([3, WIDTH])",
    "within a function": "def f():\n    from pkg.layers.dense import make\n    return make(3)\nx = f()",
    "a class": "from pkg.layers.dense import Dense\nx = Dense(4)(tf.ones([3, 4]))",
}


@pytest.mark.parametrize("code", IMPORTS.values(), ids=IMPORTS.keys())
def test_shapes_are_known_across_imports(project: Path, code: str):
    (finding,) = lint(project, f"{code}\nx @ tf.ones([5, 2])\n")
    assert (finding.code, "[3, 4]" in finding.message) == ("TFG101", True)


def test_relative_imports_start_at_the_file(project: Path):
    code = "from .dense import make\nfrom ..sizes import WIDTH\nmake(2) @ tf.ones([WIDTH + 1, 1])\n"
    (finding,) = lint(project, code, "pkg/layers/user.py")
    assert "[2, 4]" in finding.message


def test_trace_names_the_other_file(project: Path):
    (finding,) = lint(project, "from pkg.layers.dense import make\nmake(3) @ tf.ones([5, 2])\n")
    (entry,) = [entry for entry in finding.trace if entry.path != "main.py"]
    assert entry.path.endswith("dense.py")
    assert entry.span.line == 6


def test_mistake_in_an_imported_function_is_reported_at_the_call_that_causes_it(project: Path):
    imports = "from pkg.layers.dense import times\n"
    calls = "times(tf.ones([2, 3]), tf.ones([4, 5]))\ntimes(tf.ones([2, 3]), tf.ones([3, 5]))\n"
    (finding,) = lint(project, imports + calls)
    assert (finding.code, finding.path, finding.span.line, finding.fix) == ("TFG101", "main.py", 3, None)
    assert finding.message == (
        "`times` runs `tf.matmul`, which contracts [2, 3] with [4, 5]: axis -1 has size 3, axis -2 has size 4"
    )
    assert [(entry.path.rpartition("/")[2], entry.span.line) for entry in finding.trace] == [
        ("main.py", 3), ("main.py", 3), ("dense.py", 9),
    ]  # fmt: skip


CERTAINTY = {
    "known": ("wide=True", 1),
    "not known": ("wide=some_library.setting()", 0),
}


@pytest.mark.parametrize(("argument", "findings"), CERTAINTY.values(), ids=CERTAINTY.keys())
def test_branch_of_imported_code_counts_if_the_call_certainly_takes_it(project: Path, argument: str, findings: int):
    (project / "pkg/branch.py").write_text(
        "import tensorflow as tf\ndef run(x, wide):\n    if wide:\n        x = x @ tf.ones([9, 2])\n    return x\n"
    )
    code = f"import some_library\nfrom pkg.branch import run\nrun(tf.ones([2, 5]), {argument})\n"
    assert len(lint(project, code)) == findings


def test_call_through_several_imported_functions(project: Path):
    (project / "pkg/model.py").write_text(
        "import tensorflow as tf\nfrom .layers.dense import Dense\ndef run(x):\n    return Dense(2)(x)\n"
    )
    (finding,) = lint(project, "from pkg.model import run\ndef f():\n    return run(tf.ones([2, 5]))\n")
    assert finding.span.line == 4
    assert "`run` runs `x @ self.kernel`" in finding.message


def test_mistake_that_the_imported_function_guards_against(project: Path):
    code = """
        import tensorflow as tf

        def f(x, w):
            try:
                return x @ w
            except ValueError:
                return x

        def g(x, w):
            if x.shape[-1] != w.shape[0]:
                return x
            return x @ w
        """
    (project / "pkg/safe.py").write_text(dedent(code))
    call = "(tf.ones([2, 3]), tf.ones([4, 5]))"
    assert lint(project, f"from pkg.safe import f, g\nf{call}\ng{call}\n") == []


def test_star_brings_the_public_names_of_a_module_and_of_those_it_takes_everything_from(project: Path):
    (project / "everything.py").write_text("from pkg.layers.dense import *\n_hidden = 3\n")
    code = "from everything import *\nmake(3) @ tf.ones([5, 2])\ntf.ones([_hidden]) + tf.ones([2])\n"
    (finding,) = lint(project, code)
    assert (finding.code, finding.span.line) == ("TFG101", 3)


def test_modules_that_import_each_other_end(project: Path):
    (project / "a.py").write_text("import tensorflow as tf\nfrom b import y\nx = tf.ones([2])\n")
    (project / "b.py").write_text("import tensorflow as tf\nfrom a import x\ny = tf.ones([3])\n")
    (finding,) = lint(project, "from a import x\nfrom b import y\nx + y\n")
    assert finding.code == "TFG102"


def test_package_that_imports_its_own_module(project: Path):
    (project / "pkg/layers/__init__.py").write_text("from pkg.layers import dense\n")
    (finding,) = lint(project, "from pkg.layers import dense\ndense.make(3) @ tf.ones([5, 2])\n")
    assert finding.code == "TFG101"


def test_changed_module_is_read_again(project: Path):
    code = "from pkg.sizes import WIDTH\ntf.ones([2, 3]) @ tf.ones([WIDTH, 1])\n"
    assert len(lint(project, code)) == 1
    (project / "pkg/sizes.py").write_text("WIDTH = 3  # as wide as the input\n")
    assert lint(project, code) == []


def test_import_from_above_the_file_system_is_unknown(project: Path):
    assert lint(project, f"from {'.' * 60}far import f\nf() @ tf.ones([5, 2])\n") == []


def test_broken_or_unreadable_import_is_unknown(project: Path):
    (project / "broken.py").write_text("import tensorflow as tf\ndef f(:\n")
    (project / "binary.py").write_bytes(b"tensorflow \xff\xfe\x00")
    assert lint(project, "import broken, binary\nbroken.f() @ binary.g\n") == []


def test_functions_within_functions_of_another_file_are_looked_at_where_they_are_called(project: Path):
    (project / "pkg" / "blocks.py").write_text(
        dedent("""
            import tensorflow as tf

            def blocks(count):
                def bits():
                    return 1.5 / count

                count = tf.cast(count, tf.int32)
                return count
            """)
    )
    assert lint(project, "from pkg.blocks import blocks\nx = blocks(tf.ones([3]))") == []


def test_a_parameter_of_another_file_is_shown_there(project: Path):
    (project / "pkg" / "rows.py").write_text(
        dedent("""
            import tensorflow as tf

            def shares(x):
                return tf.cast(x, tf.float32) / tf.cast(x, tf.int32)
            """)
    )
    (finding,) = lint(project, "from pkg.rows import shares\ny = shares(*unknown)")
    assert finding.code == "TFG118"
    assert {Path(entry.path).name for entry in finding.trace} == {"rows.py"}
