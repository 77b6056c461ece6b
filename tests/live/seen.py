"""A live dream is played, and what was seen of it is read."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from clips import difference, frames_of, numbered, there_and_back
from figures import Pace, Sight, pace
from numpy.typing import NDArray

from vidream.frames import Pixels

TREE = Path(__file__).parents[2]
SAMPLES = TREE / "samples"
CLIP = 198
"""Frames of a clip of one shot: there and back once, so that it begins again without a jump."""
CUT = 100
"""The frame of the clip of two shots at which the other begins; it begins again after twice as many."""


@dataclass(frozen=True)
class Seen:
    """What was seen of a live dream; moments are of time.monotonic()."""

    taken: NDArray[np.float64]
    """(N, 2): the moment at which a frame of the source was there, and its counter, -1 where it could not be read."""
    shown: NDArray[np.float64]
    """(N, 5): the moment at which a frame was shown, its second, its counter, how far it is from its source, and its
    mean level."""
    told: NDArray[np.float64]
    """(N, 8): moment, rate, dreamed frames a second, size, octaves, latency, MB of memory, how many troubles."""
    sent: NDArray[np.float64]
    """(N, 1): the moments at which messages were sent."""
    own: float
    """Share of the machine's time that it took."""
    others: float
    """Share of the machine's time that other programs took meanwhile: what was seen counts where it is small."""

    @cached_property
    def pace(self) -> Pace:
        """How evenly it was shown."""
        return pace([Sight(row[0], None if row[2] < 0 else int(row[2])) for row in self.shown])

    @property
    def strength(self) -> float:
        """Levels, 0..255: how far shown frames are from their sources, in the mean."""
        return float(np.nanmean(self.shown[:, 3]))

    @property
    def dream_rate(self) -> float:
        """The fewest dreamed frames a second that were told of, once it was at its pace."""
        return float(self.told[2:, 2].min())

    def latencies(self) -> Iterator[float]:
        """Seconds from a frame being there to its first being shown."""
        before = -1.0
        for moment, _, number, _, _ in self.shown:
            there = self.taken[(self.taken[:, 1] == number) & (self.taken[:, 0] <= moment)]
            if number not in (-1, before) and len(there):
                yield moment - there[-1, 0]
            before = number


def city(folder: Path) -> Path:
    """A clip of one shot, 640x360."""
    return _made(folder / "city.mp4", there_and_back(frames_of(SAMPLES / "city.mp4")), CLIP)


def two_shots(folder: Path) -> Path:
    """A clip of two shots, 640x360."""
    return _made(
        folder / "cuts.mp4", chain(*(frames_of(SAMPLES / name) for name in ("city.mp4", "bunny.mp4"))), 2 * CUT
    )


def _made(clip: Path, scene: Iterator[Pixels], count: int) -> Path:
    return clip if clip.exists() else numbered(clip, scene, count)


def play(
    source: Path, record: Path, messages: Sequence[tuple[float, str, Any]] = (), film: Path | None = None, **knobs: Any
) -> Seen:
    """A live dream without a window.

    Args:
        source: what is played.
        record: where what is seen is kept, .npz.
        messages: seconds, address and value of OSC messages.
        film: what has the source's frames, by their counters; None: the source.
        **knobs: of the dream.
    """
    asked = {"knobs": {"window": False, **knobs}, "messages": messages, "film": str(film or source)}
    paths = os.pathsep.join([str(TREE), str(TREE / "tests"), str(TREE / "tests" / "live")])
    begun = _busy_seconds()
    subprocess.run(
        [sys.executable, str(Path(__file__).with_name("player.py")), str(source), str(record), json.dumps(asked)],
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    whole, own, machine = (after - before for before, after in zip(begun, _busy_seconds(), strict=True))
    with np.load(record) as arrays:
        return Seen(**arrays, own=own / whole, others=(machine - own) / whole)


def _busy_seconds() -> tuple[float, float, float]:
    """Seconds of all processors since the start: that have passed, that our children took, that all programs took."""
    fields = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:8]
    user, nice, system, idle, waited, *interrupts = (int(field) / os.sysconf("SC_CLK_TCK") for field in fields)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = user + nice + system + sum(interrupts)
    return busy + idle + waited, used.ru_utime + used.ru_stime, busy


def film_of(clip: Path, size: int) -> Path:
    """The clip as `vidream video` dreams it, at a dream's size; without loss, and made once."""
    film = clip.with_name(f"{clip.stem}-{size}.mkv")
    if not film.exists():
        subprocess.run(
            [
                *(sys.executable, "-m", "vidream", "video", str(clip), str(film)),
                *("--codec", "ffv1", "--dream-size", str(size)),
            ],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(TREE)},
        )
    return film


def film_strength(clip: Path, size: int) -> float:
    """Levels, 0..255: how far that film's frames are from the clip's, in the mean."""
    pairs = zip(frames_of(film_of(clip, size)), frames_of(clip), strict=True)
    return float(np.mean([difference(dreamed, source) for dreamed, source in pairs]))
