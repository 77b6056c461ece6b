"""An animated GIF: one palette for the whole film, found in a first pass over a lossless copy on disk."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from vidream.events import warn
from vidream.media.ffmpeg import input_file, local, run
from vidream.media.files import move_file
from vidream.media.gif import add_comment
from vidream.media.join import open_segments, segment_name, whole_or_nothing
from vidream.media.maker import Encoding, Maker, Write
from vidream.media.segment import encode_frames
from vidream.media.target import target_of, tell_of_losses

TICKS = Fraction(100)  # a second, in which GIF keeps time
DITHER = "paletteuse=dither=sierra2_4a"


class PaletteFilm(Maker):
    """Makes animated GIFs. Memory stays flat, however long the film is."""

    def __init__(self, out: Path, encoding: Encoding) -> None:
        self.out, self.encoding = out, encoding
        self.target = target_of(out, encoding)
        self.raw = self.target.pixel_format.raw
        tell_of_losses(out, encoding, self.target)
        if (TICKS / encoding.fps).denominator != 1:
            warn(f"GIF keeps time in hundredths of a second; {encoding.fps} a second are rounded", out)

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        path = folder / self._segment(first)
        with encode_frames(self.out, path, self.target.encoder, self.target, self.encoding) as write:
            yield write

    def names(self, first: int, end: int) -> list[str]:
        return [self._segment(first)]

    def _segment(self, first: int) -> str:
        return segment_name(first, self.target)

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        palette, task = folder / "palette.mkv", f"write {self.out}"
        one = ["-frames:v", "1", "-c:v", "png"]
        picture = open_segments(folder, firsts, count, self.encoding.fps, self._segment)
        run([*picture, "-vf", "palettegen", *one, local(palette)], task)
        with whole_or_nothing(self._joined(folder)) as gif:
            run([*picture, *input_file(palette), "-lavfi", f"[0:v][1:v]{DITHER}", local(gif)], task)
            if self.encoding.metadata.get("comment"):
                add_comment(gif, self.encoding.metadata["comment"])

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        if self._joined(folder).exists():
            move_file(self._joined(folder), self.out, overwrite=overwrite)

    def _joined(self, folder: Path) -> Path:
        return folder / f"whole{self.out.suffix.lower()}"
