"""What the knobs come to for one run: defaults, then the preset, then --draft, then what was given."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from vidream.config.kinds import Sizing, wrong
from vidream.config.knobs import COMMANDS, RunConfig, default_of, flag, knobs
from vidream.config.presets import load_preset
from vidream.errors import ConfigError, nearest
from vidream.frames import Size


def configure(command: str, *, preset: str | None = None, draft: bool = False, **given: Any) -> RunConfig:
    """Every knob of one run, checked.

    Args:
        command: a name in COMMANDS; decides the defaults.
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
    chosen = load_preset(preset, command) if preset is not None else {}
    chosen |= _drafted(command, chosen) if draft else {}
    chosen |= {name: value for name, value in given.items() if value is not None}
    groups: dict[str, dict[str, Any]] = {}
    problems = []
    for name, (group, each) in table.items():
        try:
            value = each.metadata["kind"].read(chosen[name]) if name in chosen else default_of(command, each)
        except ValueError as error:
            problems.append(wrong(flag(name), error, chosen[name]))
        else:
            groups.setdefault(group, {})[name] = value
    if problems:
        raise ConfigError("; ".join(problems))
    kinds: dict[str, Any] = {each.name: each.type for each in fields(RunConfig)}
    return RunConfig(**{group: kinds[group](**values) for group, values in groups.items()})


def _drafted(command: str, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
    """What --draft sets. A look that has a shape of its own keeps it: else another picture would be judged."""
    drafted = dict(COMMANDS[command].draft)
    try:
        shaped, small = (Sizing().read(each["size"]) for each in (chosen, drafted))
    except (KeyError, ValueError):
        return drafted
    if shaped.height is not None:
        drafted["size"] = str(Size(shaped.width, shaped.height).at_most(small.width))
    return drafted
