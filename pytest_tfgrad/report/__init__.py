"""Results as text and as files; renderers know only results."""

from __future__ import annotations
