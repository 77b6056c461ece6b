"""Networks that are Keras models: those of keras.applications, and models in .keras files."""

import zipfile
import zlib
from typing import Any

from vidream.dream.runtime import tf

keras: Any = tf.keras

BROKEN: tuple[type[Exception], ...] = (
    *(OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, MemoryError, zlib.error),
    *(zipfile.BadZipFile, tf.errors.OpError),
)
"""What Keras raises on files that are not what they should be."""
