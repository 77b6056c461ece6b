"""A plan -> a film on disk, whole or not at all; one that was stopped goes on where it was."""

import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from vidream.config import RunConfig
from vidream.dream.choice import TENSORFLOW, engine_of, is_here, label_of, with_engine
from vidream.errors import Cancelled, MediaError
from vidream.events import FrameEvent, Listener, StageEvent, checkpoint, note, scope, tell, thumbnail, warn
from vidream.frames import Size
from vidream.jobs.encoding import encoding_of
from vidream.jobs.job import Rendered, cancelled
from vidream.jobs.keep import SourceFile, keep
from vidream.jobs.marks import Marks
from vidream.jobs.passes import (
    PASS_FILMS,
    PASS_PICTURES,
    bytes_of_passes,
    check_pass_trials,
    pass_outputs,
    pass_outs,
)
from vidream.jobs.recipes import COMMENT, recipe_for
from vidream.jobs.settings import warn_of_softening
from vidream.media.backwards import backwards
from vidream.media.containers import ENDINGS
from vidream.media.maker import Encoding, Maker
from vidream.media.paths import check_out, check_outside, check_source, disk_refusals
from vidream.media.picture_folder import tell_what_is_replaced
from vidream.media.picture_formats import PICTURES
from vidream.media.room import check_room
from vidream.media.sequence import sequence
from vidream.media.soundtrack import named_sound
from vidream.media.target import check_word, encoded_as
from vidream.media.trial import check_trial
from vidream.media.video import Sound, Video
from vidream.media.writer import maker as maker_for
from vidream.plan.film import FilmPlan
from vidream.plan.inputs import files_beside, read_files
from vidream.plan.memory import check_memory, needed
from vidream.plan.source import video_of
from vidream.plan.step import Plan
from vidream.render.ahead import ahead
from vidream.render.composite import RenderedFrame
from vidream.render.dreamer import make_dreamer
from vidream.render.fingerprint import frames_fingerprint, run_fingerprint
from vidream.render.leftovers import engine_begun, frames_safe, is_finished
from vidream.render.loop import render
from vidream.render.opening import Provenance
from vidream.render.output import Output
from vidream.render.parted import PartedSession, RenderedPart
from vidream.render.session import Placed, Session
from vidream.render.workfolder import folder_of


