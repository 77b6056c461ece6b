"""The files that curves follow: other sounds, MIDI files, tables. Each is opened before the first frame."""

from dataclasses import replace
from fractions import Fraction
from math import floor
from pathlib import Path, PurePath
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from vidream.analysis import GivenBeats, envelope, peaks, with_tails
from vidream.analysis.levels import read_levels
from vidream.analysis.midi import read_midi
from vidream.clock import MARKS, Driver
from vidream.config import RunConfig
from vidream.events import note, warn
from vidream.jobs.given_beats import given_beats, sounds_with_beats
from vidream.jobs.markers import with_marked_curves
from vidream.jobs.song_score import SongScore
from vidream.media.paths import check_source
from vidream.media.sound import sound_length
from vidream.notation import MIDI_ENDINGS, TABLE_ENDINGS
from vidream.plan.film import FilmPlan
from vidream.plan.inputs import drivers
from vidream.plan.memory import check_listening
from vidream.plan.zoom import ZoomPlan

NOTE_ATTACK, NOTE_RELEASE = 0.02, 0.15
"""Seconds in which a note's level rises and falls, unless a curve says otherwise."""

SHORT = 0.1
"""Seconds that a file may end before the film without a word."""

LEAST = 1024
"""Frames for which an envelope is made at first; it is made for twice as many whenever more are asked for."""

Levels = NDArray[np.float32]
PlanT = TypeVar("PlanT", bound=FilmPlan | ZoomPlan)


class DriverFile(Protocol):
    """A file that a curve follows."""

    duration: float
    """Seconds."""

    def envelope(self, count: int, attack: float | None, release: float | None) -> Levels:
        """(count,) float32, 0..1: its level at each frame from its own start. attack, release: seconds, or None."""


class SoundFile:
    """A sound, which is listened to when its level is first asked for."""

    def __init__(self, driver: Driver, run: "OpenDrivers") -> None:
        self.name, self.fps = driver.name, run.fps
        path = Path(driver.file)
        self.duration = float(sound_length(path, run.config.files.max_seconds))
        check_listening(path, self.duration)
        given = run.given if driver.name in MARKS else None
        self.score = SongScore(path, run.fps, 0, run.out, given, run.config.music.beat_height)

    def envelope(self, count: int, attack: float | None, release: float | None) -> Levels:
        return envelope(self.score.analysis, self.name, self.fps, count, attack, release)


class NotesFile:
    """The notes of a MIDI file: each peaks when it begins, as high as it is struck."""

    def __init__(self, driver: Driver, run: "OpenDrivers") -> None:
        self.fps = run.fps
        midi = read_midi(Path(driver.file))
        self.duration = midi.duration
        low, high = driver.pitch or (0, 127)
        notes = [note for note in midi.notes if driver.channel in (None, note.channel) and low <= note.pitch <= high]
        if not notes:
            warn(f"has no note for the curve that follows {driver}", driver.file)
        self.times = np.array([note.start for note in notes], np.float64)
        self.heights = np.array([note.velocity / 127 for note in notes], np.float32)

    def envelope(self, count: int, attack: float | None, release: float | None) -> Levels:
        attack = NOTE_ATTACK if attack is None else attack
        release = NOTE_RELEASE if release is None else release
        return peaks(self.times, self.heights, self.fps, count, attack, release)


class TableFile:
    """A column of a table: straight from row to row, the first value before the first row, 0 after the last."""

    def __init__(self, driver: Driver, run: "OpenDrivers") -> None:
        self.fps = run.fps
        self.levels = read_levels(Path(driver.file), driver.name)
        self.duration = self.levels.duration
        if self.levels.scaled:
            note(f"{driver.name} has values outside of 0 to 1; all are scaled to that", driver.file)

    def envelope(self, count: int, attack: float | None, release: float | None) -> Levels:
        seconds = np.arange(count) / float(self.fps)
        values = np.interp(seconds, self.levels.times, self.levels.values, right=0.0).astype(np.float32)
        return with_tails(values, self.fps, attack or 0.0, release or 0.0)


class OpenDrivers:
    """The files that the curves of a film follow. It is a vidream.clock.Drivers."""

    def __init__(
        self, config: RunConfig, fps: Fraction, start: Fraction, out: Path, given: GivenBeats | None = None
    ) -> None:
        """Open what the curves of a config follow.

        Args:
            config: of the run.
            fps: frames a second of the film.
            start: seconds of the files that lie before the film.
            out: what is made.
            given: what is given of the beats of all sounds whose beats are followed: they are stems of one song.

        Raises:
            MediaError: a file is not there, or cannot be read.
        """
        self.config, self.fps, self.start, self.out, self.given = config, fps, start, out, given
        self._levels: dict[tuple[Driver, float | None, float | None], Levels] = {}
        for driver in drivers(config):
            check_source(Path(driver.file), "file")
        self.files: dict[Driver, DriverFile] = {driver: _kind(driver)(driver, self) for driver in drivers(config)}

    def level(self, driver: Driver, attack: float | None, release: float | None, frame: int) -> float:
        """0 before the file begins, and after its end."""
        place = frame + floor(self.start * self.fps + Fraction(1, 2))
        if place < 0:
            return 0.0
        key = driver, attack, release
        if place >= len(self._levels.get(key, ())):
            self._levels[key] = self.files[driver].envelope(max(LEAST, 2 * place), attack, release)
        return float(self._levels[key][place])

    def score(self, driver: Driver) -> SongScore | None:
        """What is known of the sound that a curve follows; None: it is no sound."""
        file = self.files[driver]
        return file.score if isinstance(file, SoundFile) else None

    def tell_of_ends(self, seconds: Fraction) -> None:
        """Warn of files that end before the film does, which lasts so many seconds."""
        ends: dict[str, float] = {}
        for driver, file in self.files.items():
            ends[driver.file] = file.duration - float(self.start)
        for name, end in ends.items():
            if end < float(seconds) - SHORT:
                warn(
                    f"ends at {max(0.0, end):.1f} s of the film's {float(seconds):.1f} s, and is silent after it", name
                )


def _kind(driver: Driver) -> type[SoundFile] | type[NotesFile] | type[TableFile]:
    ending = PurePath(driver.file).suffix.lower()
    if ending in MIDI_ENDINGS:
        return NotesFile
    if ending in TABLE_ENDINGS:
        return TableFile
    return SoundFile


def driven(plan: PlanT, start: Fraction, out: Path) -> PlanT:
    """A plan with the files that its curves follow, and its markers as times.

    Args:
        plan: without them.
        start: the second of the sound that is heard under the film, at which the film begins.
        out: what is made.

    Raises:
        ConfigError: there is no such marker, keys are out of order, or a beat is given that lies after the sounds' end.
        MediaError: a file cannot be read.
    """
    config = with_marked_curves(plan.config, start)
    if not drivers(config):
        return replace(plan, config=config)
    opened = OpenDrivers(config, plan.fps, start, out, _given(plan))
    if plan.count is not None:
        opened.tell_of_ends(plan.count / plan.fps)
    return replace(plan, config=config, drivers=opened)


def _given(plan: FilmPlan | ZoomPlan) -> GivenBeats | None:
    """What is given of the beats of a plan's song; without one, of the sounds whose beats are followed."""
    if isinstance(plan.score, SongScore):
        return plan.score.given
    config = plan.config
    sounds = sounds_with_beats(config)
    if not sounds:
        return None
    if config.film.sound is not None:
        sounds.append(Path(config.film.sound))
    for path in sounds:
        check_source(path, "file")
    longest = max(sound_length(path, config.files.max_seconds) for path in sounds)
    return given_beats(config, float(longest))
