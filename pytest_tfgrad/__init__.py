"""Checks the gradients that a test's tapes record, shapes and values, against numerical estimates."""
