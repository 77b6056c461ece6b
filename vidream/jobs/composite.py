"""`vidream composite`: a dream pass over its source again, with another strength, mask or colours; no network runs."""

import threading
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

from vidream.config import Fit, Recipe, RunConfig
from vidream.config.film_knobs import Film
from vidream.config.keywords import CompositeKnobs
from vidream.config.recipe import base_name
from vidream.errors import InputError, MediaError
from vidream.events import Listener, StageEvent, note, scope, tell, warn
from vidream.jobs.drivers import driven
from vidream.jobs.job import Rendered, check_and_run
from vidream.jobs.recipes import recipe_of
from vidream.jobs.render_job import RenderJob
from vidream.jobs.settings import config_of
from vidream.jobs.video import film_plan, job_of_plan
from vidream.media.files import stamp_of
from vidream.media.reader import open_video
from vidream.plan.dream_pass import DreamPass, open_dream_pass
from vidream.plan.film import FilmPlan
from vidream.render.ahead import ahead
from vidream.render.composite import RenderedFrame
from vidream.render.session import Session
from vidream.resample import without_padding
from vidream.text import figure, printable


def render_composite(
    source: str | Path,
    dream: str | Path,
    out: str | Path,
    *,
    config: RunConfig | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    **knobs: Unpack[CompositeKnobs],
) -> Rendered:
    """Lay a dream pass over its source again. Without knobs this makes the film beside which the pass was written.

    Args:
        source: the film that was dreamed over.
        dream: the folder of its dream pass, which `passes="dream"` writes, or the pattern of its files.
        out: as in `render_video`.
        config: every knob, built by `configure("composite", ...)`; in place of knobs.
        on_event: called with each vidream.Event, in this thread: stages, frames, warnings. What it raises ends the run.
        cancel: set it from another thread, or from on_event, and the run ends within a frame with Cancelled; what is
            done stays, and the same call goes on from there.
        **knobs: the flags of `vidream composite` by name: `strength=0.5` shows half of the dream in the pass, ...

    Returns:
        Where it lies, how many frames it has, their size, and how long it took.

    Raises:
        ConfigError: an unknown knob, or a value out of range.
        MediaError: SOURCE or DREAM cannot be read, they do not fit together, or OUT may not be written.
        RenderError: ffmpeg failed, for instance on a full disk.
        Cancelled: `cancel` was set.
    """
    with scope(on_event, cancel):
        return check_and_run(composite_job(source, dream, out, config=config, **knobs))


def composite_job(
    source: str | Path,
    dream: str | Path,
    out: str | Path,
    *,
    config: RunConfig | None = None,
    **knobs: Unpack[CompositeKnobs],
) -> "CompositeJob":
    """The job that `render_composite` runs, not yet checked. Arguments and errors are those of `render_composite`."""
    given = config_of("composite", config, None, False, knobs)
    layer = open_dream_pass(Path(dream), given.files.max_pixels)
    plan = _plan(given, source, Path(out), layer)
    _warn_of_other_film(given.film, plan, source, layer)
    manifest = repr([(path.name, *stamp_of(path)) for path in layer.paths]).encode()
    job = job_of_plan(plan, source, Path(out))
    sound, source_file = job.sound, job.source_file
    if layer.repeats:  # what lies beside the picture does not begin again with it
        source_file = None
    if layer.repeats and not given.film.sound:
        note("the song that it was made to is not in a pass; --sound FILE puts it under the film", dream)
        sound = None
    return CompositeJob(
        plan,
        job.out,
        (*job.sources, manifest),
        sound=sound,
        start=job.start,
        duration=job.duration,
        source_file=source_file,
        engine="none",
        names={**job.names, "dream": str(dream)},
        layer=layer,
    )


def _plan(given: RunConfig, source: str | Path, out: Path, layer: DreamPass) -> FilmPlan:
    """The plan of the frames that the pass belongs to: its own rate, size, first and last frame unless given.

    Raises:
        MediaError: the pass has another size than the film would have, or another number of frames.
    """
    config = _as_rendered(given, Path(source), layer)
    plan = film_plan(config, source, out, config.film.fps)
    if layer.repeats:
        plan = replace(plan, length=len(layer.paths) / plan.fps)
    if plan.canvas != layer.size:
        problem = f"is {layer.size}, the film would be {plan.canvas}"
        raise MediaError(f"{layer.paths[0]}: {problem}; give --size {layer.size}")
    if plan.count is not None and plan.count != len(layer.paths):
        problem = f"has {len(layer.paths)} frames, the film would have {plan.count}"
        raise MediaError(f"{layer.paths[0].parent}: {problem}; give --start, --end and --fps as it was rendered")
    return driven(replace(plan, look_ahead=0), plan.timeline.start, out)


