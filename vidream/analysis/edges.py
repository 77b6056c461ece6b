"""How sharply a sound rises, at each moment; and times moved to the rise that they belong to.

The onset strength comes late, by the window of its spectra; an edge does not.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vidream.analysis.samples import BLOCK, Floats, Times, filter_blocks

EDGE_HOP = 32
"""Samples from one value of the sharpness to the next: 1.5 ms at 22,050 Hz."""

BAND_EDGES = (200.0, 800.0, 3200.0)
"""Hz between the four bands in which a rise is looked for."""

DECAY_AFTER, DECAY_BEFORE = 0.010, 0.030
"""Seconds in which the exponential windows after an edge, and before it, fall to 1/e."""

SNAP_REACH = 0.050
"""Seconds from a time to the rise that it may be moved to, at most."""

SNAP_DEVIATION = 0.025
"""Seconds: standard deviation of the normal distribution by which a nearer rise is preferred to a sharper one."""

MIN_SHARPNESS = 0.2
"""Of the median sharpness found near all the times: less is no rise."""


@dataclass(frozen=True)
class Edges:
    """How sharply a sound rises, from 0 s on."""

    sharpness: Floats
    """(U,) float32 >= 0"""
    hop: float
    """seconds from one value to the next"""


def measure_edges(samples: Floats, rate: int) -> Edges:
    """How sharply a sound rises: most exactly where it begins to, whatever its shape. samples: (N,) float32; rate: Hz.

    In four bands, the mean energy after a moment against that before it, on a logarithmic scale, through exponential
    windows that end at the edge (Shen and Castan 1992, "An optimal linear operator for step edge detection").
    """
    sharpness = np.zeros(-(-len(samples) // EDGE_HOP), np.float32)
    corners = [None, *(min(frequency, 0.4 * rate) for frequency in BAND_EDGES), None]
    for low, high in pairwise(corners):
        energy = _energy(samples, _band_filter(low, high, rate), len(sharpness))
        energy /= energy.mean() + 1e-20
        mean_after = _decaying_mean(energy[::-1], DECAY_AFTER * rate / EDGE_HOP)[::-1]
        mean_before = _decaying_mean(np.append(np.median(energy), energy[:-1]), DECAY_BEFORE * rate / EDGE_HOP)
        sharpness += np.maximum(0, np.log1p(mean_after) - np.log1p(mean_before)).astype(np.float32)
    return Edges(sharpness, EDGE_HOP / rate)


def _band_filter(low: float | None, high: float | None, rate: int) -> NDArray[np.float64]:
    """Second-order sections that let pass what lies between two frequencies in Hz; None: no bound."""
    from scipy import signal

    if low is None:
        sections = signal.butter(2, high, "lowpass", fs=rate, output="sos")
    elif high is None:
        sections = signal.butter(2, low, "highpass", fs=rate, output="sos")
    else:
        sections = signal.butter(1, (low, high), "bandpass", fs=rate, output="sos")
    return np.asarray(sections)


def _energy(samples: Floats, sections: NDArray[np.float64], count: int) -> Floats:
    """The mean square of what passes the filter, in each EDGE_HOP samples: (count,) float32."""
    energy = np.empty(count, np.float32)
    index = 0
    for block in filter_blocks(samples, sections, BLOCK * EDGE_HOP):
        padded = np.pad(block, (0, -len(block) % EDGE_HOP))
        means = np.square(padded).reshape(-1, EDGE_HOP).mean(axis=1)
        energy[index : index + len(means)] = means
        index += len(means)
    return energy


def _decaying_mean(values: Floats, length: float) -> NDArray[np.float64]:
    """At each value, the mean of it and all before it, whose weight falls to 1/e in `length` values."""
    from scipy import signal

    decay = np.exp(-1 / length)
    return np.asarray(signal.lfilter([1 - decay], [1, -decay], values, zi=[decay * values[0]])[0])


def snap_to_edges(times: Times, edges: Edges) -> Times:
    """Each time in seconds, moved to the sharpest rise near it; where there is none, by the median of the others."""
    if not len(times):
        return times
    reach = round(SNAP_REACH / edges.hop)
    offsets = np.arange(-reach, reach + 1)
    centres = np.clip(np.round(times / edges.hop).astype(int), 0, len(edges.sharpness))
    sharpness = np.pad(edges.sharpness, (reach, 2 * reach))[centres[:, None] + offsets + reach]
    sharpness = sharpness * np.exp(-0.5 * np.square(offsets * edges.hop / SNAP_DEVIATION))
    snapped = (centres + offsets[np.argmax(sharpness, axis=1)] + 0.5) * edges.hop
    sharpest = sharpness.max(axis=1)
    is_edge = sharpest > MIN_SHARPNESS * np.median(sharpest)
    if not is_edge.any():
        return times
    shift = np.median((snapped - times)[is_edge])
    return np.asarray(np.where(is_edge, snapped, times + shift))
