"""The gallery's process: glimpses of looks, in the order in which they are wanted; and what is asked about looks.

It is told of a subject (what is dreamed over), of all that is wanted, anew whenever that changes, and to stand still
while somebody waits for something else. What it is asked comes before all that is wanted.
"""

import threading
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vidream.errors import Cancelled, VidreamError, first_line
from vidream.events import checkpoint, scope
from vidream.frames import Pixels, Size
from vidream.jobs.between import configured
from vidream.jobs.glimpse import loop, still, write_loop
from vidream.jobs.looks import Trial
from vidream.jobs.scene import FRAMES, RATE, Scene, read_scene
from vidream.jobs.zoom import noise
from vidream.media.jpeg import jpeg_of
from vidream.media.reader import open_video
from vidream.plan.seed import NOISE
from vidream.studio.child import Inbox, Send
from vidream.studio.gallery_answers import ANSWERS, here

SIDE = 240
"""Px of the long side of a glimpse: twice as many as its cell has."""
PATIENCE = 0.05
"""Seconds after which, while it stands still, it looks whether it is still wanted."""
KEPT = 12
"""Engines that are kept for looks like the last ones."""
MAX_PIXELS = 100_000_000
"""Of a source's picture."""
HALF = Fraction(1, 2)
"""Of a frame: its middle is surely in it."""
NOISE_SIZE = Size(240, 136)
"""Px of a glimpse of noise."""


def work(inbox: Inbox, send: Send) -> None:
    """Make glimpses until the server is gone."""
    Worker(inbox, send).run()


class Worker:
    """What is wanted, and what it is made with."""

    def __init__(self, inbox: Inbox, send: Send) -> None:
        self._inbox, self._send = inbox, send
        self._subject: Mapping[str, Any] = {"source": NOISE, "second": 0, "film": False}
        self._scene: Scene | None = None
        self._wanted: list[Mapping[str, Any]] = []
        self._current = ""
        self._cancel, self._go = threading.Event(), threading.Event()
        self._go.set()
        self._trial = Trial(KEPT)
        inbox.on_message = self._hear

    def _hear(self, message: Mapping[str, Any]) -> None:
        """In the thread that reads: what is being made, and no longer wanted, or must wait, ends."""
        task = message.get("do")
        if task == "pause":
            (self._go.clear if message["on"] else self._go.set)()
            return
        keys = [f"{cell['part']} {cell['key']}" for cell in message.get("cells", ())]
        if task != "want" or self._current not in keys:
            self._cancel.set()

    def run(self) -> None:
        """Do what comes, and between it what is wanted. Closed: the server is gone."""
        while True:
            received = self._inbox.get(timeout=0) if self._wanted and self._go.is_set() else self._inbox.wait()
            if received is not None:
                self._do(received[0])
            else:
                self._make(self._wanted[0])

    def _do(self, message: Mapping[str, Any]) -> None:
        match message["do"]:
            case "subject":
                self._subject, self._scene, self._wanted = message, None, []
            case "want":
                self._wanted = message["cells"]
            case "ask":
                self._answer(message)

    def _answer(self, message: Mapping[str, Any]) -> None:
        try:
            value = ANSWERS[message["what"]](message["about"], self._picture)
        except VidreamError as error:
            self._send({"answer": message["id"], "problem": first_line(error)})
        else:
            self._send({"answer": message["id"], "value": value})

    def _picture(self) -> Pixels:
        """What is dreamed over."""
        return self._read().picture

    def _read(self) -> Scene:
        if self._scene is None:
            self._scene = read(self._subject["source"], self._subject["second"], self._subject["film"])
        return self._scene

    def _make(self, cell: Mapping[str, Any]) -> None:
        """A still or a loop; what is cut short stays wanted."""
        self._current = f"{cell['part']} {cell['key']}"
        self._cancel.clear()
        if not self._inbox.empty:
            return
        told = {"made": cell["key"], "part": cell["part"]}
        try:
            with scope(lambda event: None, self._cancel):
                content = self._still(cell) if cell["part"] == "still" else self._loop(cell)
        except Cancelled:
            return
        except (VidreamError, MemoryError) as error:
            self._send({**told, "problem": first_line(error) or "there is not enough memory"})
        else:
            self._send(told, content)
        self._wanted = self._wanted[1:]

    def _still(self, cell: Mapping[str, Any]) -> bytes:
        config = here(configured(cell["command"], cell))
        return jpeg_of(still(self._read(), config, self._trial.dreamer(config)))

    def _loop(self, cell: Mapping[str, Any]) -> bytes:
        config = here(configured(cell["command"], cell))
        frames = loop(self._read(), config, self._trial.dreamer(config))
        with TemporaryDirectory(prefix="vidream-gallery-") as folder:
            out = Path(folder) / "loop.mp4"
            write_loop(self._gently(frames), out)
            return out.read_bytes()

    def _gently(self, frames: Iterator[Pixels]) -> Iterator[Pixels]:
        """Frames, with a rest between two while somebody waits for something else."""
        for pixels in frames:
            yield pixels
            while not self._go.wait(PATIENCE):
                checkpoint()


def read(source: str, second: float, film: bool) -> Scene:
    """What is dreamed over: of a film the second up to a moment, or, where it has only begun, its first one.

    Args:
        source: a path, or "noise".
        second: of a film.
        film: whether it is one.

    Raises:
        MediaError, ConfigError: it cannot be read.
    """
    if source == NOISE:
        return Scene(noise(NOISE_SIZE, 0), NOISE)
    if not film:
        return read_scene(source, SIDE, MAX_PIXELS)
    video = open_video(Path(source), max_pixels=MAX_PIXELS)
    if video.count is not None:
        second = min(second, float((video.count - HALF) / video.fps))
    if second < FRAMES / RATE:
        return read_scene(source, SIDE, MAX_PIXELS)
    return read_scene(f"{source}@{second:.3f}", SIDE, MAX_PIXELS)
