"""Which controller of a MIDI device moves which knob, and which note does what: a TOML file.

    [[fader]]
    controller = 7
    knob = "strength"

    [[button]]
    note = 36
    do = "tap"

docs/live.md says it to users.
"""

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

from vidream.config.toml import read_toml
from vidream.config.toml_writer import toml_entry
from vidream.errors import ConfigError, nearest
from vidream.live.actions import LONGEST
from vidream.text import figure

MOST = 1000
"""Faders, and buttons, in a file."""

SWINGS: Mapping[str, tuple[float, float]] = {
    "strength": (0, 2),
    "layer": (0, 1),
    "toward": (0, 1),
    "zoom": (0.5, 2),
    "turn": (-90, 90),
    "drift": (-0.5, 0.5),
    "focus": (0, 1),
    "vivid": (0, 2),
    "anchor": (0, 1),
    "swell": (-2, 2),
    "persistence": (0.5, 1),
    "pulse": (0, 2),
    "step-size": (0, 4),
    "octave-ratio": (1.2, 2),
    "octaves": (1, 6),
    "keep-colour": (0, 1),
}
"""The first word of a knob -> how far a fader moves it, unless the file says."""

RELATIVE = ("twos", "offset", "sign")
"""How an endless controller sends a turn to the left: as 127 for -1, as 63 under the middle at 64, as 65 above 64."""

SENDERS = ("note", "controller", "program")
"""Keys that say what of a device sends."""

Check: TypeAlias = Callable[[str, bool], None]
Source: TypeAlias = tuple[str, int]
"""What sends: "controller", "note" or "program" with its number, 0..127; "bend" and "pressure" with 0."""


@dataclass(frozen=True)
class Fader:
    """A controller that moves a knob."""

    source: Source
    """What of the device sends its place."""
    knob: str
    """As `Instrument.set` takes it."""
    low: float
    """The knob's value at the controller's least."""
    high: float
    """And at its most; it may be under `low`."""
    channel: int | None = None
    """1..16; None: on any."""
    pick_up: bool = False
    """Whether it moves the knob only after it has come past the value that the knob has."""
    fine: bool = False
    """Whether it has 14 bits: of a controller under 32 the other seven come from the controller 32 above."""
    relative: str = ""
    """One of RELATIVE for an endless controller; "" for one that sends its place."""


@dataclass(frozen=True)
class Button:
    """A key, a pad, a switch, a program: something is done when it is pressed."""

    source: Source
    """What of the device is pressed."""
    do: str
    """For `perform`."""
    channel: int | None = None
    """1..16; None: on any."""
    held: bool = False
    """Whether it is undone when it is let go."""


@dataclass(frozen=True)
class MidiMap:
    """All of a file."""

    faders: tuple[Fader, ...] = ()
    """In its order; several may have one controller."""
    buttons: tuple[Button, ...] = ()
    """In its order; several may have one note."""
    device: str = ""
    """A part of the name of the devices that are heard; "": all."""
    clock: bool = False
    """Whether the device's clock is the beat."""


def read_map(path: Path, check: Check) -> MidiMap:
    """The mapping in a file.

    Args:
        path: of the file.
        check: is called with the words of a button, or a knob and a value for it, and whether they are undone when
            it is let go; raises ConfigError if they mean nothing.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong: a line that names it.
    """
    named = f"--midi {path}"
    table = read_toml(path, named)
    _check_keys(table, ("device", "clock", "fader", "button"), named)
    faders = tuple(_fader(entry, where, check) for where, entry in _entries(table, "fader", named))
    buttons = tuple(_button(entry, where, check) for where, entry in _entries(table, "button", named))
    clock = _typed(table, "clock", bool, False, named)
    if not (faders or buttons or clock):
        raise ConfigError(f"{named}: has neither a [[fader]] nor a [[button]]; --midi-learn writes such a file")
    return MidiMap(faders, buttons, _typed(table, "device", str, "", named), clock)


