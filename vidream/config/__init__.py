"""Every knob, its default, range and unit, once; presets; and what they come to for one run."""

from vidream.config.commands import (
    AIMS,
    COMMANDS,
    EVERY_COMMAND,
    default_of,
    flag,
    knob_name,
    knobs,
    knobs_of,
    unused_knobs,
)
from vidream.config.film_knobs import MAX_PIXELS, MAX_SECONDS, PASSES, Files, Film
from vidream.config.keywords import CompositeKnobs, ImageKnobs, LiveKnobs, MusicKnobs, VideoKnobs, ZoomKnobs
from vidream.config.knobs import (
    Camera,
    Dream,
    Goal,
    Mask,
    Motion,
    Music,
)
from vidream.config.layers import Layer
from vidream.config.presets import DEFAULT, Preset, by_knob, is_shipped, presets
from vidream.config.recipe import Recipe
from vidream.config.run import configure
from vidream.config.run_config import RunConfig
from vidream.config.sizing import Fit

__all__ = [
    "AIMS",
    "COMMANDS",
    "DEFAULT",
    "EVERY_COMMAND",
    "MAX_PIXELS",
    "MAX_SECONDS",
    "PASSES",
    "Camera",
    "CompositeKnobs",
    "Dream",
    "Files",
    "Film",
    "Fit",
    "Goal",
    "ImageKnobs",
    "Layer",
    "LiveKnobs",
    "Mask",
    "Motion",
    "Music",
    "MusicKnobs",
    "Preset",
    "Recipe",
    "RunConfig",
    "VideoKnobs",
    "ZoomKnobs",
    "by_knob",
    "configure",
    "default_of",
    "flag",
    "is_shipped",
    "knob_name",
    "knobs",
    "knobs_of",
    "presets",
    "unused_knobs",
]
