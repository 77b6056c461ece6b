"""A look laid out in time, to be drawn: where its film's frames are, what its curves come to, what its music is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import ceil, floor, nan
from pathlib import Path
from typing import Any

from vidream.clock import MARKS, Clock, Marker
from vidream.config import RunConfig
from vidream.curve_parts import with_markers
from vidream.curves import Curve
from vidream.errors import ConfigError
from vidream.jobs.drivers import driven
from vidream.jobs.given_beats import given_beats
from vidream.jobs.markers import marker_finder, with_marked_curves
from vidream.jobs.music import base_command, plan_music
from vidream.jobs.pulse import with_pulse
from vidream.jobs.settings import config_of
from vidream.jobs.song_score import SongScore
from vidream.jobs.video import plan_video
from vidream.jobs.zoom import plan_zoom
from vidream.media.sound import sound_length
from vidream.notation import MIDI_ENDINGS, TABLE_ENDINGS
from vidream.plan.film import FilmPlan
from vidream.plan.inputs import drivers
from vidream.plan.source import video_of
from vidream.plan.zoom import ZoomPlan

MOST_FRAMES = 20_000
"""Frames at which a curve is reckoned, to be drawn: of more, every second one, every third."""


@dataclass(frozen=True)
class Look:
    """What a film is to be made of."""

    command: str
    """ "video", "zoom" or "music"."""
    source: str
    """A path, a film's frame, or "noise"."""
    song: str | None = None
    """Of a music visual: its sound."""
    preset: str | None = None
    """A shipped look by name, or a path."""
    knobs: Mapping[str, Any] | None = None
    """By name."""

    @property
    def base(self) -> str | None:
        """The command that a music visual is like."""
        return base_command(self.source) if self.command == "music" else None

    def plan(self, out: Path) -> FilmPlan | ZoomPlan:
        """Of its film. out: where that would go; it decides how fast the film may be.

        Raises:
            ConfigError, MediaError: it cannot be made.
        """
        given: dict[str, Any] = {"preset": self.preset, **(self.knobs or {})}
        if self.command == "music":
            if self.song is None:
                raise ConfigError("music: has no song yet; choose one")
            return plan_music(self.song, self.source, out, **given)
        if self.command == "zoom":
            return plan_zoom(self.source, out, **given)
        if self.command == "video":
            return plan_video(self.source, out, **given)
        raise ConfigError(f"{self.command}: has no time; nothing of it moves")

    def config(self, pulsed: bool = True) -> RunConfig:
        """Every knob of its film, without the film being looked at. ConfigError: some are wrong.

        pulsed: with what --pulse does to them, where there is music.
        """
        config = config_of(self.command, None, self.preset, False, self.knobs or {}, self.base)
        return config if self.base is None or not pulsed else with_pulse(config, self.base)


@dataclass(frozen=True)
class Sampled:
    """What a curve comes to over some frames, in pieces of time."""

    frames: Sequence[int]
    """The first frame of each piece."""
    lows: Sequence[float]
    """The lowest value in each."""
    highs: Sequence[float]
    """The highest."""


