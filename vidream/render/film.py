"""A plan -> a film on disk, whole or not at all; one that was stopped goes on where it was."""

import logging
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from vidream.config import RunConfig
from vidream.errors import MediaError
from vidream.frames import Sound
from vidream.media.paths import check_source
from vidream.media.reader import open_sound
from vidream.media.writer import GIF_FPS, Encoding, Maker, backwards, maker
from vidream.render.ahead import ahead
from vidream.render.dreamer import dreamer, read_files
from vidream.render.loop import render
from vidream.render.outcome import Progress, Rendered
from vidream.render.session import Session, belonging
from vidream.render.step import Plan

log = logging.getLogger(__name__)


def make_film(
    plan: Plan,
    out: Path,
    sources: Iterable[Path | bytes],
    progress: Progress | None = None,
    *,
    sound: Sound | None = None,
    start: Fraction = Fraction(0),
    duration: Fraction | None = None,
) -> Rendered:
    """Render a plan's steps into OUT.

    Args:
        plan: what to render.
        out: checked.
        sources: what the film is made of, files or their content; if any has changed, an earlier run is not gone on
            with.
        progress: called with (frames done, frames in all or None).
        sound: the source's own, from `start` for `duration` seconds; `--sound` puts another in its place.

    Raises:
        MediaError: the plan has no frame; --sound cannot be read; an earlier run of OUT belongs to something else.
        RenderError: ffmpeg or the disk refuses.
    """
    config, began = plan.config, time.monotonic()
    knobs, put = config.film, None if config.film.sound is None else Path(config.film.sound)
    encoding = Encoding(plan.size, plan.fps, knobs.crf, knobs.pix_fmt, sound, start, duration)
    if put is not None:
        encoding = replace(encoding, sound=open_sound(put), start=Fraction(0), duration=None, fade=True)
    for path in read_files(config):
        check_source(path, "file")
    belongs = belonging([*sources, *read_files(config)], config)
    with Session(out, _maker(plan, out, encoding), belongs, fresh=config.files.fresh) as session:
        if session.frames and not session.finished:
            log.warning("%s: %d frames are done; going on from there", out, session.frames)
        if not session.finished:
            softened(config)
            deepen, done = dreamer(config), session.frames
            with closing(ahead(plan.steps(session.after))) as steps:
                for step, pixels, carried in render(steps, deepen, session.carried):
                    session.write(step, pixels, carried)
                    done += step.hold
                    if progress:
                        progress(done, plan.count)
            if not done:
                raise MediaError(f"{out}: there is no frame to write")
        session.finish()
        return Rendered(out, session.frames, plan.size, time.monotonic() - began)


def _maker(plan: Plan, out: Path, encoding: Encoding) -> Maker:
    made = maker(out, encoding)
    if not plan.config.camera.reverse:
        return made
    assert plan.count is not None  # of a zoom
    return backwards(made, plan.count)


def softened(config: RunConfig) -> None:
    """Say that a recipe that puts no detail back softens what goes through it frame after frame."""
    if config.dream.recipe == "inception-v3":
        log.warning("--recipe inception-v3: made for one picture; it puts no detail back, and each frame gets softer")


def playable(out: Path, fps: Fraction, config: RunConfig) -> RunConfig:
    """The config for a film at `fps`, or at the most that OUT's kind can play; what is changed is said."""
    if out.suffix.lower() == ".gif" and fps > GIF_FPS:
        log.warning("%s: players show %d frames a second of a GIF at most; frames are left out", out, GIF_FPS)
        return replace(config, film=replace(config.film, fps=Fraction(GIF_FPS)))
    return config
