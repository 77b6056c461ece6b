"""What a render will come to, before it is begun: how long it takes here, its disk, its shots, its camera's path."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import log2

from vidream.jobs.estimate import Calibration
from vidream.jobs.render_job import RenderJob
from vidream.jobs.shots import shots_of
from vidream.plan.film import FilmPlan
from vidream.plan.zoom import ZoomPlan

SAMPLES = 2000
"""The most frames at which a camera's rates are asked."""


@dataclass(frozen=True)
class Cost:
    """What a render costs on this machine."""

    seconds: float
    """How long it takes, the network's waking left out."""
    bytes: float
    """How large it gets; while it is made, twice that."""


@dataclass(frozen=True)
class Place:
    """Where a zoom's camera is, as seen from where it began."""

    second: float
    """Of the film."""
    doublings: float
    """How often what is seen has become twice as large; below 0 it is further away."""
    turn: float
    """Degrees, clockwise as seen."""
    drift: tuple[float, float]
    """To the right and down, in widths of the frame as it is at the time."""


def cost_of(job: RenderJob) -> Cost | None:
    """What a render costs here: a few frames are made, and thrown away. None: its length is not known.

    Raises:
        VidreamError: what the render itself would fail with, such as a network that is not here.
    """
    if job.frames is None:
        return None
    estimate = Calibration().of(job)
    return Cost(estimate.seconds(job.frames), estimate.size * job.frames)


def begins_of(plan: FilmPlan) -> list[Fraction]:
    """The second of the source at which each shot begins. The film is read once."""
    return [shot.first / plan.source.fps for shot in shots_of(plan)]


def path_of(plan: ZoomPlan) -> Iterator[Place]:
    """Where the camera is: at the start, at each second, and in the end."""
    moves = plan.count - 1
    every = max(1, moves // SAMPLES)
    closer, turn, drift, told = 0.0, 0.0, (0.0, 0.0), 0.0
    yield Place(0.0, 0.0, 0.0, (0.0, 0.0))
    for first in range(0, moves, every):
        frames = min(every, moves - first)
        seconds, camera = float(frames / plan.fps), plan.config.at(first + frames / 2, plan.clock).camera
        closer += log2(camera.zoom) * seconds
        turn += camera.turn * seconds
        drift = drift[0] + camera.drift[0] * seconds, drift[1] + camera.drift[1] * seconds
        now, is_last = float((first + frames) / plan.fps), first + frames == moves
        if is_last or now >= told + 1 - 1e-9:
            told = float(int(now + 1e-9))
            yield Place(now, closer, turn, drift)
