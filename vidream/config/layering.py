"""Settings laid over each other: flags over a look, a command's table over its file, a job over the file's defaults."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from vidream.config.formats import FORMATS

ONE_OF = (
    ("frames", "length", "how long it is"),
    ("end", "length", "where it ends"),
    ("crf", "quality", "how finely it is encoded"),
)
"""(knob, knob, what both of them say): they do not stand side by side."""

OVERRULED: Mapping[str, tuple[str, ...]] = {
    "for_": ("size", "fps"),
    "length": ("frames", "end"),
    "frames": ("length",),
    "end": ("length",),
    "crf": ("quality",),
    "quality": ("crf",),
}
"""A knob -> those of the settings under it that hold no more where it is set."""


def laid_over(upper: Mapping[str, Any], lower: Mapping[str, Any]) -> dict[str, Any]:
    """Settings over others, by knob: what the upper ones set, and of the lower ones what these do not overrule."""
    return {**without_overruled(lower, upper), **upper}


def without_overruled(lower: Mapping[str, Any], upper: Collection[str]) -> dict[str, Any]:
    """The settings that still hold where those of certain names are set over them."""
    overruled = {name for knob in upper for name in OVERRULED.get(knob, ())}
    return {name: value for name, value in lower.items() if name not in overruled}


def contradictions(names: Collection[str], prefix: str = "") -> Iterator[str]:
    """What is wrong with knobs that are set side by side, by their names; prefix: how a name is written, "--"."""
    for one, other, about in ONE_OF:
        if one in names and other in names:
            yield f"{prefix}{one} and {prefix}{other} both say {about}; leave one out"


def format_knobs(name: object, film: bool) -> dict[str, Any]:
    """The knobs that --for stands for; none where there is no such format.

    Args:
        name: of the format.
        film: whether a film is made of a film, which keeps its own rate.
    """
    wanted = FORMATS.get(name) if isinstance(name, str) else None
    if wanted is None:
        return {}
    if film:
        return {"size": wanted.size}
    return {"size": wanted.size, "fps": wanted.fps}
