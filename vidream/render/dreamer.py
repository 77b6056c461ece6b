"""What a run dreams with: what is heavy is imported here, and only now that all has been checked."""

from pathlib import Path

import numpy as np

from vidream.config import RunConfig
from vidream.dream.choice import note_fallback
from vidream.events import StageEvent, tell
from vidream.frames import Image
from vidream.media.still import as_srgb, read_picture
from vidream.plan.inputs import guides
from vidream.plan.seed import check_example
from vidream.render.state import Dreamer, no_dream


def make_dreamer(config: RunConfig) -> Dreamer:
    """The dream of a run; `no_dream` where nothing of it would be seen.

    Args:
        config: of the run; engine "auto" is what is best here.

    Raises:
        ConfigError: the network has not the layers that are asked for.
        MediaError: the network, or the guide, cannot be read; or the guide shows nothing.
    """
    if config.dream.strength == 0:
        return no_dream
    tell(StageEvent("waking the network", config.goal.network))
    note_fallback(config.goal)
    pictures = read_guides(config)
    from vidream.dream.octaves import OctaveDreamer

    return OctaveDreamer(config, *pictures)


def read_guides(config: RunConfig) -> list[Image]:
    """The pictures whose features are dreamed, (H, W, 3), 0..255: one, or none.

    Raises:
        MediaError: it cannot be read, or shows nothing.
    """
    return [_read_guide(path, config.files.max_pixels) for path in guides(config)]


def _read_guide(path: Path, max_pixels: int) -> Image:
    picture = as_srgb(read_picture(path, max_pixels), path)
    check_example(picture, path)
    return picture.astype(np.float32)
