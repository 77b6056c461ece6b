"""What the figures of a report come to: a word on a scale, and the frames that stand out.

docs/steady.md says how the scale was found.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from vidream.report.flicker import ERROR_SCALE, FrameFigures
from vidream.text import counted

ALONE = 1.18
"""Of a film by the default look whose frames are each dreamed alone: root of its excess, in levels, by its strength."""
STEADY, FLICKERS = 0.2, 0.4
"""Shares of the flicker of such a film: up to the first, a film is steady; from the second on it flickers."""
LEVEL = 1.0
"""Of 255: less is no flicker, and no dream."""
STANDS_OUT, LEAST = 6.0, 1.0
"""A frame stands out by so many deviations of the excess from its median, and by so much excess at least."""
FEW = 8
"""Frames whose flicker must have been measured for one to stand out."""
APART = 2
"""Frames that are no further apart stand out as one, the one that does so most."""
LISTED = 8
"""The most frames that are listed."""


def levels(excess: float) -> float:
    """The flicker in levels of 255: the root of a mean squared difference."""
    return 255 * float(np.sqrt(max(0.0, excess) / ERROR_SCALE))


def of_alone(excess: float, strength: float) -> float:
    """A film's flicker as a share of that of a film as strong whose frames are each dreamed alone.

    Args:
        excess: mean of the film.
        strength: mean of the film, above 0.
    """
    return (levels(excess) / (ALONE * strength)) ** 2


def verdict(measured: int, excess: float, strength: float) -> str:
    """Of "steady", "uneven" and "flickers", one; "weak": hardly anything was dreamed; "unmeasured": nothing was."""
    if not measured:
        return "unmeasured"
    if strength < LEVEL:
        return "weak"
    share = of_alone(excess, strength)
    if levels(excess) < LEVEL or share <= STEADY:
        return "steady"
    return "flickers" if share >= FLICKERS else "uneven"


def standing_out(figures: Sequence[FrameFigures]) -> list[int]:
    """The numbers of the frames that flicker far more than the others: a jump, a pulse, a cut that was not found."""
    numbers = [row.frame for row in figures if row.excess is not None]
    excess = np.array([row.excess for row in figures if row.excess is not None])
    if len(numbers) < FEW:
        return []
    usual = float(np.median(excess))
    deviation = 1.4826 * float(np.median(np.abs(excess - usual)))  # the standard deviation, of a normal distribution
    over = dict(zip(numbers, (excess - usual).tolist(), strict=True))
    groups: list[list[int]] = []
    for number in numbers:
        if over[number] <= max(LEAST, STANDS_OUT * deviation):
            continue
        if groups and number - groups[-1][-1] <= APART:
            groups[-1].append(number)
        else:
            groups.append([number])
    return [max(group, key=over.__getitem__) for group in groups]


def words(sums: Mapping[str, Any], figures: Sequence[FrameFigures], fps: Fraction) -> Iterator[str]:
    """What the figures mean, a line for each thing that there is to say.

    Args:
        sums: as `summary` gives them.
        figures: of each frame.
        fps: frames a second of the dreamed film.
    """
    yield _judged(sums)
    if sums["stands_out"]:
        yield f"stands out: {_listed(sums['stands_out'], fps)}"
    cuts = [row.frame for row in figures if row.cut]
    if cuts:
        yield f"cuts of the source, across which nothing is measured: {_listed(cuts, fps)}"


def _judged(sums: Mapping[str, Any]) -> str:
    word, flicker = sums["verdict"], levels(sums["excess"])
    if word == "unmeasured":
        return "not measured: no frame can be followed from the one before"
    if word == "weak":
        return f"hardly a dream: {sums['strength']:.1f} of 255 levels from its source; its flicker says little"
    if flicker < LEVEL:
        return f"steady: the dream adds {'less than one of 255 levels of' if flicker else 'no'} flicker to its source"
    what = {"steady": "steady", "uneven": "not quite steady", "flickers": "it flickers"}[word]
    share, steady, flickers = (f"{100 * value:.0f} %" for value in (sums["of_alone"], STEADY, FLICKERS))
    return (
        f"{what}: the flicker is {flicker:.1f} of 255 levels, {share} of that of a dream as strong with each frame "
        f"dreamed alone (up to {steady} is steady, from {flickers} on it flickers)"
    )


def _listed(frames: Sequence[int], fps: Fraction) -> str:
    """Such as: frames 24, 48, 72 (every 24 frames), at 0.96, 1.92, 2.88 s."""
    shown = frames[:LISTED]
    numbers, seconds = ", ".join(map(str, shown)), ", ".join(f"{float(number / fps):.2f}" for number in shown)
    more = f" and {len(frames) - LISTED} more" if len(frames) > LISTED else ""
    return f"{'frame' if len(frames) == 1 else 'frames'} {numbers}{more}{_rhythm(frames)}, at {seconds} s"


def _rhythm(frames: Sequence[int]) -> str:
    """Such as "(every 24 frames)", after a space, where three or more are as far apart; else nothing."""
    gaps = np.diff(frames)
    if len(gaps) < 2 or gaps.max() - gaps.min() > APART:
        return ""
    about = "" if gaps.max() == gaps.min() else "about "
    return f" ({about}every {counted(round(float(gaps.mean())), 'frame')})"
