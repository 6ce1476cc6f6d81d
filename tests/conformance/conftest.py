"""TensorFlow is set up before it is imported: quiet, and with its own kernels."""

from __future__ import annotations

import os

# oneDNN's kernels abort the process for some shapes that TensorFlow's own ones refuse with an error.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
