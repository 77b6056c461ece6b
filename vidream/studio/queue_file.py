"""The job file of a queue, read and changed: by whole jobs, each time as it stands on disk at that moment."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE
from typing import Any

from vidream.errors import ConfigError, MediaError
from vidream.media.files import open_file, write_file
from vidream.render.filenames import session_names
from vidream.render.workfolder import Workfolder, folder_of
from vidream.studio.job_text import JobText, split
from vidream.studio.queue_place import QueuePlace

BOM = b"\xef\xbb\xbf"
LARGEST = 4_000_000
"""Bytes of the file: more is read by nobody."""


@dataclass(frozen=True)
class Aside:
    """A film that was cancelled: it is in the queue no more, and can be put back with all that was done of it."""

    key: str
    """What it was known by."""
    text: str
    """Its [[job]]; "": it stands in the file still, among others of its job, and is held."""
    about: dict[str, Any]
    """What the page shows of it."""

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        return {"key": self.key, "text": self.text, "about": self.about}


def read_asides(stored: Any) -> list[Aside]:
    """What was cancelled, from JSON; what is damaged is left out."""
    if not isinstance(stored, list):
        return []
    rows = [row for row in stored if isinstance(row, dict) and isinstance(row.get("key"), str)]
    return [Aside(row["key"], str(row.get("text", "")), dict(row.get("about") or {})) for row in rows]


def change(place: QueuePlace, by: Callable[[JobText], JobText]) -> None:
    """Change the job file: what somebody has written into it meanwhile is there, too.

    Raises:
        ConfigError: it cannot be changed without writing anew what a person wrote.
        MediaError: it cannot be read, or written.
    """
    try:
        content = _content(place.jobs)
        text = content.removeprefix(BOM).decode("utf-8")
        changed = by(split(text)).text
        mark = BOM if content.startswith(BOM) else b""
        mode = S_IMODE(place.jobs.stat().st_mode) if content else 0o666
        if changed != text:
            write_file(str(place.jobs), mark + changed.encode(), mode=mode)
    except ConfigError as error:
        raise ConfigError(f"{place.jobs.name}: {error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{place.jobs.name}: not UTF-8; save it again as UTF-8") from None
    except OSError as error:
        raise MediaError(f"{place.jobs}: cannot be changed: {error.strerror}") from None


def _content(path: Path) -> bytes:
    """The bytes of a file; none if it is not there. OSError: it is a link, or no file."""
    if not os.path.lexists(path):
        return b""
    with open_file(path) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ConfigError("more than a person writes; begin another file")
    return content


def text_of(place: QueuePlace, number: int) -> str:
    """The text of a job. number: of it in the file, from 1."""
    return split(_content(place.jobs).removeprefix(BOM).decode("utf-8")).job(number)


def remove_session(out: Path) -> None:
    """Take away what a stopped run of a film has left, file by file, where nobody is at it.

    Raises:
        MediaError: somebody renders it; or what lies there is none of ours.
    """
    if not os.path.lexists(folder_of(out)):
        return
    with Workfolder(folder_of(out), session_names(out), out) as folder:
        folder.clear()
        folder.remove()


def without(asides: Sequence[Aside], key: str) -> list[Aside]:
    """Those of other keys."""
    return [aside for aside in asides if aside.key != key]
