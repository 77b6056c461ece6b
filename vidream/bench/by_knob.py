"""How the cost of a film's frame grows with the knobs that cost time."""

import statistics
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from vidream.bench.pictures import panned
from vidream.config import configure
from vidream.frames import PEAK, Frame, Pixels, Size, size_of
from vidream.motion import FLOW_SIZE, View, optical_flow, trust
from vidream.plan.step import FilmStep
from vidream.render.loop import render
from vidream.render.state import Dreamer, LoopState
from vidream.resample import fit_pixels

GROWTH: Mapping[str, tuple[int, ...]] = {
    "dream_size": (160, 320, 480, 640, 960, 1280),
    "octaves": (1, 2, 3, 4, 5),
    "steps": (1, 2, 3, 4),
    "dream_every": (1, 2, 3, 4),
}
"""A film's knobs that cost time, and what they are tried at, each alone."""

TIMED = 8
"""Frames that are timed."""


def growth() -> Mapping[str, list[tuple[int, float]]]:
    """How the cost of a default film's frame grows.

    The frames are those of `bench` at 1280x720; they are neither read from a file nor written.

    Returns:
        A knob -> (its value, seconds a frame after the first) each.
    """
    from vidream.dream.octaves import OctaveDreamer

    dreamer = OctaveDreamer(configure("video"))
    frames = list(panned(Size(1280, 720), TIMED + 1))
    return {
        name: [(value, _seconds_a_frame(dreamer, frames, **{name: value})) for value in values]
        for name, values in GROWTH.items()
    }


def _seconds_a_frame(dreamer: Dreamer, frames: list[Pixels], **knobs: Any) -> float:
    config = configure("video", **knobs)
    size = size_of(frames[0]).at_most(config.dream.dream_size)
    small = [View(fit_pixels(pixels, size.at_most(FLOW_SIZE))) for pixels in frames]
    source = dreamed = fit_pixels(frames[0], size).astype(np.float32)
    state: LoopState | None = LoopState(source, dreamed, frames_since_dream=config.dream.dream_every - 1)
    times = []
    for index in range(1, len(frames)):
        began = time.perf_counter()
        backward = optical_flow(small[index], small[index - 1])
        trusted = trust(small[index], small[index - 1], backward, optical_flow(small[index - 1], small[index]))
        step = FilmStep(index, config, Frame(frames[index], PEAK), False, backward, trusted)
        (rendered,) = render([step], dreamer, state)
        rendered.frame.pixels()
        state = rendered.state
        times.append(time.perf_counter() - began)
    if config.dream.dream_every > 1:  # frames differ in what they cost
        return statistics.mean(times[1:])
    return statistics.median(times[1:])
