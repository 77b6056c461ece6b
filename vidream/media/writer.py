"""Frames and sound -> a film on disk, in segments that are joined when all are there."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from vidream.errors import MediaError, RenderError
from vidream.events import warn
from vidream.frames import Pixels, Size, Sound
from vidream.media.containers import CONTAINERS
from vidream.media.ffmpeg import DISK_REFUSED, Ffmpeg, beside, local, run, source
from vidream.media.files import moved
from vidream.media.join import even_times, joined, segment_name, whole_or_gone
from vidream.media.overlaps import COPIED, DECODED, on_clock
from vidream.media.picture_folder import PictureFolder
from vidream.media.sequence import sequence
from vidream.media.soundtrack import Way, silence, ways
from vidream.media.still import PICTURES

Write = Callable[[Pixels], None]

# rgb24 is full range; without these, ffmpeg converts by BT.601 and says nothing, and HD players shift the hue
BT709 = (
    *(
        "-vf",
        "scale=in_range=full:out_range=limited:out_color_matrix=bt709:flags=accurate_rnd+full_chroma_inp+lanczos,"
        "setparams=color_primaries=bt709:color_trc=bt709",
    ),
    *("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
)


@dataclass(frozen=True)
class Encoding:
    """What a film is to be, beside its frames.

    start, duration  seconds of the sound that belong to the picture; duration None: to its end
    fade             the sound is a track that was put under the film: it ends with it, faded out over a second
    """

    size: Size
    fps: Fraction
    crf: int
    pix_fmt: str
    sound: Sound | None
    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    fade: bool = False


class Maker(Protocol):
    """How OUT is made: in segments, each whole in itself, joined without encoding anew.

    All is made in `folder`; a segment is known by the number of its first output frame.
    """

    def segment(self, folder: Path, first: int) -> AbstractContextManager[Write]:
        """`with maker.segment(folder, 0) as write: write(pixels)`; RenderError if ffmpeg fails."""

    def names(self, first: int, end: int) -> list[str]:
        """The files that hold the segment of the output frames from `first` to before `end`."""

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        """Make in `folder` what OUT is to be, of the segments and the sound; `count` output frames."""

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        """Rename it to OUT, `count` output frames; may be done again after it was cut short.

        Raises:
            MediaError: something is at OUT, and may not be replaced.
        """


def maker(out: Path, encoding: Encoding) -> Maker:
    """The one for OUT's ending."""
    pictures, gif = sequence(out, PICTURES), out.suffix.lower() == ".gif"
    if encoding.sound and (pictures or gif):
        warn(f"pictures have no sound; the sound of {encoding.sound.path} is left out", out)
    if pictures:
        return PictureFolder(out)
    return _Gif(out, encoding) if gif else _Encoded(out, encoding)


class _Encoded:
    def __init__(self, out: Path, encoding: Encoding) -> None:
        self.out, self.encoding = out, encoding
        self.container = CONTAINERS[out.suffix.lower()]
        subsampled = not (self.container.codec.odd or encoding.pix_fmt == "yuv444p")
        self.size = _even(encoding.size, encoding.pix_fmt) if subsampled else encoding.size
        if self.size != encoding.size:
            warn(
                f"H.264 takes no odd sides in {encoding.pix_fmt}: the last row or column is repeated, "
                f"{encoding.size} becomes {self.size}; --pix-fmt yuv444p or .webm keeps the size",
                out,
            )
        self._ways: Iterator[Way] = iter(())
        if encoding.sound:
            self._ways = ways(encoding.sound, self.container, encoding.start, faded=encoding.fade)
        self._way: Way | None = None  # once it has been tried

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        quality = ("-crf", str(self.encoding.crf), "-pix_fmt", self.encoding.pix_fmt)
        arguments = [*_raw(self.size, self.encoding.fps), *self.container.codec.encoder, *quality, *BT709]
        with Ffmpeg([*arguments, local(folder / segment_name(first))], f"write {self.out}") as encoder:
            yield lambda pixels: encoder.feed(_padded(pixels, self.size))

    def names(self, first: int, end: int) -> list[str]:
        return [segment_name(first)]

    def try_sound(self, folder: Path) -> str:
        """Join a segment of one frame with a moment of sound: how it gets its sound is settled then."""
        why = ""
        for way in self._ways:
            try:
                self._join(folder, [0], 1, way, MOMENT)
            except RenderError as error:
                why = str(error)
                if DISK_REFUSED.search(why):
                    raise
                continue
            self._way = way
            return way.said
        self._join(folder, [0], 1, None)
        if self.encoding.sound is None:
            return ""
        said = silence(self.encoding.sound, self.encoding.start, why)
        if self.encoding.fade:
            raise MediaError(f"{self.encoding.sound.path}: {said}; convert it first, or name another file")
        return f"{said}; the film is made without sound"

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        way = self._way or next(self._ways, None)
        try:
            self._join(folder, firsts, count, way)
        except RenderError as error:
            if way is None or not way.copied or DISK_REFUSED.search(str(error)):
                raise
            warn(f"its sound cannot be copied to its end ({error}); it is encoded anew", self.out)
            self._join(folder, firsts, count, next(self._ways))

    def _join(
        self, folder: Path, firsts: Sequence[int], count: int, way: Way | None, most: Fraction | None = None
    ) -> None:
        """With the sound that `way` gets; in a trial with `most` seconds of it, sought without care for exactness."""
        encoding, heard, clock = self.encoding, list[str](), list[str]()
        picture = joined(folder, firsts, count, encoding.fps)
        inputs = [*picture, "-map", "0:v:0"]
        if way:
            length = count / encoding.fps if encoding.fade else encoding.duration
            length = min((each for each in (length, most) if each is not None), default=None)
            overlaps = encoding.sound.overlaps if encoding.sound else ()
            start = on_clock(encoding.start, overlaps)
            span = [] if length is None else ["-t", _seconds(on_clock(encoding.start + length, overlaps) - start)]
            if start and not most:
                span += ["-itsoffset", f"-{_seconds(start)}"]
            elif start and encoding.sound and not encoding.sound.jumps:
                span += ["-ss", _seconds(start)]
            taken = span if way.copied or most else []
            track = f"1:a:{way.sound.track}"
            inputs = [*picture, *source(way.sound.path, *taken), "-map", "0:v:0", "-map", track]
            trimmed = [] if most else self._trimmed(length)
            heard = [*way.encoder, *(["-bsf:a", COPIED] if overlaps and way.copied else [])]
            heard += [*self._filters(way, trimmed, count / encoding.fps), "-max_error_rate", "1"]
            # said of the input alone, it counts from where the sound begins, which may be late
            heard += ["-t", _seconds(max(length, count / encoding.fps))] if length is not None else []
            clock = beside("V:0", 1) if way.sound.pictured and not most else []
        copied = ["-c:v", "copy", *even_times(encoding.fps, self.container.codec.reorder)]
        whole = [*copied, *heard, *PLAIN, *self.container.muxer, local(self._whole(folder))]
        with whole_or_gone(self._whole(folder)):
            run([*inputs, *whole, *clock], f"write {self.out}")

    def _trimmed(self, length: Fraction | None) -> list[str]:
        """Filters that leave of a sound what belongs to the picture: some kinds of file cannot be sought exactly."""
        start = self.encoding.start
        end = "" if length is None else f":end={_seconds(start + length)}"
        return [f"atrim=start={_seconds(start)}{end}", f"asetpts=PTS-{_seconds(start)}/TB"]

    def _filters(self, way: Way, trimmed: Sequence[str], length: Fraction) -> list[str]:
        fade = f"afade=t=out:st={_seconds(max(Fraction(0), length - FADE))}:d={_seconds(min(FADE, length))}"
        laid_out = [DECODED] if self.encoding.sound and self.encoding.sound.overlaps else []
        filters = [*laid_out, *trimmed, *way.filters, *([fade] if self.encoding.fade else [])]
        return ["-af", ",".join(filters)] if filters and not way.copied else []

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        if self._whole(folder).exists():
            moved(self._whole(folder), self.out, overwrite=overwrite)

    def _whole(self, folder: Path) -> Path:
        return folder / f"whole{self.out.suffix.lower()}"


