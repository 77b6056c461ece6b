"""Files that are opened, made and replaced without following what somebody else has put in their place."""

import ctypes
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
from typing import IO

from vidream.errors import MediaError

FRESH = ".vidream-"  # how a file or a folder begins that is not yet what it is to be
UNFOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_LONGEST = 255  # bytes of a name, where the disk does not say
_UNKNOWN = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}  # what a disk says that cannot rename so
_HERE, _NO_REPLACE, _EXCLUSIVELY = -100, 1, 4  # AT_FDCWD, RENAME_NOREPLACE of Linux; RENAME_EXCL of macOS


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


def opened(name: str | Path, *, folder: int | None = None) -> BufferedReader:
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


def created(name: str | Path, *, folder: int | None = None, mode: int = 0o666) -> BufferedRandom:
    """A new file to write. FileExistsError if anything has that name already; else arguments as of `opened`."""
    number = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | UNFOLLOWED, mode, dir_fd=folder)
    return os.fdopen(number, "w+b")


def fresh_name(ending: str = "") -> str:
    """A name that nobody can have guessed."""
    return f"{FRESH}{secrets.token_hex(8)}{ending}"


def written(name: str | Path, content: bytes | memoryview, *, folder: int | None = None, mode: int = 0o666) -> None:
    """Make a file, or replace it, whole or not at all: what counts survives a power cut. Arguments as of `created`."""
    fresh = fresh_name() if folder is not None else Path(name).with_name(fresh_name())
    try:
        with created(fresh, folder=folder, mode=mode) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(fresh, dir_fd=folder)
        raise


def digest(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal. OSError as of `opened`."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stamp_of(path: Path) -> tuple[int, int]:
    """It changes with the file: when it was written, in ns, and its size; (0, 0) where there is none."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def is_whole_film(file: IO[bytes]) -> bool:
    """Whether an MP4 is there from its first byte to its last: its boxes fill it, and its index is among them.

    Source: ISO/IEC 14496-12, 4.2: a box begins with its size, 32 bits or, where those say 1, 64, and its kind.
    """
    length, at, kinds = file.seek(0, os.SEEK_END), 0, list[bytes]()
    while at < length:
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[8:16] if head[:4] == b"\0\0\0\1" else head[:4], "big")
        if size < 8:
            return False
        kinds.append(head[4:8])
        at += size
    return at == length and kinds[:1] == [b"ftyp"] and b"moov" in kinds


def target_of(out: Path) -> Path:
    """The file that OUT stands for: where it is a link, what that leads to."""
    return Path(os.path.realpath(out)) if out.is_symlink() else out


def moved(made: Path, out: Path, *, overwrite: bool = True, sources: Iterable[Path] = ()) -> None:
    """Put what was made in the place of OUT, whole or not at all, also on another disk; a link there is followed.

    Args:
        made: a file; it is gone afterwards.
        out: where it is to be.
        overwrite: what is there may be replaced.
        sources: what it was made of: it will be no more readable than any of them, nor than what it replaces.

    Raises:
        MediaError: there is something, and it may not be replaced.
        OSError: the disk refuses.
    """
    target = target_of(out)
    restricted([made], [*sources, target])
    try:
        put(made, target, overwrite=overwrite)
    except FileExistsError:
        said = "is there already, and was not when this began; --overwrite replaces it"
        raise MediaError(f"{out}: {said}") from None


def put(made: Path, target: Path, *, overwrite: bool) -> None:
    """Put a file in the place of what is there, or of nothing, also on another disk; a link is not followed.

    Raises:
        FileExistsError: there is something, and it may not be replaced.
        OSError: the disk refuses.
    """
    rename = Path.replace if overwrite else _renamed
    try:
        rename(made, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = target.with_name(fresh_name())
        try:
            with opened(made) as source, created(beside, mode=stat.S_IMODE(made.stat().st_mode)) as copy:
                shutil.copyfileobj(source, copy, 2**20)
                copy.flush()
                os.fsync(copy.fileno())
            rename(beside, target)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise
        made.unlink()


def _renamed(made: Path, target: Path) -> None:
    """Give a file a name that nothing has. FileExistsError if anything has it, be it since a moment ago.

    Where neither the system nor the disk can do both in one, something that comes in between is replaced.
    """
    if os.name == "nt":
        made.rename(target)  # which replaces nothing there
        return
    number = _exclusively(made, target)
    if number in _UNKNOWN:
        number = errno.EEXIST if os.path.lexists(target) else 0
        if not number:
            made.replace(target)
    if number:
        raise OSError(number, os.strerror(number), str(made), None, str(target))


def _exclusively(made: Path, target: Path) -> int:
    """The system's own way to rename a file to what is not there yet. The number of the error; 0 if it is done."""
    libc, names = ctypes.CDLL(None, use_errno=True), (os.fsencode(made), os.fsencode(target))
    if hasattr(libc, "renameat2"):
        failed = libc.renameat2(_HERE, names[0], _HERE, names[1], _NO_REPLACE)
    elif hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(*names, _EXCLUSIVELY)
    else:
        return errno.ENOSYS
    return ctypes.get_errno() if failed else 0


def restricted(made: Iterable[Path], sources: Iterable[Path]) -> None:
    """Take from files that were made whatever the group, or others, may not do with their sources.

    made    files in one folder
    sources what is not there does not count
    """
    allowed: int | None = None
    for path in made:
        mode, group = path.stat().st_mode, path.stat().st_gid
        allowed = _allowed(sources, group) if allowed is None else allowed
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
        others = status.st_mode & 0o004
        ours = status.st_mode & 0o040 if status.st_gid == group else others << 3
        allowed &= 0o700 | (0o070 if ours else 0) | (0o007 if others else 0)
    return allowed


def fitting(name: str, ending: str = "", folder: Path | None = None) -> str:
    """NAME + ending, or, where that is longer than a name may be, a part of it with a digest of it all.

    folder: where it is to lie; its disk says how long names may be.
    """
    most = _longest(folder)
    if len(os.fsencode(name + ending)) <= most:
        return name + ending
    told = f"-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}{ending}"
    return _cut(name, most - len(os.fsencode(told))) + told


def _longest(folder: Path | None) -> int:
    try:
        return min(_LONGEST, os.pathconf(folder or ".", "PC_NAME_MAX"))
    except (OSError, ValueError, AttributeError):
        return _LONGEST


def _cut(text: str, most: int) -> str:
    """As many characters from its start as are at most `most` bytes."""
    while len(os.fsencode(text)) > most:
        text = text[:-1]
    return text


def locked(file: BufferedRandom) -> bool:
    """Whether nobody else has it: it is ours now, until it is closed, or we are gone."""
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
