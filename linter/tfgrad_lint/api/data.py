"""``tf.data``: what the elements of a dataset look like."""
