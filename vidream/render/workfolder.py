"""The folders that vidream keeps beside what it makes: of a session, of a batch. They are made, read and removed here.

A folder of that name may be a user's own, and what is in it may come from anywhere. So: no link is followed; the folder
is ours, and nobody else may write into it; a folder that holds anything that vidream cannot have made there is refused
as it is; files are removed one by one, by their names.
"""

import errno
import os
import re
import stat
import tempfile
from collections.abc import Collection
from contextlib import suppress
from io import BufferedRandom, BufferedReader
from pathlib import Path
from typing import Self

from vidream.errors import MediaError, RenderError
from vidream.media.files import kind_of, open_file, target_of, write_file
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import sequence
from vidream.render.disk import fit_name
from vidream.render.filenames import LOCK, WAITING
from vidream.system.files import UNFOLLOWED, removes_open_files, user_number
from vidream.system.locks import try_lock

LARGEST = 2**26  # bytes of a file of words
TRIES = 50  # while others make the folder and remove it


def folder_of(out: Path) -> Path:
    """The folder of OUT's session: beside OUT, or what it leads to as a link.

    Of pictures whose folder is made with them, it lies beside that folder.

    Raises:
        MediaError: there can be no such folder.
    """
    try:
        out = target_of(out)
        name = out.name
        if sequence(out, PICTURES):
            name = name.replace("%", "_")
        outside = out.parent.parent / fit_name(f"{out.parent.name}-{name}", ".vidream", out.parent.parent)
        if outside.exists() or not out.parent.exists():
            return outside
        return out.parent / fit_name(name, ".vidream", out.parent)
    except (OSError, ValueError) as error:
        raise MediaError(f"{out}: cannot be written: {getattr(error, 'strerror', None) or error}") from None


