"""The files that a run reads beside its source, as its knobs name them."""

from pathlib import Path

from vidream.clock import Driver
from vidream.config import RunConfig
from vidream.curves import drivers_of
from vidream.plan.mask import mask_files


def guides(config: RunConfig) -> list[Path]:
    """The pictures whose features are dreamed: one, or none."""
    return _paths(config.goal.guide)


def drivers(config: RunConfig) -> list[Driver]:
    """What the curves follow of files, each once."""
    return list(dict.fromkeys(driver for curve in config.moving.values() for driver in drivers_of(curve)))


def time_files(config: RunConfig) -> list[Path]:
    """The files that say when something happens: a song's beats, markers, what curves follow."""
    names = dict.fromkeys(driver.file for driver in drivers(config))
    return _paths(config.music.beats, config.film.markers, *names)


def read_files(config: RunConfig) -> list[Path]:
    """The files beside the source that are seen, heard or followed: guide, mask, beats, markers, drivers, sound."""
    return [*guides(config), *mask_files(config.mask), *time_files(config), *_paths(config.film.sound)]


def files_beside(config: RunConfig) -> list[Path]:
    """Every file that is read beside the source: a guide, a mask, beats, a sound, a look, a network, its weights.

    None of them may be written over.
    """
    named = _paths(config.origin.look, config.goal.weights, config.goal.network)
    return [*read_files(config), *(path for path in named if path.is_file())]


def _paths(*names: str | None) -> list[Path]:
    return [Path(name) for name in names if name]
