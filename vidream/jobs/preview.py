"""One moment of what would be made, coarse at once and finer with time; and some seconds of it in motion.

    previewer = Previewer()
    with scope(cancel=cancel):
        for shown in previewer.see(Wanted("video", "clip.mp4", second=1.5, preset="coral")):
            show(shown.pixels, shown.stage)

The newest wish wins: `cancel` ends a preview between two steps of its dream. What costs time is kept for the next one.
"""

from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from vidream.config import MAX_PIXELS, RunConfig
from vidream.frames import PEAK
from vidream.jobs.drivers import driven
from vidream.jobs.music import base_command, plan_music
from vidream.jobs.preview_film import FilmMoment
from vidream.jobs.preview_kept import Kept, Shelf
from vidream.jobs.preview_parts import Dreamt, Shown, Stage, Wanted
from vidream.jobs.preview_still import StillMoment
from vidream.jobs.preview_zoom import ZoomMoment
from vidream.jobs.settings import config_of
from vidream.jobs.still import still_settings
from vidream.jobs.unheard import without_unheard
from vidream.jobs.video import film_plan
from vidream.jobs.zoom import zoom_plan
from vidream.plan.film import FilmPlan
from vidream.plan.mask import ALPHA
from vidream.plan.seed import NOISE, file_of, time_of
from vidream.plan.source import video_of
from vidream.plan.zoom import ZoomPlan
from vidream.resample import fit_frame

__all__ = ["Facts", "Previewer", "Shown", "Stage", "Wanted"]

OUT = Path("preview.mp4")
"""What would be made; nothing is."""
HEAVIEST = 192 * 2**20
"""Bytes of dreams that are kept."""


class Moment(Protocol):
    """A moment of what would be made."""

    def see(self) -> Generator[Shown]:
        """It, better and better."""

    def source(self) -> Shown:
        """What it is dreamed over, as it is there, small."""

    def full_source(self) -> Shown:
        """The same, as large as the last picture of `see`."""


@dataclass(frozen=True)
class Facts:
    """What there is to look through."""

    seconds: float
    """How long; 0 where there is no time."""
    fps: float
    """Frames a second; 0 where there is no time."""
    start: float = 0.0
    """The second at which what is made begins."""


class Previewer:
    """Shows moments of looks, one after the other, in one thread."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._dreams: Kept[Dreamt] = Kept(24, weight=lambda dreamt: dreamt.residual.nbytes, heaviest=HEAVIEST)
        self._plans: Kept[tuple[FilmPlan | ZoomPlan | RunConfig, Any]] = Kept(6)

    def moment(self, wanted: Wanted) -> "FilmMoment | StillMoment | ZoomMoment":
        """A moment, of which nothing is dreamed yet.

        Raises:
            ConfigError: an unknown preset, knob, network or layer, or a value out of range.
            MediaError: a source, or what is read beside it, cannot be read.
        """
        plan, frame = self._planned(wanted)
        if not isinstance(plan, RunConfig):
            plan, _ = without_unheard(plan)
        if isinstance(plan, FilmPlan):
            video = video_of(plan.source)
            assert video is not None
            near = self._shelf.near(video, alpha=plan.config.mask.mask == ALPHA)
            return FilmMoment(plan, near, self._shelf, wanted, self._dreams)
        if isinstance(plan, ZoomPlan):
            return ZoomMoment(plan, self._shelf, self._dreams, wanted)
        return StillMoment(frame, plan, self._shelf, self._dreams, wanted)

    def see(self, wanted: Wanted) -> Generator[Shown]:
        """A moment, better and better. Errors: those of `moment`; RenderError; Cancelled."""
        yield from self.moment(wanted).see()

    def play(self, wanted: Wanted, seconds: float) -> Generator[Shown]:
        """What comes after a moment, frame by frame, as a live dream makes it; of a picture, nothing."""
        moment = self.moment(wanted)
        if not isinstance(moment, StillMoment):
            yield from moment.play(seconds)

    def facts(self, wanted: Wanted) -> Facts:
        """What there is to look through. Errors: those of `moment`."""
        moment = self.moment(wanted)
        if isinstance(moment, StillMoment):
            return self._facts_of(wanted.source) if time_of(wanted.source) is not None else Facts(0, 0)
        plan = moment.plan
        if isinstance(plan, ZoomPlan) and time_of(wanted.source) is not None:
            return self._facts_of(wanted.source)
        if isinstance(plan, FilmPlan) and plan.length is None:
            count = plan.source.count or 0
            return Facts(float(count / plan.source.fps), float(plan.source.fps))
        start = float(getattr(plan.score, "start", Fraction(0)))
        return Facts(start + float((plan.count or 0) / plan.fps), float(plan.fps), start)

    def _facts_of(self, frame: str) -> Facts:
        """Of the film whose frame is dreamed: that is what there is to look through."""
        video = self._shelf.video(file_of(frame), None, MAX_PIXELS)
        return Facts(float((video.count or 0) / video.fps), float(video.fps))

    def close(self) -> None:
        """Let go of all that is kept."""
        self._plans.clear()
        self._dreams.clear()
        self._shelf.close()

    def unheard(self, wanted: Wanted) -> bool:
        """Whether it goes by a sound that is not known yet, which is silent meanwhile: see `songs_kept_in`."""
        plan, _ = self._planned(wanted)
        return not isinstance(plan, RunConfig) and without_unheard(plan)[1]

    def _planned(self, wanted: Wanted) -> tuple[FilmPlan | ZoomPlan | RunConfig, Any]:
        key = (wanted.command, wanted.source, wanted.song, wanted.preset, repr(wanted.knobs))
        return self._plans.make(key, lambda: self._plan(wanted))

    def _plan(self, wanted: Wanted) -> tuple[FilmPlan | ZoomPlan | RunConfig, Any]:
        """The plan of what would be made; of a picture its knobs, and itself."""
        preset, knobs = wanted.preset or None, dict(wanted.knobs)
        if wanted.command == "video":
            config = config_of("video", None, preset, False, knobs)
            video = self._shelf.video(Path(wanted.source), config.film.fps, config.files.max_pixels)
            plan = film_plan(config, wanted.source, OUT, video=video)
            return driven(plan, Fraction(0) if config.film.sound else plan.timeline.start, OUT), None
        if wanted.command == "zoom":
            config = config_of("zoom", None, preset, False, knobs)
            zoom = zoom_plan(config, wanted.source, OUT, self._seed(wanted, config))
            return driven(zoom, zoom.start, OUT), None
        if wanted.command == "music":
            return plan_music(wanted.song or "", wanted.source, OUT, preset=preset, **knobs), None
        config = still_settings(None, preset, False, knobs)
        return config, self._shelf.seed(wanted.source, config.files.max_pixels)

    def _seed(self, wanted: Wanted, config: RunConfig) -> Any:
        """What a zoom begins with, at its size; None: it is made by the zoom's plan itself."""
        if wanted.source == NOISE:
            return None
        frame = self._shelf.seed(wanted.source, config.files.max_pixels)
        fitted = fit_frame(frame, config.film.sizes(frame.size)[0])
        return fitted.pixels() if fitted.samples.dtype == "uint8" else fitted.image().clip(0, PEAK)


def is_film(source: str) -> bool:
    """Whether a source is a film, which has moments."""
    return base_command(source) == "video"
