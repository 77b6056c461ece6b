"""Segments on disk -> one stream of frames, evenly timed, without encoding anew."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from vidream.media.ffmpeg import local
from vidream.media.target import Target

MICROSECOND = 1_000_000  # of a second: what a concat script counts in


def segment_name(first: int, target: Target) -> str:
    """The file of the segment whose first frame is `first`, of a film that is encoded so."""
    return f"{target.prefix}{first:08d}{target.segment}"


def open_segments(folder: Path, firsts: Sequence[int], count: int, fps: Fraction, target: Target) -> list[str]:
    """The arguments of ffmpeg that open segments as one film, each frame at its time.

    Args:
        folder: where the segments are.
        firsts: the numbers of their first frames, in order.
        count: frames in all.
        fps: frames a second.
        target: what they are encoded as.

    How long a segment lasts is told, in microseconds: ffmpeg would add up what it reads from the files, rounded each
    time, and a film of some thousand segments would drift away from its sound.
    """
    script, ends = folder / "segments.ffconcat", [*firsts[1:], count]
    lines = ["ffconcat version 1.0"]
    for first, end in zip(firsts, ends, strict=True):
        begins, stops = (round(frame / fps * MICROSECOND) for frame in (first, end))
        lines += [f"file {segment_name(first, target)}", f"duration {stops - begins}us"]
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
