"""How much memory a run will take at most, reckoned from its sizes, and how much this machine has to give.

The shares are measured: the most that `image`, `zoom` and `video` held at several sizes, with the embedded network.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from vidream.config import RunConfig
from vidream.dream.choice import NATIVE, TENSORFLOW, engine_of
from vidream.errors import MediaError
from vidream.events import note
from vidream.frames import Size
from vidream.media.still import picture_size
from vidream.plan.inputs import guides
from vidream.plan.mask import is_picture, mask_files

MB = 1_000_000
AWAKE = {NATIVE: 160 * MB, TENSORFLOW: 780 * MB}
"""Bytes of a run with the embedded network before it dreams anything, by engine."""
AT_REST = 100 * MB
"""Bytes of a run that dreams nothing."""
TILE = 400
"""Bytes for each px of what goes through the network at once."""
READ, WRITTEN = 20, 140
"""Bytes for each px of a frame that ffmpeg holds, which reads and encodes beside us."""
PIXEL = {"still": 20, "deep still": 45, "film": 95 + READ + WRITTEN, "zoom": WRITTEN}
"""Bytes for each px of what is made, by kind; of a film several frames are on their way."""
DREAM = {"still": 80, "deep still": 80, "film": 140, "zoom": 230}
"""Bytes for each px of what is dreamed, by kind; a zoom is dreamed at its full size."""
MASK = 12
"""Bytes for each px of what is made, where there is a mask."""
PICTURE = 30
"""Bytes for each px of a picture, while it is read."""
LISTENING, SECOND = 350 * MB, 300_000
"""Bytes to hear a song: at least, and for each second of it."""
LARGE = 4_000 * MB
"""Bytes from which on a run says what it takes."""
WHAT_TAKES_LESS = {
    "still": "a smaller picture, or a smaller --dream-size,",
    "deep still": "a smaller picture, or a smaller --dream-size,",
    "film": "a smaller --size",
    "zoom": "a smaller --size",
}


def needed(config: RunConfig, size: Size, kind: str) -> int:
    """Bytes that a run takes at most.

    Args:
        config: of the run.
        size: px, of what is made.
        kind: "still", "deep still" for one of more than 8 bits, "film" or "zoom".

    Raises:
        MediaError: a guide or a mask is no picture.
    """
    dream_size = size
    if kind != "zoom":
        dream_size = size.at_most(config.dream.dream_size)
    pixels, dream_pixels = size.width * size.height, dream_size.width * dream_size.height
    total = PIXEL[kind] * pixels
    if config.mask.mask:
        total += MASK * pixels
    pictures = guides(config)
    if is_picture(config.mask):
        pictures += mask_files(config.mask)
    for path in pictures:
        picture = picture_size(path, config.files.max_pixels)
        total += PICTURE * picture.width * picture.height
    if config.dream.strength == 0 and kind != "zoom":
        return total + AT_REST
    return (
        total
        + AWAKE[engine_of(config.goal)]
        + TILE * min(config.dream.tile**2, dream_pixels)
        + DREAM[kind] * dream_pixels
    )


def check_memory(config: RunConfig, size: Size, kind: str) -> None:
    """Refuse a run that takes more memory than this machine has, and say what a large one takes.

    Args:
        config: of the run.
        size: px, of what is made.
        kind: "still", "deep still" for one of more than 8 bits, "film" or "zoom".

    Raises:
        MediaError: it takes more than there is.
    """
    total, free = needed(config, size, kind), available()
    if free is not None and total > free + resident():  # a network that is awake is not woken again
        figures = f"takes about {_gigabytes(total)} of memory, and {_gigabytes(free)} are free here"
        raise MediaError(f"{size}: {figures}; {WHAT_TAKES_LESS[kind]} takes less")
    if total > LARGE:
        note(f"takes about {_gigabytes(total)} of memory", str(size))


def check_reading(path: Path, max_pixels: int) -> None:
    """Raise MediaError if a picture takes more memory than this machine has, only to be read."""
    size, free = picture_size(path, max_pixels), available()
    total = PICTURE * size.width * size.height
    if free is not None and total > free:
        raise MediaError(f"{path}: {size}: takes {_gigabytes(total)} of memory, and {_gigabytes(free)} are free here")


def check_listening(path: Path, seconds: float) -> None:
    """Raise MediaError if a song of so many seconds takes more memory than this machine has, only to be heard."""
    total, free = round(LISTENING + SECOND * seconds), available()
    if free is not None and total > free:
        raise MediaError(
            f"{path}: {seconds / 60:.0f} minutes of sound take {_gigabytes(total)} of memory to be heard, and "
            f"{_gigabytes(free)} are free here; cut it into shorter ones"
        )


def _gigabytes(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB"


def available() -> int | None:
    """Bytes that can still be had, by what the system, the container and the process are allowed; None: not known."""
    least = _least([_of_system(), _of_container(), _of_process()])
    return None if least is None else max(0, least)


def resident() -> int:
    """Bytes that this process holds already; 0 where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def _least(amounts: Iterable[int | None]) -> int | None:
    """The least of those that are known; None where none is."""
    return min((amount for amount in amounts if amount is not None), default=None)


def _of_system() -> int | None:
    if sys.platform == "win32":
        return _of_windows()
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    with suppress(OSError, ValueError, AttributeError):  # macOS: all that there is
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


class _Status(ctypes.Structure):
    """MEMORYSTATUSEX of Windows."""

    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        *((name, ctypes.c_ulonglong) for name in ("total", "free", "total_page", "free_page", "total_virtual")),
        *((name, ctypes.c_ulonglong) for name in ("free_virtual", "free_extended")),
    )


def _of_windows() -> int | None:
    status = _Status(length=ctypes.sizeof(_Status))
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 (elsewhere it has no such name)
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status.free)


def _of_container(root: Path = Path("/sys/fs/cgroup"), groups: Path = Path("/proc/self/cgroup")) -> int | None:
    """What the control groups that the process is in, of version 1 and of version 2, leave of their memory."""
    rest: list[int | None] = []
    with suppress(OSError):
        for line in groups.read_text().splitlines():
            _, kinds, path = line.split(":", 2)
            if kinds not in ("", "memory") and "memory" not in kinds.split(","):
                continue
            top, names = root, ("memory.max", "memory.current")
            if kinds:  # version 1
                top, names = root / kinds, ("memory.limit_in_bytes", "memory.usage_in_bytes")
            folder = top / path.lstrip("/")
            rest += [_rest(group, *names) for group in (folder, *folder.parents) if group.is_relative_to(root)]
    return _least(rest)


def _rest(folder: Path, limit: str, used: str) -> int | None:
    """What a control group leaves. The cache of its files is given back where it is wanted, and is not used up."""
    with suppress(OSError, ValueError):
        most = int((folder / limit).read_text())  # "max" is no number: no limit
        cache = 0
        for line in (folder / "memory.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                cache = int(value)
        return most - int((folder / used).read_text()) + cache
    return None


def _of_process() -> int | None:
    """What `ulimit -d` and `ulimit -v` leave."""
    if sys.platform == "win32":
        return None
    import resource

    held = {"VmData": 0, "VmSize": 0}
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in held:
                held[name] = int(value.split()[0]) * 1024
    limits = ((resource.RLIMIT_DATA, held["VmData"]), (resource.RLIMIT_AS, held["VmSize"]))
    return _least(
        resource.getrlimit(limit)[0] - used
        for limit, used in limits
        if resource.getrlimit(limit)[0] != resource.RLIM_INFINITY
    )
