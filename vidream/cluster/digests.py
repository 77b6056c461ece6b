"""What a file is, by the SHA-256 of its content: read once on a machine, for all processes, until it changes."""

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from vidream.cluster.places import seen_folder
from vidream.errors import MediaError, RenderError
from vidream.events import StageEvent, checkpoint, tell
from vidream.media.files import write_file
from vidream.system.files import UNFOLLOWED
from vidream.system.locks import try_lock

PIECE = 4 * 10**6
"""Bytes that are read, or sent, at a time."""
FRESH_FOR = 2.0
"""Seconds for which a file's times may not tell that it has changed again: disks count them so coarsely."""
TURN = 0.05
"""Seconds between two looks at whether another process is done."""

Stamp: TypeAlias = tuple[int, int, int, int, int]
"""What changes with a file: device, number, size, and when its content and its record were changed, in ns."""
_KNOWN: dict[tuple[str, Stamp], str] = {}


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal.

    Raises:
        OSError: it cannot be read.
        MediaError: it changes while it is read.
        Cancelled: asked for meanwhile.
    """
    stamp = _stamp(path.stat())
    key = (str(path.absolute()), stamp)
    if key in _KNOWN:
        return _KNOWN[key]
    try:
        number = os.open(_record(path), os.O_RDWR | os.O_CREAT | UNFOLLOWED, 0o600)
    except (OSError, RenderError):  # a machine that can keep nothing reads it each time
        return _read(path)
    with os.fdopen(number, "r+b") as turn:
        while not try_lock(turn):
            checkpoint()
            time.sleep(TURN)
        known = turn.read(1000).decode("ascii", "replace").split()
        if known[:-1] == [str(part) for part in stamp] and len(known[-1]) == 64:
            _KNOWN[key] = known[-1]
            os.utime(turn.fileno())  # it is not old yet
            return known[-1]
        digest = _read(path)
        if _is_settled(stamp):
            with suppress(OSError):
                turn.seek(0)
                turn.truncate()
                turn.write(_line(stamp, digest))
        return digest


def remember(path: Path, digest: str) -> None:
    """Take the digest of a file that was made here for known."""
    with suppress(OSError, RenderError):
        stamp = _stamp(path.stat())
        _KNOWN[(str(path.absolute()), stamp)] = digest
        write_file(_record(path), _line(stamp, digest), mode=0o600)


def _read(path: Path) -> str:
    tell(StageEvent("reading", path))
    content = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        before = _stamp(os.fstat(file.fileno()))
        while piece := file.read(PIECE):
            content.update(piece)
            checkpoint()
        if _stamp(os.fstat(file.fileno())) != before:
            raise MediaError(f"{path}: changes while it is read; begin when it is done")
    if _is_settled(before):
        _KNOWN[(str(path.absolute()), before)] = content.hexdigest()
    return content.hexdigest()


def _record(path: Path) -> Path:
    """The file that says what a file was when it was read last."""
    return seen_folder() / hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:32]


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _line(stamp: Stamp, digest: str) -> bytes:
    return " ".join([*map(str, stamp), digest]).encode("ascii")


def _is_settled(stamp: Stamp) -> bool:
    """Whether a change since then would show in the stamp."""
    return time.time() - max(stamp[3:]) / 1e9 > FRESH_FOR
