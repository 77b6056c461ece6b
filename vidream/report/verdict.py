"""What the figures of a report come to: a word on a scale, and the frames that stand out.

docs/steady.md says how the scale was found.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from vidream.report.flicker import ERROR_SCALE, FrameFigures
from vidream.report.made import Made
from vidream.text import counted, printable

ALONE = 1.18
"""Of a film by the default look whose frames are each dreamed alone: root of its excess, in levels, by its strength."""
STEADY, FLICKERS = 0.35, 0.45
"""Shares of the levels of such a film: up to the first, a film is steady; from the second on it flickers."""
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
    """A film's flicker, in levels, as a share of that of a film as strong whose frames are each dreamed alone.

    Args:
        excess: mean of the film.
        strength: mean of the film, above 0.
    """
    return levels(excess) / (ALONE * strength)


def verdict(measured: int, excess: float, strength: float, *, is_alone: bool = False) -> str:
    """Of "steady", "uneven" and "flickers", one; "weak": hardly anything was dreamed; "unmeasured": nothing was.

    Args:
        measured: how many frames could be.
        excess: mean of the film.
        strength: mean of the film.
        is_alone: by its recipe each frame was dreamed alone: then it is not called steady.
    """
    if not measured:
        return "unmeasured"
    if strength < LEVEL:
        return "weak"
    share = of_alone(excess, strength)
    if levels(excess) < LEVEL or share <= STEADY:
        return "uneven" if is_alone else "steady"
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


def words(
    sums: Mapping[str, Any],
    figures: Sequence[FrameFigures],
    fps: Fraction,
    made: Made,
    begins: Fraction = Fraction(0),
) -> Iterator[str]:
    """What the figures mean, a line for each thing that there is to say.

    Args:
        sums: as `summary` gives them.
        figures: of each frame.
        fps: frames a second of the dreamed film.
        made: what its recipe says.
        begins: seconds of the source before the dreamed film's first frame.
    """
    yield (f"only if the source is {printable(made.name)}: " if made.is_of_another else "") + _judged(sums, made)
    if sums["stands_out"]:
        yield f"stands out: {_listed(sums['stands_out'])}, at {_times(sums['stands_out'], fps)} of the dreamed film"
    cuts = [row.frame for row in figures if row.cut]
    if cuts:
        yield (
            f"cuts, across which nothing is measured: at {_times(cuts, fps, begins)} of the source, "
            f"{_listed(cuts)} of the dreamed film"
        )


def _judged(sums: Mapping[str, Any], made: Made) -> str:
    word, flicker = sums["verdict"], levels(sums["excess"])
    if word == "unmeasured":
        return "not measured: no frame can be followed from the one before"
    if word == "weak":
        return f"hardly a dream: {sums['strength']:.1f} of 255 levels from its source; its flicker says little"
    what = {"steady": "steady", "uneven": "not quite steady", "flickers": "it flickers"}[word]
    if made.is_alone:
        what += ", each frame was dreamed alone (--persistence 0)"
    if flicker < LEVEL:
        return f"{what}: the dream adds {'less than one of 255 levels of' if flicker else 'no'} flicker to its source"
    percent = 100 * sums["of_alone"]
    share = "under 1 %" if percent < 1 else f"{percent:.0f} %"
    return (
        f"{what}: the dream adds flicker of {flicker:.1f} of 255 levels, {share} of the "
        f"{ALONE * sums['strength']:.1f} that one as strong has with each frame dreamed alone "
        f"(up to {100 * STEADY:.0f} % is steady, from {100 * FLICKERS:.0f} % on it flickers)"
    )


def _listed(frames: Sequence[int]) -> str:
    """Such as: frames 24, 48, 72 (every 24 frames)."""
    more = f" and {len(frames) - LISTED} more" if len(frames) > LISTED else ""
    numbers = ", ".join(map(str, frames[:LISTED]))
    return f"{'frame' if len(frames) == 1 else 'frames'} {numbers}{more}{_rhythm(frames)}"


def _times(frames: Sequence[int], fps: Fraction, begins: Fraction = Fraction(0)) -> str:
    """Such as: 0.96, 1.92, 2.88 s."""
    return f"{', '.join(f'{float(begins + number / fps):.2f}' for number in frames[:LISTED])} s"


def _rhythm(frames: Sequence[int]) -> str:
    """Such as "(every 24 frames)", after a space, where three or more are as far apart; else nothing."""
    gaps = np.diff(frames)
    if len(gaps) < 2 or gaps.max() - gaps.min() > APART:
        return ""
    about = "" if gaps.max() == gaps.min() else "about "
    return f" ({about}every {counted(round(float(gaps.mean())), 'frame')})"
