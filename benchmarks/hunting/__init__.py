"""The functions that `hunt.py` differentiates, by area; nothing here says what a gradient should be."""
