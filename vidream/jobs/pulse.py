"""What --pulse does: which knobs it moves on each beat, over what the look says, and how far."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vidream.config import RunConfig
from vidream.curves import Constant, Curve, Follow, Power, Product, Sum
from vidream.errors import ConfigError


@dataclass(frozen=True)
class Pulsed:
    """A knob that a pulse moves."""

    group: str
    """The field of RunConfig that it is in."""
    between: float
    """What it is between beats, at --pulse 1: so many times what the look says."""
    on_beat: float
    """What it is on a beat, likewise."""
    bases: tuple[str, ...] = ("zoom", "video")
    """The seeds for which it does something: "zoom" for a picture, "video" for a film."""
    by: Callable[[Curve, Curve], Curve] = lambda knob, factor: Product((knob, factor))
    """The knob and a factor -> the knob so many times as strong."""
    adds: bool = False
    """Whether `on_beat` is added to the knob, which may be 0, instead of multiplying it."""


PULSED: Mapping[str, Pulsed] = {
    "zoom": Pulsed("camera", 0.3, 3.2, ("zoom",), by=Power),
    "turn": Pulsed("camera", 0.3, 3.2, ("zoom",)),
    "drift": Pulsed("camera", 0.3, 3.2, ("zoom",)),
    "vivid": Pulsed("camera", 0.6, 1.8, ("zoom",)),
    "step-size": Pulsed("dream", 0.6, 1.8),
    "strength": Pulsed("dream", 0.85, 1.15),
    "swell": Pulsed("motion", 0.0, 1.0, ("video",), adds=True),
}
"""By the name of its flag: the choices of --pulse-to."""

DEFAULTS = {"zoom": ("zoom", "turn", "drift", "step-size"), "video": ("swell", "strength", "step-size")}
"""What a pulse moves unless --pulse-to says otherwise: of a picture, of a film."""


def with_pulse(config: RunConfig, base: str) -> RunConfig:
    """A config with --pulse put into the knobs that it moves, over what the look says.

    Args:
        config: of the run.
        base: the command that it is like, "zoom" or "video".

    Raises:
        ConfigError: no knob that --pulse-to names can be moved.
    """
    if config.music.pulse == 0:
        return config
    return moved(config, pulsed_knobs(config, base), config.music.pulse)


def moved(config: RunConfig, names: Iterable[str], pulse: float) -> RunConfig:
    """A config some of whose knobs a pulse moves. names: in PULSED; pulse: over 0."""
    for name in names:
        row, knob = PULSED[name], name.replace("-", "_")
        group = getattr(config, row.group)
        value = _moved(getattr(group, knob), row, pulse)
        config = replace(config, **{row.group: replace(group, **{knob: value})})
    return config


def pulsed_knobs(config: RunConfig, base: str) -> tuple[str, ...]:
    """The knobs that a pulse moves. Of those that are named, what does nothing here is passed over, as in a look.

    Args:
        config: of the run.
        base: the command that it is like, "zoom" or "video".

    Raises:
        ConfigError: no knob that --pulse-to names can be moved.
    """
    if config.music.pulse_to is None:
        return DEFAULTS[base]
    named = config.music.pulse_to.split(",")
    names = [name for name in named if base in PULSED[name].bases]
    if not names:
        known = ", ".join(name for name, row in PULSED.items() if base in row.bases)
        raise ConfigError(f"--pulse-to: {', '.join(named)} does nothing here; what moves is {known}")
    factors = [name for name in names if not PULSED[name].adds]
    still = [
        name for name in factors if _is_still(getattr(getattr(config, PULSED[name].group), name.replace("-", "_")))
    ]
    if len(still) == len(names):
        raise ConfigError(f"--pulse-to: {still[0]} is 0, and so many times 0 is 0; give --{still[0]}")
    return tuple(names)


def _is_still(value: Any) -> bool:
    return value in (0, (0, 0))


def _moved(value: Any, row: Pulsed, pulse: float) -> Any:
    """A knob, or both numbers of one, as a pulse moves it; so many times 0 stays the number 0, which nothing moves."""
    if isinstance(value, tuple):
        return tuple(_moved(part, row, pulse) for part in value)
    if row.adds:
        return Sum((_curve(value), Product((Constant(pulse * row.on_beat), Follow("beats")))))
    if value == 0:
        return value
    return row.by(_curve(value), _beating(pulse, row.between, row.on_beat))


def _curve(value: float | Curve) -> Curve:
    if isinstance(value, Curve):
        return value
    return Constant(value)


def _beating(pulse: float, between: float, on_beat: float) -> Curve:
    """A factor that is `between` between beats and `on_beat` on them; 1 without a pulse."""
    low, high = _strengthened(between, pulse), _strengthened(on_beat, pulse)
    return Sum((Constant(low), Product((Constant(high - low), Follow("beats")))))


def _strengthened(factor: float, pulse: float) -> float:
    """A factor whose distance from 1 is as large as the pulse: 1 for a pulse of 0, the factor itself for 1."""
    if factor > 1:
        return 1 + pulse * (factor - 1)
    return 1 / (1 + pulse * (1 / factor - 1))
