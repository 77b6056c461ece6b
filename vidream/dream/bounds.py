"""How much a network from elsewhere may ask for: reckoned from what its file claims, before memory is taken for it."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from math import prod
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from vidream.dream.anatomy import LayerInfo
from vidream.errors import MediaError

MOST_NODES = 10_000
"""Operations of a graph, or layers of a model; the largest of keras.applications has about 1,000."""
MOST_INPUTS = 100_000
MOST_CHANNELS = 32_768
MOST_VALUES = 20_000
"""Numbers that all operations together make of each px of the picture; VGG16 makes 600."""
LONGEST_NAME = 300

EXPANSION, SMALL = 4, 64_000_000
"""A file may hold so many times its own bytes, or so many bytes: numbers that were learned do not pack well."""

MOST_CONFIG = 8_000_000  # bytes
MOST_DIRECTORY = 100_000  # bytes of a zip file's list of its members
END, END_LENGTH, END_64 = b"PK\x05\x06", 22, b"PK\x06\x07"
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MEMBERS = {CONFIG, WEIGHTS, "metadata.json"}


def check_expansion(path: Path, claimed: int, stored: int) -> None:
    """Raise MediaError if a file, or a part of it, of `stored` bytes claims to hold more than weights can."""
    if claimed > max(SMALL, EXPANSION * stored):
        raise MediaError(f"{path}: claims {claimed / 1e6:,.0f} MB of weights in {stored / 1e6:.1f} MB; not read")


def check_nodes(path: Path, names: Iterable[str], what: str) -> None:
    """Raise MediaError if there are too many, or if one of the names is too long to be shown."""
    for number, name in enumerate(names, 1):
        if number > MOST_NODES:
            raise MediaError(f"{path}: has more than {MOST_NODES} {what}; no network to dream with has")
        if len(name) > LONGEST_NAME:
            raise MediaError(f"{path}: has a name of more than {LONGEST_NAME} characters, {name[:20]}...; not read")


def check_values(path: Path | str, shapes: Iterable[Iterable[int | None]], pixels: int) -> None:
    """Raise MediaError if what the operations make of a picture of `pixels` px is more than a machine can hold.

    shapes: of each output; what is not known is 1.
    """
    values = 0
    for shape in shapes:
        values += prod(side or 1 for side in shape)
        if values > MOST_VALUES * pixels:
            raise MediaError(f"{path}: makes more than {MOST_VALUES} numbers of each px of a picture; not run")


def check_channels(path: Path | str, layers: Mapping[str, LayerInfo]) -> None:
    """Raise MediaError if a layer has more channels than any network to dream with."""
    for name, info in layers.items():
        if info.channels > MOST_CHANNELS:
            raise MediaError(f"{path}: {name} has {info.channels} channels; {MOST_CHANNELS} are the most that are read")


def read_config(path: Path) -> bytes:
    """A .keras file's config.json, once the whole archive has been looked at.

    Raises:
        MediaError: it holds more than a model does, or what cannot be bounded.
        OSError, BadZipFile: it is no such file.
    """
    with path.open("rb") as file:
        _check_directory(file, path)
        with ZipFile(file) as packed:
            for member in packed.infolist():
                if member.filename not in MEMBERS:
                    raise MediaError(f"{path}: holds {member.filename[:80]!r}, which no network needs; save it anew")
                if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                    raise MediaError(f"{path}: {member.filename} is packed as Keras does not pack; save it anew")
            if WEIGHTS not in packed.namelist():
                raise MediaError(f"{path}: not a Keras model that can be used: it has no {WEIGHTS}")
            if packed.getinfo(CONFIG).file_size > MOST_CONFIG:
                raise MediaError(f"{path}: its {CONFIG} has more than {MOST_CONFIG / 1e6:g} MB; no network's has")
            weights = packed.getinfo(WEIGHTS)
            check_expansion(path, weights.file_size, weights.compress_size)
            with packed.open(CONFIG) as opened:
                return opened.read(MOST_CONFIG)


def _check_directory(file: BinaryIO, path: Path) -> None:
    """Raise MediaError if a zip file lists more members than a model has; zipfile would read all of the list."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 2**16 - END_LENGTH))
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_LENGTH:
        raise BadZipFile("File is not a zip file")
    if tail[max(0, at - 20) : at].startswith(END_64):
        raise MediaError(f"{path}: a zip file of the kind for over 2 GB; no network to dream with is as large")
    (directory,) = struct.unpack_from("<L", tail, at + 12)
    if directory > MOST_DIRECTORY:
        raise MediaError(f"{path}: lists {directory / 1e6:.1f} MB of members; a Keras model has three")


def names_in(config: object) -> Iterator[str]:
    """The names of everything in a Keras model's config that Keras would make."""
    waiting = [config]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if "class_name" in each:
                inner = each.get("config")
                yield str(inner.get("name")) if isinstance(inner, Mapping) else ""
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def check_graph_file(path: Path) -> None:
    """Raise MediaError if a serialised GraphDef has more nodes or inputs than are read, before it is parsed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MediaError(f"{path}: cannot be read: {error.strerror}") from None
    nodes = inputs = 0
    for number, start, end in _fields(data, 0, len(data)):
        if number != 1:
            continue
        nodes += 1
        for field, first, last in _fields(data, start, end):
            inputs += field == 3
            if field == 1:
                check_nodes(path, [data[first : min(last, first + 10 * LONGEST_NAME)].decode(errors="replace")], "")
        if nodes > MOST_NODES or inputs > MOST_INPUTS:
            raise MediaError(f"{path}: has more than {MOST_NODES} operations; no network to dream with has")


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(number, first byte, byte after the last) of each field of a protocol buffer with a length; till what is none."""
    while at < end:
        tag, at = _varint(data, at, end)
        kind = tag & 7
        if kind == 0:
            _, at = _varint(data, at, end)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        elif kind == 2:
            length, at = _varint(data, at, end)
            yield tag >> 3, at, min(end, at + length)
            at += length
        else:
            return


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The number at a place, and the place after it."""
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            break
    return value, at
