"""What an encoder is told of a film of HDR beside its colours: the display it was graded on, its brightest light."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from vidream.media.video import Hdr, Mastering

Words = Callable[[Hdr], list[str]]


def with_light(encoder: tuple[str, ...], hdr: Hdr) -> tuple[str, ...]:
    """An encoder's arguments with what is known of the film's light; the same of an encoder that stores none of it.

    Args:
        encoder: "-c:v", ffmpeg's name of the encoder, and more.
        hdr: what is known.
    """
    option, told = TOLD.get(encoder[1], ("", None))
    words = told(hdr) if told else []
    if not words:
        return encoder
    if option not in encoder:
        return (*encoder, option, ":".join(words))
    at = encoder.index(option) + 1
    return (*encoder[:at], ":".join([encoder[at], *words]), *encoder[at + 1 :])


def _x265(hdr: Hdr) -> list[str]:
    """In units of 0.00002 of a coordinate of colour, and of 0.0001 cd/m2 (ITU-T H.265, D.3.28)."""
    words = []
    if hdr.mastering:
        words.append(f"master-display={_display(hdr.mastering, Fraction(50_000), Fraction(10_000))}")
    if hdr.brightest:
        words.append("max-cll={},{}".format(*hdr.brightest))
    return words


def _svt_av1(hdr: Hdr) -> list[str]:
    """In coordinates and cd/m2 themselves."""
    words = []
    if hdr.mastering:
        words.append(f"mastering-display={_display(hdr.mastering, None, None)}")
    if hdr.brightest:
        words.append("content-light={},{}".format(*hdr.brightest))
    return words


def _display(mastering: Mastering, point: Fraction | None, light: Fraction | None) -> str:
    """Green, blue, red, white and light, in whole units of which there are so many to 1; None: as they are."""

    def figures(values: Iterable[Fraction], unit: Fraction | None) -> str:
        return ",".join(f"{float(value):.6g}" if unit is None else str(round(value * unit)) for value in values)

    red, green, blue, white = (figures(mastering.points[at : at + 2], point) for at in (0, 2, 4, 6))
    lights = figures((mastering.most, mastering.least), light)
    return f"G({green})B({blue})R({red})WP({white})L({lights})"


TOLD: Mapping[str, tuple[str, Words]] = {
    "libx265": ("-x265-params", _x265),
    "libsvtav1": ("-svtav1-params", _svt_av1),
}
"""ffmpeg's encoders that store it, the argument that takes it, and how it is written there."""
