"""Whoever plays a live dream from outside of its window: OSC, MIDI, the terminal's keys, a program."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from vidream.config import RunConfig
from vidream.errors import ConfigError
from vidream.live.board import Board
from vidream.live.instrument import Instrument
from vidream.live.midi_hand import learn_midi, open_midi
from vidream.live.osc import open_osc
from vidream.live.terminal import Terminal, open_keyboard


class Hand(Protocol):
    """One of them; it plays in a thread of its own."""

    @property
    def trouble(self) -> str:
        """What is wrong now, in a line; "" for nothing."""

    def close(self) -> None:
        """Play no more. It never raises."""


class HandOpener(Protocol):
    """Makes a hand, once there is a board to play."""

    def __call__(self, board: Board) -> Hand:
        """The hand, which may play at once.

        Raises:
            ConfigError: it cannot be; before the first frame.
        """


class Hands:
    """All of them."""

    def __init__(self, hands: Sequence[Hand]) -> None:
        """hands: open ones; they are closed with this."""
        self._hands = hands

    @property
    def trouble(self) -> str:
        """What is wrong with any, in a line; "" for nothing."""
        return "; ".join(filter(None, (hand.trouble for hand in self._hands)))

    def close(self) -> None:
        """Close each."""
        for hand in self._hands:
            hand.close()


def open_hands(
    config: RunConfig,
    board: Instrument,
    status: Callable[[], Iterable[str]] = tuple,
    ask: Callable[[str], str] = input,
    *,
    end: Callable[[], None] | None = None,
    openers: Iterable[Callable[[], Hand]] = (),
) -> Hands:
    """Open what the config asks for.

    Args:
        config: of the run.
        board: what is played.
        status: lines that say how it goes, for those who ask.
        ask: shows a text, and returns what the person types, for --midi-learn.
        end: ends the show; where it is given, and there is a terminal, its keys play, too.
        openers: of a caller's own hands.

    Raises:
        ConfigError: one cannot be opened; none stays open.
        MediaError: the mapping that --midi-learn writes may not be written.
        RenderError: the disk refuses it.
    """
    if config.live.midi_learn and config.live.midi is None:
        raise ConfigError("--midi-learn: writes the file of --midi; give --midi FILE.toml, too")
    hands: list[Hand] = []
    try:
        if config.live.osc is not None:
            hands.append(open_osc(config.live.osc, board, status))
        if config.live.midi is not None:
            path = Path(config.live.midi)
            if config.live.midi_learn:
                hands.append(learn_midi(path, config.files.overwrite, board, ask))
            else:
                hands.append(open_midi(path, board))
        keyboard = open_keyboard() if end is not None else None
        if end is not None and keyboard is not None:
            hands.append(Terminal(keyboard, board, end))
        for opener in openers:
            hands.append(opener())
    except BaseException:
        Hands(hands).close()
        raise
    return Hands(hands)
