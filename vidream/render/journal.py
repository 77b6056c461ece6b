"""What the files of a session's folder say, checked for kind, range, name and shape: they may come from anywhere.

Whatever is raised here is a ValueError with the reason.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import IO, Any, TypeGuard

import numpy as np

from vidream.frames import Size
from vidream.render.arrays import read_arrays
from vidream.render.state import LoopState

MOST_FRAMES = 10**9
"""Output frames that any run may have."""
FURTHEST = 1e12
"""Px that what a shot shows may have travelled."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def read_table(content: bytes) -> dict[str, Any]:
    """A JSON file's object.

    Raises:
        ValueError: it is no JSON, or no object.
    """
    try:
        table = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("is not whole") from None
    if not isinstance(table, dict):
        raise ValueError("is something else")
    return table


def read_fingerprint(content: bytes) -> dict[str, Any]:
    """session.json, what a run belongs to: texts by name; "pictures", if there, a list of [name, digest].

    Raises:
        ValueError: it says something else.
    """
    table = read_table(content)
    pictures = table.get("pictures", [])
    if not isinstance(pictures, list) or not all(map(_is_picture, pictures)):
        raise ValueError("names no pictures")
    texts = [value for name, value in table.items() if name != "pictures"]
    if "source" not in table or not all(isinstance(text, str) for text in texts):
        raise ValueError("does not say what it belongs to")
    return table


def _is_picture(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) and _is_digest(entry[1])


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _is_number(value: object, least: int = 0) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < MOST_FRAMES


def _are_segments(firsts: list[Any], start: int, end: int) -> bool:
    """Whether these are the first frames of segments that make up the frames from `start` to before `end`."""
    if not all(_is_number(first) for first in firsts) or (end > start) != bool(firsts):
        return False
    if not firsts:
        return True
    return firsts[0] == start and firsts[-1] < end and all(first < second for first, second in pairwise(firsts))


@dataclass(frozen=True)
class Progress:
    """progress.json: how far a session is. Its field names are those of the file."""

    frames: int = 0
    """Output frames that are safe."""
    after: int | None = None
    """Index of the source frame of the last safe step; None before the first, or where parts were put together."""
    segments: tuple[int, ...] = ()
    """The first output frame of each segment."""
    carried: str = ""
    """The name of the file with the state that the last safe step hands on; "" if it hands on nothing."""
    finished: bool = False
    """What OUT is to be is there, or is in its place already."""
    through: int | None = None
    """The last source frame that the safe ones show; None: all, or it is not known."""
    belongs: str = ""
    """The digest of a finished session's fingerprint, for when only this file is left of it."""
    digests: tuple[str, ...] = ()
    """The digest of each segment's files; "" of those of the first edition, which kept none."""
    carry: str = ""
    """The digest of the file that `carried` names; "" if there is none, or it was not kept."""
    encoded: int = 0
    """Output frames that are in segments of their final form; those after them are in rushes, if OUT has such."""
    whole: str = ""
    """The digest of what a finished film's OUT is to be; "" if there is none, or it was not kept."""

    def table(self) -> dict[str, Any]:
        """What progress.json is to hold: every field, and a digest of them."""
        content = json.loads(json.dumps(asdict(self)))
        return {**content, "check": _check_of(content)}


def _check_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_progress(content: bytes) -> Progress:
    """progress.json; the first edition's has no digests.

    Raises:
        ValueError: it says something else, or is not as it was written.
    """
    table = read_table(content)
    if "check" in table and table.pop("check") != _check_of(table):
        raise ValueError("is not as it was written")
    frames, after, segments = table.get("frames"), table.get("after"), table.get("segments")
    carried, finished = table.get("carried"), table.get("finished")
    through = table.get("through")
    if not (_is_number(frames) and isinstance(finished, bool) and isinstance(segments, list)):
        raise ValueError("does not say what is done")
    if not _are_segments(segments, 0, frames):
        raise ValueError("does not say what is done")
    if not (after is None or _is_number(after)) or not (through is None or _is_number(through, after or 0)):
        raise ValueError("does not say which frame comes next")
    if carried not in ("", f"carried-{frames:08d}.npz"):
        raise ValueError("names a file that is not its own")
    belongs, carry, whole = (table.get(name, "") for name in ("belongs", "carry", "whole"))
    if not all(digest == "" or _is_digest(digest) for digest in (belongs, carry, whole)):
        raise ValueError("does not say what it belongs to")
    digests = _read_digests(table.get("digests", []), len(segments))
    encoded = table.get("encoded", frames)  # before there were rushes, all of them
    if not _is_number(encoded) or (encoded not in segments and encoded != frames):
        raise ValueError("does not say what is encoded")
    return Progress(frames, after, tuple(segments), carried, finished, through, belongs, digests, carry, encoded, whole)


