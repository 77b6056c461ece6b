"""What hands play, as they see it."""

from collections.abc import Mapping
from typing import Any, Protocol


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

    def check_look(self, look: str) -> None:
        """Raise ConfigError if `play` would."""

    def next(self) -> None:
        """Go over into the next look of --looks."""

    def bounds(self, name: str) -> tuple[float, float] | None:
        """The least and the most of a knob; 0 and 1 of a switch; None of a name. ConfigError: there is no such knob."""

    def state(self) -> Mapping[str, Any]:
        """What is played: "knobs", by name, with their values; "black", "frozen", "look", "looks"."""
