"""Whether there is room on the disk for what is about to be made; asked before any work is done."""

import errno
import shutil
import tempfile
from pathlib import Path

from vidream.errors import MediaError
from vidream.events import warn
from vidream.frames import Size
from vidream.media.containers import CONTAINERS

# Bytes for each px of a dreamed frame
FILM = 0.05  # at CRF 18
LOSSLESS = 1.3
GIF = 0.6
PICTURE = 2.0
FINER = 6  # steps of CRF for twice the bytes
LEAST = 16  # bytes of any frame
PACKED = 3 / 1032  # bytes for each px of a PNG at the very least: Deflate makes 1032 bytes one at most
FAT = 2**32  # bytes: no file on a FAT disk is as large


def check_room(out: Path, size: Size, frames: int, crf: int, done: int = 0) -> None:
    """Raise MediaError if OUT certainly does not fit on its disk; warn if it may not.

    Its segments lie there until they are joined, and then the whole beside them.

    Args:
        out: what is made.
        size: of its frames.
        frames: in all.
        crf: its quality; lower is finer.
        done: frames of it that are there already, from a run that was stopped.
    """
    folder = out.absolute().parent
    folder = folder if folder.exists() else folder.parent  # of pictures it is made with them
    whole, parts, least = _needed(out, size, frames, crf)
    needed, free = whole + parts * (frames - done) / frames, shutil.disk_usage(folder).free
    if free < least * (1 - done / frames):
        raise MediaError(f"{out}: {_bytes(free)} are free in {folder}, too little for {frames} frames; make room first")
    if free < needed:
        warn(f"it may need {_bytes(needed)}, {_bytes(free)} are free in {folder}", out)
    if whole > FAT and not _takes_large_files(folder):
        warn(f"it may grow beyond 4 GB, more than the disk of {folder} takes in one file", out)


def _needed(out: Path, size: Size, frames: int, crf: int) -> tuple[float, float, float]:
    """Bytes, about: of what OUT is, of its parts beside it; and the least that both can come to."""
    area, ending = size.width * size.height, out.suffix.lower()
    if ending in CONTAINERS:
        film = frames * area * FILM * 2 ** ((18 - crf) / FINER)
        film = min(film, frames * area * LOSSLESS)
        return film, film, 2.0 * frames * LEAST
    if ending == ".gif":
        return frames * area * GIF, frames * area * LOSSLESS, 2.0 * frames * LEAST
    packed = area * PACKED if ending == ".png" else 0.0
    return 0.0, frames * area * PICTURE, frames * (LEAST + packed)


def _takes_large_files(folder: Path) -> bool:
    """Whether a file of 4 GB may be there; it is made of nothing, and gone at once."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.truncate(FAT)
    except OSError as error:
        return error.errno != errno.EFBIG
    return True


def _bytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
