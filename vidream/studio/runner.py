"""What makes the films of a queue: `python -m vidream.studio.runner FOLDER`, a process that outlives page and server.

It makes one film after the other as `vidream batch` does, with the same records, logs and sessions, and looks at the
job file again before each: films may be added and moved while it works. What is wanted of it stands in a file; what it
is at it says in another, whether anybody reads it or not.
"""

import faulthandler
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import cv2

from vidream.errors import Cancelled, VidreamError
from vidream.events import Event, FrameEvent, StageEvent, WarningEvent, scope
from vidream.frames import Pixels
from vidream.jobs.item import BatchResult, run_item
from vidream.jobs.pace import Pace
from vidream.jobs.records import Records
from vidream.media.files import stamp_of
from vidream.studio.queue_items import QueueItem, read_queue
from vidream.studio.queue_place import End, QueuePlace, Status, Wanted, job_mark
from vidream.studio.state import KEPT
from vidream.system.signals import ENDING, numbers

EVERY = 0.25
"""Seconds, at least, between two times that the status is written."""
LOOK = 0.1
"""Seconds between two looks at what is wanted."""
NICE = 5
"""How far it steps back: what is shown while somebody waits for it comes first."""
PATIENCE = 2.0
"""Seconds that it waits for a runner that is just ending."""
QUALITY = 85
"""Of the newest frame's JPEG."""


class Watch:
    """A thread that looks at what is wanted, and cancels what is made when that is not wanted any more."""

    def __init__(self, place: QueuePlace) -> None:
        self._place, self._stamp = place, (0, 0)
        self.wanted = place.read_wanted()
        self.stopped = False  # by a signal
        self._key, self._count, self._cancel = "", 0, threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wanted", daemon=True)
        self._thread.start()

    def begin(self, key: str) -> threading.Event:
        """A film is made from now on. What is returned is set when it is to be made no longer."""
        self._cancel = threading.Event()
        self._key, self._count = key, self.wanted.cancelled.get(key, 0)
        self.look()
        return self._cancel

    def stop(self) -> None:
        """End the run: a signal has come. The thread sees to it; a handler must take no lock."""
        self.stopped = True

    def look(self) -> Wanted:
        """What is wanted now."""
        stamp = stamp_of(self._place.kept / "wanted.json")
        if stamp != self._stamp:
            self._stamp, self.wanted = stamp, self._place.read_wanted()
        if self.stopped or not self.wanted.going or self.wanted.cancelled.get(self._key, 0) > self._count:
            self._cancel.set()
        return self.wanted

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(LOOK):
            self.look()


class Teller:
    """A listener that writes what is made, and the newest frame, for whoever looks."""

    def __init__(self, place: QueuePlace) -> None:
        self._place = place
        self.status = Status(pid=os.getpid(), ended="")
        self._pace, self._told = Pace(), 0.0
        self._picture: Pixels | None = None

    def begin(self, key: str) -> None:
        """Another film is made from now on."""
        self._pace = Pace()
        self.tell(Status(pid=os.getpid(), key=key, ended=""))

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageEvent):
            self.tell(replace(self.status, stage=event.stage))
        elif isinstance(event, WarningEvent):
            said = (*self.status.warnings, event.message)
            self.tell(replace(self.status, warnings=tuple(dict.fromkeys(said))[-20:]))
        elif isinstance(event, FrameEvent):
            self._frame(event)

    def _frame(self, event: FrameEvent) -> None:
        self._pace.see(event.frames, time.monotonic())
        self._picture = event.picture
        left, pace = self._pace.left(event.total), self._pace.seconds_a_frame
        self.status = replace(
            self.status, stage="rendering", frames=event.frames, total=event.total, left=left, pace=pace
        )
        if time.monotonic() - self._told >= EVERY:
            self.tell(self.status)

    def tell(self, status: Status) -> None:
        """Write it down."""
        if self._picture is not None and status.key:
            made, jpeg = cv2.imencode(".jpg", self._picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            if made:
                self._place.write_picture(status.key, jpeg.tobytes())
                status = replace(status, newest=status.frames)
            self._picture = None
        self.status = status
        with suppress(OSError):  # a full disk: the film itself says so
            self._place.write_status(status)
        self._told = time.monotonic()


class Runner:
    """Makes what stands in a queue."""

    def __init__(self, place: QueuePlace, watch: Watch, teller: Teller) -> None:
        self._place, self._watch, self._teller = place, watch, teller

    def run(self) -> str:
        """Make one film after the other; why it ended, as Status.ended says it.

        Raises:
            VidreamError: the job file is carried out by somebody else, or its records cannot be kept.
        """
        with Records(self._place.jobs) as records:
            while True:
                wanted = self._watch.look()
                if self._watch.stopped or not wanted.going:
                    return "stopped" if self._watch.stopped else "paused"
                item = read_queue(self._place, wanted, self._place.read_ends(), records).next()
                if item is None:
                    return "done"
                self._make(item, records)

    def _make(self, item: QueueItem, records: Records) -> None:
        cancel = self._watch.begin(item.key)
        again = self._watch.wanted.again.get(item.key, 0)
        self._teller.begin(item.key)
        try:
            with scope(self._teller, cancel):
                result = run_item(item.spec, records)
        except Cancelled:
            self._teller.tell(self._teller.status)  # with the newest frame of all
            return
        ends = self._place.read_ends()
        ends[item.key] = _end(result, again)
        self._place.write_ends(ends)
        self._teller.tell(self._teller.status)


def _end(result: BatchResult, again: int) -> End:
    end = End(result.state, again, job_mark(result.spec), result.reason, result.warnings)
    if result.rendered is None:
        return end
    return replace(end, frames=result.rendered.frames, seconds=result.rendered.seconds)


def main(folder: Path) -> int:
    """Be the runner of a folder, if nobody else is."""
    faulthandler.enable()
    if hasattr(os, "nice"):
        os.nice(NICE)
    place = QueuePlace(folder, folder / KEPT / "queue")
    deadline = time.monotonic() + PATIENCE
    while True:
        with place.alone() as alone:
            if alone:
                return _run(place)
        if time.monotonic() > deadline:
            return 0  # another one does it
        time.sleep(LOOK)


def _run(place: QueuePlace) -> int:
    watch, teller = Watch(place), Teller(place)
    for number in numbers(*ENDING):
        signal.signal(number, lambda *_: watch.stop())
    try:
        ended = Runner(place, watch, teller).run()
    except VidreamError as error:
        teller.tell(Status(pid=os.getpid(), ended="problem", problem=str(error)))
        return error.exit_status
    except OSError as error:
        problem = f"{error.filename or place.kept}: {error.strerror}"
        teller.tell(Status(pid=os.getpid(), ended="problem", problem=problem))
        return 1
    finally:
        watch.end()
    teller.tell(replace(teller.status, ended=ended, key=teller.status.key if ended == "stopped" else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
