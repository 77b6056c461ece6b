"""The files that a run reads beside its source, as its knobs name them."""

from pathlib import Path

from vidream.config import RunConfig
from vidream.plan.mask import mask_files


def guides(config: RunConfig) -> list[Path]:
    """The pictures whose features are dreamed: one, or none."""
    return _paths(config.goal.guide)


def beat_files(config: RunConfig) -> list[Path]:
    """The files that say where a song's beats are: one, or none."""
    return _paths(config.music.beats)


def read_files(config: RunConfig) -> list[Path]:
    """The files beside the source that are seen or heard: a guide, a mask, a sound, a song's beats."""
    return [*guides(config), *mask_files(config.mask), *beat_files(config), *_paths(config.film.sound)]


def files_beside(config: RunConfig) -> list[Path]:
    """Every file that is read beside the source: a guide, a mask, beats, a sound, a look, a network, its weights.

    None of them may be written over.
    """
    named = _paths(config.origin.look, config.goal.weights, config.goal.network)
    return [*read_files(config), *(path for path in named if path.is_file())]


def _paths(*names: str | None) -> list[Path]:
    return [Path(name) for name in names if name]
