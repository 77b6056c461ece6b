"""The folder in which numba keeps what it compiles for librosa.

The first import of librosa compiles machine code, for a minute or more, and keeps it. Numba's own choices are librosa's
folder and the home folder; where neither can be written, as in a service or a container, that import would fail. What
is kept is pickled, so whoever can write there can run code: only a folder that nobody else can write to is taken.

When two processes compile at once, numba may keep one's loop with the other's call of it, and whatever reads that later
crashes. So processes take turns until a sound has been listened to once: `listening`.
"""

import atexit
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from io import BufferedRandom
from pathlib import Path

from vidream.errors import MediaError
from vidream.events import checkpoint, warn
from vidream.system.files import removes_open_files, user_number
from vidream.system.locks import try_lock, try_lock_at

VARIABLE = "NUMBA_CACHE_DIR"
"""The environment variable that numba reads."""
TURN = 0.1
"""Seconds between two looks at whose turn it is."""

_PREFIX = "vidream-numba-"
_USE = "vidream.use"
_IN_USE: dict[str, BufferedRandom] = {}  # the folder -> the lock that says so, until this process ends


@contextmanager
def listening() -> Iterator[None]:
    """Within the block librosa may be imported and used; the first time, by one process alone.

    Raises:
        MediaError: no folder can be written.
        Cancelled: asked for while another process has its turn.
    """
    folder = _take_into_use()
    ready = folder / _mark()
    if ready.exists():
        yield
        return
    with (folder / "vidream.lock").open("a+b") as turn:
        while not try_lock(turn) and not ready.exists():
            checkpoint()
            time.sleep(TURN)
        _compile()
        yield
        ready.touch()


def _take_into_use() -> Path:
    """The folder, which nobody removes while this process lives: it may compile more at any time."""
    while True:
        prepare_numba_cache()
        folder = Path(os.environ[VARIABLE])
        if str(folder) in _IN_USE and folder.exists():
            return folder
        with suppress(FileNotFoundError):  # it was removed a moment ago
            lock = try_lock_at(folder / _USE, shared=True)
            if lock is not None:
                _IN_USE[str(folder)] = lock
                atexit.register(lock.close)
                return folder
        checkpoint()
        time.sleep(TURN)


def own_folders() -> list[Path]:
    """The folders of ours that are there, and nobody else's; not one that the environment names."""
    temporary = Path(tempfile.gettempdir())
    return [
        folder
        for folder in (*_user_caches(), *sorted(temporary.glob(f"{_PREFIX}*")))
        if os.path.lexists(folder) and _is_private(folder) and any(folder.glob("vidream*"))
    ]


def is_in_use(folder: Path) -> bool:
    """Whether a process has listened, or is at it, that lives."""
    lock = _lock_alone(folder)
    if lock is not None:
        lock.close()
    return lock is None


def remove(folder: Path) -> bool:
    """Remove a folder of ours, unless it is in use; whether it is gone."""
    lock = _lock_alone(folder)
    if lock is None:
        return False
    with lock:
        shutil.rmtree(folder, ignore_errors=True)
    if not removes_open_files():
        shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _lock_alone(folder: Path) -> BufferedRandom | None:
    try:
        return try_lock_at(folder / _USE)
    except OSError:
        return None


def _mark() -> str:
    """The name of the file that says that all is compiled, for this processor and these versions of what compiles."""
    import llvmlite.binding

    librosa = find_spec("librosa")
    of = [sys.implementation.cache_tag, llvmlite.binding.get_host_cpu_name(), librosa and librosa.origin]
    of += [version(name) for name in ("librosa", "numba", "llvmlite", "numpy")]
    return f"vidream-{hashlib.sha256(repr(of).encode()).hexdigest()[:16]}.ready"


def _compile() -> None:
    """Import all of librosa that compiles when it is imported, whatever this sound needs of it."""
    import librosa

    _ = librosa.beat, librosa.sequence, librosa.util


def prepare_numba_cache() -> bool:
    """Give numba a folder that can be written; called before librosa is imported.

    A folder that the environment names is kept, if it can be written. Otherwise it is the user's cache folder, or a
    private one in the temporary folder, or a new one there, which is removed at exit.

    Returns:
        Whether nothing is compiled yet, so that the first import of librosa takes its time.

    Raises:
        MediaError: no folder can be written.
    """
    folder = os.environ.get(VARIABLE)
    if folder and not _is_writable(Path(folder)):
        warn("cannot be written; another folder is used", f"{VARIABLE}={folder}")
        folder = None
    if not folder:
        os.environ[VARIABLE] = folder = str(_private_folder())
        if "numba" in sys.modules:
            sys.modules["numba"].config.reload_config()
    return not (Path(folder) / _mark()).exists()


def _private_folder() -> Path:
    try:
        temporary = Path(tempfile.gettempdir())
        for folder in (*_user_caches(), temporary / f"{_PREFIX}{_user()}"):
            if _is_private(folder):
                return folder
        new = tempfile.mkdtemp(prefix=_PREFIX)
    except OSError as error:
        raise MediaError(
            f"no folder can be written ({error.strerror}), and listening needs one; name one by {VARIABLE}"
        ) from None
    atexit.register(shutil.rmtree, new, ignore_errors=True)
    return Path(new)


def _user() -> str:
    number = user_number()
    return "user" if number is None else str(number)


def _user_caches() -> list[Path]:
    """The user's cache folder for this; none for a user without a home."""
    try:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return []
    if not caches.is_absolute():
        return []
    return [caches / "vidream" / "numba"]


def _is_private(folder: Path) -> bool:
    """Whether this is a folder, made if need be, and no link, that this user alone can write to."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode):
            return False
        if user_number() is not None:
            if status.st_uid != user_number() or status.st_mode & 0o022:
                return False
            if not all(_is_trusted(parent.stat()) for parent in folder.resolve().parents):
                return False
    except OSError:
        return False
    return _is_writable(folder)


def _is_trusted(folder: os.stat_result) -> bool:
    """Whether nobody but this user, root or the folder's group can replace another folder in it."""
    open_to_all = folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX
    return folder.st_uid in (0, user_number()) and not open_to_all


def _is_writable(folder: Path) -> bool:
    """Whether a file can be made in a folder, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True
