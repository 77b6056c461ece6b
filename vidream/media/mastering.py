"""What an encoder is told of a film of HDR beside its colours: the display it was graded on, its brightest light."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from vidream.media.video import Hdr, Mastering


@dataclass(frozen=True)
class Telling:
    """How an encoder is told of it."""

    option: str
    """ffmpeg's, that takes it."""
    display: str
    """What the encoder calls the display."""
    brightest: str
    """What the encoder calls the brightest light."""
    point: Fraction | None = None
    """Units of a coordinate of colour to 1; None: it is told as it is."""
    light: Fraction | None = None
    """Units of light to 1 cd/m2; None: it is told as it is."""

    def words(self, hdr: Hdr) -> list[str]:
        """What is said of a film; [] where nothing is known."""
        words = []
        if hdr.mastering:
            words.append(f"{self.display}={_display(hdr.mastering, self.point, self.light)}")
        if hdr.brightest:
            words.append("{}={},{}".format(self.brightest, *hdr.brightest))
        return words


TELLINGS: Mapping[str, Telling] = {
    "libx265": Telling(  # in the units of ITU-T H.265, D.3.28
        "-x265-params", "master-display", "max-cll", Fraction(50_000), Fraction(10_000)
    ),
    "libsvtav1": Telling("-svtav1-params", "mastering-display", "content-light"),
}
"""By ffmpeg's name of an encoder that stores it."""


def with_light(encoder: tuple[str, ...], hdr: Hdr) -> tuple[str, ...]:
    """An encoder's arguments with what is known of the film's light; the same of an encoder that stores none of it.

    Args:
        encoder: "-c:v", ffmpeg's name of the encoder, and more.
        hdr: what is known.
    """
    telling = TELLINGS.get(encoder[1])
    words = telling.words(hdr) if telling else []
    if telling is None or not words:
        return encoder
    if telling.option not in encoder:
        return (*encoder, telling.option, ":".join(words))
    at = encoder.index(telling.option) + 1
    return (*encoder[:at], ":".join([encoder[at], *words]), *encoder[at + 1 :])


def _display(mastering: Mastering, point: Fraction | None, light: Fraction | None) -> str:
    """Green, blue, red, white and light, in whole units of which there are so many to 1; None: as they are."""

    def figures(values: Iterable[Fraction], unit: Fraction | None) -> str:
        return ",".join(f"{float(value):.6g}" if unit is None else str(round(value * unit)) for value in values)

    red, green, blue, white = (figures(mastering.points[at : at + 2], point) for at in (0, 2, 4, 6))
    lights = figures((mastering.most, mastering.least), light)
    return f"G({green})B({blue})R({red})WP({white})L({lights})"
