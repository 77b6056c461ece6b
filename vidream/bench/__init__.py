"""How fast this machine dreams, part by part: so that a claim about speed can be repeated, and a loss be seen."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vidream.bench.by_knob import growth
from vidream.bench.core import core_share
from vidream.bench.film import film_costs
from vidream.bench.gradients import Gradient, gradient_costs, network_costs
from vidream.bench.machine import Machine, this_machine
from vidream.bench.timing import best
from vidream.config import configure
from vidream.dream.catalogue import check_goal
from vidream.dream.choice import NATIVE, engine_of
from vidream.dream.octaves import OctaveDreamer
from vidream.dream.presence import has_tensorflow
from vidream.events import StageEvent, tell
from vidream.system.memory import most_resident

__all__ = ["Bench", "bench", "growth"]


@dataclass(frozen=True)
class Bench:
    """All figures."""

    machine: Machine
    """What was measured on, and with."""

    peak: float
    """GFLOP/s of a float32 matrix product."""

    bandwidth: float
    """GB/s of a copy, read and written."""

    core: float
    """What the gradient of 480x320 reaches of one core's matrix product, 0..1; by CPU time, on one thread."""

    gradients: tuple[Gradient, ...]
    """One at each of a few sizes."""

    networks: Mapping[str, float]
    """Milliseconds of a gradient of 640x360 by each network in the box."""

    parts: Mapping[str, float]
    """decode, flow (both ways, and trust), warp, encode: milliseconds a frame of 640x360."""

    frame: float
    """Seconds a frame of a default film of 640x360, after the first."""

    rest: float
    """Of that, the share in which no gradient is being computed, 0..1."""

    first: float
    """Seconds from the start of the dream (network and compilation) to the first frame."""

    memory: float
    """MB, the most that has been resident when the film was made; nan where the system does not say."""

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def bench(engine: Literal["auto", "native", "tensorflow"] = "auto") -> Bench:
    """Measure; about a minute on 2 cores.

    Args:
        engine: what --engine takes. "native" alone leaves TensorFlow out; else the engines are compared where both are
            here.

    Raises:
        ConfigError: the native engine is asked for, and is not here.
    """
    config = configure("video", engine=engine)
    check_goal(config.goal)
    chosen = engine_of(config.goal)
    here, began = this_machine(chosen), time.perf_counter()
    dreamer = OctaveDreamer(config)
    woken = time.perf_counter() - began
    tell(StageEvent("measuring", "the processor and the memory"))
    gflops, bandwidth = peak(), _bandwidth()
    tell(StageEvent("measuring", "the parts of a film"))
    with tempfile.TemporaryDirectory() as folder:
        parts, (first, frame, rest) = film_costs(Path(folder), dreamer)
    memory = most_resident()
    tell(StageEvent("measuring", "gradients"))
    measured = tuple(gradient_costs(gflops, chosen, compared=engine != NATIVE and has_tensorflow()))
    tell(StageEvent("measuring", "one core, and the other networks"))
    return Bench(
        machine=here,
        peak=gflops,
        bandwidth=bandwidth,
        core=core_share(chosen),
        gradients=measured,
        networks=network_costs(chosen),
        parts=parts,
        frame=frame,
        rest=rest,
        first=first + woken,
        memory=memory,
    )


def peak() -> float:
    """GFLOP/s of a float32 matrix product, on all cores, by numpy's BLAS."""
    side = 1536
    matrix = np.random.default_rng(0).normal(size=(side, side)).astype(np.float32)
    product = np.empty_like(matrix)
    return 2 * side**3 / best(lambda: np.matmul(matrix, matrix, out=product)) / 1e9


def _bandwidth() -> float:
    source, target = np.ones(2**25, np.float32), np.empty(2**25, np.float32)
    return 2 * source.nbytes / best(lambda: np.copyto(target, source)) / 1e9
