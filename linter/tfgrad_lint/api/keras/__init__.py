"""Keras layers, models, losses and training, an area a file."""
