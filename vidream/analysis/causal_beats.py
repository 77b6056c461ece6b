"""Beats and bars of a sound while it is heard: the last seconds are analysed again and again, and a lock goes on.

The last seconds are analysed as a whole song is, by `onsets`, `kicks`, `edges` and `beats`. What that finds wavers from
one time to the next, and ends where the sound does: a `BeatLock` makes even beats of it, which are foretold.
"""

from dataclasses import dataclass

import numpy as np

from vidream.analysis.beats import find_beats, is_compound
from vidream.analysis.edges import measure_edges
from vidream.analysis.form import COMPOUND_METRES, METRES, find_bars
from vidream.analysis.kicks import measure_kicks
from vidream.analysis.lock import Beating, BeatLock
from vidream.analysis.onsets import OnsetStrength, measure_onsets
from vidream.analysis.samples import Floats, Times
from vidream.analysis.sureness import is_rather_half
from vidream.analysis.timbre import BAND_EDGES

LONG = 10.0
"""Seconds of sound that are analysed: the last ones. Fewer tell of a change sooner, and the tempo worse."""

SHORTEST = 1.9
"""Seconds of sound in which beats are looked for, at least."""

AUDIBLE = 10 ** (-50 / 20)
"""Peak of full scale under which nothing is looked for."""

FASTEST = 205.0
"""BPM over which beats are halved, where people would rather tap half as fast."""

MOST_BEATS, LEAST_BEATS = 48, 8
"""The last beats by which bars are found, and how many there must be."""

CONFIRMED = 2
"""How many times in a row bars must have been found, to be told."""

BASS = (0.0, 0.12)
"""Seconds after a beat, from and to, in which its bass is measured."""

CHROMA_SIZE = 4096
"""Samples of a spectrum by which a beat's chord is told."""


@dataclass(frozen=True)
class FoundBeats:
    """What is new of the beats."""

    beating: Beating | None = None
    """Even beats, of which the last was before now; None: nothing new."""
    bar: float | None = None
    """Second of a beat that begins a bar; None: not known."""
    metre: int = METRES[0]
    """Beats a bar."""


class CausalBeats:
    """Beats of a sound that goes on. What it is given lies in the past; what it finds goes on."""

    def __init__(self, rate: int) -> None:
        """Look from now on. rate: Hz."""
        self.rate = rate
        self._lock = BeatLock()
        self._bars = CausalBars(rate)

    def find(self, samples: Floats, end: float) -> FoundBeats:
        """Look for beats in the last seconds of a sound. Some 80 ms for LONG seconds.

        Args:
            samples: (N,) float32, full scale 1, finite: the last LONG seconds; fewer near the beginning.
            end: second at which they end.
        """
        if len(samples) < SHORTEST * self.rate:
            return FoundBeats()
        part = samples[-round(LONG * self.rate) :]
        peak = float(np.abs(part).max())
        if peak < AUDIBLE:
            return FoundBeats()
        onsets, beats = self._search(part, peak)
        begin = end - len(part) / self.rate
        beating = self._lock.find(end, beats + begin)
        if self._lock.beating is None:
            return FoundBeats(beating)
        bar = self._bars.find(part, begin, onsets, self._lock.beating)
        return FoundBeats(beating, bar, self._bars.metre)

    def _search(self, samples: Floats, peak: float) -> tuple[OnsetStrength, Times]:
        """The onset strength of some seconds, and the beats in them."""
        onsets = measure_onsets(samples, self.rate, peak)
        kicks, edges = measure_kicks(samples, self.rate, peak), measure_edges(samples, self.rate)
        tempo, beats = find_beats(onsets, kicks, edges, len(samples) / self.rate)
        if tempo > FASTEST and is_rather_half(onsets, tempo):
            first = int(np.argmax([onsets.at(beats[start::2]).mean() for start in (0, 1)]))
            beats = beats[first::2]
        return onsets, beats


class CausalBars:
    """Which of the beats that go on begin a bar: an estimate, by the last MOST_BEATS of them."""

    def __init__(self, rate: int) -> None:
        """Look from now on. rate: Hz."""
        import librosa

        self.metre = METRES[0]
        self._rate = rate
        self._chroma = librosa.filters.chroma(sr=rate, n_fft=CHROMA_SIZE, tuning=0.0)
        self._frequencies = np.fft.rfftfreq(CHROMA_SIZE, 1 / rate)
        self._restart(Beating(0.0, 1.0))

    def _restart(self, beating: Beating) -> None:
        self._beating, self._last = beating, -np.inf
        self._beats: list[float] = []
        self._rows: list[tuple[float, float, float]] = []
        self._tones = np.zeros(12)
        self._agreed, self._phase, self._count = 0, -1, 0

    def find(self, samples: Floats, begin: float, onsets: OnsetStrength, beating: Beating) -> float | None:
        """Take the beats that have passed since the last time: a beat that begins a bar, or None.

        Args:
            samples: (N,), the last seconds.
            begin: second at which they begin.
            onsets: their onset strength.
            beating: what is locked.
        """
        if not self._beating.agrees(beating):
            self._restart(beating)
        self._beating = beating
        end = begin + len(samples) / self._rate
        first = beating.whole + beating.step * np.ceil((max(begin, self._last) - beating.whole) / beating.step + 0.4)
        for beat in np.arange(first, end - max(BASS[1], 0.5 * beating.step), beating.step):
            self._measure(samples, float(beat) - begin, onsets)
            self._beats.append(float(beat))
            self._last = float(beat)
            self._count += 1
        del self._beats[:-MOST_BEATS], self._rows[:-MOST_BEATS]
        if len(self._beats) < LEAST_BEATS:
            return None
        metres = METRES
        inside = np.array(self._beats) - begin
        inside = inside[inside >= 0]
        if len(inside) > 3 and is_compound(onsets, inside):
            metres = COMPOUND_METRES
        strength, low, change = np.array(self._rows, np.float32).T
        metre, bars = find_bars(np.array(self._beats), strength, low, change, metres)
        index = self._beats.index(bars[-1])
        phase = (self._count - len(self._beats) + index) % metre
        agreed = (metre, phase) == (self.metre, self._phase)
        self._agreed = self._agreed + 1 if agreed else 1
        self.metre, self._phase = metre, phase
        return float(bars[-1]) if self._agreed >= CONFIRMED else None

    def _measure(self, samples: Floats, second: float, onsets: OnsetStrength) -> None:
        """Keep how much begins on a beat, how loud its bass is, and how new its chord."""
        first = max(0, round(second * self._rate))
        part = samples[first : first + CHROMA_SIZE]
        window = np.hanning(len(part))
        power = np.square(np.abs(np.fft.rfft(part * window, CHROMA_SIZE)))
        bass = samples[first + round(BASS[0] * self._rate) : first + round(BASS[1] * self._rate)]
        spectrum = np.square(np.abs(np.fft.rfft(bass, CHROMA_SIZE)))
        low = float(np.sqrt(spectrum[self._frequencies < BAND_EDGES[0]].sum()))
        tones = self._chroma @ power
        tones /= np.linalg.norm(tones) + 1e-9
        change = 1 - float(tones @ self._tones) if self._tones.any() else 0.0
        self._tones = tones
        self._rows.append((float(onsets.at(np.array([second]))[0]), low, change))
