"""Processes beside ours, that do one task after the other: they are started, listened to, and ended here.

A worker is a fresh Python, `python -m vidream.jobs.worker`, that shares nothing with us but two pipes: it imports no
script of the user's, and no thread of ours is forked. Its pipe is its life: once that is closed, by us or by our death,
the worker ends what it is at as a Ctrl-C would, and then itself.
"""

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias

from vidream.errors import RenderError
from vidream.events import Event, NoteEvent, WarningEvent, checkpoint, note, tell, warn
from vidream.jobs.wire import decoded, encoded
from vidream.media.paths import disk_refusals
from vidream.system.processes import own_session

LOOK = 0.1
"""Seconds between two looks at whether the run is cancelled."""
GRACE = 10.0
"""Seconds that a worker may take to end; what it has made of a film by then is kept, as it is at each moment."""
WAITING = 64
"""Messages that wait to be looked at, at most; a worker that tells more waits."""
LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Variables that bound the threads of numpy's libraries and of librosa's compiler."""
GPUS = "CUDA_VISIBLE_DEVICES"
"""The variable that names the GPUs that a process sees."""


@dataclass(frozen=True)
class Death:
    """A worker is gone in the middle of a task."""

    reason: str
    """How, on one line."""


Message = dict[str, Any] | Death
"""What a worker tells of its task, or its end. A message that has "result" is the task's last."""
Messages: TypeAlias = "queue.SimpleQueue[tuple[_Worker, Message | None]]"
"""What all workers tell. No queue.Queue: a Ctrl-C between two of its lines in the thread that looks at it leaves it
locked for ever."""


def retell(event: Event, whose: Path | str) -> None:
    """Tell here, and log, what a worker has told. What it notes of nothing is noted of `whose`: others speak, too."""
    if isinstance(event, WarningEvent):
        warn(event.text, event.about)
    elif isinstance(event, NoteEvent):
        note(event.text, event.about or whose)
    else:
        tell(event)


