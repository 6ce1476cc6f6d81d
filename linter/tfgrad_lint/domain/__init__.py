"""The abstract domain: the values that the interpreter computes with and the events that it tells."""
