"""Files that are locked, so that one process at a time does what is guarded by them, or none while others look on."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import BufferedRandom
from pathlib import Path

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


def try_lock_at(path: Path, *, shared: bool = False) -> BufferedRandom | None:
    """Make a file, if need be, and lock it until what is returned is closed; None: somebody else has it.

    It may be removed by who has it alone: what was removed before it was locked here, does not count.

    Args:
        path: where it is; a link is not followed.
        shared: as in `try_lock`.

    Raises:
        OSError: its folder is not there, or cannot be written.
    """
    number = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), 0o600)
    file = os.fdopen(number, "r+b")
    if try_lock(file, shared=shared) and _is_at(path, file):
        return file
    file.close()
    return None


def _is_at(path: Path, file: BufferedRandom) -> bool:
    """Whether an open file is the one of that name."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(file.fileno()))
    except OSError:
        return False


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


@contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Within the block no other process is within a block with the same file; each waits for its turn.

    Nothing is written. A system without such locks, and one where the file cannot be read, goes on at once.
    """
    with ExitStack() as files:
        with suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(files.enter_context(path.open("rb")), fcntl.LOCK_EX)
        yield
