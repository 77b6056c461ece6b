"""What is left of a run on disk, looked at without touching it."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from os.path import lexists
from pathlib import Path
from typing import IO, Any, TypeVar

from vidream.errors import MediaError
from vidream.media.files import is_whole_film, opened, target_of
from vidream.media.sequence import sequence
from vidream.media.still import PICTURES
from vidream.media.writer import Maker
from vidream.render import kept
from vidream.render.fingerprint import BY_A_CLUSTER, changes, is_whole, key_of
from vidream.render.workfolder import Workfolder, folder_of, session_names

OWNER, PROGRESS = "session.json", "progress.json"
T = TypeVar("T")

BEFORE_OWNER = re.compile(r"lock|session\.new|\.vidream-[0-9a-f]{16}(\.\w+)?", re.ASCII)
NUMBERED = re.compile(r"\d{8,}\.\w+", re.ASCII)
WHOLE = re.compile(r"whole\..+", re.ASCII)
UNENDED = re.compile(r"\.vidream-.*|.+\.new|waiting(-\d+)?|carried-\d+\.npz|whole\..+", re.ASCII)


def left_to_place(folder: Workfolder, out: Path) -> dict[str, Path]:
    """Of a finished session, what is not in its place yet: name -> where it is to be."""
    many, names = sequence(out, PICTURES), folder.listed()
    if many:
        return {name: many.picture(int(Path(name).stem)) for name in names if NUMBERED.fullmatch(name)}
    return {name: out for name in names if name.startswith("whole.")}


def written_at(out: Path) -> int | None:
    """When a film, or the first of its pictures, was last written, in ns; None if it is not there."""
    many = sequence(out, PICTURES)
    first = many.picture(1) if many else out
    return first.stat().st_mtime_ns if first.exists() else None


def quietly(folder: Workfolder, name: str, parse: Callable[[bytes], T]) -> T | None:
    """What a file says; None if it says nothing."""
    try:
        content = folder.read(name)
        return None if content is None else parse(content)
    except (OSError, ValueError):
        return None


def glanced(out: Path, name: str, parse: Callable[[bytes], T]) -> T | None:
    """A file of OUT's session, parsed; None where there is no such session or file, or it cannot be read."""
    try:
        folder = Workfolder.there(folder_of(out), session_names(out), out)
    except (MediaError, OSError):
        return None
    if folder is None:
        return None
    with closing(folder):
        return quietly(folder, name, parse)


def digest_of(names: Iterable[str], opened: Callable[[str], IO[bytes]]) -> str:
    """SHA-256 of the SHA-256 of each of some files, in hexadecimal. OSError if one is not there."""
    all_of_them = hashlib.sha256()
    for name in names:
        with opened(name) as file:
            all_of_them.update(hashlib.file_digest(file, "sha256").digest())  # type: ignore[arg-type]
    return all_of_them.hexdigest()


def is_as_made(folder: Workfolder, out: Path, maker: Maker, done: kept.Done) -> bool:
    """Whether what a finished session made is there as it was made: in its place, or waiting to be put there."""
    many = sequence(out, PICTURES)

    def found(name: str) -> IO[bytes]:
        if folder.has(name):
            return folder.open(name)
        return opened(many.picture(int(Path(name).stem)) if many else target_of(out))

    pieces = [([f"whole{out.suffix.lower()}"], done.whole)]
    if many:
        ends = (*done.segments[1:], done.frames)
        names = map(maker.names, done.segments, ends)
        pieces = list(zip(names, done.digests, strict=True))
    try:
        made = [(digest_of(names, found), digest) for names, digest in pieces]
    except OSError:
        return False
    return all(digest in ("", now) for now, digest in made)


def is_finished(out: Path, maker: Callable[[], Maker], belongs: Callable[[], Mapping[str, Any]]) -> bool:
    """Whether this very run was cut short after the film was made, and would replace nothing but what it has made.

    Raises:
        MediaError: what has the name of its folder is none.
    """
    folder = Workfolder.there(folder_of(out), session_names(out), out)
    if folder is None:
        return False
    with closing(folder):
        done, theirs = quietly(folder, PROGRESS, kept.done), quietly(folder, OWNER, kept.fingerprint)
        if done is None or not done.finished or any(lexists(path) for path in left_to_place(folder, out).values()):
            return False
        return _is_of(belongs(), theirs, done) and is_as_made(folder, out, maker(), done)


def _is_of(own: Mapping[str, Any], theirs: Mapping[str, Any] | None, done: kept.Done) -> bool:
    for mine in (own, {**own, "how": BY_A_CLUSTER}):
        if theirs is None and done.belongs == key_of(mine):
            return True
        if theirs is not None and not changes(mine, theirs, done) and is_whole(mine, theirs, done):
            return True
    return False


def fault_of(folder: Workfolder, names: Sequence[str], digest: str) -> str:
    """What is wrong with the files of a segment; "" if nothing is.

    Args:
        folder: of a session.
        names: of the files.
        digest: of what was made; "" where it was not kept.
    """
    missing = [name for name in names if not folder.has(name)]
    if missing:
        return f"{missing[0]} is missing"
    torn = [name for name in names if not _is_whole(folder, name)]
    if torn:
        return f"{torn[0]} is not whole"
    if digest not in ("", digest_of(names, folder.open)):
        which = names[0] if len(names) == 1 else f"one of {names[0]} to {names[-1]}"
        return f"{which} is not what was made"
    return ""


def _is_whole(folder: Workfolder, name: str) -> bool:
    with folder.open(name) as file:
        return is_whole_film(file) if name.endswith(".mp4") else bool(file.read(1))


def flush(folder: Workfolder, names: re.Pattern[str], flushed: set[str]) -> None:
    """Have files on the disk before anything says that they are there: a power may be cut.

    Args:
        folder: of a session.
        names: of the files.
        flushed: names of those that are; what is flushed is added.
    """
    for name in folder.listed():
        if names.fullmatch(name) and name not in flushed:
            with (folder.here() / name).open("rb+") as file:
                os.fsync(file.fileno())
            flushed.add(name)
