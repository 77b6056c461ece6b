"""The segments of a film on disk: those that are safe, and the one that is being written.

Where the output has rushes (vidream.media.maker), what is written is one of those: they are safe as segments are, and
at a cut, or where they are many, a segment is encoded of them.
"""

import io
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from types import TracebackType

import numpy as np

from vidream.errors import RenderError
from vidream.frames import Size
from vidream.media.join import RUSH
from vidream.media.maker import ENCODED
from vidream.plan.step import Step
from vidream.render.composite import RenderedFrame
from vidream.render.filenames import NUMBERED, UNENDED
from vidream.render.journal import Progress, read_state, state_arrays
from vidream.render.leftovers import digest_of_files, flush, segment_fault
from vidream.render.output import Output
from vidream.render.state import LoopState
from vidream.render.workfolder import Workfolder

Write = Callable[[RenderedFrame], None]

SEGMENT = 24
"""Output frames of a segment or rush, at least: what is rendered twice, at most, after a crash."""


class Segments:
    """A film's segments in a folder of ours. A segment counts once `end` has returned and progress.json names it."""

    frames: int
    """Output frames that are safe, and those before the first of them."""
    after: int | None
    """Index of the source frame of the last step that is safe; None before the first."""
    through: int | None
    """The last source frame that the safe ones show; None where that is not known."""
    state: LoopState | None
    """What the last safe step hands on."""
    firsts: list[int]
    """The first output frame of each segment, or rush, that is safe."""
    rushes: list[int]
    """Those of them that are rushes: the last ones."""
    digests: dict[int, str]
    """The digest of each segment's files, by its first output frame."""

    def __init__(self, folder: Workfolder, output: Output, first: int) -> None:
        """None is there yet. first: the output frame that they begin with."""
        self.frames, self.after, self.through, self.state = first, None, None, None
        self.firsts, self.rushes, self.digests = [], [], {}
        self._folder, self._output = folder, output
        self._state_name = ""
        self._flushed: set[str] = set()
        self._segment: AbstractContextManager[Write] | None = None
        self._write: Write | None = None
        self._pending = 0  # output frames of the open segment
        self._last: tuple[Step, LoopState | None] | None = None

    def restore(self, progress: Progress) -> None:
        """Take over what an earlier run says is safe; nothing of it is looked at."""
        self.frames, self.after, self.through = progress.frames, progress.after, progress.through
        self.firsts, self._state_name = list(progress.segments), progress.carried
        self.rushes = [first for first in self.firsts if first >= progress.encoded]
        self.digests = dict(zip(progress.segments, progress.digests, strict=True))

    def check(self, firsts: Sequence[int], end: int) -> None:
        """Look at the files of segments.

        Args:
            firsts: the first output frame of each.
            end: the output frame after the last of them.

        Raises:
            ValueError: they are not what was made; it says which.
        """
        for first, until in zip(firsts, [*firsts[1:], end], strict=True):
            try:
                fault = segment_fault(self._folder, self._names(first, until), self.digests.get(first, ""))
            except OSError as error:
                fault = f"{error.filename} cannot be read: {error.strerror}"
            if fault:
                raise ValueError(fault)

    def restore_state(self, progress: Progress, sizes: Collection[Size]) -> None:
        """Read what the last safe step hands on. sizes: px, that its pictures may have.

        Raises:
            ValueError: it is not what was handed on.
        """
        name = progress.carried
        if not name:
            return
        try:
            if progress.carry not in ("", digest_of_files([name], self._folder.open)):
                raise ValueError("is not what was handed on")
            with self._folder.open(name) as file:
                self.state = read_state(file, sizes)
        except (OSError, ValueError) as error:
            raise ValueError(f"{name}: {error}") from None

    @property
    def is_open(self) -> bool:
        """Whether a segment is being written."""
        return self._segment is not None

    @property
    def following(self) -> int | None:
        """Index of the step after the last that was written, where the open segment may end; None where it may not."""
        if not self._pending or self._last is None or self._last[0].flash:
            return None
        return self._last[0].index + 1

    def is_over(self, rendered: RenderedFrame) -> bool:
        """Whether the open segment ends before this frame: at a cut, or when it is long enough; never after a flash."""
        if not self._pending or self._last is None or self._last[0].flash:
            return False
        return self._pending >= SEGMENT or self._ends_rushes(rendered)

    def are_rushes_over(self, rendered: RenderedFrame) -> bool:
        """Whether the rushes are to be encoded before this frame: at a cut, or when there are enough of them."""
        return bool(self.rushes) and not self._pending and self._ends_rushes(rendered)

    def _ends_rushes(self, rendered: RenderedFrame) -> bool:
        """Whether a segment ends here, wherever rushes end: a run that was stopped makes the same ones."""
        starts_shot = rendered.step.cut and rendered.state is not None
        return starts_shot or (self._output.rushes and self.frames + self._pending - self._encoded >= ENCODED)

    @property
    def _encoded(self) -> int:
        """The output frame that the rushes begin with, or would."""
        return self.rushes[0] if self.rushes else self.frames

    def write(self, rendered: RenderedFrame) -> None:
        """A rendered frame, as often as it is held, into the open segment, or into a new one."""
        if self._write is None:
            self._segment = self._output.segment(self._folder.here(), self.frames)
            self._write = self._segment.__enter__()
        self._last = None  # where a Ctrl-C comes between the frames of a hold, nothing says how many are there
        self._write(rendered)
        self._pending += rendered.step.hold
        self._last = rendered.step, rendered.state

    def end(self, following: int | None = None) -> None:
        """End the open segment and have it on the disk. following: index of the step that comes after it."""
        assert self._segment is not None
        last, self._last = self._last, None  # a Ctrl-C from here on leaves nothing that could be ended
        assert last is not None
        segment, self._segment, self._write = self._segment, None, None
        segment.__exit__(None, None, None)
        self._folder.here()  # it must still lead to where the segment is
        flush(self._folder, NUMBERED, self._flushed)
        step, self.state = last
        first, self.frames = self.frames, self.frames + self._pending
        self.firsts.append(first)
        if self._output.rushes:
            self.rushes.append(first)
        self.digests[first] = digest_of_files(self._names(first, self.frames), self._folder.open)
        self.after, self._pending = step.index, 0
        self.through = None if following is None else following - 1
        self._state_name = ""
        if self.state:
            self._state_name = f"carried-{self.frames:08d}.npz"
            content = io.BytesIO()
            np.savez(content, **state_arrays(self.state))
            self._folder.write(self._state_name, content.getbuffer())

    def encode(self) -> None:
        """Make a segment of the rushes, and have it on the disk; they stay until `delete_unended`."""
        head = self.rushes[0]
        self._output.encode(self._folder.here(), self.rushes, self.frames)
        self._folder.here()
        flush(self._folder, NUMBERED, self._flushed)
        for first in self.rushes:
            del self.digests[first]
        self.firsts[-len(self.rushes) :] = [head]
        self.rushes = []
        self.digests[head] = digest_of_files(self._names(head, self.frames), self._folder.open)

    def _names(self, first: int, end: int) -> list[str]:
        """The files of the segment, or the rush, of the output frames from `first` to before `end`."""
        names = self._output.rush_names if first in self.rushes else self._output.names
        return names(first, end)

    def progress(self) -> Progress:
        """How far they are, as progress.json is to say."""
        carry = digest_of_files([self._state_name], self._folder.open) if self._state_name else ""
        return Progress(
            self.frames,
            self.after,
            tuple(self.firsts),
            self._state_name,
            through=self.through,
            digests=tuple(self.digests[first] for first in self.firsts),
            encoded=self._encoded,
            carry=carry,
        )

    def delete_unended(self) -> None:
        """Remove what was not ended, and the states that were handed on before the last one."""
        rushes = self._rush_files()
        for name in self._folder.listed():
            if (UNENDED.fullmatch(name) and name != self._state_name) or (name.endswith(RUSH) and name not in rushes):
                self._folder.delete(name)

    def _rush_files(self) -> set[str]:
        """The files of all rushes that are safe."""
        rushes = pairwise([*self.rushes, self.frames])
        return {name for first, end in rushes for name in self._output.rush_names(first, end)}

    def flush(self, names: re.Pattern[str]) -> None:
        """Have files of these names on the disk."""
        flush(self._folder, names, self._flushed)

    def files(self) -> list[tuple[str, bytes]]:
        """(name, content) of every file of the segments."""
        names = [name for name in self._folder.listed() if NUMBERED.fullmatch(name)]
        return [(name, (self._folder.here() / name).read_bytes()) for name in names]

    def abandon(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the open segment, if there is one, unfinished; what it was told is why."""
        if self._segment is not None:
            self._segment.__exit__(kind or RenderError, error or RenderError("not finished"), trace)
