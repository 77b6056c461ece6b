"""What `--dry-run` and `--plot` show: every knob that moves, frame by frame, before anything is dreamed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidream.cli.files import SideFile
from vidream.cli.panels import Drawing, page, panel, save
from vidream.errors import ConfigError
from vidream.media.sound import read_sound
from vidream.render.dreamer import read_files
from vidream.render.music import Played
from vidream.render.step import Plan

WAVE_RATE = 4000  # Hz, at which a sound is read to be drawn


def show(plan: Plan, sources: Sequence[Path | None], *, table: bool, plot: SideFile | None) -> None:
    """Print the timeline, and draw it.

    Raises:
        ConfigError: the plan cannot say how many frames there will be, so there is nothing to draw over.
    """
    if plan.count is None:
        raise ConfigError("the film does not say how long it is: there is no timeline to show")
    clock, frames = plan.clock, range(plan.count)
    numbers = [plan.config.at(frame, clock).numbers for frame in frames]
    moving = {name: [float(at[name]) for at in numbers] for name in plan.config.moving}
    length = float(plan.count / plan.fps)
    said = f"{plan.count} frames, {plan.size}, {float(plan.fps):g} a second, {length:.2f} s"
    score = plan.clock.score
    if isinstance(score, Played):
        said += f"; {_heard(score)}"
    if plot is not None:
        plot = replace(plot, sources=[*plot.sources, *sources, *read_files(plan.config)])
        plot.check()
        drawn = [panel(name, {"": values}) for name, values in moving.items()] or [panel("nothing moves", {"": [0.0]})]
        sounds = list(_sounds(score, plan)) if isinstance(score, Played) else []
        save(plot, page(said, [*sounds, *drawn]))
    if table:
        print("\n".join([said, *_rows(moving, plan)]))


def _heard(score: Played) -> str:
    heard = score.heard
    if not heard.beats_found:
        return "no beats are heard"
    return f"{heard.tempo:.1f} beats a minute, {heard.metre} a bar, {len(heard.sections)} sections"


def _sounds(score: Played, plan: Plan) -> Iterator[Drawing]:
    """The sound's peaks, with its beats; its loudness, with its sections."""
    assert plan.count is not None
    wave = np.abs(read_sound(score.song, WAVE_RATE))
    edges = [
        min(len(wave) - 1, round((score.start + max(Fraction(0), frame - Fraction(1, 2)) / plan.fps) * WAVE_RATE))
        for frame in range(plan.count)
    ]
    peaks = np.maximum.reduceat(wave, edges).tolist()

    def marks(name: str) -> list[int]:
        frames = (round(plan.clock.frame(second, "seconds")) for second in score.marks(name))
        return [frame for frame in frames if frame < len(peaks)]

    yield panel(f"{score.song.name}: peaks, and its beats", {"": peaks}, marks("beats"))
    loudness = [score.level("loudness", None, None, frame) for frame in range(plan.count)]
    yield panel("loudness, and its sections", {"": loudness}, marks("sections"))


def _rows(moving: dict[str, list[float]], plan: Plan) -> Iterator[str]:
    if not moving:
        yield "nothing moves: every knob stays as it is"
        return
    widths = {name: max(len(name), 8) for name in moving}
    yield "  ".join([" frame", "    time", *(f"{name:>{width}}" for name, width in widths.items())])
    for frame, values in enumerate(zip(*moving.values(), strict=True)):
        numbers = (f"{_rounded(value):>{width}.4g}" for value, width in zip(values, widths.values(), strict=True))
        yield "  ".join([f"{frame:6d}", f"{float(frame / plan.fps):8.3f}", *numbers])


def _rounded(value: float) -> float:
    """0 for what is left of 0 by the rounding of floats: 0 instead of -5.934e-24."""
    return value if abs(value) >= 1e-9 else 0.0
