"""The outputs of a run on a cluster: begun one after the other beside, cut into units, joined when all are back."""

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

from vidream.cluster.engines import Engines
from vidream.cluster.farm import Offers
from vidream.cluster.finders import Finders
from vidream.cluster.units import Answer, Refusal, RenderedPicture, Unit, check_divisible, units_of
from vidream.errors import Cancelled, VidreamError
from vidream.events import checkpoint, scope, warn
from vidream.jobs.item import BatchItem, BatchResult, in_folder
from vidream.jobs.job import Job, Rendered
from vidream.jobs.records import Records, mark_of
from vidream.jobs.render_job import RenderJob
from vidream.media.paths import replacing
from vidream.render.parted import PartedSession
from vidream.text import printable

LARGE = 2000
"""Frames from which on a film is cut up in any case: else much would be lost with its node."""
SMALL = 0.5
"""Of what is left for each node to make: a film of less is not cut up, as finding its shots takes a core's time."""


@dataclass
class Output:
    """An output on its way."""

    index: int
    """Of its item."""
    item: BatchItem
    """What was asked for."""
    job: Job
    """Its job, built."""
    began: float
    """By time.monotonic."""
    open: ExitStack
    """What is to be closed when it has ended."""
    session: PartedSession | None = None
    """What gathers its parts; None for a picture."""
    waiting: set[int] = field(default_factory=set)
    """First frames of its units that have not come back."""
    is_found: bool = False
    """Whether all of its units are known."""


@dataclass(frozen=True)
class _Found:
    """What is found of an output: a unit, or that all of them are known, or why it cannot be made."""

    index: int
    unit: Unit | None = None
    result: BatchResult | None = None


