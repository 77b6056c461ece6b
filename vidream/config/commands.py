"""Which knobs each command has, and their defaults where these differ from command to command."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

from vidream.config.knobs import RunConfig


@dataclass(frozen=True)
class Command:
    """Which knobs a command has, which of its defaults differ, and what its --draft sets.

    like  the commands of which a run of it is one, in all that it does not say itself
    own   knobs that it has whatever it is like
    """

    groups: tuple[str, ...]
    defaults: Mapping[str, Any]
    draft: Mapping[str, Any]
    without: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


COMMANDS: Mapping[str, Command] = {
    "video": Command(
        groups=("goal", "dream", "mask", "motion", "film", "files"),
        defaults={},
        draft={"size": "480max", "dream_size": 320, "crf": 28},
        without=("max_seconds",),
    ),
    "zoom": Command(
        groups=("goal", "dream", "mask", "camera", "film", "files"),
        defaults={"first_steps": 8, "step_size": 1.5, "size": "960", "fps": 30},
        draft={"size": "480", "crf": 28},
        without=("dream_size", "bars", "start", "end", "max_seconds"),
    ),
    "image": Command(
        groups=("goal", "dream", "mask", "files"),
        defaults={"octaves": 4, "steps": 10, "step_size": 1.5, "dream_size": 0},
        draft={"dream_size": 320},
        without=("first_steps", "dream_every", "bars", "fresh", "max_seconds"),
    ),
    "music": Command(
        groups=("goal", "dream", "mask", "motion", "camera", "music", "film", "files"),
        defaults={"zoom": 1.2},
        draft={"size": "320", "fps": 15},
        without=("frames", "reverse", "sound"),
        like=("zoom", "video"),
        own=("start", "end", "max_seconds"),
    ),
}


def knobs(command: str) -> Iterator[tuple[str, Field[Any]]]:
    """(group, field) of each knob that `command` has, in the order of its help."""
    groups = {each.name: each.type for each in fields(RunConfig)}
    for group in COMMANDS[command].groups:
        for each in fields(groups[group]):  # type: ignore[arg-type]
            if each.name not in COMMANDS[command].without:
                yield group, each


def commands(command: str, like: str | None = None) -> tuple[str, ...]:
    """Whose tables hold for a run, each over the ones before."""
    assert like is None or like in COMMANDS[command].like
    return (like, command) if like else (command,)


def unused_knobs(command: str, like: str | None) -> set[str]:
    """The knobs that a command has, but not where it is like another."""
    names = {each: {knob.name for _, knob in knobs(each)} for each in COMMANDS[command].like}
    return set().union(*names.values()) - names[like] - {*COMMANDS[command].own} if like else set()


def default_of(command: str, each: Field[Any], like: str | None = None) -> Any:
    """The default of a knob for a command, read as its kind reads it."""
    assert each.default is not MISSING
    default = each.default
    for name in commands(command, like):
        if each.name in COMMANDS[name].defaults:
            default = each.metadata["kind"].read(COMMANDS[name].defaults[each.name])
    return default


def flag(name: str) -> str:
    """The knob's name on the command line: octave_ratio -> --octave-ratio."""
    return "--" + name.replace("_", "-")
