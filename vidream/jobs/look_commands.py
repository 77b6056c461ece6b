"""What a person types to make a look, and what stands under its picture."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidream.config import flag, knobs_of
from vidream.jobs.looks import Look
from vidream.jobs.music import base_command
from vidream.jobs.zoom import seed_file
from vidream.plan.seed import file_of, is_frame
from vidream.text import shell_command

SONG = "SONG"
"""Stands for a sound file that nobody has named yet."""


def caption(look: Look) -> str:
    """A look's name; of a shipped look with the command that it is for."""
    if look.kind == "preset":
        return f"{look.title} (made for {look.command})"
    return look.title


def commands(look: Look, source: str, seed: str, knobs: Mapping[str, Any]) -> tuple[str, ...]:
    """The command that makes a look of a source, and others that make something else of it.

    Each names a file of its own to write, by the source and the look. A look for films makes a picture of a picture; a
    look for music makes a zoom, which needs nothing else, and a visual to a SONG.

    Args:
        look: what is made.
        source: a picture, a film, or a film's frame, as it was given.
        seed: the picture of it that is shown, as `vidream zoom` is given it.
        knobs: of `vidream image`, as they were given.
    """
    film = is_frame(source) or base_command(source) == "video"
    if look.command == "video" and film:
        return (_typed("video", [str(file_of(source))], ".mp4", look, knobs),)
    if look.command in ("image", "video"):
        return (_typed("image", [seed], ".png", look, knobs),)
    zoom = _typed("zoom", [seed], ".mp4", look, knobs)
    if look.command == "music":
        return zoom, _typed("music", [SONG, seed], "-music.mp4", look, knobs)
    return (zoom,)


def _typed(command: str, sources: list[str], ending: str, look: Look, knobs: Mapping[str, Any]) -> str:
    given = knobs_of(command, knobs)
    if look.kind != "preset":
        given.pop("layer", None)  # the look's own flags say it
    stem = (seed_file(sources[-1]) or Path(sources[-1])).stem
    out = f"{stem}-{re.sub(r'[^A-Za-z0-9._-]+', '-', look.title)}{ending}"
    words = [f"./{each}" if each.startswith("-") else each for each in (*sources, out)]
    return shell_command(["vidream", command, *words, *typed_flags(given), *look.flags])


def typed_flags(knobs: Mapping[str, Any]) -> list[str]:
    """Knobs as they are typed on a command line."""
    words = []
    for name, value in knobs.items():
        if value is True:
            words.append(flag(name))
        elif value is False:
            words.append(flag(f"no_{name}"))
        else:
            values = value if isinstance(value, list) else [value]
            for word in values:
                words += [flag(name), str(word)]
    return words
