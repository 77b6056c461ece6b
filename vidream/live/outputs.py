"""All outputs of a show: each takes every frame, and one that breaks is named and left out."""

import logging
import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from vidream.config import RunConfig
from vidream.errors import Cancelled, ConfigError, RenderError, VidreamError, first_line
from vidream.events import warn
from vidream.frames import Size
from vidream.live.desktop import check_desktop
from vidream.live.loopback import check_loopback, loopback_target
from vidream.live.output import Opener, Output, Shown
from vidream.live.recorder import Recorder, check_recording
from vidream.live.stream import Stream
from vidream.live.stream_address import ADDRESS, check_address, name_of, stream_target
from vidream.live.window import Window

_LOG = logging.getLogger("vidream")


class Outputs:
    """Several outputs, as one that breaks only when the last of them does."""

    def __init__(self, outputs: Iterable[Output] = (), window: Window | None = None) -> None:
        """Take outputs, all of which are closed with it.

        Args:
            outputs: all but the window.
            window: if there is one. It is the first to get each frame.
        """
        self._outputs, self._broken = list(outputs), []  # type: list[Output], list[str]
        if window is not None:
            self._outputs.insert(0, window)
        self.window = window
        """For its keys, its overlay, and whether it is closed; None: none."""

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with some of them, a line each: first those that have broken."""
        return (*self._broken, *filter(None, (output.trouble for output in self._outputs)))

    def show(self, shown: Shown) -> None:
        """Hand a frame to each.

        Raises:
            RenderError: the last one that was left has broken: nobody sees the show any more.
        """
        for output in tuple(self._outputs):
            try:
                output.show(shown)
            except Cancelled:
                raise
            except Exception as error:  # a bug of somebody's own output is none of the others'
                self._outputs.remove(output)
                fault = _fault(output, error)
                if not self._outputs:
                    _close(output)
                    raise RenderError(f"{fault}; nothing is left that shows it") from error
                self._broken.append(f"{fault}; the others go on")
                warn(self._broken[-1])  # a status line passes; whoever comes back later reads this
                _close(output)
                if output is self.window:
                    self.window = None  # else it would look as if somebody had closed it, which ends the show

    def close(self) -> None:
        """Close each, the window first: what was written is safe afterwards, even if a Ctrl-C comes meanwhile."""
        with ExitStack() as stack:
            while self._outputs:
                stack.callback(_close, self._outputs.pop())


def _close(output: Output) -> None:
    """Close it; if it raises, though it must not, that is told, and the others are closed all the same."""
    try:
        output.close()
    except Exception as error:  # noqa: BLE001
        warn(f"{_fault(output, error)}; it may not be whole")


def _fault(output: Output, error: Exception) -> str:
    """What an output raised, in one line."""
    if isinstance(error, VidreamError):
        return str(error)
    _LOG.debug("%s", output, exc_info=error)
    return f"{type(output).__name__}: {type(error).__name__}: {first_line(error)}"


TIME = "{time}"
"""In the name of a recording: when it began."""


def with_time(config: RunConfig, now: datetime) -> RunConfig:
    """A config whose recordings are named by the time, where --to asks for it.

    Args:
        config: of the run.
        now: local time; it becomes 2026-11-26-21-05-09, which every system takes in a name.
    """
    stamp = f"{now:%Y-%m-%d-%H-%M-%S}"
    to = tuple(text if ADDRESS.match(text) else text.replace(TIME, stamp) for text in config.live.to)
    return replace(config, live=replace(config.live, to=to))


def check_outputs(config: RunConfig, sources: Sequence[Path] = ()) -> None:
    """Look at everything that --to names, and for a display, before any work is done.

    Args:
        config: of the run.
        sources: files that are read, which no recording replaces.

    Raises:
        ConfigError, MediaError: one of them cannot be, or is named twice.
    """
    texts = config.live.to
    places = [text if ADDRESS.match(text) else os.path.realpath(text) for text in texts]
    twice = next((text for number, text in enumerate(texts) if places[number] in places[:number]), None)
    if twice is not None:
        raise ConfigError(f"--to: {name_of(twice)} is named twice; once is enough")
    for text in texts:
        if ADDRESS.match(text):
            check_address(text)
        elif text.startswith("/dev/"):
            check_loopback(text)
        else:
            check_recording(Path(text), overwrite=config.files.overwrite, sources=tuple(sources))
    if config.live.window:
        check_desktop()


def open_outputs(config: RunConfig, size: Size, rate: float, openers: Iterable[Opener] = ()) -> Outputs:
    """Everything that a run shows on, once check_outputs lets it pass.

    Args:
        config: of the run.
        size: of every frame, px, even.
        rate: about how many are shown in a second.
        openers: of a caller's own outputs.

    Raises:
        ConfigError, MediaError, RenderError: one of them cannot be; none is open then.
    """
    outputs: list[Output] = []
    window = None
    try:
        if config.live.window:
            window = Window(size, full_screen=config.live.full_screen, display=config.live.display)
        for text in config.live.to:
            outputs.append(_open(text, size, rate, overwrite=config.files.overwrite))
        for opener in openers:
            outputs.append(opener(size, rate))
    except BaseException:
        Outputs(outputs, window).close()
        raise
    return Outputs(outputs, window)


def _open(text: str, size: Size, rate: float, *, overwrite: bool) -> Output:
    """The output that a word of --to names."""
    if ADDRESS.match(text):
        return Stream(stream_target(text, size, rate), size, rate)
    if text.startswith("/dev/"):
        return Stream(loopback_target(text), size, rate)
    return Recorder(Path(text), size, rate, overwrite=overwrite)
