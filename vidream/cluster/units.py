"""What a job is cut into, so that nodes can make it apart, and what a node answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from vidream.config.curve_files import with_files
from vidream.errors import ConfigError
from vidream.events import StageEvent, tell
from vidream.frames import Shot
from vidream.jobs.item import BatchItem
from vidream.jobs.job import Job
from vidream.jobs.jobspec import KINDS, JobSpec, names_file
from vidream.jobs.recipes import may_have_recipe, recipe_of
from vidream.jobs.render_job import RenderJob
from vidream.plan.film import FilmPlan
from vidream.plan.seed import file_of
from vidream.render.parted import RenderedPart

LEAST = 48  # output frames of a unit: shots are put together until they have so many
UNSAID = 1000  # frames of a film that does not say how many it has, when units are weighed


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
    processor: str = ""
    """What its node must be where TensorFlow dreams: see vidream.cluster.farm.NodeCheck.tensorflow; "": anything."""
    work: float = 0.0
    """How much is to be done, in any measure that is the same for all units of a run; 0: not known."""
    weight: float = 0.0
    """Whose turn it is before the others': that of the heavier; of equal ones, of the earlier."""
    needs: frozenset[str] = frozenset()
    """What its node must have itself, in the same place: folders of pictures."""

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


def units_of(number: int, spec: JobSpec, job: Job, *, cut: bool = True, processor: str = "") -> Iterator[Unit]:
    """The units of a job, in the order of their frames, each as soon as its end is known.

    Args:
        number: index of the item in the run.
        spec: the job.
        job: the same, built.
        cut: whether a film is cut up where that can be.
        processor: what its nodes must be, beside having the job's engine.
    """
    engine = job.engine if isinstance(job, RenderJob) else ""
    needs = frozenset(str(path) for path in spec.files if not path.is_file())
    whole = Unit(number, spec, None, 0, job.frames, engine, processor, needs=needs)
    if not isinstance(job, RenderJob) or not isinstance(job.plan, FilmPlan) or job.plan.config.film.loop:
        yield _weighed(whole, job)
        return
    if not cut or not job.plan.carries:  # no frame begins a shot, and segments end where their number ends them
        yield _weighed(whole, job)
        return
    first_of, last = job.plan.timeline.first, None
    for part in _parts(job.plan):
        if last is not None:
            yield _of_part(whole, job, last, first_of(part.first))
        last = part
    if last is not None and first_of(last.first):
        yield _of_part(whole, job, last, job.plan.count or first_of(last.last) + 1)
    else:
        yield _weighed(whole, job)


def _of_part(whole: Unit, job: Job, part: Shot, end: int) -> Unit:
    """A unit of some shots, up to output frame `end`, which is not among them."""
    assert isinstance(job, RenderJob)
    assert isinstance(job.plan, FilmPlan)
    first = job.plan.timeline.first(part.first)
    return replace(whole, part=part, first=first, frames=end - first, work=work_of(job, end - first))


def _weighed(whole: Unit, job: Job) -> Unit:
    """All of a job as a unit, which goes before the parts of others: nothing shortens it."""
    work = work_of(job, whole.frames or UNSAID)
    return replace(whole, work=work, weight=work)


def work_of(job: Job, frames: int) -> float:
    """How much is to be done for so many frames: pixels that are dreamed, times steps."""
    dream = job.config.dream
    width, height = job.size.at_most(dream.dream_size)
    steps = dream.steps if isinstance(dream.steps, int) else 8  # of a curve
    return float(frames * width * height * (steps + 1))


def _parts(plan: FilmPlan) -> Iterator[Shot]:
    """The film's shots, put together until each has LEAST output frames."""
    tell(StageEvent("finding shots", str(plan.source)))
    part: Shot | None = None
    for shot in plan.shots():
        if part is None:
            part = shot
        elif plan.timeline.first(shot.first) - plan.timeline.first(part.first) < LEAST:
            part = replace(part, last=shot.last)
        else:
            yield part
            part = shot
    if part is not None:
        yield part


def length_of(item: BatchItem) -> float:
    """How much of an item there is to make, in any measure, as far as can be known: frames times pixels."""
    return float((item.frames or UNSAID) * item.size.width * item.size.height)


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
