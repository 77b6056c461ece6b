"""Each check plays a clip, and answers with rows: what was asked, what is here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from clips import frames_of, scene_of, timed_frames
from counter import read
from figures import LONGEST_GAP
from numpy.typing import NDArray
from seen import CUT, Seen, city, film_strength, play, two_shots

from vidream.frames import Pixels

PORT = 9137
"""Where OSC messages are sent to, on this machine."""
QUIET = 0.03
"""Share of the machine's time that other programs may take, if a figure is to count."""


@dataclass(frozen=True)
class Row:
    """A figure."""

    check: str
    """What was played."""
    figure: str
    """What it is of."""
    asked: str
    """What it is to be."""
    here: str
    """What it was."""
    held: bool
    """Whether it is so."""


def check_pace(folder: Path) -> list[Row]:
    """One shot for 20 seconds: 15 frames a second of 320 px, and 25 of 240 px."""
    return [*_pace(folder, 15, 320, 7), *_pace(folder, 25, 240, 8)]


def _pace(folder: Path, rate: int, size: int, dreamed: float) -> list[Row]:
    name, clip, out = f"{rate} at {size} px", city(folder), folder / f"live-{size}.mp4"
    seen = play(
        clip, folder / f"live-{size}.npz", rate=str(rate), dream_size=size, seconds=20, to=[str(out)], overwrite=True
    )
    return [
        *_even(name, seen, rate),
        Row(name, "dreamed a second", f">= {dreamed}", f"{seen.dream_rate:.1f}", seen.dream_rate >= dreamed),
        Row(name, "size, px", f"{size}", f"{seen.told[2:, 3].min():.0f}", bool(seen.told[2:, 3].min() == size)),
        _strength(name, seen, clip, size),
        *_latency(name, seen),
        _recorded(name, seen, out),
    ]


def _even(name: str, seen: Seen, rate: float) -> list[Row]:
    pace = seen.pace
    said = f"{seen.others:.0%}; vidream {seen.own:.0%}"
    return [
        Row(name, "other programs", f"< {QUIET:.0%}", said, seen.others < QUIET),
        Row(name, "shown a second", f"{rate}", f"{pace.rate:.2f}, {pace.repeated} repeated", pace.rate > 0.98 * rate),
        Row(
            name,
            f"gaps under {LONGEST_GAP * 1000:.0f} ms",
            ">= 99 %",
            f"{pace.short:.1%}; the longest {pace.longest * 1000:.0f} ms",
            pace.short >= 0.99,
        ),
    ]


def _strength(name: str, seen: Seen, clip: Path, size: int) -> Row:
    share = seen.strength / film_strength(clip, size)
    return Row(name, "strength, of the film's", "80..120 %", f"{share:.0%}", 0.8 <= share <= 1.2)


def _latency(name: str, seen: Seen) -> list[Row]:
    middle, most = np.quantile([*seen.latencies()], [0.5, 0.99])
    said = f"{middle * 1000:.0f} ms; 99 % under {most * 1000:.0f} ms"
    return [Row(name, "camera to screen", "< 150 ms", said, bool(most < 0.15))]


def _recorded(name: str, seen: Seen, out: Path) -> Row:
    frames = [(second, read(pixels)) for second, pixels in timed_frames(out)]
    count = min(len(frames), len(seen.shown))
    apart = max(abs(second - row[1]) for (second, _), row in zip(frames, seen.shown, strict=False))
    same = sum(number == row[2] for (_, number), row in zip(frames, seen.shown, strict=False))
    said = f"{len(frames)} of {len(seen.shown)} frames, {same} the same, within {apart * 1000:.1f} ms"
    return Row(name, "recorded as shown", "all", said, same == count == len(seen.shown) and apart < 0.002)


def check_cuts(folder: Path) -> list[Row]:
    """A cut every four seconds: no gap, no ghost of the shot before, no pale beginning."""
    rows: list[Row] = []
    for rate, size in ((15, 320), (25, 240)):
        name, clip, out = f"cuts, {rate} at {size} px", two_shots(folder), folder / f"cuts-{size}.mp4"
        seen = play(
            clip,
            folder / f"cuts-{size}.npz",
            rate=str(rate),
            dream_size=size,
            seconds=24,
            to=[str(out)],
            overwrite=True,
        )
        rows += [*_even(name, seen, rate), _strength(name, seen, clip, size), *_latency(name, seen)]
        rows += [_pale(name, seen), _ghost(name, out, clip)]
    return rows


def _pale(name: str, seen: Seen) -> Row:
    """How strong a shot's first half second is, of the rest of it."""
    since = seen.shown[:, 2] % CUT
    begun = seen.shown[:, 1] > 2  # the very first shot had time before it was shown
    first = np.nanmean(seen.shown[(since < 12) & begun, 3])
    rest = np.nanmean(seen.shown[(since >= 12) & begun, 3])
    return Row(name, "first half second of a shot", "80..120 %", f"{first / rest:.0%}", 0.8 <= first / rest <= 1.2)


def _ghost(name: str, out: Path, clip: Path) -> Row:
    """How much of a shot's last frame, source and dream, is seen in the first three of the next."""
    sources, shares = frames_of(clip), [0.0]
    before = last = (0, sources[0])
    upcoming = 0
    for _, pixels in timed_frames(out):
        number = read(pixels)
        if number is None:
            continue
        if number // CUT != before[0] // CUT:
            last, upcoming = before, 3
        before = (number, pixels)
        if upcoming > 0:
            upcoming -= 1
            change = _less(pixels, sources[number])
            shares += [_share(change, _less(*part)) for part in _ghosts(last, sources, number)]
    return Row(name, "ghost at a cut", "< 10 %", f"{max(shares):.1%} at most", max(shares) < 0.1)


def _ghosts(last: tuple[int, Pixels], sources: list[Pixels], number: int) -> list[tuple[Pixels, Pixels]]:
    """What a ghost would be: the last dream before the cut, and its source in place of the new one."""
    return [(last[1], sources[last[0]]), (sources[last[0]], sources[number])]


def _less(one: Pixels, other: Pixels) -> NDArray[np.float32]:
    return scene_of(one).astype(np.float32) - scene_of(other)


def _share(picture: NDArray[np.float32], of: NDArray[np.float32]) -> float:
    """How much of a picture is another, by least squares."""
    return float((picture * of).sum() / (of * of).sum())


CHECKS: Mapping[str, Callable[[Path], list[Row]]] = {"pace": check_pace, "cuts": check_cuts}
"""By name."""
LONG: frozenset[str] = frozenset()
"""Those that take minutes."""
