"""A run on disk: what is done, what may be gone on with, and whose it is.

OUT.vidream/ holds the film's segments, what the last of them hands on, and two small files: `session.json` says what
the run belongs to, `progress.json` how far it is. A segment counts when progress.json says so, and that is written last
and renamed into place: whenever the run is cut short, what progress.json names is whole.
"""

import io
import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from os.path import lexists
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from vidream.errors import MediaError, RenderError
from vidream.events import StageEvent, checkpoint, tell
from vidream.frames import Size
from vidream.media.files import restricted, stamp_of, target_of
from vidream.media.paths import disk_refusals
from vidream.media.sequence import sequence
from vidream.media.still import PICTURES
from vidream.media.writer import Maker, Write
from vidream.plan.step import Step
from vidream.render import kept
from vidream.render.composite import RenderedFrame
from vidream.render.fingerprint import changes, is_whole, key_of
from vidream.render.remains import (
    BEFORE_OWNER,
    NUMBERED,
    OWNER,
    PROGRESS,
    UNENDED,
    WHOLE,
    digest_of,
    fault_of,
    flush,
    glanced,
    is_as_made,
    left_to_place,
    quietly,
)
from vidream.render.state import LoopState
from vidream.render.workfolder import Workfolder, folder_of, session_names

SEGMENT = 24  # output frames: what is done twice, at most, after a stop

T = TypeVar("T")

Placed = Callable[[int], None]
"""Called with the number of output frames when OUT is in its place, and what would make it anew is still there."""


