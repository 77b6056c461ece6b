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
        tick: seconds of a tick.
    """
    overlaps, late, end, jitter = list[Overlap](), 0, None, float(JITTER / tick)
    for time, duration in packets:
        if end is not None and end - time - late > jitter:
            late = end - time
            overlaps.append(Overlap(time * tick, late * tick))
        end = time + late + duration
    return tuple(overlaps)


def to_film_clock(time: Fraction, overlaps: Sequence[Overlap]) -> Fraction:
    """The time with nothing overlapping of a time on ffmpeg's clock, both in seconds."""
    count = bisect_right(overlaps, time, key=lambda overlap: overlap.time)
    if not count:
        return time
    return time + overlaps[count - 1].late


def to_file_clock(time: Fraction, overlaps: Sequence[Overlap]) -> Fraction:
    """The time on ffmpeg's clock, as it stands in the file, of a time with nothing overlapping, both in seconds."""
    count = bisect_right(overlaps, time, key=lambda overlap: overlap.time + overlap.late)
    if not count:
        return time
    return time - overlaps[count - 1].late


# What overlaps_of does, in ffmpeg's words; in ld(0) is how late it is, in ld(1) the end of what came last
COPIED = f"setts=ts='st(2,PREV_OUTPTS+PREV_OUTDURATION-PTS-ld(0));PTS+st(0,ld(0)+if(gt(N,0)*{_AFTER},ld(2),0))'"
DECODED = (
    f"asetpts='st(2,ld(1)-PTS-ld(0));st(0,ld(0)+if(gt(N,0)*{_AFTER},ld(2),0));"
    "st(1,PTS+ld(0)+NB_SAMPLES/SR/TB);PTS+ld(0)'"
)
