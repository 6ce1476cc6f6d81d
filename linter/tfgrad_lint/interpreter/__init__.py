"""Abstract interpretation of libcst trees: what Python does with the values."""
