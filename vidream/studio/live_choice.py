"""What may be chosen for a live dream: what is dreamed over, and what is listened to; never an address, nor a path."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from vidream.errors import ConfigError

RATES = (5.0, 60.0)
"""Frames a second that may be asked for."""
SIZES = (320, 640, 960, 1280, 1920)
"""Long sides, px, that may be asked for."""
USUAL: Mapping[str, Any] = {"source": None, "rate": 15, "size": 960, "ears": {"kind": "off"}}
"""What is chosen before anybody chooses."""
DEVICES = ("microphone", "speakers")


class Entry(Protocol):
    """A file of FOLDER."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...


class Table(Protocol):
    """FOLDER's files, by ids."""

    @property
    def root(self) -> Path: ...
    def entry(self, file: str, /) -> Entry: ...
    def path(self, file: str, /) -> Path: ...


def kept_choice(kept: object) -> dict[str, Any]:
    """What was chosen the last time, as far as that is known; else what is usual."""
    return {name: kept.get(name, usual) if isinstance(kept, dict) else usual for name, usual in USUAL.items()}


def source_word(source: object, table: Table) -> str:
    """A source as `vidream live` takes it: a file of FOLDER, a camera by its number, the screen, or noise."""
    if not isinstance(source, dict):
        raise ConfigError("choose what is dreamed over: a clip, a picture, a camera, the screen, or noise")
    kind = source.get("kind")
    if kind in ("screen", "noise"):
        return str(kind)
    camera = source.get("camera", 0)
    if kind == "camera" and isinstance(camera, int) and 0 <= camera < 1000:
        return f"camera:{camera}"
    if kind == "file" and isinstance(source.get("id"), str):
        if table.entry(source["id"]).kind == "song":
            raise ConfigError("a song has no pictures; choose it to be listened to, and something to be dreamed over")
        return str(table.path(source["id"]))
    raise ConfigError("choose what is dreamed over: a clip, a picture, a camera, the screen, or noise")


def ears_word(ears: object, table: Table) -> str | None:
    """What is listened to, as --ears takes it; None: nothing."""
    kind = ears.get("kind") if isinstance(ears, dict) else None
    if kind == "off":
        return None
    if kind in DEVICES:
        return str(kind)
    if isinstance(ears, dict) and kind == "file" and isinstance(ears.get("id"), str):
        return str(table.path(ears["id"]))
    raise ConfigError("choose what is listened to: nothing, the microphone, the speakers, or a song")
