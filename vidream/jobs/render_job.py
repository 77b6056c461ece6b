"""A plan -> a film on disk, whole or not at all; one that was stopped goes on where it was."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from vidream.dream.choice import engine_of, label_of, with_engine
from vidream.errors import Cancelled, MediaError
from vidream.events import FrameEvent, Listener, StageEvent, checkpoint, note, scope, tell, thumbnail, warn
from vidream.jobs.job import Rendered, cancelled
from vidream.jobs.passes import (
    PASS_FILMS,
    PASS_PICTURES,
    bytes_of_passes,
    check_pass_trials,
    pass_outs,
)
from vidream.jobs.product import Product
from vidream.jobs.sections import warn_of_one_section
from vidream.jobs.settings import warn_of_softening
from vidream.media.containers import ENDINGS
from vidream.media.paths import check_out, check_outside, check_source, disk_refusals
from vidream.media.picture_folder import tell_what_is_replaced
from vidream.media.picture_formats import PICTURES
from vidream.media.room import check_room
from vidream.media.sequence import sequence
from vidream.media.target import check_word
from vidream.media.trial import check_trial
from vidream.media.video import Video
from vidream.plan.film import FilmPlan
from vidream.plan.inputs import files_beside
from vidream.plan.memory import check_memory
from vidream.render.ahead import ahead
from vidream.render.composite import RenderedFrame
from vidream.render.dreamer import make_dreamer
from vidream.render.fingerprint import asked_for, kind_of_part
from vidream.render.leftovers import frames_safe, is_finished
from vidream.render.loop import render
from vidream.render.opening import Provenance
from vidream.render.parted import PartedSession, RenderedPart
from vidream.render.session import Placed, Session
from vidream.render.workfolder import folder_of
from vidream.text import counted


@dataclass(frozen=True)
class RenderJob(Product):
    """A film, a zoom or a music visual, to be checked and rendered. It is a vidream.jobs.job.Job."""

    def check(self) -> None:
        """Raise MediaError if OUT may not be written, or if anything would fail later that can be known now."""
        self._check_given()
        fresh = self.config.files.fresh  # what is at OUT is then not what is to be made
        finished = not fresh and is_finished(self.output, self.out, self.frames_fingerprint)
        self._check_out(may_replace=self.config.files.overwrite or finished)
        if not finished:
            self._check_making()

    def check_dry(self) -> None:
        """Raise MediaError as `check` does, but not of what is at OUT already: a dry run replaces nothing."""
        self._check_given()
        self._check_out(may_replace=True)
        self._check_making()

    def _check_given(self) -> None:
        """Raise MediaError if a file that is read is not there, or --codec and OUT do not fit each other."""
        check_word(self.out, self.config.film.codec)
        for path in self.read:
            check_source(path, "file")

    def _check_out(self, *, may_replace: bool) -> None:
        """Raise MediaError if OUT, or what is written beside it, may not be written, or does not fit into memory."""
        read = [*self.read, *files_beside(self.config)]
        check_out(self.out, may_replace, read, ENDINGS, PICTURES)
        for path in pass_outs(self.plan, self.out):
            check_out(path, may_replace, read, PASS_FILMS, PASS_PICTURES)
        check_outside(folder_of(self.out), read)
        if self.marks.paths:
            self.marks.check(may_replace, self.timecode)
        if isinstance(self.plan, FilmPlan):  # a zoom's memory is checked before its seed is made
            check_memory(self.config, self.size, "film")
        if self.video is not None:
            self._check_apart(self.video)

    def _check_apart(self, video: Video) -> None:
        """Raise MediaError if pictures would be put into a folder of which all pictures are read."""
        folder = self.out.absolute().parent
        if not sequence(self.out, PICTURES) or not video.path.is_dir():
            return
        if folder.exists() and folder.samefile(video.path):
            problem = f"its frames would lie in {video.path}, and be read from there the next time"
            raise MediaError(f"{self.out}: {problem}; choose another folder")

    def _session_options(self) -> dict[str, Any]:
        """The keyword arguments of its session."""
        size = self.plan.size
        if isinstance(self.plan, FilmPlan):
            size = size.at_most(self.config.dream.dream_size)
        return {"files": self.config.files, "sizes": [size]}

    def _provenance(self) -> Provenance:
        """What its frames are made of."""
        folders = (self.video.path,) if self.video is not None and self.video.path.is_dir() else ()
        return Provenance(self.frames_fingerprint(), tuple(self.read), folders, asked_for(self.config))

    def _tell_what_goes(self, session: Session) -> None:
        """Warn of what happens to pictures that are in OUT's folder already, or in those of its passes."""
        count = session.frames if session.complete else self.plan.count
        for out in (self.out, *(each.out for each in session.output.passes)):
            pictures = sequence(out, (*PICTURES, *PASS_PICTURES))
            if pictures:
                tell_what_is_replaced(pictures, count, session.placed(pictures))

    @contextmanager
    def parted_session(self) -> Iterator[PartedSession]:
        """The session that keeps its parts, where they are made elsewhere."""
        with PartedSession(self.output(), self._provenance(), **self._session_options()) as session:
            self._tell_what_goes(session)
            self.marks.listen()
            warn_of_one_section(self.plan)
            yield session

    def run(
        self,
        on_event: Listener | None = None,
        cancel: threading.Event | None = None,
        *,
        placed: Placed | None = None,
    ) -> Rendered:
        """Render it; a run that was stopped goes on where it was.

        Raises:
            MediaError: the plan has no frame; a sound cannot be read; an earlier run of OUT belongs to something else.
            RenderError: ffmpeg or the disk refuses.
            Cancelled: the caller set `cancel`; what is done stays.
        """
        with scope(on_event, cancel):
            try:
                return self._run(placed)
            except Cancelled:
                raise cancelled(self.out, frames_safe(self.out)) from None

    def _run(self, placed: Placed | None) -> Rendered:
        config, began = self.config, time.monotonic()
        if config.files.fresh and frames_safe(self.out):
            self._try_to_begin()
        with Session(self.output(), self._provenance(), **self._session_options()) as session:
            if session.frames and not session.complete:
                safe = counted(session.frames, "frame", are=True)
                warn(f"{safe} done; going on from there", self.out)
            self._tell_what_goes(session)
            if not session.complete:
                warn_of_softening(config)
                self.marks.listen()
                warn_of_one_section(self.plan)
                if not self._write(session, session.engine):
                    raise MediaError(f"{self.out}: there is no frame to write")
            self.finish(session, placed)
            passes = tuple(pass_outs(self.plan, self.out))
            return Rendered(self.out, session.frames, self.written, time.monotonic() - began, passes)

    def finish(self, session: Session, placed: Placed | None = None) -> None:
        """Make OUT of what is done, with the markers beside it: see Session.finish. `placed` is called in between."""
        with disk_refusals(self.out, "; what is done stays"):
            session.close()  # its last frames count, too
        texts = self.marks.texts(session.frames, self.timecode)

        def with_markers(frames: int) -> None:
            self.marks.write(texts)
            if placed:
                placed(frames)

        session.finish(with_markers)

    def _try_to_begin(self) -> None:
        """Fail, if the first frame does, before --fresh takes away what is done: network, guide, mask, first frame."""
        make_dreamer(self.config)
        next(iter(self.plan.steps()), None)

    def render_part(self, first: int) -> RenderedPart:
        """Render it as a part of a film, whose output frame `first` it begins with: segments that can be joined."""
        with Session(self.output(), Provenance({}), first=first) as session:
            self._write(session, self.engine_label)
            session.close()
            segments = session.segments
            kind = kind_of_part(self.engine_label, self.config.goal.network)
            return RenderedPart(first, session.frames - first, segments.firsts, segments.files(), kind)

    def _write(self, session: Session, engine: str) -> int:
        """How many frames are done. engine: the label of what computes the gradients."""
        if not self._follows(session):
            raise session.damaged("what it says does not fit together")
        done, began = session.frames, time.monotonic()
        with closing(self._frames(session, engine)) as frames:
            for rendered in frames:
                session.write(rendered)
                done += rendered.step.hold
                seconds = time.monotonic() - began
                tell(FrameEvent(self.out, done, self.plan.count, seconds, thumbnail(rendered.frame)))
                checkpoint()
        return done

    def _frames(self, session: Session, engine: str) -> Generator[RenderedFrame]:
        """Those that a session has not yet."""
        if session.frames and self.config.goal.engine == "auto" and engine != label_of(engine_of(self.config.goal)):
            note(f"goes on with {engine}, as it was begun; --fresh begins anew without", self.out)
        dreamer = make_dreamer(with_engine(self.config, engine))
        tell(StageEvent("rendering", self.out))
        with closing(ahead(self.plan.steps(session.segments.after))) as steps:
            yield from render(steps, dreamer, session.segments.state)

    def first_frames(self) -> Generator[RenderedFrame]:
        """Its frames from the first on, for who wants a few: nothing of an earlier run is gone on with."""
        yield from render(self.plan.steps(), make_dreamer(self.config))

    def _follows(self, session: Session) -> bool:
        """Whether a run of this plan can have been left so."""
        safe = session.segments
        if safe.after is None:
            return not safe.firsts
        if not isinstance(self.plan, FilmPlan):
            return safe.after == safe.frames - 1 and safe.state is not None
        first = self.plan.timeline.first
        if first(safe.after) >= safe.frames:
            return False
        return safe.through is None or safe.frames == first(safe.through + 1)

    def _check_making(self) -> None:
        """Raise MediaError if anything would fail at the end that can be known now: room, encoders, the sound."""
        check_trial(self.maker, self.out, self.encoding)
        check_pass_trials(self.plan, self.out)
        if self.plan.count:
            beside = bytes_of_passes(self.config, self.size)
            check_room(self.out, self.encoding, self.plan.count, frames_safe(self.out), beside)