class _Gif:
    """One palette for the whole film, found in a first pass over a lossless copy on disk: memory stays flat."""

    def __init__(self, out: Path, encoding: Encoding) -> None:
        self.out, self.encoding = out, encoding
        if (Fraction(100) / encoding.fps).denominator != 1:
            warn(f"GIF keeps time in hundredths of a second; {encoding.fps} a second are rounded", out)

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        lossless = ("-c:v", "libx264rgb", "-qp", "0", "-preset", "ultrafast")
        arguments = [*_raw(self.encoding.size, self.encoding.fps), *lossless, local(folder / segment_name(first))]
        with Ffmpeg(arguments, f"write {self.out}") as encoder:
            yield lambda pixels: encoder.feed(np.ascontiguousarray(pixels))

    def names(self, first: int, end: int) -> list[str]:
        return [segment_name(first)]

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        palette, task = folder / "palette.mkv", f"write {self.out}"
        one = ["-frames:v", "1", "-c:v", "png"]
        picture = joined(folder, firsts, count, self.encoding.fps)
        run([*picture, "-vf", "palettegen", *one, local(palette)], task)
        graph = "[0:v][1:v]paletteuse=dither=sierra2_4a"
        with whole_or_gone(folder / "whole.gif") as whole:
            run([*picture, *source(palette), "-lavfi", graph, local(whole)], task)

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        if (folder / "whole.gif").exists():
            moved(folder / "whole.gif", self.out, overwrite=overwrite)


def try_out(made: Maker, folder: Path, size: Size) -> str:
    """Make a frame, and a moment of its sound, in `folder`. What is to be said of the sound; "" if nothing.

    Raises:
        MediaError: the sound is one that was named for it, and cannot be taken.
        RenderError: it cannot be made.
    """
    blank = np.zeros((size.height, size.width, 3), np.uint8)
    with made.segment(folder, 0) as write:
        write(blank)
    if isinstance(made, _Encoded):
        return made.try_sound(folder)
    made.join(folder, [0], 1)
    return ""


FADE = Fraction(1)  # second
PLAIN = ("-map_metadata", "-1", "-map_chapters", "-1")  # chapters would be those of the sound, without their names
MOMENT = Fraction(1, 2)  # second of sound, for a trial


def _raw(size: Size, fps: Fraction) -> list[str]:
    return ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", str(size), "-r", str(fps), "-i", "pipe:0"]


def _even(size: Size, pix_fmt: str) -> Size:
    height = size.height + (size.height % 2 if pix_fmt != "yuv422p" else 0)
    return Size(size.width + size.width % 2, height)


def _padded(pixels: Pixels, size: Size) -> Pixels:
    """The last row and column repeated up to `size`; contiguous."""
    extra = ((0, size.height - pixels.shape[0]), (0, size.width - pixels.shape[1]), (0, 0))
    return np.ascontiguousarray(np.pad(pixels, extra, "edge") if any(map(any, extra)) else pixels)


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"
