"""Frames -> a folder of pictures; which of them vidream made is known from a record beside them.

The record, RECORD, holds the name and the digest of each, by the pattern that it was made under. A picture is vidream's
only as long as its content is what was made: whatever a user has put there, or changed, is theirs, and is replaced only
where a frame gets its very name.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from vidream.errors import MediaError
from vidream.events import warn
from vidream.frames import Frame
from vidream.media.files import digest, open_file, put, restrict, write_file
from vidream.media.maker import Maker, Write
from vidream.media.picture_formats import picture_format_of
from vidream.media.raw import RGB24
from vidream.media.sequence import Sequence as PictureSequence
from vidream.media.still import Picture, write_picture

RECORD = ".vidream-frames.json"
LARGEST = 2**28  # bytes of a record that is read
_DIGEST = re.compile(r"[0-9a-f]{64}")


class PictureFolder(Maker):
    """Makes pictures: they are collected aside, and moved when all are there."""

    def __init__(self, out: Path, prefix: str = "", text: Mapping[str, str] | None = None, bits: int = 8) -> None:
        """Nothing is made yet.

        Args:
            out: their pattern.
            prefix: how their names begin while they are aside.
            text: what is said of each, by name: see vidream.media.still.write_picture.
            bits: of a sample, one of their kind's.
        """
        self.final, self.raw, self.prefix, self.text, self.bits = PictureSequence(out), RGB24, prefix, text, bits
        kind = picture_format_of(out)
        if kind is not None:
            self.raw = kind.raw(bits)

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        numbers = count(first + 1)

        def write(frame: Frame) -> None:
            quantised = self.raw.quantised(frame)
            alpha = None if quantised.alpha is None else quantised.alpha[..., 0]
            picture = Picture(quantised.samples, alpha)
            write_picture(self.picture(folder, next(numbers)), picture, self.text, self.bits)

        yield write

    def names(self, first: int, end: int) -> list[str]:
        return [self.picture(Path(), number).name for number in range(first + 1, end + 1)]

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        pass  # they are what they are to be

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        """Move them, and take away what an earlier, longer sequence of ours has beyond them."""
        self.final.pattern.parent.mkdir(exist_ok=True)
        pairs = ((self.picture(folder, number), self.final.picture(number)) for number in range(1, count + 1))
        waiting = [(picture, final) for picture, final in pairs if picture.exists()]
        record = read_record(self.final)
        if record is not None:  # it names them before they are there: a placing that is cut short is known for ours
            record |= {final.name: digest(picture) for picture, final in waiting}
            _save(self.final, record, [picture for picture, _ in waiting[:1]])
        for picture, final in waiting:
            restrict([picture], [final])
            try:
                put(picture, final, overwrite=overwrite)
            except FileExistsError:
                message = "is there already, and was not when this began; the rest waits; --overwrite puts it there"
                raise MediaError(f"{final}: {message}") from None
        beyond = stale_pictures(self.final, count)
        for path in beyond:
            path.unlink()
        if beyond and record is not None:
            _save(self.final, {name: record[name] for name in record.keys() - {path.name for path in beyond}})

    def picture(self, folder: Path, number: int) -> Path:
        """Where a picture is collected. number: of it, from 1."""
        return folder / f"{self.prefix}{number:08d}{self.final.pattern.suffix}"


def tell_what_is_replaced(final: PictureSequence, count: int | None, placed: Collection[int] = ()) -> None:
    """Say, before anything is put there, what a sequence of pictures will replace, and what will be removed.

    Args:
        final: where they will be.
        count: of them; None where that is not known yet.
        placed: numbers of those that are in their place already.
    """
    ours = set(map(final.picture, placed))
    existing = [path for path in final.existing() if path not in ours]
    if not existing:
        return
    if count is None:
        warn(f"pictures there already: {len(existing)}; those that get a frame's name are replaced", final.pattern)
        return
    replaced = {final.picture(number) for number in range(1, count + 1)}.intersection(existing)
    removed = stale_pictures(final, count)
    parts = [f"{len(replaced)} replaced"]
    if removed:
        parts.append(f"{len(removed)} of an earlier, longer render removed, first {removed[0].name}")
    parts.append(f"{len(existing) - len(replaced) - len(removed)} kept")
    warn(f"pictures there already: {len(existing)}; {', '.join(parts)}", final.pattern)


def stale_pictures(final: PictureSequence, count: int) -> list[Path]:
    """The pictures that vidream made under a pattern, and nobody has changed since, beyond the first `count`."""
    current = {final.picture(number) for number in range(count + 1)}  # a sequence begins with 1: 0 is not ours
    record = read_record(final) or {}
    beyond = (path for path in final.existing() if path not in current and path.name in record)
    return [path for path in beyond if _is_as_made(path, record[path.name])]


def _is_as_made(path: Path, recorded_digest: str) -> bool:
    """Whether a picture is what the record says, which only whoever owns the picture can have written."""
    try:
        owner = path.with_name(RECORD).lstat().st_uid
        return path.lstat().st_uid == owner and digest(path) == recorded_digest
    except OSError:
        return False


def read_record(final: PictureSequence) -> dict[str, str] | None:
    """The digests of what was made under a pattern, by name; None if the record is none, and is to be left alone."""
    patterns = _read(final)
    if patterns is None:
        return None
    return patterns.get(final.pattern.name, {})


def _read(final: PictureSequence) -> dict[str, dict[str, str]] | None:
    """The record beside a sequence, by pattern."""
    path = final.pattern.with_name(RECORD)
    try:
        with open_file(path) as file:
            content = json.loads(file.read(LARGEST))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        content = None
    patterns = isinstance(content, dict) and content.get("patterns")
    if isinstance(patterns, dict) and all(map(_are_digests, patterns.values())):
        return patterns
    warn("not what vidream keeps there: no picture of an earlier render is removed", path)
    return None


def _are_digests(names: object) -> bool:
    if not isinstance(names, dict):
        return False
    return all(isinstance(value, str) and _DIGEST.fullmatch(value) for value in names.values())


def _save(final: PictureSequence, names: dict[str, str], pictures: Sequence[Path] = ()) -> None:
    """Put into the record what was made under a pattern.

    Args:
        final: the pattern.
        names: digests by name.
        pictures: the record is no more readable than the first; without one, than it was.
    """
    path = final.pattern.with_name(RECORD)
    models = [model for model in [*pictures[:1], path] if model.exists()]
    mode = models[0].stat().st_mode & 0o666 if models else 0o600
    patterns = {**(_read(final) or {}), final.pattern.name: dict(sorted(names.items()))}
    write_file(path, json.dumps({"patterns": patterns}, indent=0).encode(), mode=mode)
