"""Recomputes the targets of a recorded gradient from changed sources, in float64."""

from __future__ import annotations

from pytest_tfgrad.replay.errors import CannotReplay
from pytest_tfgrad.replay.operation import Step
from pytest_tfgrad.replay.replay import Replay, build_replay

__all__ = ["CannotReplay", "Replay", "Step", "build_replay"]
