"""One output of a job file, as data: the command that makes it, and what that is given."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from vidream.config import COMMANDS, Film, is_shipped, knobs
from vidream.config.commands import tables_for
from vidream.config.curve_files import files_in
from vidream.config.presets import load_preset
from vidream.errors import ConfigError, InputError
from vidream.jobs.job import Job
from vidream.jobs.marks import mark_path
from vidream.jobs.music import base_command, music_job
from vidream.jobs.passes import KINDS as PASS_KINDS
from vidream.jobs.passes import pass_out
from vidream.jobs.still import image_job
from vidream.jobs.video import video_job
from vidream.jobs.zoom import zoom_job
from vidream.media.paths import SONGS
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import sequence
from vidream.plan.mask import WORDS
from vidream.plan.seed import NOISE, file_of

FILE_KNOBS = ("weights", "guide", "mask", "sound", "beats", "markers")
"""Knobs whose values are files."""
KINDS = {knob.name: knob.metadata["kind"] for command in COMMANDS for _, knob in knobs(command)}
"""What each knob may hold."""
NETWORK_FILES = (".keras", ".pb")
"""Endings of a `network` that is a file."""


@dataclass(frozen=True)
class JobSpec:
    """One output: the command that makes it, and what it is given."""

    title: str
    """What a person would call it: the job's number in the file, what is read, what the matrix chose."""
    command: str
    """"video", "zoom", "image" or "music"."""
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
    number: int = 0
    """Of the job in its file, from 1; 0: it is of none."""

    @property
    def files(self) -> list[Path]:
        """Every file that it names: source, song, and knobs that are files."""
        files = [] if self.source == NOISE else [file_of(self.source)]
        if self.song:
            files.append(Path(self.song))
        files += [Path(value) for key, value in self.arguments.items() if names_file(key, value)]
        values = [*self.arguments.items(), *self.driver_knobs().items()]
        return files + [Path(name) for key, value in values for name in files_of_knob(key, value)]

    def driver_knobs(self) -> dict[str, Any]:
        """The knobs that its preset sets, and it does not itself, whose curves follow files, as the preset has them."""
        preset = str(self.arguments.get("preset", ""))
        if not names_file("preset", preset):
            return {}
        base = base_command(self.source) if self.command == "music" else None
        with suppress(OSError, ValueError):
            look = _driver_knobs_of(preset, tables_for(self.command, base), Path(preset).stat().st_mtime_ns)
            return {key: value for key, value in look.items() if self.arguments.get(key) is None}
        return {}  # it is said where the job is built

    @property
    def beside(self) -> list[Path]:
        """What it makes beside its output, markers for editors and passes; where a knob of these is wrong, none."""
        marks, passes = self._value("write_markers") or (), self._value("passes")
        kind = PASS_KINDS[self._value("passes_as") or Film.passes_as]
        names = passes.split(",") if passes else ()
        return [*(mark_path(self.out, name) for name in marks), *(pass_out(self.out, name, kind) for name in names)]

    def _value(self, key: str) -> Any:
        """What it gives to a knob, as that reads it; None: nothing, or what is refused where its job is built."""
        with suppress(KeyError, ValueError):
            return KINDS[key].read(self.arguments[key])
        return None

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
            return self._music_job()
        makers: Mapping[str, Any] = {"video": video_job, "zoom": zoom_job, "image": image_job}
        job: Job = makers[self.command](self.source, self.out, **self.arguments)
        return job

    def _music_job(self) -> Job:
        """As job; where song and source have changed places, that is said in place of what came of it."""
        assert self.song is not None
        try:
            return music_job(self.song, self.source, self.out, **self.arguments)
        except InputError:
            song, source = Path(self.song), Path(self.source)
            if source.suffix.lower() not in SONGS or song.suffix.lower() in SONGS:
                raise
            said = f"song = {song.name!r} and source = {source.name!r} have changed places"
            raise ConfigError(f"{said}: {source.name} is the song") from None


@lru_cache(maxsize=100)
def _driver_knobs_of(preset: str, tables: tuple[str, ...], modified: int) -> dict[str, Any]:  # noqa: ARG001 (a cache's key)
    """The knobs of a look, as it was `modified` (ns), whose curves follow files; none where it is wrong."""
    try:
        look = load_preset(preset, *tables)
    except ConfigError:
        return {}
    return {key: value for key, value in look.items() if files_of_knob(key, value)}


def files_of_knob(key: str, value: Any) -> list[str]:
    """The files that the curves of a knob follow."""
    return [] if key not in KINDS else [*files_in(KINDS[key], value)]


def names_file(key: str, value: Any) -> bool:
    """Whether the value of a knob, or a preset, is the path of a file."""
    if not isinstance(value, str) or (key == "mask" and value in WORDS):
        return False
    if key == "preset":
        return not is_shipped(value) and bool(Path(value).suffix or Path(value).name != value)
    return key in FILE_KNOBS or (key == "network" and Path(value).suffix in NETWORK_FILES)
