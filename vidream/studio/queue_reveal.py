"""A file of FOLDER, shown where the system shows files."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which

from vidream.errors import MediaError


def reveal(path: Path) -> None:
    """Open the system's file manager where a file lies; it is selected there, where that can be asked for.

    Raises:
        MediaError: this system has none that is known.
    """
    command = _command(path)
    if which(command[0]) is None:
        raise MediaError(f"{command[0]}: not here, so no folder can be opened; the file is {path}")
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
        process.wait(1)  # it hands the folder on, and ends
    except subprocess.TimeoutExpired:
        return
    except OSError as error:
        raise MediaError(f"{command[0]}: cannot be started: {error.strerror}; the file is {path}") from None


def _command(path: Path) -> Sequence[str]:
    """What opens the file manager; a name is never an option: it is a whole path, which begins with a /."""
    if sys.platform == "darwin":
        return ["open", "-R", str(path)]
    if sys.platform == "win32":
        return ["explorer", f"/select,{path}"]
    return ["xdg-open", str(path.parent)]
