"""Frames and sound -> a film on disk, whole or not at all.

A film is written beside its place under a name that begins with a dot, joined with its sound, and renamed when it is
complete. What fails on the way leaves nothing behind and touches nothing that was there.
"""

import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidream.errors import MediaError, nearest
from vidream.frames import Pixels, Size, Sound
from vidream.media.ffmpeg import Ffmpeg, local, run, source
from vidream.media.still import PICTURES, Picture, write_picture

log = logging.getLogger(__name__)

NUMBER = re.compile(r"%0?\d{0,2}d")  # in a name that stands for many pictures

Write = Callable[[Pixels], None]

# rgb24 is full range; without these, ffmpeg converts by BT.601 and says nothing, and HD players shift the hue
BT709 = (
    *(
        "-vf",
        "scale=in_range=full:out_range=limited:out_color_matrix=bt709:flags=accurate_rnd+full_chroma_inp+lanczos",
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
    sounds         codecs that players expect in it, copied as they are; None: any
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
QUICKTIME = Container(H264, frozenset({"aac", "mp3", "ac3", "eac3"}), AAC, FASTSTART)

CONTAINERS: Mapping[str, Container] = {
    ".mp4": QUICKTIME,
    ".mov": QUICKTIME,
    ".mkv": Container(H264, None, AAC),
    ".webm": Container(VP9, frozenset({"opus", "vorbis"}), ("-c:a", "libopus", "-b:a", "160k"), odd=True),
}
ENDINGS = (*CONTAINERS, ".gif")


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


def check_out(out: Path, overwrite: bool, source: Path, endings: tuple[str, ...] = ENDINGS) -> None:
    """Raise MediaError unless OUT can be written: its ending, its folder, what is there already."""
    pattern = is_pattern(out)
    known = PICTURES if pattern else endings
    if out.suffix.lower() not in known:
        given = f"ends in {out.suffix}" if out.suffix else "has no ending"
        raise MediaError(f"{out}: {given}; {nearest(out.suffix.lower(), known)}")
    folder = out.parent
    if pattern and not folder.exists():
        folder = folder.parent  # the folder of a sequence is made with it
    if not folder.is_dir():
        raise MediaError(f"{out}: the folder {folder} does not exist; make it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise MediaError(f"{out}: the folder {folder} is not writable; choose another")
    if out.is_dir():
        raise MediaError(f"{out}: a folder; name a file")
    if out.exists() and source.exists() and out.samefile(source):
        raise MediaError(f"{out}: is the source itself; name another file")
    there = next(_of_pattern(out), None) if pattern else (out if out.exists() else None)
    if there and not overwrite:
        raise MediaError(f"{there}: is there already; --overwrite replaces it")


def is_pattern(out: Path) -> bool:
    """Whether OUT stands for many pictures: frames/%05d.png."""
    return NUMBER.search(out.name) is not None


@contextmanager
def film(out: Path, encoding: Encoding) -> Iterator[Write]:
    """`with film(out, encoding) as write: write(pixels)`; OUT is there when the block has ended without an error.

    Raises:
        RenderError: ffmpeg failed, for instance on a full disk.
    """
    kind = out.suffix.lower()
    make = _pictures if is_pattern(out) else _gif if kind == ".gif" else _encoded
    if encoding.sound and make is not _encoded:
        log.warning("%s: pictures have no sound; the sound of %s is left out", out, encoding.sound.path)
    with make(out, encoding) as write:
        yield write


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """A hidden path beside OUT to write to; it becomes OUT when the block ends without an error, else it is gone."""
    with _parts(out, f"part{out.suffix}") as (part,):
        yield part
        part.replace(out)


@contextmanager
def _parts(out: Path, *names: str) -> Iterator[list[Path]]:
    """Hidden paths beside OUT, gone at the end whatever happens."""
    parts = [out.with_name(f".{out.stem}.{name}") for name in names]
    try:
        yield parts
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


@contextmanager
def _encoded(out: Path, encoding: Encoding) -> Iterator[Write]:
    container = CONTAINERS[out.suffix.lower()]
    subsampled = not (container.odd or encoding.pix_fmt == "yuv444p")
    size = _even(encoding.size, encoding.pix_fmt) if subsampled else encoding.size
    if size != encoding.size:
        log.warning(
            "%s: H.264 takes no odd sides in %s: the last row or column is repeated, %s becomes %s; "
            "--pix-fmt yuv444p or .webm keeps the size",
            *(out, encoding.pix_fmt, encoding.size, size),
        )
    quality = ("-crf", str(encoding.crf), "-pix_fmt", encoding.pix_fmt)
    with _parts(out, f"picture{out.suffix}", "cut.mka", f"whole{out.suffix}") as (picture, cut, whole):
        arguments = [*_raw(size, encoding.fps), *container.encoder, *quality, *BT709, *container.muxer]
        with Ffmpeg([*arguments, local(picture)], f"write {out}") as encoder:
            yield lambda pixels: encoder.feed(_padded(pixels, size))
        if encoding.sound:
            _join(picture, encoding, container, (cut, whole), out)
            whole.replace(out)
        else:
            picture.replace(out)


def _raw(size: Size, fps: Fraction) -> list[str]:
    return ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", str(size), "-r", str(fps), "-i", "pipe:0"]


def _even(size: Size, pix_fmt: str) -> Size:
    height = size.height + (size.height % 2 if pix_fmt != "yuv422p" else 0)
    return Size(size.width + size.width % 2, height)


def _padded(pixels: Pixels, size: Size) -> Pixels:
    """The last row and column repeated up to `size`; contiguous."""
    extra = ((0, size.height - pixels.shape[0]), (0, size.width - pixels.shape[1]), (0, 0))
    return np.ascontiguousarray(np.pad(pixels, extra, "edge") if any(map(any, extra)) else pixels)


def _join(picture: Path, encoding: Encoding, container: Container, parts: tuple[Path, Path], out: Path) -> None:
    """The picture as it is, and the sound that goes with it."""
    cut, whole = parts
    sound = encoding.sound
    assert sound is not None
    task = f"join the sound to {out}"
    keep = container.sounds is None or sound.codec in container.sounds
    codec = ("-c:a", "copy") if keep else container.sound_encoder
    span = [] if encoding.duration is None else ["-t", _seconds(encoding.duration)]
    heard = sound.path
    if (
        encoding.start
    ):  # cut on its own: seeking to it beside the picture would keep what lies before, in some containers
        run([*source(heard), "-map", "0:a:0", "-ss", _seconds(encoding.start), *span, *codec, local(cut)], task)
        heard, codec, span = cut, ("-c:a", "copy"), []
    joined = [*source(picture), *source(heard, *span), "-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy", *codec]
    run([*joined, "-map_metadata", "-1", *container.muxer, local(whole)], task)


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"


@contextmanager
def _gif(out: Path, encoding: Encoding) -> Iterator[Write]:
    """One palette for the whole film, found in a first pass over a lossless copy on disk, so that memory stays flat."""
    if (Fraction(100) / encoding.fps).denominator != 1 or encoding.fps > 50:
        log.warning(
            "%s: GIF keeps time in hundredths of a second, and players honour 50 frames a second at most; "
            "%s is rounded",
            *(out, encoding.fps),
        )
    lossless = ("-c:v", "libx264rgb", "-qp", "0", "-preset", "ultrafast")
    with _parts(out, "picture.mp4", "palette.png", "whole.gif") as (picture, palette, whole):
        with Ffmpeg([*_raw(encoding.size, encoding.fps), *lossless, local(picture)], f"write {out}") as encoder:
            yield lambda pixels: encoder.feed(np.ascontiguousarray(pixels))
        one = ["-update", "1", "-frames:v", "1"]
        run([*source(picture), "-vf", "palettegen", *one, local(palette)], f"choose the colours of {out}")
        graph = "[0:v][1:v]paletteuse=dither=sierra2_4a"
        run([*source(picture), *source(palette), "-lavfi", graph, local(whole)], f"write {out}")
        whole.replace(out)


def _of_pattern(out: Path) -> Iterator[Path]:
    """Files that are there already and that a sequence of this name would hold."""
    before, after = NUMBER.split(out.name, maxsplit=1)
    wanted = re.compile(re.escape(before) + r"\d+" + re.escape(after))
    if out.parent.is_dir():
        yield from (path for path in sorted(out.parent.iterdir()) if wanted.fullmatch(path.name))


@contextmanager
def _pictures(out: Path, encoding: Encoding) -> Iterator[Write]:
    """Numbered from 1, as ffmpeg numbers them; collected in a hidden folder, moved when all are there."""
    folder = out.parent.absolute()
    hidden = (folder if folder.exists() else folder.parent) / f".{folder.name}.part"
    shutil.rmtree(hidden, ignore_errors=True)
    hidden.mkdir()
    number = 0

    def write(pixels: Pixels) -> None:
        nonlocal number
        number += 1
        write_picture(hidden / NUMBER.sub(lambda match: match[0] % number, out.name), Picture(pixels))

    try:
        yield write
        for old in list(_of_pattern(out)):
            old.unlink()
        folder.mkdir(exist_ok=True)
        for picture in sorted(hidden.iterdir()):
            picture.replace(folder / picture.name)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
