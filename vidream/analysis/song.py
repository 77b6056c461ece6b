"""What is known of a sound once it has been analysed, as plain data that can be saved."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vidream.analysis.samples import Floats, Times
from vidream.errors import MediaError

FORMAT = 2
"""Version of the file; another is not read."""

DEFAULT_TEMPO = 120.0
"""BPM at which beats are counted, from 0 s on, where none were found."""

REGULAR_EVENTS = ("beats", "bars", "sections")
"""Events that are all equally strong."""

SIGNALS = ("loudness", "low", "mid", "high", "percussive", "harmonic")
"""Names of SongAnalysis.signals."""

SAVED_NUMBERS = frozenset({"form", "duration", "tempo", "metre", "hop", "sureness", "other_tempo"})
"""Names of single numbers in a saved file."""

SAVED_ROWS = frozenset({*REGULAR_EVENTS, "onsets", "onset_strengths", *SIGNALS})
"""Names of rows of numbers in a saved file."""


@dataclass(frozen=True, eq=False)
class Events:
    """Moments of a sound at which something happens."""

    times: Times
    """(n,) float64 seconds from the sound's start, rising"""
    strengths: Floats
    """(n,) float32, 0..1"""

    @classmethod
    def regular(cls, times: Times) -> "Events":
        """Events that are all as strong as can be."""
        return cls(times, np.ones(len(times), np.float32))


@dataclass(frozen=True, eq=False)
class SongAnalysis:
    """A sound, analysed. Its tracks, events and signals, are what a film can follow."""

    duration: float
    """seconds"""
    tempo: float
    """BPM, of what holds for most of the time; 0.0 where no beats were found"""
    metre: int
    """beats a bar: 4 or 3; of dotted quarters, as in 6/8 and 12/8, 2 or 4; an estimate"""
    events: Mapping[str, Events]
    """`beats`: none, or at least four, but of given ones any number. `bars`: the beats that begin a bar, an estimate.
    `sections`: where parts begin, the first at 0.0, the others on bars, an estimate. `onset`: where something
    begins."""
    signals: Mapping[str, Floats]
    """(T,) float32 >= 0, rms amplitude, of full scale. `loudness`: as it is heard (K-weighted: ITU-R BS.1770). `low`,
    `mid`, `high`: under 200 Hz, up to 2 kHz, above. `percussive`: of what is short and of every pitch. `harmonic`: of
    what is long and of one."""
    hop: float
    """seconds from one value of a signal to the next; value i is centred on i * hop"""
    sureness: float = 1.0
    """0..1: how sure the tempo is; of one that is given 1"""
    other_tempo: float = 0.0
    """BPM, the tempo times 1/2, 2, 3/2 or 2/3: what a listener might tap as well; 0.0: the tempo is sure enough"""

    @property
    def beats(self) -> Times:
        """(n,) float64 seconds, rising."""
        return self.events["beats"].times

    @property
    def bars(self) -> Times:
        """(m,) float64 seconds, rising: the beats that begin a bar."""
        return self.events["bars"].times

    @property
    def sections(self) -> Times:
        """(k,) float64 seconds, rising, the first 0.0: where parts begin."""
        return self.events["sections"].times

    @property
    def has_beats(self) -> bool:
        """Whether beats were found."""
        return len(self.beats) > 0

    def beat_number(self, second: float) -> float:
        """The number of the beat at a time in seconds: 0 at the first one, 1.5 between the second and the third.

        Before the first and after the last, beats go on at the tempo next to them, the median of eight intervals. Where
        there are none, they are counted at DEFAULT_TEMPO from 0 s on.
        """
        if not self.has_beats:
            return second * DEFAULT_TEMPO / 60
        last = len(self.beats) - 1
        if second < self.beats[0]:
            return float((second - self.beats[0]) / self._first_interval)
        if second > self.beats[-1]:
            return float(last + (second - self.beats[-1]) / self._last_interval)
        return float(np.interp(second, self.beats, np.arange(last + 1)))

    def time_of_beat(self, beat: float) -> float:
        """The time in seconds of a beat by its number: the inverse of `beat_number`."""
        if not self.has_beats:
            return beat * 60 / DEFAULT_TEMPO
        last = len(self.beats) - 1
        if beat < 0:
            return float(self.beats[0] + beat * self._first_interval)
        if beat > last:
            return float(self.beats[-1] + (beat - last) * self._last_interval)
        return float(np.interp(beat, np.arange(last + 1), self.beats))

    @property
    def _first_interval(self) -> float:
        return self._interval(self.beats[:9])

    @property
    def _last_interval(self) -> float:
        return self._interval(self.beats[-9:])

    def _interval(self, beats: Times) -> float:
        """Seconds from one of some beats to the next: the median; of a single one, as the tempo has it."""
        if len(beats) < 2:
            return 60 / (self.tempo or DEFAULT_TEMPO)
        return float(np.median(np.diff(beats)))


def save(analysis: SongAnalysis, path: Path) -> None:
    """Write an analysis to a .npz file; equal analyses give equal bytes."""
    onset = analysis.events["onset"]
    with path.open("wb") as file:
        np.savez(
            file,
            allow_pickle=False,
            form=FORMAT,
            duration=analysis.duration,
            tempo=analysis.tempo,
            beats=analysis.beats,
            bars=analysis.bars,
            metre=analysis.metre,
            sections=analysis.sections,
            onsets=onset.times,
            onset_strengths=onset.strengths,
            hop=analysis.hop,
            sureness=analysis.sureness,
            other_tempo=analysis.other_tempo,
            **{name: analysis.signals[name] for name in SIGNALS},
        )


def load(path: Path) -> SongAnalysis:
    """Read an analysis that `save` wrote.

    Raises:
        MediaError: the file cannot be read, or another version wrote it.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if int(stored["form"]) != FORMAT:
                raise MediaError(f"{path}: written by another version of vidream; the sound is analysed anew")
            return SongAnalysis(
                duration=stored["duration"].item(),
                tempo=stored["tempo"].item(),
                metre=stored["metre"].item(),
                events={
                    **{name: Events.regular(stored[name]) for name in REGULAR_EVENTS},
                    "onset": Events(stored["onsets"], stored["onset_strengths"]),
                },
                signals={name: stored[name] for name in SIGNALS},
                hop=stored["hop"].item(),
                sureness=stored["sureness"].item(),
                other_tempo=stored["other_tempo"].item(),
            )
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise MediaError(f"{path}: not the analysis of a sound ({error}); it is analysed anew") from None
