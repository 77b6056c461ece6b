"""A film, from file to file."""

import logging
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidream.config import RunConfig, configure
from vidream.dream.architecture import check_goal
from vidream.errors import MediaError
from vidream.media.paths import check_out
from vidream.media.reader import open_video
from vidream.media.still import PICTURES
from vidream.media.writer import ENDINGS, GIF_FPS, Encoding, maker
from vidream.render.loop import Deepen, render
from vidream.render.outcome import Progress, Rendered
from vidream.render.plan import FilmPlan
from vidream.render.session import Session, belonging, is_finished

log = logging.getLogger(__name__)


def render_video(
    source: str | Path,
    out: str | Path,
    *,
    preset: str | None = None,
    draft: bool = False,
    progress: Progress | None = None,
    **knobs: Any,
) -> Rendered:
    """Dream a film, sound and all. OUT appears whole or not at all; a render that was stopped goes on where it was.

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
    check_out(out, config.files.overwrite or is_finished(out), source, ENDINGS, PICTURES)
    plan = FilmPlan(open_video(source, config.film.fps, config.files.max_pixels), config)
    if out.suffix.lower() == ".gif" and plan.fps > GIF_FPS:
        log.warning("%s: players show %d frames a second of a GIF at most; frames are left out", out, GIF_FPS)
        config = replace(config, film=replace(config.film, fps=Fraction(GIF_FPS)))
        plan = replace(plan, config=config)
    if plan.count == 0:
        raise _nothing(plan)
    with Session(out, maker(out, _encoding(plan)), belonging(plan.video, config), fresh=config.files.fresh) as session:
        if session.frames and not session.finished:
            log.warning("%s: %d frames are done; going on from there", out, session.frames)
        if not session.finished:
            done = session.frames
            for step, pixels, carried in render(plan.steps(session.after), _deepen(config), config, session.carried):
                session.write(step, pixels, carried)
                done += step.hold
                if progress:
                    progress(done, plan.count)
            if not done:
                raise _nothing(plan)
        session.finish()
        return Rendered(out, session.frames, plan.size, time.monotonic() - began)


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
