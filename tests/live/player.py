"""A live dream in a process of its own, with somebody who looks at all that goes in and comes out.

python player.py CLIP RECORD PLAY

CLIP is played as JSON says in PLAY: "knobs"; "messages", a list of [second, address, value], sent by OSC at those
seconds of the show; "film", which has the clip's frames. RECORD, an .npz file, gets what was seen. Times are of
time.monotonic(): on Linux the same in every process.
"""

import json
import resource
import sys
import threading
import time
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from clips import difference, frames_of
from counter import read

import vidream.live.run as live
from vidream.events import Event
from vidream.frames import Pixels, Size
from vidream.live.output import Shown
from vidream.live.outputs import open_outputs
from vidream.live.source import LiveFrame, LiveSource
from vidream.live.sources import open_source
from vidream.live.status import StatusEvent

UNREAD = -1
"""In place of a counter that cannot be read."""
COLUMNS = {"taken": 2, "shown": 5, "told": 8, "sent": 1}
"""Of each table of a record; seen.Seen says what they are."""


class Watcher:
    """Notes each frame that is taken from the source, each that is shown, and how it goes."""

    def __init__(self, sources: Sequence[Pixels], messages: Sequence[tuple[float, str, Any]], port: int) -> None:
        """Nothing was seen yet.

        Args:
            sources: the clip's frames, by their counters.
            messages: seconds, address and value of what is sent while it plays.
            port: where OSC messages are heard.
        """
        self._sources, self._messages, self._port = sources, messages, port
        self.rows = {name: array("d") for name in COLUMNS}  # small, as memory is measured, too

    def took(self, frame: LiveFrame) -> None:
        """A frame was taken from the source."""
        number = read(frame.frame.pixels())
        self.rows["taken"].extend((frame.second, UNREAD if number is None else number))

    def saw(self, shown: Shown) -> None:
        """A frame was shown."""
        moment, number, apart = time.monotonic(), read(shown.pixels), float("nan")
        if not self.rows["shown"] and self._messages:
            threading.Thread(target=self._send, args=(moment,), daemon=True).start()
        if number is not None and number < len(self._sources):
            apart = difference(shown.pixels, self._sources[number])
        number = UNREAD if number is None else number
        self.rows["shown"].extend((moment, shown.second, number, apart, float(shown.pixels[::4, ::4].mean())))

    def heard(self, event: Event) -> None:
        """How it goes."""
        if isinstance(event, StatusEvent):
            status = event.status
            pace = (status.rate, status.dream_rate, status.size, status.octaves, status.latency)
            self.rows["told"].extend((time.monotonic(), *pace, memory(), len(status.troubles)))

    def _send(self, start: float) -> None:
        from pythonosc.udp_client import SimpleUDPClient

        client = SimpleUDPClient("127.0.0.1", self._port)
        for second, address, value in self._messages:
            time.sleep(max(0.0, start + second - time.monotonic()))
            self.rows["sent"].append(time.monotonic())
            client.send_message(address, value)


class WatchedSource:
    """A source whose frames are seen as they are taken."""

    def __init__(self, source: LiveSource, took: Callable[[LiveFrame], object]) -> None:
        self._source, self._took = source, took

    def __str__(self) -> str:
        return str(self._source)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def newest(self, wait: float) -> LiveFrame | None:
        """The source's."""
        newest = self._source.newest(wait)
        if newest is not None:
            self._took(newest)
        return newest


class Nobody:
    """An output that looks at nothing: a show that nothing else shows goes on."""

    trouble = ""

    def __init__(self, size: Size, rate: float) -> None:
        pass

    def show(self, shown: Shown) -> None:
        pass

    def close(self) -> None:
        pass


class WatchedOutputs:
    """Outputs whose frames are seen as they are shown."""

    def __init__(self, outputs: Any, saw: Callable[[Shown], object]) -> None:
        self._outputs, self._saw = outputs, saw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outputs, name)

    def show(self, shown: Shown) -> Any:
        """The outputs'."""
        self._saw(shown)
        return self._outputs.show(shown)


def around(kind: Callable[..., Any], opened: Callable[..., Any], sees: Callable[..., object]) -> Callable[..., Any]:
    """What opens the same, with somebody who sees what passes."""
    return lambda *given, **named: kind(opened(*given, **named), sees)


def memory() -> float:
    """MB that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def play(
    clip: str, record: Path, film: Path, knobs: dict[str, Any], messages: Sequence[tuple[float, str, Any]]
) -> None:
    """Play a clip, and keep what was seen."""
    watcher = Watcher(frames_of(film), messages, int(knobs.get("osc", 0)))
    with (
        mock.patch.object(live, "open_source", around(WatchedSource, open_source, watcher.took)),
        mock.patch.object(live, "open_outputs", around(WatchedOutputs, open_outputs, watcher.saw)),
    ):
        live.run_live(clip, on_event=watcher.heard, outputs=[Nobody], **knobs)
    tables: dict[str, Any] = {name: np.array(row).reshape(-1, COLUMNS[name]) for name, row in watcher.rows.items()}
    np.savez(record, **tables)


if __name__ == "__main__":
    wanted = json.loads(sys.argv[3])
    play(sys.argv[1], Path(sys.argv[2]), Path(wanted["film"]), wanted["knobs"], wanted["messages"])
