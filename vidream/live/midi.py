"""What comes from a MIDI device, played: a mapping says which controller moves which knob."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from vidream.errors import VidreamError, first_line
from vidream.live.actions import perform, spelled, turn, undoing
from vidream.live.instrument import Instrument
from vidream.live.midi_map import Button, Fader, MidiMap, Source

T = TypeVar("T")
_LOG = logging.getLogger("vidream")

PULSES = 24
"""Of a MIDI clock in a beat: MIDI 1.0, system real time messages."""
SIXTEENTH = 6
"""Pulses of the clock in a unit of a song position."""
NEAR = 2 / 127
"""How near, as a share of its way, a fader that picks up must come to the knob's value."""
PRESSED = 64
"""The least value of a controller that presses a button."""

_NOTE_OFF, _NOTE_ON, _CONTROLLER, _PROGRAM, _PRESSURE, _BEND = 0x80, 0x90, 0xB0, 0xC0, 0xD0, 0xE0
_POSITION, _CLOCK, _START, _CONTINUE, _STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
LENGTHS = {_NOTE_OFF: 3, _NOTE_ON: 3, _CONTROLLER: 3, _PROGRAM: 2, _PRESSURE: 2, _BEND: 3}
"""A kind of channel message -> its bytes."""
NAMES = {
    **{_NOTE_OFF: "note", _NOTE_ON: "note", _CONTROLLER: "controller"},
    **{_PROGRAM: "program", _PRESSURE: "pressure", _BEND: "bend"},
}
"""A kind of channel message -> the first part of a Source."""


@dataclass(frozen=True)
class Signal:
    """What a channel message says."""

    source: Source
    """What sent it."""
    channel: int
    """1..16."""
    value: int
    """0..127; of "bend" 0..16383; of a note how hard it was struck, 0 when it is let go; of a program 127."""


def signal_of(message: Sequence[int]) -> Signal | None:
    """What a message says; None of one that no mapping can have: exclusive, active sensing, cut short.

    Args:
        message: the bytes of one MIDI message, the status first.
    """
    if not message or not 0x80 <= message[0] < 0xF0:
        return None
    kind, channel, data = message[0] & 0xF0, (message[0] & 0x0F) + 1, message[1:]
    if len(message) != LENGTHS.get(kind) or not all(0 <= byte < 128 for byte in data):
        return None
    number, value = data[0], data[-1]
    if kind == _BEND:
        number, value = 0, data[0] | data[1] << 7
    elif kind == _PRESSURE:
        number = 0
    elif kind == _PROGRAM:
        value = 127
    elif kind == _NOTE_OFF:
        value = 0
    return Signal((NAMES[kind], number), channel, value)


def turned(value: int, relative: str) -> int:
    """By how many steps an endless controller was turned; to the left under 0. relative: one of RELATIVE."""
    if relative == "twos":
        return value if value < 64 else value - 128
    if relative == "offset":
        return value - 64
    return value if value < 64 else 64 - value


class FaderPlayer:
    """A fader, and where it is."""

    def __init__(self, fader: Fader, board: Instrument) -> None:
        """fader: of a mapping; board: what is played."""
        self.fader, self._board = fader, board
        self._coarse: int | None = None
        self._place: float | None = None  # where the controller was, 0..1
        self._now: bool | int | float | None = (
            None  # what the knob is at; its type says whether it is whole, or a switch
        )
        self._given: float | None = None  # the place that the knob was last put at

    def take(self, signal: Signal) -> None:
        """Move the knob. ConfigError: it cannot be."""
        fader = self.fader
        if fader.relative or fader.pick_up or self._now is None:
            self._now = self._value()
        if fader.relative:
            self._put(self._share(self._now) + self._step(turned(signal.value, fader.relative)))
            return
        place = self._place_of(signal)
        if not fader.pick_up or self._picked_up(place, self._share(self._now)):
            self._put(place)
        self._place = place

    def _step(self, steps: int) -> float:
        """How far an endless controller moves the place: of whole numbers at least one."""
        step = steps / 127
        if isinstance(self._now, int) and step:
            step = max(abs(step), 1 / abs(self.fader.high - self.fader.low)) * (1 if step > 0 else -1)
        return step

    def hears(self, source: Source) -> bool:
        """Whether a controller moves it, or has its finer bits."""
        return source == self.fader.source or (self.fader.fine and source == _finer(self.fader.source))

    def _place_of(self, signal: Signal) -> float:
        if signal.source[0] == "bend":
            return signal.value / 16383 if signal.value != 8192 else 0.5
        if not self.fader.fine:
            return signal.value / 127
        if signal.source == self.fader.source:
            self._coarse = signal.value
            return signal.value * 128 / 16383
        return ((self._coarse or 0) * 128 + signal.value) / 16383

    def _picked_up(self, place: float, knob: float) -> bool:
        """Whether the fader has the knob: it put it where it is, is near it, or has come past it."""
        if self._given is not None and abs(knob - self._given) <= NEAR:
            return True
        past = self._place is not None and min(self._place, place) <= knob <= max(self._place, place)
        return past or abs(place - knob) <= NEAR

    def _value(self) -> bool | int | float:
        """What the knob is at; of a look that does not have it, 0.0: it will be told."""
        knobs = self._board.state()["knobs"]
        wanted = spelled(self.fader.knob)
        value = next((value for name, value in knobs.items() if spelled(name) == wanted), None)
        return value if isinstance(value, int | float) else 0.0

    def _share(self, value: float) -> float:
        """A knob's value as a place of the fader, 0..1."""
        low, high = self.fader.low, self.fader.high
        return min(1.0, max(0.0, (float(value) - low) / (high - low)))

    def _put(self, place: float) -> None:
        place = min(1.0, max(0.0, place))
        value: float = self.fader.low + place * (self.fader.high - self.fader.low)
        if isinstance(self._now, bool):
            value = value >= 0.5
        elif isinstance(self._now, int):
            value = round(value)
        turn(self._board, self.fader.knob, value)
        self._given = self._share(value)