class Workers:
    """`with Workers(count, threads) as workers:` submit tasks, look at messages; leaving the block ends them all.

    A task is a number of the caller's choice and a message that says what is to be done. Workers are started when they
    are first needed, and kept from task to task; one that dies is replaced when the next task comes.
    """

    def __init__(self, count: int, threads: int, gpus: int = 0) -> None:
        """None is started yet.

        Args:
            count: how many tasks are done at a time.
            threads: of each.
            gpus: of the machine; each worker sees one of them. 0: all see what we see.
        """
        self._threads, self._gpus = threads, gpus
        self._places: list[_Worker | None] = [None] * count
        self._messages: Messages = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    @property
    def busy(self) -> set[int]:
        """The numbers of the tasks that are submitted and not done."""
        return {worker.task for worker in self._places if worker is not None and worker.task is not None}

    @property
    def idle(self) -> bool:
        """Whether another task can be submitted."""
        return len(self.busy) < len(self._places)

    def submit(self, number: int, task: Mapping[str, Any]) -> None:
        """Have a task done. TypeError if something in it cannot travel."""
        line = encoded(task)
        worker = self._an_idle_one()
        worker.task = number
        worker.send(line)

    def _an_idle_one(self) -> "_Worker":
        for worker in self._places:
            if worker is not None and worker.task is None and worker.is_alive():
                return worker
        place = next(place for place, each in enumerate(self._places) if each is None or each.task is None)
        self._drop(place)
        worker = _Worker(self._threads, self._messages, self._environment(place))
        self._places[place] = worker
        return worker

    def _environment(self, place: int) -> dict[str, str]:
        """What is another in the environment of the worker at a place."""
        if not self._gpus:
            return {}
        visible = os.environ.get(GPUS, "").split(",")
        names = [name.strip() for name in visible if name.strip()] or [str(number) for number in range(self._gpus)]
        return {GPUS: names[place % len(names)]}

    def answer(self, number: int, answer: Mapping[str, Any]) -> None:
        """Answer a message that asks something."""
        for worker in self._places:
            if worker is not None and worker.task == number:
                worker.send(encoded(answer))

    def messages(self, seconds: float = LOOK) -> Iterator[tuple[int, Message]]:
        """What has been told of tasks, by their numbers; waits so long for the first."""
        with suppress(queue.Empty):
            told = [self._messages.get(timeout=seconds)]
            told += [self._messages.get_nowait() for _ in range(self._messages.qsize())]
            for worker, message in told:
                yield from self._of_task(worker, message)

    def _of_task(self, worker: "_Worker", message: Message | None) -> Iterator[tuple[int, Message]]:
        number = worker.task
        if message is None:  # the end of its pipe
            worker.task, message = None, Death(worker.ending())
        elif isinstance(message, dict) and "result" in message:
            worker.task = None
        if number is not None:
            yield number, message

    def ask(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """The result of one task, where nothing else is done.

        Raises:
            RenderError: the worker died of it.
        """
        self.submit(0, task)
        while True:
            for _, message in self.messages():
                if isinstance(message, Death):
                    raise RenderError(message.reason)
                if "result" in message:
                    result: dict[str, Any] = message["result"]
                    return result
            checkpoint()

    def __exit__(self, *_: object) -> None:
        until = time.monotonic() + GRACE
        living = [worker for worker in self._places if worker is not None and worker.is_alive()]
        try:
            for worker in living:
                worker.close()
            while any(worker.is_alive() for worker in living) and time.monotonic() < until:
                with suppress(queue.Empty):  # a worker whose messages nobody takes could not end
                    self._messages.get(timeout=LOOK)
        finally:
            for place in range(len(self._places)):
                self._drop(place)

    def _drop(self, place: int) -> None:
        """End the worker at a place at once, if there is one."""
        worker, self._places[place] = self._places[place], None
        if worker is not None:
            worker.kill()


class _Worker:
    """One process, from here."""

    def __init__(self, threads: int, messages: Messages, environment: Mapping[str, str]) -> None:
        self.task: int | None = None
        self._messages, self._over = messages, threading.Event()
        with disk_refusals(Path(tempfile.gettempdir())):
            self._folder = Path(tempfile.mkdtemp(prefix="vidream-worker-"))  # a kill leaves nothing in a shared one
        try:
            self._process = self._started(threads, {**os.environ, **self._variables(threads), **environment})
        except OSError as error:
            self._folder.rmdir()
            raise RenderError(f"{sys.executable}: cannot be started once more: {error.strerror}") from None
        self._reader = threading.Thread(target=self._read, name="worker", daemon=True)
        self._reader.start()

    def _started(self, threads: int, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "vidream.jobs.worker", str(threads), str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if sys.stderr is not None else subprocess.DEVNULL,
            env=environment,
            **own_session(),  # a Ctrl-C, and the end of a terminal, are for us to hear of
        )

    def _variables(self, threads: int) -> dict[str, str]:
        """Of its environment: its folder, its threads where nobody has chosen, and modules from where ours are."""
        bounds = {name: str(threads) for name in LIBRARIES if name not in os.environ}
        places = dict.fromkeys(str(Path(place).absolute()) for place in sys.path)
        return {"TMPDIR": str(self._folder), "PYTHONPATH": os.pathsep.join(places), **bounds}

    def _read(self) -> None:
        """Hand on what it tells, then None."""
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                if not self._put(decoded(line)):
                    return
        except (KeyError, TypeError, ValueError):  # no message of ours; or half a line, of one that was ended
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
            self._process.kill()
        self._process.wait()
        self._put(None)

    def _put(self, message: Message | None) -> bool:
        """Wait for room; False if nobody wants it any more."""
        while self._messages.qsize() >= WAITING:
            if self._over.wait(LOOK):
                return False
        self._messages.put((self, message))
        return not self._over.is_set()

    def send(self, line: bytes) -> None:
        """Tell it something; that it is gone is told by its messages."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ending(self) -> str:
        """How it ended, once it has."""
        status = self._process.wait()
        if status >= 0:
            return f"its process ended by itself, with status {status}"
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        guess = " (was memory short?)" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{guess}; what is done of it stays"

    def close(self) -> None:
        """Close its pipe: it ends what it is at, and itself."""
        assert self._process.stdin is not None
        with suppress(OSError):  # what nobody has read is lost
            self._process.stdin.close()

    def kill(self) -> None:
        """End it at once, if it has not ended, and take its folder away."""
        self._over.set()
        self._process.kill()
        self._process.wait()
        self.close()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)
