"""The items of a batch, made side by side by workers; what has been made is written down here, by one process alone."""

from collections import deque
from collections.abc import Generator, Sequence
from typing import Any

from vidream.errors import VidreamError
from vidream.events import checkpoint, tell
from vidream.frames import Size
from vidream.jobs.crew import Crew
from vidream.jobs.item import BatchItem, BatchResult, ItemLog, ItemStartEvent
from vidream.jobs.job import Rendered
from vidream.jobs.records import JobMark, Records
from vidream.jobs.workers import Death, Message, Workers, retell


def run_side_by_side(items: Sequence[BatchItem], records: Records, crew: Crew) -> Generator[tuple[int, BatchResult]]:
    """Make items in processes beside this one, and yield what becomes of each as it comes, with its index.

    One that fails, or whose process is killed, leaves the others.

    Raises:
        Cancelled: the run of which this is a part was cancelled; what is done of each item stays.
    """
    waiting = deque(enumerate(items))
    with Workers(crew.count, crew.threads or 1, crew.gpus) as workers:
        while waiting or workers.busy:
            while waiting and workers.idle:
                index, item = waiting.popleft()
                tell(ItemStartEvent(index, item))
                workers.submit(index, {"task": "item", "spec": item.spec, "log": records.log_of(item.spec)})
            for index, message in workers.messages():
                if isinstance(message, dict) and "ask" in message:
                    workers.answer(index, _answer(records, message))
                elif isinstance(message, dict) and "event" in message:
                    retell(message["event"], items[index].spec.out)
                else:
                    yield index, _result(items[index], records, message)
            checkpoint()


def _answer(records: Records, message: dict[str, Any]) -> dict[str, Any]:
    """What a worker asks of the records, which it cannot see."""
    try:
        if message["ask"] == "end":
            records.end(message["out"], message["frames"])
            return {"answer": None}
        mark = JobMark(message["out"], message["digest"], message["overwrite"])
        if message["ask"] == "has":
            return {"answer": records.has(mark)}
        records.begin(mark)
    except VidreamError as error:
        return {"error": type(error).__name__, "reason": str(error)}
    return {"answer": None}


def _result(item: BatchItem, records: Records, message: Message) -> BatchResult:
    """What became of an item, by the last that its worker has told."""
    if isinstance(message, Death):
        with ItemLog(records.log_of(item.spec)) as log:
            log.write("ERROR", message.reason)
        return BatchResult(item.spec, "failed", message.reason)
    result, rendered = message["result"], None
    if result["state"] == "done":
        size = Size(*result["size"])
        rendered = Rendered(item.spec.out, result["frames"], size, result["seconds"])
    return BatchResult(item.spec, result["state"], result["reason"], rendered, tuple(result["warnings"]))
