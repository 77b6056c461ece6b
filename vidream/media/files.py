"""Files that are opened, made and replaced without following what somebody else has put in their place."""

import errno
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from io import BufferedRandom, BufferedReader
from pathlib import Path

from vidream.errors import MediaError
from vidream.system.files import UNFOLLOWED, rename_to_new

FRESH = ".vidream-"  # how a file or a folder begins that is not yet what it is to be


def kind_of(mode: int) -> str:
    """What a thing is whose st_mode this is, in words: "a file", "a link", "a folder", "a named pipe"..."""
    for is_it, name in (
        (stat.S_ISREG, "a file"),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if is_it(mode):
            return name
    return "a device"


def open_file(name: str | Path, *, folder: int | None = None) -> BufferedReader:
    """A file to read, if it is one: no link is followed, and a named pipe is not waited for.

    Args:
        name: its path; or its name in `folder`.
        folder: an open folder (a file descriptor).

    Raises:
        OSError: it is not there, is no file, or may not be read.
    """
    number = os.open(name, os.O_RDONLY | UNFOLLOWED, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "not a file", str(name))
    return os.fdopen(number, "rb")


def create_file(name: str | Path, *, folder: int | None = None, mode: int = 0o666) -> BufferedRandom:
    """A new file to write and to read.

    Args:
        name: its path; or its name in `folder`.
        folder: an open folder (a file descriptor).
        mode: who may do what with it, less the process's umask.

    Raises:
        FileExistsError: something has that name already.
        OSError: the disk refuses.
    """
    number = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | UNFOLLOWED, mode, dir_fd=folder)
    return os.fdopen(number, "w+b")


def fresh_name(ending: str = "") -> str:
    """A name that nobody can have guessed."""
    return f"{FRESH}{secrets.token_hex(8)}{ending}"


def write_file(name: str | Path, content: bytes | memoryview, *, folder: int | None = None, mode: int = 0o666) -> None:
    """Make a file, or replace it, whole or not at all: it survives a power cut.

    Args:
        name: its path; or its name in `folder`.
        content: all of it.
        folder: an open folder (a file descriptor).
        mode: who may do what with it, less the process's umask.

    Raises:
        OSError: the disk refuses.
    """
    fresh = fresh_name()
    if folder is None:
        fresh = str(Path(name).with_name(fresh))
    try:
        with create_file(fresh, folder=folder, mode=mode) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(fresh, dir_fd=folder)
        raise


def digest(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal.

    Raises:
        OSError: it is not there, is no file, or may not be read.
    """
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamp_of(path: Path) -> tuple[int, int]:
    """What changes with a file: when it was written, in ns, and its size in bytes; (0, 0) where there is none."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def target_of(out: Path) -> Path:
    """The file that OUT stands for: where it is a link, what that leads to."""
    if out.is_symlink():
        return Path(os.path.realpath(out))
    return out


def move_file(file: Path, out: Path, *, overwrite: bool = True, sources: Iterable[Path] = ()) -> None:
    """Put a file in the place of OUT, whole or not at all, also on another disk; a link there is followed.

    Args:
        file: it is gone from where it was afterwards.
        out: where it is to be.
        overwrite: whether what is there may be replaced.
        sources: what it was made of: it will be no more readable than any of them, nor than what it replaces.

    Raises:
        MediaError: there is something, and it may not be replaced.
        OSError: the disk refuses.
    """
    target = target_of(out)
    restrict([file], [*sources, target])
    try:
        put(file, target, overwrite=overwrite)
    except FileExistsError:
        message = "is there already, and was not when this began; --overwrite replaces it"
        raise MediaError(f"{out}: {message}") from None


def put(file: Path, target: Path, *, overwrite: bool) -> None:
    """Put a file in the place of what is there, or of nothing, also on another disk; a link is not followed.

    Args:
        file: it is gone from where it was afterwards.
        target: where it is to be.
        overwrite: whether what is there may be replaced.

    Raises:
        FileExistsError: there is something, and it may not be replaced.
        OSError: the disk refuses.
    """
    try:
        _rename(file, target, overwrite=overwrite)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy = target.with_name(fresh_name())
        try:
            with open_file(file) as source, create_file(copy, mode=stat.S_IMODE(file.stat().st_mode)) as destination:
                shutil.copyfileobj(source, destination, 2**20)
                destination.flush()
                os.fsync(destination.fileno())
            _rename(copy, target, overwrite=overwrite)
        except BaseException:
            with suppress(OSError):
                copy.unlink()
            raise
        file.unlink()


def _rename(file: Path, target: Path, *, overwrite: bool) -> None:
    """Give a file another name on its disk. Without `overwrite`, FileExistsError if anything has that name."""
    if overwrite:
        file.replace(target)
    else:
        rename_to_new(file, target)


def restrict(files: Iterable[Path], sources: Iterable[Path]) -> None:
    """Take from files that were made whatever the group, or others, may not do with their sources.

    Args:
        files: in one folder.
        sources: what is not there does not count.
    """
    allowed: int | None = None
    for path in files:
        mode, group = path.stat().st_mode, path.stat().st_gid
        if allowed is None:
            allowed = _allowed(sources, group)
        if mode & ~allowed & 0o777:
            with suppress(OSError):  # a disk that has no modes
                path.chmod(stat.S_IMODE(mode) & allowed)


def _allowed(sources: Iterable[Path], group: int) -> int:
    """The bits of a mode that a file of `group` may have."""
    allowed = 0o777
    for source in sources:
        try:
            status = source.stat()
        except OSError:
            continue
        everybody = status.st_mode & stat.S_IROTH
        members = everybody
        if status.st_gid == group:
            members = status.st_mode & stat.S_IRGRP
        if not members:
            allowed &= ~stat.S_IRWXG
        if not everybody:
            allowed &= ~stat.S_IRWXO
    return allowed
