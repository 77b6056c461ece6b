"""Frames -> a folder of pictures; which of them vidream made is known from a record beside them.

The record, RECORD, holds the name and the digest of each. A picture is vidream's only as long as its content is what
was made: whatever a user has put there, or changed, is theirs, and is replaced only where a frame gets its very name.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from vidream.frames import Pixels
from vidream.media.files import digest, opened, replaced, restricted, written
from vidream.media.sequence import Sequence as PictureSequence
from vidream.media.still import Picture, write_picture

log = logging.getLogger(__name__)

RECORD = ".vidream-frames.json"
LARGEST = 2**28  # bytes of a record that is read
_DIGEST = re.compile(r"[0-9a-f]{64}")


class PictureFolder:
    """A Maker of pictures: collected aside, moved when all are there. See vidream.media.writer.Maker."""

    def __init__(self, out: Path) -> None:
        self.final = PictureSequence(out)

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Callable[[Pixels], None]]:
        numbers = count(first + 1)
        yield lambda pixels: write_picture(self._made(folder, next(numbers)), Picture(pixels))

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        pass  # they are what they are to be

    def place(self, folder: Path, count: int) -> None:
        """Move them, and take away what an earlier, longer sequence of ours has beyond them."""
        self.final.pattern.parent.mkdir(exist_ok=True)
        pairs = ((self._made(folder, number), self.final.picture(number)) for number in range(1, count + 1))
        left = [(made, final) for made, final in pairs if made.exists()]
        record = recorded(self.final)
        if record is not None:  # it names them before they are there: a placing that is cut short is known for ours
            record |= {final.name: digest(made) for made, final in left}
            _save(self.final, record, left[0][0] if left else None)
        for made, final in left:
            restricted([made], [final])
            replaced(made, final)
        gone = stale(self.final, count)
        for path in gone:
            path.unlink()
        if gone and record is not None:
            _save(self.final, {name: record[name] for name in record.keys() - {path.name for path in gone}})

    def _made(self, folder: Path, number: int) -> Path:
        return folder / f"{number:08d}{self.final.pattern.suffix}"


def tell_what_goes(final: PictureSequence, count: int | None) -> None:
    """Say, before the first frame, what a sequence of `count` pictures will replace, and what will be removed."""
    there = list(final.there())
    if not there:
        return
    if count is None:
        said = "%s: pictures there already: %d; those that get a frame's name are replaced"
        log.warning(said, final.pattern, len(there))
        return
    over = {final.picture(number) for number in range(1, count + 1)}.intersection(there)
    gone = stale(final, count)
    parts = [f"{len(over)} replaced"]
    if gone:
        parts.append(f"{len(gone)} of an earlier, longer render removed, first {gone[0].name}")
    parts.append(f"{len(there) - len(over) - len(gone)} kept")
    log.warning("%s: pictures there already: %d; %s", final.pattern, len(there), ", ".join(parts))


def stale(final: PictureSequence, count: int) -> list[Path]:
    """What vidream made under this pattern, and nobody has changed since, beyond the first `count` pictures."""
    fresh = {final.picture(number).name for number in range(1, count + 1)}
    record = recorded(final) or {}
    return [path for path in final.there() if path.name not in fresh and _is_as_made(path, record.get(path.name))]


def _is_as_made(path: Path, made: str | None) -> bool:
    try:
        return made is not None and not path.is_symlink() and digest(path) == made
    except OSError:
        return False


def recorded(final: PictureSequence) -> dict[str, str] | None:
    """The record beside a sequence: name -> digest; None if what has its name is none, and is to be left alone."""
    path = final.pattern.with_name(RECORD)
    try:
        with opened(path) as file:
            content = json.loads(file.read(LARGEST))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        content = None
    frames = content.get("frames") if isinstance(content, dict) else None
    if isinstance(frames, dict) and all(isinstance(each, str) and _DIGEST.fullmatch(each) for each in frames.values()):
        return frames
    log.warning("%s: not what vidream keeps there: no picture of an earlier render is removed", path)
    return None


def _save(final: PictureSequence, frames: dict[str, str], like: Path | None = None) -> None:
    """The record; no more readable than a picture."""
    path = final.pattern.with_name(RECORD)
    mode = (like or path).stat().st_mode & 0o666 if like or path.exists() else 0o600
    written(path, json.dumps({"frames": dict(sorted(frames.items()))}, indent=0).encode(), mode=mode)
