"""How curves are written: what a knob may hold instead of a number.

    1.3                                                       a number
    { keys = [["0s", 1.0], ["4s", 1.6]], ease = "in-out" }    from key to key; it holds before the first, after the last
    { sine = [1.0, 0.3], period = "2s", phase = 0.25 }        1.0 + 0.3 sin(2 pi (t / period + phase))
    { sum = [1.0, { ... }] }   { product = [ ... ] }          of numbers and curves
    { cycle = [1, 0], every = "2s", fade = "0.5s" }           one after the other, each for 2 s, faded into over 0.5 s
    { follow = "low", base = 1.1, amount = 0.6 }              1.1, and up to 0.6 more as the lows of the music are loud
    { follow = "low", of = "drums.wav" }                      of another sound; of notes, of = "song.mid"; of a table

A time is a frame of the output, 24; seconds, "4s"; or, where there is music, beats, "8b". A key's may be a marker,
"@chorus". configs/README.md says it to users.
"""

import math
import re
import reprlib
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from numbers import Real
from os import PathLike, fspath
from pathlib import PurePath
from typing import Any

from vidream.clock import FOLLOWED, MARKS, SAID, UNITS, Driver, Marker, Time, Unit
from vidream.curves import EASES, Constant, Curve, Cycle, Follow, Keys, Product, Sine, Sum
from vidream.errors import close_one, nearest

DEEPEST = 20
"""Curves in curves."""

MOST_PARTS = 1000
"""Numbers and curves that are summed and multiplied in one curve: each is reckoned at each frame."""

MOST_POINTS = 100_000
"""Keys of a curve, or values of a cycle."""

LONGEST_PATH = 4000
"""Characters of a file's path, or of a marker's name."""

MIDI_ENDINGS, TABLE_ENDINGS = (".mid", ".midi", ".smf"), (".csv",)
"""Of files that a curve may follow, if they are no sounds."""

NOTES = ("notes",)
"""What of a MIDI file can be followed."""

SHORTEST = 1e-3
"""A period, in its unit."""


def read_curve(raw: object, depth: int = 0) -> Curve:
    """A curve from what TOML holds.

    Args:
        raw: a curve, a number, or a table as above.
        depth: how many curves it is in.

    Raises:
        ValueError: with what is wrong, as the end of a sentence that begins with the knob's name.
    """
    if isinstance(raw, Curve):
        return raw
    if depth == 0 and _parts(raw) > MOST_PARTS:
        raise ValueError(f"has more than {MOST_PARTS} parts, curves in curves counted; write it with keys")
    if not isinstance(raw, Mapping):
        return Constant(_number(raw, "a number or a curve"))
    if depth > DEEPEST:
        raise ValueError(f"has curves in curves, more than {DEEPEST} deep")
    heads = [head for head in READERS if head in raw]
    if len(heads) != 1:
        close = next((near for key in raw if (near := close_one(str(key), READERS))), "")
        must = f"which must have one of {', '.join(READERS)}"
        raise ValueError(
            f"has the curve {reprlib.repr(dict(raw))}, {must}{f'; {close}' if close and not heads else ''}"
        )
    reader, options = READERS[heads[0]]
    unknown = [key for key in raw if key not in (heads[0], *options)]
    if unknown:
        raise ValueError(
            f"has {unknown[0]!r} in a curve of {heads[0]}; {nearest(str(unknown[0]), (heads[0], *options))}"
        )
    return reader(raw, depth + 1)


def _parts(raw: object) -> int:
    """How many numbers and curves are summed and multiplied in a curve; counted only until there are too many."""
    parts, waiting = 0, [raw]
    while waiting and parts <= MOST_PARTS:
        part = waiting.pop()
        parts += 1
        if not isinstance(part, Mapping):
            continue
        waiting += [part[head] for head in ("base", "amount") if head in part]
        for head in ("sum", "product"):
            inner = part.get(head)
            if isinstance(inner, list | tuple):
                waiting += inner[: MOST_PARTS + 1]
    return parts


def is_curve(raw: object) -> bool:
    """Whether a TOML value is meant for a curve, rightly written or not."""
    return isinstance(raw, Mapping) and any(head in raw for head in READERS)


