"""Symbolic dimensions, shapes, dtypes and broadcasting: pure values that know no syntax."""
