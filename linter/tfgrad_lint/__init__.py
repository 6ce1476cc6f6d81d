"""Finds shape mismatches, unintended broadcasting and GradientTape mistakes without running the code."""
