"""How findings are shown, a file per format."""
