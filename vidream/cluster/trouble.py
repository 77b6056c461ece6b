"""What is a node's own trouble, of which no other has to know: its disk, its memory, what is installed there."""

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vidream.errors import InputError, RenderError


class NodeTrouble(RenderError):  # noqa: N818 (as Cancelled)
    """A node cannot make what another could: the text says why, and what to do there."""


ROOM = "make room there, or start its node with another TMPDIR"
"""What to do about a disk that is full."""

_PLACE = "start its node with another TMPDIR"
_FILES = "raise its limit of open files (ulimit -n)"
_MEMORY = "its memory is full: give it fewer parts at a time (--cores), or end what else runs there"
_INSTALL = "install vidream anew there"
_GPU = "its GPU's memory is full: end what else runs there"

ANYWHERE = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EROFS: _PLACE,
    errno.EIO: f"look after its disk, or {_PLACE}",
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.ENOMEM: _MEMORY,
}
"""What a system refuses -> what to do, wherever the file lies."""

IN_TEMP = {errno.EACCES, errno.EPERM}
"""What a system refuses that is the node's own trouble in the folder for temporary files alone."""

SAID = (
    (re.compile(r"No space left on device|Disk quota exceeded"), ROOM),
    (re.compile(r"Read-only file system"), _PLACE),
    (re.compile(r"Input/output error"), ANYWHERE[errno.EIO]),
    (re.compile(r"Too many open files"), _FILES),
    (re.compile(r"Cannot allocate memory|not enough memory", re.IGNORECASE), _MEMORY),
    (re.compile(r"no ffmpeg found|IMAGEIO_FFMPEG_EXE"), ""),  # which says itself what to do
)
"""What ffmpeg and others say of the same in a RenderError -> what to do."""


def is_own(error: BaseException) -> bool:
    """Whether an error that was raised on a node is the node's own trouble, so that another may do better."""
    return _advice(error) is not None


def in_words(error: BaseException) -> str:
    """A node's own trouble for a person, on one line: what it is, and what to do on that node.

    It may follow the node's name and a colon.
    """
    advice = _advice(error)
    text = _one_line(error)
    return text if not advice or advice in text else f"{text}; {advice}"


def _one_line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        about = "" if error.filename is None else f"{error.filename}: "
        return f"{about}{error.strerror}"
    text = " ".join(str(error).split())[:300]
    if isinstance(error, RenderError):
        return text
    return ": ".join(part for part in (type(error).__name__, text) if part)


def _advice(error: BaseException) -> str | None:
    """What to do about it; "" where the error says so itself; None: it is not the node's own trouble."""
    for link in _chain(error):
        if isinstance(link, NodeTrouble):
            return ""
        if isinstance(link, InputError):  # of what was asked for, whatever made it known
            return None
        advice = _of_link(link)
        if advice is not None:
            return advice
    return None


def _of_link(error: BaseException) -> str | None:
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, MemoryError):
        return _MEMORY
    if isinstance(error, ImportError):
        return _INSTALL
    if type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's
        return _GPU if "GPU" in str(error) else _MEMORY
    if isinstance(error, RenderError):
        return next((advice for said, advice in SAID if said.search(str(error))), None)
    return None


def _of_system(error: OSError) -> str | None:
    text = error.strerror or str(error)
    if "cannot open shared object file" in text:
        return _INSTALL
    if text.startswith("No usable temporary directory"):
        return _PLACE
    if error.errno in IN_TEMP and _is_in_temp(error):
        return _PLACE
    return ANYWHERE.get(error.errno or 0)


def _is_in_temp(error: OSError) -> bool:
    if not isinstance(error.filename, str | bytes):
        return False
    try:
        return Path(os.fsdecode(error.filename)).is_relative_to(tempfile.gettempdir())
    except OSError:  # there is no such folder
        return False


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those that it was raised from or while they were handled, each once."""
    waiting: list[BaseException | None] = [error]
    seen = set[int]()
    while waiting:
        link = waiting.pop(0)
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__cause__, link.__context__]
