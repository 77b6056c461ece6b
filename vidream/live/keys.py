"""The keys that play a live dream, in its window and in a terminal."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vidream.errors import VidreamError, first_line
from vidream.live.actions import perform
from vidream.live.instrument import Instrument

_LOG = logging.getLogger("vidream")


@dataclass(frozen=True)
class Key:
    """What a key does."""

    order: str
    """For `perform`; of WINDOW_KEYS, a word that the window knows."""
    about: str
    """One line of help."""


KEYS: Mapping[str, Key] = {
    **{str(number): Key(f"preset {number}", f"look {number} of --looks") for number in range(1, 10)},
    "n": Key("next", "the next look"),
    "up": Key("strength up 0.1", "a stronger dream"),
    "down": Key("strength down 0.1", "a weaker dream"),
    "space": Key("tap", "tap the tempo, on the beat"),
    "enter": Key("bar", "begin a bar: the nearest beat is its first"),
    "l": Key("listen", "beats as they are heard, whatever was tapped"),
    "left": Key("nudge -0.01", "beats 10 ms earlier"),
    "right": Key("nudge 0.01", "beats 10 ms later"),
    "b": Key("black", "black, and back"),
    "z": Key("freeze", "freeze the source, and let it go"),
    "r": Key("reset", "every knob as the look has it"),
}
"""A key's name -> what it does to the board. A letter is its own name."""

WINDOW_KEYS: Mapping[str, Key] = {
    "f": Key("full screen", "over all of the screen, and back"),
    "d": Key("display", "to the next display"),
    "h": Key("overlay", "what it does, and these keys"),
    "q": Key("quit", "end"),
    "escape": Key("quit", "end"),
}
"""A key's name -> what it does to what shows the dream; a terminal knows "quit" alone."""

_TYPED: Mapping[int, str] = {10: "enter", 13: "enter", 27: "escape", 32: "space"}
_ARROWS = ("left", "up", "right", "down")
_CODES: Mapping[int, str] = {
    **{0xFF51 + place: name for place, name in enumerate(_ARROWS)},  # X11, by Qt and GTK
    **{0x250000 + (place << 16): name for place, name in enumerate(_ARROWS)},  # Windows
    **{0xF700: "up", 0xF701: "down", 0xF702: "left", 0xF703: "right"},  # macOS
}


def key_name(code: int) -> str:
    """The name of a key that OpenCV's waitKeyEx has seen.

    Args:
        code: what it returned; -1 for no key.

    Returns:
        A lower-case letter, a sign, "left", "space" and so on; "" for no key, or one without a name.
    """
    if code in _CODES:
        return _CODES[code]
    code &= 0xFFFF  # above are what else was held: shift, num lock
    if code in _CODES:
        return _CODES[code]
    if code in _TYPED:
        return _TYPED[code]
    if not 33 <= code <= 126:
        return ""
    return chr(code).lower()


def press(key: str, board: Instrument) -> str | None:
    """Do what a key does to the board.

    Args:
        key: its name.
        board: what is played.

    Returns:
        What was done, or why it was not, for a person; None where the key does nothing to the board.
    """
    if key not in KEYS:
        return None
    try:
        return perform(KEYS[key].order, board)
    except VidreamError as error:
        return str(error)
    except Exception as error:  # a bug at one key is not the end of the show  # noqa: BLE001
        _LOG.exception("key %s", key)
        return f"{type(error).__name__}: {first_line(error)}"


def help_lines(looks: Sequence[str] = ()) -> tuple[str, ...]:
    """Every key with what it does, a line each, but three looks in one.

    Args:
        looks: the names of those that the keys from 1 on play.
    """
    names = [f"{number} {name}" for number, name in enumerate(looks[:9], 1)]
    rows = [", ".join(names[first : first + 3]) for first in range(0, len(names), 3)]
    played = [f"{'looks' if row is rows[0] else '':<10}{row}" for row in rows] or ["1 to 9    a look of --looks"]
    others = {**{name: key for name, key in KEYS.items() if not name.isdigit()}, **WINDOW_KEYS}
    return (*played, *(f"{name:<10}{key.about}" for name, key in others.items()))
