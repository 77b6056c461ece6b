"""What a session makes of rendered frames: OUT, and the passes beside it, in one folder and in step."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Generic, TypeVar

from vidream.media.maker import Encoding, Maker, SegmentMaker
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import sequence
from vidream.render.composite import RenderedFrame
from vidream.render.filenames import PRODUCT
from vidream.render.passes import View

T = TypeVar("T")


@dataclass(frozen=True)
class PassOutput(Generic[T]):
    """A pass, to be made beside OUT."""

    name: str
    """Its name in --passes. Its files in the session's folder begin with that and a hyphen."""
    out: Path
    """Where it goes at last: a film, or a pattern of pictures."""
    maker: SegmentMaker[T]
    """Its maker."""
    of: Callable[[View], T]
    """The function that gives its maker what it takes of a rendered frame."""
    encoding: Encoding | None = None
    """What it is to be, if it is of frames; None: it is numbers."""


@dataclass(frozen=True)
class Output:
    """OUT and its passes. Its segments are segments of each of them; all are put in place together, OUT last."""

    out: Path
    """The film, or the pattern of pictures."""
    maker: Maker
    """The maker of OUT."""
    passes: tuple[PassOutput[Any], ...] = ()
    """The passes beside it."""

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Callable[[RenderedFrame], None]]:
        """Make a segment of each: the block gets a function that writes a rendered frame as often as it is shown.

        Args:
            folder: where it is made.
            first: the number of its first output frame.

        Raises:
            RenderError: ffmpeg fails; when the block ends, or at any frame.
        """
        with ExitStack() as stack:
            write_frame = stack.enter_context(self.maker.segment(folder, first))
            writers = [(each.of, stack.enter_context(each.maker.segment(folder, first))) for each in self.passes]

            def write(rendered: RenderedFrame) -> None:
                frame = self.maker.raw.quantised(rendered.frame)
                view = View(rendered, self.maker.raw)
                for number in range(rendered.step.hold):
                    write_frame(frame)
                    if number == 1:
                        view = replace(view, repeats=True)
                    for of, write_pass in writers:
                        write_pass(of(view))

            yield write

    @property
    def rushes(self) -> bool:
        """Whether frames are kept without loss until many are encoded: see SegmentMaker.rushes."""
        return self.maker.rushes

    def rush_names(self, first: int, end: int) -> list[str]:
        """The files that hold the rush of the output frames from `first` to before `end`."""
        return [*chain.from_iterable(maker.rush_names(first, end) for maker in self._makers)]

    def encode(self, folder: Path, firsts: Sequence[int], end: int) -> None:
        """Make a segment of rushes: see SegmentMaker.encode."""
        for maker in self._makers:
            maker.encode(folder, firsts, end)

    def names(self, first: int, end: int) -> list[str]:
        """The files that hold the segment of the output frames from `first` to before `end`."""
        return [*chain.from_iterable(maker.names(first, end) for maker in self._makers)]

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        """Join the segments in the folder: see Maker.join."""
        for maker in self._makers:
            maker.join(folder, firsts, count)

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        """Put all in place. If this is interrupted, it can be done again: see Maker.place."""
        for maker in self._makers:
            maker.place(folder, count, overwrite=overwrite)

    @property
    def _makers(self) -> list[SegmentMaker[Any]]:
        return [*(each.maker for each in self.passes), self.maker]

    @property
    def has_pictures_alone(self) -> bool:
        """Whether all of it is pictures, so that there are no segments to join."""
        outs = [self.out, *(each.out for each in self.passes)]
        return all(sequence(out, PICTURES) for out in outs)

    def destinations(self, names: Iterable[str]) -> dict[str, Path]:
        """Where the finished ones among files of the folder go: name -> path."""
        outs: dict[str | None, Path] = {None: self.out, **{f"{each.name}-": each.out for each in self.passes}}
        places: dict[str, Path] = {}
        for name in names:
            match = PRODUCT.fullmatch(name)
            if match is None or match["of"] not in outs:
                continue
            out = outs[match["of"]]
            pictures = sequence(out, PICTURES)
            if pictures and match["number"]:
                places[name] = pictures.picture(int(match["number"]))
            elif not pictures and not match["number"]:
                places[name] = out
        return places
