"""OpenEXR files <-> channels of floats, as compositors read and write them: negative and brighter than white, too."""

import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from threading import Lock, get_ident
from typing import Any, BinaryIO, TextIO

import numpy as np
from numpy.typing import NDArray

from vidream.errors import MediaError, first_line
from vidream.frames import Size, size_of
from vidream.media.light import BT709
from vidream.media.paths import check_pixels, check_source

Channel = NDArray[np.float16] | NDArray[np.float32]
"""(H, W), linear light or data."""
Header = Mapping[str, Any]
Window = tuple[NDArray[np.int32], NDArray[np.int32]]
"""The first and the last px, each (x, y)."""

COLOURS = ("R", "G", "B")
"""The names of a picture's channels."""

BT709_TEXT = " ".join(map(str, BT709))

CHROMATICITIES = "chromaticities"
MAGIC = b"v/1\x01"
MOST_CHANNELS = 16  # of the largest size that is allowed; a smaller picture may have more
LARGEST_TILE = 4096**2  # px
DAMAGED = (OSError, RuntimeError, ValueError, TypeError, KeyError, OverflowError, EOFError)
"""What the library raises where a file is damaged."""

_one_at_a_time = Lock()  # of those who replace standard output


def write_exr(path: Path, channels: Mapping[str, Channel], attributes: Mapping[str, str] | None = None) -> None:
    """Write an OpenEXR file, compressed without loss (ZIP).

    Args:
        path: of any ending; what is there is replaced.
        channels: by name ("R", "G", "B", "A", "forward.u"), all of one (H, W); float16 is written as half, float32 as
            float. A file with an "R" is tagged with BT.709's primaries.
        attributes: texts by name; `chromaticities`, eight numbers, replaces BT.709's.

    Raises:
        OSError: the disk refuses.
    """
    import OpenEXR

    header: dict[str, Any] = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    if "R" in channels:
        header[CHROMATICITIES] = BT709_TEXT
    header |= attributes or {}
    if CHROMATICITIES in header:
        header[CHROMATICITIES] = tuple(map(float, header[CHROMATICITIES].split()))
    arrays = {name: np.ascontiguousarray(channel) for name, channel in channels.items()}
    content = io.BytesIO()
    OpenEXR.File(header, arrays, num_threads=0).write(content)
    path.write_bytes(content.getbuffer())


def read_exr(
    path: Path, max_pixels: int, names: frozenset[str] | None = None
) -> tuple[dict[str, Channel], dict[str, str]]:
    """Read what the display window of an OpenEXR file shows, of its first part.

    Args:
        path: the file.
        max_pixels: px that it may have.
        names: the channels that are wanted; those that it lacks are left out. None: all that it has.

    Returns:
        The channels by name, each (H, W): float16 if stored as half, else float32; 0 where the file has no data.
        And its attributes that are texts, by name; `chromaticities`, if it has them, are eight numbers.

    Raises:
        MediaError: there is no such file, it is damaged, not an OpenEXR file, one of deep data, or it claims more px
            than `max_pixels`.
    """
    import OpenEXR

    with _opened(path, max_pixels) as (stream, headers):
        stream.seek(0)
        with _printed() as complaint:  # the library leaves a damaged part out, and prints why
            file = OpenEXR.File(stream, separate_channels=True, num_threads=0)
        if len(file.parts) < len(headers):
            raise ValueError(complaint.getvalue().strip().rpartition(" - ")[2])
        stored = {name: channel for name, channel in file.channels().items() if names is None or name in names}
        channels = {name: _shown(channel, headers[0]) for name, channel in stored.items()}
        return channels, _texts(headers[0])


def exr_texts(path: Path, max_pixels: int) -> dict[str, str]:
    """The attributes of an OpenEXR file that are texts, from its header. Errors and details: `read_exr`."""
    with _opened(path, max_pixels) as (_, headers):
        return _texts(headers[0])