def _as_rendered(given: RunConfig, source: Path, layer: DreamPass) -> RunConfig:
    """A config with what a pass says of its size, its rate and its part of the source, where that is not given."""
    film, fps = given.film, given.film.fps or layer.fps
    video = open_video(source, fps, given.files.max_pixels)
    start, end = film.start, film.end
    if start is None and layer.first is not None:
        start = layer.first / video.fps
    if end is None and video.count is not None and not layer.repeats:
        last = (start or 0) + len(layer.paths) / (fps or video.fps)
        end = last if last < video.count / video.fps else None
    fit = layer.fit if film.size is None and layer.fit else film.fit
    film = replace(film, size=film.size or Fit(*layer.size), fit=fit, fps=fps, start=start, end=end)
    motion, mask = replace(given.motion, persistence=0.0), replace(given.mask, bars="dream")  # they are in the pass
    return replace(given, film=film, motion=motion, mask=mask)


def _warn_of_other_film(given: Film, plan: FilmPlan, source: str | Path, layer: DreamPass) -> None:
    """Warn if, by what a pass says, its dream belongs to another film than SOURCE, or to another part of it."""
    first = plan.timeline.first_index
    if layer.first is not None and first != layer.first:
        warn(f"begins with frame {first} of SOURCE, the pass with frame {layer.first}; leave --start out", "--start")
    if layer.fps is not None and given.fps not in (None, layer.fps):
        warn(
            f"the pass has {figure(float(layer.fps))} frames a second; leave --fps out",
            f"--fps {figure(float(plan.fps))}",
        )
    of_pass, of_source = _recipe_in(layer.paths[0]), _recipe_in(Path(source))
    if of_pass is None:
        return
    dreamed, name = printable(of_pass.made["source"]), base_name(str(source))
    if of_source is not None and _of_one_run(of_source, of_pass):
        warn(f"has this dream already, and gets it twice; name the film that was dreamed, {dreamed}", source)
    elif printable(name) != dreamed:
        warn(f"the pass was made of {dreamed}; if this is another film, the dream does not belong to it", source)


def _recipe_in(path: Path) -> Recipe | None:
    try:
        return recipe_of(path)
    except InputError:  # it has none that can be read: nothing is known of it
        return None


def _of_one_run(one: Recipe, other: Recipe) -> bool:
    """Whether two recipes are of a film and of a pass beside it: the same look and knobs, over the same source."""
    runs = [(recipe.command, recipe.knobs, recipe.made.get("source")) for recipe in (one, other)]
    return runs[0] == runs[1]


@dataclass(frozen=True, kw_only=True)
class CompositeJob(RenderJob):
    """A dream pass over its source, to be written to OUT."""

    layer: DreamPass
    """The pass, which is laid over the source."""

    @property
    def read(self) -> list[Path]:
        """Every file that OUT is made of."""
        return [*super().read, *self.layer.paths]

    def _try_to_begin(self) -> None:
        next(self.first_frames(), None)

    def first_frames(self) -> Generator[RenderedFrame]:
        """Its frames from the first on, for who wants a few: laid over each other, not dreamed."""
        yield from self._laid_over(None)

    def _frames(self, session: Session, engine: str) -> Generator[RenderedFrame]:
        del engine
        tell(StageEvent("rendering", self.out))
        with closing(ahead(self._laid_over(session.segments.after))) as frames:
            yield from frames

    def _laid_over(self, after: int | None) -> Generator[RenderedFrame]:
        """Each frame with its dream. after: number of the source frame to begin behind; None: from the first."""
        assert isinstance(self.plan, FilmPlan)
        for step in self.plan.steps(after):
            image = self.layer.image(self.plan.timeline.first(step.index))
            yield RenderedFrame(step, step.source.image(), without_padding(image, step.source.size))
