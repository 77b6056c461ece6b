"""What the gallery shows its cells on: a source, a moment of it, the command, and the manner of the look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from vidream.jobs.music import base_command
from vidream.jobs.zoom import NOISE
from vidream.studio.gallery_cells import MANNER
from vidream.studio.gallery_kept import content_of

BUCKET = 0.25
"""Seconds: moments that are nearer to each other are shown as one."""


class Shown(Protocol):
    """The look that is worked on, as the gallery needs it."""

    def listen(self, heard: Callable[[], None]) -> None:
        """Call it after each change."""

    def wire(self) -> Mapping[str, Any]:
        """Its run: command, base, source, second, preset, knobs; with paths. VidreamError: a file is not there."""

    def values(self) -> Mapping[str, Any]:
        """Every knob's value, as TOML holds it."""

    def kept(self) -> Mapping[str, Any]:
        """Those of its knobs that belong to no look, such as the size of the film."""

    def words(self) -> tuple[str, Mapping[str, Any]]:
        """Its preset and its knobs, as the page knows them."""

    def path_of(self, file: str) -> Path:
        """Where a file of FOLDER lies, by its id. InputError: there is none."""


@dataclass(frozen=True)
class Subject:
    """What cells are shown on."""

    source: str
    """A path, or "noise"."""
    film: bool
    """Whether it is a film."""
    second: float
    """Of a film."""
    command: str
    """Video, zoom or image: as which they are shown."""
    content: str
    """What tells the source from others, though they are called the same."""
    manner: tuple[tuple[str, Any], ...]
    """Knobs in which layers, channels and classes are shown."""


def subject_of(look: Shown) -> Subject:
    """What cells are to be shown on; noise, as long as nothing is chosen.

    Raises:
        VidreamError, OSError: the source is not there.
    """
    wire = look.wire()
    source, command = wire["source"] or NOISE, wire["base"] or wire["command"]
    film = source != NOISE and base_command(source) == "video"
    if wire["source"] is None:
        command = "zoom"
    second = round(wire["second"] / BUCKET) * BUCKET if film else 0.0
    values = look.values()
    manner = tuple((name, values[name]) for name in MANNER if values.get(name) is not None)
    return Subject(source, film, second, command, content_of(source), manner)
