"""Makes ``python -m tfgrad_lint`` the same as the command ``tfgrad``."""

from __future__ import annotations

import sys

from tfgrad_lint.cli import main

if __name__ == "__main__":
    sys.exit(main())
