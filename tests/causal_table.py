"""A table of how well beats are found while songs sound, whose beats are known: `python tests/causal_table.py [NAME]`.

With the path of a sound in place of a part of a name: the tempo, and how far what is shown is from what is heard in the
whole of it. A song is heard block by block, as `vidream live` hears it; each beat is written down when it falls due.
"""

import sys
import time
from pathlib import Path

import numpy as np
from beat_table import show
from causal_songs import listened
from songs import Song, kinds, more_kinds

from vidream.analysis import SAMPLE_RATE, analyse
from vidream.media.sound import read_sound


def main(part: str) -> None:
    """Print a row for each song whose name has `part` in it, and how many of the steady ones are as they should be."""
    show(
        "song",
        "steady",
        "bars to lock",
        "F from bar 4 (50 ms)",
        "median ms",
        "95 % ms",
        "BPM",
        "true",
        "bars",
        "ms a s",
    )
    songs = {name: make for name, make in {**kinds(), **more_kinds()}.items() if part in name}
    if Path(part).is_file():
        songs = {part: lambda: _song_of(Path(part))}
    good = steady = 0
    for name, make in songs.items():
        song = make()
        is_steady = len(song.beats) > 1 and np.ptp(np.diff(song.beats)) < 1e-6
        good += _row(name, song, is_steady) and is_steady
        steady += is_steady
    show(f"{good} of {steady} steady ones: locked within 4 bars, 95 % of beats within 50 ms after them")


def _row(name: str, song: Song, is_steady: bool) -> bool:
    """Print a row; whether it is as it should be."""
    begun = time.process_time()
    shown = listened(song.samples)
    cost = 1000 * (time.process_time() - begun) / (len(song.samples) / SAMPLE_RATE)
    if not len(song.beats):
        show(name, "-", "-", f"{len(shown.beats)} beats where none are", "-", "-", "-", "-", "-", f"{cost:.0f}")
        return False
    lock, late = shown.lock(song), song.beats[song.beats >= song.beats[min(len(song.beats) - 1, 4 * song.metre)]]
    errors, hits = 1000 * shown.errors(late), shown.hits(song)
    bars = "-"
    if song.bars is not None:
        bars = f"{(shown.bar_errors(song.bars[song.bars >= late[0]]) < 0.06).mean():.2f}"
    show(
        name,
        "yes" if is_steady else "no",
        "-" if lock is None else f"{lock:.1f}",
        f"{hits:.3f}",
        f"{np.median(errors):.1f}",
        f"{np.percentile(errors, 95):.1f}",
        f"{shown.tempo:.1f}",
        f"{60 / float(np.median(np.diff(song.beats))):.1f}",
        bars,
        f"{cost:.0f}",
    )
    return hits >= 0.95 and lock is not None and lock <= 4


def _song_of(path: Path) -> Song:
    """A sound whose beats are those that are heard in the whole of it."""
    samples = read_sound(path, SAMPLE_RATE)
    analysis = analyse(samples)
    return Song(samples, analysis.beats, analysis.metre, analysis.bars)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
