"""A dream pass on disk, read frame by frame: as `--passes dream` wrote it, or as a compositor changed it since."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from vidream.config.kinds import Choice, Number, Rate
from vidream.errors import MediaError
from vidream.events import warn
from vidream.frames import PEAK, Image, Size, size_of
from vidream.media.exr import COLOURS, exr_size, read_exr
from vidream.media.sequence import sequence

ENDING = ".exr"
PASS_NAME, PASS_FPS, PASS_FIRST, PASS_FIT = "vidreamPass", "vidreamFps", "vidreamFirst", "vidreamFit"
"""Attributes of each file of a pass: the pass's name; frames a second; the number of the source frame that it begins
with, which a zoom's passes lack; the value of the knob `fit`."""
PASS_REPEATS = "vidreamRepeats"
"""An attribute of passes whose source begins again whenever it ends, as it does under a song."""
DREAM = "dream"
WANTED = "composite takes the folder that --passes-as exr32 or exr writes; any editor lays a ProRes or PNG layer over"
MOST_FRAMES = 10**9  # of any film


@dataclass(frozen=True)
class DreamPass:
    """The frames of a dream pass, in order."""

    paths: tuple[Path, ...]
    """Its files, one for each frame."""
    size: Size
    """Px of the first frame; the others must have the same size."""
    max_pixels: int
    """The most px that a frame may have."""
    fps: Fraction | None
    """Frames a second of the film beside which it was written; None if its files do not say."""
    first: int | None
    """The number of the source frame that it begins with; None if its files do not say."""
    repeats: bool
    """Whether the source begins again whenever it ends, as it does under a song."""
    fit: str | None
    """The knob `fit` of the film beside which it was written; None if its files do not say."""

    def image(self, index: int) -> Image:
        """What is added to a frame: float32 (H, W, 3), signed, 255 is full white.

        Args:
            index: the frame's number, from 0.

        Raises:
            MediaError: there is no such frame, or it cannot be read, or it has another size.
        """
        if index >= len(self.paths):
            raise MediaError(f"{self.paths[0].parent}: ends after {len(self.paths)} frames; the film goes on")
        path = self.paths[index]
        channels, _ = read_exr(path, self.max_pixels, frozenset(COLOURS))
        _check_colours(path, channels)
        image = np.stack([channels[name] for name in COLOURS], axis=-1, dtype=np.float32)
        if size_of(image) != self.size:
            raise MediaError(f"{path}: is {size_of(image)}, the frames before it are {self.size}")
        if not np.isfinite(image).all():
            raise MediaError(f"{path}: has values that are not finite numbers; render it again")
        return image * np.float32(PEAK)


def open_dream_pass(path: Path, max_pixels: int) -> DreamPass:
    """Open a dream pass: its files are listed, and the first of them is read.

    Args:
        path: its folder, or the pattern of its files.
        max_pixels: the most px that a frame may have.

    Raises:
        MediaError: there is no pass, it is another one than the dream, it is a zoom's, or a frame is missing.
    """
    paths = _pictures(path)
    channels, texts = read_exr(paths[0], max_pixels)
    name = texts.get(PASS_NAME)
    if name is not None and name != DREAM:
        raise MediaError(f"{path}: holds the pass {name[:20]}; name the folder of the dream")
    _check_colours(paths[0], channels)
    if name is None:
        warn("does not say that it is a dream pass of vidream; it is taken for one", path)
    elif PASS_FIRST not in texts:
        problem = "the dream of a zoom, which was added to the frame before it; there is no source to lay it over"
        raise MediaError(f"{path}: {problem}; name the dream of a film")
    try:
        fps = Rate().read(texts[PASS_FPS]) if PASS_FPS in texts else None
        fit = Choice(("crop", "pad")).read(texts[PASS_FIT]) if PASS_FIT in texts else None
        first = Number(0, MOST_FRAMES, True).read(texts[PASS_FIRST]) if PASS_FIRST in texts else None
    except ValueError as error:
        problem = f"its attributes {PASS_FPS}, {PASS_FIRST}, {PASS_FIT} are damaged: one {error}"
        raise MediaError(f"{paths[0]}: {problem}; render it again") from None
    assert first is None or isinstance(first, int)
    return DreamPass(paths, exr_size(paths[0], max_pixels), max_pixels, fps, first, PASS_REPEATS in texts, fit)


def _check_colours(path: Path, channels: Collection[str]) -> None:
    """Raise MediaError unless a file has the channels of a dream pass."""
    if not {*COLOURS} <= {*channels}:
        raise MediaError(f"{path}: has no channels {', '.join(COLOURS)}; a dream pass has them")


def _pictures(path: Path) -> tuple[Path, ...]:
    """The files of a pass, in order.

    Raises:
        MediaError: there are none, or one between them is missing.
    """
    pattern = sequence(path, (ENDING,))
    if pattern is None and not path.is_dir():
        fault = "no such folder"
        if path.exists():
            fault = f"a file; {WANTED}"
        raise MediaError(f"{path}: {fault}")
    try:
        files = pattern.existing() if pattern else path.glob(f"*{ENDING}")
        numbered = sorted((_number(file), file) for file in files if not file.name.startswith("."))
    except OSError as error:
        raise MediaError(f"{path}: cannot be read: {error.strerror}") from None
    if not numbered:
        raise MediaError(f"{path}: holds no {ENDING} files; {WANTED}")
    for (number, _), (following, file) in pairwise(numbered):
        if following != number + 1:
            problem = f"number {number + 1} is missing before it"
            if following == number:
                problem = "another file has its number"
            raise MediaError(f"{file}: {problem}; a pass has one file for each frame")
    return tuple(file for _, file in numbered)


def _number(file: Path) -> int:
    match = re.search(r"([0-9]{1,9})$", file.stem)
    if match is None:
        raise MediaError(f"{file}: its name does not end in a number; move it away, or name the files by a pattern")
    return int(match[1])
