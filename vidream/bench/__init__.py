"""How fast this machine dreams, part by part: so that a claim about speed can be repeated, and a loss be seen."""

import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vidream.bench.by_knob import growth
from vidream.bench.timing import best
from vidream.config import configure

if TYPE_CHECKING:
    from vidream.bench.gradients import Gradient

__all__ = ["Bench", "bench", "growth"]


@dataclass(frozen=True)
class Bench:
    """All figures."""

    peak: float
    """GFLOP/s of a float32 matrix product."""

    bandwidth: float
    """GB/s of a copy, read and written."""

    gradients: "tuple[Gradient, ...]"
    """One at each of a few sizes."""

    parts: Mapping[str, float]
    """decode, flow (both ways, and trust), warp, encode: milliseconds a frame of 640x360."""

    frame: float
    """Seconds a frame of a default film of 640x360, after the first."""

    rest: float
    """Of that, the share in which no gradient is being computed, 0..1."""

    first: float
    """Seconds from the start of the dream (network and compilation) to the first frame."""

    memory: float
    """MB, the most that has been resident; nan where the system does not say."""

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def bench() -> Bench:
    """Measure; about a minute on 2 cores."""
    from vidream.bench.film import film_costs  # TensorFlow is imported from here on
    from vidream.bench.gradients import gradients
    from vidream.bench.stock import peak
    from vidream.dream.octaves import OctaveDreamer

    began = time.perf_counter()
    dreamer = OctaveDreamer(configure("video"))
    woken = time.perf_counter() - began
    gflops, bandwidth = peak(), _bandwidth()
    measured = tuple(gradients(gflops))
    with tempfile.TemporaryDirectory() as folder:
        parts, (first, frame, rest) = film_costs(Path(folder), dreamer)
    return Bench(gflops, bandwidth, measured, parts, frame, rest, first + woken, _resident())


def _bandwidth() -> float:
    source, target = np.ones(2**25, np.float32), np.empty(2**25, np.float32)
    return 2 * source.nbytes / best(lambda: np.copyto(target, source)) / 1e9


def _resident() -> float:
    """MB, the most that this process has had; nan where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "darwin":  # bytes; elsewhere KiB
        return most / 2**20
    return most / 2**10
