"""Weights in HDF5 files: looked through, link by link, before Keras reads any.

Such a file can name other files, claim shapes that it does not store, and lead in circles.
"""

import io
import json
import zlib
from math import prod
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import h5py  # Keras brings it

from vidream.dream.bounds import MOST_INPUTS, WEIGHTS, check_expansion, check_nodes, names_in, read_config
from vidream.errors import MediaError, first_line

BROKEN = (OSError, BadZipFile, LookupError, RuntimeError, ValueError, TypeError, zlib.error)
"""What is raised on files that are not what they should be."""


def check_model_file(path: Path) -> None:
    """Raise MediaError unless a .keras file can be loaded safely, as far as can be known before Keras is imported."""
    try:
        check_nodes(path, names_in(json.loads(read_config(path))), "layers")
        check_weights(path)
    except BROKEN as error:
        raise MediaError(f"{path}: not a Keras model that can be used: {first_line(error)}") from None


def check_weights_file(path: Path, network: str) -> None:
    """Raise MediaError unless a file (.h5, .keras) holds weights alone, and no more of them than it stores.

    Args:
        path: the file.
        network: what a message calls the network that they are for.
    """
    try:
        check_weights(path)
    except BROKEN as error:
        raise MediaError(f"--weights {path}: not the weights of {network}: {first_line(error)}") from None


def check_weights(path: Path) -> None:
    """Raise MediaError unless an .h5 or .keras file holds weights alone, and no more of them than it stores.

    Raises:
        MediaError: what it holds is refused.
        OSError, BadZipFile, RuntimeError: it is no such file.
    """
    if path.suffix != ".keras":
        with h5py.File(path, "r") as file:
            _check_links(file, path, path.stat().st_size)
        return
    read_config(path)
    with ZipFile(path) as packed, h5py.File(io.BytesIO(packed.read(WEIGHTS)), "r") as file:
        _check_links(file, path, path.stat().st_size)


def _check_links(file: Any, path: Path, stored: int) -> None:
    """Raise MediaError unless every entry of a file is a group or an array in it. Groups in circles are read once.

    Args:
        file: an open h5py.File.
        path: what a message calls it.
        stored: bytes of it on disk.
    """
    claimed, links, waiting, known = 0, 0, [file], set()
    while waiting:
        group = waiting.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in known:
            continue
        known.add(address)
        for name in group:
            links += 1
            if links > MOST_INPUTS:
                raise MediaError(f"{path}: has more than {MOST_INPUTS} entries; no network's weights have")
            if group.get(name, getclass=True, getlink=True) is not h5py.HardLink:
                raise MediaError(f"{path}: leads to another place, or another file; only weights themselves are read")
            entry = group[name]
            if isinstance(entry, h5py.Group):
                waiting.append(entry)
                continue
            _check_dataset(entry, path)
            claimed += prod(entry.shape or ()) * entry.dtype.itemsize
            check_expansion(path, claimed, stored)


def _check_dataset(entry: Any, path: Path) -> None:
    if not isinstance(entry, h5py.Dataset) or entry.dtype.hasobject:
        raise MediaError(f"{path}: holds something that is no array of numbers; only weights are read")
    if entry.external or entry.is_virtual:
        raise MediaError(f"{path}: its weights lie in other files; only those in it are read")
