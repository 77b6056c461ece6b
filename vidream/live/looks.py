"""The looks that a live dream plays, each as it is on what is dreamed."""

import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidream.clock import Time
from vidream.config import DEFAULT, RunConfig, configure, knobs, presets
from vidream.config.presets import ANY
from vidream.curve_parts import rebuilt
from vidream.curves import Curve, Cycle, Keys, Sine
from vidream.dream.catalogue import check_goal
from vidream.errors import Cancelled, ConfigError, VidreamError, nearest
from vidream.events import note
from vidream.live.turns import HELD, check_here, with_layers

SUITABLE = {"zoom": ("zoom", "music"), "video": ("video", "music")}
"""Whether a zoom or a film is dreamed -> the commands of the looks that are made for it."""


@dataclass(frozen=True)
class Looks:
    """What can be played: the looks of --looks by number and name, those that come with vidream by name."""

    config: RunConfig
    """Of the run: what a look may not change is as it is here."""
    given: Mapping[str, Any]
    """Those that were given beside the look: they stand over every look."""
    loaded: Mapping[str, RunConfig]
    """The looks of --looks by the name or the path that was given, in their order; without it, suitable ones."""

    @property
    def first(self) -> str:
        """The name, or the path, of the look that the run begins with; it can be played by that, too."""
        origin = self.config.origin
        return origin.look or origin.preset or DEFAULT

    def named(self, look: object) -> tuple[str, RunConfig]:
        """A look by its name, its path as --looks has it, or its number there, from 1.

        Raises:
            ConfigError: there is none, or it cannot be dreamed here.
        """
        names = [*self.loaded]
        number = _number(look)
        if number is not None:
            if not 1 <= number <= len(names):
                raise ConfigError(f"look {number}: there are {len(names)}; --looks NAMES says which")
            look = names[number - 1]
        if not isinstance(look, str):
            raise ConfigError(f"a look is played by its name or its number, not by {reprlib.repr(look)}")
        name = _called(look, names)
        if name in self.loaded:
            return name, self.loaded[name]
        shipped = [preset.name for preset in presets()]
        if name not in shipped and name == self.first:
            return name, prepared(self.config)
        if name not in shipped:
            known = nearest(name, dict.fromkeys((*names, *shipped)))[:300]
            raise ConfigError(f"{reprlib.repr(name)}: no such look; {known}")
        return name, load_look(self.config, name, self.given, here=True)


def _number(look: object) -> int | None:
    """A number, or the text of one; None for anything else."""
    if isinstance(look, str) and look.strip().isdecimal() and len(look) < 5:
        return int(look)
    if isinstance(look, int | float) and not isinstance(look, bool) and float(look).is_integer():
        return int(look)
    return None


def _called(look: str, names: Sequence[str]) -> str:
    """The name that is meant, of those loaded: a file goes by its name without folder and ending, too."""
    if look in names:
        return look
    short = {Path(name).stem: name for name in reversed(names)}
    return short.get(look, look)


def open_looks(config: RunConfig, given: Mapping[str, Any]) -> Looks:
    """The looks of a run, loaded and checked.

    Args:
        config: of the run; `live.looks` names them.
        given: knobs that were given beside the look.

    Raises:
        ConfigError: one is not there, is wrong, or cannot be dreamed here.
    """
    if config.live.looks:
        loaded = {name: load_look(config, name, given) for name in config.live.looks}
    else:
        loaded = dict(_usual_looks(config, given))
    return Looks(config, given, loaded)


def _usual_looks(config: RunConfig, given: Mapping[str, Any]) -> Iterator[tuple[str, RunConfig]]:
    """The looks that nobody has named, but those that do not go with what was given, such as another network."""
    left = []
    for name in suitable(config.origin.base):
        try:
            yield name, load_look(config, name, given, here=True)
        except Cancelled:
            raise
        except VidreamError:
            left.append(name)
    if left:
        note(f"{', '.join(left)}: left out of the looks, as they do not go with what was given; --looks names others")


def suitable(base: str) -> tuple[str, ...]:
    """The shipped looks that are made for what is dreamed, whose networks are in the box."""
    commands = SUITABLE.get(base, (ANY,))
    return tuple(preset.name for preset in presets() if preset.command in commands)


def load_look(config: RunConfig, name: str, given: Mapping[str, Any], here: bool = False) -> RunConfig:
    """A look, as it is in a run.

    Args:
        config: of the run.
        name: of the look, or its path.
        given: knobs that stand over it.
        here: it was not named before the run began: no network is fetched for it.

    Raises:
        ConfigError: it is not there, is wrong, or cannot be dreamed here.
    """
    look = configure("live", base=config.origin.base or None, preset=name, **given)
    if here:
        check_here(look.goal)
    check_goal(look.goal)
    return prepared(_as_in(config, look))


def own_look(config: RunConfig, look: RunConfig) -> RunConfig:
    """A look that a program made, as it is in a run.

    Args:
        config: of the run.
        look: built by `configure` for "live", with the same base.

    Raises:
        ConfigError: it is for something else, or cannot be dreamed here.
    """
    if (look.origin.command, look.origin.base) != (config.origin.command, config.origin.base):
        raise ConfigError(f'a look of your own: configure("live", base="{config.origin.base}") builds one')
    check_here(look.goal)
    check_goal(look.goal)
    return prepared(_as_in(config, look))


def _as_in(config: RunConfig, look: RunConfig) -> RunConfig:
    """A look with what a run does not change on the way."""
    kept = {(group, knob.name) for group, knob in knobs("live") if knob.metadata["run_only"] or knob.name in HELD}
    if look.goal.network != config.goal.network:
        kept.discard(("goal", "weights"))
    for group in {group for group, _ in kept}:
        values = {name: getattr(getattr(config, group), name) for of, name in kept if of == group}
        look = replace(look, **{group: replace(getattr(look, group), **values)})
    return look


def prepared(config: RunConfig) -> RunConfig:
    """A config whose layers have names, and whose curves count no frames, of which a live dream has no certain number.

    A frame of a curve lasts 1 / rate seconds, as it would in a film of that rate.
    """
    return with_layers(config.with_curves(lambda curve: in_seconds(curve, config.live.rate)))


def in_seconds(curve: Curve, rate: Fraction) -> Curve:
    """A curve with seconds for frames. rate: frames a second."""

    def timed(part: Curve) -> Curve:
        if isinstance(part, Keys):
            return replace(part, times=tuple(_seconds(time, rate) for time in part.times))
        if isinstance(part, Sine):
            return replace(part, period=_seconds(part.period, rate))
        if isinstance(part, Cycle):
            every = part.every if isinstance(part.every, str) else _seconds(part.every, rate)
            return replace(part, every=every, fade=_seconds(part.fade, rate))
        return part

    return rebuilt(curve, timed)


def _seconds(time: Time, rate: Fraction) -> Time:
    if time.unit != "frames":
        return time
    return Time(time.value / float(rate), "seconds")
