"""One output of a job file, as data: the command that makes it, and what that is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vidream.config import is_shipped
from vidream.jobs.job import Job
from vidream.jobs.music import music_job
from vidream.jobs.still import image_job
from vidream.jobs.video import video_job
from vidream.jobs.zoom import NOISE, zoom_job
from vidream.media.codecs import PICTURES
from vidream.media.sequence import sequence
from vidream.plan.mask import MOTION
from vidream.plan.seed import file_of

FILE_KNOBS = ("weights", "guide", "mask", "sound", "beats")
"""Knobs whose values are files."""
NETWORK_FILES = (".keras", ".pb")
"""Endings of a `network` that is a file."""


@dataclass(frozen=True)
class JobSpec:
    """One output: the command that makes it, and what it is given."""

    title: str
    """What a person would call it: the job's number in the file, what is read, what the matrix chose."""
    command: str
    """A name in COMMANDS."""
    source: str
    """A path, a film's frame, or "noise"."""
    out: Path
    """What is made."""
    song: str | None = None
    """Of a music visual: its sound."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Preset, draft and knobs, by name."""
    from_glob: bool = False
    """Whether its source, or its song, was found by a glob."""
    finders: tuple[str, ...] = ()
    """The titles of those whose globs find what it would replace; unless this job file has made that itself."""

    @property
    def files(self) -> list[Path]:
        """Every file that it names: source, song, and knobs that are files."""
        files = [] if self.source == NOISE else [file_of(self.source)]
        if self.song:
            files.append(Path(self.song))
        return files + [Path(value) for key, value in self.arguments.items() if names_file(key, value)]

    @property
    def folder(self) -> Path:
        """Where its output goes; a sequence of pictures makes the last of its folders itself."""
        if sequence(self.out, PICTURES):
            return self.out.parent.parent
        return self.out.parent

    def job(self) -> Job:
        """Ready to be checked and run.

        Raises:
            ConfigError, MediaError: it cannot be, as it is.
        """
        if self.command == "music":
            assert self.song is not None
            return music_job(self.song, self.source, self.out, **self.arguments)
        makers: Mapping[str, Any] = {"video": video_job, "zoom": zoom_job, "image": image_job}
        job: Job = makers[self.command](self.source, self.out, **self.arguments)
        return job


def names_file(key: str, value: Any) -> bool:
    """Whether the value of a knob, or a preset, is the path of a file."""
    if not isinstance(value, str) or value == MOTION:
        return False
    if key == "preset":
        return not is_shipped(value) and bool(Path(value).suffix or Path(value).name != value)
    return key in FILE_KNOBS or (key == "network" and Path(value).suffix in NETWORK_FILES)
