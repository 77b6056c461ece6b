"""One [[job]] of a job file -> a spec for each output: its globs and its matrix are multiplied out."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from glob import has_magic
from itertools import islice, product
from math import prod
from pathlib import Path
from typing import Any

from vidream.config import COMMANDS, by_knob, knob_name, knobs, unused_knobs
from vidream.config.curve_files import with_files
from vidream.config.layering import laid_over
from vidream.config.marker_files import placed_files
from vidream.errors import Problems, nearest
from vidream.jobs.globs import Globs
from vidream.jobs.jobspec import KINDS, JobSpec, names_file
from vidream.jobs.music import base_command
from vidream.jobs.names import Naming, shortened, told_apart
from vidream.plan.seed import file_of

PATHS = ("command", "source", "song", "output")
"""Keys that say what is made of what; not passed on as arguments."""
COMMON = (*PATHS, "preset", "draft")
"""Keys of any job, beside its command's knobs."""
MOST = 100_000  # specs of a file: a matrix that makes more is a slip
MOST_PROBLEMS, MOST_UNKNOWN = 200, 20  # of a file, of a table: told at once


class JobTable:
    """One [[job]], with the [defaults] of its file."""

    def __init__(self, number: int, table: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        """A job whose matrix has been looked at, and nothing else.

        Args:
            number: of the job in its file, from 1.
            table: as it stands in the file.
            defaults: as they stand in the file.

        Raises:
            Problems: `matrix` is no table of lists.
        """
        self.number, self.defaults = number, by_knob(defaults)
        self.settings = by_knob({key: value for key, value in table.items() if key != "matrix"})
        self.axes = _axes(table.get("matrix", {}))

    def specs(self, globs: Globs, most: int = MOST) -> list[JobSpec]:
        """A spec for each point of the matrix and each file that its globs find there.

        Args:
            globs: of the job file's folder.
            most: how many there may be; they are counted before any is made.

        Raises:
            Problems: whatever is wrong in the job.
        """
        if self._count(globs, most) > most:
            raise Problems([f"matrix makes more than {MOST} films, with the jobs before; is it too large?"])
        problems: dict[str, None] = {}  # each once, in order
        specs: list[JobSpec] = []
        namings: list[Naming] = []
        for values in product(*self.axes.values()):
            try:
                for spec, naming in _Point(self, dict(zip(self.axes, values, strict=True)), globs).specs():
                    specs.append(spec)
                    namings.append(naming)
            except Problems as error:
                problems |= dict.fromkeys(error.lines)
            if len(problems) > MOST_PROBLEMS:
                break
        if problems:
            raise Problems(problems)
        names = told_apart(namings)
        return [replace(spec, out=globs.folder / name) for spec, name in zip(specs, names, strict=True)]

    def _count(self, globs: Globs, most: int) -> int:
        """How many specs there will be; once they are more than `most`, perhaps too few."""
        count = prod(len(values) for name, values in self.axes.items() if name not in ("song", "source"))
        for name in ("song", "source"):
            if count <= most:
                values = self.axes.get(name, [self.settings.get(name, self.defaults.get(name))])
                count *= sum(_matches(value, name, globs) for value in values)
        return count


@dataclass(frozen=True)
class _Point:
    """A job at one point of its matrix."""

    table: JobTable
    """The job."""
    values: Mapping[str, Any]
    """What the matrix chooses here, by key."""
    globs: Globs
    """Of the job file's folder."""

    def specs(self) -> Iterator[tuple[JobSpec, Naming]]:
        """A spec for each file that the globs find, and how its output is named.

        Raises:
            Problems: whatever is wrong in the job at this point.
        """
        command = self._command()
        files = self._files(command)
        for song in files.get("song", [None]):
            for source in files["source"]:
                assert source is not None
                yield self._spec(command, source, song)

    @property
    def settings(self) -> dict[str, Any]:
        """What the job itself says here."""
        return laid_over(self.values, self.table.settings)

    @property
    def common(self) -> dict[str, Any]:
        """What holds for it of COMMON: defaults, and over them what the job says."""
        defaults = {key: value for key, value in self.table.defaults.items() if key in COMMON}
        return {key: value for key, value in {**defaults, **self.settings}.items() if key in COMMON}

    def _command(self) -> str:
        if "command" not in self.common:
            raise Problems([f"command is missing; it is one of {', '.join(COMMANDS)}"])
        command = str(self.common["command"])
        if command not in COMMANDS:
            raise Problems([f"command must be one of {', '.join(COMMANDS)}, not {shortened(command)}"])
        return command

    def _files(self, command: str) -> dict[str, list[str | None]]:
        """The songs and the sources that its globs find. Raises Problems with whatever is wrong in the job's keys."""
        problems = unknown_keys(self.settings, command)
        if not isinstance(self.common.get("draft", False), bool):
            problems.append("draft must be true or false")
        files: dict[str, list[str | None]] = {}
        for name in ("song", "source", "output"):
            if name == "song" and command != "music":
                continue
            value = self.common.get(name)
            if name not in self.common:
                problems.append(f"{name} is missing")
            elif not isinstance(value, str) or not value:
                problems.append(f"{name} must be a text")
            elif name != "output":
                try:
                    files[name] = [*self.globs.files(value, name)]
                except Problems as error:
                    problems += error.lines
        if problems:
            raise Problems(problems)
        return files

    def _spec(self, command: str, source: str, song: str | None) -> tuple[JobSpec, Naming]:
        """The spec of one source and one song, and how its output is named."""
        folder, common = self.globs.folder, self.common
        values = laid_over(self.settings, self._defaults_for(command, source))
        arguments = {key: _placed(key, value, folder) for key, value in values.items() if key not in PATHS}
        parts = [Path(path).name for path in (song, source) if path]
        parts += [f"{key} {shortened(str(value))}" for key, value in self.values.items()]
        title = f"job {self.table.number} ({', '.join(parts)})"
        from_glob = has_magic(common["source"]) or (song is not None and has_magic(common["song"]))
        out, number = folder / common["output"], self.table.number
        spec = JobSpec(title, command, source, out, song, arguments, from_glob, number=number)
        return spec, self._naming(values, source, song)

    def _defaults_for(self, command: str, source: str) -> dict[str, Any]:
        """The defaults that this command has a knob for."""
        base = base_command(source) if command == "music" else None
        keys = known_keys(command) - unused_knobs(command, base)
        return {key: value for key, value in self.table.defaults.items() if key in keys}

    def _naming(self, values: Mapping[str, Any], source: str, song: str | None) -> Naming:
        """How the output is named: what braces may hold, and whose names these are."""
        names = {key: value for key, value in values.items() if isinstance(value, str | int | float)}
        names = {key.rstrip("_"): value for key, value in {**names, **self.values}.items()}
        stem, song_stem = file_of(source).stem, Path(song or "").stem
        names |= {"stem": song_stem or stem, "source": stem, "song": song_stem}
        files = {"source": source, "song": song or "", "stem": song or source}
        relative = {key: _relative(path, self.globs.folder) for key, path in files.items()}
        return Naming(self.common["output"], names, relative, {})


def unknown_keys(table: Mapping[str, Any], command: str | None) -> list[str]:
    """What there is to say of the keys of a table that no job of a command has; of any command, if None."""
    return [*islice(filter(None, (_unknown_key(key, command) for key in table)), MOST_UNKNOWN)]


@cache
def known_keys(command: str | None) -> frozenset[str]:
    """The keys that a job of a command may have; of any command, if None."""
    commands = COMMANDS if command is None else (command,)
    keys = {field.name for name in commands for _, field in knobs(name)} | {*COMMON}
    if command not in (None, "music"):
        keys.remove("song")
    return frozenset(keys)


@cache
def _unknown_key(key: str, command: str | None) -> str:
    """What there is to say of a key; "" if it is known."""
    if knob_name(key) in known_keys(command):
        return ""
    problem = f"{command} has no such knob" if command else "no command has such a knob"
    return f"{key}: {problem}; {nearest(key, known_keys(command))}"


def _axes(matrix: Any) -> dict[str, list[Any]]:
    """The lists of a matrix by knob. Raises Problems if it is no table of lists."""
    if not isinstance(matrix, dict) or not all(isinstance(values, list) and values for values in matrix.values()):
        raise Problems(['matrix must be a table of lists, such as { preset = ["coral", "temple"] }'])
    return by_knob(matrix)


def _matches(value: Any, name: str, globs: Globs) -> int:
    """How many files a song or a source stands for; what is wrong with it is told where the files are looked for."""
    if isinstance(value, str) and value:
        with suppress(Problems):
            return len(globs.files(value, name))
    return 1


def _relative(path: str, folder: Path) -> str:
    """A path relative to the folder of the job file: the two may be moved together."""
    if Path(path).is_absolute():
        return os.path.relpath(path, folder)
    return path


def _placed(key: str, value: Any, folder: Path) -> Any:
    """The value of a knob; one that names a file, from the job file's folder."""
    if names_file(key, value):
        return str(folder / value)
    if key == "write_markers":
        return placed_files(value, lambda file: str(folder / file))
    if key in KINDS:
        return with_files(KINDS[key], value, lambda file: str(folder / file))
    return value
