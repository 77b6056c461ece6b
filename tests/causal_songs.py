"""What a live score shows of a song: it is heard block by block, and nothing of it ahead of time."""

from dataclasses import dataclass, field

import numpy as np
from songs import Floats, Song

from vidream.analysis import SAMPLE_RATE
from vidream.analysis.causal_beats import LONG, CausalBeats
from vidream.live.ears import SEARCH
from vidream.live.heard import Heard
from vidream.live.score import LiveScore

DELAY = 0.1
"""Seconds from the end of what is searched to the moment at which the score is told."""


@dataclass
class Shown:
    """When beats and bars fell due, in seconds of the song."""

    beats: Floats
    bars: Floats
    metre: int = 4
    tempo: float = 0.0
    score: LiveScore = field(default_factory=LiveScore)

    def errors(self, times: Floats) -> Floats:
        """Seconds from each of some times to the nearest beat that was shown."""
        if not len(self.beats):
            return np.full(len(times), np.inf)
        return np.abs(self.beats - times[:, None]).min(axis=1)

    def bar_errors(self, times: Floats) -> Floats:
        """Seconds from each of some times to the nearest bar that was shown."""
        if not len(self.bars):
            return np.full(len(times), np.inf)
        return np.abs(self.bars - times[:, None]).min(axis=1)

    def hits(self, song: Song, bars: int = 4, reach: float = 0.05) -> float:
        """F-measure of the beats after the song's first bars."""
        start = song.beats[min(len(song.beats) - 1, bars * song.metre)]
        true = song.beats[song.beats >= start]
        shown = self.beats[(self.beats > start - reach) & (self.beats < true[-1] + reach)]
        hit = int((self.errors(true) <= reach).sum())
        return 2 * hit / (len(true) + len(shown))

    def lock(self, song: Song, reach: float = 0.05) -> float | None:
        """Bars of the song before the beat from which on 95 % of them are shown; None: there is none."""
        good = self.errors(song.beats) <= reach
        first = next((index for index in range(len(good)) if good[index] and good[index:].mean() >= 0.95), None)
        return None if first is None else first / song.metre


def listened(samples: Floats, search: float = SEARCH, seconds: float = np.inf) -> Shown:
    """Hear a song, and write down each beat as it falls due."""
    tracker, now = CausalBeats(SAMPLE_RATE), [0.0]
    score = LiveScore(now=lambda: now[0])
    shown: dict[str, list[float]] = {"beats": [], "bars": []}
    last, end = 0.0, min(seconds, len(samples) / SAMPLE_RATE)
    for second in [*np.arange(search, end, search), end]:
        told = second + DELAY
        for name, times in shown.items():
            times.extend(mark for mark in score.marks(name) if last <= mark < told)
        last = now[0] = told
        part = samples[max(0, round((second - LONG) * SAMPLE_RATE)) : round(second * SAMPLE_RATE)]
        found = tracker.find(part, second)
        score.hear(Heard(np.zeros(0), beating=found.beating, bar=found.bar, metre=found.metre))
    place = score.beat_at(last)
    return Shown(np.array(shown["beats"]), np.array(shown["bars"]), place.metre, place.tempo, score)