@dataclass(frozen=True)
class RenderJob:
    """A film, a zoom or a music visual, to be rendered into OUT. It is a vidream.jobs.job.Job."""

    plan: Plan
    """Its frames, as data."""
    out: Path
    """What is made: a film, or a pattern of pictures."""
    sources: tuple[Path | bytes, ...]
    """What it is made of, files or their content; if any has changed, an earlier run is not gone on with."""
    sound: Sound | None = None
    """The source's own; the knob `sound` puts another in its place."""
    start: Fraction = Fraction(0)
    """Where in `sound` the film begins, in seconds."""
    duration: Fraction | None = None
    """How many seconds of `sound` are taken; None: to its end."""
    source_file: SourceFile | None = None
    """The file that it keeps tags and more of; None: none is."""
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What its recipe calls the files that it is made of, by what the command calls them: source, song."""
    engine: str = ""
    """The label of what computes its gradients; "": what its config asks for, or an earlier run of OUT began with."""

    @property
    def config(self) -> RunConfig:
        """Every knob of it."""
        return self.plan.config

    @property
    def size(self) -> Size:
        """Of its frames, px."""
        return self.plan.canvas

    @property
    def frames(self) -> int | None:
        """Output frames; None when the source does not say."""
        return self.plan.count

    @property
    def memory(self) -> int:
        """Bytes that making it takes at most."""
        kind = "film" if isinstance(self.plan, FilmPlan) else "zoom"
        return needed(self.config, self.size, kind)

    @property
    def video(self) -> Video | None:
        """The film, or the pictures in a row, that its frames come from; None for a zoom."""
        if isinstance(self.plan, FilmPlan):
            return video_of(self.plan.source)
        return None

    def check(self) -> None:
        """Raise MediaError if OUT may not be written, or if anything would fail later that can be known now."""
        check_word(self.out, self.config.film.codec)
        for path in self.read:
            check_source(path, "file")
        fresh = self.config.files.fresh  # what is at OUT is then not what is to be made
        finished = not fresh and is_finished(self.output, self.out, self.frames_fingerprint)
        read = [*self.read, *files_beside(self.config)]
        may_replace = self.config.files.overwrite or finished
        check_out(self.out, may_replace, read, ENDINGS, PICTURES)
        for path in pass_outs(self.plan, self.out):
            check_out(path, may_replace, read, PASS_FILMS, PASS_PICTURES)
        check_outside(folder_of(self.out), read)
        self.marks.check(may_replace)
        if isinstance(self.plan, FilmPlan):  # a zoom's memory is checked before its seed is made
            check_memory(self.config, self.size, "film")
        if self.video is not None:
            self._check_apart(self.video)
        if not finished:
            self._check_making()

    def _check_apart(self, video: Video) -> None:
        """Raise MediaError if pictures would be put into a folder of which all pictures are read."""
        folder = self.out.absolute().parent
        if not sequence(self.out, PICTURES) or not video.path.is_dir():
            return
        if folder.exists() and folder.samefile(video.path):
            problem = f"its frames would lie in {video.path}, and be read from there the next time"
            raise MediaError(f"{self.out}: {problem}; choose another folder")

    def fingerprint(self) -> dict[str, Any]:
        """What the film is made of, its sound among it, and how."""
        return run_fingerprint([*self.sources, *read_files(self.config)], self.config)

    def frames_fingerprint(self) -> dict[str, Any]:
        """What its frames are made of, and how: the sound that is put under them does not count."""
        return self._frames_fingerprint(self.engine_label)

    def _frames_fingerprint(self, engine: str) -> dict[str, Any]:
        pictures = () if self.video is None else self.video.pictures
        fingerprint = frames_fingerprint(self.sources, self.config, pictures, engine)
        return {**fingerprint, "encoded": encoded_as(self.out, self.config.film.codec)}

    @property
    def engine_label(self) -> str:
        """The label of what computes its gradients.

        With engine "auto", a film that was begun is gone on with by what it was begun with, where that is here.
        """
        goal = self.config.goal
        best = self.engine or label_of(engine_of(goal))
        if self.engine or goal.engine != "auto":
            return best
        begun = self.engine_begun((best,))
        return begun if begun is not None and is_here(begun, goal.network) else best

    def engine_begun(self, labels: Iterable[str]) -> str | None:
        """The label of the engine of an earlier run that may be gone on with; None if there is none.

        labels: of engines that may have made a finished OUT, beside TensorFlow.
        """
        if self.config.files.fresh:
            return None
        return engine_begun(self.out, self._frames_fingerprint, (*labels, TENSORFLOW))

    @property
    def read(self) -> list[Path]:
        """Every file that it is made of."""
        return [*(source for source in self.sources if isinstance(source, Path)), *read_files(self.config)]

    def _session_options(self) -> dict[str, Any]:
        """The keyword arguments of its session."""
        size = self.plan.size
        if isinstance(self.plan, FilmPlan):
            size = size.at_most(self.config.dream.dream_size)
        return {"files": self.config.files, "sizes": [size]}

    def _provenance(self) -> Provenance:
        """What its frames are made of."""
        folders = (self.video.path,) if self.video is not None and self.video.path.is_dir() else ()
        return Provenance(self.frames_fingerprint(), tuple(self.read), folders)

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
        plan, config, began = self.plan, self.config, time.monotonic()
        if config.files.fresh and frames_safe(self.out):
            self._try_to_begin()
        with Session(self.output(), self._provenance(), **self._session_options()) as session:
            if session.frames and not session.complete:
                warn(f"{session.frames} frames are done; going on from there", self.out)
            self._tell_what_goes(session)
            if not session.complete:
                warn_of_softening(config)
                self.marks.listen()
                if not self._write(session, session.engine):
                    raise MediaError(f"{self.out}: there is no frame to write")
            self.finish(session, placed)
            return Rendered(self.out, session.frames, plan.canvas, time.monotonic() - began)

    def finish(self, session: Session, placed: Placed | None = None) -> None:
        """Make OUT of what is done, with the markers beside it: see Session.finish. `placed` is called in between."""
        with disk_refusals(self.out, "; what is done stays"):
            session.close()  # its last frames count, too
        texts = self.marks.texts(session.frames, self.encoding.metadata.get("timecode", ""))

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
            return RenderedPart(first, session.frames - first, segments.firsts, segments.files())

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

    def output(self) -> Output:
        """What makes OUT, and its passes."""
        return Output(self.out, self._maker(), pass_outputs(self.plan, self.out, self.encoding.metadata))

    def _maker(self) -> Maker:
        """What makes OUT of its frames."""
        if not self.config.camera.reverse:
            return self._forwards
        assert self.plan.count is not None  # of a zoom
        return backwards(self._forwards, self.plan.count)

    @cached_property
    def _forwards(self) -> Maker:
        return maker_for(self.out, self.encoding)

    @cached_property
    def encoding(self) -> Encoding:
        """What it is to be, beside its frames."""
        knobs = self.config.film
        metadata = {COMMENT: self.recipe} if self.recipe else {}
        encoding = replace(
            encoding_of(self.plan), sound=self.sound, start=self.start, duration=self.duration, metadata=metadata
        )
        if knobs.loop and (knobs.sound or self.duration is not None):
            encoding = replace(encoding, seamless=True)
        if knobs.sound is not None and knobs.streams != "picture":
            start = Fraction(0) if isinstance(self.plan, FilmPlan) else self.start
            sound = named_sound(Path(knobs.sound))
            encoding = replace(encoding, sound=sound, start=start, duration=None, fade=True)
        return keep(encoding, knobs, self.out, self.source_file)

    @cached_property
    def marks(self) -> Marks:
        """The markers that are written beside OUT."""
        return Marks(self.plan, self.out, (*self.read, *files_beside(self.config)))

    @cached_property
    def recipe(self) -> str:
        """How it is made, as OUT carries it; "" where it is to carry none."""
        return recipe_for(self.config, self.out, self.names)

    def _check_making(self) -> None:
        """Raise MediaError if anything would fail at the end that can be known now: room, encoders, the sound."""
        check_trial(self._forwards, self.out, self.encoding)
        check_pass_trials(self.plan, self.out)
        if self.plan.count:
            beside = bytes_of_passes(self.config, self.size)
            check_room(self.out, self.encoding, self.plan.count, frames_safe(self.out), beside)