def _finer(source: Source) -> Source:
    """The controller that has the other seven bits."""
    return source[0], source[1] + 32


@dataclass
class ButtonPlayer:
    """A button, and whether it is pressed."""

    button: Button
    """Of a mapping."""
    board: Instrument
    """What is played."""
    pressed: bool = False
    """Whether it is held down."""
    undo: str = ""
    """The order that takes back what it did."""

    def take(self, signal: Signal) -> None:
        """Do what it does when it is pressed, and undo it when it is let go. ConfigError: it cannot be."""
        kind = signal.source[0]
        down = signal.value > 0 if kind == "note" else signal.value >= PRESSED
        if down and (not self.pressed or kind != "controller"):
            self.undo = undoing(self.button.do, self.board) if self.button.held and not self.pressed else self.undo
            self.pressed = kind != "program"
            perform(self.button.do, self.board)
        elif not down and self.pressed:
            self.pressed = False
            if self.button.held:
                perform(self.undo, self.board)


@dataclass
class ClockPlayer:
    """A MIDI clock as the beat."""

    board: Instrument
    """What is played."""
    pulses: int = 0
    """Since the song's start."""
    stopped: bool = False
    """Whether it was stopped, and not started again."""

    def take(self, message: Sequence[int]) -> None:
        """A message that is not of a channel."""
        if message[0] == _CLOCK and not self.stopped:
            if self.pulses % PULSES == 0:
                self.board.score.outside_beat(first=self.pulses == 0)
            self.pulses += 1
        elif message[0] == _START:
            self.pulses, self.stopped = 0, False
        elif message[0] == _CONTINUE:
            self.stopped = False
        elif message[0] == _STOP:
            self.stopped = True
        elif message[0] == _POSITION and len(message) == 3:
            self.pulses = (message[1] | message[2] << 7) * SIXTEENTH


class MidiPlayer:
    """Plays what comes from devices, a message after the other."""

    def __init__(self, mapping: MidiMap, board: Instrument, refuse: Callable[[str], None]) -> None:
        """A device that nothing came from yet.

        Args:
            mapping: what moves what.
            board: what is played.
            refuse: is told in a line what could not be done.
        """
        self._faders = [FaderPlayer(fader, board) for fader in mapping.faders]
        self._buttons = [ButtonPlayer(button, board) for button in mapping.buttons]
        self._clock = ClockPlayer(board) if mapping.clock else None
        self._refuse = refuse

    def take(self, message: Sequence[int]) -> None:
        """Play a message: its bytes, the status first. It never raises."""
        if self._clock is not None and message and message[0] >= 0xF0:
            self._guarded(self._clock.take, message)
        signal = signal_of(message)
        if signal is None:
            return
        for fader in self._faders:
            if fader.hears(signal.source) and fader.fader.channel in (None, signal.channel):
                self._guarded(fader.take, signal)
        for button in self._buttons:
            if button.button.source == signal.source and button.button.channel in (None, signal.channel):
                self._guarded(button.take, signal)

    def _guarded(self, take: Callable[[T], None], heard: T) -> None:
        """Let one of them take what was heard."""
        try:
            take(heard)
        except VidreamError as error:
            self._refuse(first_line(error))
        except Exception as error:  # a bug at one message is none of the others', nor the show's  # noqa: BLE001
            _LOG.exception("MIDI: %s", heard)
            self._refuse(f"{type(error).__name__}: {first_line(error)}")
