"""Markers, "@chorus", become times: those of the file that --markers names."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidream.analysis.markers import marker_name, read_markers
from vidream.clock import Marker
from vidream.config import RunConfig, flag
from vidream.curve_parts import markers_of, with_markers
from vidream.errors import ConfigError, nearest


def with_marked_part(config: RunConfig) -> RunConfig:
    """A config whose --start and --end are seconds.

    Raises:
        ConfigError: there is no such marker.
        MediaError: the file of markers cannot be read.
    """
    ends: dict[str, object] = {"start": config.film.start, "end": config.film.end}
    markers = {name: end for name, end in ends.items() if isinstance(end, Marker)}
    if not markers:
        return config
    second = marker_finder(config)
    seconds: dict[str, Any] = {name: Fraction(str(round(second(marker), 6))) for name, marker in markers.items()}
    return replace(config, film=replace(config.film, **seconds))


def with_marked_curves(config: RunConfig, start: Fraction) -> RunConfig:
    """A config whose curves have times for markers.

    Args:
        config: of the run.
        start: the second of the markers' sound, or film, at which the output begins.

    Raises:
        ConfigError: there is no such marker, or keys are out of order.
        MediaError: the file of markers cannot be read.
    """
    if not any(next(markers_of(curve), None) for curve in config.moving.values()):
        return config
    second = marker_finder(config)

    def since_start(marker: Marker) -> float:
        return second(marker) - float(start)

    for name, curve in config.moving.items():
        try:
            with_markers(curve, since_start)
        except ValueError as error:
            raise ConfigError(f"{flag(name)} {error}") from None
    return config.with_curves(lambda curve: with_markers(curve, since_start))


def marker_finder(config: RunConfig) -> Callable[[Marker], float]:
    """What says the second of a marker, from the start of the sound, or the film, that markers are of.

    MediaError: the file of markers cannot be read. What it returns raises ConfigError where there is no such marker.
    """
    assert config.film.markers is not None, "configure lets no marker in without a file"
    path = Path(config.film.markers)
    places = read_markers(path)

    def second(marker: Marker) -> float:
        name = marker_name(marker.name)
        if name not in places:
            raise ConfigError(f"{marker}: {path} has no such marker; {nearest(name, places)[:200]}")
        return places[name]

    return second
