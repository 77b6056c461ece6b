"""What the gallery shows its cells on: a source, a moment of it, the command, and the manner of the look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidream.jobs.music import base_command
from vidream.plan.seed import NOISE
from vidream.studio.folder import Folder
from vidream.studio.gallery_cells import MANNER
from vidream.studio.gallery_kept import content_of
from vidream.studio.look import Look
from vidream.studio.settings import run_config, values_of

BUCKET = 0.25
"""Seconds: moments that are nearer to each other are shown as one."""


class Shown:
    """The look that is worked on, as the gallery needs it."""

    def __init__(self, look: Look, folder: Folder) -> None:
        self._look, self._folder = look, folder

    def listen(self, heard: Callable[[], None]) -> None:
        """Call it after each change."""
        self._look.listen(lambda document: heard())

    def wire(self) -> Mapping[str, Any]:
        """Its run: command, base, source, second, preset, knobs; with paths. InputError: a file is not there."""
        return self._look.wire()

    def values(self) -> Mapping[str, Any]:
        """Every knob's value, as TOML holds it. ConfigError: its preset has become another."""
        return values_of(run_config(self._look.document, self._folder), self._folder)

    def words(self) -> tuple[str, Mapping[str, Any]]:
        """Its preset and its knobs, as the page knows them."""
        return self._look.document.preset, self._look.document.knobs

    def path_of(self, file: str) -> Path:
        """Where a file of FOLDER lies, by its id. InputError: there is none."""
        return self._folder.path(file)


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