class Workfolder:
    """A folder of ours, open: `with` it, it is locked, and nobody else's until it is left."""

    path: Path
    """Where it lies."""
    names: re.Pattern[str]
    """The names of the files that may be in it."""
    out: Path
    """What it is for, as a person would call it."""

    def __init__(self, path: Path, names: re.Pattern[str], out: Path) -> None:
        self.path, self.names, self.out = path, names, out
        self._folder: int | None = None  # file descriptor; None where the system has none for folders
        self._lock: BufferedRandom | None = None
        self.is_new = self._lock_is_new = False  # made just now: no earlier run has left anything
        self._owner = -1  # whom the disk gives our files to, where that is not us

    @classmethod
    def there(cls, path: Path, names: re.Pattern[str], out: Path) -> Self | None:
        """The folder as it is, to be read; None if there is none. To be closed.

        Raises:
            MediaError: it is not ours, or what is in it is not.
        """
        folder = cls(path, names, out)
        try:
            folder._open()
            folder._check()
        except (FileNotFoundError, NotADirectoryError):
            folder.close()
            return None
        except BaseException:
            folder.close()
            raise
        return folder

    def __enter__(self) -> Self:
        """Made if it is not there, and locked.

        Raises:
            MediaError: it is not ours, or what is in it is not; nothing has been changed. Or somebody else is at it.
        """
        for attempt in range(TRIES):
            try:
                self._begin()
                return self
            except FileNotFoundError:  # somebody else has just removed it
                self._leave()
                if attempt == TRIES - 1 or not self.path.parent.is_dir():
                    raise
            except BaseException:
                self._leave()
                raise
        raise AssertionError

    def __exit__(self, *_: object) -> None:
        self._leave()

    @property
    def is_open(self) -> bool:
        return self._lock is not None

    def _begin(self) -> None:
        with suppress(FileExistsError):
            self.path.mkdir(mode=0o700)
            self.is_new = True
        self._open()
        self._check()
        self._keep_to_ourselves()
        self._take_lock()
        self._check()

    def _open(self) -> None:
        status = os.lstat(self.path)
        if not stat.S_ISDIR(status.st_mode) or bool(getattr(status, "st_reparse_tag", 0)):
            raise self._refused(f"{kind_of(status.st_mode)}, where vidream keeps a folder of its own")
        if os.open not in os.supports_dir_fd:
            return
        if not self._is_ours(status):
            raise self._refused("belongs to somebody else")
        try:
            self._folder = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        except OSError as error:
            if error.errno == errno.EACCES:
                raise self._refused("may not be read") from None
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
            raise self._refused("not a folder any more") from None
        if not self._is_ours(os.fstat(self._folder)):
            raise self._refused("belongs to somebody else")

    def _refused(self, why: str) -> MediaError:
        return MediaError(f"{self.path}: {why}; move it away, or name another file than {self.out.name}")

    def _is_ours(self, status: os.stat_result) -> bool:
        if status.st_uid in (user_number(), self._owner):
            return True
        with suppress(OSError), tempfile.TemporaryFile(dir=self.path.parent) as file:
            self._owner = os.fstat(file.fileno()).st_uid  # some disks give all files to one
        return status.st_uid == self._owner

    def _keep_to_ourselves(self) -> None:
        """What an umask of 002 has let others write into is ours alone from now on; a disk without modes has none."""
        if self._folder is not None and os.fstat(self._folder).st_mode & 0o077:
            with suppress(OSError):
                os.fchmod(self._folder, 0o700)

    def _check(self) -> None:
        """Raise MediaError if anything is there that vidream cannot have made."""
        for name in self.listed():
            try:
                status = self._status(name)
            except FileNotFoundError:
                continue
            if not self.names.fullmatch(name):
                raise self._refused(f"holds {name}, which vidream has not made")
            if name == WAITING and stat.S_ISDIR(status.st_mode):
                self._check_waiting()
            elif not stat.S_ISREG(status.st_mode):
                raise self._refused(f"holds {name}, {kind_of(status.st_mode)}, where vidream has a file")
            elif status.st_nlink > 1:
                raise self._refused(f"holds {name}, which has another name elsewhere")
            elif self._folder is not None and not self._is_ours(status):
                raise self._refused(f"holds {name}, which belongs to somebody else")

    def _check_waiting(self) -> None:
        for path in (self.path / WAITING).iterdir():
            if not (path.name.isdecimal() and stat.S_ISREG(path.lstat().st_mode)):
                raise self._refused(f"holds {WAITING}/{path.name}, which vidream has not made")

    def _take_lock(self) -> None:
        """Lock it. What was locked is looked at again: its last owner may have removed it meanwhile."""
        self._lock_is_new = LOCK not in self.listed()
        number = os.open(self._at(LOCK), os.O_RDWR | os.O_CREAT | UNFOLLOWED, 0o600, dir_fd=self._folder)
        self._lock = os.fdopen(number, "r+b")
        if not try_lock(self._lock):
            self._lock_is_new = False
            raise MediaError(f"{self.out}: is being rendered by somebody else; wait, or name another file")
        if not (self._is_where_it_was() and os.path.samestat(os.fstat(number), self._status(LOCK))):
            raise FileNotFoundError

    def here(self) -> Path:
        """Its path, which still leads to it: for those that need one.

        Raises:
            RenderError: somebody has put something else there.
        """
        if not self._is_where_it_was():
            raise RenderError(f"{self.path}: was moved or replaced while it was in use; what is done is in it")
        return self.path

    def _is_where_it_was(self) -> bool:
        if self._folder is None:
            return True
        try:
            return os.path.samestat(os.fstat(self._folder), os.lstat(self.path))
        except FileNotFoundError:
            return False

    def listed(self) -> list[str]:
        """The names of what is in it."""
        return sorted(os.listdir(self.path if self._folder is None else self._folder))  # noqa: PTH208 (by its descriptor)

    def has(self, name: str) -> bool:
        try:
            return stat.S_ISREG(self._status(name).st_mode)
        except FileNotFoundError:
            return False

    def open(self, name: str) -> BufferedReader:
        """One of its files. OSError if it is not there, or is no file."""
        return open_file(self._at(name), folder=self._folder)

    def read(self, name: str) -> bytes | None:
        """The content of a file of words; None if it is not there. ValueError if it is too large."""
        try:
            with self.open(name) as file:
                content = file.read(LARGEST + 1)
        except FileNotFoundError:
            return None
        if len(content) > LARGEST:
            raise ValueError(f"{name} is too large")
        return content

    def write(self, name: str, content: bytes | memoryview) -> None:
        """Make a file, whole or not at all."""
        write_file(self._at(name), content, folder=self._folder, mode=0o600)

    def clear(self, keep: Collection[str] = ()) -> None:
        """Remove every file that vidream makes there but the lock and what is to be kept, one by one, as listed."""
        for name in self.listed():
            if name != LOCK and name not in keep and self.names.fullmatch(name):
                self.delete(name)

    def delete(self, name: str) -> None:
        """Remove one file, if it is there."""
        with suppress(FileNotFoundError):
            if name == WAITING and stat.S_ISDIR(self._status(name).st_mode):
                for path in (self.here() / WAITING).iterdir():
                    path.unlink()
                (self.here() / WAITING).rmdir()
            else:
                os.unlink(self._at(name), dir_fd=self._folder)

    def remove(self) -> None:
        """Take it away, empty but for the lock; what somebody else has put there meanwhile stays, with the folder."""
        self.is_new = self._lock_is_new = True
        self._leave()

    def _leave(self) -> None:
        """Unlock it. What has been made for nothing goes."""
        with suppress(OSError):
            if self._lock is not None and self._lock_is_new:
                if not removes_open_files():
                    self._lock.close()
                os.unlink(self._at(LOCK), dir_fd=self._folder)
            if self.is_new and not self.listed() and self._is_where_it_was():
                self.path.rmdir()
        self.close()

    def close(self) -> None:
        """Unlock it, and leave it as it is."""
        if self._lock is not None:
            self._lock.close()
        if self._folder is not None:
            os.close(self._folder)
        self._lock = self._folder = None
        self.is_new = self._lock_is_new = False

    def _at(self, name: str) -> str:
        return name if self._folder is not None else str(self.path / name)

    def _status(self, name: str) -> os.stat_result:
        return os.stat(self._at(name), dir_fd=self._folder, follow_symlinks=False)
