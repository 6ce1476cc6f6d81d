"""What TensorFlow 1 had and TensorFlow 2 keeps under ``tf.compat.v1``, and what was in ``tf.contrib``."""
