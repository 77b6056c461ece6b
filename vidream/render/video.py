"""A film: the plan (which frames, how each follows from the last), and the way from file to file."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

from vidream.config import RunConfig, configure
from vidream.dream.architecture import check_goal
from vidream.errors import MediaError
from vidream.frames import Flow, Pixels, Size, Step, Trust, Video
from vidream.media.paths import check_out
from vidream.media.reader import frames, open_video
from vidream.media.still import PICTURES
from vidream.media.writer import ENDINGS, GIF_FPS, Encoding, film
from vidream.motion import FLOW_SIZE, optical_flow, trust
from vidream.render.loop import Deepen, dream_size, render
from vidream.render.report import Progress, Rendered
from vidream.resample import fitted

log = logging.getLogger(__name__)

CUT = 0.1  # mean trust below which a frame begins a new shot; measured: 0.004 and 0.008 at cuts, 0.65 at a fast pan


@dataclass(frozen=True)
class Timeline:
    """Which source frame each output frame shows: the nearest in time, the earlier of two that are equally near.

    source, output  frames a second, exact
    start, end      seconds of the source; end None: to its last frame
    """

    source: Fraction
    output: Fraction
    start: Fraction = Fraction(0)
    end: Fraction | None = None

    def first(self, index: int) -> int:
        """The first output frame that shows source frame `index` or a later one."""
        return max(0, floor(((index - Fraction(1, 2)) / self.source - self.start) * self.output) + 1)

    @property
    def limit(self) -> int | None:
        """The most output frames that there may be, set by `end`."""
        return None if self.end is None else max(0, _nearest((self.end - self.start) * self.output))

    def count(self, source_count: int) -> int:
        """Output frames in all: the duration, at least one if any frame is left, at most the limit.

        The last source frame is shown until the duration is full; the ones before it, until the next begins.
        """
        left = Fraction(source_count) / self.source - self.start
        if left <= 0:
            return 0
        full = max(1, self.first(source_count - 1), _nearest(left * self.output))
        return full if self.limit is None else min(full, self.limit)


def _nearest(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@dataclass(frozen=True)
class FilmPlan:
    """The steps of a film: its frames at the output's size, with the motion between them."""

    video: Video
    config: RunConfig

    @property
    def fps(self) -> Fraction:
        return self.config.film.fps or self.video.fps

    @property
    def size(self) -> Size:
        fit = self.config.film.size
        return fit.of(self.video.size) if fit else self.video.size

    @property
    def timeline(self) -> Timeline:
        film = self.config.film
        return Timeline(self.video.fps, self.fps, film.start or Fraction(0), film.end)

    @property
    def count(self) -> int | None:
        return self.timeline.limit if self.video.count is None else self.timeline.count(self.video.count)

    def steps(self) -> Iterator[Step]:
        before: Pixels | None = None
        for index, pixels, hold in self._shown():
            flow, believed = self._motion(pixels, before) if before is not None else (None, None)
            yield Step(index, pixels, flow, believed, hold)
            before = pixels

    def _shown(self) -> Iterator[tuple[int, Pixels, int]]:
        """(source index, pixels at the output's size, output frames that show it) of the frames that are shown."""
        timeline, first = self.timeline, floor(self.timeline.start * self.video.fps)
        last: tuple[int, Pixels] | None = None
        for index, pixels in enumerate(frames(self.video, first), first):
            if timeline.limit is not None and timeline.first(index) >= timeline.limit:
                until = timeline.limit
                break
            if last is not None:
                yield from self._held(*last, timeline.first(index))
            last = index, pixels
        else:
            read = first if last is None else last[0] + 1
            until = timeline.count(read)
            if self.video.count is not None and first < read < self.video.count:
                log.warning("%s: only %d of its %d frames can be read", self.video.path, read, self.video.count)
        if last is not None:
            yield from self._held(*last, until)

    def _held(self, index: int, pixels: Pixels, until: int) -> Iterator[tuple[int, Pixels, int]]:
        hold = until - self.timeline.first(index)
        if hold > 0:
            yield index, fitted(pixels, self.size), hold

    def _motion(self, now: Pixels, before: Pixels) -> tuple[Flow | None, Trust | None]:
        """Flow and trust; (None, None) where nothing is carried: at a cut, or when nothing is dreamed."""
        knobs, motion = self.config.dream, self.config.motion
        if motion.persistence == 0 or knobs.strength == 0:
            return None, None
        size = dream_size(self.size, knobs.dream_size).at_most(FLOW_SIZE)
        now, before = fitted(now, size), fitted(before, size)
        backward = optical_flow(now, before, motion.flow)
        forward = optical_flow(before, now, motion.flow)
        believed = trust(now, before, backward, forward)
        return (None, None) if believed.mean() < CUT else (backward, believed)


def render_video(
    source: str | Path,
    out: str | Path,
    *,
    preset: str | None = None,
    draft: bool = False,
    progress: Progress | None = None,
    **knobs: Any,
) -> Rendered:
    """Dream a film, sound and all. OUT appears whole or not at all.

    Args:
        source: a film file.
        out: its ending decides: .mp4 .mov .mkv .webm .gif, or a pattern of pictures such as frames/%05d.png.
        preset: a shipped look by name (`vidream presets` lists them), or the path of a TOML file.
        draft: small and fast, with the same seeds and timing.
        progress: called with (frames done, frames in all or None).
        **knobs: the flags of `vidream video` by name: layer="block4", persistence=0.9, size="1280x720", ...

    Raises:
        ConfigError: an unknown preset, knob, network or layer, or a value out of range.
        MediaError: SOURCE is no film that can be read, or OUT may not be written.
        RenderError: ffmpeg failed, for instance on a full disk.
    """
    source, out, began = Path(source), Path(out), time.monotonic()
    config = configure("video", preset=preset, draft=draft, **knobs)
    check_goal(config.goal)
    check_out(out, config.output.overwrite, source, ENDINGS, PICTURES)
    plan = FilmPlan(open_video(source), config)
    if out.suffix.lower() == ".gif" and plan.fps > GIF_FPS:
        log.warning("%s: players show %d frames a second of a GIF at most; frames are left out", out, GIF_FPS)
        plan = replace(plan, config=replace(config, film=replace(config.film, fps=Fraction(GIF_FPS))))
    if plan.count == 0:
        raise _nothing(plan)
    deepen = _deepen(config)
    done = 0
    with film(out, _encoding(plan)) as write:
        for pixels in render(plan.steps(), deepen, config):
            write(pixels)
            done += 1
            if progress:
                progress(done, plan.count)
        if not done:
            raise _nothing(plan)
    return Rendered(out, done, plan.size, time.monotonic() - began)


def _deepen(config: RunConfig) -> Deepen | None:
    if config.dream.strength == 0:
        return None
    from vidream.dream.octaves import Dreamer  # imports TensorFlow: only now that all has been checked

    return Dreamer(config)


def _encoding(plan: FilmPlan) -> Encoding:
    knobs, timeline = plan.config.film, plan.timeline
    duration = None if knobs.end is None else knobs.end - timeline.start
    start = timeline.start + plan.video.begins
    return Encoding(plan.size, plan.fps, knobs.crf, knobs.pix_fmt, plan.video.sound, start, duration)


def _nothing(plan: FilmPlan) -> MediaError:
    video = plan.video
    length = "" if video.count is None else f"; the film is {float(video.count / video.fps):.2f} s long"
    return MediaError(f"{video.path}: no frame lies between --start and --end{length}")
