"""Whether TensorFlow is installed: known without its import, and said where it is missing.

It has no wheels for some systems and for the newest Python; vidream is installed there without it. The native engine
then dreams with the networks in the box, and whatever needs TensorFlow says so in one line.
"""

import platform
import sys
from importlib.util import find_spec

from vidream.native.library import library, missing, vector_set


def has_tensorflow() -> bool:
    """Whether TensorFlow can be imported, as far as that is known without doing so."""
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"] is not None
    return find_spec("tensorflow") is not None


def lack() -> str:
    """Say that TensorFlow is missing, and what to do; to be used where it is."""
    python = ".".join(platform.python_version_tuple()[:2])
    where = f"Python {python} on {platform.system()} {platform.machine()}"
    return f"TensorFlow is not installed; pip install tensorflow, if it has wheels for {where}"


def with_lack(origin: str) -> str:
    """Where a network that TensorFlow alone runs comes from; without TensorFlow, what it needs instead."""
    return origin if has_tensorflow() else f"needs TensorFlow, which is not installed; {origin}"


def summary() -> str:
    """Say in one line what computes the gradients, and why; what is missing."""
    native = "" if library() is None else f"native ({vector_set()})"
    if not has_tensorflow():
        return f"{native} for the networks in the box; {lack()}" if native else f"nothing: {missing()}; {lack()}"
    return native or f"TensorFlow: {missing()}"
