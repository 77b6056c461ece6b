"""OSC: other programs play a live dream, and ask how it goes.

vidream.live.osc_messages has what they may say.
"""

import logging
import math
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeAlias

from vidream.errors import ConfigError, VidreamError, first_line
from vidream.live.instrument import Instrument
from vidream.live.osc_messages import ROOT, is_question, is_turn, obey
from vidream.live.osc_packets import MOST_BYTES, Message, messages_of, packets_of
from vidream.text import install

HOST = "127.0.0.1"
"""What is listened on where only a port is said: this machine alone."""
BREATH = 0.004
"""Seconds between two looks at the socket."""
TURN_EVERY = 0.02
"""Seconds between two turns of the knobs: of what comes in between, only a knob's last value counts."""
MOST_AT_ONCE = 2000
"""Packets, and messages, that are taken at one look."""
MOST_ANSWERS = 50
"""A second; what is asked beyond is left unanswered, so that no answer becomes a flood."""
MOST_STRANGERS = 1000
"""Addresses that are none of ours, from somebody, of which each is answered once."""
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
    """Where it came from."""

    @property
    def receiver(self) -> Sender:
        """Whom an answer goes to: where the question came from; another port there, if that is its value."""
        port = next(iter(self.message.values), None)
        if is_question(self.message) and type(port) is int and 0 < port < 65536:  # a switch is an int, too
            return self.sender[0], port, *self.sender[2:]
        return self.sender


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
        raise ConfigError(f"--osc: needs python-osc; {install('live')}")
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
        self._turns: dict[str, Request] = {}
        self._turned_at = -math.inf
        self._refused, self._refused_at = "", -math.inf
        self._answers, self._answers_since = 0, -math.inf
        self._strangers: set[tuple[Sender, str]] = set()
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
            try:
                self._play(self._take(TURN_EVERY if self._turns else WAIT))
            except Exception as error:  # an answer that OSC cannot have: the next message is heard  # noqa: BLE001
                _LOG.debug("OSC", exc_info=True)
                self._refuse(f"{type(error).__name__}: {first_line(error)}")
            self._closing.wait(BREATH)

    def _take(self, wait: float) -> list[Request]:
        """What has come in: waits so many seconds for one packet, takes those that are there, too."""
        heard: list[Request] = []
        for count in range(MOST_AT_ONCE):
            try:
                self._socket.settimeout(0.0 if count else wait)
                packet, sender = self._socket.recvfrom(MOST_BYTES + 1)
            except OSError:  # none is there; or, on Windows, whoever was answered has gone
                break
            try:
                messages = messages_of(packet)
            except ValueError as error:
                self._refuse(f"a packet from {sender[0]}: {error}")
                continue
            for message in messages:
                if message.address.startswith(f"/{ROOT}/"):
                    heard.append(Request(message, sender))
                else:
                    self._answer_stranger(message, sender)
            if len(heard) > MOST_AT_ONCE:
                break
        return heard

    def _play(self, heard: Sequence[Request]) -> None:
        """Do what was said, in order; of a knob that is turned several times in a row, only the last."""
        for each in heard:
            if is_turn(each.message):
                self._turns.pop(each.message.address, None)
                self._turns[each.message.address] = each
            else:
                self._turn_all()
                self._obey_all([each])
        if time.monotonic() - self._turned_at >= TURN_EVERY:
            self._turn_all()

    def _turn_all(self) -> None:
        """Turn the knobs that wait for it."""
        if self._turns:
            self._turned_at = time.monotonic()
            turns, self._turns = self._turns, {}
            self._obey_all(turns.values())

    def _obey_all(self, heard: Iterable[Request]) -> None:
        for each in heard:
            asked = is_question(each.message)
            if asked and not self._may_answer():
                continue
            try:
                answers = obey(each.message, self._board, self._status)
            except VidreamError as error:
                answers = self._refusal(each.message, first_line(error))
            except Exception as error:  # a bug at one message is none of the others', nor the show's  # noqa: BLE001
                _LOG.exception("OSC: %s", each.message)
                answers = self._refusal(each.message, f"{type(error).__name__}: {first_line(error)}")
            if answers and (asked or self._may_answer()):
                self._answer(answers, each.receiver)

    def _answer_stranger(self, message: Message, sender: Sender) -> None:
        """Say once to whoever sends it that an address is none of ours: a device may send it all the time."""
        key = sender, message.address
        if key not in self._strangers and len(self._strangers) < MOST_STRANGERS and self._may_answer():
            self._strangers.add(key)
            self._answer(self._refusal(message, f"no such address; each begins with /{ROOT}/"), sender)

    def _refusal(self, message: Message, why: str) -> list[Message]:
        """What is answered to a message that cannot be done; the status line has it, too."""
        self._refuse(f"{message.address}: {why}")
        return [Message(f"/{ROOT}/error", (message.address, why))]

    def _may_answer(self) -> bool:
        """Whether another answer may go out within this second; it counts as gone."""
        now = time.monotonic()
        if now - self._answers_since > 1:
            self._answers, self._answers_since = 0, now
        self._answers += 1
        return self._answers <= MOST_ANSWERS

    def _answer(self, messages: Sequence[Message], receiver: Sender) -> None:
        for packet in packets_of(messages):
            try:
                self._socket.sendto(packet, receiver)
            except OSError:  # they have gone; nobody else minds
                return

    def _refuse(self, why: str) -> None:
        self._refused, self._refused_at = f"OSC: {why}", time.monotonic()
