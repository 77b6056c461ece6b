"""The beats of a song as a file has them: labels of Audacity, a table of seconds, or the tempo track of a MIDI file."""

import re
from pathlib import Path

import numpy as np

from vidream.analysis.labels import SPECTRAL, read_lines, read_seconds
from vidream.analysis.midi import read_midi
from vidream.analysis.samples import Times
from vidream.errors import MediaError
from vidream.notation import MIDI_ENDINGS
from vidream.text import figure

FEWEST = 2
"""Beats that a file must have within its song: one has no tempo."""

COMMENT = "#"
"""How a line begins that is not read."""


def read_beats(path: Path, duration: float, start: float = 0.0) -> tuple[Times, Times]:
    """The beats of a song, and those of them that begin a bar, as a file has them.

    Of a text, the first number of each line is a beat, in seconds; the last column, where it is a whole number or a
    label such as "1", is the beat's number in its bar. The first line may be a heading.

    Args:
        path: of the file.
        duration: of the song, seconds; what lies after it is left out.
        start: the second of the song at which a MIDI file begins.

    Returns:
        (n,) float64 seconds, rising, n at least FEWEST; and (m,) of them: none where the file does not say.

    Raises:
        MediaError: it cannot be read as beats; the message says which line, and what was expected.
    """
    if path.suffix.lower() in MIDI_ENDINGS:
        try:
            beats, bars = (times + start for times in read_midi(path).beats(max(0.0, duration - start)))
        except ValueError as error:
            raise MediaError(f"{path}: {error}") from None
    else:
        beats, bars = _of_lines(path, duration)
    if len(beats) < FEWEST:
        raise MediaError(f"{path}: has {len(beats)} beats within the {duration:.1f} s of the song; {FEWEST} are needed")
    return beats, bars


def _of_lines(path: Path, duration: float) -> tuple[Times, Times]:
    beats: list[float] = []
    bars: list[float] = []
    for index, (number, line) in enumerate(read_lines(path)):
        if line.startswith((COMMENT, SPECTRAL)):
            continue
        fields = _fields(line)
        second = read_seconds(fields[0])
        if second is None:
            if index == 0:  # a heading
                continue
            raise MediaError(f"{path}: line {number} must begin with a beat's second, such as 0.43, not {line[:40]!r}")
        if beats and second <= beats[-1]:
            raise MediaError(
                f"{path}: line {number} has a beat at {figure(second)} s, after one at {figure(beats[-1])} s; sort them"
            )
        beats.append(second)
        if len(fields) > 1 and fields[-1] == "1":
            bars.append(second)
    times, firsts = np.array(beats), np.array(bars)
    return times[times < duration], firsts[firsts < duration]


def _fields(line: str) -> list[str]:
    """The columns of a line: between tabs, else semicolons, else commas or blanks."""
    separator = next((sign for sign in "\t;" if sign in line), r",|\s+")
    return [field.strip().strip('"') for field in re.split(separator, line.strip())]
