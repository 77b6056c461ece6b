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
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from glob import glob, has_magic
from itertools import product
from math import prod
from pathlib import Path
from typing import Any
from unicodedata import normalize

from vidream.config import COMMANDS, foreign, knobs
from vidream.errors import ConfigError, Problems, nearest
from vidream.media.sequence import sequence
from vidream.media.still import PICTURES
from vidream.render.job import Job
from vidream.render.mask import MOTION
from vidream.render.music import likeness, music_job
from vidream.render.seen import file_of
from vidream.render.still import image_job
from vidream.render.video import video_job
from vidream.render.zoom import NOISE, zoom_job

COMMON = ("command", "source", "song", "output", "preset", "draft")
MOST = 100_000  # orders: a matrix that makes more is a slip


@dataclass(frozen=True)
class Order:
    """One output: the command that makes it, and what it is given.

    label  what a person would call it: the job's number in the file, what is read, what the matrix chose
    song   of music alone
    asked  preset, draft and knobs, by name
    found  its source, or its song, was found by a glob
    """

    label: str
    command: str
    source: str
    out: Path
    song: str | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    found: bool = False

    @property
    def files(self) -> list[Path]:
        """Every file that it names: source, song, and knobs that are files."""
        named = [file_of(self.source)] if self.source != NOISE else []
        named += [Path(self.song)] if self.song else []
        return named + [Path(value) for key, value in self.asked.items() if names_file(key, value)]

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
            return music_job(self.song, self.source, self.out, **self.asked)
        makers: Mapping[str, Any] = {"video": video_job, "zoom": zoom_job, "image": image_job}
        job: Job = makers[self.command](self.source, self.out, **self.asked)
        return job


