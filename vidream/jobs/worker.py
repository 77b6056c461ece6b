"""What a worker does: `python -m vidream.jobs.worker THREADS`, started by vidream.jobs.workers and by nobody else."""

import _thread
import logging
import os
import queue
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import cv2

from vidream.dream.settings import RuntimeSettings, set_runtime
from vidream.errors import MediaError, RenderError, VidreamError
from vidream.events import Event, scope
from vidream.jobs.item import run_item
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.looks import Trial, look_of
from vidream.jobs.records import JobMark
from vidream.jobs.scene import Scene
from vidream.jobs.wire import decoded, encoded
from vidream.jobs.workers import GRACE

ERRORS: Mapping[str, type[VidreamError]] = {each.__name__: each for each in (MediaError, RenderError)}
"""What the records may refuse with, by name."""


class Driver:
    """The process that has started this one: tasks come from it, events and results go to it."""

    def __init__(self, clean: Callable[[], None]) -> None:
        """Take the two pipes, and point standard input and output elsewhere: what a library prints is no message.

        clean: takes away what this process leaves, where it must end at once.
        """
        self._clean = clean
        self._source, self._sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, 0)
        os.close(nowhere)
        os.dup2(2, 1)
        self._inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._lock, self._at_work, self._over = threading.Lock(), False, False
        threading.Thread(target=self._read, name="driver", daemon=True).start()

    def _read(self) -> None:
        """Hand on what comes. At the end of the pipe end the process, as Ctrl-C would; at once, if that takes long."""
        for line in self._source:
            self._inbox.put(decoded(line))
        with self._lock:
            self._over = True
            if self._at_work:
                _thread.interrupt_main()
        self._inbox.put(None)
        time.sleep(GRACE)
        self._clean()
        os._exit(1)

    def work(self) -> None:
        """Do tasks until there are no more.

        Raises:
            KeyboardInterrupt: there is nobody any more who wants what is done.
        """
        while (task := self._inbox.get()) is not None:
            with self._lock:
                if self._over:
                    return
                self._at_work = True
            with scope(self.tell):
                self._send({"result": TASKS[task["task"]](task, self)})
            with self._lock:
                self._at_work = False

    def tell(self, event: Event) -> None:
        """A listener."""
        self._send({"event": event})

    def ask(self, question: str, **details: Any) -> Any:
        """What the driver answers.

        Raises:
            VidreamError: what it refuses with.
            KeyboardInterrupt: it is gone.
        """
        self._send({"ask": question, **details})
        answer = self._inbox.get()
        if answer is None:
            raise KeyboardInterrupt
        if "error" in answer:
            raise ERRORS.get(answer["error"], RenderError)(answer["reason"])
        return answer["answer"]

    def _send(self, message: Mapping[str, Any]) -> None:
        try:
            self._sink.write(encoded(message))
            self._sink.flush()
        except OSError:
            raise KeyboardInterrupt from None  # it is gone


@dataclass(frozen=True)
class RemoteRecords:
    """The records of a batch, which the driver alone reads and writes: see vidream.jobs.item.Keeper."""

    driver: Driver
    """Who is asked."""
    log: Path
    """Of the item at hand."""

    def has(self, mark: JobMark) -> bool:
        return bool(self.driver.ask("has", **vars(mark)))

    def begin(self, mark: JobMark) -> None:
        self.driver.ask("begin", **vars(mark))

    def end(self, out: Path, frames: int) -> None:
        self.driver.ask("end", out=out, frames=frames)

    def log_of(self, spec: JobSpec) -> Path:
        return self.log


def make_item(task: Mapping[str, Any], driver: Driver) -> dict[str, Any]:
    """An item of a batch: what became of it."""
    result = run_item(task["spec"], RemoteRecords(driver, task["log"]))
    table: dict[str, Any] = {"state": result.state, "reason": result.reason, "warnings": result.warnings}
    if result.rendered is not None:
        rendered = result.rendered
        table |= {"frames": rendered.frames, "size": rendered.size, "seconds": rendered.seconds}
    return table


def look_trier() -> Callable[[Mapping[str, Any], Driver], dict[str, Any]]:
    """What tries a look: its pixels, or None where it cannot be tried. What dreams is kept from one to the next."""
    trial = Trial()

    def try_look(task: Mapping[str, Any], _driver: Driver) -> dict[str, Any]:
        look = look_of(task["knobs"], task["kind"], task["title"])
        cell = trial.cell(look, Scene(task["picture"], film=task["film"]))
        return {"pixels": None if cell is None else cell.pixels}

    return try_look


def count_gpus(_task: Mapping[str, Any], _driver: Driver) -> dict[str, Any]:
    """How many GPUs TensorFlow can use."""
    from vidream.dream.gpus import count_gpus as count

    return {"gpus": count()}


TASKS: Mapping[str, Callable[[Mapping[str, Any], Driver], dict[str, Any]]] = {
    "gpus": count_gpus,
    "item": make_item,
    "look": look_trier(),
}
"""What can be asked of a worker, by name."""


def main(threads: int, folder: Path) -> None:
    """Work until the driver has no more to do, or is gone, or a signal comes.

    Args:
        threads: how many may be used.
        folder: for temporary files, made for this worker alone; it is removed in the end.
    """
    clean = partial(shutil.rmtree, folder, ignore_errors=True)
    ended: list[int] = []

    def end(number: int, _: object) -> NoReturn:
        ended.append(number)
        raise KeyboardInterrupt

    handled = (signal.SIGINT, signal.SIGTERM)
    for number in handled:
        signal.signal(number, end)
    logging.getLogger("vidream").addHandler(logging.NullHandler())  # the driver logs what it is told
    logging.getLogger("vidream").propagate = False
    set_runtime(RuntimeSettings(threads=threads))
    cv2.setNumThreads(threads)
    try:
        Driver(clean).work()
    except KeyboardInterrupt:
        pass
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_IGN)
        clean()
    if ended and ended[0] != signal.SIGINT:
        signal.signal(ended[0], signal.SIG_DFL)
        signal.raise_signal(ended[0])  # whoever waits for us sees by what we ended


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
