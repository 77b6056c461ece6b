"""What an order is cut into, so that nodes can do it apart."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vidream.frames import Shot
from vidream.jobs.film import FilmJob
from vidream.jobs.job import Job
from vidream.jobs.jobfile import JobSpec, names_file
from vidream.plan.film import FilmPlan
from vidream.plan.seed import file_of

LEAST = 48  # output frames of a unit: shots are put together until they have so many


@dataclass(frozen=True)
class Unit:
    """What one node does at a time.

    film    number of its order
    part    source frames; None: all of it
    first   its first output frame
    frames  how many, as far as can be known
    """

    film: int
    order: JobSpec
    part: Shot | None
    first: int
    frames: int | None

    def __str__(self) -> str:
        return self.order.out.name + (f" {self.first}-{self.first + (self.frames or 1) - 1}" if self.part else "")


def units_of(number: int, order: JobSpec, job: Job) -> list[Unit]:
    """What an order is cut into."""
    whole = [Unit(number, order, None, 0, job.frames)]
    if not isinstance(job, FilmJob) or not isinstance(job.plan, FilmPlan) or job.plan.config.film.loop:
        return whole
    if not job.plan.carries:  # no frame begins a shot, and segments end where their number ends them
        return whole
    plan, parts = job.plan, list[Shot]()
    for shot in plan.shots():
        if parts and plan.timeline.first(shot.first) - plan.timeline.first(parts[-1].first) < LEAST:
            parts[-1] = replace(parts[-1], last=shot.last)
        else:
            parts.append(shot)
    if len(parts) < 2:
        return whole
    firsts = [plan.timeline.first(part.first) for part in parts]
    ends = [*firsts[1:], plan.count or plan.timeline.first(parts[-1].last) + 1]
    return [Unit(number, order, part, first, end - first) for part, first, end in zip(parts, firsts, ends, strict=True)]


def absolute(order: JobSpec) -> JobSpec:
    """The same, with whatever it reads named from the root: a node has another working directory."""
    return placed(order, {str(path): str(path.absolute()) for path in order.files})


def placed(order: JobSpec, places: Mapping[str, str]) -> JobSpec:
    """The same, with files in other places; what follows an @ stays."""

    def put(text: str) -> str:
        path = str(file_of(text))
        return places[path] + text[len(path) :] if path in places and text.startswith(path) else text

    asked = {name: put(value) if names_file(name, value) else value for name, value in order.asked.items()}
    return replace(order, source=put(order.source), song=order.song and put(order.song), asked=asked)
