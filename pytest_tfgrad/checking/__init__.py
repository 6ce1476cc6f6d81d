"""From the recorded gradient calls of a test to verdicts."""

from __future__ import annotations

from pytest_tfgrad.checking.recordings import check_recording

__all__ = ["check_recording"]
