"""OpenEXR files as pictures: linear light, multiplied by its alpha <-> levels that are not."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.frames import PEAK, Size
from vidream.media.exr import CHROMATICITIES, Channel, exr_size, read_exr, write_exr
from vidream.media.light import level_of, light_of, to_bt709
from vidream.media.picture import Picture, Remark, straight

LARGEST = 65504.0
"""The largest half: what is brighter is that."""


@dataclass(frozen=True)
class ExrPicture:
    """An OpenEXR file. It is a vidream.media.picture.DeepPicture."""

    path: Path
    """Its file."""
    size: Size
    """Px of its display window."""
    max_pixels: int
    """That it may have."""

    def decoded(self, remark: Remark) -> Picture:
        channels, texts = read_exr(self.path, self.max_pixels)
        prefix = _layer(channels)
        if prefix:
            remark(f"its layer {prefix.rstrip('.')} is what is shown")
        names = [f"{prefix}{colour}" for colour in "RGB"]
        if prefix is None:
            names = ["Y"] * 3
        light = np.dstack([channels[name] for name in names]).astype(np.float32, copy=False)
        alpha = channels.get(f"{prefix or ''}A")
        if alpha is not None:
            light = straight(light, alpha.clip(0, 1), 1)
        if CHROMATICITIES in texts:
            light = to_bt709(light, tuple(map(float, texts[CHROMATICITIES].split())))
        return picture_of_light(light, alpha, remark)


def look_at_exr(path: Path, max_pixels: int) -> ExrPicture:
    """What is known of an OpenEXR file before its px are decoded. Errors: vidream.media.exr.exr_size."""
    return ExrPicture(path, exr_size(path, max_pixels), max_pixels)


def _layer(channels: Mapping[str, Channel]) -> str | None:
    """What stands before R, G and B in their names; None where there is but Y. ValueError if there are no colours."""
    prefixes = sorted((name[:-1] for name in channels if name.endswith("R")), key=lambda prefix: (len(prefix), prefix))
    for prefix in prefixes:
        if prefix.endswith((".", "")) and all(f"{prefix}{colour}" in channels for colour in "RGB"):
            return prefix
    if "Y" in channels:
        return None
    raise ValueError(f"it has no channels R, G and B, but {', '.join(sorted(channels)[:8])}")


def picture_of_light(light: NDArray[np.float32], alpha: NDArray[Any] | None, remark: Remark) -> Picture:
    """A picture of linear light in BT.709's primaries.

    Args:
        light: (H, W, 3), 1.0 being white; not multiplied by alpha.
        alpha: (H, W), 1.0 where it is opaque.
        remark: is told of px that are no numbers.
    """
    if not np.isfinite(light).all():
        remark(f"some of its px are not numbers, or endless: they are taken for black, or for {LARGEST:.0f}")
        light = np.nan_to_num(light, nan=0.0, posinf=LARGEST, neginf=-LARGEST)
    if alpha is not None:
        alpha = np.nan_to_num(alpha.astype(np.float32), nan=1.0).clip(0, 1) * np.float32(PEAK)
    return Picture(level_of(light), alpha)


def write_light(path: Path, picture: Picture, text: Mapping[str, str], bits: int) -> None:
    """Write a picture as an OpenEXR file: linear light of BT.709's primaries, multiplied by its alpha.

    Args:
        path: of any ending.
        picture: of any depth.
        text: what is said of it, by name.
        bits: 16 for half, in which what is brighter than LARGEST is that; 32 for float.

    Raises:
        OSError: the disk refuses.
    """
    frame = picture.frame
    light, opacity = light_of(frame.image()), frame.opacity
    if opacity is not None:
        light *= opacity
    channels: dict[str, Channel] = {name: light[..., place] for place, name in enumerate("RGB")}
    if opacity is not None:
        channels["A"] = opacity[..., 0]
    if bits == 16:
        channels = {name: plane.clip(-LARGEST, LARGEST).astype(np.float16) for name, plane in channels.items()}
    write_exr(path, channels, text)
