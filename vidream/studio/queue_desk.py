"""A queue as the server keeps it: what stands in the file, what is wanted of the runner, whether that is at work."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from vidream.errors import InputError, VidreamError
from vidream.media.files import stamp_of
from vidream.render.workfolder import folder_of
from vidream.studio.job_text import JobText
from vidream.studio.queue_file import Aside, change, read_asides, without
from vidream.studio.queue_items import Queue, QueueItem, read_queue
from vidream.studio.queue_place import QueuePlace, id_of
from vidream.studio.queue_runner import RunnerProcess
from vidream.studio.state import State

ROOM = "queue"
"""What the room is called."""


class Desk:
    """What is queued, what was cancelled, and the process that makes films."""

    def __init__(self, place: QueuePlace, state: State) -> None:
        """Read the queue; nothing is begun. place: where it lies. state: what is remembered."""
        self.place, self._state = place, state
        kept = state.get(ROOM, {})
        self.asides = read_asides(kept.get("asides"))
        """What was cancelled."""
        self.planned: dict[str, Any] = dict(kept.get("planned") or {})
        """What was found out of films when they were queued, by key."""
        self.wanted, self.status = place.read_wanted(), place.read_status()
        self.queue = Queue((), ())
        self.at_work, self.problem = False, ""
        self._runner, self._stamps = RunnerProcess(place), self._stamps_now()
        self.reload()

    def look(self, at_runner: bool) -> tuple[bool, bool]:
        """Look at what has changed on disk: (whether anything has, whether it is more than how far a film is).

        at_runner: whether it is to be looked at, too, if the runner still lives.
        """
        stamps, before, was_at_work = self._stamps_now(), self.status, self.at_work
        told, changed = stamps != self._stamps, stamps[:-1] != self._stamps[:-1]
        self._stamps = stamps
        if told:
            self.status = self.place.read_status()
            now = self.status
            changed |= (before.key, before.ended, before.pid) != (now.key, now.ended, now.pid)
        if at_runner or changed:
            changed |= was_at_work != self._runner.is_at_work()
        if changed:
            self.reload()
        return told, changed

    def reload(self) -> None:
        """Read the file, and what became of its films."""
        self.queue = read_queue(self.place, self.wanted, self.place.read_ends())
        self.at_work = self._runner.is_at_work()
        self.problem = self._runner.crash(self.status)

    def begin_if_left(self, *, anew: bool = False) -> bool:
        """Start a runner where something is to be made and nobody does it; whether one was started.

        anew: even if the last one has failed.
        """
        idle = self.wanted.going and self.queue.next() is not None and not self._runner.is_at_work()
        if not idle or (self.problem and not anew):
            return False
        try:
            self._runner.start()
        except VidreamError as error:
            self.problem = str(error)
            return False
        self.at_work, self.problem = True, ""
        return True

    def keep(self, *, anew: bool = False, **wanted: Any) -> None:
        """Remember what has changed, and let the runner know. wanted: fields of Wanted that are others now."""
        self.wanted = replace(self.wanted, **wanted)
        self._remember()
        self.place.write_wanted(self.wanted)
        self._stamps = self._stamps_now()
        self.reload()
        self.begin_if_left(anew=anew)

    def _remember(self) -> None:
        self._state.put(ROOM, {"asides": [aside.stored() for aside in self.asides], "planned": self.planned})

    @contextmanager
    def put_aside(self, aside: Aside) -> Iterator[None]:
        """Remember a film before the block takes it out of the file; if that fails, it is not aside.

        Whatever ends the studio in between, its job is known.
        """
        before, self.asides = self.asides, [*without(self.asides, aside.key), aside]
        self._remember()
        self._state.flush()
        try:
            yield
        except BaseException:
            self.asides = before
            self._remember()
            raise

    def leave(self) -> None:
        """Let the runner go on by itself."""
        self._runner.leave()

    def change(self, by: Callable[[JobText], JobText]) -> None:
        """Change the file: see vidream.studio.queue_file.change."""
        change(self.place, by)

    def item(self, wanted: str) -> QueueItem:
        """The film of an id, as the file has it now. InputError: it is not in the queue any more."""
        self.reload()
        item = next((item for item in self.queue.items if id_of(item.key) == wanted), None)
        if item is None:
            raise InputError("this film is not in the queue any more")
        return item

    def siblings(self, item: QueueItem) -> bool:
        """Whether its job makes other films, too."""
        return sum(each.spec.number == item.spec.number for each in self.queue.items) > 1

    def aside(self, wanted: str) -> Aside:
        """The cancelled film of an id. InputError: it is none any more."""
        aside = next((aside for aside in self.asides if id_of(aside.key) == wanted), None)
        if aside is None:
            raise InputError("this film is not among those that were cancelled any more")
        return aside

    def picture(self, wanted: str) -> Path | None:
        """The newest frame of the film of an id; None: there is none."""
        keys = [item.key for item in self.queue.items] + [aside.key for aside in self.asides]
        key = next((key for key in keys if id_of(key) == wanted), None)
        path = None if key is None else self.place.picture(key)
        return path if path is not None and path.is_file() else None

    def outs(self) -> list[Path]:
        """Every path that is spoken for."""
        return [item.spec.out for item in self.queue.items] + [self.place.out(each.key) for each in self.asides]

    def _stamps_now(self) -> tuple[tuple[int, int], ...]:
        """What changes with each file that is read; that of the status, which changes often, is the last."""
        kept, records = self.place.kept, folder_of(self.place.jobs) / "begun.json"
        return tuple(map(stamp_of, (self.place.jobs, records, kept / "ends.json", kept / "status.json")))


def more(counts: Mapping[str, int], key: str) -> dict[str, int]:
    """Counts, with one more of a key."""
    return {**counts, key: counts.get(key, 0) + 1}
