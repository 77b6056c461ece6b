"""What travels between a run and its workers: a line of JSON a message, with paths, pictures, events and jobs in it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vidream.events import FrameEvent, NoteEvent, StageEvent, WarningEvent
from vidream.jobs.jobspec import JobSpec

KINDS: Mapping[str, Any] = {each.__name__: each for each in (FrameEvent, JobSpec, NoteEvent, StageEvent, WarningEvent)}
"""Records that may be in a message, by name."""
PATH, PIXELS, KIND = "$path", "$pixels", "$kind"
"""Keys of a table that stands for a path, a picture, a record: no knob has such a name."""


def encoded(message: Mapping[str, Any]) -> bytes:
    """A message as a line of ASCII.

    Raises:
        TypeError: something in it cannot travel.
    """
    return json.dumps(message, default=_table).encode() + b"\n"


def decoded(line: bytes) -> dict[str, Any]:
    """The message of a line. ValueError if it is none."""
    message: dict[str, Any] = json.loads(line, object_hook=_value)
    return message


def _table(value: Any) -> dict[str, Any]:
    """What JSON has no word for, as a table."""
    if isinstance(value, Path):
        return {PATH: str(value)}
    if isinstance(value, np.ndarray) and value.dtype == np.uint8:
        return {PIXELS: base64.b64encode(value.tobytes()).decode(), "shape": value.shape}
    if is_dataclass(value) and KINDS.get(type(value).__name__) is type(value):
        return {KIND: type(value).__name__, **{field.name: getattr(value, field.name) for field in fields(value)}}
    raise TypeError(f"{type(value).__name__} cannot travel")


def _value(table: dict[str, Any]) -> Any:
    """What a table stands for. Lists in a record are tuples: so are all that ours have."""
    if PATH in table:
        return Path(table[PATH])
    if PIXELS in table:
        pixels = np.frombuffer(base64.b64decode(table[PIXELS]), np.uint8)
        return pixels.reshape(table["shape"])
    if KIND in table:
        kind = KINDS[table.pop(KIND)]
        return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in table.items()})
    return table
