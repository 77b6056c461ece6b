"""What ears tell a score, and how strong what they heard was at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from vidream.analysis.lock import Beating
from vidream.analysis.samples import Floats, Times

LENGTH = 4096
"""Values that a trail keeps: 24 s of one each 5.8 ms."""

SHORT_ATTACK = 0.1
"""Seconds: what is heard rises at once for an attack up to this, and after it was heard for a longer one."""

FAINT = 6.0
"""Times of falling after which nothing of a value is left."""


@dataclass(frozen=True, eq=False)
class Heard:
    """What ears have heard since they last told. Moments are seconds of one clock."""

    moments: Times
    """(n,) rising, n may be 0: of the values in `levels`."""
    levels: Mapping[str, Floats] = field(default_factory=dict)
    """(n,) 0..1 each, by the names of what can be followed in a sound, beside beats, bars and sections."""
    loudness: Floats | None = None
    """(n,) rms amplitude of full scale, as it is heard; with n = 0: nothing is heard any more. None: nothing new."""
    beating: Beating | None = None
    """The beats that are heard; None: nothing new of them."""
    bar: float | None = None
    """The moment of a beat that begins a bar; None: nothing new."""
    metre: int = 4
    """Beats a bar, where `bar` is said."""


class Trail:
    """The last values of something, each with its moment."""

    def __init__(self) -> None:
        self._moments, self._values = np.zeros(0), np.zeros(0, np.float32)

    def add(self, moments: Times, values: Floats) -> None:
        """Take more values, (n,), at (n,) moments that rise and are no earlier than those before."""
        self._moments = np.concatenate([self._moments, moments])[-LENGTH:]
        self._values = np.concatenate([self._values, values])[-LENGTH:]

    def level(self, moment: float, attack: float, release: float) -> float:
        """The highest of what is left of the values up to a moment: each falls to 1/e in `release` seconds.

        It was not known before it was heard: it rises afterwards, to 1 - 1/e of it in `attack` seconds, or at once
        where that is SHORT_ATTACK or less.
        """
        if attack <= SHORT_ATTACK:
            attack = 0.0
        first, stop = np.searchsorted(self._moments, [moment - FAINT * (attack + release) - SHORT_ATTACK, moment])
        stop += int(stop < len(self._moments) and self._moments[stop] == moment)
        if first == stop:
            return 0.0
        ages, values = moment - self._moments[first:stop], self._values[first:stop]
        if attack:
            values = values * -np.expm1(-ages / attack)
        if release:
            return float((values * np.exp(-ages / release)).max())
        return float(values[-1])
