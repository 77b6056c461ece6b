"""What of ours lies on a machine, who uses it, and what of it may go: the oldest first, never what is in use.

A thing is a file or a folder; beside it lies THING.lock, which is locked by whoever uses it, for as long as they live.
"""

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

from vidream.cluster.places import is_ours, roots
from vidream.media.stamps import PREFIX
from vidream.system.files import removes_open_files
from vidream.system.locks import try_lock_at

BOUND = 20 * 10**9
"""Bytes of copies that are kept, where nothing else is asked for."""
COPY, UNIT, SEEN, LOG, STAMPS = "copy", "part under way", "digest", "log", "frame times"
"""What a thing is, to a person."""
FOLDERS = {"copies": COPY, "units": UNIT, "seen": SEEN, "logs": LOG}
"""A folder of `places` -> what is in it."""
DAY = 86400.0
AGES = {COPY: 14 * DAY, UNIT: 0.0, SEEN: 14 * DAY, LOG: 14 * DAY, STAMPS: DAY}
"""Seconds without use after which a thing goes."""

_LOCK = ".lock"
_DIGEST = re.compile(r"[0-9a-f]{32}")
_OLD_UNIT = re.compile(r"vidream-unit-[a-z0-9_]{8}")
_STAMPS = re.compile(PREFIX + r"[a-z0-9_]{8}")


@dataclass(frozen=True)
class Kept:
    """A file or a folder of ours."""

    place: str
    """Its path; where there are several of a kind, that of their folder."""
    what: str
    """What it is, to a person."""
    bytes: int
    """How much room it takes."""
    last_use: float
    """When it was used last, in seconds since 1970."""
    in_use: bool
    """Whether a process has it now."""
    name: str = ""
    """Of a copy, the name of what was copied."""


def hold(thing: Path, *, shared: bool = False) -> BufferedRandom | None:
    """Lock a thing, which need not be there, until what is returned is closed; None: somebody else has it.

    Raises:
        OSError: its folder is not there, or cannot be written.
    """
    return try_lock_at(thing.with_name(thing.name + _LOCK), shared=shared)


def release(thing: Path, held: BufferedRandom) -> None:
    """Let go of a thing; this was its last use."""
    with suppress(OSError):
        os.utime(thing.with_name(thing.name + _LOCK))
    held.close()


def drop(thing: Path, held: BufferedRandom) -> bool:
    """Remove a thing that is held alone, and let go of it; whether it is gone."""
    _remove(thing)
    gone = not os.path.lexists(thing)
    lock = thing.with_name(thing.name + _LOCK)
    with suppress(OSError):
        if gone:
            lock.unlink()
    held.close()
    if gone and not removes_open_files():
        with suppress(OSError):
            lock.unlink()
    return gone


def _remove(thing: Path) -> None:
    if thing.is_dir() and not thing.is_symlink():
        shutil.rmtree(thing, ignore_errors=True)
    else:
        with suppress(OSError):
            thing.unlink()


def kept() -> list[Kept]:
    """All that is ours here, what was used last first."""
    things = [_look(thing, what) for thing, what in _things()]
    return sorted(things, key=lambda thing: -thing.last_use)


def _look(thing: Path, what: str) -> Kept:
    last_use = _last_use(thing)
    name = min((path.name for path in _listed(thing) if not path.name.startswith(".")), default="")
    in_use = _is_in_use(thing, what, last_use)
    return Kept(str(thing), what, _size(thing), last_use, in_use, name if what == COPY else "")


def _is_in_use(thing: Path, what: str, last_use: float) -> bool:
    if _is_of_first_edition(thing):  # which locked nothing
        return time.time() - last_use < DAY
    if what == LOG:
        return _is_written(thing)
    if what == SEEN or not thing.with_name(thing.name + _LOCK).exists():
        return False
    with suppress(OSError):
        held = hold(thing)
        if held is None:
            return True
        held.close()
    return False


def _is_written(log: Path) -> bool:
    """Whether the process that writes a log lives, whose number its name ends with."""
    number = re.search(r"-(\d{1,9})\.log$", log.name)
    if not number or not removes_open_files():  # what is written stays there
        return False
    try:
        os.kill(int(number[1]), 0)
    except OSError:
        return False
    return True


def _is_of_first_edition(thing: Path) -> bool:
    """Whether it lies where things did that nobody locks."""
    return thing.name.startswith("vidream-") or thing.parent.name not in FOLDERS


def _size(thing: Path) -> int:
    """Bytes on the disk; what has two names in it counts once."""
    sizes = dict[tuple[int, int], int]()
    for path in (thing, *thing.rglob("*")):
        with suppress(OSError):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values())


def _last_use(thing: Path) -> float:
    times = [0.0]
    for path in (thing, thing.with_name(thing.name + _LOCK)):
        with suppress(OSError):
            times.append(path.lstat().st_mtime)
    return max(times)


def _things() -> Iterator[tuple[Path, str]]:
    """Everything in our folders, with what it is."""
    for folder in roots():
        if not is_ours(folder):
            continue
        for name, what in FOLDERS.items():
            yield from ((thing, what) for thing in _listed(folder / name))
        yield from ((thing, COPY) for thing in _listed(folder) if _DIGEST.fullmatch(thing.name))  # of the first edition
    with suppress(OSError):
        temp = Path(tempfile.gettempdir())
        for thing in sorted(temp.glob("vidream-*")):
            if _OLD_UNIT.fullmatch(thing.name) and is_ours(thing) and not {*_listed(thing)} - {thing / "made"}:
                yield thing, UNIT
            if _STAMPS.fullmatch(thing.name) and is_ours(thing, stat.S_ISREG):
                yield thing, STAMPS


def _listed(folder: Path) -> list[Path]:
    """The things in a folder; one whose lock alone is left is among them."""
    try:
        names = {path.name.removesuffix(_LOCK) for path in folder.iterdir()}
    except OSError:
        return []
    return [folder / name for name in sorted(names)]


def units_in_use() -> bool:
    """Whether parts are being made here."""
    return any(thing.in_use and thing.what == UNIT for thing in kept())


def clear() -> int:
    """Remove all that is ours here and not in use. Returns the bytes that are free now."""
    return _discard(kept())


def sweep(bound: int | None = None, need: int = 0) -> None:
    """Remove what has no owner, what is too old, and of copies the oldest, until there is room. Never what is in use.

    Args:
        bound: bytes that copies may take; None: as many as there are.
        need: bytes of them that are to come.
    """
    now, things = time.time(), kept()
    aged = [
        thing for thing in things if now - thing.last_use > AGES[thing.what] or _is_of_first_edition(Path(thing.place))
    ]
    _discard(aged)
    if bound is None:
        return
    copies = [thing for thing in things if thing.what == COPY and thing not in aged]
    free_up(sum(copy.bytes for copy in copies) + need - bound, copies)


def free_up(size: int, copies: Iterable[Kept]) -> None:
    """Remove copies that are not in use, the one used last first kept, until so many bytes are free more."""
    for copy in sorted(copies, key=lambda copy: copy.last_use):
        if size <= 0:
            return
        size -= _discard([copy])


def _discard(things: Iterable[Kept]) -> int:
    """Remove those that nobody uses; the bytes that are free now."""
    freed = 0
    for thing in things:
        path = Path(thing.place)
        if thing.in_use:
            continue
        with suppress(OSError):
            if thing.what in (SEEN, LOG) or _is_of_first_edition(path):
                _remove(path)
            elif (held := hold(path)) is not None:
                drop(path, held)
        freed += 0 if os.path.lexists(path) else thing.bytes
    return freed
