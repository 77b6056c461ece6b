"""The shots of a film, as it is cut, whatever a look carries over its cuts."""

from collections.abc import Iterator
from dataclasses import replace

from vidream.events import CountEvent, StageEvent, checkpoint, tell
from vidream.frames import Shot
from vidream.plan.film import FilmPlan


def shots_of(plan: FilmPlan) -> Iterator[Shot]:
    """Each shot of a film, in source frames, as soon as it has ended. The film is read once.

    Args:
        plan: of the film; what it says of cuts' strength and of black bars holds.
    """
    config = plan.config
    motion, dream = replace(config.motion, persistence=1.0, cuts=True), replace(config.dream, strength=1.0)
    tell(StageEvent("finding shots", str(plan.source)))
    for shot in replace(plan, config=replace(config, motion=motion, dream=dream)).shots():
        checkpoint()
        tell(CountEvent(shot.last + 1, plan.source.count))
        yield shot
