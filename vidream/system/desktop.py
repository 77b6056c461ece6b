"""What the desktop is asked to show: a file, a file in its folder, a page in the browser."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which

from vidream.errors import MediaError
from vidream.system.processes import own_session


def reveal(path: Path) -> None:
    """Open the system's file manager where a file lies; it is selected there, where that can be asked for.

    Raises:
        MediaError: this system has none that is known.
    """
    command = _file_manager(path)
    if which(command[0]) is None:
        raise MediaError(f"{command[0]}: not here, so no folder can be opened; the file is {path}")
    try:
        process = _started(command)
        process.wait(1)  # it hands the folder on, and ends
    except subprocess.TimeoutExpired:
        return
    except OSError as error:
        raise MediaError(f"{command[0]}: cannot be started: {error.strerror}; the file is {path}") from None


def browse(address: str) -> None:
    """Open an address in the browser, which may write what it likes: it has none of our streams.

    Raises:
        OSError: the Python that looks for a browser cannot be started.
    """
    _started([sys.executable, "-m", "webbrowser", address])


def open_file(path: Path) -> bool:
    """Open a file with the program that the system has for it; whether one was started.

    Where nobody sits at the desktop, over SSH or without a display, nothing is opened.
    """
    command = {"darwin": "open", "win32": "explorer"}.get(sys.platform, "xdg-open")
    display = {"DISPLAY", "WAYLAND_DISPLAY"} & {*os.environ}
    if "SSH_CONNECTION" in os.environ or which(command) is None or (command == "xdg-open" and not display):
        return False
    try:
        ended = _started([command, str(path.resolve())]).wait(1)
        return ended == 0 or command == "explorer"  # which ends with 1
    except subprocess.TimeoutExpired:  # it is the program itself, which goes on
        return True
    except OSError:
        return False


def _file_manager(path: Path) -> Sequence[str]:
    """What opens the file manager; a name is never an option: it is a whole path, which begins with a /."""
    if sys.platform == "darwin":
        return ["open", "-R", str(path)]
    if sys.platform == "win32":
        return ["explorer", f"/select,{path}"]
    return ["xdg-open", str(path.parent)]


def _started(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, **own_session())
