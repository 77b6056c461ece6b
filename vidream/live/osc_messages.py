"""What OSC messages say: each is done to the board, and some are answered.

    /vidream/strength 0.8            a knob; without a value it is answered with the one that it has
    /vidream/layer/block10 0.4       a part of a knob
    /vidream/preset kick             an action of `ACTIONS`
    /vidream/state                   answered with every knob

docs/live.md has the whole table.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vidream.errors import ConfigError
from vidream.live.actions import ACTIONS, perform, spelled, turn
from vidream.live.instrument import Instrument
from vidream.live.osc_packets import Message

ROOT = "vidream"
"""The first word of every address."""

_OTHERS = ("set", "state", "status", "error")
"""First words that are neither knobs nor actions."""


def words_of(message: Message) -> list[str]:
    """An address without its root: "/vidream/drift/x" -> ["drift", "x"]."""
    return message.address.split("/")[2:]


def is_turn(message: Message) -> bool:
    """Whether a message turns a knob, and does nothing else."""
    word = words_of(message)[0]
    return bool(message.values) and word not in ACTIONS and word not in _OTHERS


def is_question(message: Message) -> bool:
    """Whether a message does nothing but ask."""
    word = words_of(message)[0]
    return word in ("state", "status") or (not message.values and word not in ACTIONS and word not in _OTHERS)


def obey(message: Message, board: Instrument, status: Callable[[], Iterable[str]]) -> list[Message]:
    """Do what a message says.

    Args:
        message: to an address under ROOT.
        board: what is played.
        status: lines that say how it goes.

    Returns:
        What is answered.

    Raises:
        ConfigError: it means nothing, or cannot be done.
    """
    words, values = words_of(message), message.values
    if words == ["error"]:  # of another one, which our answer went to
        return []
    if words == ["state"]:
        return [message for name, value in _state(board).items() for message in _told(name, value)]
    if words == ["status"]:
        return [Message(f"/{ROOT}/status", tuple(status()))]
    if words == ["set"]:
        if len(values) != 2 or not isinstance(values[0], str):
            raise ConfigError("needs a knob's name and a value, such as strength 0.8")
        turn(board, values[0], knob_value(values[1]))
    elif words[0] in ACTIONS:
        _act(board, words, values)
    elif not values:
        return _asked(board, " ".join(words))
    else:
        _turn(board, " ".join(words), values)
    return []


def _act(board: Instrument, words: Sequence[str], values: Sequence[Any]) -> None:
    """An action. A button of a controller sends 1 when it is pressed, 0 when it is let go."""
    takes_words = ACTIONS[words[0]].metavar and len(words) == 1
    if takes_words:
        words = [*words, *(_word(words[0], value) for value in values)]
    elif values and not values[0]:
        return
    perform(" ".join(words), board)


def _turn(board: Instrument, name: str, values: Sequence[Any]) -> None:
    if len(values) > 2:
        raise ConfigError(f"{name}: has {len(values)} values; a knob has one, or two for across and down")
    if len(values) == 1:
        turn(board, name, knob_value(values[0]))
        return
    for axis, value in zip("xy", values, strict=True):
        turn(board, f"{name} {axis}", knob_value(value))


def _state(board: Instrument) -> dict[str, Any]:
    """What can be told, by the words that bring it back in this order: a look lets go of what was turned before it."""
    state = board.state()
    return {"preset": state["look"], **state["knobs"], "black": state["black"], "freeze": state["frozen"]}


def _asked(board: Instrument, name: str) -> list[Message]:
    for known, value in _state(board).items():
        if spelled(known) == spelled(name):
            return _told(known, value)
    board.bounds(name)  # which says what is wrong with the name
    raise ConfigError(f"{name}: the look that is played has none; /{ROOT}/state is answered with every knob")


def knob_value(value: Any) -> float | int | bool | str:
    """A value for a knob. ConfigError: it is of a type that no knob has."""
    if isinstance(value, bool | int | float | str):
        return value
    raise ConfigError(f"a knob has a number or a text, not {'bytes' if isinstance(value, bytes) else 'nothing'}")


def _word(action: str, value: Any) -> str:
    """A value of an action as a word: 3.0 -> "3"; of a switch, 1 -> "on"."""
    value = knob_value(value)
    if ACTIONS[action].metavar == "[on|off]" and not isinstance(value, str):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.9g}"
    return str(value)


def _told(name: str, value: Any) -> list[Message]:
    """A knob as it is answered: as the message that turns it; a switch as 1 or 0; nothing of what OSC cannot say."""
    if isinstance(value, bool):
        value = int(value)
    if not isinstance(value, int | float | str):
        return []
    first, _, rest = name.partition(" ")
    address = "/".join(filter(None, (f"/{ROOT}", first.replace("_", "-"), rest)))
    if re.search(r"[ #*,/?{}\[\]]", rest):
        return [Message(f"/{ROOT}/set", (name, value))]
    return [Message(address, (value,))]
