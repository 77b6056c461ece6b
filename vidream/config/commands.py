"""Which knobs each command has, and their defaults where these differ from command to command."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from keyword import iskeyword
from typing import Any

from vidream.config.film_knobs import Film
from vidream.config.knobs import Dream
from vidream.config.run_config import RunConfig


@dataclass(frozen=True)
class Command:
    """Which knobs a command has, which of its defaults differ, and what its --draft sets."""

    groups: tuple[str, ...]
    """Names of the fields of RunConfig whose knobs it has."""

    defaults: Mapping[str, Any]
    """Knobs whose default is another than that of their field, as they would be given."""

    draft: Mapping[str, Any]
    """What --draft sets, as it would be given."""

    without: tuple[str, ...] = ()
    """Knobs of its groups that it does not have."""

    bases: tuple[str, ...] = ()
    """Commands of which a run of it is one, in all that it does not say itself."""

    own: tuple[str, ...] = ()
    """Knobs that it has whatever its base."""

    like: tuple[str, ...] = ()
    """Commands whose tables in looks, and defaults, hold for it, too, over those of its base."""


OF_A_SONG = ("pulse", "pulse_to")
"""Knobs that say nothing where there is no song. Beats are heard without one, too, where a curve follows another sound
or a length is counted in bars."""

OF_A_FILM = tuple(knob.name for knob in fields(Film) if knob.name != "codec")
"""Knobs that say nothing of a picture."""

COMMANDS: Mapping[str, Command] = {
    "video": Command(
        groups=("goal", "dream", "mask", "motion", "music", "film", "files"),
        defaults={},
        draft={"size": "480max", "dream_size": 320, "quality": "small"},
        without=OF_A_SONG,
    ),
    "zoom": Command(
        groups=("goal", "dream", "mask", "camera", "music", "film", "files"),
        defaults={"octaves": 5, "first_steps": 8, "step_size": 1.4, "tv": 0.08, "size": "960", "fps": 30},
        draft={"size": "480", "quality": "small"},
        without=(*OF_A_SONG, "dream_size", "bars", "start", "end", "hdr"),
    ),
    "image": Command(
        groups=("goal", "dream", "mask", "film", "files"),
        defaults={"octaves": 4, "steps": 10, "step_size": 1.5, "dream_size": 0},
        draft={"dream_size": 320},
        without=("write_markers", "first_steps", "dream_every", "bars", "fresh", "max_seconds", *OF_A_FILM),
    ),
    "music": Command(
        groups=("goal", "dream", "mask", "motion", "camera", "music", "film", "files"),
        defaults={"zoom": 1.2},
        draft={"size": "320", "fps": 15},
        without=("frames", "reverse", "sound"),
        bases=("zoom", "video"),
        own=("start", "end", "hdr", "max_seconds"),
    ),
}
"""The name of each command that dreams -> the command."""

_OVERLAY = ("strength", "keep_colour")
EVERY_COMMAND: Mapping[str, Command] = {
    **COMMANDS,
    "composite": Command(
        groups=("dream", "mask", "film", "files"),
        defaults={},
        draft={},
        without=(
            *(knob.name for knob in fields(Dream) if knob.name not in _OVERLAY),
            *("bars", "loop", "hdr", "for_", "length", "passes", "passes_as", "max_seconds"),
        ),
    ),
    "live": Command(
        groups=("goal", "dream", "mask", "motion", "camera", "music", "film", "live", "files"),
        defaults={"dream_size": 480, "size": "1280max"},
        draft={},
        without=(
            *(knob.name for knob in fields(Film) if knob.name not in ("size", "fit")),
            *("beats", "dream_every", "frames", "reverse", "fresh", "no_recipe", "write_markers", "max_seconds"),
        ),
        bases=("zoom", "video"),
        own=("dream_size", "bars"),
        like=("music",),
    ),
}
"""And of each that takes knobs but is no job: what lays a dream over its source again, what plays one."""

_WHOLE = {"norm": "std", "shape": "soft", "octaves": 4, "octave_ratio": 1.3, "taper": 0.5}
_CLEAN = {"shape": "natural", "dream_tv": 0.2}
_FILM = {**_WHOLE, "first_steps": 60, "step_size": 5.0, "dream_size": 448}
_ZOOM = {**_WHOLE, "octaves": 6, "first_steps": 60, "step_size": 2.0}
AIMS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "toward": {
        "image": {**_WHOLE, **_CLEAN, "steps": 110, "step_size": 3.0, "dream_size": 448},
        "video": {**_FILM, **_CLEAN, "steps": 2},
        "zoom": {**_ZOOM, **_CLEAN, "steps": 2},
    },
    "guide": {
        "image": {**_WHOLE, "steps": 60, "step_size": 2.0, "dream_tv": 0.2, "dream_size": 448},
        "video": {**_FILM, "tv": 0.05},
        "zoom": {**_ZOOM, "tv": 0.08},
    },
}
"""The knob that gives a dream an aim -> the command -> defaults of other knobs where that one is given: a whole thing
needs more and larger steps, at the sizes at which the network knows things, than a texture."""


def knobs(command: str) -> Iterator[tuple[str, Field[Any]]]:
    """(group, field) of each knob that a command has, in the order of its help."""
    groups = {group.name: group.type for group in fields(RunConfig)}
    for group in EVERY_COMMAND[command].groups:
        for knob in fields(groups[group]):  # type: ignore[arg-type]
            if knob.name not in EVERY_COMMAND[command].without:
                yield group, knob


def knobs_of(command: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those values, by knob name, whose knob a command has."""
    names = {knob.name for _, knob in knobs(command)}
    return {name: value for name, value in values.items() if name in names}


def tables_for(command: str, base: str | None = None) -> tuple[str, ...]:
    """The commands whose defaults, drafts and tables in presets hold for a run, each over the ones before."""
    if base is None:
        return (command,)
    assert base in EVERY_COMMAND[command].bases
    return (base, *EVERY_COMMAND[command].like, command)


@cache
def unused_knobs(command: str, base: str | None) -> frozenset[str]:
    """The knobs that a command has, but that do nothing where it is based on a certain other command."""
    if base is None:
        return frozenset()
    names = {name: {knob.name for _, knob in knobs(name)} for name in EVERY_COMMAND[command].bases}
    return frozenset().union(*names.values()) - names[base] - {*EVERY_COMMAND[command].own}


def default_of(command: str, knob: Field[Any], base: str | None = None, aims: Iterable[str] = ()) -> Any:
    """The default of a knob for a command, read as its kind reads it.

    Args:
        command: a name in EVERY_COMMAND.
        knob: a field of a group of RunConfig.
        base: of a command that has bases, the one that the run is like.
        aims: knobs in AIMS that are given; of several, the first in AIMS counts.
    """
    assert knob.default is not MISSING
    tables = tables_for(command, base)
    given = [EVERY_COMMAND[name].defaults for name in tables]
    given += [AIMS[aim].get(name, {}) for aim in reversed([*AIMS]) if aim in aims for name in tables]
    found = [each[knob.name] for each in given if knob.name in each]
    return knob.metadata["kind"].read(found[-1]) if found else knob.default


def flag(name: str) -> str:
    """The knob's name on the command line: octave_ratio -> --octave-ratio, for_ -> --for."""
    return "--" + name.rstrip("_").replace("_", "-")


def knob_name(key: str) -> str:
    """The knob that a key in TOML means: octave-ratio -> octave_ratio, for -> for_."""
    name = key.replace("-", "_")
    if iskeyword(name):
        return f"{name}_"
    return name
