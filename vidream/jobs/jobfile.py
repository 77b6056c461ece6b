"""A job file -> one order for each film or picture: defaults, globs and matrices are multiplied out.

[defaults]
size = "960"

[[job]]
command = "music"
song = "songs/*.flac"
source = "seeds/cat.png"
output = "films/{stem}-{preset}.mp4"
matrix = { preset = ["coral", "temple"] }
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from glob import has_magic
from itertools import islice, product
from math import prod
from pathlib import Path
from typing import Any

from vidream.config import COMMANDS, is_shipped, knobs, unused_knobs
from vidream.config.toml import read_toml
from vidream.errors import Problems, nearest
from vidream.jobs.globs import Globs
from vidream.jobs.job import Job
from vidream.jobs.music import base_command, music_job
from vidream.jobs.names import Naming, shortened, told_apart
from vidream.jobs.places import Made
from vidream.jobs.still import image_job
from vidream.jobs.video import video_job
from vidream.jobs.zoom import NOISE, zoom_job
from vidream.media.sequence import sequence
from vidream.media.still import PICTURES
from vidream.plan.mask import MOTION
from vidream.plan.seed import file_of

COMMON = ("command", "source", "song", "output", "preset", "draft")
MOST = 100_000  # orders: a matrix that makes more is a slip
MOST_PROBLEMS, MOST_UNKNOWN = 200, 20  # of a file, of a table: told at once


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
        named = [file_of(self.source)] if self.source != NOISE else []
        named += [Path(self.song)] if self.song else []
        return named + [Path(value) for key, value in self.arguments.items() if names_file(key, value)]

    @property
    def folder(self) -> Path:
        """Where its output goes; a sequence of pictures makes the last of its folders itself."""
        return self.out.parent.parent if sequence(self.out, PICTURES) else self.out.parent

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


def read_job_file(path: Path) -> tuple[list[JobSpec], list[str]]:
    """The orders of a job file, in its order; and whatever is wrong in it. Paths in it are relative to its folder.

    What the file itself makes is not among what its globs find.

    Raises:
        ConfigError: it is no job file at all.
    """
    table = read_toml(path, str(path))
    jobs, defaults = table.get("job", []), table.get("defaults", {})
    problems = [f"{key}: no such table; {nearest(key, ('defaults', 'job'))}" for key in table if key not in _TABLES]
    if not isinstance(jobs, list) or not jobs or not all(isinstance(job, dict) for job in jobs):
        problems.append("has no jobs; each is a table [[job]]")
        jobs = []
    if not isinstance(defaults, dict):
        problems.append("defaults must be a table")
        defaults = {}
    problems += [f"defaults: {each}" for each in _unknown(defaults, None)]
    orders: list[JobSpec] = []
    globs = Globs(path.absolute().parent)
    for number, job in enumerate(jobs[:MOST], 1):
        try:
            orders += _orders(number, _named(job), _named(defaults), globs, MOST - len(orders))
        except Problems as error:
            problems += [f"job {number}: {line}" for line in error.lines]
        if len(problems) > MOST_PROBLEMS:
            return [], [*problems[:MOST_PROBLEMS], "there is more; these first"]
    orders = without_own(orders)
    problems += clashes(orders)
    maker = Made((order.out, order.title) for order in orders).read(path)
    problems += [f"{maker} makes this job file itself"] if maker else []
    return orders, problems[:MOST_PROBLEMS]


def without_own(orders: list[JobSpec]) -> list[JobSpec]:
    """The orders but for those whose globs found what the job file itself makes."""
    if not any(order.from_glob for order in orders):
        return orders
    makers = Made((order.out, str(number)) for number, order in enumerate(orders))
    own, finders = set[int](), dict[int, list[str]]()
    for number, order in enumerate(orders):
        by = {makers.read(path) for path in order.files} - {None, str(number)} if order.from_glob else set()
        if by:
            own.add(number)
            for maker in by:
                finders.setdefault(int(str(maker)), []).append(order.title)
    return [
        replace(order, finders=tuple(finders.get(number, ())))
        for number, order in enumerate(orders)
        if number not in own
    ]


def clashes(orders: list[JobSpec]) -> list[str]:
    """Outputs that are made twice, or that another job reads."""
    made, said = Made(()), []
    for order in orders:
        before = made.out(order.out)
        if before:
            said.append(f"{order.title} and {before} both make {order.out}; put {{stem}} or {{preset}} into it")
        made.add(order.out, order.title)
    readers = {path: order.title for order in orders for path in order.files}
    for path, who in readers.items():
        maker = made.read(path)
        if maker and not (maker == who and path.is_dir()):  # pictures may be put beside those that they are made of
            said.append(f"{maker} makes what {who} reads")
    return said


_TABLES = ("defaults", "job")


def _named(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key.replace("-", "_"): value for key, value in table.items()}


@cache
def _known(command: str | None) -> frozenset[str]:
    """What may be said of a job of a command; of any, if None."""
    names = {each.name for name in ([command] if command else COMMANDS) for _, each in knobs(name)}
    return frozenset(names | (set(COMMON) if command in (None, "music") else set(COMMON) - {"song"}))


def _unknown(table: Mapping[str, Any], command: str | None) -> list[str]:
    return [*islice(filter(None, (_unknown_key(key, command) for key in table)), MOST_UNKNOWN)]


@cache
def _unknown_key(key: str, command: str | None) -> str:
    """What is said of a key that is none; nothing of one that is."""
    known = _known(command)
    if key.replace("-", "_") in known:
        return ""
    has = f"{command} has no such knob" if command else "no command has such a knob"
    return f"{key}: {has}; {nearest(key, known)}"


def _orders(
    number: int, job: Mapping[str, Any], defaults: Mapping[str, Any], globs: Globs, most: int
) -> Iterator[JobSpec]:
    """The orders of a job: as many as its matrix has points, and as its globs find files at each.

    Raises:
        Problems: whatever is wrong in it; over `most`, counted before any is made.
    """
    matrix = job.get("matrix", {})
    axes = _named(matrix) if isinstance(matrix, dict) else {}
    if not isinstance(matrix, dict) or not all(isinstance(each, list) and each for each in axes.values()):
        raise Problems(['matrix must be a table of lists, such as { preset = ["coral", "temple"] }'])
    said = {key: value for key, value in job.items() if key != "matrix"}
    if _count(axes, {**defaults, **said}, globs, most) > most:
        raise Problems([f"matrix makes more than {MOST} films, with the jobs before; is it too large?"])
    problems: dict[str, None] = {}  # each once, in order
    found: list[tuple[JobSpec, Naming]] = []
    for chosen in product(*axes.values()):
        point = dict(zip(axes, chosen, strict=True))
        try:
            found += _at(number, {**said, **point}, defaults, point, globs)
        except Problems as error:
            problems |= dict.fromkeys(error.lines)
        if len(problems) > MOST_PROBLEMS:
            break
    if problems:
        raise Problems(problems)
    names = told_apart([naming for _, naming in found])
    return (replace(order, out=globs.folder / name) for (order, _), name in zip(found, names, strict=True))


def _count(axes: Mapping[str, list[Any]], whole: Mapping[str, Any], globs: Globs, most: int) -> int:
    """How many orders a job makes."""
    count = prod(len(axis) for name, axis in axes.items() if name not in ("song", "source"))
    for name in ("song", "source") if count <= most else ():
        given = axes.get(name, [whole.get(name)])
        with suppress(Problems):  # told where the files are looked for
            count *= sum(len(globs.found(each, name)) if isinstance(each, str) and each else 1 for each in given)
    return count


def _at(
    number: int, said: dict[str, Any], defaults: Mapping[str, Any], point: Mapping[str, Any], globs: Globs
) -> Iterator[tuple[JobSpec, Naming]]:
    """The orders of a job at one point of its matrix, and how their outputs are named."""
    whole = {**{key: value for key, value in defaults.items() if key in COMMON}, **said}
    command = str(whole.get("command"))
    if command not in COMMANDS:
        raise Problems([f"command must be one of {', '.join(COMMANDS)}, not {shortened(command)}"])
    problems = _unknown(said, command)
    if not isinstance(whole.get("draft", False), bool):
        problems.append("draft must be true or false")
    files: dict[str, list[str]] = {}
    for name in ("song", "source", "output") if command == "music" else ("source", "output"):
        if not isinstance(whole.get(name), str) or not whole[name]:
            problems.append(f"{name} is missing" if name not in whole else f"{name} must be a text")
        elif name != "output":
            try:
                files[name] = globs.found(whole[name], name)
            except Problems as error:
                problems += error.lines
    if problems:
        raise Problems(problems)
    songs: list[str | None] = [*files.get("song", [None])]
    found = has_magic(whole["source"]) or has_magic(whole.get("song", ""))
    for song in songs:
        for source in files["source"]:
            own = _known(command) - unused_knobs(command, base_command(source) if command == "music" else None)
            values = {**{key: value for key, value in defaults.items() if key in own}, **said}
            asked = {key: _placed(key, value, globs.folder) for key, value in values.items() if key not in COMMON[:4]}
            what = [Path(each).name for each in (song, source) if each]
            what += [f"{key} {shortened(str(point[key]))}" for key in point]
            label = f"job {number} ({', '.join(what)})"
            naming = _naming(whole["output"], values, point, song, source, globs.folder)
            yield JobSpec(label, command, source, globs.folder / whole["output"], song, asked, found), naming


def _naming(
    pattern: str, values: Mapping[str, Any], point: Mapping[str, Any], song: str | None, source: str, folder: Path
) -> Naming:
    """How an order's output is named: what braces may hold, and whose names these are."""
    names = {key: value for key, value in values.items() if isinstance(value, str | int | float)} | dict(point)
    seed, track = file_of(source).stem, Path(song or "").stem
    names |= {"stem": track or seed, "source": seed, "song": track}
    files = {
        key: _from(folder, path) for key, path in (("source", source), ("song", song or ""), ("stem", song or source))
    }
    return Naming(pattern, names, files, {})


def _from(folder: Path, path: str) -> str:
    """A path as it lies to the folder of the job file: the two may be moved together."""
    return os.path.relpath(path, folder) if Path(path).is_absolute() else path


def _placed(key: str, value: Any, folder: Path) -> Any:
    """A knob's value; one that names a file, from the job file's folder."""
    return str(folder / value) if names_file(key, value) else value


def names_file(key: str, value: Any) -> bool:
    """Whether a knob's value is a file's path."""
    if not isinstance(value, str) or value == MOTION:
        return False
    if key == "preset":
        return not is_shipped(value) and bool(Path(value).suffix or Path(value).name != value)
    return key in _FILES or (key == "network" and Path(value).suffix in (".keras", ".pb"))


_FILES = ("weights", "guide", "mask", "sound")