class Outputs:
    """`with Outputs(items, ...) as outputs:` those of one run. What goes wrong with one is in its result."""

    def __init__(
        self,
        items: Sequence[BatchItem],
        offers: Offers,
        engines: Engines | None = None,
        records: Records | None = None,
    ) -> None:
        """None is begun.

        Args:
            items: what is to be made.
            offers: who lets nodes read their files.
            engines: who names the engines of films; None: they have one.
            records: of a batch.
        """
        self.frames = 0  # that are safe
        self._items, self._offers, self._engines, self._records = items, offers, engines, records
        self._totals = {index: item.frames or 0 for index, item in enumerate(items)}
        self._left = {*range(len(items))}  # those that have not ended
        self._outputs: dict[int, Output] = {}
        self._ended: queue.SimpleQueue[tuple[int, BatchResult]] = queue.SimpleQueue()
        self._found: queue.SimpleQueue[_Found] = queue.SimpleQueue()
        self._room, self._turn = 0, threading.Lock()
        self._joiner = ThreadPoolExecutor(1, "joins")
        self._finders = Finders(items, self._begin)
        self.messages = self._finders.messages  # that were told already

    def __enter__(self) -> Self:
        self._finders.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._finders.__exit__()
        self._joiner.shutdown(cancel_futures=True)
        for output in self._outputs.values():
            output.open.close()

    @property
    def over(self) -> bool:
        """Whether every output has ended, and been taken."""
        return not self._left

    @property
    def total(self) -> int:
        """Output frames in all, as far as can be known."""
        return sum(self._totals.values())

    def more(self, wanted: int, room: int) -> list[Unit]:
        """The units that were found since the last time.

        Args:
            wanted: outputs are begun until so many are found.
            room: units that are made at a time.
        """
        self._room = room
        units = []
        with suppress(queue.Empty):
            while True:
                found = self._found.get_nowait()
                output = self._outputs.get(found.index)
                if found.unit is not None and output is not None:  # else it has failed meanwhile
                    units.append(found.unit)
                elif found.unit is None:
                    self._all_found(found, output)
        self._finders.want(wanted - len(units), room)
        return units

    def _all_found(self, found: _Found, output: Output | None) -> None:
        if found.result is not None:
            self._end(found.index, found.result)
        elif output is not None:
            output.is_found = True
            self._join_if_whole(output)

    def keep(self, unit: Unit, answer: Answer) -> int:
        """Keep what a unit has made, and return how many frames that is.

        Raises:
            VidreamError: it is not what a node can have made, or the disk refuses.
        """
        output = self._outputs.get(unit.item)
        if output is None or unit.first not in output.waiting:  # of one that has failed
            return 0
        if isinstance(answer, RenderedPicture):
            out = output.job.out
            overwrite = output.job.config.files.overwrite
            with replacing(out, overwrite=overwrite, sources=output.item.spec.files) as path:
                path.write_bytes(answer.content)
            frames = 1
        else:
            assert output.session is not None
            assert not isinstance(answer, Refusal)
            output.session.add(answer)
            frames = answer.frames
        output.waiting.discard(unit.first)
        with self._turn:
            self.frames += frames
        self._join_if_whole(output)
        return frames

    def fail(self, index: int, error: str | BaseException) -> None:
        """An output cannot be made; what is done of it stays."""
        if index in self._outputs:
            self._end(index, self._failure(self._items[index], error))

    def ended(self) -> Iterator[tuple[int, BatchResult]]:
        """What has become of outputs since the last time."""
        with suppress(queue.Empty):
            while True:
                index, result = self._ended.get_nowait()
                if index in self._outputs:
                    self._outputs.pop(index).open.close()
                if index in self._left:  # else it has failed twice: at a node, and while its units were found
                    self._left.discard(index)
                    yield index, result

    # Beside: outputs are begun, and their units found

    def _begin(self, index: int, item: BatchItem, left: int) -> None:
        """Find the units of an output that are not made yet. left: how many are to be begun after it."""
        failure = None
        try:
            with ExitStack() as stack:
                output = self._opened(index, item, stack)
                self._outputs[index] = replace(output, open=stack.pop_all())
            self._find_units(self._outputs[index], left)
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 (a bug in one is none of the others')
            checkpoint()
            failure = self._failure(item, error)
        self._found.put(_Found(index, result=failure))

    def _opened(self, index: int, item: BatchItem, stack: ExitStack) -> Output:
        job = item.job or item.spec.job()
        if self._engines is not None:
            job = self._engines.with_engine(job)
        check_divisible(job)
        with in_folder(item.spec.folder, stays=True):
            job.check()
        files = [path for path in item.spec.files if path.is_file()]
        self._offers.offer(files)
        stack.callback(self._offers.withdraw, files)
        if self._records:
            self._records.begin(mark_of(job))
        session = stack.enter_context(job.parted_session()) if isinstance(job, RenderJob) else None
        return Output(index, item, job, time.monotonic(), stack, session)

    def _find_units(self, output: Output, left: int) -> None:
        session, total = output.session, 0
        if session is not None:
            with self._turn:
                self.frames += session.frames
            if session.finished:
                return
        cut = session is None or bool(session.taken) or self._is_large(output.job.frames, left)
        processor = ""
        if self._engines is not None:
            processor = self._engines.processor(output.job, session.kind if session is not None else "")
        for unit in units_of(output.index, output.item.spec, output.job, cut=cut, processor=processor):
            checkpoint()
            if output.index not in self._outputs:  # it has failed meanwhile
                return
            total += unit.frames or 0
            self._totals[output.index] = max(total, output.job.frames or 0)
            if session is None or not session.has(unit.first):
                output.waiting.add(unit.first)
                self._found.put(_Found(output.index, unit))
                self._finders.found()

    def _is_large(self, frames: int | None, left: int) -> bool:
        """Whether a film is cut up: one node would be at it when others have nothing left to do."""
        if not frames or frames >= LARGE:
            return True
        room = self._room  # which may change meanwhile
        return left < room and frames > SMALL * (self.total - self.frames) / room

    # Ends

    def _join_if_whole(self, output: Output) -> None:
        if output.is_found and not output.waiting:
            self._joiner.submit(copy_context().run, self._join, output)

    def _join(self, output: Output) -> None:
        """Join what has come back, beside."""
        with suppress(Cancelled), scope(None, self._finders.stop):
            self._ended.put((output.index, self._joined(output)))

    def _joined(self, output: Output) -> BatchResult:
        frames, placed = 1, partial(self._records.end, output.job.out) if self._records else None
        try:
            if output.session is not None:
                assert isinstance(output.job, RenderJob)
                output.job.finish(output.session, placed)
                frames = output.session.frames
            elif placed:
                placed(frames)
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 (a bug in one is none of the others')
            checkpoint()
            return self._failure(output.item, error)
        size = output.job.written if isinstance(output.job, RenderJob) else output.job.size
        rendered = Rendered(output.job.out, frames, size, time.monotonic() - output.began)
        result = BatchResult(output.item.spec, "done", rendered=rendered)
        self._write_log(result, f"{frames} frames")
        return result

    def _failure(self, item: BatchItem, error: str | BaseException) -> BatchResult:
        """What has become of an output that cannot be made; it is in its log, too."""
        reason = str(error)
        if isinstance(error, BaseException) and not isinstance(error, VidreamError):
            reason = f"a bug ({type(error).__name__}: {error})"
        result = BatchResult(item.spec, "failed", reason)
        self._write_log(result, printable(reason))
        return result

    def _end(self, index: int, result: BatchResult) -> None:
        """An output has ended otherwise than by being joined."""
        if (output := self._outputs.get(index)) is not None:
            output.waiting.clear()
        self._ended.put((index, result))

    def _write_log(self, result: BatchResult, text: str) -> None:
        """A line in the log of an output of a batch."""
        if self._records is None:
            return
        path = self._records.log_of(result.spec)
        try:
            with path.open("a", encoding="utf-8") as file:
                print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {result.state}, by a cluster: {text}", file=file)
        except OSError as error:
            warn(f"{path}: cannot be written: {error.strerror}")
