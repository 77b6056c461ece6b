"""What a dry run says beside its table: how long it takes here, its disk, its shots, its camera's path."""

from collections.abc import Iterator, Sequence

from vidream.amounts import amount
from vidream.cli.progress import span
from vidream.errors import VidreamError
from vidream.jobs.forecast import Place, begins_of, cost_of, path_of
from vidream.jobs.render_job import RenderJob
from vidream.plan.film import FilmPlan
from vidream.plan.zoom import ZoomPlan
from vidream.text import counted, figure

ROWS = 20
"""The most rows of a camera's path, and shots whose beginnings are listed."""
DOUBLED = 1e-3
MOST_DOUBLED = 20  # a million times, from which on the doublings are shown
TURNED = 0.05  # degrees, from which on a turn is worth a word
DRIFTED = 0.005  # widths


def forecast(job: RenderJob, *, costs: bool) -> Iterator[str]:
    """A line for each thing that is known of a render before it is begun.

    costs: whether a few frames are made, to measure how long it takes.
    """
    if isinstance(job.plan, FilmPlan):
        begins = begins_of(job.plan)
        listed = ", ".join(f"{float(second):.2f}" for second in begins[:ROWS])
        more = ", ..." if len(begins) > ROWS else ""
        begin = "which begins" if len(begins) == 1 else "which begin"
        yield f"{counted(len(begins), 'shot')} found, {begin} at {listed}{more} s of the source"
    elif isinstance(job.plan, ZoomPlan):
        path = list(path_of(job.plan))
        yield f"the camera {path_words(path[-1])}{', shown backwards' if job.config.camera.reverse else ''}"
        yield from path_rows(path)
    if costs:
        yield _cost(job)


def path_words(end: Place) -> str:
    """Where a camera has come in the end: "comes 5.06 times closer and turns 90 degrees clockwise"."""
    parts = []
    if abs(end.doublings) >= DOUBLED:
        parts.append(f"{'comes' if end.doublings > 0 else 'goes'} {_times(end)} times {_way(end)}")
    if abs(end.turn) >= TURNED:
        parts.append(f"turns {figure(abs(end.turn), 4)} degrees {'' if end.turn > 0 else 'counter'}clockwise")
    directions = zip(end.drift, (("left", "right"), ("up", "down")), strict=True)
    drifts = [f"{abs(way):.2f} widths {names[way > 0]}" for way, names in directions if abs(way) >= DRIFTED]
    if drifts:
        parts.append(f"drifts {' and '.join(drifts)}")
    if not parts:
        return "ends where it began"
    return ", ".join(parts)


def _way(place: Place) -> str:
    return "closer" if place.doublings >= 0 else "further away"


def _times(place: Place) -> str:
    """How many times closer, or further away: 13.7, or, beyond what can be imagined, 2^40.3."""
    size = abs(place.doublings)
    return figure(2**size, 3) if size < MOST_DOUBLED else f"2^{size:.1f}"


def path_rows(path: Sequence[Place]) -> Iterator[str]:
    """A table of a path, by seconds; of a long one every n-th."""
    yield "  second      times                turn   drift right, down"
    every = -(-(len(path) - 1) // ROWS)
    for place in [*path[:-1:every], path[-1]]:
        right, down = (f"{figure(round(way, 3), 4):>7}" for way in place.drift)
        times = f"{_times(place)} {_way(place)}"
        yield f"{place.second:8.2f}  {times:>22}  {figure(round(place.turn, 2), 5):>7}   {right}, {down}"


def _cost(job: RenderJob) -> str:
    try:
        cost = cost_of(job)
    except VidreamError as error:
        return f"{job.out}: how long it takes cannot be measured: {error}"
    if cost is None:
        return f"{job.out}: how long it takes is not known, as the source does not say how long it is"
    return f"{job.out}: about {span(cost.seconds)} on this machine, {amount(cost.bytes)}, twice that while it is made"
