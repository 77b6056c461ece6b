"""How steps add up where not every frame is dreamed, or where frames come faster or slower."""

from dataclasses import replace

from vidream.config import RunConfig

# N frames' steps in one: how much larger it must be for the same strength, as a power of N; measured. A film's jitter
# is the same at every frame, and its steps add up, almost; a zoom's is not, and they add up as a random walk does.
FILM_STEP_EXPONENT, ZOOM_STEP_EXPONENT = 0.85, 0.5


def scale_step_for_cadence(now: RunConfig, power: float) -> RunConfig:
    """Of N frames one is dreamed, further."""
    return replace(now, dream=replace(now.dream, step_size=now.dream.step_size * now.dream.dream_every**power))
