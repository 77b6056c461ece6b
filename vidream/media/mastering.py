"""What an encoder is told of a film of HDR beside its colours: the display it was graded on, its brightest light."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from vidream.media.video import Hdr, Mastering

POINT, NITS = 50_000, 10_000
"""Units of a coordinate of colour, and of a cd/m2, in which x265 is told (ITU-T H.265, D.3.28)."""


def with_light(encoder: tuple[str, ...], hdr: Hdr) -> tuple[str, ...]:
    """An encoder's arguments with what is known of the film's light; the same for encoders that store none of it."""
    for name, (option, told) in OPTIONS.items():
        words = told(hdr)
        if name not in encoder or not words:
            continue
        if option not in encoder:
            return (*encoder, option, ":".join(words))
        at = encoder.index(option) + 1
        encoder = (*encoder[:at], ":".join([encoder[at], *words]), *encoder[at + 1 :])
    return encoder


def _x265(hdr: Hdr) -> list[str]:
    words = []
    if hdr.mastering:
        words.append(f"master-display={_display(hdr.mastering, '{:.0f}', POINT, NITS)}")
    if hdr.brightest:
        words.append("max-cll={},{}".format(*hdr.brightest))
    return words


def _svt_av1(hdr: Hdr) -> list[str]:
    words = []
    if hdr.mastering:
        words.append(f"mastering-display={_display(hdr.mastering, '{:.5f}', 1, 1)}")
    if hdr.brightest:
        words.append("content-light={},{}".format(*hdr.brightest))
    return words


def _display(mastering: Mastering, form: str, point: int, nits: int) -> str:
    """Green, blue, red, white and light, in units, each written in a form."""

    def units(values: Iterable[Fraction], unit: int) -> str:
        return ",".join(form.format(float(value * unit)) for value in values)

    red, green, blue, white = (units(mastering.points[at : at + 2], point) for at in (0, 2, 4, 6))
    return f"G({green})B({blue})R({red})WP({white})L({units((mastering.most, mastering.least), nits)})"


OPTIONS: Mapping[str, tuple[str, Callable[[Hdr], list[str]]]] = {
    "libx265": ("-x265-params", _x265),
    "libsvtav1": ("-svtav1-params", _svt_av1),
}
"""ffmpeg's encoder -> the argument that takes what is known, and how that is written in it."""