def is_exr(path: Path) -> bool:
    """Whether a file begins as an OpenEXR file does; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):  # whoever opens it says so
        return False


def exr_size(path: Path, max_pixels: int) -> Size:
    """The size that an OpenEXR file claims for its display window, px; only its header is read. Errors: `read_exr`."""
    with _opened(path, max_pixels) as (_, headers):
        return _size(headers[0]["displayWindow"])


@contextmanager
def _opened(path: Path, max_pixels: int) -> Iterator[tuple[BinaryIO, list[Header]]]:
    """A file, and the headers of its parts once their claims have been checked."""
    check_source(path, "picture")
    import OpenEXR

    try:
        with path.open("rb") as stream:
            file = OpenEXR.File(stream, header_only=True, num_threads=0)
            headers = [file.header(number) for number in range(len(file.parts))]
            _check(path, headers, max_pixels)
            yield stream, headers
    except MemoryError:
        raise MediaError(f"{path}: takes more memory than there is; make it smaller first") from None
    except DAMAGED as error:
        raise MediaError(f"{path}: not an OpenEXR file, or damaged: {first_line(error)}") from None


def _size(window: Window) -> Size:
    (left, top), (right, bottom) = window
    return Size(int(right) - int(left) + 1, int(bottom) - int(top) + 1)


def _check(path: Path, headers: Sequence[Header], max_pixels: int) -> None:
    """Raise if the headers claim too much, before any of it is decoded: the library decodes all channels of all parts.

    Raises:
        MediaError: a file of a kind that is not read, or too large.
        ValueError: a damaged one.
    """
    samples = 0
    for header in headers:
        for window in ("displayWindow", "dataWindow"):
            if min(_size(header[window])) < 1:
                raise ValueError(f"its {window} is {_size(header[window])}")
            check_pixels(path, _size(header[window]), max_pixels)
        data = _size(header["dataWindow"])
        samples += len(header["channels"]) * data.width * data.height
        for channel in header["channels"]:
            if (channel.xSampling, channel.ySampling) != (1, 1):
                problem = f"its channel {channel.name} has fewer px than the picture"
                raise MediaError(f"{path}: {problem}; save it as R, G, B first")
        tiles = header.get("tiles")
        if tiles is not None and tiles.xSize * tiles.ySize > max(LARGEST_TILE, 4 * data.width * data.height):
            raise ValueError(f"its tiles claim {tiles.xSize}x{tiles.ySize} px")
        if header["type"].name not in ("scanlineimage", "tiledimage"):
            raise MediaError(f"{path}: has deep data, with many samples in a px; flatten it first")
    if samples > MOST_CHANNELS * max_pixels:
        problem = f"claims {samples} samples in all its channels, more than --max-pixels {max_pixels} allows"
        raise MediaError(f"{path}: {problem}; raise that if it is meant")


def _shown(channel: Any, header: Header) -> Channel:
    """The part of a channel that the display window shows, 0 where it has no data."""
    stored: NDArray[Any] = channel.pixels
    if stored.dtype != np.float16:
        stored = stored.astype(np.float32, copy=False)
    (left, top), (right, bottom) = np.array(header["dataWindow"], int) - header["displayWindow"][0]
    size = _size(header["displayWindow"])
    if (left, top) == (0, 0) and size_of(stored) == size:
        return stored
    shown = np.zeros((size.height, size.width), stored.dtype)
    rows, columns = slice(max(top, 0), max(bottom + 1, 0)), slice(max(left, 0), max(right + 1, 0))
    part = stored[max(-top, 0) :, max(-left, 0) :]
    shown[rows, columns] = part[: max(size.height - rows.start, 0), : max(size.width - columns.start, 0)]
    return shown


def _texts(header: Header) -> dict[str, str]:
    """The attributes that are texts; the chromaticities become one."""
    texts = {name: value for name, value in header.items() if isinstance(value, str)}
    primaries = header.get(CHROMATICITIES)
    if isinstance(primaries, tuple):
        texts[CHROMATICITIES] = " ".join(f"{value:.6g}" for value in primaries)
    return texts


@contextmanager
def _printed() -> Iterator[io.StringIO]:
    """What this thread prints in the block, in place of printing it."""
    with _one_at_a_time:
        text = _OwnText(sys.stdout)
        with redirect_stdout(text):
            yield text


class _OwnText(io.StringIO):
    """Keeps what is written by the thread that made it; standard output is the whole program's, so others' goes on."""

    def __init__(self, stdout: TextIO) -> None:
        super().__init__()
        self._stdout, self._thread = stdout, get_ident()

    def write(self, text: str, /) -> int:
        if get_ident() != self._thread:
            return self._stdout.write(text)
        return super().write(text)
