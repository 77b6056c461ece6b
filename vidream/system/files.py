"""How files are opened, renamed and removed here, and whose they are."""

import ctypes
import errno
import os
from pathlib import Path

UNFOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Flags of os.open: no link is followed, nothing is waited for, bytes stay as they are. Windows has the last alone."""
_UNKNOWN = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}  # what a disk says that cannot rename so
_HERE, _NO_REPLACE, _EXCLUSIVELY = -100, 1, 4  # AT_FDCWD, RENAME_NOREPLACE of Linux; RENAME_EXCL of macOS


def removes_open_files() -> bool:
    """Whether a file that is open can be removed; on Windows it cannot."""
    return os.name != "nt"


def user_number() -> int | None:
    """The number of the user for whom this process works, as st_uid has it; None where users have none: on Windows."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def rename_to_new(file: Path, target: Path) -> None:
    """Give a file another name on its disk, which nothing has yet.

    Where neither the system nor the disk can do both in one, something that comes in between is replaced.

    Raises:
        FileExistsError: something has that name, be it since a moment ago.
    """
    if os.name == "nt":
        file.rename(target)  # which replaces nothing there
        return
    error = rename_exclusively(file, target)
    if error in _UNKNOWN and not os.path.lexists(target):
        file.replace(target)
        return
    if error in _UNKNOWN:
        error = errno.EEXIST
    if error:
        raise OSError(error, os.strerror(error), str(file), None, str(target))


def rename_exclusively(file: Path, target: Path) -> int:
    """The system's own way to rename a file to what is not there yet. The number of the error; 0 if it is done."""
    libc, names = ctypes.CDLL(None, use_errno=True), (os.fsencode(file), os.fsencode(target))
    if hasattr(libc, "renameat2"):
        failed = libc.renameat2(_HERE, names[0], _HERE, names[1], _NO_REPLACE)
    elif hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(*names, _EXCLUSIVELY)
    else:
        return errno.ENOSYS
    return ctypes.get_errno() if failed else 0