def read_orders(path: Path) -> tuple[list[Order], list[str]]:
    """The orders of a job file, in its order; and whatever is wrong in it. Paths in it are relative to its folder.

    What the file itself makes is not among what its globs find.

    Raises:
        ConfigError: it is no job file at all.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    jobs, defaults = table.get("job", []), table.get("defaults", {})
    problems = [f"{key}: no such table; {nearest(key, ('defaults', 'job'))}" for key in table if key not in _TABLES]
    if not isinstance(jobs, list) or not jobs or not all(isinstance(job, dict) for job in jobs):
        problems.append("has no jobs; each is a table [[job]]")
        jobs = []
    if not isinstance(defaults, dict):
        problems.append("defaults must be a table")
        defaults = {}
    problems += [f"defaults: {each}" for each in _unknown(defaults, None)]
    orders: list[Order] = []
    for number, job in enumerate(jobs, 1):
        try:
            orders += _orders(number, _named(job), _named(defaults), path.absolute().parent)
        except Problems as error:
            problems += [f"job {number}: {line}" for line in error.lines]
        if len(orders) > MOST:
            raise ConfigError(f"{path}: makes more than {MOST} films; is a matrix too large?")
    made = {_place(order.out): order for order in orders}
    ours = {
        id(order)
        for order in orders
        if order.found and any(made.get(_place(path), order) is not order for path in order.files)
    }
    orders = [order for order in orders if id(order) not in ours]
    return orders, problems + _clashes(orders)


_TABLES = ("defaults", "job")


def _named(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key.replace("-", "_"): value for key, value in table.items()}


def _known(command: str | None) -> set[str]:
    """What may be said of a job of a command; of any, if None."""
    names = {each.name for name in ([command] if command else COMMANDS) for _, each in knobs(name)}
    return names | (set(COMMON) if command in (None, "music") else set(COMMON) - {"song"})


def _unknown(table: Mapping[str, Any], command: str | None) -> list[str]:
    known = _known(command)
    has = f"{command} has no such knob" if command else "no command has such a knob"
    return [f"{key}: {has}; {nearest(key, known)}" for key in table if key.replace("-", "_") not in known]


def _orders(number: int, job: Mapping[str, Any], defaults: Mapping[str, Any], folder: Path) -> Iterator[Order]:
    matrix = job.get("matrix", {})
    axes = _named(matrix) if isinstance(matrix, dict) else {}
    if not isinstance(matrix, dict) or not all(isinstance(each, list) and each for each in axes.values()):
        raise Problems(['matrix must be a table of lists, such as { preset = ["coral", "temple"] }'])
    said = {key: value for key, value in job.items() if key != "matrix"}
    if prod(map(len, axes.values())) > MOST:
        raise Problems([f"matrix makes more than {MOST} films; is it too large?"])
    problems: dict[str, None] = {}  # each once, in order
    found: list[Order] = []
    for chosen in product(*axes.values()):
        point = dict(zip(axes, chosen, strict=True))
        try:
            found += _at(number, {**said, **point}, defaults, point, folder)
        except Problems as error:
            problems |= dict.fromkeys(error.lines)
    if problems:
        raise Problems(problems)
    return iter(found)


def _at(
    number: int, said: dict[str, Any], defaults: Mapping[str, Any], point: Mapping[str, Any], folder: Path
) -> Iterator[Order]:
    """The orders of a job at one point of its matrix: as many as its globs find."""
    whole = {**{key: value for key, value in defaults.items() if key in COMMON}, **said}
    command = str(whole.get("command"))
    if command not in COMMANDS:
        raise Problems([f"command must be one of {', '.join(COMMANDS)}, not {command}"])
    problems = _unknown(said, command)
    if not isinstance(whole.get("draft", False), bool):
        problems.append("draft must be true or false")
    files: dict[str, list[str]] = {}
    for name in ("song", "source", "output") if command == "music" else ("source", "output"):
        if not isinstance(whole.get(name), str) or not whole[name]:
            problems.append(f"{name} is missing" if name not in whole else f"{name} must be a text")
        elif name != "output":
            try:
                files[name] = _found(whole[name], folder, name)
            except Problems as error:
                problems += error.lines
    if problems:
        raise Problems(problems)
    songs: list[str | None] = [*files.get("song", [None])]
    for song in songs:
        for source in files["source"]:
            own = _known(command) - foreign(command, likeness(source) if command == "music" else None)
            values = {**{key: value for key, value in defaults.items() if key in own}, **said}
            names = {key: value for key, value in values.items() if isinstance(value, str | int | float)} | dict(point)
            seed, track = file_of(source).stem, Path(song or "").stem
            names |= {"stem": track or seed, "source": seed, "song": track}
            asked = {key: _placed(key, value, folder) for key, value in values.items() if key not in COMMON[:4]}
            what = [Path(each).name for each in (song, source) if each] + [f"{key} {point[key]}" for key in point]
            out = folder / _filled(whole["output"], names)
            found = has_magic(whole["source"]) or has_magic(whole.get("song", ""))
            yield Order(f"job {number} ({', '.join(what)})", command, source, out, song, asked, found)


def _found(given: str, folder: Path, name: str) -> list[str]:
    """The files that a path or a glob stands for, by name."""
    if given == NOISE and name == "source":
        return [given]
    path = folder / given
    if has_magic(given) and not path.exists():
        pattern = str(file_of(given))  # what follows an @ is a time
        files = sorted(glob(pattern, root_dir=folder, recursive=True))
        if not files:
            raise Problems([f"{name}: nothing matches {given}"])
        return [str(folder / each) + given[len(pattern) :] for each in files]
    return [str(path)]


def _placed(key: str, value: Any, folder: Path) -> Any:
    """A knob's value; one that names a file, from the job file's folder."""
    return str(folder / value) if names_file(key, value) else value


def names_file(key: str, value: Any) -> bool:
    """Whether a knob's value is a file's path."""
    if not isinstance(value, str) or value == MOTION:
        return False
    return key in _FILES or (key in _NAMES_OR_FILES and Path(value).suffix in (".toml", ".keras", ".pb"))


_FILES = ("weights", "guide", "mask", "sound")
_NAMES_OR_FILES = ("preset", "network")


def _filled(pattern: str, names: Mapping[str, Any]) -> str:
    """The output's name, with what stands in braces filled in."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in names:
            raise Problems([f"output: nothing is called {{{match[1]}}}; {nearest(match[1], names)}"])
        text = Path(str(names[match[1]])).stem if match[1] == "preset" else str(names[match[1]])
        return re.sub(r"[^\w.+=-]+", "_", normalize("NFC", text)).lstrip(".") or "_"

    return re.sub(r"\{(\w*)\}", value, pattern)


def _clashes(orders: list[Order]) -> list[str]:
    """Outputs that are made twice, or that another job reads."""
    made: dict[str, str] = {}
    clashes = []
    for order in orders:
        place = _place(order.out)
        if place in made:
            clashes.append(f"{order.label} and {made[place]} both make {order.out}; put {{stem}} or {{preset}} into it")
        made.setdefault(place, order.label)
    read = {_place(each): order.label for order in orders for each in order.files}
    clashes += [f"{made[place]} makes what {read[place]} reads" for place in made if place in read]
    return clashes


def _place(path: Path) -> str:
    return os.path.normcase(os.path.abspath(path))
