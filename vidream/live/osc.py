"""OSC: other programs play a live dream, and ask how it goes.

    /vidream/strength 0.8            a knob; without a value it is answered with the one that it has
    /vidream/layer/block10 0.4       a part of a knob
    /vidream/preset kick             an action of `ACTIONS`
    /vidream/state                   answered with every knob

docs/live.md has the whole table.
"""

import logging
import math
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeAlias

from vidream.errors import ConfigError, VidreamError, first_line
from vidream.live.actions import ACTIONS, perform, spelled, turn
from vidream.live.instrument import Instrument
from vidream.live.osc_packets import MOST_BYTES, Message, messages_of, packets_of

ROOT = "vidream"
"""The first word of every address; messages to others are not ours."""
HOST = "127.0.0.1"
"""What is listened on where only a port is said: this machine alone."""
BREATH = 0.004
"""Seconds between two looks at the socket: of what came in between, only a knob's last value counts."""
MOST_AT_ONCE = 2000
"""Packets, and messages, that are taken at one look."""
MOST_ANSWERS = 50
"""A second; what is asked beyond is left unanswered, so that no answer becomes a flood."""
SHOWN = 5.0
"""Seconds for which the status line has a message that was refused."""
WAIT = 0.2
"""Seconds until a socket that hears nothing looks whether it is to be closed."""

_LOG = logging.getLogger("vidream")

Sender: TypeAlias = tuple[Any, ...]
"""An address of a socket: host, port, and of IPv6 more."""


@dataclass(frozen=True)
class Request:
    """A message, and who sent it."""

    message: Message
    """To an address of ours."""
    sender: Sender
    """Whom an answer goes to."""

    @property
    def words(self) -> list[str]:
        """The address without its root: "/vidream/drift/x" -> ["drift", "x"]."""
        return self.message.address.split("/")[2:]


def open_osc(where: str, board: Instrument, status: Callable[[], Iterable[str]]) -> "Osc":
    """Listen.

    Args:
        where: "[HOST:]PORT"; without a host from this machine alone.
        board: what is played.
        status: lines that say how it goes.

    Raises:
        ConfigError: python-osc is not here, the port is taken or cannot be had, the host is not this machine's.
    """
    if find_spec("pythonosc") is None:
        raise ConfigError("--osc: needs python-osc; pip install 'vidream[live]'")
    host, port = host_and_port(where)
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind)
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"--osc: {where}: no such host ({first_line(error)})") from None
    try:
        listener.settimeout(WAIT)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"--osc: cannot listen on {host} port {port} ({error.strerror}); is it another program's? choose another"
        ) from None
    return Osc(listener, board, status)


def host_and_port(where: str) -> tuple[str, int]:
    """The two parts of "[HOST:]PORT"; an IPv6 host may stand in brackets. ConfigError: they are none."""
    host, _, port = where.rpartition(":")
    if not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        raise ConfigError(f"--osc: must be PORT or HOST:PORT, such as 9000 or 0.0.0.0:9000, not {where[:100]!r}")
    return host.strip("[]") or HOST, int(port)


