"""How much memory a run will take at most, reckoned from its sizes, and how much this machine has to give.

The shares are measured: the most that `image`, `zoom` and `video` held at several sizes, with the embedded network.
"""

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

from vidream.config import RunConfig
from vidream.errors import MediaError
from vidream.events import note
from vidream.frames import Size
from vidream.media.still import picture_size
from vidream.plan.inputs import guides
from vidream.plan.mask import is_picture, mask_files

MB = 1_000_000
AWAKE = 780 * MB  # TensorFlow, and the embedded network
AT_REST = 100 * MB  # without it
TILE = 400  # bytes for each px of what goes through the network at once
STILL, FILM = 20, 95  # bytes for each px of a picture; of a film's frame, of which several are on their way
READ, WRITTEN = 20, 140  # bytes for each px of a frame that ffmpeg holds, which reads and encodes beside us
DREAM, ZOOM = 80, 230  # bytes for each px of what is dreamed: of a picture or a film; of a zoom, which is all dreamed
MASK = 12  # bytes for each px of what is made, where there is a mask
BESIDE = 30  # bytes for each px of a guide, or of a picture that is a mask, while it is read
LISTENING, SECOND = 350 * MB, 300_000  # bytes to hear a song: at least, and for each second of it
LARGE = 4_000 * MB  # from here on it is said


def needed(config: RunConfig, size: Size, kind: str) -> int:
    """Bytes that a run takes at most.

    Args:
        config: of the run.
        size: px, of what is made.
        kind: "still", "film" or "zoom".

    Raises:
        MediaError: a guide or a mask is no picture.
    """
    whole = size.at_most(config.dream.dream_size) if kind != "zoom" else size
    pixels, dreamed = size.width * size.height, whole.width * whole.height
    beside = [*guides(config), *(mask_files(config.mask) if is_picture(config.mask) else [])]
    sizes = [picture_size(path, config.files.max_pixels) for path in beside]
    total = BESIDE * sum(each.width * each.height for each in sizes)
    total += (MASK if config.mask.mask else 0) * pixels
    total += {"still": STILL, "film": FILM + READ + WRITTEN, "zoom": WRITTEN}[kind] * pixels
    if config.dream.strength == 0 and kind != "zoom":
        return total + AT_REST
    total += AWAKE + TILE * min(config.dream.tile**2, dreamed)
    return total + (ZOOM if kind == "zoom" else DREAM) * dreamed


def check_memory(config: RunConfig, size: Size, kind: str) -> None:
    """Say what a large run will take, and raise MediaError if it is more than this machine has; see `needed`."""
    total, there = needed(config, size, kind), available()
    if there is not None and total > there:
        raise MediaError(
            f"{size}: takes about {_shown(total)} of memory, and {_shown(there)} are free here; "
            + ("a smaller --size" if kind != "still" else "a smaller picture, or a smaller --dream-size,")
            + " takes less"
        )
    if total > LARGE:
        note(f"takes about {_shown(total)} of memory", str(size))


def check_reading(path: Path, max_pixels: int) -> None:
    """Raise MediaError if a picture takes more memory than this machine has, only to be read."""
    size, there = picture_size(path, max_pixels), available()
    total = BESIDE * size.width * size.height
    if there is not None and total > there:
        raise MediaError(f"{path}: {size}: takes {_shown(total)} of memory, and {_shown(there)} are free here")


def check_listening(path: Path, seconds: float) -> None:
    """Raise MediaError if a song of so many seconds takes more memory than this machine has, only to be heard."""
    total, there = round(LISTENING + SECOND * seconds), available()
    if there is not None and total > there:
        raise MediaError(
            f"{path}: {seconds / 60:.0f} minutes of sound take {_shown(total)} of memory to be heard, and "
            f"{_shown(there)} are free here; cut it into shorter ones"
        )


def _shown(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB"


def available() -> int | None:
    """Bytes that can still be had, by what the system, the container and the process are allowed; None: not known."""
    known = [each for each in (_of_system(), _of_container(), _of_process()) if each is not None]
    return max(0, min(known)) if known else None


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
    return int(status.free) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None


def _of_container(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int | None:
    """What the control groups that the process is in, the first and the second kind, leave of their memory."""
    left = []
    with suppress(OSError):
        for line in own.read_text().splitlines():
            _, kinds, path = line.split(":", 2)
            if kinds not in ("", "memory") and "memory" not in kinds.split(","):
                continue
            folder = (root / kinds if kinds else root) / path.lstrip("/")
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if kinds else ("memory.max", "memory.current")
            for each in (folder, *folder.parents):
                if each.is_relative_to(root):
                    left.append(_left(each, *names))
    known = [each for each in left if each is not None]
    return min(known) if known else None


def _left(folder: Path, limit: str, used: str) -> int | None:
    """Files that are only kept in case they are read again are given back, and do not count as used."""
    with suppress(OSError, ValueError):
        most = int((folder / limit).read_text())  # "max" is no number: no limit
        kept = 0
        for line in (folder / "memory.stat").read_text().splitlines():
            name, _, value = line.partition(" ")
            kept = int(value) if name in ("inactive_file", "total_inactive_file") else kept
        return most - int((folder / used).read_text()) + kept
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
    left = [
        resource.getrlimit(limit)[0] - used
        for limit, used in limits
        if resource.getrlimit(limit)[0] != resource.RLIM_INFINITY
    ]
    return min(left) if left else None
