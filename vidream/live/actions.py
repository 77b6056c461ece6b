"""What hands can do to a live dream, in words: keys, MIDI notes and OSC messages all say it so.

tap                  preset kick          strength 0.8          layer block10 0.4
nudge -0.01          preset 3             strength up 0.1       keep-colour on
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from vidream.errors import ConfigError, nearest

Value: TypeAlias = float | int | bool | str
"""Of a knob, as hands give it."""


class Tempo(Protocol):
    """What of a score hands move. `vidream.live.score.LiveScore` is one."""

    def tap(self) -> None:
        """A person taps: a beat is now."""

    def nudge(self, seconds: float) -> None:
        """Every beat is later by so much; under 0, earlier."""

    def outside_beat(self, second: float | None = None, first: bool = False) -> None:
        """A beat of an outside clock is now; first: it begins a bar."""

    def begin_bar(self) -> None:
        """The nearest beat begins a bar."""

    def listen(self) -> None:
        """What was tapped and nudged is forgotten: ears lead again."""


class Instrument(Protocol):
    """What hands play. `vidream.live.board.Board` is one; any thread may call it."""

    black: bool
    """Whether nothing is shown but black."""
    frozen: bool
    """Whether the source is held still."""

    @property
    def score(self) -> Tempo:
        """Beats."""

    def set(self, name: str, value: Any) -> None:
        """Turn a knob: "strength", "layer block10", "drift x". ConfigError: there is none, or it cannot be this."""

    def reset(self) -> None:
        """Every knob as the look says."""

    def play(self, look: str) -> None:
        """Go over into a look: its name, path, or number of --looks. ConfigError: it cannot be played."""

    def next(self) -> None:
        """Go over into the next look of --looks."""

    def state(self) -> dict[str, Any]:
        """Every knob by name, with its value; black, frozen, the look."""


@dataclass(frozen=True)
class Action:
    """Something that is done, rather than a knob that is turned."""

    about: str
    """What it does, for help."""
    act: Callable[[Instrument, str], str]
    """Does it, with the words after its name; returns what it did. ConfigError: they mean nothing."""
    metavar: str = ""
    """How help writes the words after its name; "" for none."""


def _tap(board: Instrument, _words: str) -> str:
    board.score.tap()
    return "tap"


def _bar(board: Instrument, _words: str) -> str:
    board.score.begin_bar()
    return "a bar begins"


def _beat(board: Instrument, words: str) -> str:
    place = number("beat", words or "0")
    board.score.outside_beat(first=place == 1)
    return "a beat of another clock"


def _listen(board: Instrument, _words: str) -> str:
    board.score.listen()
    return "beats as they are heard"


def _nudge(board: Instrument, words: str) -> str:
    seconds = number("nudge", words)
    board.score.nudge(seconds)
    return f"beats {abs(seconds) * 1000:.0f} ms {'earlier' if seconds < 0 else 'later'}"


def _preset(board: Instrument, words: str) -> str:
    if not words:
        raise ConfigError("preset: which? its name, or its number among --looks, such as preset 2")
    board.play(words)
    return f"preset {words}"


def _next(board: Instrument, _words: str) -> str:
    board.next()
    return "next look"


def _reset(board: Instrument, _words: str) -> str:
    board.reset()
    return "every knob as the look has it"


def _black(board: Instrument, words: str) -> str:
    board.black = switched("black", board.black, words)
    return f"black {on_off(board.black)}"


def _freeze(board: Instrument, words: str) -> str:
    board.frozen = switched("freeze", board.frozen, words)
    return f"freeze {on_off(board.frozen)}"


ACTIONS: Mapping[str, Action] = {
    "tap": Action("Tap the tempo: a beat is now", _tap),
    "bar": Action("Begin a bar: the nearest beat is its first", _bar),
    "beat": Action("A beat of another clock is now, which leads while it goes on; 1: it begins a bar", _beat, "[1]"),
    "listen": Action("Forget what was tapped and nudged: ears lead again", _listen),
    "nudge": Action("Move every beat by so many seconds; under 0, earlier", _nudge, "SECONDS"),
    "preset": Action("Go over into a look: its name, or its number among --looks", _preset, "LOOK"),
    "next": Action("Go over into the next look of --looks", _next),
    "reset": Action("Every knob as the look has it", _reset),
    "black": Action("Show black, or the dream again", _black, "[on|off]"),
    "freeze": Action("Hold the source still, or let it go on", _freeze, "[on|off]"),
}
"""An action's name -> what it does."""

_STEPS: Mapping[str, int] = {"up": 1, "down": -1}
_SWITCHED: Mapping[str, bool] = {"on": True, "off": False, "true": True, "false": False}
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
    words = order.split()
    if not words or len(order) > LONGEST:
        raise ConfigError(
            f"{order[:40]!r}: no action and no knob; known: {', '.join(ACTIONS)}, or a knob and its value"
        )
    action = ACTIONS.get(words[0])
    if action is not None:
        return action.act(board, " ".join(words[1:]))
    if len(words) == 1:
        raise ConfigError(f"{order}: neither an action nor a knob with its value; {nearest(order, ACTIONS)}")
    if words[-2] in _STEPS and len(words) > 2:
        name = " ".join(words[:-2])
        return turn(board, name, value_now(board, name) + _STEPS[words[-2]] * number(name, words[-1]))
    return turn(board, " ".join(words[:-1]), words[-1])


def turn(board: Instrument, name: str, value: Value) -> str:
    """Turn a knob, and say so.

    Args:
        board: what is played.
        name: of the knob, as a person says it.
        value: for it; of a switch on, off, or a number, of which 0.5 and more is on.

    Raises:
        ConfigError: there is no such knob, or it cannot be this.
    """
    if isinstance(value, str):
        value = _SWITCHED.get(value.lower(), value)
    board.set(name, value)
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    return f"{name} {shown}"


def value_now(board: Instrument, name: str) -> float:
    """What a knob of a number is at now. ConfigError: it has no number, or there is no such knob."""
    state = board.state()
    known = {key.replace("_", "-"): value for key, value in state.items()}
    value = known.get(name.replace("_", "-"))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{name}: no knob with a number; {nearest(name, state)}")
    return value


def number(name: str, words: str) -> float:
    """A finite number that a person wrote. ConfigError: it is none; name: what it is for."""
    try:
        value = float(words)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ConfigError(f"{name}: needs a number, not {words[:40]!r}")
    return value


def switched(name: str, state: bool, words: str) -> bool:
    """What a switch is after "on", "off", or nothing, which flips it. ConfigError: after anything else."""
    if not words:
        return not state
    if words.lower() not in _SWITCHED:
        raise ConfigError(f"{name}: on or off, not {words[:40]!r}")
    return _SWITCHED[words.lower()]


def on_off(state: bool) -> str:
    """A switch in words."""
    return "on" if state else "off"
