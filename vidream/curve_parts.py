"""What a curve is made of: its parts, the files that it follows, the markers at which it has keys."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from vidream.clock import Driver, Marker, Time
from vidream.curves import Curve, Follow, Keys, Power, Product, Sum


def parts_of(curve: Curve) -> Iterator[Curve]:
    """A curve, and all that it is made of."""
    yield curve
    inner: tuple[Curve, ...] = ()
    if isinstance(curve, Sum | Product):
        inner = curve.parts
    elif isinstance(curve, Power):
        inner = curve.base, curve.exponent
    for part in inner:
        yield from parts_of(part)


def rebuilt(curve: Curve, change: Callable[[Curve], Curve]) -> Curve:
    """A curve with everything that it is made of changed, and then itself."""
    if isinstance(curve, Sum | Product):
        curve = replace(curve, parts=tuple(rebuilt(part, change) for part in curve.parts))
    elif isinstance(curve, Power):
        curve = replace(curve, base=rebuilt(curve.base, change), exponent=rebuilt(curve.exponent, change))
    return change(curve)


def drivers_of(curve: Curve) -> Iterator[Driver]:
    """The files that a curve follows."""
    for part in parts_of(curve):
        if isinstance(part, Follow) and part.driver is not None:
            yield part.driver


def markers_of(curve: Curve) -> Iterator[Marker]:
    """The markers at which a curve has keys."""
    for part in parts_of(curve):
        if isinstance(part, Keys):
            yield from (time for time in part.times if isinstance(time, Marker))


def with_markers(curve: Curve, seconds: Callable[[Marker], float]) -> Curve:
    """A curve whose markers are times.

    Args:
        curve: that may have keys at markers.
        seconds: of a marker, from the film's start; before it, less than 0.

    Raises:
        ValueError: keys are out of order then, as the end of a sentence that begins with the knob's name.
    """

    def placed(part: Curve) -> Curve:
        if not isinstance(part, Keys) or not any(isinstance(time, Marker) for time in part.times):
            return part
        times = [replace(time, value=seconds(time)) if isinstance(time, Marker) else time for time in part.times]
        for previous, time in pairwise(times):
            if time.value <= previous.value:
                raise ValueError(
                    f"has keys out of order: {time}, at {time.value:.2f} s of the film, after {previous}, at "
                    f"{previous.value:.2f} s"
                )
        return replace(part, times=tuple(Time(time.value, time.unit) for time in times))

    return rebuilt(curve, placed)