def _keys(raw: Mapping[str, Any], _depth: int) -> Curve:
    keys = _list(raw["keys"], "keys")
    if any(not isinstance(key, Sequence) or isinstance(key, str) or len(key) != 2 for key in keys):
        raise ValueError(f'has keys {reprlib.repr(keys)}, each of which must be [time, number], such as ["4s", 1.6]')
    times = tuple(_marker(time) or _time(time, "a key's time") for time, _ in keys)
    units = sorted({time.unit for time in times})
    if len(units) > 1:
        raise ValueError(f"has keys in {' and keys in '.join(units)}; write them all in one")
    for previous, time in pairwise(times):
        if time.value <= previous.value:  # of markers it is not known yet
            raise ValueError(f"has keys out of order: {time} after {previous}")
    ease = raw.get("ease", "linear")
    if not isinstance(ease, str) or ease not in EASES:
        raise ValueError(f"has the ease {ease!r}; {nearest(str(ease), EASES)}")
    return Keys(times, tuple(_number(value, "a key's value") for _, value in keys), ease)


def _sine(raw: Mapping[str, Any], _depth: int) -> Curve:
    if "period" not in raw:
        raise ValueError('has a sine without a period; add one, such as period = "2s"')
    numbers = [_number(number, "a sine's number") for number in _list(raw["sine"], "sine")]
    if len(numbers) != 2:
        raise ValueError(f"has a sine of {len(numbers)} numbers; it has two, [mean, amplitude]")
    period = _time(raw["period"], "a period")
    if period.value < SHORTEST:
        raise ValueError(f"has a period of {period}, which is too short")
    return Sine(numbers[0], numbers[1], period, _number(raw.get("phase", 0.0), "a phase"))


def _cycle(raw: Mapping[str, Any], _depth: int) -> Curve:
    if "every" not in raw:
        raise ValueError('has a cycle that does not say when; add every = "2s", "4b", or one of ' + ", ".join(MARKS))
    every = raw["every"]
    if every not in MARKS:
        every = _time(every, "a cycle's every")
        if every.value < SHORTEST:
            raise ValueError(f"has a cycle that changes every {every}, which is too short")
    values = tuple(_number(value, "a cycle's value") for value in _list(raw["cycle"], "cycle"))
    return Cycle(values, every, _time(raw.get("fade", 0), "a fade"))


def _follow(raw: Mapping[str, Any], depth: int) -> Curve:
    """The envelope; with `base` and `amount` the base, and so much of the envelope added to it."""
    name, driver = raw["follow"], _driver(raw)
    if not isinstance(name, str) or (driver is None and name not in FOLLOWED):
        raise ValueError(f"follows {reprlib.repr(name)}; {_meant(str(name), FOLLOWED)}")
    attack, release = _seconds(raw.get("attack"), "an attack"), _seconds(raw.get("release"), "a release")
    follow: Curve = Follow(name, attack, release, driver)
    if "amount" in raw:
        follow = Product((read_curve(raw["amount"], depth), follow))
    if "base" in raw:
        follow = Sum((read_curve(raw["base"], depth), follow))
    return follow


def _meant(name: str, known: Sequence[str]) -> str:
    """The end of an error about what cannot be followed."""
    named = name.lower()
    within = next((meant for word, meant in SAID.items() if len(word) > 3 and word in named), None)  # bassline
    said = SAID.get(named, within)
    return f"did you mean {said}?" if said in known else nearest(name, known)


def _driver(raw: Mapping[str, Any]) -> Driver | None:
    """The file that a curve follows; None: it is the music."""
    name = raw["follow"]
    if "of" not in raw:
        alone = next((key for key in ("channel", "pitch") if key in raw), None)
        if alone:
            raise ValueError(f'has {alone} without a file; add of = "song.mid"')
        return None
    file = raw["of"]
    if isinstance(file, PathLike):
        file = fspath(file)
    if not isinstance(file, str) or not file or "\0" in file or len(file) > LONGEST_PATH:
        raise ValueError(f"has of = {reprlib.repr(file)}, which must be a file, such as drums.wav")
    ending = PurePath(file).suffix.lower()
    known: Sequence[str] = FOLLOWED
    if ending in MIDI_ENDINGS:
        known = NOTES
    if ending not in TABLE_ENDINGS and name not in known:
        raise ValueError(f"follows {reprlib.repr(name)} of {reprlib.repr(file)}; {_meant(str(name), known)}")
    channel, pitch = raw.get("channel"), raw.get("pitch")
    if ending not in MIDI_ENDINGS and (channel, pitch) != (None, None):
        raise ValueError(f"has a channel or a pitch, and {reprlib.repr(file)} is no MIDI file (.mid)")
    return Driver(str(name), file, _channel(channel), _pitch(pitch))


