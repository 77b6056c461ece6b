"""A live source as steps of the loop: the newest frame, followed from the one before."""

import time
from dataclasses import replace

import numpy as np

from vidream.config import RunConfig
from vidream.events import checkpoint
from vidream.frames import Flow, Frame, Size
from vidream.live.source import LiveFrame, LiveSource
from vidream.motion import FLOW_SIZE, View
from vidream.plan.bars import KEEP, borders_of
from vidream.plan.follow import SourceFrame, follow
from vidream.plan.mask import MOTION, Masks
from vidream.plan.step import FilmStep
from vidream.resample import fit_frame

PATIENCE = 0.2
"""Seconds between two looks for the first frame of a source."""
SOON = 0.4
"""Of the time from one shown frame to the next, for which a frame that is about to come is waited for: without it those
of a source of about the same rate are seen now twice, now not at all."""
SLOW = 0.8
"""Of that time, under which a source's own is so short that there is a new frame anyway."""
STEADY = 0.9
"""Of the source's period, what is kept at each frame."""


class FilmSteps:
    """The steps of a source that does not wait."""

    def __init__(self, source: LiveSource, config: RunConfig, size: Size) -> None:
        """Nothing is read yet.

        Args:
            source: of the frames.
            config: of the run, whose mask and cuts hold all along.
            size: of what is shown, px.
        """
        self._source, self._size = source, size
        self._masks = Masks(config, size, config.live.rate)
        self._last: LiveFrame | None = None
        self._shown: Frame | None = None
        self._view: View | None = None
        self._step: FilmStep | None = None
        self._index = -1
        self.idle = 0.0
        """Seconds of the last step in which a frame was waited for."""
        self._period = 0.0  # seconds from one frame of the source to the next, dropped ones too; 0: not known yet

    @property
    def captured(self) -> float | None:
        """Of time.monotonic(): when the frame of the last step was there."""
        return None if self._last is None else self._last.second

    def step(self, config: RunConfig, *, frozen: bool = False) -> FilmStep:
        """The next step.

        Args:
            config: a number for each knob.
            frozen: the frame of the last step is taken again.
        """
        newest, self.idle = None, 0.0
        while self._shown is None and newest is None:
            checkpoint()
            newest = self._source.newest(PATIENCE)
        if not frozen:
            asked = time.monotonic()
            newest = self._source.newest(self._wait(config)) or newest
            self.idle = time.monotonic() - asked
        self._index += 1
        if newest is None:
            return self._again(config)
        self._step = self._moved(newest, config)
        return self._step

    def _wait(self, config: RunConfig) -> float:
        """Seconds for which the next frame is worth waiting for, if it is not there yet."""
        interval = 1 / float(config.live.rate)
        if self._last is None or self._period < SLOW * interval:
            return 0.0
        soon = SOON * interval
        missing = self._last.second + self._period - time.monotonic()
        return soon if -self._period < missing < soon else 0.0

    def _learn_period(self, newest: LiveFrame) -> None:
        if self._last is None or newest.number <= self._last.number:
            return
        period = (newest.second - self._last.second) / (newest.number - self._last.number)
        self._period = STEADY * self._period + (1 - STEADY) * period if self._period else period

    def _moved(self, newest: LiveFrame, config: RunConfig) -> FilmStep:
        """The step to a frame that was not taken yet."""
        self._learn_period(newest)
        self._last, previous = newest, self._shown
        self._shown = fit_frame(newest.frame, self._size)
        small_size = self._size.at_most(config.dream.dream_size).at_most(FLOW_SIZE)
        small = fit_frame(self._shown, small_size).pixels()
        if self._view is not None and self._view.pixels.shape != small.shape:
            assert previous is not None
            self._view = View(fit_frame(previous, small_size).pixels())
        borders = borders_of(self._shown.pixels()) if config.mask.bars == KEEP else None
        frame = SourceFrame(self._index, self._shown, 1, small, borders)
        (followed,) = follow([frame], config.motion, self._size, look_ahead=0, previous=self._view)
        self._view = frame.view
        motion = followed.flow if config.mask.mask == MOTION else None
        mask = self._masks.at(self._index, self._shown, motion)
        return FilmStep(
            index=self._index,
            config=config,
            source=self._shown,
            cut=followed.change == "cut",
            flow=followed.flow,
            trust=followed.trust,
            mask=mask,
            bars=followed.bars,
        )

    def _again(self, config: RunConfig) -> FilmStep:
        """The last step's frame, which stands still."""
        assert self._step is not None
        assert self._view is not None
        still: Flow = np.zeros((*self._view.pixels.shape[:2], 2), np.float32)
        return replace(self._step, index=self._index, config=config, cut=False, flow=still, trust=None)
