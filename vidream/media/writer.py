"""Frames and sound -> a film on disk, whole or not at all.

A film is written beside its place under a name that begins with a dot, joined with its sound, and renamed when it is
complete. What fails on the way leaves nothing behind and touches nothing that was there.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidream.errors import RenderError
from vidream.frames import Pixels, Size, Sound
from vidream.media.ffmpeg import Ffmpeg, local, run, source
from vidream.media.paths import workshop
from vidream.media.sequence import Sequence, sequence
from vidream.media.still import PICTURES, Picture, write_picture

log = logging.getLogger(__name__)

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
H264 = ("-c:v", "libx264", "-preset", "medium")
VP9 = ("-c:v", "libvpx-vp9", "-b:v", "0", "-row-mt", "1", "-cpu-used", "4")
FASTSTART = ("-movflags", "+faststart")


@dataclass(frozen=True)
class Container:
    """How a film with a certain ending is made.

    encoder        ffmpeg's arguments for the picture
    sounds         codecs that players expect in it, copied as they are; None: any that Matroska takes
    sound_encoder  for all others
    muxer          ffmpeg's arguments for the file
    odd            whether 4:2:0 may have odd sides
    """

    encoder: tuple[str, ...]
    sounds: frozenset[str] | None
    sound_encoder: tuple[str, ...]
    muxer: tuple[str, ...] = ()
    odd: bool = False


AAC = ("-c:a", "aac", "-b:a", "192k")
OPUS = (
    *("-c:a", "libopus", "-b:a", "160k"),
    *("-af", "aformat=channel_layouts=7.1|6.1|5.1|5.0|quad|3.0|stereo|mono"),  # Opus refuses 5.1(side) and its like
)
QUICKTIME_SOUNDS = frozenset({"aac", "mp3", "ac3", "eac3"})

CONTAINERS: Mapping[str, Container] = {
    ".mp4": Container(H264, QUICKTIME_SOUNDS, AAC, FASTSTART),
    ".mov": Container(H264, QUICKTIME_SOUNDS, AAC, FASTSTART),
    ".mkv": Container(H264, None, AAC),
    ".webm": Container(VP9, frozenset({"opus", "vorbis"}), OPUS, odd=True),
}
ENDINGS = (*CONTAINERS, ".gif")
GIF_FPS = 50  # players take anything faster for ten frames a second


@dataclass(frozen=True)
class Encoding:
    """What a film is to be, beside its frames.

    start, duration  seconds of the sound that belong to the picture; duration None: to its end
    """

    size: Size
    fps: Fraction
    crf: int
    pix_fmt: str
    sound: Sound | None
    start: Fraction = Fraction(0)
    duration: Fraction | None = None


@contextmanager
def film(out: Path, encoding: Encoding) -> Iterator[Write]:
    """`with film(out, encoding) as write: write(pixels)`; OUT is there when the block has ended without an error.

    Raises:
        RenderError: ffmpeg failed, for instance on a full disk.
    """
    make = _pictures if sequence(out, PICTURES) else _gif if out.suffix.lower() == ".gif" else _encoded
    if encoding.sound and make is not _encoded:
        log.warning("%s: pictures have no sound; the sound of %s is left out", out, encoding.sound.path)
    with workshop(out) as folder, make(out, encoding, folder) as write:
        yield write


@contextmanager
def _encoded(out: Path, encoding: Encoding, folder: Path) -> Iterator[Write]:
    container = CONTAINERS[out.suffix.lower()]
    subsampled = not (container.odd or encoding.pix_fmt == "yuv444p")
    size = _even(encoding.size, encoding.pix_fmt) if subsampled else encoding.size
    if size != encoding.size:
        log.warning(
            "%s: H.264 takes no odd sides in %s: the last row or column is repeated, %s becomes %s; "
            "--pix-fmt yuv444p or .webm keeps the size",
            *(out, encoding.pix_fmt, encoding.size, size),
        )
    heard = _sound_arguments(encoding.sound, container, out) if encoding.sound else None  # known before the first frame
    picture, joined = folder / f"picture{out.suffix}", folder / f"whole{out.suffix}"
    quality = ("-crf", str(encoding.crf), "-pix_fmt", encoding.pix_fmt)
    arguments = [*_raw(size, encoding.fps), *container.encoder, *quality, *BT709, *container.muxer]
    with Ffmpeg([*arguments, local(picture)], f"write {out}") as encoder:
        yield lambda pixels: encoder.feed(_padded(pixels, size))
    if heard and encoding.sound:
        span = ["-ss", _seconds(encoding.start)] if encoding.start else []
        span += ["-t", _seconds(encoding.duration)] if encoding.duration is not None else []
        inputs = [*source(picture), *source(encoding.sound.path, *span), "-map", "0:v:0", "-map", "1:a:0"]
        run([*inputs, "-c:v", "copy", *heard, "-map_metadata", "-1", *container.muxer, local(joined)], f"write {out}")
        picture = joined
    picture.replace(out)


def _sound_arguments(sound: Sound, container: Container, out: Path) -> tuple[str, ...]:
    """Copy what players expect in the container, else encode. Some codecs fit none: tried on a moment of it."""
    copy = ("-c:a", "copy", "-copypriorss:a", "0")  # nothing of what lies before the start
    if container.sounds is None:
        try:
            trial = [*source(sound.path), "-map", "0:a:0", "-t", "0.1", *copy, "-f", "matroska", "pipe:1"]
            run(trial, "copy the sound")
        except RenderError:
            log.warning("%s: its ending cannot hold %s sound; it is encoded anew", out, sound.codec)
            return container.sound_encoder
        return copy
    return copy if sound.codec in container.sounds else container.sound_encoder


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


@contextmanager
def _gif(out: Path, encoding: Encoding, folder: Path) -> Iterator[Write]:
    """One palette for the whole film, found in a first pass over a lossless copy on disk: memory stays flat."""
    if (Fraction(100) / encoding.fps).denominator != 1:
        log.warning("%s: GIF keeps time in hundredths of a second; %s frames a second are rounded", out, encoding.fps)
    lossless = ("-c:v", "libx264rgb", "-qp", "0", "-preset", "ultrafast")
    picture, palette, whole = folder / "picture.mp4", folder / "palette.mkv", folder / "whole.gif"
    with Ffmpeg([*_raw(encoding.size, encoding.fps), *lossless, local(picture)], f"write {out}") as encoder:
        yield lambda pixels: encoder.feed(np.ascontiguousarray(pixels))
    one = ["-frames:v", "1", "-c:v", "png"]
    run([*source(picture), "-vf", "palettegen", *one, local(palette)], f"choose the colours of {out}")
    graph = "[0:v][1:v]paletteuse=dither=sierra2_4a"
    run([*source(picture), *source(palette), "-lavfi", graph, local(whole)], f"write {out}")
    whole.replace(out)


@contextmanager
def _pictures(out: Path, encoding: Encoding, folder: Path) -> Iterator[Write]:
    """Collected aside, moved when all are there; what an older, longer sequence has beyond them goes last."""
    final, made = Sequence(out), Sequence(folder / out.name)
    count = 0

    def write(pixels: Pixels) -> None:
        nonlocal count
        count += 1
        write_picture(made.picture(count), Picture(pixels))

    yield write
    out.parent.mkdir(exist_ok=True)
    fresh = [final.picture(number + 1) for number in range(count)]
    for number, path in enumerate(fresh, 1):
        made.picture(number).replace(path)
    for stale in set(final.there()) - set(fresh):
        stale.unlink()
