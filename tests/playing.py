"""A board that writes down what hands do to it, and somebody who looks at a show."""

import threading
from math import inf
from typing import Any

from vidream.config.kinds import Kind, Number, Switch, wrong
from vidream.errors import ConfigError, nearest
from vidream.frames import Size
from vidream.live.output import Shown

KINDS: dict[str, Kind] = {"strength": Number(0, 10), "layer block10": Number(0, 1), "drift x": Number(-10, 10)}
KINDS |= {"step-size": Number(0, 100), "keep-colour": Switch(), "octaves": Number(1, 12, True), "tv": Number(0, 1)}


class FakeScore:
    def __init__(self, done: list[Any]) -> None:
        self.done = done

    def tap(self) -> None:
        self.done.append(("tap",))

    def nudge(self, seconds: float) -> None:
        self.done.append(("nudge", seconds))

    def outside_beat(self, second: float | None = None, first: bool = False) -> None:
        self.done.append(("beat", first))

    def begin_bar(self) -> None:
        self.done.append(("bar",))

    def listen(self) -> None:
        self.done.append(("listen",))


class FakeBoard:
    """An Instrument; `done` has what was done to it, in order."""

    def __init__(self) -> None:
        self.black = self.frozen = False
        self.done: list[Any] = []
        self.score = FakeScore(self.done)
        self.knobs: dict[str, Any] = {"strength": 1.0, "layer block10": 1.0, "drift x": 0.0}
        self.knobs |= {"step-size": 1.0, "keep-colour": False}

    def set(self, name: str, value: Any) -> None:
        if name not in KINDS:
            raise ConfigError(f"{name}: no such knob; {nearest(name, KINDS)}")
        if isinstance(KINDS[name], Switch) and value in (0, 1):
            value = bool(value)
        try:
            self.knobs[name] = KINDS[name].read(value)
        except ValueError as error:
            raise ConfigError(wrong(name, error, value)) from None
        self.done.append(("set", name, value))

    def reset(self) -> None:
        self.done.append(("reset",))

    def play(self, look: str) -> None:
        if look == "nothing":
            raise ConfigError("nothing: no such look")
        self.done.append(("play", look))

    def check_look(self, look: str) -> None:
        if look == "nothing":
            raise ConfigError("nothing: no such look")

    def next(self) -> None:
        self.done.append(("next",))

    def bounds(self, name: str) -> tuple[float, float] | None:
        if name not in KINDS:
            raise ConfigError(f"{name}: no such knob; {nearest(name, KINDS)}")
        kind = KINDS[name]
        return (kind.low, kind.high) if isinstance(kind, Number) else (0, 1)

    def state(self) -> dict[str, Any]:
        return {"knobs": {**self.knobs}, "black": self.black, "frozen": self.frozen, "look": "kick", "looks": []}


class Viewer:
    """An output of one's own, and what opens it: somebody who has seen enough after so many frames."""

    trouble = ""

    def __init__(self, frames: float = inf) -> None:
        self.left = frames
        self.enough = threading.Event()

    def __call__(self, size: Size, rate: float) -> "Viewer":
        return self

    def show(self, shown: Shown) -> None:
        self.left -= 1
        if self.left <= 0:
            self.enough.set()

    def close(self) -> None:
        pass
