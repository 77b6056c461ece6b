"""What a run dreams with: what is heavy is imported here, and only now that all has been checked."""

import numpy as np

from vidream.config import RunConfig
from vidream.dream.choice import note_fallback
from vidream.events import StageEvent, tell
from vidream.media.still import as_srgb, read_picture
from vidream.plan.inputs import guides
from vidream.render.state import Dreamer, no_dream


def make_dreamer(config: RunConfig) -> Dreamer:
    """The dream of a run; `no_dream` where nothing of it would be seen.

    Args:
        config: of the run; engine "auto" is what is best here.

    Raises:
        ConfigError: the network has not the layers that are asked for.
        MediaError: the network, or the guide, cannot be read.
    """
    if config.dream.strength == 0:
        return no_dream
    tell(StageEvent("waking the network", config.goal.network))
    note_fallback(config.goal)
    pictures = [
        as_srgb(read_picture(path, config.files.max_pixels), path).astype(np.float32) for path in guides(config)
    ]
    from vidream.dream.octaves import OctaveDreamer

    return OctaveDreamer(config, *pictures)
