"""MIDI as one of the hands: a mapping and the devices that it is for, or a new mapping."""

import re
from collections.abc import Callable
from pathlib import Path

from vidream.config import knobs
from vidream.errors import ConfigError
from vidream.events import warn
from vidream.live.actions import check_order, spelled
from vidream.live.instrument import Instrument
from vidream.live.midi import MidiPlayer
from vidream.live.midi_learn import check_learned, learn
from vidream.live.midi_map import MidiMap, read_map
from vidream.live.midi_port import MidiDevices, Ports, RtMidiPorts


class Midi:
    """Devices that play, until it is closed."""

    def __init__(self, mapping: MidiMap, devices: MidiDevices, board: Instrument) -> None:
        """Begin to hear.

        Args:
            mapping: what moves what.
            devices: open ones.
            board: what is played.
        """
        self._devices = devices
        devices.play(MidiPlayer(mapping, board, devices.refuse).take)

    @property
    def trouble(self) -> str:
        """What is wrong now; "" for nothing."""
        return self._devices.trouble

    def close(self) -> None:
        """Play no more."""
        self._devices.close()


def open_midi(path: Path, board: Instrument, ports: Callable[[], Ports] = RtMidiPorts) -> Midi:
    """Hear the devices that a mapping is for.

    Args:
        path: of the mapping.
        board: what is played.
        ports: finds the devices of this machine.

    Raises:
        ConfigError: the mapping is wrong, rtmidi2 is not here, or there is no such device.
    """

    def check(order: str, held: bool) -> None:
        try:
            check_order(order, board, held)
        except ConfigError:
            if not is_of_another(order, board):
                raise
            warn(f"{order} does nothing in this dream", path)

    mapping = read_map(path, check)
    try:
        devices = MidiDevices(ports(), mapping.device)
    except ConfigError as error:
        raise ConfigError(f"{error}; the faders and buttons of {path} are right") from None
    return Midi(mapping, devices, board)


def learn_midi(
    path: Path,
    overwrite: bool,
    board: Instrument,
    ask: Callable[[str], str],
    ports: Callable[[], Ports] = RtMidiPorts,
) -> Midi:
    """Write a mapping as a person says, and play by it.

    Args:
        path: of the mapping.
        overwrite: whether what is there may be replaced.
        board: what is played.
        ask: shows a text, and returns what the person types.
        ports: finds the devices of this machine.

    Raises:
        ConfigError: nothing was learned, rtmidi2 is not here, or there is no device.
        MediaError: the file may not be written.
        RenderError: the disk refuses.
    """
    check_learned(path, overwrite)
    devices = MidiDevices(ports(), "")
    try:
        mapping = learn(path, overwrite, devices, board, ask)
    except BaseException:
        devices.close()
        raise
    return Midi(mapping, devices, board)


def is_of_another(order: str, board: Instrument) -> bool:
    """Whether an order is for a knob, or a number of a look, that other live dreams have: one mapping does for all."""
    if re.fullmatch(r"preset\s+\d+", order.strip(), re.ASCII):
        return True
    here = {spelled(name) for name in board.state()["knobs"]}
    words = [spelled(word) for word in order.split()]
    names = {knob.name for _, knob in knobs("live") if not knob.metadata["run_only"]}
    return any("_".join(words[:count]) in names - here for count in range(1, len(words)))
