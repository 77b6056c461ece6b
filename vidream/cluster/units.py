"""What a job is cut into, so that nodes can make it apart, and what a node answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from vidream.config.curve_files import with_files
from vidream.errors import ConfigError
from vidream.events import StageEvent, tell
from vidream.frames import Shot
from vidream.jobs.job import Job
from vidream.jobs.jobspec import KINDS, JobSpec, names_file
from vidream.jobs.recipes import may_have_recipe, recipe_of
from vidream.jobs.render_job import RenderJob
from vidream.plan.film import FilmPlan
from vidream.plan.seed import file_of
from vidream.render.parted import RenderedPart

LEAST = 48  # output frames of a unit: shots are put together until they have so many


@dataclass(frozen=True)
class Unit:
    """What one node makes at a time: some whole shots of a film, or all of a job that cannot be cut up."""

    item: int
    """Index of its item in the run."""
    spec: JobSpec
    """The job."""
    part: Shot | None
    """Source frames; None: all of it."""
    first: int
    """Its first output frame."""
    frames: int | None
    """How many output frames, as far as can be known."""
    engine: str = ""
    """The label of what computes the gradients, the same for all of a film; "": what is best on the node."""

    def __str__(self) -> str:
        if self.part is None:
            return self.spec.out.name
        return f"{self.spec.out.name} {self.first}-{self.first + (self.frames or 1) - 1}"


@dataclass(frozen=True)
class RenderedPicture:
    """A node's answer to a unit that is a picture."""

    content: bytes
    """Of the picture's file."""


@dataclass(frozen=True)
class Refusal:
    """A node's answer to a unit that it cannot make."""

    reason: str
    """Why, on one line."""
    of_node: bool = False
    """Whether it is the node's own trouble, of which no other has to know: a full disk, no ffmpeg, another version."""


Answer: TypeAlias = RenderedPart | RenderedPicture | Refusal
"""What a node sends back for a unit."""


def check_divisible(job: Job) -> None:
    """Raise ConfigError if a job makes more than nodes send back."""
    if job.config.film.passes:
        raise ConfigError("--passes: a cluster does not make them; leave --cluster or --passes out")


def units_of(number: int, spec: JobSpec, job: Job) -> list[Unit]:
    """The units of a job, in the order of their frames.

    Args:
        number: index of the item in the run.
        spec: the job.
        job: the same, built.
    """
    engine = job.engine if isinstance(job, RenderJob) else ""
    undivided = [Unit(number, spec, None, 0, job.frames, engine)]
    if not isinstance(job, RenderJob) or not isinstance(job.plan, FilmPlan) or job.plan.config.film.loop:
        return undivided
    if not job.plan.carries:  # no frame begins a shot, and segments end where their number ends them
        return undivided
    parts = _parts(job.plan)
    if len(parts) < 2:
        return undivided
    firsts = [job.plan.timeline.first(part.first) for part in parts]
    ends = [*firsts[1:], job.plan.count or job.plan.timeline.first(parts[-1].last) + 1]
    return [
        Unit(number, spec, part, first, end - first, engine)
        for part, first, end in zip(parts, firsts, ends, strict=True)
    ]


def _parts(plan: FilmPlan) -> list[Shot]:
    """The film's shots, put together until each has LEAST output frames."""
    tell(StageEvent("finding shots", str(plan.source)))
    parts: list[Shot] = []
    for shot in plan.shots():
        if parts and plan.timeline.first(shot.first) - plan.timeline.first(parts[-1].first) < LEAST:
            parts[-1] = replace(parts[-1], last=shot.last)
        else:
            parts.append(shot)
    return parts


def absolute(spec: JobSpec) -> JobSpec:
    """A job whose files are named from the root: a node has another working directory."""
    arguments = {**spec.arguments, **spec.driver_knobs()}  # a node has the preset, not its folder
    if may_have_recipe(arguments.get("preset")):
        arguments["preset"] = recipe_of(arguments["preset"])  # of a film, that is all a node needs
    spec = replace(spec, arguments=arguments)
    return relocated(spec, {str(path): str(path.absolute()) for path in spec.files})


def relocated(spec: JobSpec, places: Mapping[str, str]) -> JobSpec:
    """A job with files in other places, by path; what follows an @ stays."""

    def put(text: str) -> str:
        path = str(file_of(text))
        if path in places and text.startswith(path):
            return places[path] + text[len(path) :]
        return text

    files = {name: put(value) for name, value in spec.arguments.items() if names_file(name, value)}
    for name, value in spec.arguments.items():
        if name in KINDS and name not in files:
            files[name] = with_files(KINDS[name], value, lambda file: places.get(file, file))
    song = spec.song and put(spec.song)
    return replace(spec, source=put(spec.source), song=song, arguments={**spec.arguments, **files})
