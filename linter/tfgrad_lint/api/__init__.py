"""What the functions of TensorFlow and NumPy do to shapes, a file per area."""
