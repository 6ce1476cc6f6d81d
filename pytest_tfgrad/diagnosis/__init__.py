"""Why a gradient is wrong: what its error looks like and where it comes from."""

from __future__ import annotations
