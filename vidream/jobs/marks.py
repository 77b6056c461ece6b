"""Markers for editors: which are written beside a film, where, and when they are known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from vidream.config.timecode import DROPPING, Timecode, timecode_of
from vidream.errors import ConfigError
from vidream.jobs.given_beats import given_beats
from vidream.jobs.shots import shots_of
from vidream.jobs.side_file import SideFile
from vidream.jobs.song_score import SongScore
from vidream.media.marks import BAR, BEAT, KINDS, SECTION, SHOT, Mark, MarkedFilm, edl, labels, table
from vidream.media.otio import check_otio, otio
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import sequence
from vidream.media.sound import sound_length
from vidream.plan.film import FilmPlan
from vidream.plan.memory import check_listening
from vidream.plan.step import Plan
from vidream.plan.zoom import ZoomPlan

WRITERS: Mapping[str, Callable[[MarkedFilm], str]] = {".otio": otio, ".edl": edl, ".csv": table, ".txt": labels}
"""How a file of markers is written, by its ending: those of vidream.config.marker_files.MARKER_ENDINGS."""

HEARD: Mapping[str, str] = {SECTION: "sections", BAR: "bars", BEAT: "beats"}
"""A kind of mark -> what a score calls it."""


def mark_path(out: Path, name: str) -> Path:
    """Where markers of OUT are written. name: as --write-markers has it, a file or an ending alone."""
    if f".{name}" not in WRITERS:
        return Path(name)
    if sequence(out, PICTURES) is None:
        return out.with_suffix(f".{name}")
    folder = out.parent
    return folder.with_name(f"{folder.name}.{name}") if folder.name else Path(f"frames.{name}")


@dataclass(frozen=True)
class Marks:
    """The files of markers of a film."""

    plan: Plan
    """Of the film."""
    out: Path
    """The film."""
    sources: tuple[Path, ...] = ()
    """The files that it is made of, which are not replaced."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where markers are written; none where none are asked for."""
        return tuple(mark_path(self.out, name) for name in self.plan.config.files.write_markers)

    def check(self, overwrite: bool, timecode: str = "") -> None:
        """Raise an InputError if one may not be written, or what writes it is not here.

        Args:
            overwrite: whether what is there may be replaced; what a dry run has written, the same, may stay.
            timecode: of the film's first frame, as `texts` has it.
        """
        paths = self.paths
        if len({path.absolute() for path in paths}) < len(paths):
            raise ConfigError("--write-markers: names a file twice")
        for path in paths:
            if path.suffix.lower() == ".otio":
                check_otio(path)
            self._file(path, overwrite or self._is_there(path, timecode)).check()

    def _is_there(self, path: Path, timecode: str) -> bool:
        """Whether a file of markers is there already, and holds what would be written."""
        if self.plan.count is None or not path.is_file():
            return False
        return path.read_bytes() == self.texts(self.plan.count, timecode)[path].encode()

    def _file(self, path: Path, overwrite: bool) -> SideFile:
        return SideFile(path, path.suffix.lower(), overwrite, self.sources, self.out)

    def listen(self) -> None:
        """Listen to the song now, where its beats are to be marked: if that fails, it does before the first frame."""
        if self.paths and self._score is not None:
            _ = self._score.analysis

    @cached_property
    def _score(self) -> SongScore | None:
        """What is known of the song under the film; None where none is named."""
        plan, sound = self.plan, self.plan.config.film.sound
        score = plan.clock.score
        if isinstance(score, SongScore):
            return score
        if sound is None:
            return None
        config, path = plan.config, Path(sound)
        seconds = float(sound_length(path, config.files.max_seconds))
        check_listening(path, seconds)
        start = plan.start if isinstance(plan, ZoomPlan) else Fraction(0)
        given = given_beats(config, seconds)
        return SongScore(path, plan.fps, round(start * plan.fps), self.out, given, config.music.beat_height)

    def texts(self, frames: int, timecode: str) -> dict[Path, str]:
        """What each file of markers is to hold.

        Args:
            frames: of the film.
            timecode: of its first frame, as its file tells it; "" where it tells none: then --timecode's, or 0.
        """
        if not self.paths:
            return {}
        fps = self.plan.fps
        begins = timecode_of(timecode) or self.plan.config.film.timecode or Timecode(0, 0, 0, 0, drop=fps in DROPPING)
        order = {kind: number for number, kind in enumerate(KINDS)}
        marks = sorted((*self._shots(frames), *self._heard(frames)), key=lambda mark: (mark.frame, order[mark.kind]))
        film = MarkedFilm(self.out, fps, frames, begins, tuple(marks))
        return {path: WRITERS[path.suffix.lower()](film) for path in self.paths}

    def _shots(self, frames: int) -> Iterator[Mark]:
        """The film's shots; a zoom is one. The film is read once more: an earlier run may have made some of them."""
        if not isinstance(self.plan, FilmPlan):
            yield Mark(0, SHOT, f"{SHOT} 1")
            return
        firsts = dict.fromkeys(self.plan.timeline.first(shot.first) for shot in shots_of(self.plan))
        for number, first in enumerate((first for first in firsts if first < frames), 1):
            yield Mark(first, SHOT, f"{SHOT} {number}")

    def _heard(self, frames: int) -> Iterator[Mark]:
        """Sections, bars and beats, each at the nearest frame."""
        score = self._score
        if score is None:
            return
        for kind, name in HEARD.items():
            places = (round(self.plan.clock.frame(second, "seconds")) for second in score.marks(name))
            for number, frame in enumerate((frame for frame in places if frame < frames), 1):
                yield Mark(frame, kind, f"{kind} {number}")

    def write(self, texts: Mapping[Path, str]) -> None:
        """Put the files in their places, each whole; one that is there already, and the same, stays.

        Raises:
            MediaError: another is there, and may not be replaced.
            RenderError: the disk refuses.
        """
        for path, text in texts.items():
            content = text.encode()
            if path.is_file() and path.read_bytes() == content:
                continue
            with self._file(path, self.plan.config.files.overwrite).open() as place:
                place.write_bytes(content)
