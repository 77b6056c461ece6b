"""Files that units read: what the driver says of one, where a node has it, and a folder for what a unit makes.

The driver says by `share` what a file is; a node uses it within `local_path`: in its own place, where that very file is
there, or in a copy, which comes in pieces, counts when it is whole, and is kept for the next.
"""

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

from vidream.amounts import amount
from vidream.cluster.digests import PIECE, TURN, digest_of, remember
from vidream.cluster.kept import BOUND, COPY, Kept, clear, drop, free_up, hold, kept, release, sweep
from vidream.cluster.places import copies_folder, units_folder
from vidream.cluster.trouble import ROOM, NodeTrouble, in_words
from vidream.errors import MediaError, RenderError
from vidream.events import checkpoint
from vidream.media.files import FRESH, create_file, fresh_name

__all__ = ["BOUND", "PIECE", "Kept", "SharedFile", "clear", "kept", "local_path", "share", "sweep", "unit_folder"]

SPARE = 16 * 10**6
"""Bytes that a copy leaves free on the disk."""
_TURN = ".turn"
"""In a copy's folder: what is locked by who fetches it, while all who want it hold the folder."""


@dataclass(frozen=True)
class SharedFile:
    """A file that units read."""

    path: str
    """Where the driver has it."""
    digest: str
    """SHA-256 of its content, in hexadecimal."""
    size: int
    """Bytes."""


def share(path: Path) -> SharedFile:
    """What a file is; it is read to its end, once, until it changes.

    Raises:
        MediaError: it cannot be read, or changes meanwhile.
        Cancelled: asked for meanwhile.
    """
    try:
        size = path.stat().st_size
        return SharedFile(str(path.absolute()), digest_of(path), size)
    except OSError as error:
        raise MediaError(f"{path}: cannot be read: {error.strerror}") from None


def is_here(file: SharedFile) -> bool:
    """Whether this machine has the very file in the same place."""
    original = Path(file.path)
    try:
        return original.is_file() and original.stat().st_size == file.size and digest_of(original) == file.digest
    except (OSError, MediaError):
        return False


@contextmanager
def local_path(
    file: SharedFile,
    fetch: Callable[[int, int], bytes],
    bound: int = BOUND,
    told: Callable[[int], None] | None = None,
) -> Iterator[Path]:
    """Where this node has a file, for as long as the block lasts: nobody removes it meanwhile.

    Args:
        file: what the driver says of it.
        fetch: its bytes, by offset and length; not called where the file is here.
        bound: bytes that copies may take; older ones go for it. A larger file is kept alone.
        told: called with the bytes that have come, after each piece.

    Raises:
        NodeTrouble: there is no room, or the disk refuses.
        RenderError: the file was changed since the driver has read it.
        Cancelled: asked for meanwhile.
        Exception: what `fetch` raises.
    """
    if is_here(file):
        yield Path(file.path)
        return
    if not re.fullmatch(r"[0-9a-f]{64}", file.digest):
        raise RenderError(f"{file.path}: {file.digest} is no SHA-256; this is a bug")
    folder = copies_folder() / file.digest[:32]
    held = _wait(folder, shared=True)
    try:
        with _disk(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
        copy = folder / _name(file)
        if not _is_whole(copy, file):
            turn = _wait(folder / _TURN)
            try:
                if not _is_whole(copy, file) and not _linked(copy, file):
                    _fetch(file, copy, fetch, bound, told)
            finally:
                turn.close()
        yield copy
    finally:
        release(folder, held)


def _name(file: SharedFile) -> str:
    """What a copy is called: as the file, as far as a disk takes that; it ends the same."""
    name = Path(file.path).name
    if name.startswith(".") or len(os.fsencode(name)) > 200:
        return f"source{Path(name).suffix[:20]}"
    return name


def _wait(thing: Path, *, shared: bool = False) -> BufferedRandom:
    """Lock a thing; whoever has it is waited for."""
    while True:
        with _disk(thing):
            thing.parent.mkdir(mode=0o700, exist_ok=True)
            held = hold(thing, shared=shared)
        if held is not None:
            return held
        checkpoint()
        time.sleep(TURN)


def _is_whole(copy: Path, file: SharedFile) -> bool:
    with suppress(OSError, MediaError):
        if not copy.is_symlink() and copy.is_file() and copy.stat().st_size == file.size:
            return digest_of(copy) == file.digest
    return False


def _linked(copy: Path, file: SharedFile) -> bool:
    """Give a copy that is here under another name this one, too; whether there was one."""
    with suppress(OSError):
        for other in copy.parent.iterdir():
            if not other.name.startswith(".") and other != copy and _is_whole(other, file):
                copy.unlink(missing_ok=True)
                copy.hardlink_to(other)
                return _is_whole(copy, file)
    return False


def _fetch(
    file: SharedFile, copy: Path, fetch: Callable[[int, int], bytes], bound: int, told: Callable[[int], None] | None
) -> None:
    """Have a copy come; the turn is ours."""
    for remains in copy.parent.glob(f"{FRESH}*"):  # of one that was killed
        with suppress(OSError):
            remains.unlink()
    _make_room(file, copy.parent, bound)
    fresh = copy.with_name(fresh_name())
    try:
        with _disk(copy):
            out = create_file(fresh, mode=0o600)
        with out:
            content, done = hashlib.sha256(), 0
            while done < file.size:
                checkpoint()
                piece = fetch(done, min(PIECE, file.size - done))
                if not 0 < len(piece) <= file.size - done:
                    raise _changed(file)
                with _disk(copy):
                    out.write(piece)
                content.update(piece)
                done += len(piece)
                if told is not None:
                    told(done)
            if content.hexdigest() != file.digest:
                raise _changed(file)
            with _disk(copy):
                out.flush()
                os.fsync(out.fileno())
        with _disk(copy):
            fresh.replace(copy)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
    remember(copy, file.digest)


def _changed(file: SharedFile) -> RenderError:
    return RenderError(f"{file.path}: changed while it was read; leave it as it is, and give the same command again")


def _make_room(file: SharedFile, folder: Path, bound: int) -> None:
    """Let older copies go until a file has room within the bound and on the disk."""
    sweep(bound, file.size)
    lacking = file.size + SPARE - shutil.disk_usage(folder).free
    if lacking > 0:
        free_up(lacking, [thing for thing in kept() if thing.what == COPY])
    free = shutil.disk_usage(folder).free
    if file.size + SPARE > free:
        needs = f"{Path(file.path).name} needs {amount(file.size)}"
        raise NodeTrouble(f"has {amount(free)} free in {folder.parent.parent}, {needs}: {ROOM}")


@contextmanager
def _disk(about: Path) -> Iterator[None]:
    """What the disk refuses in the block is the node's own trouble."""
    try:
        yield
    except OSError as error:
        advice = in_words(error).partition("; ")[2] or ROOM
        raise NodeTrouble(f"{about}: cannot be written: {error.strerror}; {advice}") from None


@contextmanager
def unit_folder() -> Iterator[Path]:
    """A folder for what a unit makes, gone after the block; those that were left behind by the dead go before it.

    Raises:
        NodeTrouble: the disk refuses.
    """
    sweep()
    held = None
    while held is None:  # a sweep may have come between
        folder = units_folder() / secrets.token_hex(8)
        with _disk(folder):
            held = hold(folder)
    try:
        with _disk(folder):
            folder.mkdir(mode=0o700)
        yield folder
    finally:
        drop(folder, held)
