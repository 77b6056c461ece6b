"""What the page shows of a queue, as JSON: each film with its state, in the order in which they are made."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vidream.config import DEFAULT
from vidream.errors import VidreamError
from vidream.jobs.jobspec import JobSpec
from vidream.plan.seed import file_of
from vidream.render.leftovers import frames_safe
from vidream.studio.queue_file import Aside
from vidream.studio.queue_items import Queue, QueueItem, jobs_of
from vidream.studio.queue_jobs import NOISE
from vidream.studio.queue_place import QueuePlace, Status, id_of

Find = Callable[[Path], str | None]
"""The id of a file in FOLDER's table; None: it has none."""


class QueueView:
    """Makes JSON of what is known."""

    def __init__(self, place: QueuePlace, find: Find) -> None:
        """place: of the queue. find: the id of a file."""
        self._place, self._find = place, find

    def items(self, queue: Queue, status: Status, at_work: bool, planned: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Every film of a queue.

        Args:
            queue: as it stands.
            status: what the runner is at.
            at_work: whether there is a runner.
            planned: by key, what was found out when films were added: frames, size.
        """
        specs = [item.spec for item in queue.items]
        return [self._item(item, specs, status if at_work else Status(), planned) for item in queue.items]

    def _item(
        self, item: QueueItem, specs: Sequence[JobSpec], status: Status, planned: Mapping[str, Any]
    ) -> dict[str, Any]:
        table = {**self.about(item.spec), **planned.get(item.key, {}), "state": item.state}
        table["siblings"] = jobs_of(specs, item.spec.number) - 1
        if item.end is not None:
            told = self._place.told
            table |= {"reason": told(item.end.reason), "warnings": [*map(told, item.end.warnings)]}
            table |= {"frames": item.end.frames, "seconds": item.end.seconds}
        if item.state == "done":
            table["film"] = self._find(item.spec.out)
        elif status.key == item.key and not status.ended:
            table |= {"state": "working", **now(status)}
        else:
            table["frames"] = _safe(item.spec.out)
        return table

    def about(self, spec: JobSpec) -> dict[str, Any]:
        """What a film is made of, and how it is called."""
        key = self._place.key(spec.out)
        source = None if spec.source == NOISE else file_of(spec.source)
        song = None if spec.song is None else Path(spec.song)
        return {
            "id": id_of(key),
            "file": key,
            "name": spec.out.parent.name if "%" in spec.out.name else spec.out.stem,
            "command": spec.command,
            "look": _look(spec),
            "source": NOISE if source is None else source.name,
            "source_id": None if source is None else self._find(source),
            "song": None if song is None else song.name,
            "song_id": None if song is None else self._find(song),
            "picture": self._place.picture(key).exists(),
        }

    def aside(self, aside: Aside) -> dict[str, Any]:
        """A film that was cancelled."""
        return {**aside.about, "id": id_of(aside.key), "frames": _safe(self._place.out(aside.key))}


def now(status: Status) -> dict[str, Any]:
    """How far the film is that is made at the moment."""
    return {
        "id": id_of(status.key),
        "stage": status.stage,
        "frames": status.frames,
        "total": status.total,
        "left": status.left,
        "pace": status.pace,
        "newest": status.newest,
        "warnings": [*status.warnings],
    }


def _look(spec: JobSpec) -> str:
    """What a person calls the look of a film."""
    preset = Path(str(spec.arguments.get("preset") or "")).stem
    return preset or ("own look" if spec.arguments else DEFAULT)


def _safe(out: Path) -> int:
    """Frames that a stopped run has left."""
    try:
        return frames_safe(out)
    except VidreamError:
        return 0
