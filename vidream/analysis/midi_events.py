"""The events of a standard MIDI file, in ticks: see vidream.analysis.midi."""

from collections import deque
from dataclasses import dataclass, field

MOST_EVENTS = 1_000_000
"""Events of a MIDI file, at most."""

LARGEST_SIGNATURE = 64
"""Of both numbers of a time signature."""

NOTE_OFF, NOTE_ON, PROGRAM, PRESSURE, SYSTEM, META = 0x80, 0x90, 0xC0, 0xD0, 0xF0, 0xFF
SET_TEMPO, TIME_SIGNATURE, END_OF_TRACK = 0x51, 0x58, 0x2F


@dataclass
class Tracks:
    """What the tracks of a MIDI file have, in ticks."""

    notes: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    """(start, end, channel, pitch, velocity)"""
    tempi: list[tuple[int, int]] = field(default_factory=list)
    """(tick, microseconds of a quarter note)"""
    signatures: list[tuple[int, int, int]] = field(default_factory=list)
    """(tick, numerator, denominator)"""
    end: int = 0
    """tick of the last event"""
    events: int = 0
    """how many have been read"""


def read_tracks(content: bytes, place: int) -> Tracks:
    """All tracks of a MIDI file, whose first chunk after the header begins at `place`.

    Raises:
        ValueError: it is damaged; with what is found.
    """
    tracks = Tracks()
    while place + 8 <= len(content):
        name, size = content[place : place + 4], number(content[place + 4 : place + 8])
        place += 8
        if name == b"MTrk":
            try:
                _read_track(content[place : place + size], tracks)
            except IndexError:
                raise ValueError("a track that breaks off") from None
        place += size
    return tracks


def number(digits: bytes) -> int:
    """A whole number, its highest digit first."""
    return int.from_bytes(digits, "big")


def _length(body: bytes, place: int) -> tuple[int, int]:
    """A number of variable length, and the place after it."""
    value = 0
    for index in range(place, place + 4):
        value = value << 7 | body[index] & 0x7F
        if body[index] < 0x80:
            return value, index + 1
    raise ValueError("a number of more than four bytes")


def _read_track(body: bytes, tracks: Tracks) -> None:
    """Add what a track has. IndexError, ValueError: it is damaged."""
    place, tick, status = 0, 0, 0
    sounding: dict[tuple[int, int], deque[tuple[int, int]]] = {}
    while place < len(body):
        delta, place = _length(body, place)
        tick += delta
        tracks.events += 1
        if tracks.events > MOST_EVENTS:
            raise ValueError(f"more than {MOST_EVENTS} events")
        if body[place] >= SYSTEM:
            kind, place = body[place], place + 1
            if kind == META:
                kind, place = body[place], place + 1
                if kind == END_OF_TRACK:
                    break
            else:
                kind = -1  # its bytes are passed over
            size, place = _length(body, place)
            if place + size > len(body):
                raise IndexError
            _add_meta(kind, body[place : place + size], tick, tracks)
            place += size
            continue
        if body[place] >= NOTE_OFF:
            status, place = body[place], place + 1
        if not status:
            raise ValueError("an event without a status")
        size = 1 if PROGRAM <= status & 0xF0 <= PRESSURE else 2
        first, last = body[place], body[place + size - 1]
        place += size
        if status & 0xF0 in (NOTE_OFF, NOTE_ON):
            _add_note(status, first, last, tick, sounding, tracks)
    for (channel, pitch), starts in sounding.items():
        tracks.notes += [(start, tick, channel, pitch, velocity) for start, velocity in starts]
    tracks.end = max(tracks.end, tick)


def _add_meta(kind: int, data: bytes, tick: int, tracks: Tracks) -> None:
    if kind == SET_TEMPO:
        if len(data) != 3 or not any(data):
            raise ValueError("a tempo that is none")
        tracks.tempi.append((tick, number(data)))
    elif kind == TIME_SIGNATURE:
        if len(data) < 2 or not 1 <= data[0] <= LARGEST_SIGNATURE or 2 ** min(data[1], 99) > LARGEST_SIGNATURE:
            raise ValueError("a time signature that is none")
        tracks.signatures.append((tick, data[0], 2 ** data[1]))


def _add_note(
    status: int,
    pitch: int,
    velocity: int,
    tick: int,
    sounding: dict[tuple[int, int], deque[tuple[int, int]]],
    tracks: Tracks,
) -> None:
    """Begin a note, or end the one that has sounded longest of that pitch."""
    if pitch > 0x7F or velocity > 0x7F:
        raise ValueError("a note that is none")
    key = (status & 0x0F) + 1, pitch
    starts = sounding.setdefault(key, deque())
    if status & 0xF0 == NOTE_ON and velocity:
        starts.append((tick, velocity))
    elif starts:
        start, struck = starts.popleft()
        tracks.notes.append((start, tick, *key, struck))
