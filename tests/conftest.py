"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# No deadline: the first call imports what it needs, on a machine that may be busy.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
