"""Why a gradient cannot be checked by replaying."""

from __future__ import annotations


class CannotReplay(Exception):
    """The targets cannot be recomputed from changed sources; the message tells the user why, in one sentence."""
