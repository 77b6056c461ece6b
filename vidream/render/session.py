"""A run on disk: frames are written in segments, joined when all are there, and put in place."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from os.path import lexists
from types import TracebackType
from typing import Self

from vidream.errors import Cancelled, MediaError, VidreamError
from vidream.events import StageEvent, checkpoint, tell
from vidream.media.files import restrict, stamp_of
from vidream.media.paths import disk_refusals
from vidream.render.composite import RenderedFrame
from vidream.render.filenames import OWNER, PROGRESS, WHOLE
from vidream.render.fingerprint import key_of
from vidream.render.leftovers import digest_of_files, unplaced
from vidream.render.opening import SessionFolder

Placed = Callable[[int], None]
"""Called with the number of output frames when OUT is in its place, and what would make it anew is still there."""


class Session(SessionFolder):
    """`with Session(output, provenance) as session:` write frames to it, then finish it. A Sink."""

    def __enter__(self) -> Self:
        with disk_refusals(self.out, "; what is done stays"):
            self.folder.__enter__()
            try:
                self.take_up()
                self._check_free()
            except BaseException:
                self.folder.__exit__()
                raise
        return self

    def _check_free(self) -> None:
        """Raise MediaError if OUT came while this run looked for its folder: another run of it has just ended."""
        if self.folder.is_new and not (self.overwrite or self._pictures) and self.out.exists():
            self._remove()
            raise MediaError(f"{self.out}: is there already; --overwrite replaces it")

    def write(self, rendered: RenderedFrame) -> None:
        """A rendered frame, as often as it is held. Segments begin at cuts, and where one is long enough."""
        if rendered.step.hold == 0:
            return
        with disk_refusals(self.out, "; what is done stays"):
            if self.segments.is_over(rendered):
                self._end_segment(rendered.step.index)
            if self.segments.are_rushes_over(rendered):
                self._encode()
            self.segments.write(rendered)

    def close(self) -> None:
        """End the open segment, make it count, and encode what waits for that."""
        if self.segments.is_open:
            self._end_segment(None)
        if self.segments.rushes:
            self._encode()

    def _encode(self) -> None:
        """Make a segment of the rushes, and delete them."""
        checkpoint()
        self.segments.encode()
        self.save(PROGRESS, self.segments.progress().table())
        self.segments.delete_unended()

    def _end_segment(self, following: int | None) -> None:
        self._check_sources()
        self.segments.end(following)
        self.save(PROGRESS, self.segments.progress().table())
        self.segments.delete_unended()

    def _check_sources(self) -> None:
        """Raise MediaError if a source is another than when this began: what was read of it is of two films."""
        for path, stamp in self._stamps.items():
            if stamp_of(path) != stamp:
                raise MediaError(
                    f"{path}: changed while it was read; the frames from before are kept: put it back, or begin anew "
                    "with --fresh"
                )

    def finish(self, placed: Placed | None = None) -> None:
        """Make OUT of what is done, and take the folder away; `placed` is called in between.

        Raises:
            MediaError: something has come to OUT meanwhile, and may not be replaced. What is done stays.
        """
        with disk_refusals(self.out, "; what is done stays"):
            if not self.finished:
                self.close()
                self._join()
            self._put_in_place()
            if placed:
                placed(self.frames)
            self._remove()

    def _join(self) -> None:
        checkpoint()
        tell(StageEvent("joining", self.out))
        self.output.join(self.folder.here(), self.segments.firsts, self.frames)
        self.segments.flush(WHOLE)
        digest = ""
        if not self._pictures:
            names = [name for name, path in unplaced(self.folder, self.output).items() if path == self.out]
            digest = digest_of_files(names, self.folder.open) if names else ""
        self.finished = True
        progress = replace(
            self.segments.progress(),
            carried="",
            carry="",
            through=None,
            finished=True,
            belongs=key_of(self.fingerprint),
            whole=digest,
        )
        self.save(PROGRESS, progress.table())

    def _put_in_place(self) -> None:
        waiting = unplaced(self.folder, self.output)
        obstacle = next((path for path in waiting.values() if lexists(path)), None)
        if obstacle is not None and not self.overwrite:
            raise MediaError(
                f"{obstacle}: is there already, and was not when this began; what was made waits; "
                "--overwrite puts it there"
            )
        restrict([self.folder.here() / name for name in waiting], self._private)
        self.output.place(self.folder.here(), self.frames, overwrite=self.overwrite)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, Cancelled | KeyboardInterrupt):
                self._keep_what_is_written()
            self.segments.abandon(kind, error, trace)
            if self.folder.is_open and not self.frames:
                self._remove()  # nothing is lost with it
        finally:
            self.folder.__exit__()

    def _keep_what_is_written(self) -> None:
        """End the open segment of a run that is stopped: no frame is lost. What fails then is let go."""
        following = self.segments.following
        if following is not None:
            with suppress(VidreamError, OSError):
                self._end_segment(following)

    def _remove(self) -> None:
        """What says that the run is finished goes last, so that a removal that is cut short can be taken up."""
        self.folder.clear(keep=(OWNER, PROGRESS))
        self.folder.delete(OWNER)
        self.folder.delete(PROGRESS)
        self.folder.remove()
