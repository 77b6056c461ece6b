"""What is known of a sound once it has been heard, as plain data that can be kept."""

import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.errors import MediaError

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

FORM = 1  # of the file: another is not read
UNHEARD_TEMPO = 120.0  # BPM, of what has no beats, from 0 s on


@dataclass(frozen=True, eq=False)
class SongAnalysis:
    """A sound, heard. Times are in seconds from its start.

    duration         s
    tempo            BPM, of what holds for most of the time; 0.0 where no beats were found
    beats            (n,) float64, rising; none, or at least four
    bars             (m,) float64: the beats that begin a bar; an estimate
    metre            beats a bar: 4 or 3; of dotted quarters, as in 6/8 and 12/8, 2 or 4; an estimate
    sections         (k,) float64: where parts begin; the first at 0.0, the others on bars; an estimate
    onsets           (o,) float64: where something begins
    onset_strengths  (o,) float32, 0..1: how much
    hop              s between the values of the curves, that of index i being centred on i * hop
    loudness         (T,) float32 >= 0: rms amplitude as it is heard (K-weighted: ITU-R BS.1770)
    low, mid, high   (T,) float32 >= 0: rms amplitude under 200 Hz, up to 2 kHz, above
    percussive       (T,) float32 >= 0: rms amplitude of what is short and of every pitch
    harmonic         (T,) float32 >= 0: rms amplitude of what is long and of one
    """

    duration: float
    tempo: float
    beats: Times
    bars: Times
    metre: int
    sections: Times
    onsets: Times
    onset_strengths: Floats
    hop: float
    loudness: Floats
    low: Floats
    mid: Floats
    high: Floats
    percussive: Floats
    harmonic: Floats

    @property
    def beats_found(self) -> bool:
        return len(self.beats) > 0

    def beat_at(self, beat: float) -> float:
        """The time in s of a beat by its number: 0 is the first one heard, 1.5 lies between the second and the third.

        Before the first and after the last, beats follow at the tempo of those next to them (the median of eight). What
        has no beats is counted at 120 BPM from 0 s on.
        """
        if not self.beats_found:
            return beat * 60 / UNHEARD_TEMPO
        last = len(self.beats) - 1
        if beat < 0:
            return float(self.beats[0] + beat * np.median(np.diff(self.beats[:9])))
        if beat > last:
            return float(self.beats[-1] + (beat - last) * np.median(np.diff(self.beats[-9:])))
        return float(np.interp(beat, np.arange(last + 1), self.beats))

    def beat_of(self, second: float) -> float:
        """The number of the beat at a time in s: what `beat_at` gives back."""
        if not self.beats_found:
            return second * UNHEARD_TEMPO / 60
        last = len(self.beats) - 1
        if second < self.beats[0]:
            return float((second - self.beats[0]) / np.median(np.diff(self.beats[:9])))
        if second > self.beats[-1]:
            return float(last + (second - self.beats[-1]) / np.median(np.diff(self.beats[-9:])))
        return float(np.interp(second, self.beats, np.arange(last + 1)))


def save(heard: SongAnalysis, path: Path) -> None:
    """Write it to a .npz file; the same SongAnalysis gives the same bytes."""
    values: dict[str, Any] = {each.name: np.asarray(getattr(heard, each.name)) for each in fields(heard)}
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, form=FORM, **values)


def load(path: Path) -> SongAnalysis:
    """Read what `save` wrote.

    Raises:
        MediaError: it cannot be read, or another version wrote it.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            if int(stored["form"]) != FORM:
                raise MediaError(f"{path}: written by another version of vidream; the sound is heard anew")
            values = {each.name: stored[each.name] for each in fields(SongAnalysis)}
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise MediaError(f"{path}: not a sound that was heard ({error}); it is heard anew") from None
    plain = {name: values[name].item() for name in ("duration", "tempo", "metre", "hop")}
    return SongAnalysis(**{**values, **plain})