class Session:
    """`with Session(out, maker, belongs) as session:` write to it, then finish it.

    frames   output frames that are safe
    complete all of them are made; finished: they are joined, too, with what goes under them
    after    index of the source frame of the last step that is safe; None before the first
    through  the last source frame that the safe ones show; None where that is not known
    carried  what that step hands on
    firsts   output frame of each segment that is safe
    """

    def __init__(
        self,
        out: Path,
        maker: Maker,
        belongs: Mapping[str, Any],
        *,
        fresh: bool = False,
        overwrite: bool = False,
        first: int = 0,
        sizes: Collection[Size] = (),
        sources: Iterable[Path] = (),
        folders: Iterable[Path] = (),
    ) -> None:
        """A session of OUT, not yet open.

        belongs: what OUT is made of, and how: see vidream.render.fingerprint. fresh: begin anew. overwrite: what is at
        OUT may be replaced. first: the output frame that it begins with. sizes: px, that what is carried may have.
        sources: files; OUT will be no more readable than any of them, or of the `folders` that were named as sources.
        """
        self.out, self.maker, self.belongs = out, maker, dict(belongs)
        self.fresh, self.overwrite, self.sizes, self.sources = fresh, overwrite, sizes, tuple(sources)
        self.folder = Workfolder(folder_of(out), session_names(out), out)
        self.frames, self.finished, self.complete = first, False, False
        self._many = sequence(out, PICTURES)
        self._pictures = self._place_of(out) if self._many else ""
        self.folders = tuple(folders)
        self._stamps = {path: stamp_of(path) for path in self.sources}
        self._flushed: set[str] = set()
        self.after: int | None = None
        self.through: int | None = None
        self.carried: LoopState | None = None
        self.firsts: list[int] = []
        self.digests: dict[int, str] = {}  # of each segment, by its first frame
        self._whole = ""  # digest of what OUT is to be
        self._segment: AbstractContextManager[Write] | None = None
        self._write: Write | None = None
        self._pending = 0  # output frames of the open segment
        self._last: tuple[Step, LoopState | None] | None = None

    def __enter__(self) -> Self:
        with disk_refusals(self.out, "; what is done stays"):
            self.folder.__enter__()
            try:
                self._open()
            except BaseException:
                self.folder.__exit__()
                raise
        return self

    def _open(self) -> None:
        owner = quietly(self.folder, OWNER, kept.fingerprint) or {}
        if owner.get("out", self._pictures) != self._pictures:
            said = f"holds frames of {owner['out']}, which is another output than {self.out}"
            raise MediaError(f"{self.folder.path}: {said}; finish that first, or name another file")
        if self.fresh:
            left = quietly(self.folder, PROGRESS, kept.done)
            if left is not None:
                self._check_strangers(owner, left)
            self._begin_anew()
            return
        theirs, done = self.read(OWNER, kept.fingerprint), self.read(PROGRESS, kept.done)
        if theirs is None:
            self._open_without_owner(done)
            return
        changed = changes(self.belongs, theirs, done)
        if changed:
            said = f"holds another render of {self.out}: changed: {', '.join(changed)}; --fresh starts over"
            raise MediaError(f"{self.folder.path}: {said}")
        if done is None:
            self._clean()
        elif done.finished:
            self._go_on_to_place(done, wanted=is_whole(self.belongs, theirs, done))
        else:
            self._go_on(done, whole=False)
        self._own()

    def _go_on_to_place(self, done: kept.Done, wanted: bool) -> None:
        """All was made, and some of it may be in its place. wanted: with the sound that it is to have now."""
        left = left_to_place(self.folder, self.out)
        if is_as_made(self.folder, self.out, self.maker, done) and (left or wanted):
            self._go_on(done, whole=wanted)
        elif not left:
            self._begin_anew()  # what was made of it was taken away since, or has another sound
        elif self._many:
            said = f"pictures that were put at {self.out} are gone, or were changed"
            raise MediaError(f"{self.folder.path}: {said}; --fresh --overwrite makes all of them anew")
        else:
            self._go_on(done, whole=False)  # it is joined again

    def _open_without_owner(self, done: kept.Done | None) -> None:
        """Nothing says whose it is: it is new, or its removal was cut short, when OUT was in its place already."""
        rest = [name for name in self.folder.listed() if not BEFORE_OWNER.fullmatch(name)]
        if done is not None and done.finished and rest == [PROGRESS]:
            if done.belongs == key_of(self.belongs) and is_as_made(self.folder, self.out, self.maker, done):
                self.frames, self.finished, self.complete = done.frames, True, True
                return
            rest = []
        if PROGRESS in rest:
            raise self.damaged(f"{OWNER} is missing")
        if rest:
            raise self._refused(rest[0])
        self._begin_anew()

    def _begin_anew(self) -> None:
        """With nothing of an earlier run. MediaError if nothing says that what is there is of one."""
        rest = [name for name in self.folder.listed() if not BEFORE_OWNER.fullmatch(name)]
        if rest and not {OWNER, PROGRESS}.intersection(rest):
            raise self._refused(rest[0])
        self.folder.clear(keep=(OWNER, PROGRESS))
        for name in (PROGRESS, OWNER):  # as in _remove: what says that there is a session goes last
            self.folder.delete(name)
        self._own()

    def _own(self) -> None:
        """Write down what it belongs to."""
        self.save(OWNER, {**self.belongs, "out": self._pictures} if self._pictures else self.belongs)

    def _refused(self, name: str) -> MediaError:
        said = f"holds {name}, but no {OWNER}: nothing says that vidream made it"
        return MediaError(f"{self.folder.path}: {said}; move it away, or name another file than {self.out.name}")

    def _go_on(self, done: kept.Done, whole: bool) -> None:
        self.frames, self.after, self.firsts = done.frames, done.after, list(done.segments)
        self.through, self.digests, self._whole = done.through, dict(zip(done.segments, done.digests, strict=True)), ""
        self.complete, self.finished = done.finished, whole or (done.finished and self._many is not None)
        if self.finished:
            return
        self.check_made(done.segments, done.frames)
        self._check_strangers(self.belongs, done)
        self._clean(keep=done.carried)
        if done.carried:
            try:
                if done.carry not in ("", digest_of([done.carried], self.folder.open)):
                    raise ValueError("is not what was handed on")
                with self.folder.open(done.carried) as file:
                    self.carried = kept.carried(file, self.sizes)
            except (OSError, ValueError) as error:
                raise self.damaged(f"{done.carried}: {error}") from None

    def check_made(self, firsts: Sequence[int], end: int) -> None:
        """Raise MediaError unless the files of segments are what was made. end: of the last of them."""
        for first, until in zip(firsts, [*firsts[1:], end], strict=True):
            try:
                fault = fault_of(self.folder, self.maker.names(first, until), self.digests.get(first, ""))
            except OSError as error:
                fault = f"{error.filename} cannot be read: {error.strerror}"
            if fault:
                raise self.damaged(fault)

    def _check_strangers(self, owner: Mapping[str, Any], done: kept.Done) -> None:
        """Raise MediaError if a file is named as one that is made here, and is none: it would go with the rest."""
        if "how" in owner or "True" in (owner.get("reverse"), self.belongs.get("reverse")):
            return  # there, what a segment that was not ended has left may have any number
        numbered = {name for name in self.folder.listed() if NUMBERED.fullmatch(name)}
        ends = [*done.segments[1:], done.frames]
        made = set[str]().union(*map(self.maker.names, done.segments, ends))
        unended = (self.maker.names(done.frames, done.frames + count) for count in range(1, len(numbered) + 1))
        strange = numbered.difference(made, *unended)
        if strange:
            said = f"holds {min(strange)}, which is not what was made"
            raise MediaError(f"{self.folder.path}: {said}; move it away, or name another file than {self.out.name}")

    @property
    def placed(self) -> set[int]:
        """The numbers of the pictures that are in their place already."""
        if not (self._many and self.complete):
            return set()
        waiting = {int(Path(name).stem) for name in left_to_place(self.folder, self.out)}
        return set(range(1, self.frames + 1)) - waiting

    def _place_of(self, out: Path) -> str:
        """Where OUT lies, as seen from this session's folder: the two may be moved together."""
        return os.path.relpath(target_of(out).absolute(), self.folder.path.absolute().parent)

    def _clean(self, keep: str = "") -> None:
        """Take away what was not ended."""
        for name in self.folder.listed():
            if UNENDED.fullmatch(name) and name != keep:
                self.folder.delete(name)

    def read(self, name: str, parse: Callable[[bytes], T]) -> T | None:
        try:
            content = self.folder.read(name)
            return None if content is None else parse(content)
        except (OSError, ValueError) as error:
            raise self.damaged(f"{name} {error}") from None

    def damaged(self, why: str) -> MediaError:
        return MediaError(f"{self.folder.path}: damaged: {why}; --fresh starts over")

    def save(self, name: str, content: Mapping[str, Any]) -> None:
        self.folder.write(name, json.dumps(content, indent=1).encode())

    def write(self, rendered: RenderedFrame) -> None:
        """A rendered frame, as often as it is held. Segments begin at cuts, and SEGMENT frames after."""
        with disk_refusals(self.out, "; what is done stays"):
            step, carried = rendered.step, rendered.state
            if step.hold == 0:
                return
            begins = step.cut and carried is not None
            if self._pending and (begins or self._pending >= SEGMENT) and not (self._last and self._last[0].flash):
                self.close(step.index)
            if self._write is None:
                self._segment = self.maker.segment(self.folder.here(), self.frames)
                self._write = self._segment.__enter__()
            pixels = rendered.frame.pixels()
            for _ in range(step.hold):
                self._write(pixels)
            self._pending += step.hold
            self._last = step, carried

    def close(self, following: int | None = None) -> None:
        """End the open segment and make it count. following: index of the step that comes after it."""
        if self._segment is None or self._last is None:
            return
        self._check_sources()
        segment, self._segment, self._write = self._segment, None, None
        segment.__exit__(None, None, None)
        self.folder.here()  # it must still lead to where the segment is
        flush(self.folder, NUMBERED, self._flushed)
        step, carried = self._last
        first, self.frames = self.frames, self.frames + self._pending
        self.firsts.append(first)
        self.digests[first] = digest_of(self.maker.names(first, self.frames), self.folder.open)
        self.after, self._pending, self._last = step.index, 0, None
        name = f"carried-{self.frames:08d}.npz" if carried else ""
        if carried:
            content = io.BytesIO()
            np.savez(content, **kept.state_arrays(carried))
            self.folder.write(name, content.getbuffer())
        self._progress(name, through=None if following is None else following - 1)
        self._clean(keep=name)

    def _check_sources(self) -> None:
        """Raise MediaError if a source is another than when this began: what was read of it is of two films."""
        for path, stamp in self._stamps.items():
            if stamp_of(path) != stamp:
                said = "changed while it was read; the frames from before are kept: put it back, or begin anew"
                raise MediaError(f"{path}: {said} with --fresh")

    def made(self) -> list[tuple[str, bytes]]:
        """The files that hold the frames that are done: name, content."""
        names = [name for name in self.folder.listed() if NUMBERED.fullmatch(name)]
        return [(name, (self.folder.here() / name).read_bytes()) for name in names]

    def _progress(self, carried: str, through: int | None = None) -> None:
        done = kept.Done(
            self.frames,
            self.after,
            tuple(self.firsts),
            carried,
            self.finished,
            through,
            belongs=key_of(self.belongs) if self.finished else "",
            digests=tuple(self.digests[first] for first in self.firsts),
            carry=digest_of([carried], self.folder.open) if carried else "",
            whole=self._whole,
        )
        self.save(PROGRESS, kept.checked(done))

    def finish(self, placed: Placed | None = None) -> None:
        """Make OUT of what is done, and take the folder away; `placed` is called in between.

        Raises:
            MediaError: something has come to OUT meanwhile, and may not be replaced. What is done stays.
        """
        with disk_refusals(self.out, "; what is done stays"):
            if not self.finished:
                self.close()
                checkpoint()
                tell(StageEvent("joining", self.out))
                self.maker.join(self.folder.here(), self.firsts, self.frames)
                flush(self.folder, WHOLE, self._flushed)
                whole = [] if self._many else list(left_to_place(self.folder, self.out))
                self._whole = digest_of(whole, self.folder.open) if whole else ""
                self.finished = True
                self._progress("")
            self._place()
            if placed:
                placed(self.frames)
            self._remove()

    def _place(self) -> None:
        left = left_to_place(self.folder, self.out)
        there = next((out for out in left.values() if lexists(out)), None)
        if there is not None and not self.overwrite:
            said = "is there already, and was not when this began; what was made waits; --overwrite puts it there"
            raise MediaError(f"{there}: {said}")
        restricted([self.folder.here() / name for name in left], [*self.sources, *self.folders])
        self.maker.place(self.folder.here(), self.frames, overwrite=self.overwrite)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._segment is not None:
                self._segment.__exit__(kind or RenderError, error or RenderError("not finished"), trace)
            if self.folder.is_open and not self.frames:
                self._remove()  # nothing is lost with it
        finally:
            self.folder.__exit__()

    def _remove(self) -> None:
        """What says that the run is finished goes last, so that a removal that is cut short can be taken up."""
        self.folder.clear(keep=(OWNER, PROGRESS))
        self.folder.delete(OWNER)
        self.folder.delete(PROGRESS)
        self.folder.remove()


def frames_safe(out: Path) -> int:
    """Output frames that a stopped run has on disk."""
    done = glanced(out, PROGRESS, kept.done)
    return 0 if done is None else done.frames
