"""Where a film or a picture goes whose OUT is left out: beside what it is made of, named after it."""

import os
from collections.abc import Mapping
from os.path import lexists
from pathlib import Path
from typing import Any

from vidream.config import Recipe, RunConfig
from vidream.errors import MediaError
from vidream.jobs.settings import config_of
from vidream.media.picture_formats import PICTURES, PICTURES_READ, picture_format_of
from vidream.media.sequence import NUMBER, sequence
from vidream.media.target import endings_of
from vidream.plan.seed import NOISE, file_of
from vidream.render.disk import fit_name
from vidream.render.leftovers import written_at
from vidream.render.workfolder import folder_of

WORDS: Mapping[str, str] = {"video": "dream", "image": "dream", "zoom": "zoom", "music": "music"}
"""What each command appends to a name."""
DRAFT = "-draft"
MOST = 1000  # numbers that are tried for a name that is free


def default_out(command: str, source: str | Path, codec: str | None = None, *, draft: bool = False) -> Path:
    """OUT, where it is left out: clip-dream.mp4 beside clip.mp4, photo-dream.png beside photo.jpg.

    Args:
        command: "video", "image", "zoom" or "music".
        source: what OUT is named after: a film, a picture, a film's frame, pictures in a row, a song, or noise, which
            is in the working directory.
        codec: of --codec, which says the ending; None: .mp4, or .png, and .exr for a picture that is one.
        draft: a draft is no film for whose sake the film is refused afterwards: it has a name of its own.
    """
    path = Path(NOISE) if str(source) == NOISE else file_of(str(source))
    ending = _ending(command, path, codec)
    name = f"-{WORDS[command]}{DRAFT if draft else ''}"
    if command != "image" and ending in PICTURES:
        return path.parent / fit_name(_stem(path), name, path.parent) / f"%05d{ending}"
    return path.parent / fit_name(_stem(path), name + ending, path.parent)


def out_or_default(
    command: str,
    source: str | Path,
    out: str | Path | None,
    *,
    preset: str | Recipe | None = None,
    draft: bool = False,
    config: RunConfig | None = None,
    knobs: Mapping[str, Any],
    base: str | None = None,
) -> Path:
    """OUT as it was given; where it was left out, `default_out` of the --codec that the look or the flags say.

    base: the command that a music visual is like. Raises as vidream.jobs.settings.config_of.
    """
    if out is not None:
        return Path(out)
    codec = knobs.get("codec")
    if codec is None and (preset or config):
        codec = config_of(command, config, preset, draft, knobs, base).film.codec
    return default_out(command, source, codec, draft=draft)


def check_default(out: Path, *, overwrite: bool) -> None:
    """Raise MediaError, with what to do, where an OUT that was left out cannot be made.

    What is there already is not replaced. If there is a render of it to go on with, the job says whether it may.
    """
    try:
        if not overwrite and written_at(out) is not None and not lexists(folder_of(out)):
            raise MediaError(f"{out}: is there already; --overwrite replaces it, or name OUT, such as {_free(out)}")
        folder = out.parent.parent if sequence(out, PICTURES) else out.parent
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            here = out.relative_to(folder)
            raise MediaError(f"{out}: the folder {folder} is not writable; name OUT, such as {here}")
    except OSError:  # a folder that may not be entered: the job says so
        return


def _free(out: Path) -> Path:
    """OUT with a number, so that nothing is there."""
    pictures = sequence(out, PICTURES)
    for number in range(2, MOST):
        if pictures:
            free = out.parent.with_name(f"{out.parent.name}-{number}") / out.name
        else:
            free = out.with_stem(f"{out.stem}-{number}")
        if written_at(free) is None and not lexists(folder_of(free)):
            break
    return free


def _ending(command: str, path: Path, codec: str | None) -> str:
    if codec is not None and (endings := endings_of(codec)):
        return endings[0]
    if command != "image":
        return ".mp4"
    kind = picture_format_of(path)
    return path.suffix.lower() if kind is not None and kind.light else ".png"


def _stem(path: Path) -> str:
    """The name of a file without its ending, of a folder whole; of a pattern of pictures what comes before the number.

    Where nothing does, it is the name of their folder.
    """
    if path.is_dir():
        return path.resolve().name
    if sequence(path, PICTURES_READ) and not path.exists():
        return NUMBER.split(path.stem)[0].rstrip("-_. ") or path.parent.resolve().name
    return path.stem
