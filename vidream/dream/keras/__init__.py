"""Networks that are Keras models: those of keras.applications, and models in .keras files."""

import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

from vidream.dream.runtime import tf

Result = TypeVar("Result")

keras: Any = tf.keras

BROKEN: tuple[type[Exception], ...] = (
    *(OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, MemoryError, zlib.error),
    *(zipfile.BadZipFile, tf.errors.OpError),
)
"""What Keras raises on files that are not what they should be."""


def apart(build: Callable[..., Result], *args: Any, **options: Any) -> Result:
    """Call a function that makes layers, with Keras as it is at its start, and leave the host program's Keras alone.

    Keras keeps by thread how often it has given each layer name, the policy of dtypes, and whether it prints progress;
    so the function is called in a thread of its own. Layers without a name are then called the same each time.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(copy_context().run, build, *args, **options).result()
