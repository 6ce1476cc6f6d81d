"""What the command's exit code says."""

from __future__ import annotations

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
# Wrong usage, wrong configuration, or an error of the linter's own.
EXIT_ERROR = 2
# 128 + SIGINT, as shells and pre-commit expect.
EXIT_INTERRUPTED = 130
