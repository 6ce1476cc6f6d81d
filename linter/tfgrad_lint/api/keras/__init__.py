"""Keras: layers, models, losses and training, an area a file; :mod:`~tfgrad_lint.api.keras.areas` loads all."""
