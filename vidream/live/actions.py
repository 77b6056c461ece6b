"""What hands can do to a live dream, in words: keys, MIDI notes and OSC messages all say it so.

tap                  preset kick          strength 0.8          layer block10 0.4
nudge -0.01          preset 3             strength up 0.1       keep-colour on
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from vidream.errors import ConfigError, nearest
from vidream.live.instrument import Instrument
from vidream.text import figure

Value: TypeAlias = float | int | bool | str
"""Of a knob, as hands give it."""


@dataclass(frozen=True)
class Action:
    """Something that is done, rather than a knob that is turned."""

    about: str
    """What it does, for help."""
    act: Callable[[Instrument, Any], str]
    """Does it, with what `read` made of the words after its name; returns what it did."""
    read: Callable[[str], Any]
    """Makes something of the words after its name. ConfigError: they mean nothing."""
    metavar: str = ""
    """How help writes the words after its name; "" for none."""


def number(words: str) -> float:
    """A finite number that a person wrote. ConfigError: it is none."""
    try:
        value = float(words)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ConfigError(f"needs a number, not {words[:40]!r}")
    return value


MOST_NUDGE = 10.0
"""Seconds by which beats are moved at once, at most: farther, and the count of beats no longer knows where it is."""

SWITCHED: Mapping[str, bool] = {"on": True, "off": False, "true": True, "false": False}
"""A word for a switch -> whether it is on."""


def switch(words: str) -> bool | None:
    """On or off; None, of no words: the other of what it is. ConfigError: neither."""
    if words and words.lower() not in SWITCHED:
        raise ConfigError(f"on or off, not {words[:40]!r}")
    return SWITCHED.get(words.lower())


def on_off(state: bool) -> str:
    """A switch in words."""
    return "on" if state else "off"


def _nothing(words: str) -> None:
    if words:
        raise ConfigError(f"stands alone, without {words[:40]!r}")


def _look(words: str) -> str:
    if not words:
        raise ConfigError("which? its name, or its number among --looks, such as preset 2")
    return words


def _first(words: str) -> bool:
    return bool(words) and number(words) == 1


def _tap(board: Instrument, _: None) -> str:
    board.score.tap()
    return "tap"


def _bar(board: Instrument, _: None) -> str:
    board.score.begin_bar()
    return "a bar begins"


def _beat(board: Instrument, first: bool) -> str:
    board.score.outside_beat(first=first)
    return "a beat of another clock"


def _listen(board: Instrument, _: None) -> str:
    board.score.listen()
    return "beats as they are heard"


def _seconds(words: str) -> float:
    """By how many seconds beats are moved. ConfigError: by none that makes sense."""
    seconds = number(words)
    if abs(seconds) > MOST_NUDGE:
        raise ConfigError(f"needs seconds from -{figure(MOST_NUDGE)} to {figure(MOST_NUDGE)}, not {words[:40]!r}")
    return seconds


def _nudge(board: Instrument, seconds: float) -> str:
    board.score.nudge(seconds)
    return f"beats {abs(seconds) * 1000:.0f} ms {'earlier' if seconds < 0 else 'later'}"


def _preset(board: Instrument, look: str) -> str:
    board.play(look)
    return str(board.state()["look"])


def _next(board: Instrument, _: None) -> str:
    board.next()
    return str(board.state()["look"])


def _reset(board: Instrument, _: None) -> str:
    board.reset()
    return "every knob as the look has it"


def _black(board: Instrument, on: bool | None) -> str:
    board.black = not board.black if on is None else on
    return f"black {on_off(board.black)}"


def _freeze(board: Instrument, on: bool | None) -> str:
    board.frozen = not board.frozen if on is None else on
    return f"freeze {on_off(board.frozen)}"


ACTIONS: Mapping[str, Action] = {
    "tap": Action("Tap the tempo: a beat is now", _tap, _nothing),
    "bar": Action("Begin a bar: the nearest beat is its first", _bar, _nothing),
    "beat": Action("A beat of another clock is now, which leads while it goes on; 1: of a bar", _beat, _first, "[1]"),
    "listen": Action("Forget what was tapped and nudged: ears lead again", _listen, _nothing),
    "nudge": Action("Move every beat by so many seconds; under 0, earlier", _nudge, _seconds, "SECONDS"),
    "preset": Action("Go over into a look: its name, or its number among --looks", _preset, _look, "LOOK"),
    "next": Action("Go over into the next look of --looks", _next, _nothing),
    "reset": Action("Every knob as the look has it", _reset, _nothing),
    "black": Action("Show black, or the dream again", _black, switch, "[on|off]"),
    "freeze": Action("Hold the source still, or let it go on", _freeze, switch, "[on|off]"),
}
"""An action's name -> what it does."""