def _entries(table: Mapping[str, Any], name: str, named: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The tables of one name, each with what a message calls it."""
    entries = table.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{named}: {name} must be tables that begin with [[{name}]]")
    if len(entries) > MOST:
        raise ConfigError(f"{named}: has {len(entries)} of [[{name}]]; {MOST} are the most")
    return [(f"{named}: [[{name}]] {number}", entry) for number, entry in enumerate(entries, 1)]


def _fader(entry: Mapping[str, Any], where: str, check: Check) -> Fader:
    _check_keys(entry, (*SENDERS, "knob", "from", "to", "channel", "pick_up", "fine", "relative"), where)
    source = _source(entry, ("controller",), where)
    knob = _needed(entry, "knob", where)
    if swing_of(knob) is None:
        _checked(check, f"{knob} up 0", False, where)  # which says what is wrong with its name
    low, high = _swing(entry, knob, where)
    for value in (low, high):
        _checked(check, f"{knob} {figure(value)}", False, where)
    fader = Fader(
        source,
        knob,
        low,
        high,
        _channel(entry, where),
        pick_up=_typed(entry, "pick_up", bool, False, where),
        fine=_typed(entry, "fine", bool, False, where),
        relative=_typed(entry, "relative", str, "", where),
    )
    if fader.relative not in ("", *RELATIVE):
        raise ConfigError(f"{where}: relative must be one of {', '.join(RELATIVE)}, not {fader.relative[:40]!r}")
    if fader.fine and (source[0] != "controller" or source[1] > 31 or fader.relative):
        raise ConfigError(f"{where}: fine is for a controller from 0 to 31 that sends its place")
    return fader


def _button(entry: Mapping[str, Any], where: str, check: Check) -> Button:
    _check_keys(entry, (*SENDERS, "do", "channel", "held"), where)
    source = _source(entry, SENDERS, where)
    button = Button(
        source, _needed(entry, "do", where), _channel(entry, where), _typed(entry, "held", bool, False, where)
    )
    _checked(check, button.do, button.held, where)
    if button.held and source[0] == "program":
        raise ConfigError(f"{where}: a program cannot be held; leave held out")
    return button


def _source(entry: Mapping[str, Any], kinds: tuple[str, ...], where: str) -> Source:
    given = [kind for kind in SENDERS if kind in entry]
    if len(given) != 1 or given[0] not in kinds:
        raise ConfigError(
            f"{where}: needs {' or '.join(kinds)}" + (", one of them" if len(kinds) > 1 and given else "")
        )
    value = entry[given[0]]
    if given == ["controller"] and value in ("bend", "pressure"):
        return value, 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 127:
        also = ', or "bend" or "pressure"' if "controller" in given and "note" not in kinds else ""
        raise ConfigError(f"{where}: {given[0]} must be from 0 to 127{also}, not {reprlib.repr(value)}")
    return given[0], value


def _swing(entry: Mapping[str, Any], knob: str, where: str) -> tuple[float, float]:
    """Between what values a fader moves its knob."""
    usual = swing_of(knob)
    if usual is None and not ("from" in entry and "to" in entry):
        raise ConfigError(f"{where}: {knob[:40]} needs from and to, the values at the controller's least and most")
    low, high = usual or (0.0, 1.0)
    low, high = (_typed(entry, key, float, value, where) for key, value in (("from", low), ("to", high)))
    if low == high:
        raise ConfigError(f"{where}: from and to are both {figure(low)}; the knob would never move")
    return low, high


def swing_of(knob: str) -> tuple[float, float] | None:
    """How far a fader usually moves a knob; None: that is not known."""
    first = knob.split(maxsplit=1)[0] if knob.strip() else ""
    return SWINGS.get(knob.replace("_", "-").replace(" ", "-")) or SWINGS.get(first)


def _channel(entry: Mapping[str, Any], where: str) -> int | None:
    channel = entry.get("channel")
    if channel is not None and (isinstance(channel, bool) or not isinstance(channel, int) or not 1 <= channel <= 16):
        raise ConfigError(f"{where}: channel must be from 1 to 16, not {reprlib.repr(channel)}")
    return channel


def _needed(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise ConfigError(f"{where}: needs {key}, a text")
    return value


def _typed(entry: Mapping[str, Any], key: str, kind: type, default: Any, where: str) -> Any:
    value: Any = entry.get(key, default)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    fits = isinstance(value, kind)
    if fits and kind is float:
        fits = abs(value) < 1e9  # which nan is not
    if not fits:
        names = {bool: "true or false", str: "a text", float: "a number"}
        raise ConfigError(f"{where}: {key} must be {names[kind]}, not {reprlib.repr(value)}")
    return value


def _checked(check: Check, order: str, held: bool, where: str) -> None:
    try:
        check(order, held)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(f"{where}: no such key {key!r}; {nearest(key, known)}")


def map_text(mapping: MidiMap) -> str:
    """A mapping as a file that `read_map` reads as the same."""
    lines = [toml_entry("device", mapping.device)] if mapping.device else []
    lines += [toml_entry("clock", True)] if mapping.clock else []
    for fader in mapping.faders:
        values = {**_heard(fader.source, fader.channel), "knob": fader.knob, "from": fader.low, "to": fader.high}
        lines += ["", "[[fader]]", *_written(values, fader)]
    for button in mapping.buttons:
        values = {**_heard(button.source, button.channel), "do": button.do}
        lines += ["", "[[button]]", *_written(values, button)]
    return "\n".join(lines).lstrip() + "\n"


def _heard(source: Source, channel: int | None) -> dict[str, Any]:
    kind, number = source
    named: dict[str, Any] = {"controller": kind} if kind in ("bend", "pressure") else {kind: number}
    return named if channel is None else {**named, "channel": channel}


def _written(values: Mapping[str, Any], entry: Fader | Button) -> list[str]:
    """The lines of a table: its values, and what of the rest is not as usual."""
    rest = {field.name: getattr(entry, field.name) for field in fields(entry) if field.name not in _IN_VALUES}
    return [toml_entry(key, value) for key, value in {**values, **rest}.items() if value is not False and value != ""]


_IN_VALUES = ("source", "knob", "low", "high", "channel", "do")
