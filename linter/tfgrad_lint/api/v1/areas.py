"""All models of TensorFlow 1: importing this registers them, which is done when a name of it is first looked up."""

from tfgrad_lint.api.v1 import contrib, functions, layers, losses, names, queues, recurrent, session, training

__all__ = ["contrib", "functions", "layers", "losses", "names", "queues", "recurrent", "session", "training"]

names.register()