class LaidOut:
    """A film's plan, asked for what is drawn of it."""

    def __init__(self, plan: FilmPlan | ZoomPlan, out: Path) -> None:
        """Raise ConfigError if the plan cannot say how many frames there will be. out: what is made."""
        if plan.count is None:
            raise ConfigError("the film does not say how long it is: there is no timeline to show")
        self.plan, self.out, self.count = plan, out, plan.count

    @property
    def clock(self) -> Clock:
        """What its curves go by."""
        return self.plan.clock

    @property
    def start(self) -> Fraction:
        """The second of its source, its sound or its song at which it begins."""
        score = self.plan.score
        if isinstance(score, SongScore):
            return score.start
        if isinstance(self.plan, ZoomPlan):
            return self.plan.start
        return Fraction(0) if self.plan.config.film.sound else self.plan.timeline.start

    @property
    def sound(self) -> Path | None:
        """The file that is heard under it; None: it is silent."""
        score, config = self.plan.score, self.plan.config
        if isinstance(score, SongScore):
            return score.song
        if config.film.sound is not None:
            return Path(config.film.sound)
        video = video_of(self.plan.source) if isinstance(self.plan, FilmPlan) else None
        return None if video is None or video.sound is None else video.sound.path

    @property
    def sounds(self) -> list[Path]:
        """The sounds that its curves follow, which must be listened to: its song first."""
        followed = (Path(driver.file) for driver in drivers(self.plan.config))
        of_files = [path for path in followed if path.suffix.lower() not in (*MIDI_ENDINGS, *TABLE_ENDINGS)]
        songs = [self.plan.score.song] if isinstance(self.plan.score, SongScore) else []
        return list(dict.fromkeys([*songs, *of_files]))

    @cached_property
    def score(self) -> SongScore | None:
        """What its beats are asked of: its song; or the sound under it, where a curve follows that. None: neither."""
        if isinstance(self.plan.score, SongScore):
            return self.plan.score
        sound, config = self.sound, self.plan.config
        if sound is None or sound not in self.sounds:
            return None
        given = given_beats(config, float(sound_length(sound, config.files.max_seconds)))
        first = round(self.start * self.plan.fps)
        return SongScore(sound, self.plan.fps, first, self.out, given, config.music.beat_height)

    @property
    def marks(self) -> dict[str, list[float]]:
        """The seconds of the film at which "beats", "bars" and "sections" fall; the sound is listened to."""
        score, end = self.score, float(self.count / self.plan.fps)
        if score is None:
            return {name: [] for name in MARKS}
        return {name: [second for second in score.marks(name) if second < end] for name in MARKS}

    @property
    def beat_places(self) -> tuple[int, list[float]]:
        """The number of the first beat at or before the film's start, and the seconds of it and those after it.

        Between two beats numbers are counted evenly, as in vidream.clock.Score; the sound is listened to.
        """
        score = self.score
        if score is None:
            return 0, []
        first, last = floor(score.beat(0.0)), ceil(score.beat(float(self.count / self.plan.fps)))
        return first, [score.second(beat) for beat in range(first, last + 1)]

    def with_look(self, look: Look) -> "LaidOut":
        """The same film with other curves. look: that differs in nothing else.

        Raises:
            ConfigError, MediaError: they cannot be.
        """
        config, before = look.config(), self.plan.config
        camera = replace(config.camera, frames=before.camera.frames)
        config = with_marked_curves(replace(config, film=before.film, camera=camera), self.start)
        if drivers(config) == drivers(before):
            return LaidOut(replace(self.plan, config=config), self.out)
        return LaidOut(driven(replace(self.plan, config=config, drivers=None), self.start, self.out), self.out)

    def marker_second(self, name: str) -> float:
        """The second of the film at which a marker is. ConfigError: there is no such marker."""
        return marker_finder(self.plan.config)(Marker(nan, "seconds", name)) - float(self.start)

    def sampled(self, curve: Curve, first: int, last: int, pieces: int, whole: bool = False) -> Sampled:
        """What a curve of this film comes to from frame `first` up to frame `last`.

        Args:
            curve: of its config; that it follows has been listened to, or is now.
            first: a frame, from 0.
            last: no earlier a frame. Both are brought into the film.
            pieces: of time, in which the lowest and the highest values are told; no more than there are frames.
            whole: whether its values are rounded, as a knob of whole numbers rounds them.

        Raises:
            MediaError: a sound that it follows cannot be heard.
        """
        first = max(0, min(first, self.count - 1))
        last = max(first, min(last, self.count - 1))
        frames = range(first, last + 1, 1 + (last - first) // MOST_FRAMES)
        clock = self.clock
        values = [curve.at(frame, clock) for frame in frames]
        if whole:
            values = [float(round(value)) for value in values]
        pieces = max(1, min(pieces, len(frames)))
        starts = [piece * len(frames) // pieces for piece in range(pieces + 1)]
        parts = [values[start:end] for start, end in pairwise(starts)]
        return Sampled([frames[start] for start in starts[:-1]], [*map(min, parts)], [*map(max, parts)])


def marked(curve: Curve, laid_out: LaidOut) -> Curve:
    """A curve whose markers are times of a film.

    Raises:
        ConfigError: there is no such marker, or keys are out of order.
    """
    try:
        return with_markers(curve, lambda marker: laid_out.marker_second(marker.name))
    except ValueError as error:
        raise ConfigError(f"the curve {error}") from None
