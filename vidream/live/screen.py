"""What a screen shows, by ffmpeg: a Feed."""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from vidream.config import RunConfig
from vidream.errors import ConfigError
from vidream.live.decoder import Decoded, fit_filters

FASTEST = 30
"""Frames a second, at most: each takes a few ms of a core."""
REGION = re.compile(r"(?:(\d{1,5})x(\d{1,5})\+(\d{1,5})\+(\d{1,5}))?", re.ASCII)


@dataclass(frozen=True)
class Region:
    """A part of a screen, px."""

    width: int
    height: int
    left: int
    top: int


def screen(part: str, config: RunConfig) -> Decoded:
    """The feed of a screen.

    Args:
        part: "", all of it; or width, height, left and top, px: 1280x720+1920+0.
        config: of the run.

    Raises:
        ConfigError: the part is none, or there is no screen.
    """
    match = REGION.fullmatch(part)
    if match is None:
        raise ConfigError(f"screen:{part}: must be a part of the screen, WIDTHxHEIGHT+LEFT+TOP: 1280x720+1920+0")
    region = Region(*map(int, match.groups())) if part else None
    if region is not None and min(region.width, region.height) < 16:
        raise ConfigError(f"screen:{part}: must be at least 16 px wide and high")
    grab = GRABS.get(sys.platform)
    if grab is None:
        raise ConfigError(f"screen: cannot be read on {sys.platform}; a camera or a film can")
    rate = min(Fraction(FASTEST), 2 * config.live.rate)
    filters = fit_filters(config.film)
    if sys.platform == "darwin" and region is not None:
        filters = f"crop={region.width}:{region.height}:{region.left}:{region.top},{filters}"
    name = f"screen:{part}" if part else "screen"
    return Decoded(name, ("-framerate", str(rate), *grab(region)), filters, config.files.max_pixels)


def _x11(region: Region | None) -> tuple[str, ...]:
    display = os.environ.get("DISPLAY")
    if not display:
        raise ConfigError("screen: there is no X display ($DISPLAY is not set); a camera or a film can be read without")
    part: tuple[str, ...] = ()
    if region is not None:
        size = f"{region.width}x{region.height}"
        part = ("-video_size", size, "-grab_x", str(region.left), "-grab_y", str(region.top))
    return ("-f", "x11grab", *part, "-i", display)  # without the mouse, it would not see that the display is gone


def _gdi(region: Region | None) -> tuple[str, ...]:
    part: tuple[str, ...] = ()
    if region is not None:
        size = f"{region.width}x{region.height}"
        part = ("-video_size", size, "-offset_x", str(region.left), "-offset_y", str(region.top))
    return ("-f", "gdigrab", *part, "-i", "desktop")


def _avfoundation(_: Region | None) -> tuple[str, ...]:
    return ("-f", "avfoundation", "-capture_cursor", "1", "-i", "Capture screen 0:none")


GRABS: Mapping[str, Callable[[Region | None], tuple[str, ...]]] = {
    "linux": _x11,
    "win32": _gdi,
    "darwin": _avfoundation,
}
"""ffmpeg's arguments that open a screen, by sys.platform."""
