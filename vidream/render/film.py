"""A plan -> a film on disk, whole or not at all; one that was stopped goes on where it was."""

import logging
import time
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidream.config import RunConfig
from vidream.errors import MediaError
from vidream.frames import Size, Sound
from vidream.media.paths import check_out, check_source
from vidream.media.reader import open_sound
from vidream.media.still import PICTURES
from vidream.media.writer import ENDINGS, GIF_FPS, Encoding, Maker, backwards
from vidream.media.writer import maker as maker_for
from vidream.render.ahead import ahead
from vidream.render.dreamer import dreamer, read_files
from vidream.render.film_plan import FilmPlan
from vidream.render.job import Job, Progress, Rendered
from vidream.render.loop import render
from vidream.render.memory import check_memory
from vidream.render.session import Pieces, Session, belonging, is_finished
from vidream.render.step import Plan

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FilmJob:
    """A plan, to be rendered into OUT. See vidream.render.job.Job.

    sources          what the film is made of, files or their content; if any has changed, an earlier run is not gone on
                     with
    sound            the source's own, from `start` for `duration` seconds; `--sound` puts another in its place
    """

    plan: Plan
    out: Path
    sources: tuple[Path | bytes, ...]
    sound: Sound | None = None
    start: Fraction = Fraction(0)
    duration: Fraction | None = None

    @property
    def config(self) -> RunConfig:
        return self.plan.config

    @property
    def size(self) -> Size:
        return self.plan.size

    @property
    def frames(self) -> int | None:
        return self.plan.count

    def check(self) -> None:
        beside = read_files(self.config)
        for path in beside:
            check_source(path, "file")
        read = [each for each in self.sources if isinstance(each, Path)]
        overwrite = self.config.files.overwrite or is_finished(self.out)
        check_out(self.out, overwrite, [*read, *beside], ENDINGS, PICTURES)
        if isinstance(self.plan, FilmPlan):  # a zoom's is asked before its seed is made
            check_memory(self.config, self.size, "film")

    def belongs(self) -> dict[str, Any]:
        return belonging([*self.sources, *read_files(self.config)], self.config)

    def run(self, progress: Progress | None = None) -> Rendered:
        """Render it; a run that was stopped goes on where it was.

        Raises:
            MediaError: the plan has no frame; a sound cannot be read; an earlier run of OUT belongs to something else.
            RenderError: ffmpeg or the disk refuses.
        """
        plan, config, began = self.plan, self.config, time.monotonic()
        with Session(self.out, self.maker(), self.belongs(), fresh=config.files.fresh) as session:
            if session.frames and not session.finished:
                log.warning("%s: %d frames are done; going on from there", self.out, session.frames)
            if not session.finished:
                softened(config)
                if not self._write(session, progress):
                    raise MediaError(f"{self.out}: there is no frame to write")
            session.finish()
            return Rendered(self.out, session.frames, plan.size, time.monotonic() - began)

    def pieces(self, first: int, progress: Progress | None = None) -> Pieces:
        """Render it as a part of a film, whose output frame `first` it begins with: segments that can be joined."""
        with Session(self.out, self.maker(), {}, first=first) as session:
            self._write(session, progress)
            session.close()
            return session.pieces(first)

    def _write(self, session: Session, progress: Progress | None) -> int:
        """How many frames are done."""
        deepen, done = dreamer(self.config), session.frames
        with closing(ahead(self.plan.steps(session.after))) as steps:
            for step, pixels, carried in render(steps, deepen, session.carried):
                session.write(step, pixels, carried)
                done += step.hold
                if progress:
                    progress(done, self.plan.count)
        return done

    def maker(self) -> Maker:
        """What makes OUT of its frames."""
        knobs = self.config.film
        encoding = Encoding(
            self.plan.size, self.plan.fps, knobs.crf, knobs.pix_fmt, self.sound, self.start, self.duration
        )
        if knobs.sound is not None:
            put = open_sound(Path(knobs.sound))
            encoding = replace(encoding, sound=put, start=Fraction(0), duration=None, fade=True)
        made = maker_for(self.out, encoding)
        if not self.config.camera.reverse:
            return made
        assert self.plan.count is not None  # of a zoom
        return backwards(made, self.plan.count)


def made(job: Job, progress: Progress | None = None) -> Rendered:
    """Check it, and run it."""
    job.check()
    return job.run(progress)


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
