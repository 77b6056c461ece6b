"""Recordings that were joined by their bytes: one's sound is not over when the next begins.

A piece's sound seldom ends where its picture does. ffmpeg sets the next piece's clock on by one of the two, so that the
other overlaps; a track that is copied is as long as its packets, though, and comes later at each join. Here all of a
piece, picture and sound, comes later by what has overlapped before: nothing is lost, and within a piece both keep the
clock that they share.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction

from vidream.media.video import Overlap

JITTER = Fraction(2, 1000)  # seconds that a packet's time may be off
_AFTER = f"gt(ld(2)*TB,{float(JITTER)})"


def overlaps_of(packets: Iterable[tuple[int, int]], tick: Fraction) -> tuple[Overlap, ...]:
    """What overlaps in a track.

    Args:
        packets: of a sound, in the file's order: when each begins on ffmpeg's clock, and how long it lasts, in ticks.
        tick: seconds.
    """
    found, late, end, jitter = list[Overlap](), 0, None, float(JITTER / tick)
    for time, lasts in packets:
        if end is not None and end - time - late > jitter:
            late = end - time
            found.append(Overlap(time * tick, late * tick))
        end = time + late + lasts
    return tuple(found)


def laid_out(time: Fraction, overlaps: Sequence[Overlap]) -> Fraction:
    """A time of ffmpeg's clock -> when it is with nothing overlapping."""
    passed = bisect_right(overlaps, time, key=lambda overlap: overlap.time)
    return time + overlaps[passed - 1].late if passed else time


def on_clock(time: Fraction, overlaps: Sequence[Overlap]) -> Fraction:
    """A time with nothing overlapping -> when that is on ffmpeg's clock, as it stands in the file."""
    passed = bisect_right(overlaps, time, key=lambda overlap: overlap.time + overlap.late)
    return time - overlaps[passed - 1].late if passed else time


# What overlaps_of does, in ffmpeg's words; in ld(0) is how late it is, in ld(1) the end of what came last
COPIED = f"setts=ts='st(2,PREV_OUTPTS+PREV_OUTDURATION-PTS-ld(0));PTS+st(0,ld(0)+if(gt(N,0)*{_AFTER},ld(2),0))'"
DECODED = (
    f"asetpts='st(2,ld(1)-PTS-ld(0));st(0,ld(0)+if(gt(N,0)*{_AFTER},ld(2),0));"
    "st(1,PTS+ld(0)+NB_SAMPLES/SR/TB);PTS+ld(0)'"
)
