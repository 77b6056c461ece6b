"""Files that are locked, so that one process at a time does what is guarded by them, or none while others look on."""

import os
from io import BufferedRandom

MOST_SHARES = 64
"""How many may share a lock where the system has no lock to share: on Windows."""


def try_lock(file: BufferedRandom, *, shared: bool = False) -> bool:
    """Lock a file until it is closed, or this process ends.

    Args:
        file: open; the lock is this opening's, so that one process may hold several.
        shared: let others share the lock, too; nobody has it alone meanwhile.

    Returns:
        Whether that was done, as nobody else has locked it otherwise.
    """
    try:
        if os.name == "nt":
            _lock_bytes(file.fileno(), shared=shared)
        else:
            import fcntl

            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _lock_bytes(number: int, *, shared: bool) -> None:
    """Lock one of the first bytes that nobody has, or all of them. Raises OSError."""
    import msvcrt

    before = os.lseek(number, 0, os.SEEK_CUR)
    try:
        if not shared:
            os.lseek(number, 0, os.SEEK_SET)
            msvcrt.locking(number, msvcrt.LK_NBLCK, MOST_SHARES)  # type: ignore[attr-defined,unused-ignore]
            return
        for place in range(MOST_SHARES):
            os.lseek(number, place, os.SEEK_SET)
            try:
                msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            except OSError:
                continue
            return
        raise OSError("every place is taken")
    finally:
        os.lseek(number, before, os.SEEK_SET)
