"""What the files of a session's folder say, checked for kind, range, name and shape: they may come from anywhere.

Whatever is raised here is a ValueError with the reason.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import IO, Any, TypeGuard

import numpy as np

from vidream.frames import Size
from vidream.media.arrays import read_arrays
from vidream.render.state import LoopState

MOST = 10**9  # frames
_DIGEST = re.compile(r"[0-9a-f]{64}")


def table(content: bytes) -> dict[str, Any]:
    """A JSON file's object."""
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("is not whole") from None
    if not isinstance(read, dict):
        raise ValueError("is something else")
    return read


def fingerprint(content: bytes) -> dict[str, Any]:
    """What a run belongs to: texts by name; "pictures", if there, a list of [name, digest]."""
    read = table(content)
    pictures = read.get("pictures", [])
    if not isinstance(pictures, list) or not all(
        isinstance(each, list) and len(each) == 2 and isinstance(each[0], str) and _is_digest(each[1])
        for each in pictures
    ):
        raise ValueError("names no pictures")
    if "source" not in read or not all(isinstance(each, str) for key, each in read.items() if key != "pictures"):
        raise ValueError("does not say what it belongs to")
    return read


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _is_number(value: object, least: int = 0) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < MOST


def _is_rising(firsts: list[Any], begins: int, ends: int) -> bool:
    """Whether these are the first frames of segments that make up the frames from `begins` to before `ends`."""
    if not all(_is_number(each) for each in firsts) or (ends > begins) != bool(firsts):
        return False
    return not firsts or (
        firsts[0] == begins and firsts[-1] < ends and all(one < after for one, after in pairwise(firsts))
    )


@dataclass(frozen=True)
class Done:
    """How far a session is."""

    frames: int = 0
    """Output frames that are safe."""
    after: int | None = None
    """Index of the source frame of the last safe step; None before the first, or where parts were put together."""
    segments: tuple[int, ...] = ()
    """The first output frame of each segment."""
    carried: str = ""
    """The name of the file with what the last safe step hands on; "" if it hands on nothing."""
    finished: bool = False
    """What OUT is to be is there, or is in its place already."""
    through: int | None = None
    """The last source frame that the safe ones show; None: all, or it is not known."""
    belongs: str = ""
    """The digest of what a finished session belongs to, for when only this is left of it."""
    digests: tuple[str, ...] = ()
    """The digest of each segment's files; "" of those of the first edition, which kept none."""
    carry: str = ""
    """The digest of the file that `carried` names; "" if there is none, or it was not kept."""
    whole: str = ""
    """The digest of what a finished film's OUT is to be; "" if there is none, or it was not kept."""


def checked(done: Done) -> dict[str, Any]:
    """What progress.json is to hold: what is done, and a digest of that."""
    content = json.loads(json.dumps(asdict(done)))
    return {**content, "check": _check_of(content)}


def _check_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def done(content: bytes) -> Done:
    """progress.json; the first edition's has no digests."""
    read = table(content)
    if "check" in read and read.pop("check") != _check_of(read):
        raise ValueError("is not as it was written")
    frames, after, segments = read.get("frames"), read.get("after"), read.get("segments")
    carried, finished = read.get("carried"), read.get("finished")
    through = read.get("through")
    if not (_is_number(frames) and isinstance(finished, bool) and isinstance(segments, list)):
        raise ValueError("does not say what is done")
    if not _is_rising(segments, 0, frames):
        raise ValueError("does not say what is done")
    if not (after is None or _is_number(after)) or not (through is None or _is_number(through, after or 0)):
        raise ValueError("does not say which frame comes next")
    if carried not in ("", f"carried-{frames:08d}.npz"):
        raise ValueError("names a file that is not its own")
    belongs, carry, whole = (read.get(name, "") for name in ("belongs", "carry", "whole"))
    if not all(each == "" or _is_digest(each) for each in (belongs, carry, whole)):
        raise ValueError("does not say what it belongs to")
    digests = _digests(read.get("digests", []), len(segments))
    return Done(frames, after, tuple(segments), carried, finished, through, belongs, digests, carry, whole)


def _digests(read: object, count: int) -> tuple[str, ...]:
    """Of so many segments; none at all is what the first edition has kept."""
    if read == []:
        return ("",) * count
    if not isinstance(read, list) or len(read) != count or not all(each == "" or _is_digest(each) for each in read):
        raise ValueError("does not know its segments")
    return tuple(read)


@dataclass(frozen=True)
class Part:
    """Of a film that is made in parts: its output frames; the first of each of its segments, and their digests."""

    frames: int
    segments: tuple[int, ...]
    digests: tuple[str, ...] = ()


def parts(content: bytes) -> dict[int, Part]:
    """parts.json: by the first output frame of each."""
    read, made = table(content), dict[int, Part]()
    for key, each in read.items():
        if not re.fullmatch(r"\d{1,9}", key, re.ASCII) or not isinstance(each, dict):
            raise ValueError("names no parts")
        made[int(key)] = part(int(key), each.get("frames"), each.get("segments"), each.get("digests", []))
    ends = 0
    for first in sorted(made):
        if first < ends:
            raise ValueError("has parts that overlap")
        ends = first + made[first].frames
    return made


def part(first: object, frames: object, segments: object, digests: object) -> Part:
    """One part of a film, as somebody else says that it is."""
    if not (_is_number(first) and _is_number(frames) and isinstance(segments, list)):
        raise ValueError("has a part without its frames")
    if not _is_rising(segments, first, first + frames):
        raise ValueError("has a part without its frames")
    return Part(frames, tuple(segments), _digests(digests, len(segments)))


STATE_NAMES = {
    "source": "source",
    "dreamed": "dreamed",
    "pending": "fresh",
    "frames_since_dream": "age",
    "trust": "trust",
    "bars": "bars",
}
"""Of each field of a LoopState, its name on disk: those of the first edition."""


def state_arrays(state: LoopState) -> dict[str, Any]:
    """What is kept on disk of what a step hands on, by its name there."""
    arrays = {name: getattr(state, field) for field, name in STATE_NAMES.items()}
    return {name: array for name, array in arrays.items() if array is not None}


def carried(file: IO[bytes], sizes: Collection[Size]) -> LoopState:
    """What a step hands on; its pictures have one of `sizes`."""
    shapes = {(size.height, size.width) for size in sizes}

    def fits(name: str, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> bool:
        if name == "age":
            return shape == () and dtype.kind == "i"
        if name == "bars":
            return shape == (3, 4) and dtype == np.int32
        deep = {"source": 3, "dreamed": 3, "fresh": 3, "trust": 1}.get(name)
        return dtype == np.float32 and len(shape) == 3 and shape[:2] in shapes and shape[2] == deep

    arrays: Mapping[str, Any] = read_arrays(file, fits)
    pictures = {array.shape[:2] for name, array in arrays.items() if name not in ("age", "bars")}
    if not {"source", "dreamed", "age"} <= arrays.keys() or len(pictures) != 1:
        raise ValueError("does not hold what a frame hands on")
    age = int(arrays["age"])
    if not 0 <= age < MOST:
        raise ValueError("does not hold what a frame hands on")
    fields: dict[str, Any] = {field: arrays.get(name) for field, name in STATE_NAMES.items()}
    return LoopState(**fields | {"frames_since_dream": age})
