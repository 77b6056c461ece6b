"""Where live frames are made: at each tick the newest frame, with the knobs of the moment, through the one loop."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from vidream.config import RunConfig
from vidream.events import checkpoint
from vidream.live.board import Board
from vidream.live.governor import Effort, Governor
from vidream.live.timebase import TimeBase
from vidream.plan.step import Step
from vidream.render.composite import RenderedFrame
from vidream.render.loop import Patience, render
from vidream.render.state import Dreamer

HASTE = Patience(whole=1, early=2, gain=3.0)
"""With a shot's first frame: its large forms are there at once, finer ones grow in the frames after it."""

REHEARSAL = 8
"""Frames that nobody sees, at the beginning: what they take is measured, and the dream grows in them."""


class Steps(Protocol):
    """What a live dream is made of, step by step."""

    @property
    def captured(self) -> float | None:
        """Of time.monotonic(): when the frame of the last step was there; None: it is made of no frame."""

    @property
    def idle(self) -> float:
        """Seconds of the last step in which a frame was waited for."""

    def step(self, config: RunConfig, *, frozen: bool = False) -> Step:
        """The next step, with these knobs. frozen: what is dreamed over stands still."""


@dataclass(frozen=True, eq=False)
class Made:
    """A frame that is to be shown."""

    rendered: RenderedFrame
    """Its parts."""
    tick: float
    """Of time.monotonic(): when it was begun."""
    captured: float
    """Of time.monotonic(): when its source's frame was there."""
    dreamed: bool
    """Whether it was dreamed, or carried alone."""
    effort: Effort
    """What it was made with."""


class Stage:
    """Makes frames, one at each tick of the rate, as long as somebody takes them."""

    def __init__(self, steps: Steps, dreamer: Dreamer, board: Board, governor: Governor, time_base: TimeBase) -> None:
        self._steps, self._dreamer, self._board, self._governor = steps, dreamer, board, governor
        self._time_base = time_base
        self._rehearsals = 0
        self._tick = self._began = 0.0
        self._effort = governor.effort
        self.deepen: Callable[[RunConfig], RunConfig] = lambda config: config
        """What is changed of the knobs before a frame is made."""

    def frames(self) -> Iterator[Made]:
        """Frames without end."""
        for number, rendered in enumerate(render(self._paced(), self._dreamer, patience=HASTE)):
            ready, tick = time.monotonic(), self._tick
            took = ready - self._began - self._steps.idle
            state = rendered.state
            dreamed = state is None or state.frames_since_dream == 0
            if number < REHEARSAL:
                if number > 1:
                    self._governor.rehearsed(took, dreamed=dreamed)
                continue
            if number == REHEARSAL:
                self._governor.begin()
            elif rendered.flow is not None:  # what a cut takes says nothing of other frames
                self._governor.made(took, ready - tick, dreamed=dreamed)
            yield Made(rendered, tick, self._steps.captured or self._began, dreamed, self._effort)

    def _paced(self) -> Iterator[Step]:
        while True:
            self._wait_for_tick()
            self._began = time.monotonic()
            self._effort = self._governor.effort
            second = self._time_base.second(self._tick + self._governor.delay)
            config = with_effort(self.deepen(self._board.config_at(second)), self._effort)
            yield self._steps.step(config, frozen=self._board.frozen)

    def _wait_for_tick(self) -> None:
        """Ticks are an interval apart; where making one takes longer, up to one is made late before any is left out."""
        checkpoint()
        now = time.monotonic()
        if self._rehearsals < REHEARSAL:
            self._rehearsals += 1
            self._tick = now
            return
        self._tick += self._governor.interval
        if now - self._tick > self._governor.interval:
            self._tick = now
        elif now < self._tick:
            time.sleep(self._tick - now)


def with_effort(config: RunConfig, effort: Effort) -> RunConfig:
    """A config that dreams with an effort: as large, as often, with as many octaves."""
    octaves = config.dream.octaves if effort.octaves == 0 else min(effort.octaves, config.dream.octaves)
    dream = replace(config.dream, dream_size=effort.size, dream_every=effort.every, octaves=octaves)
    return replace(config, dream=dream)
