"""The board: every knob of the look that is played, and what hands have changed of it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from vidream.clock import Clock
from vidream.config import Camera, RunConfig
from vidream.errors import ConfigError
from vidream.live.fade import between
from vidream.live.followed import FollowedFiles
from vidream.live.kick import Pulse
from vidream.live.looks import open_looks, own_look, prepared
from vidream.live.score import LiveScore
from vidream.live.turns import Turn, TurnableKnobs


@dataclass(frozen=True)
class Playing:
    """A look, and what hands have turned of it."""

    name: str
    """Of the look, or its path."""
    look: RunConfig
    """As its file has it; its numbers may be curves."""
    turns: Mapping[str, Turn] = field(default_factory=dict)
    """By the knobs' names."""

    @cached_property
    def config(self) -> RunConfig:
        """The look with what was turned; its numbers may be curves."""
        config = self.look
        for turn in self.turns.values():
            config = turn.put(config)
        return config


@dataclass(frozen=True)
class Fade:
    """A look that goes over into the one that is played."""

    leaving: Playing
    """The one that goes."""
    began: float
    """Second of the clock."""
    seconds: float
    """It lasts; over 0."""

    def share(self, second: float) -> float:
        """How much of the way it has gone, 0..1."""
        return min(1.0, max(0.0, (second - self.began) / self.seconds))


