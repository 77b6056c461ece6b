"""Grades: how finely a codec encodes at each word of --quality."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vidream.media.pixels import PixelFormat

QUALITIES = ("small", "good", "master")
"""The words of --quality: to send, to keep, to work on."""
GOOD = QUALITIES[1]
LOSSLESS = 1.3
"""Bytes for each px of a dreamed frame of 8 bits without any loss, about."""


@dataclass(frozen=True)
class Grade:
    """How finely a codec encodes."""

    quality: str
    """Its word of --quality."""
    pixel_formats: tuple[PixelFormat, ...]
    """The pixel formats that it takes, the usual one first."""
    px_bytes: float
    """Bytes on disk for each px of a dreamed frame, about."""
    arguments: tuple[str, ...] = ()
    """ffmpeg's arguments for it."""
    crf: int | None = None
    """Its CRF; None if the codec has none."""
    finer: int = 6
    """Steps of CRF for twice the bytes."""

    def at(self, crf: int) -> "Grade":
        """This grade at another CRF."""
        assert self.crf is not None
        return replace(self, crf=crf, px_bytes=min(LOSSLESS, self.px_bytes * 2 ** ((self.crf - crf) / self.finer)))

    @property
    def rate(self) -> tuple[str, ...]:
        """Ffmpeg's arguments for the quality."""
        return self.arguments if self.crf is None else (*self.arguments, "-crf", str(self.crf))


def crf_grades(
    crfs: tuple[int, int, int], pixel_formats: Sequence[PixelFormat], px_bytes: float, finer: int = 6
) -> tuple[Grade, Grade, Grade]:
    """The grades of a codec that has a CRF: those of small, good, master; px_bytes: of good."""
    good = Grade(GOOD, tuple(pixel_formats), px_bytes, crf=crfs[1], finer=finer)
    small, _, master = (replace(good.at(crf), quality=word) for word, crf in zip(QUALITIES, crfs, strict=True))
    return small, good, master


def equal_grades(pixel_formats: Sequence[PixelFormat], px_bytes: float) -> tuple[Grade, ...]:
    """The grades of a codec that has one quality."""
    return tuple(Grade(word, tuple(pixel_formats), px_bytes) for word in QUALITIES)
