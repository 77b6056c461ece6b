"""What looks are tried on: a picture, and a second of film that leads up to it."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from vidream.camera import camera_flow, move
from vidream.frames import PEAK, Frame, Pixels, Size, as_pixels, size_of
from vidream.jobs.music import base_command
from vidream.media.reader import frames, frames_until, open_video
from vidream.plan.seed import file_of, read_seed, time_of
from vidream.resample import fit_frame, fit_pixels
from vidream.warp import warp

FRAMES = 30
"""Frames of a scene's film, the picture among them."""
RATE = Fraction(30)
"""Frames a second of a scene's film."""
ZOOM, DRIFT = 1.2, (-0.08, 0.03)
"""What the camera does in the second before it comes to a picture: it draws back so many times, and drifts so many
widths right and down: every part of the picture moves, by about a px a frame."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A film in memory, as a vidream.plan.source.Source."""

    pixels: Pixels
    """Its frames: uint8 (N, H, W, 3)."""
    fps: Fraction = RATE
    """Frames a second."""

    def __str__(self) -> str:
        return "the film of a sheet"

    @property
    def size(self) -> Size:
        """Of every frame, px."""
        return size_of(self.pixels[0])

    @property
    def count(self) -> int:
        """Frames in all."""
        return len(self.pixels)

    def frames(self, first: int = 0) -> Generator[tuple[int, Frame]]:
        """(number, frame) from number `first` on."""
        for number in range(first, len(self.pixels)):
            yield number, Frame(self.pixels[number], PEAK)


@dataclass(frozen=True, eq=False)
class Scene:
    """What looks are tried on."""

    picture: Pixels
    """A picture: uint8 (H, W, 3)."""
    seed: str = ""
    """What `vidream zoom` is given for it, as typed."""
    film: Pixels | None = None
    """A film's frames up to the picture, which is the last of them: uint8 (N, H, W, 3); None: it is of no film."""

    def clip(self) -> Clip:
        """The film that ends with the picture; of a picture alone, of a camera that draws back and stops at it."""
        if self.film is not None:
            return Clip(self.film)
        return Clip(np.stack([*_approach(self.picture)]))


def read_scene(source: str, side: int, max_pixels: int) -> Scene:
    """The scene of a picture; or of a film, whose picture is that of the time, or else its last frame of the first 30.

    Args:
        source: a picture, a film, or a film's frame, "clip.mp4@12.5".
        side: px, at most, of the long side at which it is looked at.
        max_pixels: that a picture may have.

    Raises:
        ConfigError: what follows the @ is no time.
        MediaError: there is no such file, it is not what it should be, or the film is not that long.
    """
    seconds = time_of(source)
    if seconds is None and base_command(source) != "video":
        picture = read_seed(source, max_pixels).pixels()
        return Scene(fit_pixels(picture, size_of(picture).at_most(side)), source)
    if seconds is not None:
        return _film_scene(frames_until(file_of(source), seconds, FRAMES, max_pixels), side, source)
    video = open_video(Path(source), max_pixels=max_pixels)
    scene = _film_scene(islice(frames(video), FRAMES), side, source)
    assert scene.film is not None
    last = len(scene.film) - 1
    if video.pictures:
        return replace(scene, seed=str(video.pictures[last]))
    return replace(scene, seed=f"{source}@{float((last + Fraction(1, 2)) / video.fps):.3f}")


def _film_scene(film: Iterable[Frame], side: int, seed: str) -> Scene:
    small = [fit_frame(each, each.size.at_most(side)).pixels() for each in film]
    return Scene(small[-1], seed, np.stack(small))


def _approach(picture: Pixels) -> Iterator[Pixels]:
    """What a camera sees in the second before it comes to stand before a picture, and then the picture itself."""
    size, image = size_of(picture), picture.astype(np.float32)
    for left in range(FRAMES - 1, 0, -1):
        share = float(left / RATE)
        drift: Any = tuple(share * axis for axis in DRIFT)
        yield as_pixels(warp(image, camera_flow(size, move(size, ZOOM**share, 0, drift, (0.5, 0.5)))))
    yield picture