class Board:
    """Knobs that change while a dream runs. Any thread may turn them; the stage asks for their values at a moment."""

    black: bool = False
    """Whether nothing is shown but black; the dream goes on beneath."""
    frozen: bool = False
    """Whether the source is held still; the dream goes on."""

    def __init__(self, config: RunConfig, clock: Clock, given: Mapping[str, Any] | None = None) -> None:
        """Play the look that `config` has. The looks that it names are loaded and checked.

        Args:
            config: of the run; its numbers may be curves.
            clock: of 1,000 frames a second: a moment is a frame of it.
            given: knobs that were given beside the look, as `configure` takes them: they stand over every look.

        Raises:
            ConfigError: a look is not there, is wrong, or cannot be dreamed here.
            MediaError: a file that a curve follows is not there, or cannot be read.
        """
        self._lock = threading.RLock()
        self._looks = open_looks(config, given or {})
        self._knobs = TurnableKnobs(config.origin.base)
        self._playing = Playing(self._looks.first, prepared(config))
        looks = [self._playing.look, *self._looks.loaded.values()]
        self._files = FollowedFiles(looks, clock.fps)
        self._clock = replace(clock, drivers=self._files)
        self._pulse = Pulse(config)
        self._begun: Playing | None = None  # what was played when a fade was asked for that has no second yet
        self._fade: Fade | None = None
        self._second = 0.0

    @property
    def score(self) -> LiveScore:
        """What is heard, tapped and nudged: that of its clock."""
        assert isinstance(self._clock.score, LiveScore)
        return self._clock.score

    @property
    def looks(self) -> Mapping[str, RunConfig]:
        """The looks that numbers play, from 1, by name, in their order."""
        return self._looks.loaded

    @property
    def look(self) -> str:
        """The name, or the path, of the look that is played, or faded into."""
        return self._playing.name

    def config_at(self, second: float) -> RunConfig:
        """Every knob, a number each, at a moment. second: since the first shown frame."""
        with self._lock:
            self._second = second
            self._pulse.follow(second, self._clock)
            if self._begun is not None:
                seconds = self._playing.config.live.fade
                self._fade = Fade(self._begun, second, seconds) if seconds else None
                self._begun = None
            return self._mixed(second, pulsed=True)

    def _mixed(self, second: float, *, pulsed: bool) -> RunConfig:
        """What is played at a moment, within a fade of both looks. pulsed: with what beats do to it."""
        coming = self._at(self._playing, second, pulsed=pulsed)
        if self._fade is None or self._fade.share(second) == 1:
            self._fade = None
            return coming
        mixed = between(self._at(self._fade.leaving, second, pulsed=pulsed), coming, self._fade.share(second))
        for turn in self._playing.turns.values():
            if turn.group != "goal":
                mixed = turn.copy(coming, mixed)
        return mixed

    def _at(self, playing: Playing, second: float, *, pulsed: bool) -> RunConfig:
        config = self._pulse.config(playing.config) if pulsed else playing.config
        return config.at(second * float(self._clock.fps), self._clock)

    def throw_at(self, second: float) -> tuple[Camera, float]:
        """How the pulse throws a zoom as it is shown: its camera, and by how many seconds it is ahead; see `thrown`."""
        with self._lock:
            return self._pulse.throw(self.config_at(second), second, self._clock)

    def set(self, name: str, value: object) -> None:
        """Turn a knob; it stays so until `reset`, or another look is played.

        Args:
            name: as a person says it: "strength", "step size", "drift x", "layer block10", "toward dogs".
            value: a number, a text or a switch, as a flag has it; or a curve, as TOML has it, that follows no file.

        Raises:
            ConfigError: there is no such knob, it cannot be turned now, or it cannot be that. Nothing has changed.
        """
        turn = self._knobs.turn(name, value, self._playing.config)
        with self._lock:
            self._playing = replace(self._playing, turns={**self._playing.turns, turn.name: turn})

    def reset(self) -> None:
        """Let go of all that was turned: the look is as its file has it."""
        with self._lock:
            self._playing = replace(self._playing, turns={})

    def play(self, look: str | int) -> None:
        """Go over into another look, within --fade; what was turned of this one goes with it.

        Args:
            look: its name, its path as --looks has it, or its number there, from 1.

        Raises:
            ConfigError: there is no such look, or it cannot be dreamed here. Nothing has changed.
        """
        name, config = self._looks.named(look)
        with self._lock:
            self._play(name, config)

    def play_own(self, name: str, look: RunConfig) -> None:
        """Play a look that a program made: one of the same name changes at once, else it is gone over into.

        What hands have turned of one of the same name stays so, but for the knobs in which it is another now. What
        would need a new start is as it was when the dream began.

        Args:
            name: by which `look` calls it; `play` does not know it.
            look: built by `configure("live", base=...)`; its numbers may be curves.

        Raises:
            ConfigError: it is for something else, cannot be dreamed here, or follows a file that no look of the
                beginning follows. Nothing has changed.
        """
        config = own_look(self._looks.config, look)
        unread = self._files.unread(config)
        if unread is not None:
            raise ConfigError(f"a curve follows {unread}; while a dream runs no file is opened")
        with self._lock:
            before = self._playing
            if name != before.name:
                self._play(name, config)
                return
            was, now = before.look.by_name, config.by_name
            turns = {each: turn for each, turn in before.turns.items() if was.get(each) == now.get(each)}
            self._playing = Playing(name, config, turns)

    def check_look(self, look: str) -> None:
        """Raise ConfigError if `play` would."""
        self._looks.named(look)

    def _play(self, name: str, config: RunConfig) -> None:
        if self._begun is None:
            self._begun = self._now()
        kept = {name: turn for name, turn in self._playing.turns.items() if turn.group == "live"}
        self._playing = Playing(name, config, kept)

    def _now(self) -> Playing:
        """What is played now; in the middle of a fade, a look that stands still as all is at this moment.

        It has no pulse in it yet: beats go on in it as in any look.
        """
        if self._fade is None:
            return self._playing
        return Playing(self._playing.name, self._mixed(self._second, pulsed=False))

    @property
    def turned(self) -> dict[str, Any]:
        """The knobs that hands have turned, by the names of their fields: each whole, as a look would have it."""
        playing = self._playing
        return {turn.knob: getattr(getattr(playing.config, turn.group), turn.knob) for turn in playing.turns.values()}

    def next(self) -> None:
        """Go over into the look after this one; after the last comes the first."""
        with self._lock:
            names = [*self._looks.loaded]
            if names:
                index = names.index(self._playing.name) if self._playing.name in names else -1
                name = names[(index + 1) % len(names)]
                self._play(name, self._looks.loaded[name])

    def bounds(self, name: str) -> tuple[float, float] | None:
        """The least and the most that a knob may be; 0 and 1 of a switch; None where it is no number.

        Raises:
            ConfigError: there is no such knob, or it cannot be turned.
        """
        return self._knobs.bounds(name)

    def state(self) -> dict[str, Any]:
        """What is played, as JSON can hold it.

        Returns:
            "look": its name; "looks": the names that numbers play; "fading": how much of the way from the look before,
            1 without a fade; "black", "frozen"; "knobs": every knob that can be turned, by name, with its value at the
            last moment that was asked for; "turned": the names of those that hands have turned.
        """
        with self._lock:
            config = self._playing.config.at(self._second * float(self._clock.fps), self._clock)
            share = 1.0
            if self._begun is not None:
                share = 0.0
            elif self._fade is not None:
                share = self._fade.share(self._second)
            return {
                "look": self._playing.name,
                "looks": [*self._looks.loaded],
                "fading": share,
                "black": self.black,
                "frozen": self.frozen,
                "knobs": self._knobs.values(config),
                "turned": [*self._playing.turns],
            }
