"""The hooks through which pytest calls this plugin; imports neither TensorFlow nor NumPy."""

from __future__ import annotations
