"""Segments on disk -> one stream of frames, evenly timed, without encoding anew."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from vidream.media.ffmpeg import local
from vidream.media.target import Target

MICROSECOND = 1_000_000  # of a second: what a concat script counts in
RUSH = ".nut"
"""The ending of rushes."""


def segment_name(first: int, target: Target) -> str:
    """The file of the segment whose first frame is `first`, of a film that is encoded so."""
    return f"{target.prefix}{first:08d}{target.segment}"


def rush_name(first: int, target: Target) -> str:
    """The file of the rush whose first frame is `first`: frames that wait to be encoded, kept without loss.

    Of NUT, since it keeps any format of px, and times exactly.
    """
    return f"{target.prefix}{first:08d}{RUSH}"


def open_segments(
    folder: Path, firsts: Sequence[int], end: int, fps: Fraction, name: Callable[[int], str]
) -> list[str]:
    """The arguments of ffmpeg that open segments, or rushes, as one film, each frame at its time.

    Args:
        folder: where they are.
        firsts: the numbers of their first frames, in order.
        end: the number after their last frame.
        fps: frames a second.
        name: of the first frame's number, their file.

    How long a segment lasts is told, in microseconds: ffmpeg would add up what it reads from the files, rounded each
    time, and a film of some thousand segments would drift away from its sound.
    """
    script, ends = folder / "segments.ffconcat", [*firsts[1:], end]
    lines = ["ffconcat version 1.0"]
    for first, until in zip(firsts, ends, strict=True):
        begins, stops = (round(frame / fps * MICROSECOND) for frame in (first, until))
        lines += [f"file {name(first)}", f"duration {stops - begins}us"]
    script.write_text("\n".join(lines) + "\n")
    return ["-protocol_whitelist", "file,pipe,fd", "-f", "concat", "-safe", "1", "-i", local(script)]


def even_times(fps: Fraction, reorder: int) -> list[str]:
    """The arguments of ffmpeg that time the packets of a copied picture evenly.

    An encoder times a segment of one or two frames otherwise than a longer one: it has nothing to reorder there. Put
    behind one another, their decode times would jump, and a player that goes by them would show another frame rate.

    Args:
        fps: frames a second.
        reorder: how many frames later than its turn to be decoded a frame may be shown.
    """
    rate = f"({fps})"
    presentation = f"pts=round(PTS*TB*{rate})/TB/{rate}"
    decoding = f"dts=(N-{reorder})/TB/{rate}"
    return ["-bsf:v", f"setts={presentation}:{decoding}:duration=1/TB/{rate}"]


@contextmanager
def whole_or_nothing(path: Path) -> Iterator[Path]:
    """What is written to `path` in the block is whole, or is not there: of a full disk no space is kept for a stump."""
    try:
        path.unlink(missing_ok=True)
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise
