"""Where frames come from: anything that has a size, a rate, and frames one after the other."""

from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from vidream.frames import Frame, Size
from vidream.media import reader
from vidream.media.video import Hdr, Video


class Source(Protocol):
    """Anything that has frames: a file, a camera, noise. A plan asks nothing else of it; str() names it in messages."""

    @property
    def size(self) -> Size:
        """Width and height of every frame, px."""

    @property
    def fps(self) -> Fraction:
        """Frames a second, exact and constant."""

    @property
    def count(self) -> int | None:
        """Frames in all; None where that is not known, or where they never end."""

    def frames(self, first: int = 0) -> Generator[tuple[int, Frame]]:
        """(number, frame) from number `first` on, rising by one.

        What is stopped and gone on with is asked again, and must give the same frame for a number; a camera never is.
        """


@dataclass(frozen=True)
class FilmFile:
    """A film on disk, or pictures in a row, as a Source. See vidream.media.reader.open_video."""

    video: Video
    """What the file is."""
    alpha: bool = False
    """Whether its frames have their alpha, where the film has one."""
    hdr: bool = False
    """Whether its frames are coded as the film is, where it is of HDR."""
    sought: bool = False
    """Whether its first frame is sought, not counted to: for who wants a few, far in."""

    def __str__(self) -> str:
        return str(self.video.path)

    @property
    def size(self) -> Size:
        """Width and height of every frame, px."""
        return self.video.size

    @property
    def fps(self) -> Fraction:
        """Frames a second, exact and constant."""
        return self.video.fps

    @property
    def count(self) -> int | None:
        """Frames in all, as far as can be known before they are read."""
        return self.video.count

    def frames(self, first: int = 0) -> Generator[tuple[int, Frame]]:
        """(number, frame) from number `first` on.

        Raises:
            RenderError: ffmpeg failed in the middle.
        """
        yield from enumerate(
            reader.frames(self.video, first, alpha=self.alpha, hdr=self.hdr, sought=self.sought), first
        )


@dataclass(frozen=True)
class Repeated:
    """A source that begins again whenever it ends, its numbers going on; so it never ends."""

    source: Source
    """What is repeated; it has at least one frame."""

    def __str__(self) -> str:
        return str(self.source)

    @property
    def size(self) -> Size:
        """Width and height of every frame, px."""
        return self.source.size

    @property
    def fps(self) -> Fraction:
        """Frames a second, exact and constant."""
        return self.source.fps

    @property
    def count(self) -> None:
        """None: it never ends."""
        return

    def frames(self, first: int = 0) -> Generator[tuple[int, Frame]]:
        """(number, frame) from number `first` on, without end."""
        start = 0
        while True:
            number = start
            for index, frame in self.source.frames():
                number = start + index
                if number >= first:
                    yield number, frame
            start = number + 1


def video_of(source: Source) -> Video | None:
    """The film that a source reads from disk; None where it reads none."""
    return source.video if isinstance(source, FilmFile) else None


def hdr_of(source: Source) -> Hdr | None:
    """How the frames of a source are coded that keeps a film of HDR as it is; None: they are of SDR."""
    return source.video.hdr if isinstance(source, FilmFile) and source.hdr else None


def files_of(source: Source) -> tuple[Path, ...]:
    """The files that a source is read from, pictures in a row one by one; none where it reads none."""
    video = video_of(source)
    if video is None:
        return ()
    return video.pictures or (video.path,)
