"""One studio for one FOLDER: two would write over what each other remembers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vidream.errors import InputError, MediaError
from vidream.system.files import UNFOLLOWED
from vidream.system.locks import try_lock

LOCK = "lock"
"""The file's name."""


@contextmanager
def alone(kept: Path) -> Iterator[None]:
    """Be the only studio of a folder for as long as the block lasts.

    Args:
        kept: the studio's own folder in it.

    Raises:
        InputError: there is another.
        MediaError: it cannot be known.
    """
    try:
        number = os.open(kept / LOCK, os.O_RDWR | os.O_CREAT | UNFOLLOWED, 0o600)
    except OSError as error:
        raise MediaError(f"{kept / LOCK}: cannot be opened: {error.strerror}") from None
    with os.fdopen(number, "r+b") as file:
        if not try_lock(file):
            whose = file.read(20).decode("ascii", "replace").strip()
            process = f" (process {whose})" if whose.isdecimal() else ""
            where = "its address stands in the terminal where it was started"
            raise InputError(f"{kept.parent}: has a studio already{process}; {where}")
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield
