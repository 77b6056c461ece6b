"""A glimpse of a look: a small still of it at once, and a small loop, in motion, soon after.

Both show the same moment of the same source. A film is dreamed up to that moment, and runs there and back; a zoom leads
into itself; a picture goes over into its dream and back, as nothing else moves in it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from math import cos, pi
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from vidream.clock import START
from vidream.config import RunConfig
from vidream.curve_parts import drivers_of, markers_of
from vidream.curves import Constant, Curve
from vidream.events import checkpoint
from vidream.frames import PEAK, Frame, Pixels, as_pixels, last_of, size_of
from vidream.jobs.moment import of_picture
from vidream.jobs.scene import RATE, Clip, Scene
from vidream.media.maker import Encoding
from vidream.media.writer import maker
from vidream.plan.film import FilmPlan
from vidream.plan.seed import NOISE
from vidream.plan.step import Step
from vidream.plan.zoom import ZoomPlan
from vidream.render.loop import Patience, render
from vidream.render.state import Dreamer

EVERY = 2
"""Of a scene's film every other frame is dreamed: half of the time, and still a motion."""
LOOP_RATE = RATE / EVERY
"""Frames a second of a loop."""
ZOOM_FRAMES = 30
"""Of a zoom that leads into itself: two seconds."""
BREATH = 24
"""Frames in which a picture goes over into its dream and back."""
SOON = Patience(whole=20, early=6, gain=2.0)
"""With a film's first frame: half a second at 240 px, where until it settles would be three."""
CRF = 26
"""Of a loop: at 240 px some 40 KB, where animated WebP takes 200."""
FAINTEST = 0.15
"""How much of the dream is left where the picture is nearest to what it was."""
GROWN = 20
"""Frames of a zoom after which a look has grown over noise."""

Item = TypeVar("Item")


def still(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Pixels:
    """The first frame of `loop`, or nearly so, alone: uint8 (H, W, 3), with even sides.

    Args:
        scene: what is dreamed over.
        config: as `configure` builds it, of video, zoom or image.
        dreamer: of the config.
    """
    return _even(_STILLS[config.origin.command](scene, _plain(config), dreamer))


def loop(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Iterator[Pixels]:
    """The frames of a loop, LOOP_RATE a second: uint8 (H, W, 3), with even sides. Arguments: see `still`."""
    for pixels in _LOOPS[config.origin.command](scene, _plain(config), dreamer):
        checkpoint()
        yield _even(pixels)


def write_loop(frames: Iterator[Pixels], out: Path) -> None:
    """Encode the frames of a loop as a small film; what was there is replaced when all is done.

    Args:
        frames: at least one.
        out: .mp4.

    Raises:
        RenderError: ffmpeg fails.
    """
    shown = [*frames]
    encoding = Encoding(size=size_of(shown[0]), fps=LOOP_RATE, crf=CRF, pix_fmt="yuv420p", sound=None)
    with TemporaryDirectory(dir=out.parent, prefix=".loop-") as folder:
        film = maker(out, encoding)
        with film.segment(Path(folder), 0) as write:
            for pixels in shown:
                write(Frame(pixels, PEAK))
        film.join(Path(folder), [0], len(shown))
        film.place(Path(folder), len(shown))


def _plain(config: RunConfig) -> RunConfig:
    """A config at the scene's own size and the loop's rate, of a zoom that leads into itself; nothing is heard."""
    film = replace(config.film, size=None, for_=None, length=None, start=None, end=None, fps=LOOP_RATE, loop=False)
    config = replace(config, film=film, camera=replace(config.camera, frames=ZOOM_FRAMES, reverse=False))
    config = replace(config, mask=replace(config.mask, mask=None)).with_curves(_unheard)
    return config.at(0, START) if config.origin.command == "image" else config


def _unheard(curve: Curve) -> Curve:
    """A curve, or, where it goes by what no glimpse hears or knows, the middle of where it may come to."""
    if curve.musical or any(drivers_of(curve)) or any(markers_of(curve)):
        return Constant(sum(curve.span) / 2)
    return curve


def _even(pixels: Pixels) -> Pixels:
    """With even sides, as films have them."""
    height, width = pixels.shape[:2]
    return pixels[: max(2, height // 2 * 2), : max(2, width // 2 * 2)]


def _film_still(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Pixels:
    clip = Clip(scene.picture[None], LOOP_RATE)
    return next(_frames(FilmPlan(clip, config, look_ahead=0).steps(), dreamer))


def _film(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Iterator[Pixels]:
    """Up to the moment, and from there back and forth again: it begins at the moment."""
    clip = scene.clip().pixels[::-1][::EVERY][::-1]  # the moment, which is the last, is among them
    plan = FilmPlan(Clip(clip, LOOP_RATE), config, look_ahead=0)
    shown = [*_frames(plan.steps(), dreamer)]
    yield from shown[::-1]
    yield from shown[1:-1]


def _checked(items: Iterable[Item]) -> Iterator[Item]:
    """Items, before each of which a cancelled run ends."""
    for item in items:
        checkpoint()
        yield item


def _zoom_still(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Pixels:
    return next(_zoom(scene, config, dreamer))


def _zoom(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Iterator[Pixels]:
    seed = scene.picture
    if scene.seed == NOISE:
        grown = replace(config, camera=replace(config.camera, frames=GROWN))
        seed = last_of(_frames(ZoomPlan(seed, grown).steps(), dreamer))
    return _frames(ZoomPlan(seed, replace(config, film=replace(config.film, loop=True))).steps(), dreamer)


def _frames(steps: Iterable[Step], dreamer: Dreamer) -> Iterator[Pixels]:
    return (rendered.frame.pixels() for rendered in render(_checked(steps), dreamer, patience=SOON))


def _breath(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Iterator[Pixels]:
    """From the dream almost to the picture as it is, and back."""
    dreamed, plain = (each.astype(np.float32) for each in (of_picture(scene, config, dreamer), scene.picture))
    for index in range(BREATH):
        share = FAINTEST + (1 - FAINTEST) * (1 + cos(2 * pi * index / BREATH)) / 2
        yield as_pixels(plain + np.float32(share) * (dreamed - plain))


_STILLS: Mapping[str, Callable[[Scene, RunConfig, Dreamer], Pixels]] = {
    "image": of_picture,
    "video": _film_still,
    "zoom": _zoom_still,
}
_LOOPS: Mapping[str, Callable[[Scene, RunConfig, Dreamer], Iterator[Pixels]]] = {
    "image": _breath,
    "video": _film,
    "zoom": _zoom,
}
"""By the command as which a config is shown."""
