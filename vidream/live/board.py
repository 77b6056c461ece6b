"""The board: every knob of the look that is played, and what hands have changed of it."""

import threading
from typing import Any

from vidream.clock import Clock
from vidream.config import RunConfig


class Board:
    """Knobs that change while a dream runs. Any thread may turn them; the stage asks for their values at a moment."""

    black: bool = False
    """Whether nothing is shown but black; the dream goes on beneath."""
    frozen: bool = False
    """Whether the source is held still; the dream goes on."""

    def __init__(self, config: RunConfig, clock: Clock) -> None:
        """Play the look that `config` has.

        Args:
            config: of the run; its numbers may be curves.
            clock: of 1,000 frames a second: a moment is a frame of it.
        """
        self._config, self._clock, self._lock = config, clock, threading.Lock()

    def config_at(self, second: float) -> RunConfig:
        """Every knob, a number each, at a moment. second: since the first shown frame."""
        with self._lock:
            return self._config.at(second * float(self._clock.fps), self._clock)

    def state(self) -> dict[str, Any]:
        """Every knob that can be turned, by name, with its value; black, frozen, the look."""
        return {"black": self.black, "frozen": self.frozen}
