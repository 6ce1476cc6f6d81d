"""Writes the parts of docs/ that tell what the code offers, from the code: `make docs-reference`."""
