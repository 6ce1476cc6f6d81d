"""TFG0xx: what is said about a file as a whole, before or after its shapes are looked at."""

from __future__ import annotations

from tfgrad_lint.findings import Finding, Fix, Severity, Span
from tfgrad_lint.rules.base import Rule


class FileRule(Rule):
    """Base of the rules that listen to no event: the linter itself makes their findings."""

    @classmethod
    def finding(
        cls, path: str, span: Span, message: str, help_text: str | None = None, fix: Fix | None = None
    ) -> Finding:
        """Return the finding of this rule at ``span`` of ``path``."""
        return Finding(cls.code, cls.name, cls.severity, message, path, span, help=help_text, fix=fix)


class SyntaxErrorRule(FileRule):
    """The file, or a cell of the notebook, is not valid Python.

    ## What it does

    Reports the place and the reason for which Python refuses a file that names TensorFlow or Keras. The rest of the
    file is not analysed; in a notebook the other cells are.

    ## Why it is bad

    The file cannot be run, and nothing else can be said about it.

    ## Known limits

    The words are those of the Python that runs the linter. Code in the syntax of a newer Python than that is analysed
    all the same. A file that names neither TensorFlow nor Keras is not parsed, so its syntax errors are not reported.

    ## References

    - [The Python language reference: full grammar](https://docs.python.org/3/reference/grammar.html)
    """

    code = "TFG001"
    name = "syntax-error"


class UnreadableFile(FileRule):
    """The file cannot be read as text.

    ## What it does

    Reports a file that cannot be opened, or whose bytes are neither UTF-8 nor what its coding line names.

    ## Why it is bad

    Python refuses such a file too, and nothing in it is checked.

    ## Known limits

    A file that can be opened and names neither TensorFlow nor Keras is not decoded.

    ## References

    - [PEP 263: defining Python source code encodings](https://peps.python.org/pep-0263/)
    """

    code = "TFG002"
    name = "unreadable-file"


class InvalidNotebook(FileRule):
    """The file ends in `.ipynb` and is not a Jupyter notebook.

    ## What it does

    Reports a notebook that is not JSON, that lacks its cells or its format number, or whose format is older than 4.

    ## Why it is bad

    Jupyter does not open it, and nothing in it is checked.

    ## Known limits

    Only what the linter needs is looked at. A notebook in another language than Python is passed over.

    ## References

    - [The Jupyter notebook format](https://nbformat.readthedocs.io/en/latest/format_description.html)
    """

    code = "TFG003"
    name = "invalid-notebook"


class UnusedSuppression(FileRule):
    """A comment suppresses a rule that reports nothing there.

    ## What it does

    Reports `# noqa: TFG...` and `# tfgrad: ignore[TFG...]` comments that name a rule which finds nothing on their
    statement, or a rule that does not exist.

    ## Why it is bad

    The comment outlived its reason; it would hide the next mistake on that line.

    ## Known limits

    Off by default: switch it on with `extend-select = ["TFG010"]`. A bare `# noqa` may be meant for another linter and
    is never reported; nor is the code of a rule that is switched off.

    ## Fix

    Removes the code from the comment, and a comment that names no other. Safe.

    ## References

    - [flake8: selecting and ignoring violations](https://flake8.pycqa.org/en/latest/user/violations.html)
    """

    code = "TFG010"
    name = "unused-suppression"
    severity = Severity.WARNING
    default = False


FILE_RULES: tuple[type[FileRule], ...] = (SyntaxErrorRule, UnreadableFile, InvalidNotebook, UnusedSuppression)
