"""The MIDI devices of this machine, through rtmidi2: opened by name, and found again when they were gone."""

import math
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from vidream.errors import ConfigError, first_line
from vidream.text import install

EVERY = 1.0
"""Seconds between two looks whether a device has gone or come."""
NAP = 0.002
"""Seconds between two looks whether a message has come."""
MOST_AT_ONCE = 1000
"""Messages that are taken from a device at one look."""
MOST_KEPT = 500
"""Messages that are kept until somebody asks for them."""
FIRST_OF_CLOCK = 0xF8
"""The least status of the messages that a clock sends: MIDI 1.0, system real time messages."""
SEQUENCER = Path("/dev/snd/seq")
"""Through which ALSA has MIDI. It is looked at first: without it ALSA writes lines of its own on the terminal."""
SHOWN = 5.0
"""Seconds for which the status line has what could not be done."""

Take: TypeAlias = Callable[[Sequence[int]], None]
"""Is called with the bytes of a message."""


class Port(Protocol):
    """A device that is heard."""

    def read(self) -> Sequence[int] | None:
        """The bytes of the next message; None: there is none yet."""

    def close(self) -> None:
        """Hear it no more."""


class Ports(Protocol):
    """The inputs of this machine."""

    def names(self) -> Sequence[str]:
        """Of those that are there now."""

    def open(self, name: str) -> Port:
        """Hear one. OSError: it cannot be opened."""


class RtMidiPort:
    """One of rtmidi2's. It is asked for messages: its callbacks want the GIL while its closing holds it."""

    def __init__(self, port: Any) -> None:
        """port: an open rtmidi2.MidiIn."""
        self._port = port

    def read(self) -> Sequence[int] | None:
        message: Sequence[int] | None = self._port.get_message()
        return message

    def close(self) -> None:
        self._port.close_port()


class RtMidiPorts:
    """Those that rtmidi2 knows."""

    def __init__(self, api: int | None = None) -> None:
        """Ask for this machine's MIDI.

        Args:
            api: one of rtmidi2's numbers; None: the system's own.

        Raises:
            ConfigError: rtmidi2 is not here, or this machine has no MIDI.
        """
        if find_spec("rtmidi2") is None:
            raise ConfigError(f"--midi: needs rtmidi2; {install('live')}")
        import rtmidi2

        if api is None and sys.platform == "linux" and not os.access(SEQUENCER, os.R_OK | os.W_OK):
            raise ConfigError(f"--midi: this machine has no MIDI ({SEQUENCER} is not there, or may not be opened)")
        self._rtmidi: Any = rtmidi2
        self._api = rtmidi2.API_UNSPECIFIED if api is None else api
        try:
            self._lister = self._input()
        except RuntimeError as error:
            raise ConfigError(f"--midi: this machine has no MIDI ({first_line(error)})") from None

    def _input(self) -> Any:
        return self._rtmidi.MidiIn("vidream", 1024, self._api)

    def names(self) -> Sequence[str]:
        """The names of the inputs, without ALSA's, which leads programs to each other."""
        try:
            return [name for name in self._lister.ports if name and not name.startswith("Midi Through")]
        except (RuntimeError, ValueError):  # one went while it was asked for its name
            return []

    def open(self, name: str) -> Port:
        """Hear one, its clock, too."""
        try:
            port = self._input()
            port.ignore_types(midi_sysex=True, midi_time=False, midi_sense=True)
            port.open_port(port.ports.index(name))
        except (RuntimeError, ValueError) as error:
            raise OSError(first_line(error)) from None
        return RtMidiPort(port)


class MidiDevices:
    """Hears every device of a name in a thread of its own, which looks each second whether one has gone or come."""

    def __init__(self, ports: Ports, device: str) -> None:
        """Open those that are there.

        Args:
            ports: of this machine.
            device: a part of their names, whatever its case; "": all.

        Raises:
            ConfigError: there is none.
        """
        self._ports, self._device = ports, device
        self._open: dict[str, Port] = {}
        self._closing, self._lock = threading.Event(), threading.Lock()
        self._gone: tuple[str, ...] = ()
        self._refused, self._refused_at = "", -math.inf
        self._kept: deque[Sequence[int]] = deque(maxlen=MOST_KEPT)
        self._take: Take = self._keep
        self._look()
        if not self._open:
            known = ", ".join(ports.names())
            if not known:
                raise ConfigError("--midi: no MIDI device is plugged in")
            raise ConfigError(self._refused or f"--midi: no device called {device!r}; there are: {known}")
        self._thread = threading.Thread(target=self._hear, name="vidream-midi", daemon=True)
        self._thread.start()

    def play(self, take: Take) -> None:
        """Call this with each message from now on, in a thread of its own, instead of keeping the last ones."""
        with self._lock:
            self._take = take

    def kept(self) -> list[Sequence[int]]:
        """The last messages that came since this was asked before, without those of a clock."""
        with self._lock:
            self._take_all()
            kept = [*self._kept]
            self._kept.clear()
            return kept

    @property
    def trouble(self) -> str:
        """Which device has gone, or what could not be done in the last seconds; "" for nothing."""
        gone = [f"MIDI: {name} has gone; looking for it" for name in self._gone]
        refused = [self._refused] if time.monotonic() - self._refused_at < SHOWN else []
        return "; ".join(gone + refused)

    def refuse(self, why: str) -> None:
        """Show for some seconds what could not be done."""
        self._refused, self._refused_at = f"MIDI: {why}", time.monotonic()

    def close(self) -> None:
        """Hear no more."""
        self._closing.set()
        self._thread.join()
        for port in self._open.values():
            port.close()
        self._open = {}

    def _keep(self, message: Sequence[int]) -> None:
        if message and message[0] < FIRST_OF_CLOCK:
            self._kept.append(message)

    def _hear(self) -> None:
        looked = time.monotonic()
        while not self._closing.is_set():
            time.sleep(NAP)  # Event.wait takes half as much again of the processor
            try:
                with self._lock:
                    if time.monotonic() - looked >= EVERY:
                        looked = time.monotonic()
                        self._look()
                    self._take_all()
            except Exception as error:  # what a driver raises as a device goes  # noqa: BLE001
                self.refuse(first_line(error))

    def _take_all(self) -> None:
        """Take the messages that have come."""
        for port in self._open.values():
            for _ in range(MOST_AT_ONCE):
                message = port.read()
                if message is None:
                    break
                self._take(message)

    def _look(self) -> None:
        """Close what has gone, open what has come."""
        names = [name for name in self._ports.names() if self._device.lower() in name.lower()]
        for name in [*self._open]:
            if name not in names:
                self._open.pop(name).close()
                self._gone = (*self._gone, name)
        for name in names:
            if name in self._open:
                continue
            try:
                self._open[name] = self._ports.open(name)
            except OSError as error:
                self.refuse(f"{name} cannot be opened: {first_line(error)}")
            else:
                self._gone = tuple(gone for gone in self._gone if plain(gone) != plain(name))


def plain(name: str) -> str:
    """A port's name without the numbers that the system gave it this time: "nanoKONTROL2 20:0" -> "nanoKONTROL"."""
    return name.rstrip("0123456789: ")
