"""A live dream, from what was asked for to its last frame."""

import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Unpack

import numpy as np

from vidream.clock import Clock, Silence
from vidream.config import Recipe, RunConfig
from vidream.config.keywords import LiveKnobs
from vidream.dream.catalogue import check_goal
from vidream.events import Listener, StageEvent, checkpoint, scope, tell
from vidream.frames import Size, size_of
from vidream.jobs.settings import config_of
from vidream.jobs.zoom import first_frame
from vidream.live.board import Board
from vidream.live.film import FilmSteps
from vidream.live.governor import Governor
from vidream.live.output import Shown
from vidream.live.seed import ZoomSteps
from vidream.live.show import Show
from vidream.live.stage import Stage, Steps
from vidream.live.status import StatusEvent
from vidream.live.stub import is_zoom, open_outputs, open_source
from vidream.live.timebase import TimeBase
from vidream.render.ahead import ahead
from vidream.render.dreamer import make_dreamer
from vidream.render.state import Dreamer

MOMENT = Fraction(1000)
"""Moments of a live clock a second."""
PATIENCE = 0.2
"""Seconds between two looks for the first frame of a source."""
TOLD = 1.0
"""Seconds from one word of how it goes to the next."""
WAITING = 2
"""Frames that wait to be shown, at most."""


@dataclass(frozen=True)
class Played:
    """What a live dream was."""

    frames: int
    """That were shown."""
    seconds: float
    """From the first shown frame to the end."""
    dropped: int
    """Frames of the source that came too soon for the rate."""
    late: int
    """Shown frames that came more than half an interval late."""


def run_live(
    source: str = "",
    *,
    preset: str | Recipe | None = None,
    config: RunConfig | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    **knobs: Unpack[LiveKnobs],
) -> Played:
    """Dream while somebody looks, until the time is up, the window is closed, or `cancel` is set.

    Args:
        source: "camera", "camera:1", "screen", a clip, which plays again and again; a picture or "noise", which is
            zoomed into; "": the camera.
        preset: as `render_video`.
        config: every knob, built by `configure("live", base=...)`; in place of preset and knobs.
        on_event: called with each vidream.Event, in this thread; a StatusEvent about once a second.
        cancel: set it from another thread, and the show ends within a frame, as if its time were up.
        **knobs: the flags of `vidream live` by name.

    Raises:
        ConfigError: an unknown preset, knob, network or layer, or a value out of range.
        MediaError: the source cannot be opened, or what is to be written may not be.
    """
    with scope(on_event, cancel), ExitStack() as stack:
        base = "zoom" if is_zoom(source) else "video"
        config = config_of("live", config, preset, False, dict(knobs), base=base)
        check_goal(config.goal)
        return _play(source, config, stack)


def _play(source: str, config: RunConfig, stack: ExitStack) -> Played:
    time_base = TimeBase()
    live, dropped = None, lambda: 0
    if is_zoom(source):
        seed = first_frame(source, config)
        size = even(size_of(seed))
        steps: Steps = ZoomSteps(seed.astype(np.float32), config, size)
    else:
        live = stack.enter_context(closing(open_source(source, config)))
        size = even(config.film.sizes(live.size)[1])
        film = FilmSteps(live, config, size)
        steps = film
    board = Board(config, Clock(MOMENT, Silence()))
    governor = Governor(config, max(size))
    outputs = stack.enter_context(closing(open_outputs(config, size, float(config.live.rate))))
    dreamer = make_dreamer(config)
    if live is not None:
        while not film.wait(PATIENCE):
            checkpoint()
    stage = Stage(steps, dreamer, board, governor, time_base)
    show = Show(board, governor, size, time_base)
    if live is not None:
        source_ = live
        show.dropped = lambda: source_.dropped
        show.troubles = lambda: tuple(filter(None, (source_.trouble, *outputs.troubles)))
    told = time.monotonic()

    def take(shown: Shown) -> bool:
        nonlocal told
        if shown.pixels is not None:
            outputs.show(shown)
        if time.monotonic() - told >= TOLD:
            told = time.monotonic()
            tell(StatusEvent(shown.second, show.status()))
        return True

    with closing(ahead(stage.frames(), WAITING)) as frames:
        show.run(frames, take, config.live.seconds)
    begun = time_base.start or time.monotonic()
    return Played(show.counts.frames, time.monotonic() - begun, show.dropped(), show.counts.late)


def even(size: Size) -> Size:
    """A size with even sides, as films and windows want them: at most 1 px less a side."""
    return Size(max(2, size.width // 2 * 2), max(2, size.height // 2 * 2))
