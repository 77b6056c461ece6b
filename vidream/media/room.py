"""Whether there is room on the disk for what is about to be made; asked before any work is done."""

import errno
import shutil
import tempfile
from pathlib import Path

from vidream.errors import MediaError
from vidream.events import warn
from vidream.media.containers import container_of
from vidream.media.grades import LOSSLESS
from vidream.media.maker import ENCODED, Encoding
from vidream.media.picture_formats import PICTURE_PX_BYTES, bits_of, picture_format_of
from vidream.media.target import target_of

LEAST = 16  # bytes of any frame
FAT = 2**32  # bytes: no file on a FAT disk is as large


def check_room(out: Path, encoding: Encoding, frames: int, done: int = 0, beside: float = 0.0) -> None:
    """Raise MediaError if OUT certainly does not fit on its disk; warn if it may not.

    Its segments lie there until they are joined, and then the whole beside them.

    Args:
        out: what is made.
        encoding: what it is to be.
        frames: how many it has in all.
        done: frames that an earlier run has made, which was stopped.
        beside: bytes that are written beside each frame, of its passes.
    """
    folder = out.absolute().parent
    if not folder.exists():
        folder = folder.parent  # the folder of a sequence is made with it
    film, parts, least = _needed(out, encoding, frames)
    needed, free = film + (parts + beside * frames) * (frames - done) / frames, shutil.disk_usage(folder).free
    if free < least * (1 - done / frames):
        raise MediaError(f"{out}: {_bytes(free)} are free in {folder}, too little for {frames} frames; make room first")
    if free < needed:
        warn(f"it may need {_bytes(needed)}, {_bytes(free)} are free in {folder}", out)
    if film > FAT and not _takes_large_files(folder):
        warn(f"it may grow beyond 4 GB, more than the disk of {folder} takes in one file", out)


def _needed(out: Path, encoding: Encoding, frames: int) -> tuple[float, float, float]:
    """Bytes, about: of what OUT is, of its parts beside it; and the least that both can come to."""
    px = frames * encoding.size.width * encoding.size.height
    container, picture = container_of(out), picture_format_of(out)
    if container is None:
        least = picture.least_px_bytes if picture else 0.0
        bits = bits_of(out, encoding.codec, encoding.deep)
        return 0.0, px * PICTURE_PX_BYTES[bits], frames * LEAST + px * least
    parts = film = target_of(out, encoding).grade.px_bytes
    if container.px_bytes is not None:
        film = container.px_bytes
    waiting = min(frames, ENCODED) / frames * LOSSLESS if encoding.rushes else 0.0
    return px * (film + waiting), px * parts, 2.0 * frames * LEAST


def _takes_large_files(folder: Path) -> bool:
    """Whether a file of 4 GB may be there; it is made of nothing, and gone at once."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.truncate(FAT)
    except OSError as error:
        return error.errno != errno.EFBIG
    return True


def _bytes(count: float) -> str:
    if count >= 1e8:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.1f} MB"
