"""Reads a state dict from a file in torch's legacy serialisation, without torch and without running anything in it.

The format, as torch wrote it before version 1.6: three pickles (magic number, protocol, system), the pickle of the
state dict, whose storages are persistent ids ('storage', type, key, location, count), a pickle with the list of storage
keys, then for each key an int64 count and the raw little-endian data.
"""

import collections
import hashlib
import io
import pickle
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vidream.errors import MediaError

StateDict = Mapping[str, NDArray[Any]]
"""Name -> array, as torch saves the weights of a network."""

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


@dataclass(frozen=True)
class _View:
    """A tensor before its data is read: where it lies in a storage."""

    storage: str
    """Its key."""

    offset: int
    """Of the first element, in elements."""

    shape: tuple[int, ...]
    """Of the tensor."""

    strides: tuple[int, ...]
    """From one element to the next along each axis, in elements."""


class _Unpickler(pickle.Unpickler):
    """Knows four names and refuses all others: a pickle from elsewhere can run code."""

    def __init__(self, file: BinaryIO, types: dict[str, np.dtype[Any]]) -> None:
        super().__init__(file)
        self.types = types
        self.known: dict[tuple[str, str], Any] = {  # made anew for each pickle: what one does to them no other sees
            ("collections", "OrderedDict"): type("OrderedDict", (collections.OrderedDict,), {}),
            ("torch._utils", "_rebuild_tensor_v2"): lambda storage, offset, shape, strides, *_: _View(
                storage, offset, tuple(shape), tuple(strides)
            ),
            ("torch", "FloatStorage"): np.dtype("<f4"),
            ("torch", "LongStorage"): np.dtype("<i8"),
        }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return self.known[module, name]

    def persistent_load(self, pid: Any) -> str:
        kind, dtype, key, *_ = pid
        if kind != "storage":
            raise pickle.UnpicklingError(f"it holds a {kind!r}")
        self.types[key] = dtype
        return str(key)


def read_state_dict(path: Path, sha256: str = "") -> dict[str, NDArray[Any]]:
    """Name -> array (float32 or int64, the shapes of the file).

    Args:
        path: the file; all of it is read.
        sha256: of the file, in hex, checked before anything is unpickled; "" where any will do.

    Raises:
        MediaError: the digest differs, the file asks for a name beyond the four that a state dict needs, or it is
            not such a file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MediaError(f"{path}: weights cannot be read: {error.strerror}") from None
    digest = hashlib.sha256(data).hexdigest()
    if sha256 not in ("", digest):
        raise MediaError(f"{path}: damaged, or other weights: its SHA-256 begins {digest[:8]}, not {sha256[:8]}")
    try:
        return _read(io.BytesIO(data))
    except (pickle.UnpicklingError, EOFError, struct.error) as error:
        raise MediaError(f"{path}: refused as weights: {error}") from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, MemoryError, OverflowError) as error:
        raise MediaError(f"{path}: not weights in torch's legacy format: {error}") from None


def _read(file: BinaryIO) -> dict[str, NDArray[Any]]:
    types: dict[str, np.dtype[Any]] = {}
    magic, protocol, _system, state, keys = (_Unpickler(file, types).load() for _ in range(5))
    if (magic, protocol) != (MAGIC, PROTOCOL):
        raise ValueError("the magic number is another")
    storages = {}
    for key in keys:
        (count,) = struct.unpack("<q", file.read(8))
        raw = file.read(max(0, count) * types[key].itemsize)
        storages[key] = np.frombuffer(raw, types[key], count)
    return {name: _array(view, storages[view.storage]) for name, view in state.items()}


def _array(view: _View, storage: NDArray[Any]) -> NDArray[Any]:
    """The view's data, copied; its extent is checked against the storage first, since strides can point anywhere."""
    last = view.offset + sum((count - 1) * stride for count, stride in zip(view.shape, view.strides, strict=True))
    outside = min((view.offset, *view.shape, *view.strides), default=0) < 0 or last >= storage.size
    if outside or prod(view.shape) > storage.size:  # a stride of 0 would make much of little
        raise ValueError("a tensor lies outside its data")
    strides = [stride * storage.itemsize for stride in view.strides]
    return np.lib.stride_tricks.as_strided(storage[view.offset :], view.shape, strides, writeable=False).copy()
