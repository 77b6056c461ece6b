"""What an encoder is told of a film of HDR beside its colours: the display it was graded on, its brightest light."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from vidream.media.video import Hdr, Mastering

POINT, NITS = 50_000, 10_000
"""Units of a coordinate of colour, and of a cd/m2, in which x265 is told (ITU-T H.265, D.3.28)."""


def with_light(encoder: tuple[str, ...], hdr: Hdr) -> tuple[str, ...]:
    """An encoder's arguments with what is known of the film's light; the same for encoders that store none of it."""
    for option, told in OPTIONS.items():
        words = told(hdr)
        if option not in encoder or not words:
            continue
        at = encoder.index(option) + 1
        encoder = (*encoder[:at], ":".join([encoder[at], *words]), *encoder[at + 1 :])
    return encoder


def _x265(hdr: Hdr) -> list[str]:
    words = []
    if hdr.mastering:
        words.append(f"master-display={_display(hdr.mastering, POINT, NITS)}")
    if hdr.brightest:
        words.append("max-cll={},{}".format(*hdr.brightest))
    return words


def _display(mastering: Mastering, point: int, nits: int) -> str:
    """Green, blue, red, white and light, in units."""

    def units(value: Fraction, unit: int) -> int:
        return round(value * unit)

    red, green, blue, white = (
        ",".join(str(units(value, point)) for value in mastering.points[at : at + 2]) for at in (0, 2, 4, 6)
    )
    lights = ",".join(str(units(value, nits)) for value in (mastering.most, mastering.least))
    return f"G({green})B({blue})R({red})WP({white})L({lights})"


OPTIONS: Mapping[str, Callable[[Hdr], list[str]]] = {"-x265-params": _x265}
"""The argument of ffmpeg's that takes what is known, and how that is written in it."""
