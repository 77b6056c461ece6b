"""What a session makes of rendered frames: OUT, and passes beside it, in one folder and in step."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Generic, TypeVar

from vidream.config import PASSES
from vidream.media.maker import Encoding, Maker, SegmentMaker
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import sequence
from vidream.render.composite import RenderedFrame
from vidream.render.passes import View

T = TypeVar("T")

OF_A_PASS = rf"(?:{'|'.join(PASSES)})-"
FILE = re.compile(rf"(?P<of>{OF_A_PASS})?(?:(?P<number>\d{{8,}})|whole)\.\w+", re.ASCII)
"""Names of files that make up what is made: of a pass they begin with its name and a hyphen."""


@dataclass(frozen=True)
class PassOutput(Generic[T]):
    """A pass that is made beside OUT."""

    name: str
    """As --passes has it; its files in the session's folder begin with it and a hyphen."""
    out: Path
    """Where it is put: a film, or a pattern of pictures."""
    maker: SegmentMaker[T]
    """What makes it."""
    of: Callable[[View], T]
    """What it takes of a rendered frame."""
    encoding: Encoding | None = None
    """What it is to be, if it is of frames; None: it is numbers."""


@dataclass(frozen=True)
class Output:
    """OUT and its passes. A segment of it is a segment of each; all are put in place together, OUT last."""

    out: Path
    """What is made: a film, or a pattern of pictures."""
    maker: Maker
    """Of OUT."""
    passes: tuple[PassOutput[Any], ...] = ()
    """What is made beside it."""

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Callable[[RenderedFrame], None]]:
        """Make a segment of all: the block is given a function that takes rendered frames, each as long as it is held.

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

    def names(self, first: int, end: int) -> list[str]:
        """The files that hold the segment of the output frames from `first` to before `end`."""
        return [*chain.from_iterable(maker.names(first, end) for maker in self._makers)]

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        """Make in the folder what is to be put in place: see Maker.join."""
        for maker in self._makers:
            maker.join(folder, firsts, count)

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        """Put all in place; may be done again after it was cut short: see Maker.place."""
        for maker in self._makers:
            maker.place(folder, count, overwrite=overwrite)

    @property
    def ends_anywhere(self) -> bool:
        """Whether no frame of anything is another where a segment ends earlier."""
        return all(maker.ends_anywhere for maker in self._makers)

    @property
    def _makers(self) -> list[SegmentMaker[Any]]:
        return [*(each.maker for each in self.passes), self.maker]

    @property
    def has_pictures_alone(self) -> bool:
        """Whether there is no film to be joined of segments."""
        outs = [self.out, *(each.out for each in self.passes)]
        return all(sequence(out, PICTURES) for out in outs)

    def destinations(self, names: Iterable[str]) -> dict[str, Path]:
        """Of files in the folder, by name, where those are to be put that are whole: name -> path."""
        outs: dict[str | None, Path] = {None: self.out, **{f"{each.name}-": each.out for each in self.passes}}
        places: dict[str, Path] = {}
        for name in names:
            match = FILE.fullmatch(name)
            if match is None or match["of"] not in outs:
                continue
            out = outs[match["of"]]
            pictures = sequence(out, PICTURES)
            if pictures and match["number"]:
                places[name] = pictures.picture(int(match["number"]))
            elif not pictures and not match["number"]:
                places[name] = out
        return places
