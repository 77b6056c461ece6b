"""How steps add up: where not every frame is dreamed, and where frames come faster or slower."""

from dataclasses import replace

from vidream.config import RunConfig

FILM_STEP_EXPONENT = 0.85
"""One step in place of N must be N to this power as large for the same strength; measured on films, whose jitter is the
same at every frame, so that steps add up, almost."""
ZOOM_STEP_EXPONENT = 0.5
"""The same of zooms, whose jitter is another at every frame: steps add up as a random walk does."""


def scale_step_for_cadence(config: RunConfig, exponent: float) -> RunConfig:
    """A config whose step is as large as those of `dream_every` frames together, for the one of them that is dreamed.

    Args:
        config: of the frame.
        exponent: FILM_STEP_EXPONENT or ZOOM_STEP_EXPONENT.
    """
    step_size = config.dream.step_size * config.dream.dream_every**exponent
    return replace(config, dream=replace(config.dream, step_size=step_size))
