"""Each check plays a clip, and answers with rows: what was asked, what is here."""

import os
import subprocess
import threading
import time
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
from vidream.media.program import executable

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
        clip,
        folder / f"live-{size}.npz",
        rate=str(rate),
        dream_size=size,
        least_size=size,
        seconds=20,
        to=[str(out)],
        overwrite=True,
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
            least_size=size,
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


def check_knob(folder: Path) -> list[Row]:
    """Strength goes to 0 and back by OSC, twelve times."""
    messages = [(2 + 1.07 * turn, "/vidream/strength", float(turn % 2)) for turn in range(12)]
    seen = play(
        city(folder),
        folder / "knob.npz",
        messages,
        rate="15",
        dream_size=320,
        least_size=320,
        seconds=16,
        osc=str(PORT),
    )
    full = np.nanmedian(seen.shown[seen.shown[:, 1] < 2, 3])
    frames, seconds = [], []
    for (_, _, value), sent in zip(messages, seen.sent[:, 0], strict=True):
        after = seen.shown[seen.shown[:, 0] >= sent]
        index = int(np.argmax((after[:, 3] > full / 2) == (value > 0)))
        frames.append(index + 1)
        seconds.append(after[index, 0] - sent)
    said = (
        f"in frame {max(frames)} at most; after {np.median(seconds) * 1000:.0f} ms, {max(seconds) * 1000:.0f} at most"
    )
    return [*_even("a knob by OSC", seen, 15), Row("a knob by OSC", "seen", "in frame 2", said, max(frames) <= 2)]


def check_beat(folder: Path) -> list[Row]:
    """Eight taps by OSC, 120 a minute; strength follows the beats that go on from them."""
    step, taps = 0.5, 8
    messages = [(1 + step * tap, "/vidream/tap", 1) for tap in range(taps)]
    strength = {"follow": "beats", "base": 0.1, "amount": 0.9, "attack": "0.02s", "release": "0.15s"}
    seen = play(
        city(folder),
        folder / "beat.npz",
        messages,
        rate="15",
        dream_size=320,
        least_size=320,
        seconds=18,
        osc=str(PORT),
        strength=strength,
    )
    slope, first = np.polyfit(np.arange(taps), seen.sent[:, 0], 1)
    late: list[float] = []
    for beat in range(taps + 2, taps + 22):
        near = seen.shown[np.abs(seen.shown[:, 0] - first - slope * beat) < step / 2]
        late.append(near[np.nanargmax(near[:, 3]), 0] - first - slope * beat)
    said = f"{np.median(late) * 1000:.0f} ms, {min(late) * 1000:.0f} to {max(late) * 1000:.0f}"
    interval = 1 / 15
    return [
        *_even("a beat", seen, 15),
        Row("a beat", "brightest frame after it", "within 67 ms", said, max(map(abs, late)) < interval),
    ]


def check_lost(folder: Path) -> list[Row]:
    """A pipe whose sender leaves for three seconds, and comes back."""
    clip, pipe = city(folder), folder / "pipe"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    left: list[float] = []

    def send() -> None:
        for _ in range(2):
            arguments = [executable(), "-v", "error", "-nostdin", "-re", "-i", str(clip), "-c", "copy", "-f", "mpegts"]
            subprocess.run([*arguments, "-y", str(pipe)], check=False)
            left.append(time.monotonic())
            time.sleep(3)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    seen = play(pipe, folder / "lost.npz", film=clip, rate="15", dream_size=320, least_size=320, seconds=18)
    gap = seen.shown[(seen.shown[:, 0] > left[0] + 0.5) & (seen.shown[:, 0] < left[0] + 2.9)]
    told = seen.told[(seen.told[:, 0] > left[0] + 1) & (seen.told[:, 0] < left[0] + 3)]
    back = seen.shown[(seen.shown[:, 0] > left[0] + 3) & (seen.shown[:, 2] != gap[-1, 2])]
    rate = (len(gap) - 1) / (gap[-1, 0] - gap[0, 0])
    moved = float((np.abs(np.diff(gap[:, 3])) > 0.001).mean())
    again = float(back[0, 0] - left[0] - 3) if len(back) else float("inf")
    return [
        Row("a lost source", "shown a second while it is gone", "15", f"{rate:.1f}", rate > 14.7),
        Row("a lost source", "frames that breathe", ">= 95 %", f"{moved:.0%}", moved >= 0.95),
        Row("a lost source", "told on the status line", "yes", f"{int(told[:, 7].max())}", told[:, 7].max() > 0),
        Row("a lost source", "seen again after it is back", "< 2 s", f"{again:.1f} s", again < 2),
    ]


def check_memory(folder: Path) -> list[Row]:
    """Five minutes, with a cut every four seconds."""
    seen = play(
        two_shots(folder),
        folder / "memory.npz",
        rate="15",
        dream_size=320,
        least_size=320,
        seconds=300,
        to=[str(folder / "memory.mp4")],
        overwrite=True,
    )
    minutes = np.array_split(seen.told[:, 6], 5)
    second, last = float(minutes[1].mean()), float(minutes[-1].mean())
    said = f"{second:.0f} MB in the second minute, {last:.0f} in the last"
    return [*_even("five minutes", seen, 15), Row("five minutes", "memory", "+ 2 %", said, last < 1.02 * second)]


CHECKS: Mapping[str, Callable[[Path], list[Row]]] = {
    "pace": check_pace,
    "cuts": check_cuts,
    "knob": check_knob,
    "beat": check_beat,
    "lost": check_lost,
    "memory": check_memory,
}
"""By name."""
LONG = frozenset({"memory"})
"""Those that take minutes."""
