"""Learn mode: a person moves a controller and says what it is for; what is learned becomes a mapping file."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from vidream.errors import ConfigError
from vidream.live.actions import ACTIONS, check_order, number
from vidream.live.instrument import Instrument
from vidream.live.midi import Signal, signal_of
from vidream.live.midi_map import Button, Fader, MidiMap, map_text, swing_of
from vidream.live.midi_port import MidiDevices
from vidream.media.paths import check_out, replacing
from vidream.text import figure

QUESTION = (
    "Move a controller, or press a key, and type what it is for: strength, strength 0 2, tap, preset 3;"
    " nothing ends it.\n> "
)
"""What the person is asked."""


def check_learned(path: Path, overwrite: bool) -> None:
    """Raise MediaError unless the mapping can be written: its ending, its folder, what is there already."""
    check_out(path, overwrite, (), (".toml",))


def learn(path: Path, overwrite: bool, devices: MidiDevices, board: Instrument, ask: Callable[[str], str]) -> MidiMap:
    """Ask until there is no answer; the file is whole after each answer.

    Args:
        path: of the mapping; `check_learned` has looked at it.
        overwrite: whether what is there may be replaced.
        devices: open ones, which nobody else reads.
        board: whose knobs and looks are named.
        ask: shows a text, and returns what the person types; EOFError: they type no more.

    Raises:
        ConfigError: nothing was learned.
        MediaError: there is a file that was not there before, and may not be replaced.
        RenderError: the disk refuses.
    """
    mapping, said = MidiMap(), ""
    while True:
        try:
            answer = ask(said + QUESTION).strip()
        except EOFError:
            answer = ""
        if not answer:
            break
        try:
            learned = learned_of(devices.kept(), answer, board)
        except ConfigError as error:
            said = f"{error}\n"
            continue
        mapping = with_learned(mapping, learned)
        with replacing(path, overwrite=overwrite) as file:
            file.write_text(map_text(mapping), encoding="utf-8")
        overwrite = True  # it is ours now
        said = f"{_shown(learned)}: {answer}\n"
    if not (mapping.faders or mapping.buttons):
        raise ConfigError(f"--midi-learn: nothing was learned, and {path} not written")
    return mapping


def learned_of(messages: Sequence[Sequence[int]], answer: str, board: Instrument) -> Fader | Button:
    """What moved, for what was said.

    Args:
        messages: the bytes of each that came.
        answer: a knob, a knob with its least and most, or what `perform` does.
        board: whose knobs are named.

    Raises:
        ConfigError: nothing came, or the answer means nothing.
    """
    signals = [signal for message in messages if (signal := signal_of(message)) is not None]
    if not signals:
        raise ConfigError("Nothing came from the device: move the controller first, then type")
    counts = Counter((signal.source, signal.channel) for signal in signals)
    (source, channel), _ = counts.most_common(1)[0]
    moved = [signal for signal in signals if (signal.source, signal.channel) == (source, channel)]
    knob, swing = _knob_of(answer)
    if not knob or source[0] in ("note", "program"):
        if source[0] in ("bend", "pressure"):
            raise ConfigError(f"{answer}: {source[0]} moves a knob; it presses nothing")
        check_order(answer, board)
        return Button(source, answer, channel)
    for value in swing:
        check_order(f"{knob} {figure(value)}", board)
    fine = source[0] == "controller" and source[1] < 32 and counts[(source[0], source[1] + 32), channel] == len(moved)
    return Fader(source, knob, *swing, channel, fine=fine, relative="" if fine else relative_of(moved))


def with_learned(mapping: MidiMap, learned: Fader | Button) -> MidiMap:
    """A mapping with one more; what the same controller or key did before goes."""
    heard = learned.source, learned.channel
    faders = tuple(fader for fader in mapping.faders if (fader.source, fader.channel) != heard)
    buttons = tuple(button for button in mapping.buttons if (button.source, button.channel) != heard)
    if isinstance(learned, Fader):
        return replace(mapping, faders=(*faders, learned), buttons=buttons)
    return replace(mapping, faders=faders, buttons=(*buttons, learned))


def relative_of(signals: Sequence[Signal]) -> str:
    """How an endless controller sends its steps, as RELATIVE names it; "" for one that sends its place.

    A controller that sends its place does not send the same one twice; an endless one that is turned does little else.
    """
    values = [signal.value for signal in signals if signal.source[0] == "controller"]
    same = sum(before == after for before, after in pairwise(values))
    if len(values) < 4 or same < len(values) / 2:
        return ""
    if all(abs(value - 64) < 32 for value in values) and any(value < 64 for value in values):
        return "offset"
    if any(64 < value < 96 for value in values) and not any(value < 32 for value in values):
        return "offset"
    if any(64 < value < 96 for value in values):
        return "sign"
    return "twos"


def _knob_of(answer: str) -> tuple[str, tuple[float, float]]:
    """The knob that an answer names, and between what values a fader moves it; "" if it is something to do."""
    words = answer.split()
    if words[0] in ACTIONS:
        return "", (0, 1)
    numbers = _numbers(words[-2:])
    if len(words) > 2 and len(numbers) == 2:
        return " ".join(words[:-2]), (numbers[0], numbers[1])
    if numbers or words[-1] in ("on", "off"):
        return "", (0, 1)
    swing = swing_of(answer)
    if swing is None:
        raise ConfigError(f"{answer}: say between what values, too, such as: {answer} 0 1")
    return answer, swing


def _numbers(words: Sequence[str]) -> list[float]:
    """Those of the words that are numbers."""
    numbers = []
    for word in words:
        try:
            numbers.append(number(word))
        except ConfigError:
            continue
    return numbers


def _shown(learned: Fader | Button) -> str:
    kind, value = learned.source
    name = kind if kind in ("bend", "pressure") else f"{kind} {value}"
    return f"{name} of channel {learned.channel}"
