"""Where numba keeps what it compiles for librosa.

The first import of librosa compiles machine code, for a minute or more, and keeps it. Numba's own choices are librosa's
folder and the home folder; where neither can be written, as in a service or a container, that import would fail. What
is kept is pickled, so whoever can write there can run code: only a folder that nobody else can write to is taken.
"""

import atexit
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from vidream.errors import MediaError
from vidream.events import warn

VARIABLE = "NUMBA_CACHE_DIR"


def prepare_compiled() -> bool:
    """See to it that numba has a place; call it before librosa is imported. True: nothing is compiled yet.

    A place that the environment names is kept, if it can be written. Else the user's cache folder, else a folder of the
    user's own in the temporary one, else a new one there, removed in the end.

    Raises:
        MediaError: nothing can be written anywhere.
    """
    named = os.environ.get(VARIABLE)
    if named and not _can_be_written(Path(named)):
        warn("cannot be written; another folder is used", f"{VARIABLE}={named}")
        named = None
    if not named:
        os.environ[VARIABLE] = named = str(_own_folder())
        if "numba" in sys.modules:
            sys.modules["numba"].config.reload_config()
    return next(Path(named).glob("*/*.nbi"), None) is None


def _own_folder() -> Path:
    try:
        beside = Path(tempfile.gettempdir())
        user = os.geteuid() if hasattr(os, "geteuid") else "user"
        for folder in (*_user_caches(), beside / f"vidream-compiled-{user}"):
            if _is_private(folder):
                return folder
        fresh = tempfile.mkdtemp(prefix="vidream-compiled-")
    except OSError as error:
        raise MediaError(
            f"no folder can be written ({error.strerror}), and listening needs one; name one by {VARIABLE}"
        ) from None
    atexit.register(shutil.rmtree, fresh, ignore_errors=True)
    return Path(fresh)


def _user_caches() -> list[Path]:
    """The user's cache folder for this, if there is a user with a home."""
    try:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return []
    return [caches / "vidream" / "compiled"] if caches.is_absolute() else []


def _is_private(folder: Path) -> bool:
    """Whether this is a folder, made now or before, that this user alone can write to, and no link."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        own = folder.lstat()
        if not stat.S_ISDIR(own.st_mode):
            return False
        if hasattr(os, "geteuid"):
            if own.st_uid != os.geteuid() or own.st_mode & 0o022:
                return False
            if not all(_is_trusted(parent.stat()) for parent in folder.resolve().parents):
                return False
    except OSError:
        return False
    return _can_be_written(folder)


def _is_trusted(folder: os.stat_result) -> bool:
    """Whether nobody but this user, root or the folder's group can put another folder into the place of one in it."""
    open_to_all = folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX
    return folder.st_uid in (0, os.geteuid()) and not open_to_all


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True