_STEPS: Mapping[str, int] = {"up": 1, "down": -1}
LONGEST = 400
"""Characters of an order."""


def perform(order: str, board: Instrument) -> str:
    """Do what a few words say.

    Args:
        order: an action with its words, "preset kick"; a knob with its value, "drift x 0.2", or with a step,
            "strength up 0.1".
        board: what is played.

    Returns:
        What was done, for a person.

    Raises:
        ConfigError: the words mean nothing, or cannot be done.
    """
    words = _words(order)
    if words[0] in ACTIONS:
        return ACTIONS[words[0]].act(board, _read(words))
    name, value, step = _knob(words)
    if step:
        return turn(board, name, value_now(board, name) + step * _number(name, value))
    return turn(board, name, value)


UNDONE = ("black", "freeze")
"""The actions that can be taken back."""


def check_order(order: str, board: Instrument, held: bool = False) -> None:
    """Raise ConfigError if `perform` would, as far as that is known before it is done; held: or `undoing`."""
    words = _words(order)
    if words[0] in ACTIONS:
        _read(words)
        if held and words[0] not in UNDONE:
            raise ConfigError(f"{words[0]}: cannot be undone when it is let go; {', '.join(UNDONE)} and knobs can")
        if words[0] == "preset":
            board.check_look(" ".join(words[1:]))
        return
    name, value, step = _knob(words)
    bounds = board.bounds(name)
    if bounds is None and step:
        raise ConfigError(f"{name}: no knob with a number, which could go up and down")
    if bounds is None or value.lower() in SWITCHED:
        return
    if not step and not bounds[0] <= _number(name, value) <= bounds[1]:
        raise ConfigError(f"{name} must be from {figure(bounds[0])} to {figure(bounds[1])}, not {value[:40]}")


def undoing(order: str, board: Instrument) -> str:
    """The order that takes back what another one, which `check_order` has checked as held, is going to do."""
    words = _words(order)
    if words[0] in UNDONE:
        return f"{words[0]} {on_off(board.black if words[0] == 'black' else board.frozen)}"
    name, _, _ = _knob(words)
    return f"{name} {_value(board, name)}"


def _words(order: str) -> list[str]:
    words = order.split()
    if not words or len(order) > LONGEST:
        raise ConfigError(f"{order[:40]!r}: no action and no knob; known: {', '.join(ACTIONS)}; a knob and its value")
    if len(words) == 1 and words[0] not in ACTIONS:
        raise ConfigError(f"{order}: neither an action nor a knob with its value; {nearest(order, ACTIONS)}")
    return words


def _read(words: Sequence[str]) -> Any:
    try:
        return ACTIONS[words[0]].read(" ".join(words[1:]))
    except ConfigError as error:
        raise ConfigError(f"{words[0]}: {error}") from None


def _knob(words: Sequence[str]) -> tuple[str, str, int]:
    """The name, the value, and 1 or -1 if that is a step."""
    if len(words) > 2 and words[-2] in _STEPS:
        return " ".join(words[:-2]), words[-1], _STEPS[words[-2]]
    return " ".join(words[:-1]), words[-1], 0


def _number(name: str, words: str) -> float:
    try:
        return number(words)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def turn(board: Instrument, name: str, value: Value) -> str:
    """Turn a knob, and say so.

    Args:
        board: what is played.
        name: of the knob, as a person says it.
        value: for it; of a switch also "on", "off", 1 or 0.

    Raises:
        ConfigError: there is no such knob, or it cannot be this.
    """
    if isinstance(value, str):
        value = {"1": 1, "0": 0}.get(value, SWITCHED.get(value.lower(), value))  # of a switch, too
    board.set(name, value)
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    return f"{name} {shown}"


def value_now(board: Instrument, name: str) -> float:
    """What a knob of a number is at now. ConfigError: it has no number, or there is no such knob."""
    value = _value(board, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{name}: no knob with a number")
    return value


def _value(board: Instrument, name: str) -> Any:
    """What a knob is at now. ConfigError: there is no such knob."""
    known = board.state()["knobs"]
    for key, value in known.items():
        if spelled(key) == spelled(name):
            return value
    board.bounds(name)  # which says what is wrong with the name
    raise ConfigError(f"{name}: the look that is played has none")


def spelled(name: str) -> str:
    """A knob's name, however a person spells it: "step-size" and "step size" are "step_size"; a layer's stays."""
    first, space, rest = name.strip().partition(" ")
    if first in ("layer", "toward"):
        return first + space + rest.strip()
    return name.strip().lower().replace("-", "_").replace(" ", "_")
