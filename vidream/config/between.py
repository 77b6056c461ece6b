"""Between two values of a knob: what a look is on the way to another one."""

from typing import Any

from vidream.config.kinds import Kind, Number, Pair
from vidream.curves import Constant, Curve, Product, Sum

HALF_WAY = 0.5
"""The share at which changes what has no between."""


def value_between(kind: Kind, old: Any, new: Any, share: float) -> Any:
    """A knob's value on the way from one to another: exactly the first at 0, the second at 1.

    A number that may be 0 goes by equal differences; one that may not, a factor or a count, by equal ratios. Curves are
    faded into each other. What cannot move, a name and a switch change at HALF_WAY.

    Args:
        kind: of the knob.
        old: what `kind.read` returned.
        new: likewise.
        share: 0..1, of the way.
    """
    if isinstance(kind, Pair):
        axis = Number(kind.low, kind.high)
        return tuple(value_between(axis, a, b, share) for a, b in zip(old, new, strict=True))
    if not isinstance(kind, Number) or kind.fixed or old is None or new is None or share in (0, 1) or old == new:
        return new if share >= HALF_WAY else old
    if isinstance(old, Curve) or isinstance(new, Curve):
        return curve_between(old, new, share)
    if kind.low > 0:
        value = old ** (1 - share) * new**share
    else:
        value = old + share * (new - old)
    return round(value) if kind.integer else value


def curve_between(old: float | Curve, new: float | Curve, share: float) -> Curve:
    """Two curves, or numbers, each at its share."""
    return Sum((times(old, 1 - share), times(new, share)))


def times(value: float | Curve, factor: float) -> Curve:
    """A curve, or a number, times a number."""
    if isinstance(value, Curve):
        return Product((Constant(factor), value))
    return Constant(factor * value)
