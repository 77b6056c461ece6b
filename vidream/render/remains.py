"""What is left of a run on disk, looked at without touching it."""

import re
from collections.abc import Callable, Mapping
from contextlib import closing
from os.path import lexists
from pathlib import Path
from typing import Any, TypeVar

from vidream.errors import MediaError
from vidream.media.sequence import sequence
from vidream.media.still import PICTURES
from vidream.render import kept
from vidream.render.fingerprint import BY_A_CLUSTER, changes, is_whole, key_of
from vidream.render.workfolder import Workfolder, folder_of, session_names

OWNER, PROGRESS = "session.json", "progress.json"
T = TypeVar("T")

BEFORE_OWNER = re.compile(r"lock|session\.new|\.vidream-[0-9a-f]{16}(\.\w+)?", re.ASCII)
NUMBERED = re.compile(r"\d{8,}\.\w+", re.ASCII)
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
