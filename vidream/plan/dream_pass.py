"""A dream pass on disk: what `--passes dream` wrote, or a compositor made of that, read frame by frame."""

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from vidream.config.kinds import Choice, Number, Rate
from vidream.errors import MediaError
from vidream.events import warn
from vidream.frames import PEAK, Image, Size, size_of
from vidream.media.exr import exr_size, read_exr
from vidream.media.sequence import sequence

ENDING = ".exr"
PASS, FPS, FIRST, FIT = "vidreamPass", "vidreamFps", "vidreamFirst", "vidreamFit"
"""What a pass says of itself: which it is; frames a second; the number of the source frame that it begins with, which a
zoom has not; how the picture lies in its frame, as the knob `fit` has it."""
DREAM = "dream"
MOST = 10**9  # frames of any film
COLOURS = ("R", "G", "B")


@dataclass(frozen=True)
class DreamPass:
    """The frames of a dream pass, in order."""

    paths: tuple[Path, ...]
    """Its pictures."""
    size: Size
    """Of the first, px."""
    max_pixels: int
    """That each may have."""
    fps: Fraction | None
    """Frames a second of the film that it was made with; None: it does not say."""
    first: int | None
    """The number of the source frame that it begins with; None: it does not say."""
    fit: str | None
    """How the picture lies in its frame, as the knob `fit` has it; None: it does not say."""

    def image(self, index: int) -> Image:
        """What is added to a frame, (H, W, 3), levels; 255 is full white. index: of the frame, from 0.

        Raises:
            MediaError: there is no such frame, or it cannot be read, or is of another size.
        """
        if index >= len(self.paths):
            raise MediaError(f"{self.paths[0].parent}: ends after {len(self.paths)} frames; the film goes on")
        path = self.paths[index]
        channels, _ = read_exr(path, self.max_pixels, frozenset(COLOURS))
        if {*channels} != {*COLOURS}:
            raise MediaError(f"{path}: has no {', '.join(COLOURS)}; a dream pass has them")
        image = np.stack([channels[name] for name in COLOURS], axis=-1, dtype=np.float32)
        if size_of(image) != self.size:
            raise MediaError(f"{path}: is {size_of(image)}, the frames before it are {self.size}")
        if not np.isfinite(image).all():
            raise MediaError(f"{path}: holds what is no number; make it anew")
        return image * np.float32(PEAK)


def open_dream_pass(path: Path, max_pixels: int) -> DreamPass:
    """A dream pass, of which the first picture has been looked at.

    Args:
        path: its folder, or the pattern of its pictures.
        max_pixels: px that each may have.

    Raises:
        MediaError: there is none, or it is another pass, a zoom's, or lacks a frame.
    """
    paths = _pictures(path)
    channels, texts = read_exr(paths[0], max_pixels)
    name = texts.get(PASS)
    if name is not None and name != DREAM:
        raise MediaError(f"{path}: holds the pass {name[:20]}; name the folder of the dream")
    if not {*COLOURS} <= {*channels}:
        raise MediaError(f"{paths[0]}: has no {', '.join(COLOURS)}; a dream pass has them")
    if name is None:
        warn("does not say that it is a dream pass of vidream; it is taken for one", path)
    elif FIRST not in texts:
        raise MediaError(
            f"{path}: is of a zoom, where each frame's dream lies over the frame before, not over a source"
        )
    try:
        fps = Rate().read(texts[FPS]) if FPS in texts else None
        fit = Choice(("crop", "pad")).read(texts[FIT]) if FIT in texts else None
        first = Number(0, MOST, True).read(texts[FIRST]) if FIRST in texts else None
    except ValueError as error:
        raise MediaError(f"{paths[0]}: what it says of itself {error}") from None
    assert first is None or isinstance(first, int)
    return DreamPass(paths, exr_size(paths[0], max_pixels), max_pixels, fps, first, fit)


def _pictures(path: Path) -> tuple[Path, ...]:
    """The pictures of a pass, in order.

    Raises:
        MediaError: there are none, or one is missing between them.
    """
    pattern = sequence(path, (ENDING,))
    if pattern is None and not path.is_dir():
        fault = "no such folder"
        if path.exists():
            fault = "a file; name the folder of the dream's pictures"
        raise MediaError(f"{path}: {fault}")
    try:
        files = pattern.existing() if pattern else path.glob(f"*{ENDING}")
        numbered = sorted((_number(file), file) for file in files if not file.name.startswith("."))
    except OSError as error:
        raise MediaError(f"{path}: cannot be read: {error.strerror}") from None
    if not numbered:
        raise MediaError(f"{path}: holds no {ENDING} pictures; --passes dream writes them")
    for (number, _), (following, file) in pairwise(numbered):
        if following != number + 1:
            raise MediaError(f"{file}: follows number {number}; the pictures of one pass have numbers in a row")
    return tuple(file for _, file in numbered)


def _number(file: Path) -> int:
    match = re.search(r"([0-9]{1,9})$", file.stem)
    if match is None:
        raise MediaError(f"{file}: has no number at the end of its name, as the pictures of a pass have")
    return int(match[1])
