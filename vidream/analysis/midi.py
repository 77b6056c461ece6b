"""Standard MIDI files: their notes, tempi and time signatures, in seconds.

The format is that of "Standard MIDI Files 1.0" (MIDI Manufacturers Association, RP-001). Of a track, notes, tempi and
time signatures are read; all else is passed over.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vidream.analysis.midi_events import Tracks, number, read_tracks
from vidream.analysis.samples import Times
from vidream.analysis.user_file import read_bounded
from vidream.errors import MediaError

LARGEST = 8_000_000
"""Bytes of a MIDI file, at most."""

QUARTER = 0.5
"""Seconds of a quarter note until a file says otherwise: 120 a minute."""

MOST_BEATS_A_SECOND = 20
"""On average: more are no beats."""

ROUNDING = 1e-6
"""Of a beat: one that begins so little before an end lies on it."""


class Note(NamedTuple):
    """A note of a MIDI file."""

    start: float
    """seconds"""
    end: float
    """seconds, no less than the start"""
    channel: int
    """1..16"""
    pitch: int
    """0..127; 60 is the middle C"""
    velocity: int
    """1..127: how hard it is struck"""


class TimeSignature(NamedTuple):
    """A time signature, and from when on it holds."""

    second: float
    """from which on it holds"""
    beats: int
    """a bar; of dotted notes in 6/8, 9/8, 12/8 and their like"""
    quarters: float
    """quarter notes of a beat"""


@dataclass(frozen=True, eq=False)
class MidiFile:
    """What is known of a MIDI file."""

    notes: tuple[Note, ...]
    """by their start"""
    tempi: tuple[tuple[float, float], ...]
    """(second from which on, quarter notes a minute), rising, the first at 0 s; none, where time is counted by a film's
    frames"""
    signatures: tuple[TimeSignature, ...]
    """rising, the first at 0 s"""
    duration: float
    """seconds, to its last event"""

    def beats(self, duration: float) -> tuple[Times, Times]:
        """The beats, and those that begin a bar: (n,) and (m,) float64 seconds, from 0 s to before `duration`.

        After the file's end they go on.

        Raises:
            ValueError: it has no beats, or too many; as the end of a sentence that begins with its name.
        """
        if not self.tempi:
            raise ValueError("counts time by the frames of a film, and has no beats")
        quarters, seconds = self._quarter_map(duration)
        starts = [signature.second for signature in self.signatures]
        edges = np.interp(np.minimum([*starts, duration], duration), seconds, quarters)
        counts = np.ceil(np.diff(edges) / [signature.quarters for signature in self.signatures] - ROUNDING)
        if counts.sum() > MOST_BEATS_A_SECOND * duration:
            raise ValueError(f"has more than {MOST_BEATS_A_SECOND} beats a second")
        beats: list[Times] = []
        bars: list[Times] = []
        for signature, first, count in zip(self.signatures, edges, counts, strict=False):
            places = first + np.arange(max(0, int(count))) * signature.quarters
            beats.append(np.interp(places, quarters, seconds))
            bars.append(beats[-1][:: signature.beats])
        return np.concatenate(beats), np.concatenate(bars)

    def _quarter_map(self, until: float) -> tuple[Times, Times]:
        """Numbers of quarter notes, and their seconds, at each change of tempo and at a time after them."""
        seconds = np.array([second for second, _ in self.tempi])
        rates = np.array([tempo / 60 for _, tempo in self.tempi])
        ends = np.append(seconds, max(until, seconds[-1]) + 1)
        return np.concatenate([[0.0], np.cumsum(np.diff(ends) * rates)]), ends


def read_midi(path: Path) -> MidiFile:
    """A MIDI file, read.

    Raises:
        MediaError: it cannot be read, is none, or is damaged; the message says how.
    """
    content = read_bounded(path, LARGEST)
    if content[:4] != b"MThd" or len(content) < 14:
        raise MediaError(f"{path}: not a MIDI file; export a standard MIDI file, .mid")
    kind = number(content[8:10])
    if kind > 1:
        raise MediaError(f"{path}: a MIDI file of kind {kind}, of songs one after the other; export it as kind 0 or 1")
    try:
        return _in_seconds(read_tracks(content, 8 + number(content[4:8])), content[12:14])
    except ValueError as error:
        raise MediaError(f"{path}: a damaged MIDI file: {error}; export it anew") from None


class _Ticks:
    """Ticks as seconds."""

    def __init__(self, division: bytes, tempi: Sequence[tuple[int, int]]) -> None:
        """From the header's division, and (tick, microseconds of a quarter note), rising.

        Raises:
            ValueError: it is none.
        """
        self.quarter = 0
        self.ticks, self.seconds, self.lengths = [0], [0.0], [0.0]
        if division[0] >= 0x80:  # frames a second, negative, and ticks a frame
            frames, ticks = 256 - division[0], division[1]
            if frames not in (24, 25, 29, 30) or not ticks:
                raise ValueError("a time code that is none")
            rate = 30_000 / 1001 if frames == 29 else float(frames)
            self.lengths = [1 / (rate * ticks)]
            return
        self.quarter = number(division)
        if not self.quarter:
            raise ValueError("no ticks in a quarter note")
        self.lengths = [QUARTER / self.quarter]
        for tick, microseconds in tempi:
            second, length = self.second(tick), microseconds / 1e6 / self.quarter
            if tick == self.ticks[-1]:
                self.lengths[-1] = length
            else:
                self.ticks.append(tick)
                self.seconds.append(second)
                self.lengths.append(length)

    def second(self, tick: int) -> float:
        """The second at which a tick falls."""
        index = bisect_right(self.ticks, tick) - 1
        return self.seconds[index] + (tick - self.ticks[index]) * self.lengths[index]


def _in_seconds(tracks: Tracks, division: bytes) -> MidiFile:
    ticks = _Ticks(division, sorted(tracks.tempi, key=lambda tempo: tempo[0]))
    second = ticks.second
    notes = sorted(Note(second(start), second(end), *others) for start, end, *others in tracks.notes)
    tempi: list[tuple[float, float]] = []
    if ticks.quarter:
        tempi = [
            (start, 60 / (length * ticks.quarter)) for start, length in zip(ticks.seconds, ticks.lengths, strict=True)
        ]
    signatures = {0.0: TimeSignature(0.0, 4, 1.0)}
    for tick, numerator, denominator in sorted(tracks.signatures, key=lambda signature: signature[0]):
        signatures[second(tick)] = _signature(second(tick), numerator, denominator)
    return MidiFile(tuple(notes), tuple(tempi), tuple(signatures.values()), second(tracks.end))


def _signature(second: float, numerator: int, denominator: int) -> TimeSignature:
    """With the beat that is felt: three eighths in 6/8, 9/8, 12/8."""
    if denominator >= 8 and numerator > 3 and numerator % 3 == 0:
        return TimeSignature(second, numerator // 3, 12 / denominator)
    return TimeSignature(second, numerator, 4 / denominator)
