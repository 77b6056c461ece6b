"""Where a machine keeps what is no user's: copies of sources, folders of parts that are being made, logs.

All of it lies in one folder of ours alone, vidream-USER, in the folder for temporary files (TMPDIR):

    copies/DIGEST/NAME    a source that was sent, by the first 32 digits of its SHA-256; DIGEST.lock says who uses it
    units/RANDOM/         what a part makes, while it is made; RANDOM.lock is held by who makes it
    seen/KEY              the SHA-256 of a file that was read whole, so that the next process need not read it
    logs/                 what Ray and its workers say
"""

import getpass
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vidream.cluster.trouble import ROOM, NodeTrouble
from vidream.system.files import user_number

NAMES = 10
"""How many names the folder may have: the next is tried where somebody else has taken one."""


def root() -> Path:
    """Our folder on this machine, made if it is not there; nobody else may look into it, or write to it.

    Raises:
        NodeTrouble: there can be none.
    """
    last, names = OSError(), roots()
    for path in names:
        try:
            with suppress(FileExistsError):
                path.mkdir(mode=0o700)
            if is_ours(path):
                return path
        except OSError as error:
            last = error
    reason = last.strerror or "somebody else has taken its names"
    raise NodeTrouble(f"{names[0]}: no folder can be made ({reason}); {ROOM}")


def roots() -> list[Path]:
    """The names that our folder may have, in the order in which they are tried.

    Raises:
        NodeTrouble: there is no folder for temporary files.
    """
    try:
        first = Path(tempfile.gettempdir()) / f"vidream-{_user()}"
    except FileNotFoundError as error:
        raise NodeTrouble(f"{error.strerror}; start its node with TMPDIR as a folder that it can write") from None
    return [first, *(first.with_name(f"{first.name}-{number}") for number in range(2, NAMES + 1))]


def _user() -> str:
    try:
        return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in getpass.getuser())
    except (KeyError, OSError, ImportError):  # of a container, which may have a number alone; Windows has none
        number = user_number()
        return "user" if number is None else str(number)


def is_ours(path: Path, kind: Callable[[int], bool] = stat.S_ISDIR) -> bool:
    """Whether this is a folder, or of another kind, and no link, that this user alone may look into."""
    try:
        status = path.lstat()
    except OSError:
        return False
    if not kind(status.st_mode):
        return False
    own = user_number()
    return own is None or (status.st_uid == own and stat.S_IMODE(status.st_mode) & 0o077 == 0)


def copies_folder() -> Path:
    """Where copies of sources are kept. Raises as `root`."""
    return _within("copies")


def units_folder() -> Path:
    """Where parts are made. Raises as `root`."""
    return _within("units")


def seen_folder() -> Path:
    """Where digests of files are kept. Raises as `root`."""
    return _within("seen")


def logs_folder() -> Path:
    """Where logs are kept. Raises as `root`."""
    return _within("logs")


def _within(name: str) -> Path:
    path = root() / name
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise NodeTrouble(f"{path}: cannot be made: {error.strerror}; {ROOM}") from None
    return path