def _read_digests(value: object, count: int) -> tuple[str, ...]:
    """The digests of so many segments; of none at all, as the first edition kept none, each is ""."""
    if value == []:
        return ("",) * count
    if not isinstance(value, list) or len(value) != count:
        raise ValueError("does not know its segments")
    if not all(digest == "" or _is_digest(digest) for digest in value):
        raise ValueError("does not know its segments")
    return tuple(value)


@dataclass(frozen=True)
class Part:
    """One part of a film that is made in parts. Its field names are those of parts.json."""

    frames: int
    """Its output frames."""
    segments: tuple[int, ...]
    """The first output frame of each of its segments."""
    digests: tuple[str, ...] = ()
    """The digest of each segment's files."""
    kind: str = ""
    """Of which kind it is: see vidream.render.fingerprint.kind_of_part; "": nobody has said."""


def read_parts(content: bytes) -> dict[int, Part]:
    """parts.json: the parts of a film, by the first output frame of each.

    Raises:
        ValueError: it says something else, or parts overlap.
    """
    parts = dict[int, Part]()
    for key, entry in read_table(content).items():
        if not re.fullmatch(r"\d{1,9}", key, re.ASCII) or not isinstance(entry, dict):
            raise ValueError("names no parts")
        first, digests = int(key), entry.get("digests", [])
        part = checked_part(first, entry.get("frames"), entry.get("segments"), digests)
        kind = entry.get("kind", "")
        if not isinstance(kind, str):
            raise ValueError("does not say of which kind a part is")
        parts[first] = replace(part, kind=kind)
    end = 0
    for first in sorted(parts):
        if first < end:
            raise ValueError("has parts that overlap")
        end = first + parts[first].frames
    return parts


def checked_part(first: object, frames: object, segments: object, digests: object) -> Part:
    """One part of a film, as somebody else says that it is.

    Raises:
        ValueError: it cannot be one.
    """
    if not (_is_number(first) and _is_number(frames) and isinstance(segments, list)):
        raise ValueError("has a part without its frames")
    if not _are_segments(segments, first, first + frames):
        raise ValueError("has a part without its frames")
    return Part(frames, tuple(segments), _read_digests(digests, len(segments)))


STATE_NAMES = {
    "reference": "source",
    "dreamed": "dreamed",
    "unseen": "fresh",
    "frames_since_dream": "age",
    "trust": "trust",
    "bars": "bars",
    "travel": "travel",
    "turn": "turn",
    "backdrop": "backdrop",
}
"""Of each field of a LoopState, its name on disk: those of the first edition."""

COUNTS = ("age", "turn")
"""Names of numbers of frames."""


def state_arrays(state: LoopState) -> dict[str, Any]:
    """A LoopState as arrays, by their names on disk."""
    arrays = {name: getattr(state, field) for field, name in STATE_NAMES.items()}
    return {name: array for name, array in arrays.items() if array is not None}


def read_state(file: IO[bytes], sizes: Collection[Size]) -> LoopState:
    """The LoopState of a .npz file. Its pictures have one of `sizes`, which is looked at before memory is taken.

    Raises:
        ValueError: it holds something else.
    """
    shapes = {(size.height, size.width) for size in sizes}

    def fits(name: str, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> bool:
        if name in COUNTS:
            return shape == () and dtype.kind == "i"
        if name == "travel":
            return shape == (2,) and dtype == np.float64
        if name == "bars":
            return shape == (3, 4) and dtype == np.int32
        if name == "backdrop":
            return dtype == np.float32 and len(shape) == 4 and shape[1:3] in shapes and shape[::3] == (2, 3)
        channels = {"source": 3, "dreamed": 3, "fresh": 3, "trust": 1}.get(name)
        return dtype == np.float32 and len(shape) == 3 and shape[:2] in shapes and shape[2] == channels

    arrays: Mapping[str, Any] = read_arrays(file, fits)
    pictures = {array.shape[-3:-1] for name, array in arrays.items() if name not in (*COUNTS, "bars", "travel")}
    if not {"source", "dreamed", "age"} <= arrays.keys() or len(pictures) != 1:
        raise ValueError("does not hold what a frame hands on")
    age, turn = int(arrays["age"]), int(arrays.get("turn", 0))
    if not (0 <= age < MOST_FRAMES and 0 <= turn < MOST_FRAMES):
        raise ValueError("does not hold what a frame hands on")
    rows, columns = arrays.get("travel", np.zeros(2)).tolist()
    if not max(abs(rows), abs(columns)) < FURTHEST:  # nor is it NaN
        raise ValueError("does not hold what a frame hands on")
    fields: dict[str, Any] = {field: arrays.get(name) for field, name in STATE_NAMES.items()}
    return LoopState(**fields | {"frames_since_dream": age, "travel": (rows, columns), "turn": turn})
