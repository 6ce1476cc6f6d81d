"""Fixes as rules say them: changes of syntax, before lines and columns are known."""
