"""The moment that shows a look as what it is for: a picture, the last frame of a film, or one frame of a zoom."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from vidream.config import RunConfig
from vidream.frames import Context, Pixels, as_pixels, size_of
from vidream.jobs.scene import RATE, Scene
from vidream.plan.film import FilmPlan
from vidream.plan.mask import shares
from vidream.plan.zoom import ZoomPlan
from vidream.render.composite import composite
from vidream.render.loop import render
from vidream.render.state import Dreamer

ZOOM_FRAME = 60
"""The frame of a zoom that is shown: in two seconds its look has grown over all that the seed had."""

SHOWN_BY: Mapping[str, str] = {"video": "video", "zoom": "zoom", "music": "zoom", "image": "image"}
"""The command for which a look is made -> the one that shows it: without a song, a zoom stands for music."""


KINDS: Mapping[str, str] = {"image": "still", "video": "film", "zoom": "zoom"}
"""The command that shows a look -> what vidream.plan.memory calls that which it makes."""


def of_picture(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Pixels:
    """The scene's picture, dreamed as `vidream image` does: uint8 (H, W, 3).

    Args:
        scene: what is dreamed over.
        config: of `vidream image`; its numbers are numbers.
        dreamer: of the config.
    """
    source = scene.picture.astype(np.float32)
    dreamed = dreamer(source, config, config.dream.steps, Context((0,)))
    mask = next(shares(config.mask, size_of(source), None, config.files.max_pixels))
    return as_pixels(composite(source, dreamed - source, config.dream, mask))


def of_film(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Pixels:
    """The last frame of the scene's film, dreamed as `vidream video` does. Arguments: see `of_picture`."""
    plan = FilmPlan(scene.clip(), _plain(config), look_ahead=0)
    *_, last = render(plan.steps(), dreamer)
    return last.frame.pixels()


def of_zoom(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Pixels:
    """Frame ZOOM_FRAME of a zoom into the scene's picture, as `vidream zoom` does. Arguments: see `of_picture`."""
    camera = replace(config.camera, frames=ZOOM_FRAME + 1)
    plan = ZoomPlan(scene.picture, replace(_plain(config), camera=camera))
    *_, last = render(plan.steps(), dreamer)
    return last.frame.pixels()


def _plain(config: RunConfig) -> RunConfig:
    """A config of a scene's own size and rate, and of no loop, whose end is its beginning."""
    return replace(config, film=replace(config.film, size=None, fps=RATE, loop=False))


MOMENTS: Mapping[str, Callable[[Scene, RunConfig, Dreamer], Pixels]] = {
    "image": of_picture,
    "video": of_film,
    "zoom": of_zoom,
}
"""By the command that shows a look."""