def _channel(raw: object) -> int | None:
    if raw is None:
        return None
    channel = _whole(raw, 1, 16)
    if channel is None:
        raise ValueError(f"has channel = {reprlib.repr(raw)}, which must be a whole number from 1 to 16")
    return channel


def _pitch(raw: object) -> tuple[int, int] | None:
    if raw is None:
        return None
    ends = [raw, raw] if not isinstance(raw, list | tuple) else [*raw]
    low, high = (_whole(end, 0, 127) for end in ends) if len(ends) == 2 else (None, None)
    if low is None or high is None or low > high:
        raise ValueError(f"has pitch = {reprlib.repr(raw)}, which must be a note, 36, or two, [35, 36], from 0 to 127")
    return low, high


def _whole(raw: object, low: int, high: int) -> int | None:
    """A whole number from `low` to `high`; None for anything else."""
    if isinstance(raw, int) and not isinstance(raw, bool) and low <= raw <= high:
        return raw
    return None


def _sum(raw: Mapping[str, Any], depth: int) -> Curve:
    return Sum(tuple(read_curve(part, depth) for part in _list(raw["sum"], "sum")))


def _product(raw: Mapping[str, Any], depth: int) -> Curve:
    return Product(tuple(read_curve(part, depth) for part in _list(raw["product"], "product")))


READERS: Mapping[str, tuple[Callable[[Mapping[str, Any], int], Curve], tuple[str, ...]]] = {
    "keys": (_keys, ("ease",)),
    "sine": (_sine, ("period", "phase")),
    "sum": (_sum, ()),
    "product": (_product, ()),
    "cycle": (_cycle, ("every", "fade")),
    "follow": (_follow, ("base", "amount", "attack", "release", "of", "channel", "pitch")),
}
"""A curve's head -> what reads it, and what else it may have."""


def _list(raw: object, name: str) -> list[Any]:
    if not isinstance(raw, list | tuple) or not raw:
        raise ValueError(f"has {name} = {reprlib.repr(raw)}, which must be a list with something in it")
    if len(raw) > MOST_POINTS:
        raise ValueError(f"has {name} of {len(raw)} values; {MOST_POINTS} are the most")
    return list(raw)


def _number(raw: object, what: str) -> float:
    value = _finite(raw)
    if value is None:
        raise ValueError(f"has {reprlib.repr(raw)} where {what} must stand")
    return value


def _finite(raw: object) -> float | None:
    """A number as a float; None for anything else."""
    if isinstance(raw, bool) or not isinstance(raw, Real):
        return None
    try:
        value = float(raw)
    except OverflowError:  # a whole number of 400 digits
        return None
    if not math.isfinite(value):
        return None
    return value


def _marker(raw: object) -> Marker | None:
    """A marker, "@chorus"; None for anything else."""
    if not isinstance(raw, str) or not raw.startswith("@"):
        return None
    name = raw[1:].strip()
    if not name or len(name) > LONGEST_PATH:
        raise ValueError(f"has {reprlib.repr(raw)} as a key's time; a marker is @ and its name, @chorus")
    return Marker(math.nan, "seconds", name)


def _time(raw: object, what: str) -> Time:
    frames, match = _finite(raw), None
    if frames is not None and frames >= 0:
        return Time(frames, "frames")
    if isinstance(raw, str):
        match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)([sb])", raw, re.ASCII)
    if not match or not math.isfinite(float(match[1])):
        raise ValueError(
            f'has {reprlib.repr(raw)} as {what}, which must be a frame such as 24, seconds such as "4s", '
            'or beats such as "8b"'
        )
    units: Mapping[str, Unit] = {short: unit for unit, short in UNITS.items()}
    return Time(float(match[1]), units[match[2]])


def _seconds(raw: object, what: str) -> float | None:
    if raw is None:
        return None
    time = _time(raw, what)
    if time.unit != "seconds":
        raise ValueError(f'has {reprlib.repr(raw)} as {what}, which must be seconds, such as "0.1s"')
    return time.value
