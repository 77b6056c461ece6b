"""Files that are locked, so that one process at a time does what is guarded by them."""

import os
from io import BufferedRandom


def try_lock(file: BufferedRandom) -> bool:
    """Lock a file until it is closed, or this process ends; whether that was done, as nobody else has locked it."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
