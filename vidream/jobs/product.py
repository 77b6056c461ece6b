"""What a job makes, and of what: OUT, with its sound, its passes, its markers and its recipe."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from vidream.config import RunConfig
from vidream.dream.choice import TENSORFLOW, engine_of, is_here, label_of
from vidream.frames import Size
from vidream.jobs.encoding import encoding_of
from vidream.jobs.keep import SourceFile, keep
from vidream.jobs.marks import Marks
from vidream.jobs.passes import (
    pass_outputs,
)
from vidream.jobs.recipes import COMMENT, recipe_for
from vidream.media.backwards import backwards
from vidream.media.maker import Encoding, Maker
from vidream.media.soundtrack import named_sound
from vidream.media.target import encoded_as, written_size
from vidream.media.video import Sound, Video
from vidream.media.writer import maker as maker_for
from vidream.media.writer import wants_rushes
from vidream.plan.film import FilmPlan
from vidream.plan.inputs import files_beside, read_files
from vidream.plan.memory import needed
from vidream.plan.source import video_of
from vidream.plan.step import Plan
from vidream.render.fingerprint import frames_fingerprint, run_fingerprint
from vidream.render.leftovers import engine_begun
from vidream.render.output import Output


@dataclass(frozen=True)
class Product:
    """A film, a zoom or a music visual that is to be made."""

    plan: Plan
    """The plan of its frames."""
    out: Path
    """What is made: a film, or a pattern of pictures."""
    sources: tuple[Path | bytes, ...]
    """Files, or their content, that its frames are made of; if one has changed, an earlier run is not resumed."""
    sound: Sound | None = None
    """The sound of its source; the knob `sound` replaces it."""
    start: Fraction = Fraction(0)
    """The second of `sound` at which the film begins."""
    duration: Fraction | None = None
    """Seconds of `sound` that the film takes; None: to its end."""
    source_file: SourceFile | None = None
    """The file whose tags, chapters, time code and further streams it keeps; None: there is none."""
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The files that it is made of, as they were given, by the name of the command's argument: source, song."""
    engine: str = ""
    """The label of the engine that computes its gradients; "": the one that its config or an earlier run says."""

    @property
    def config(self) -> RunConfig:
        """All of its knobs."""
        return self.plan.config

    @property
    def size(self) -> Size:
        """The size of its frames, px."""
        return self.plan.canvas

    @property
    def written(self) -> Size:
        """The size of what is written, px: some codecs need it larger."""
        return written_size(self.out, self.encoding)

    @property
    def frames(self) -> int | None:
        """The number of output frames; None if the source does not say."""
        return self.plan.count

    @property
    def memory(self) -> int:
        """The most bytes of memory that making it takes."""
        kind = "film" if isinstance(self.plan, FilmPlan) else "zoom"
        return needed(self.config, self.size, kind)

    @property
    def video(self) -> Video | None:
        """The film, or the pictures in a row, that its frames come from; None for a zoom."""
        if isinstance(self.plan, FilmPlan):
            return video_of(self.plan.source)
        return None

    @property
    def read(self) -> list[Path]:
        """The files that it is made of."""
        return [*(source for source in self.sources if isinstance(source, Path)), *read_files(self.config)]

    def fingerprint(self) -> dict[str, Any]:
        """All that tells it from other films: what it is made of, sound included, and its knobs."""
        return run_fingerprint([*self.sources, *read_files(self.config)], self.config)

    def frames_fingerprint(self) -> dict[str, Any]:
        """All that tells its frames from others; the sound under them does not count."""
        return self._frames_fingerprint(self.engine_label)

    def _frames_fingerprint(self, engine: str) -> dict[str, Any]:
        pictures = () if self.video is None else self.video.pictures
        fingerprint = frames_fingerprint(self.sources, self.config, pictures, engine)
        return {**fingerprint, "encoded": encoded_as(self.out, self.config.film.codec)}

    @property
    def engine_label(self) -> str:
        """The label of the engine that computes its gradients.

        With engine "auto", a film that was begun is finished by the engine that began it, if that is available.
        """
        goal = self.config.goal
        best = self.engine or label_of(engine_of(goal))
        if self.engine or goal.engine != "auto":
            return best
        begun = self.engine_begun((best,))
        return begun if begun is not None and is_here(begun, goal.network) else best

    def engine_begun(self, labels: Iterable[str]) -> str | None:
        """The label of the engine that an earlier run used, if that run can be resumed; else None.

        labels: of the engines, beside TensorFlow, that may have made a finished OUT.
        """
        if self.config.files.fresh:
            return None
        return engine_begun(self.out, self._frames_fingerprint, (*labels, TENSORFLOW))

    def output(self) -> Output:
        """The makers of OUT and of its passes."""
        maker = self.maker
        if self.config.camera.reverse:
            assert self.plan.count is not None  # of a zoom
            maker = backwards(maker, self.plan.count)
        return Output(self.out, maker, pass_outputs(self.plan, self.out, self.encoding.metadata, maker.rushes))

    @cached_property
    def maker(self) -> Maker:
        """The maker of OUT, whose frames come in the order in which they are shown."""
        return maker_for(self.out, self.encoding)

    @cached_property
    def encoding(self) -> Encoding:
        """How OUT is encoded, with its sound and all that it keeps of its source."""
        knobs = self.config.film
        metadata = {COMMENT: self.recipe} if self.recipe else {}
        encoding = replace(
            encoding_of(self.plan), sound=self.sound, start=self.start, duration=self.duration, metadata=metadata
        )
        encoding = replace(encoding, rushes=wants_rushes(self.out, encoding.codec))
        if knobs.loop and (knobs.sound or self.duration is not None):
            encoding = replace(encoding, seamless=True)
        if knobs.sound is not None and knobs.streams != "picture":
            start = Fraction(0) if isinstance(self.plan, FilmPlan) else self.start
            sound = named_sound(Path(knobs.sound))
            encoding = replace(encoding, sound=sound, start=start, duration=None, fade=True)
        return keep(encoding, knobs, self.out, self.source_file)

    @property
    def timecode(self) -> str:
        """That of OUT's first frame, as its file tells it; "" where it tells none."""
        return self.encoding.metadata.get("timecode", "")

    @cached_property
    def marks(self) -> Marks:
        """The markers that are written beside OUT."""
        return Marks(self.plan, self.out, (*self.read, *files_beside(self.config)))

    @cached_property
    def recipe(self) -> str:
        """The recipe that OUT carries; "" if it carries none."""
        return recipe_for(self.config, self.out, self.names)