class Osc:
    """Listens in a thread of its own until it is closed."""

    def __init__(self, listener: socket.socket, board: Instrument, status: Callable[[], Iterable[str]]) -> None:
        """Begin to listen.

        Args:
            listener: a bound socket for datagrams, with a timeout.
            board: what is played.
            status: lines that say how it goes.
        """
        self._socket, self._board, self._status = listener, board, status
        self._closing = threading.Event()
        self._refused, self._refused_at = "", -math.inf
        self._answers, self._answers_since = 0, -math.inf
        self._thread = threading.Thread(target=self._listen, name="vidream-osc", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str:
        """Why a message of the last seconds was refused; "" if none was."""
        if time.monotonic() - self._refused_at > SHOWN:
            return ""
        return self._refused

    def close(self) -> None:
        """Listen no more."""
        self._closing.set()
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._closing.is_set():
            heard = self._take()
            self._play(heard)
            self._closing.wait(BREATH)

    def _take(self) -> list[Request]:
        """What has come in: waits for one packet, takes those that are there, too."""
        heard: list[Request] = []
        for count in range(MOST_AT_ONCE):
            try:
                self._socket.settimeout(0.0 if count else WAIT)
                packet, sender = self._socket.recvfrom(MOST_BYTES + 1)
            except OSError:  # none is there; or, on Windows, whoever was answered has gone
                break
            try:
                messages = messages_of(packet)
            except ValueError as error:
                self._refuse(f"a packet from {sender[0]}: {error}")
                continue
            heard += [Request(message, sender) for message in messages if message.address.startswith(f"/{ROOT}/")]
            if len(heard) > MOST_AT_ONCE:
                break
        return heard

    def _play(self, heard: Sequence[Request]) -> None:
        """Do what was said, in order; of a knob that is turned several times in a row, only the last."""
        knobs: dict[str, Request] = {}
        for each in heard:
            if is_turn(each):
                knobs.pop(each.message.address, None)
                knobs[each.message.address] = each
                continue
            self._obey_all(knobs.values())
            knobs = {}
            self._obey_all([each])
        self._obey_all(knobs.values())

    def _obey_all(self, heard: Iterable[Request]) -> None:
        for each in heard:
            try:
                answers = self._obey(each)
            except VidreamError as error:
                answers = self._refusal(each, first_line(error))
            except Exception as error:  # a bug at one message is none of the others', nor the show's  # noqa: BLE001
                _LOG.exception("OSC: %s", each.message)
                answers = self._refusal(each, f"{type(error).__name__}: {first_line(error)}")
            if answers:
                self._answer(answers, each.sender)

    def _refusal(self, request: Request, why: str) -> list[Message]:
        """What is answered to a message that cannot be done; the status line has it, too."""
        self._refuse(f"{request.message.address}: {why}")
        return [Message(f"/{ROOT}/error", (request.message.address, why))]

    def _obey(self, request: Request) -> list[Message]:
        """Do what a message says, and what is answered to it."""
        words, values = request.words, request.message.values
        if words == ["error"]:  # of another one, which our answer went to
            return []
        if words == ["state"]:
            return [message for name, value in self._state().items() for message in _told(name, value)]
        if words == ["status"]:
            return [Message(f"/{ROOT}/status", tuple(self._status()))]
        if words == ["set"]:
            if len(values) != 2 or not isinstance(values[0], str):
                raise ConfigError("needs a knob's name and a value, such as strength 0.8")
            turn(self._board, values[0], knob_value(values[1]))
        elif words[0] in ACTIONS:
            self._act(words, values)
        elif not values:
            return self._asked(" ".join(words))
        else:
            self._turn(" ".join(words), values)
        return []

    def _act(self, words: Sequence[str], values: Sequence[Any]) -> None:
        """An action. A button of a controller sends 1 when it is pressed, 0 when it is let go."""
        takes_words = ACTIONS[words[0]].metavar and len(words) == 1
        if takes_words:
            words = [*words, *(_word(words[0], value) for value in values)]
        elif values and not values[0]:
            return
        perform(" ".join(words), self._board)

    def _turn(self, name: str, values: Sequence[Any]) -> None:
        if len(values) > 2:
            raise ConfigError(f"{name}: has {len(values)} values; a knob has one, or two for across and down")
        if len(values) == 1:
            turn(self._board, name, knob_value(values[0]))
            return
        for axis, value in zip("xy", values, strict=True):
            turn(self._board, f"{name} {axis}", knob_value(value))

    def _state(self) -> dict[str, Any]:
        """What can be told, by the words that bring it back."""
        state = self._board.state()
        others = {"black": state["black"], "freeze": state["frozen"], "preset": state["look"]}
        return {**state["knobs"], **others}

    def _asked(self, name: str) -> list[Message]:
        for known, value in self._state().items():
            if spelled(known) == spelled(name):
                return _told(known, value)
        self._board.bounds(name)  # which says what is wrong with the name
        raise ConfigError(f"{name}: the look that is played has none; /{ROOT}/state is answered with every knob")

    def _answer(self, messages: Sequence[Message], receiver: Sender) -> None:
        now = time.monotonic()
        if now - self._answers_since > 1:
            self._answers, self._answers_since = 0, now
        self._answers += 1
        if self._answers > MOST_ANSWERS:
            return
        for packet in packets_of(messages):
            try:
                self._socket.sendto(packet, receiver)
            except OSError:  # they have gone; nobody else minds
                return

    def _refuse(self, why: str) -> None:
        self._refused, self._refused_at = f"OSC: {why}", time.monotonic()


def is_turn(request: Request) -> bool:
    """Whether a message turns a knob, and does nothing else."""
    word = request.words[0]
    return bool(request.message.values) and word not in ACTIONS and word not in ("set", "state", "status", "error")


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
