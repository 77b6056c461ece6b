"""How much memory this machine has to give, and how much of it this process holds."""

import ctypes
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


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


def most_resident() -> float:
    """MB, the most that this process has had; nan where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "darwin":  # bytes; elsewhere KiB
        return most / 2**20
    return most / 2**10


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
