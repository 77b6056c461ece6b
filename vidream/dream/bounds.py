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
"""Of all operations of a graph together, or entries of a file of weights."""

MOST_CHANNELS = 32_768
"""Of a layer."""

MOST_VALUES = 20_000
"""Numbers that all operations together make of each px of the picture; VGG16 makes 600."""

LONGEST_NAME = 300
"""Characters of an operation's name, as a message or a listing shows it."""

EXPANSION, SMALL = 4, 64_000_000
"""A file may hold so many times its own bytes, or so many bytes: numbers that were learned do not pack well."""

MOST_CONFIG = 8_000_000
"""Bytes of a Keras model's config.json."""

MOST_DIRECTORY = 100_000
"""Bytes of a zip file's list of its members."""

END, END_LENGTH, END_64 = b"PK\x05\x06", 22, b"PK\x06\x07"
"""How the record at the end of a zip file begins, its bytes, and how that of a zip64 file begins."""

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
MEMBERS = {CONFIG, WEIGHTS, "metadata.json"}
"""What a .keras file may hold."""


def check_expansion(path: Path, claimed: int, stored: int) -> None:
    """Raise MediaError if a file claims to hold more than weights can.

    Args:
        path: the file.
        claimed: bytes of the numbers that it says to hold.
        stored: bytes of it, or of the part that holds them.
    """
    if claimed > max(SMALL, EXPANSION * stored):
        raise MediaError(f"{path}: claims {claimed / 1e6:,.0f} MB of weights in {stored / 1e6:.1f} MB; not read")


def check_nodes(path: Path, names: Iterable[str], what: str) -> None:
    """Raise MediaError if there are too many operations or layers, or if a name is too long to be shown.

    Args:
        path: the file that has them.
        names: of all of them.
        what: "operations" or "layers".
    """
    for number, name in enumerate(names, 1):
        if number > MOST_NODES:
            raise MediaError(f"{path}: has more than {MOST_NODES} {what}; no network that can be used has")
        if len(name) > LONGEST_NAME:
            raise MediaError(f"{path}: has a name of more than {LONGEST_NAME} characters, {name[:20]}...; not read")


def check_values(path: Path | str, shapes: Iterable[Iterable[int | None]], pixels: int) -> None:
    """Raise MediaError if what the operations make of a picture is more than a machine can hold.

    Args:
        path: the network, as a message calls it.
        shapes: of each output; a side that is not known counts as 1.
        pixels: px of the picture.
    """
    values = 0
    for shape in shapes:
        values += prod(side or 1 for side in shape)
        if values > MOST_VALUES * pixels:
            raise MediaError(f"{path}: makes more than {MOST_VALUES} numbers of each px of a picture; not run")


def check_channels(path: Path | str, layers: Mapping[str, LayerInfo]) -> None:
    """Raise MediaError if a layer has more channels than any network that can be used."""
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
        raise MediaError(f"{path}: a zip file of the kind for over 2 GB; no network that can be used is as large")
    (directory,) = struct.unpack_from("<L", tail, at + 12)
    if directory > MOST_DIRECTORY:
        raise MediaError(f"{path}: lists {directory / 1e6:.1f} MB of members; a Keras model has three")


def names_in(config: object) -> Iterator[str]:
    """The names of everything in a Keras model's config that Keras would make."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            if "class_name" in part:
                inner = part.get("config")
                yield str(inner.get("name")) if isinstance(inner, Mapping) else ""
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


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
            raise MediaError(f"{path}: has more than {MOST_NODES} operations; no network that can be used has")


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(number, first byte, byte after the last) of each field with a length of a protocol buffer.

    It ends where what follows is no field.
    """
    while at < end:
        tag, at = _varint(data, at, end)
        kind = tag & 7
        if kind == 0:
            _, at = _varint(data, at, end)
        elif kind in (1, 5):
            at += {1: 8, 5: 4}[kind]
        elif kind == 2:
            length, at = _varint(data, at, end)
            yield tag >> 3, at, min(end, at + length)
            at += length
        else:
            return


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """The number that begins at a byte, of 7 bits in each, and the byte after it."""
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            break
    return value, at
