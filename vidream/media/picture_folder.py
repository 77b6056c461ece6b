"""Frames -> a folder of pictures; which of them vidream made is known from a record beside them.

The record, RECORD, holds the name and the digest of each, by the pattern that it was made under. A picture is vidream's
only as long as its content is what was made: whatever a user has put there, or changed, is theirs, and is replaced only
where a frame gets its very name.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from vidream.errors import MediaError
from vidream.events import warn
from vidream.frames import Pixels
from vidream.media.files import digest, opened, put, restricted, written
from vidream.media.sequence import Sequence as PictureSequence
from vidream.media.still import Picture, write_picture

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

    def names(self, first: int, end: int) -> list[str]:
        return [self._made(Path(), number).name for number in range(first + 1, end + 1)]

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        pass  # they are what they are to be

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
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
            try:
                put(made, final, overwrite=overwrite)
            except FileExistsError:
                said = "is there already, and was not when this began; the rest waits; --overwrite puts it there"
                raise MediaError(f"{final}: {said}") from None
        gone = stale(self.final, count)
        for path in gone:
            path.unlink()
        if gone and record is not None:
            _save(self.final, {name: record[name] for name in record.keys() - {path.name for path in gone}})

    def _made(self, folder: Path, number: int) -> Path:
        return folder / f"{number:08d}{self.final.pattern.suffix}"


def tell_what_goes(final: PictureSequence, count: int | None, placed: Collection[int] = ()) -> None:
    """Say, before anything is put there, what a sequence of pictures will replace, and what will be removed.

    Args:
        final: where they will be.
        count: of them; None where that is not known yet.
        placed: numbers of those that are in their place already.
    """
    ours = set(map(final.picture, placed))
    there = [path for path in final.there() if path not in ours]
    if not there:
        return
    if count is None:
        warn(f"pictures there already: {len(there)}; those that get a frame's name are replaced", final.pattern)
        return
    over = {final.picture(number) for number in range(1, count + 1)}.intersection(there)
    gone = stale(final, count)
    parts = [f"{len(over)} replaced"]
    if gone:
        parts.append(f"{len(gone)} of an earlier, longer render removed, first {gone[0].name}")
    parts.append(f"{len(there) - len(over) - len(gone)} kept")
    warn(f"pictures there already: {len(there)}; {', '.join(parts)}", final.pattern)


def stale(final: PictureSequence, count: int) -> list[Path]:
    """What vidream made under this pattern, and nobody has changed since, beyond the first `count` pictures."""
    fresh = {final.picture(number) for number in range(count + 1)}  # a sequence begins with 1: 0 is not ours
    record = recorded(final) or {}
    beyond = (path for path in final.there() if path not in fresh and path.name in record)
    return [path for path in beyond if _is_as_made(path, record[path.name])]


def _is_as_made(path: Path, made: str) -> bool:
    """Whether it is what the record says, which only whoever owns the picture can have written."""
    try:
        owner = path.with_name(RECORD).lstat().st_uid
        return path.lstat().st_uid == owner and digest(path) == made
    except OSError:
        return False


def recorded(final: PictureSequence) -> dict[str, str] | None:
    """What was made under this pattern: name -> digest; None if the record is none, and is to be left alone."""
    patterns = _read(final)
    return None if patterns is None else patterns.get(final.pattern.name, {})


def _read(final: PictureSequence) -> dict[str, dict[str, str]] | None:
    """The record beside a sequence, by pattern."""
    path = final.pattern.with_name(RECORD)
    try:
        with opened(path) as file:
            content = json.loads(file.read(LARGEST))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        content = None
    patterns = content.get("patterns") if isinstance(content, dict) else None
    if isinstance(patterns, dict) and all(map(_are_digests, patterns.values())):
        return patterns
    warn("not what vidream keeps there: no picture of an earlier render is removed", path)
    return None


def _are_digests(names: object) -> bool:
    return isinstance(names, dict) and all(isinstance(each, str) and _DIGEST.fullmatch(each) for each in names.values())


def _save(final: PictureSequence, names: dict[str, str], like: Path | None = None) -> None:
    """Put into the record what was made under this pattern; it is no more readable than a picture."""
    path = final.pattern.with_name(RECORD)
    mode = (like or path).stat().st_mode & 0o666 if like or path.exists() else 0o600
    patterns = {**(_read(final) or {}), final.pattern.name: dict(sorted(names.items()))}
    written(path, json.dumps({"patterns": patterns}, indent=0).encode(), mode=mode)
