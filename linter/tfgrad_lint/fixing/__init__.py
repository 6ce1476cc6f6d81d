"""Fixes as files get them: which are applied together, how that becomes new bytes, and how these get on disk."""
