"""What the knobs come to for one run: defaults, then the preset, then --draft, then what was given."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal, Unpack, overload

from vidream.config.commands import COMMANDS, commands, default_of, flag, knobs, unused_knobs
from vidream.config.keywords import ImageKnobs, MusicKnobs, VideoKnobs, ZoomKnobs
from vidream.config.kinds import Sizing, wrong
from vidream.config.knobs import Origin, RunConfig
from vidream.config.presets import is_shipped, load_preset
from vidream.errors import ConfigError, nearest
from vidream.frames import Size

SEEDS = {"zoom": "a picture", "video": "a film"}
"""What a music visual is made of, where it is like a command."""


@overload
def configure(
    command: Literal["video"], *, preset: str | None = None, draft: bool = False, **given: Unpack[VideoKnobs]
) -> RunConfig: ...
@overload
def configure(
    command: Literal["zoom"], *, preset: str | None = None, draft: bool = False, **given: Unpack[ZoomKnobs]
) -> RunConfig: ...
@overload
def configure(
    command: Literal["image"], *, preset: str | None = None, draft: bool = False, **given: Unpack[ImageKnobs]
) -> RunConfig: ...
@overload
def configure(
    command: Literal["music"],
    *,
    like: str | None = None,
    preset: str | None = None,
    draft: bool = False,
    **given: Unpack[MusicKnobs],
) -> RunConfig: ...
@overload
def configure(command: str, *, preset: str | None = None, draft: bool = False) -> RunConfig: ...
def configure(
    command: str, *, like: str | None = None, preset: str | None = None, draft: bool = False, **given: Any
) -> RunConfig:
    """Every knob of one run, checked.

    Args:
        command: a name in COMMANDS; decides the defaults.
        like: the command that this run of it is like, of those that it may be.
        preset: a shipped look by name, or the path of a TOML file.
        draft: small and fast, with the same seeds and timing.
        given: knobs by name, as on the command line or as values; None counts as not given.

    Raises:
        ConfigError: with everything that is wrong in what was given, or with the preset, at once.
    """
    table = {each.name: (group, each) for group, each in knobs(command)}
    unknown = [name for name in given if name not in table]
    if unknown:
        raise ConfigError(f"{flag(unknown[0])}: {command} has no such knob; {nearest(unknown[0], table)}")
    others = unused_knobs(command, like)
    given = {name: value for name, value in given.items() if value is not None}
    strange = [name for name in given if name in others]
    if strange:
        raise ConfigError(f"{flag(strange[0])}: does nothing where SEED is {SEEDS[str(like)]}; leave it out")
    table = {name: entry for name, entry in table.items() if name not in others}
    chain = commands(command, like)
    chosen = load_preset(preset, *chain) if preset is not None else {}
    chosen |= _drafted(chain, chosen) if draft else {}
    chosen |= given
    groups: dict[str, dict[str, Any]] = {}
    problems = []
    for name, (group, each) in table.items():
        try:
            value = each.metadata["kind"].read(chosen[name]) if name in chosen else default_of(command, each, like)
        except ValueError as error:
            problems.append(wrong(flag(name), error, chosen[name]))
        else:
            groups.setdefault(group, {})[name] = value
    if problems:
        raise ConfigError("; ".join(problems))
    kinds: dict[str, Any] = {each.name: each.type for each in fields(RunConfig)}
    origin = Origin("" if preset is None or is_shipped(preset) else preset, command, like or "")
    config = RunConfig(**{group: kinds[group](**values) for group, values in groups.items()}, origin=origin)
    deaf = [name for name, curve in config.moving.items() if curve.musical and command != "music"]
    if deaf:
        raise ConfigError(f"{flag(deaf[0])}: follows music, and {command} has none; vidream music has")
    return config


def _drafted(chain: Sequence[str], chosen: Mapping[str, Any]) -> Mapping[str, Any]:
    """What --draft sets. A look that has a shape of its own keeps it: else another picture would be judged."""
    drafted = {name: value for command in chain for name, value in COMMANDS[command].draft.items()}
    try:
        shaped, small = (Sizing().read(each["size"]) for each in (chosen, drafted))
    except (KeyError, ValueError):
        return drafted
    if shaped.height is not None:
        drafted["size"] = str(Size(shaped.width, shaped.height).at_most(small.width))
    return drafted
