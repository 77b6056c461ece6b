"""Clips with a counter in them, to play as a camera; and what was seen of them in a film."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from counter import burn, read, strip_rows
from figures import Sight
from synthetic import write_film

from vidream.frames import Pixels
from vidream.media.reader import frames, open_video

FPS = 25
"""Frames a second of the clips."""


def frames_of(film: Path) -> list[Pixels]:
    """Every frame of a film, as vidream reads it."""
    return [frame.pixels() for frame in frames(open_video(film))]


def there_and_back(scene: Sequence[Pixels]) -> Iterator[Pixels]:
    """A shot without end: forward, backward, and again, without a jump."""
    while True:
        yield from scene
        yield from scene[-2:0:-1]


def numbered(path: Path, scene: Iterator[Pixels], count: int) -> Path:
    """A clip of the first `count` frames of a scene, encoded as a camera's film is, each with its number burned in."""
    burned = (burn(pixels, number) for number, pixels in zip(range(count), scene, strict=False))
    return write_film(path, burned, FPS, crf=16, pix_fmt="yuv420p")


def sights_of(film: Path) -> list[Sight]:
    """Every frame of a film, at the time at which the file has it."""
    return [Sight(second, read(pixels)) for second, pixels in timed_frames(film)]


def timed_frames(film: Path) -> Iterator[tuple[float, Pixels]]:
    """(seconds, pixels) of every frame of a film, as another reader than ours has them."""
    with av.open(film) as container:
        for frame in container.decode(video=0):
            yield float(frame.time), frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)


def scene_of(pixels: Pixels) -> Pixels:
    """What of a frame is not the counter's, less a margin that the counter's dream may reach into."""
    return pixels[: strip_rows(len(pixels)) - len(pixels) // 16]


def difference(pixels: Pixels, source: Pixels) -> float:
    """Levels, 0..255: how far a shown frame is from its source, on the average, beside the counter."""
    return float(np.mean(cv2.mean(cv2.absdiff(scene_of(pixels), scene_of(source)))[:3]))
