"""The times of a film's packets -> its rate, how many frames there are at it, and which of them a time belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor

from vidream.media.video import Pace

HIGHEST_NOMINAL = 240  # a nominal rate above is more often a clock than a rate
SLOWEST, FASTEST = Fraction(1, 100), Fraction(10_000)  # frames a second that could be true
NTSC = Fraction(1000, 1001)
DENOMINATORS = (2, 3, 4, 8, 100, 1001, 100_000)  # of rates that are neither whole nor NTSC's, the simplest first
ROUND = (600, 480, 240, 100)  # what the rates of fast cameras are multiples of, where a coarse clock leaves a choice
HUNDREDTH = Fraction(1, 100)  # of a second: GIF's clock, whatever the rate is
ROUNDING = Fraction(3, 2)  # ticks of a file's clock: how far even times may seem uneven when they are written in it


@dataclass(frozen=True)
class Packet:
    """A stored frame, in ticks of the file's clock."""

    time: int
    """When it is shown."""
    duration: int
    """How long it is shown; 0 where that is not told."""


def pace_of(packets: Sequence[Packet], tick: Fraction, nominal: Fraction, interlaced: bool = False) -> Pace | None:
    """How fast a film runs; None if its times make no sense.

    Args:
        packets: of the frames that are shown, in any order; without any, there is no pace.
        tick: seconds of a tick of the packets' clock.
        nominal: ffmpeg's guess, from the header and a few times; 0 when it has none.
        interlaced: so that a packet may be half a frame.
    """
    if not packets:
        return None
    nominal = _exact(nominal)
    ordered = sorted(packets, key=lambda packet: packet.time)
    times = [packet.time for packet in ordered]
    distinct = sorted(set(times))
    rate = _even_rate(times, tick, nominal, interlaced) or _uneven_rate(distinct, tick, nominal)
    if rate is None or not SLOWEST <= rate <= FASTEST:
        return None
    even = _even(times, tick, rate) and not _counts_frames(tick, rate)
    ending = max(1, _nearest(ordered[-1].duration * tick * rate))
    if even and any(_nearest((time - times[0]) * tick * rate) != index for index, time in enumerate(times)):
        return Pace(rate, len(times), in_order=True, ending=1)
    last = _nearest((times[-1] - times[0]) * tick * rate)
    longest = max(_steps(distinct), default=0) * tick
    return Pace(rate, last + ending, longest=max(longest, ending / rate), ending=ending)


def missing(packets: Sequence[Packet], tick: Fraction, rate: Fraction) -> int:
    """How many frames of a film of a constant rate are not there, by its packets' times; 0 of a variable one.

    Args:
        packets: of the frames that are shown, in any order.
        tick: seconds of a tick of the packets' clock.
        rate: frames a second.
    """
    steps = _steps(sorted({packet.time for packet in packets}))
    gaps = [_nearest(step * tick * rate) - 1 for step in steps]
    holes = [frames for frames in gaps if frames > 0]
    if 4 * len(holes) >= len(gaps):
        return 0
    return sum(holes)


def slot_of(time: Fraction | None, expected: int, begins: Fraction, pace: Pace) -> int:
    """The number, at the film's rate, of a stored frame.

    Args:
        time: seconds on the film's clock at which it is shown; None where that is not known.
        expected: the number that follows the stored frame before.
        begins: second of the first frame.
        pace: the film's.
    """
    if time is None:
        return expected
    slot = _nearest((time - begins) * pace.rate)
    if pace.in_order and slot <= expected + 2:  # further on, something is missing
        return expected
    return slot


def _exact(nominal: Fraction) -> Fraction:
    """NTSC's rate where one is meant: headers tell it in a clock's ticks, some 10 ppm off."""
    ntsc = round(nominal / NTSC) * NTSC
    if ntsc and abs(nominal / ntsc - 1) < Fraction(1, 10**5):
        return ntsc
    return nominal


def _steps(times: Sequence[int]) -> list[int]:
    """From each time to the next."""
    return [later - earlier for earlier, later in pairwise(times)]


def _nearest(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def _counts_frames(tick: Fraction, rate: Fraction) -> bool:
    """Whether a clock ticks once a frame, as AVI's and Ogg's do: nothing is rounded, and a tick left out is a gap."""
    return rate * tick == 1 and rate <= HIGHEST_NOMINAL and tick != HUNDREDTH


def _even(times: Sequence[int], tick: Fraction, rate: Fraction) -> bool:
    """Whether the times are what the clock makes of frames that follow each other at the rate."""
    step = float(1 / (rate * tick))
    errors = [time - times[0] - index * step for index, time in enumerate(times)]
    return max(errors) - min(errors) <= ROUNDING


def _even_rate(times: Sequence[int], tick: Fraction, nominal: Fraction, interlaced: bool) -> Fraction | None:
    """The exact rate of times that are even; None if they are not."""
    count, span = len(times) - 1, (times[-1] - times[0]) * tick
    if not count or not span:
        return None
    if nominal and (_counts_frames(tick, nominal) or _even(times, tick, nominal)):
        return nominal
    average = count / span
    if not _even(times, tick, average) or (interlaced and round(average * 100) == round(nominal * 200)):
        return None
    if len(set(_steps(times))) == 1:
        return average
    low, high = count / (span + tick), count / max(span - tick, tick / 2)
    round_numbers = [round(average / unit) * Fraction(unit) for unit in ROUND if average > HIGHEST_NOMINAL]
    likely = (*round_numbers, Fraction(round(average)), round(average / NTSC) * NTSC)
    likely += tuple(map(average.limit_denominator, DENOMINATORS))
    return next((rate for rate in likely if low <= rate <= high and _even(times, tick, rate)), None)


def _uneven_rate(times: Sequence[int], tick: Fraction, nominal: Fraction) -> Fraction | None:
    """Of a variable rate: the grid that its times lie on, if that can be; else its average."""
    if 0 < nominal <= HIGHEST_NOMINAL or len(times) < 2:
        return nominal or None
    span = (times[-1] - times[0]) * tick
    steps = sorted(_steps(times))
    usual = 1 / (steps[len(steps) // 2] * tick)
    grid = Fraction(round(usual))
    if grid and usual <= 2 * (len(times) - 1) / span and _on_grid(times, tick, grid):
        return grid
    return ((len(times) - 1) / span).limit_denominator(1001)


def _on_grid(times: Sequence[int], tick: Fraction, rate: Fraction) -> bool:
    """Whether each of the times is a moment at which a frame of the rate begins."""
    step = float(1 / (rate * tick))
    slots = [(time - times[0]) / step for time in times]
    return max(abs(slot - round(slot)) for slot in slots) * step <= ROUNDING
