"""What is known of a film's song: it is listened to when a curve, a length or a plot first asks."""

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property, lru_cache
from math import floor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidream.analysis import (
    HEIGHTS,
    SAMPLE_RATE,
    GivenBeats,
    SongAnalysis,
    analyse,
    envelope,
    prepare_numba_cache,
    with_beats,
)
from vidream.errors import MediaError
from vidream.events import StageEvent, note, tell
from vidream.jobs.kept_song import KeptSong
from vidream.jobs.song_shelf import ShelvedSong
from vidream.media.sound import read_sound
from vidream.text import clock_time, counted

MOST_NAMED = 20
"""Sections whose beginnings are told."""


class SongScore:
    """A song, for a film of `fps` frames a second whose first frame is the song's frame `first`.

    It is a vidream.clock.Score. It is listened to when it is first asked for anything; what is heard is kept in the
    session of `out`, if there is one, and where `song_shelf.songs_kept_in` says. What is `given` of its beats and
    sections overrides that. `height`, a name in HEIGHTS, says how high they are.
    """

    def __init__(
        self, song: Path, fps: Fraction, first: int, out: Path, given: GivenBeats | None = None, height: str = "loud"
    ) -> None:
        self.song, self.fps, self.first, self.out, self.given, self.height = song, fps, first, out, given, height
        self._levels: dict[tuple[str, float | None, float | None], NDArray[np.float32]] = {}

    def begun_at(self, first: int) -> "SongScore":
        """The same for a film whose first frame is the song's frame `first`."""
        return SongScore(self.song, self.fps, first, self.out, self.given, self.height)

    @property
    def start(self) -> Fraction:
        """Seconds of the song before the film's first frame."""
        return self.first / self.fps

    @cached_property
    def analysis(self) -> SongAnalysis:
        """What the film goes by: what is heard, with what is given of its beats and sections.

        Raises:
            MediaError: the song cannot be read, or has no beats of which to make those that are asked for.
        """
        analysis = self.heard
        if self.given is not None:
            try:
                analysis = with_beats(analysis, self.given)
            except ValueError as error:
                raise MediaError(f"{self.song}: {error}") from None
        return HEIGHTS[self.height](analysis)

    @cached_property
    def heard(self) -> SongAnalysis:
        """What is heard in the whole song, whatever is given."""
        digest = digest_of(self.song)
        kept, shelved = KeptSong(self.out, kept_name(digest)), ShelvedSong(kept_name(digest))
        analysis = kept.load()
        if analysis is not None:
            return analysis
        analysis = shelved.load()
        if analysis is None:
            analysis = _analysis(self.song, digest)
            shelved.save(analysis)
        kept.save(analysis)
        return analysis

    def beat(self, second: float) -> float:
        """The number of the beat at a second of the film; between two beats a part of one."""
        return self.analysis.beat_number(second + float(self.start))

    def second(self, beat: float) -> float:
        """The second of the film at which a beat falls, by number."""
        return self.analysis.time_of_beat(beat) - float(self.start)

    def marks(self, name: str) -> Sequence[float]:
        """The seconds of the film at which "beats", "bars", "sections" fall, those of its first frame at 0."""
        times = self.analysis.events[name].times - float(self.start)
        seconds: list[float] = np.maximum(0, times[times > -0.5 / float(self.fps)]).tolist()
        return seconds

    def level(self, name: str, attack: float | None, release: float | None, frame: int) -> float:
        """How high an envelope is at an output frame, 0..1. attack, release: seconds; None: the envelope's own."""
        key = name, attack, release
        if key not in self._levels:
            count = floor(self.analysis.duration * self.fps) + 2
            self._levels[key] = envelope(self.analysis, name, self.fps, count, attack, release)
        values = self._levels[key]
        return float(values[min(frame + self.first, len(values) - 1)])


@lru_cache(maxsize=4)
def _analysis(song: Path, digest: str) -> SongAnalysis:  # noqa: ARG001 (a key of the cache)
    """What is heard in a song of this content; kept, so that the next of an album's looks need not listen again."""
    slow = prepare_numba_cache()
    tell(StageEvent("listening", song))
    text = "listening"
    if slow:
        text += "; the first time on a machine takes up to two minutes"
    note(text, song)
    analysis = analyse(read_sound(song, SAMPLE_RATE), SAMPLE_RATE)
    note(f"{describe(analysis)}, {counted(len(analysis.bars), 'bar')}, {sections_of(analysis)}", song)
    return analysis


def describe(analysis: SongAnalysis) -> str:
    """The tempo that is heard in words, with how sure it is and the other candidate, where there is one."""
    if not analysis.has_beats:
        return "no beats"
    other = ""
    if analysis.other_tempo:
        other = f"; perhaps {analysis.other_tempo:.1f}: {_flags_of_other(analysis)}"
    return f"{analysis.tempo:.1f} beats a minute ({analysis.sureness:.0%} sure{other})"


def first_bar_of(analysis: SongAnalysis, *, given: bool = False) -> str:
    """Where bar one is, in words and with a comma; "" where there is none. given: whether it is, instead of heard."""
    if not len(analysis.bars):
        return ""
    how = "" if given else " (--first-beat moves it)"
    return f"bar one at {clock_time(float(analysis.bars[0]))}{how}, "


def sections_of(analysis: SongAnalysis, *, given: bool = False) -> str:
    """How many sections a song has, and where they begin, in words. given: whether they are, instead of heard."""
    sections = [float(second) for second in analysis.sections]
    words = counted(len(sections), "section")
    if given:
        words += " as given"
    if len(sections) < 2:
        return words
    places = ", ".join(map(clock_time, sections[:MOST_NAMED]))
    more = f" and {len(sections) - MOST_NAMED} more" if len(sections) > MOST_NAMED else ""
    return f"{words} at {places}{more}"


def _flags_of_other(analysis: SongAnalysis) -> str:
    """What makes the other tempo that a song may have of the one that is heard."""
    other = analysis.other_tempo
    octaves = float(np.log2(other / analysis.tempo))
    if abs(octaves) > 0.8:
        return "--half" if octaves < 0 else "--double"
    metre = 3 if octaves > 0 else 2
    return f"--tempo {other:.2f} --bar {metre}"


def digest_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits. OSError: it cannot be read."""
    facts = path.stat()
    return _digest(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=16)
def _digest(path: Path, modified: int, size: int) -> str:  # noqa: ARG001 (keys of the cache)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kept_name(digest: str) -> str:
    """The name of the file that keeps what is heard in a song of this content."""
    return f"heard-{digest[:16]}.npz"
