"""What all makers of films have in common: they make segments, and join them when all are there."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol, TypeVar

from vidream.frames import Frame, Size
from vidream.media.contents import Stream
from vidream.media.ffmetadata import Chapter
from vidream.media.raw import RawFormat
from vidream.media.video import Hdr, Sound

ENCODED = 240
"""Output frames of a segment that is encoded of rushes, at least, if no cut ends it before."""


@dataclass(frozen=True)
class Extras:
    """The further streams that a film keeps of its source, beside its picture and its first sound."""

    streams: tuple[Stream, ...]
    """The streams that are wanted; a warning names those that the film cannot hold."""
    start: Fraction
    """The second of the source, on its own clock, at which the film begins."""
    duration: Fraction | None
    """Seconds of the source that belong to the film; None: to its end."""
    loose: bool = False
    """Whether the source's clock begins with the first of those streams that are read."""


Write = Callable[[Frame], None]
"""Takes the next frame of a segment, of any depth."""
T_contra = TypeVar("T_contra", contravariant=True)


@dataclass(frozen=True)
class Encoding:
    """How a film is encoded: all of it but its frames."""

    size: Size
    """The size of its frames, px."""
    fps: Fraction
    """Frames a second, exact."""
    crf: int | None
    """The quality of the picture as a number, 0 to 51, lower is better; None: `quality` says it."""
    pix_fmt: str | None
    """The name of a vidream.media.pixels.PixelFormat; None: the one that suits codec and source."""
    sound: Sound | None
    """Its sound; None for a silent film."""
    start: Fraction = Fraction(0)
    """The second of the sound at which the picture begins."""
    duration: Fraction | None = None
    """Seconds of the sound that belong to the picture; None: to the end of the sound."""
    fade: bool = False
    """Whether the sound is a track of its own, put under the film: it ends with the film, faded out over a second."""
    seamless: bool = False
    """Whether the film is a loop: its sound ends with it to the sample, and is not faded."""
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Tags of the whole film, by ffmpeg's names: title, comment. A GIF holds the comment alone."""
    label: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Tags of its picture: language, title."""
    chapters: tuple[Chapter, ...] = ()
    """Its chapters, on its own clock; what is beyond its end is left out."""
    extras: Extras | None = None
    """The further streams that it keeps of its source; None: none."""
    codec: str | None = None
    """A word of --codec; None: the usual codec of OUT's ending."""
    quality: str | None = None
    """A word of --quality; None: good."""
    deep: bool = False
    """Whether its frames come from a source of more than 8 bits."""
    alpha: bool = False
    """Whether its frames have an alpha."""
    hdr: Hdr | None = None
    """How its frames are coded if it is HDR; None: it is SDR."""
    rushes: bool = False
    """Whether a film's frames are kept without loss until many are encoded: see SegmentMaker.rushes."""
    prefix: str = ""
    """What the names of its files begin with in the folder where it is made: passes are made in the same one."""

    @property
    def cuts_sound(self) -> bool:
        """Whether its sound must end at a certain sample, so that it cannot be copied in packets."""
        return self.fade or self.seamless


class SegmentMaker(Protocol[T_contra]):
    """Makes something of a row of items, such as frames: in segments, each complete in itself, which it then joins.

    All segments are made in one folder; each is known by the number of its first output frame.
    """

    rushes: bool = False
    """Whether frames are kept without loss until `encode` makes a segment of many. A codec that tells a frame by what
    differs from others begins anew with each segment: the grain of its losses changes all at once, which is seen as a
    pulse where segments are short."""

    def segment(self, folder: Path, first: int) -> AbstractContextManager[Callable[[T_contra], None]]:
        """Make a segment, or a rush: `with maker.segment(folder, 0) as write: write(frame)`.

        Args:
            folder: where it is made.
            first: the number of its first output frame.

        Raises:
            RenderError: ffmpeg fails; when the block ends, or at any frame.
        """

    def names(self, first: int, end: int) -> list[str]:
        """The files that hold the segment of the output frames from `first` to before `end`."""

    def rush_names(self, first: int, end: int) -> list[str]:
        """The files that hold a rush of those frames; those of a segment, if there are no rushes."""
        return self.names(first, end)

    def encode(self, folder: Path, firsts: Sequence[int], end: int) -> None:
        """Make a segment of rushes, which stay; nothing, if there are none.

        Args:
            folder: where they are.
            firsts: the numbers of their first output frames, in order.
            end: the output frame after the last of them.

        Raises:
            RenderError: ffmpeg fails.
        """
        return

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        """Make in the folder what OUT is to be, of the segments and the sound.

        Args:
            folder: where the segments are.
            firsts: the numbers of their first output frames, in order.
            count: output frames in all.
        """

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        """Rename what was joined to OUT; may be done again after it was cut short.

        Args:
            folder: where it was joined.
            count: output frames in all.
            overwrite: whether what is at OUT may be replaced.

        Raises:
            MediaError: something is at OUT, and may not be replaced.
        """


class Maker(SegmentMaker[Frame], Protocol):
    """How OUT is made of frames: in segments, joined without encoding anew."""

    raw: RawFormat
    """The depth that its frames are brought to."""
