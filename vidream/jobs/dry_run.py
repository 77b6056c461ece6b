"""What a render will do, before anything is dreamed: every knob that moves, frame by frame, and the sound under it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from vidream.analysis import SongAnalysis
from vidream.curve_parts import parts_of
from vidream.curves import Follow
from vidream.errors import ConfigError
from vidream.jobs.song_score import SongScore
from vidream.media.sound import read_sound
from vidream.plan.step import Plan

WAVE_RATE = 4000  # Hz, at which a sound is read to be drawn


@dataclass(frozen=True)
class DryRunFrame:
    """One output frame of a dry run."""

    frame: int
    """Its number, from 0."""
    seconds: Fraction
    """When it is shown, from the film's start."""
    values: dict[str, float]
    """Each knob that moves, by the name that a person would call it; and what is followed of files."""


@dataclass(frozen=True)
class Sound:
    """A song as it lies under a film, a value for each output frame."""

    name: str
    """Of its file."""
    peaks: Sequence[float]
    """The largest sample of each frame's time, full scale 1."""
    loudness: Sequence[float]
    """0..1: see vidream.analysis."""
    beats: Sequence[int]
    """Frames on which a beat falls."""
    heard_beats: Sequence[int] | None
    """Frames on which a beat is heard, where others are given; None: none are."""
    sections: Sequence[int]
    """Frames at which a section begins."""
    bars: Sequence[int]
    """Frames at which a bar begins."""


class DryRun:
    """A plan whose numbers can be looked at: `DryRun(plan_video(...))`, `plan_zoom`, `plan_music`."""

    def __init__(self, plan: Plan) -> None:
        """Raise ConfigError if the plan cannot say how many frames there will be."""
        if plan.count is None:
            raise ConfigError("the film does not say how long it is: there is no timeline to show")
        self.plan, self.count = plan, plan.count

    @property
    def moving(self) -> tuple[str, ...]:
        """The names of the knobs that move."""
        return tuple(self.plan.config.moving)

    @property
    def followed(self) -> dict[str, Follow]:
        """What the curves follow of files, each once, by a name: of several that read alike, with a number."""
        curves = (part for curve in self.plan.config.moving.values() for part in parts_of(curve))
        followed: dict[str, Follow] = {}
        for follow in dict.fromkeys(part for part in curves if isinstance(part, Follow) and part.driver is not None):
            name, number = str(follow.driver), 1
            while name in followed:
                number += 1
                name = f"{follow.driver} #{number}"
            followed[name] = follow
        return followed

    @property
    def seconds(self) -> Fraction:
        """How long the film is."""
        return self.count / self.plan.fps

    @property
    def song(self) -> SongAnalysis | None:
        """What it knows of the song that it goes by, which is listened to at the first time; None without one."""
        if self._score is None:
            return None
        return self._score.analysis

    @property
    def heard(self) -> SongAnalysis | None:
        """What is heard in the song, where its beats are given; None: they are not."""
        score = self._score
        if score is None or score.given is None or not score.given.of_beats:
            return None
        return score.heard

    @property
    def sections_given(self) -> bool:
        """Whether the sections of the song are given, not heard."""
        return self._score is not None and self._score.given is not None and self._score.given.sections is not None

    @property
    def bars(self) -> float:
        """How many bars of its song it lasts; 0 without a song."""
        if self._score is None:
            return 0.0
        beats = self._score.beat(float(self.seconds)) - self._score.beat(0.0)
        return beats / self._score.analysis.metre

    @property
    def _score(self) -> SongScore | None:
        score = self.plan.clock.score
        if isinstance(score, SongScore):
            return score
        return None

    def frames(self, every: int = 1) -> Iterator[DryRunFrame]:
        """Each so many-th frame, made as it is asked for: a zoom may have ten million."""
        clock, followed = self.plan.clock, self.followed
        for frame in range(0, self.count, every):
            numbers = self.plan.config.at(frame, clock).by_name
            values = {name: float(numbers[name]) for name in self.moving}
            values |= {name: curve.at(frame, clock) for name, curve in followed.items()}
            yield DryRunFrame(frame, frame / self.plan.fps, values)

    @cached_property
    def sound(self) -> Sound | None:
        """The song that it goes by; None without one."""
        score = self._score
        if score is None:
            return None
        peaks = self._peaks(score)
        loudness = [score.level("loudness", None, None, frame) for frame in range(self.count)]
        beats, sections, bars = (self._frames(score.marks(name)) for name in ("beats", "sections", "bars"))
        heard: list[int] | None = None
        if self.heard is not None:
            start = float(score.start)
            heard = self._frames([second - start for second in self.heard.beats if second >= start])
        return Sound(score.song.name, peaks, loudness, beats, heard, sections, bars)

    def _peaks(self, score: SongScore) -> list[float]:
        wave = np.abs(read_sound(score.song, WAVE_RATE))
        starts = (score.start + max(Fraction(0), frame - Fraction(1, 2)) / self.plan.fps for frame in range(self.count))
        samples = [min(len(wave) - 1, round(start * WAVE_RATE)) for start in starts]
        peaks: list[float] = np.maximum.reduceat(wave, samples).tolist()
        return peaks

    def _frames(self, seconds: Iterable[float]) -> list[int]:
        """The frames on which seconds of the film fall."""
        frames = (round(self.plan.clock.frame(second, "seconds")) for second in seconds)
        return [frame for frame in frames if frame < self.count]
