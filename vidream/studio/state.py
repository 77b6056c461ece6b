"""What the studio keeps in FOLDER, in `.vidream-studio`: what rooms remember, and what they have made for the page."""

import asyncio
import itertools
import json
import os
import threading
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any

from vidream.errors import MediaError
from vidream.events import warn
from vidream.media.files import write_file

KEPT = ".vidream-studio"
"""The folder's name."""
FILE = "state.json"
"""What rooms remember."""
DELAY = 0.3
"""Seconds, at most, from a change to its being written."""


class State:
    """What rooms remember from one run to the next: JSON, by room."""

    def __init__(self, folder: Path) -> None:
        """Read it. folder: where people's sources and films are.

        Raises:
            MediaError: the folder cannot be written to, or something else stands where the studio keeps its own.
        """
        self.folder = kept_in(folder)
        """Where it is kept."""
        self._file = self.folder / FILE
        self._kept = self._read()
        self._timer: asyncio.TimerHandle | None = None
        self._writing, self._numbers, self._written = threading.Lock(), itertools.count(1), 0

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file.read_bytes())
            if not isinstance(kept, dict):
                raise ValueError("holds no table")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            aside = self._file.with_suffix(".damaged.json")
            with suppress(OSError):
                self._file.replace(aside)
            warn(
                f"cannot be read ({error}); the studio begins anew, and what was there is kept as {aside.name}",
                self._file,
            )
            return {}
        return kept

    def get(self, room: str, default: Any = None) -> Any:
        """What a room has put there."""
        return self._kept.get(room, default)

    def put(self, room: str, value: Any) -> None:
        """Remember something: JSON. It is written a moment later."""
        self._kept[room] = value
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if self._timer is None:
            self._timer = loop.call_later(DELAY, self._write_apart, loop)

    def flush(self) -> None:
        """Write it now, whole or not at all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._write(*self._content())

    def _write_apart(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write it in a thread: a busy disk may take a while, and pages do not wait for it."""
        self._timer = None
        loop.run_in_executor(None, copy_context().run, self._write, *self._content())

    def _content(self) -> tuple[int, bytes]:
        return next(self._numbers), json.dumps(self._kept, allow_nan=False).encode()

    def _write(self, number: int, content: bytes) -> None:
        with self._writing:
            if number < self._written:
                return  # what is newer is there already
            self._written = number
            try:
                write_file(str(self._file), content, mode=0o600)
            except OSError as error:
                problem = f"cannot be written: {error.strerror}; what is chosen now is lost when the studio ends"
                warn(problem, self._file)

    def folder_of(self, room: str) -> Path:
        """A room's own folder, for what it makes."""
        folder = self.folder / room
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder


def kept_in(folder: Path) -> Path:
    """The studio's own folder in another; it is made if it is not there.

    Raises:
        MediaError: it cannot be, or something else stands where the studio keeps its own.
    """
    kept = folder / KEPT
    if kept.is_symlink():
        raise MediaError(f"{kept}: is a link, where the studio keeps a folder of its own; move it away")
    try:
        kept.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise MediaError(f"{kept}: cannot be made: {error.strerror}; choose another folder") from None
    _check_own(kept)
    return kept


def _check_own(folder: Path) -> None:
    """Raise MediaError if anything in the studio's own folder is a link: it may have come with FOLDER, from anybody."""
    with os.scandir(folder) as found:
        for each in found:
            if each.is_symlink():
                raise MediaError(f"{each.path}: is a link, where the studio keeps files of its own; remove it")
            if each.is_dir(follow_symlinks=False):
                _check_own(Path(each.path))
