"""What is left of a run on disk, looked at without touching it."""

import os
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from os.path import lexists
from pathlib import Path
from typing import Any, TypeVar

from vidream.errors import MediaError
from vidream.media.files import is_whole_film
from vidream.media.sequence import sequence
from vidream.media.still import PICTURES
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


def is_there(out: Path) -> bool:
    many = sequence(out, PICTURES)
    return lexists(many.picture(1) if many else out)


def quietly(folder: Workfolder, name: str, parse: Callable[[bytes], T]) -> T | None:
    """What a file says; None if it says nothing."""
    try:
        content = folder.read(name)
        return None if content is None else parse(content)
    except (OSError, ValueError):
        return None


def glanced(out: Path, name: str, parse: Callable[[bytes], T]) -> T | None:
    try:
        folder = Workfolder.there(folder_of(out), session_names(out), out)
    except (MediaError, OSError):
        return None
    if folder is None:
        return None
    with closing(folder):
        return quietly(folder, name, parse)


def is_finished(out: Path, belongs: Callable[[], Mapping[str, Any]]) -> bool:
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
        own = belongs()
        for mine in (own, {**own, "how": BY_A_CLUSTER}):
            if theirs is None and done.belongs == key_of(mine):
                return True
            if theirs is not None and not changes(mine, theirs, done) and is_whole(mine, theirs, done):
                return True
        return False


def broken(folder: Workfolder, out: Path, numbers: Collection[int], *, backwards: bool) -> str:
    """What is wrong with the files that hold the frames that are done; "" if nothing is.

    Args:
        folder: of a session.
        out: what it makes.
        numbers: of the files: each segment's first output frame; of pictures, each one's, from 1.
        backwards: the maker numbers them otherwise; only how many there are is known.
    """
    ending = out.suffix if sequence(out, PICTURES) else ".mp4"
    named = {f"{number:08d}{ending}" for number in numbers}
    there = {name for name in folder.listed() if NUMBERED.fullmatch(name)}
    if not backwards and named - there:
        return f"{min(named - there)} is missing"
    counted = there if backwards else named
    whole = {name for name in counted if _is_whole(folder, name)}
    if len(whole) >= len(named):
        return ""
    torn = sorted(counted - whole)
    return f"{torn[0]} is not whole" if torn else "some of what was made is missing"


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
