"""Arrays from a file that anybody may have written: what they claim is looked at before any memory is taken."""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

MOST = 64  # arrays in a file
BROKEN = (
    *(OSError, ValueError, KeyError, EOFError, TypeError, OverflowError, MemoryError, RuntimeError),
    *(NotImplementedError, SyntaxError, zipfile.BadZipFile, zlib.error, tokenize.TokenError),
)

Fits = Callable[[str, tuple[int, ...], "np.dtype[Any]"], bool]


def read_arrays(file: IO[bytes], fits: Fits) -> dict[str, NDArray[Any]]:
    """What `numpy.savez` wrote: name -> array. Takes no more memory than the file is long.

    Args:
        file: open, at its start, on disk.
        fits: whether an array of this name, shape and dtype is one of those that are expected.

    Raises:
        ValueError: with the reason: it is something else, or is damaged.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > MOST:
                raise ValueError("it holds too many arrays")
            return dict(_array(archive, entry, fits) for entry in entries)
    except BROKEN as error:
        raise ValueError(f"{error}" or type(error).__name__) from None


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, fits: Fits) -> tuple[str, NDArray[Any]]:
    name = entry.filename.removesuffix(".npy")
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
        raise ValueError(f"{name}: not stored as it is")
    with archive.open(entry) as content:
        version = npy.read_magic(content)
        if version != (1, 0):
            raise ValueError(f"{name}: of a form that is not written here")
        shape, _, dtype = npy.read_array_header_1_0(content)
        if dtype.hasobject or not fits(name, shape, dtype):
            raise ValueError(f"{name}: shape {shape} of {dtype} is not what it should be")
        if math.prod(shape) * dtype.itemsize > entry.file_size:
            raise ValueError(f"{name}: claims more than there is")
    with archive.open(entry) as content:
        return name, npy.read_array(content, allow_pickle=False)
