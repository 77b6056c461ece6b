"""The files that a run reads beside its source, as its knobs name them."""

from pathlib import Path

from vidream.config import RunConfig
from vidream.plan.mask import mask_files


def guides(config: RunConfig) -> list[Path]:
    """The pictures that the dream is made after."""
    return [Path(config.goal.guide)] if config.goal.guide else []


def read_files(config: RunConfig) -> list[Path]:
    """What is read beside the source and is seen or heard: a guide, a mask, a sound."""
    return [*guides(config), *mask_files(config.mask), *([Path(config.film.sound)] if config.film.sound else [])]


def files_beside(config: RunConfig) -> list[Path]:
    """Every file that is read beside the source: those, a look, a network, its weights. None is written over."""
    others = (config.origin.look, config.goal.weights, config.goal.network)
    return [*read_files(config), *(path for path in map(Path, filter(None, others)) if path.is_file())]
