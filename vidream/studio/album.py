"""What is known of FOLDER's files, and small pictures of them: kept from one start to the next."""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidream.errors import Cancelled, InputError, first_line
from vidream.events import scope, warn
from vidream.media.files import write_file
from vidream.studio.facts import Facts, look_at, make_small
from vidream.studio.folder import Entry, Folder

RECORD = "facts.json"
"""The file that holds what is known, by ids."""


@dataclass(frozen=True)
class Known:
    """What is known of a file as it was when it was looked at."""

    stamp: tuple[int, int]
    """When it was written, ns, and its size, bytes."""
    facts: Facts
    """What was found."""
    small: bool
    """Whether there is a small picture of it."""

    def wire(self) -> dict[str, Any]:
        """As JSON."""
        return {"stamp": [*self.stamp], "facts": self.facts.wire(), "small": self.small}


def _known(kept: object) -> Known | None:
    """What was kept as JSON; None: it is of another edition."""
    if not isinstance(kept, Mapping):
        return None
    facts, stamp = Facts.of(kept.get("facts")), kept.get("stamp")
    if facts is None or not isinstance(stamp, list) or len(stamp) != 2:
        return None
    return Known((stamp[0], stamp[1]), facts, bool(kept.get("small")))


class Album:
    """What is known of the files of a folder's table."""

    def __init__(self, folder: Folder, kept: Path) -> None:
        """Read what is known.

        Args:
            folder: whose files they are.
            kept: a folder of the studio's own for the record and the small pictures.
        """
        self._folder, self._kept = folder, kept
        self.cancel = threading.Event()
        """When it is set, what is being looked at is left."""
        self._known, self._lock = self._read(), threading.Lock()

    def _read(self) -> dict[str, Known]:
        with suppress(OSError, ValueError, AttributeError):
            kept = json.loads((self._kept / RECORD).read_bytes())
            known = {key: _known(value) for key, value in kept.items() if key.isalnum() and len(key) == 16}
            return {key: value for key, value in known.items() if value is not None}
        return {}

    def facts(self, entry: Entry) -> Facts | None:
        """What is known of a file; None: it is still to be looked at."""
        known = self._of(entry)
        return None if known is None else known.facts

    def small(self, entry: Entry) -> Path | None:
        """The small picture of a file; None: there is none, or none yet."""
        known = self._of(entry)
        return self._picture(entry.id) if known is not None and known.small else None

    def unknown(self) -> list[Entry]:
        """What is still to be looked at: the newest first."""
        return [entry for entry in self._folder.files() if self._of(entry) is None]

    def look(self, entry: Entry) -> None:
        """Look at a file. It takes a while, and may be called in a thread.

        Raises:
            Cancelled: `cancel` was set.
        """
        try:
            path = self._folder.path(entry.id)
        except InputError:
            return
        with scope(None, self.cancel):
            try:
                facts = look_at(path, entry.kind)
                small = make_small(path, entry.kind, self._picture(entry.id), facts)
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001 (whatever is wrong with one file, the others are looked at)
                facts, small = Facts(problem=f"cannot be looked at: {first_line(error)}"), False
        with self._lock:
            self._known[entry.id] = Known((entry.modified, entry.size), facts, small)

    def keep(self) -> None:
        """Write what is known; what is known of files that are gone goes, with their small pictures."""
        there = {entry.id for entry in self._folder.files()}
        with self._lock:
            for gone in [key for key in self._known if key not in there]:
                del self._known[gone]
                self._picture(gone).unlink(missing_ok=True)
            content = json.dumps({key: known.wire() for key, known in self._known.items()})
        try:
            write_file(self._kept / RECORD, content.encode(), mode=0o600)
        except OSError as error:
            warn(f"cannot be written: {error.strerror}; files are looked at again at the next start", self._kept)

    def _of(self, entry: Entry) -> Known | None:
        known = self._known.get(entry.id)
        return known if known is not None and known.stamp == (entry.modified, entry.size) else None

    def _picture(self, file: str) -> Path:
        return self._kept / f"{file}.jpg"
