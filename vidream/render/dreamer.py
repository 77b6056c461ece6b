"""What a run dreams with: TensorFlow is imported here, and only now that all has been checked."""

from pathlib import Path

import numpy as np

from vidream.config import RunConfig
from vidream.media.still import as_srgb, read_picture
from vidream.render.loop import Deepen, asleep
from vidream.render.mask import mask_files


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


def dreamer(config: RunConfig) -> Deepen:
    """The dream of a run; `asleep` where nothing of it would be seen.

    Raises:
        ConfigError: the network has not the layers that are asked for.
        MediaError: the network, or the guide, cannot be read.
    """
    if config.dream.strength == 0:
        return asleep
    pictures = [
        as_srgb(read_picture(path, config.files.max_pixels), path).astype(np.float32) for path in guides(config)
    ]
    from vidream.dream.octaves import Dreamer

    return Dreamer(config, *pictures)
