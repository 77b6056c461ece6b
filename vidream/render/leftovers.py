"""What an earlier run left on disk, looked at without touching it."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from os.path import lexists
from pathlib import Path
from typing import IO, Any, TypeVar

from vidream.errors import MediaError
from vidream.media.files import open_file, target_of
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import sequence
from vidream.render.disk import is_whole_film
from vidream.render.filenames import OWNER, PROGRESS, session_names
from vidream.render.fingerprint import BY_A_CLUSTER, UNSAID, changes, is_key_of, is_whole
from vidream.render.journal import Progress, read_fingerprint, read_progress
from vidream.render.output import Output
from vidream.render.workfolder import Workfolder, folder_of

ISO_FILES = (".mp4", ".mov")
"""Endings of films whose boxes tell whether they are whole."""
T = TypeVar("T")


def unplaced(folder: Workfolder, output: Output) -> dict[str, Path]:
    """What of a finished session is not in its place yet: name in the folder -> where it is to be."""
    return output.destinations(folder.listed())


def written_at(out: Path) -> int | None:
    """When a film, or the first of its pictures, was last written, in ns; None if it is not there."""
    path, pictures = out, sequence(out, PICTURES)
    if pictures:
        path = pictures.picture(1)
    if not path.exists():
        return None
    return path.stat().st_mtime_ns


def read_or_none(folder: Workfolder, name: str, parse: Callable[[bytes], T]) -> T | None:
    """What a file of a folder says; None if it is not there, or says nothing that can be believed."""
    try:
        content = folder.read(name)
        return None if content is None else parse(content)
    except (OSError, ValueError):
        return None


def peek(out: Path, name: str, parse: Callable[[bytes], T]) -> T | None:
    """What a file of OUT's session says; None if there is no session, or the file says nothing."""
    try:
        folder = Workfolder.there(folder_of(out), session_names(out), out)
    except (MediaError, OSError):
        return None
    if folder is None:
        return None
    with closing(folder):
        return read_or_none(folder, name, parse)


def frames_safe(out: Path) -> int:
    """Output frames that a stopped run of OUT has on disk."""
    progress = peek(out, PROGRESS, read_progress)
    return progress.frames if progress else 0


def engine_begun(out: Path, fingerprint: Callable[[str], Mapping[str, Any]], labels: Iterable[str]) -> str | None:
    """The label of the engine that an earlier run of OUT dreamed with; None if there was none.

    Args:
        out: what is made.
        fingerprint: of this run's frames, by the engine's label.
        labels: of engines that may have made a finished OUT of which nothing else is left.
    """
    owner = peek(out, OWNER, read_fingerprint)
    if owner is not None:
        return str(owner.get("engine", UNSAID["engine"]))
    progress = peek(out, PROGRESS, read_progress)
    if progress is None or not progress.finished:
        return None
    return next((label for label in labels if _is_same_run(fingerprint(label), None, progress)), None)


def digest_of_files(names: Iterable[str], open_by_name: Callable[[str], IO[bytes]]) -> str:
    """SHA-256 of the SHA-256 of each of some files, in hexadecimal.

    Raises:
        OSError: one of them is not there.
    """
    total = hashlib.sha256()
    for name in names:
        with open_by_name(name) as file:
            total.update(hashlib.file_digest(file, "sha256").digest())  # type: ignore[arg-type]
    return total.hexdigest()


def is_unaltered(folder: Workfolder, output: Output, progress: Progress) -> bool:
    """Whether all that a finished session made is as it was made: in its place, or waiting to be put there.

    Of a film, OUT alone is looked at: its passes are put in place before it.
    """

    def open_wherever(name: str) -> IO[bytes]:
        if folder.has(name):
            return folder.open(name)
        return open_file(target_of(output.destinations([name])[name]))

    expected = [([f"whole{output.out.suffix.lower()}"], progress.whole)]
    if sequence(output.out, PICTURES):
        ends = (*progress.segments[1:], progress.frames)
        expected = list(zip(map(output.names, progress.segments, ends), progress.digests, strict=True))
    try:
        return all(digest in ("", digest_of_files(names, open_wherever)) for names, digest in expected)
    except (OSError, KeyError):  # one that is no longer in the folder, nor is put anywhere
        return False


def is_finished(output: Callable[[], Output], out: Path, fingerprint: Callable[[], Mapping[str, Any]]) -> bool:
    """Whether this very run was cut short after OUT was made, and would replace nothing but what it has made.

    Raises:
        MediaError: what has the name of its folder is none.
    """
    folder = Workfolder.there(folder_of(out), session_names(out), out)
    if folder is None:
        return False
    with closing(folder):
        progress = read_or_none(folder, PROGRESS, read_progress)
        owner = read_or_none(folder, OWNER, read_fingerprint)
        if progress is None or not progress.finished:
            return False
        if any(lexists(path) for path in unplaced(folder, output()).values()):
            return False
        return _is_same_run(fingerprint(), owner, progress) and is_unaltered(folder, output(), progress)


def _is_same_run(fingerprint: Mapping[str, Any], owner: Mapping[str, Any] | None, progress: Progress) -> bool:
    """Whether a finished session is of this run, made in one piece or in parts."""
    for own in (fingerprint, {**fingerprint, "how": BY_A_CLUSTER}):
        if owner is None and is_key_of(progress.belongs, own):
            return True
        if owner is not None and not changes(own, owner, progress) and is_whole(own, owner, progress):
            return True
    return False


def segment_fault(folder: Workfolder, names: Sequence[str], digest: str) -> str:
    """What is wrong with the files of a segment; "" if nothing is.

    Args:
        folder: of a session.
        names: of the files.
        digest: of what was made; "" where it was not kept.

    Raises:
        OSError: one of them cannot be read.
    """
    missing = [name for name in names if not folder.has(name)]
    if missing:
        return f"{missing[0]} is missing"
    torn = [name for name in names if not _is_whole(folder, name)]
    if torn:
        return f"{torn[0]} is not whole"
    if digest in ("", digest_of_files(names, folder.open)):
        return ""
    which = f"one of {names[0]} to {names[-1]}" if len(names) > 1 else names[0]
    return f"{which} is not what was made"


def _is_whole(folder: Workfolder, name: str) -> bool:
    with folder.open(name) as file:
        if name.endswith(ISO_FILES):
            return is_whole_film(file)
        return bool(file.read(1))


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
