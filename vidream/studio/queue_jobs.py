"""From a look to jobs of the queue: how a film is made, what it is called, whether it can be made at all."""

import glob
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vidream.config import COMMANDS, is_shipped, knob_name, knobs
from vidream.config.formats import FORMATS
from vidream.config.toml import read_toml
from vidream.errors import ConfigError, nearest
from vidream.jobs.batch import looked_into
from vidream.jobs.globs import Globs
from vidream.jobs.item import BatchItem
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.jobtable import JobTable
from vidream.jobs.names import Naming
from vidream.jobs.records import Records
from vidream.media.containers import ENDINGS
from vidream.plan.seed import file_of
from vidream.render.workfolder import folder_of
from vidream.studio.folder import names_in
from vidream.studio.queue_items import check_inside
from vidream.studio.queue_place import QueuePlace
from vidream.text import figure

FILMS = "films"
"""The folder, in that of the person, into which films go."""
MOST = 500
"""Films that may be added at once."""
NOISE = "noise"
CHOSEN = frozenset({"quality", "for_", "size", "length"})
"""Knobs that a page asks for when a film is queued."""


@dataclass(frozen=True)
class Form:
    """What a film may be written as."""

    ending: str
    """Of OUT; with a slash, pictures in a folder of their own."""
    about: str
    """What it is good for."""
    knobs: Mapping[str, Any] = field(default_factory=dict)
    """What says so on the command line, beside the ending."""
    plays: bool = True
    """Whether a browser shows it."""


FILM_FORMS: Mapping[str, Form] = {
    "mp4": Form(".mp4", "H.264: plays everywhere"),
    "hevc": Form(".mp4", "HEVC: half the size, newer players", {"codec": "hevc"}),
    "webm": Form(".webm", "VP9: for the web"),
    "gif": Form(".gif", "short loops, no sound"),
    "prores": Form(".mov", "ProRes 422: for editing", {"codec": "prores"}, plays=False),
    "prores4444": Form(".mov", "ProRes 4444: for grading", {"codec": "prores4444"}, plays=False),
    "hap": Form(".mov", "HAP: for VJs", {"codec": "hap"}, plays=False),
    "ffv1": Form(".mkv", "FFV1: nothing is lost", {"codec": "ffv1"}, plays=False),
    "png": Form("/%05d.png", "PNG pictures in a folder", plays=False),
}
PICTURE_FORMS: Mapping[str, Form] = {
    "png": Form(".png", "PNG"),
    "jpg": Form(".jpg", "JPEG: small"),
    "tiff16": Form(".tif", "TIFF of 16 bits", {"codec": "tiff16"}, plays=False),
}


def forms_of(command: str) -> Mapping[str, Form]:
    """What a command's output may be written as, by name; the usual one first."""
    return PICTURE_FORMS if command == "image" else FILM_FORMS


@dataclass(frozen=True)
class Choices:
    """What is chosen when a film is queued; "" wherever the look, or the usual, holds."""

    name: str = ""
    """What it is to be called."""
    form: str = ""
    """A name in `forms_of` its command."""
    quality: str = ""
    """As --quality."""
    for_: str = ""
    """As --for."""
    size: str = ""
    """As --size."""
    length: str = ""
    """As --length."""
    draft: bool = False
    """As --draft."""

    def knobs(self, command: str) -> dict[str, Any]:
        """The knobs that are chosen, of those that a command has."""
        chosen = {"quality": self.quality, "for_": self.for_, "size": self.size, "length": self.length}
        known = {knob.name for _, knob in knobs(command)}
        given = {name: value for name, value in chosen.items() if value and name in known}
        if "for_" in given and given["for_"] not in FORMATS:
            raise ConfigError(f"--for {given['for_']}: {nearest(given['for_'], FORMATS)}")
        return given | ({"draft": True} if self.draft else {})


@dataclass(frozen=True)
class Ordered:
    """What is to be made of what."""

    command: str
    """A name in COMMANDS."""
    source: str
    """A path, perhaps with a time after an @; or "noise"."""
    song: str | None
    """A path, of a music visual."""
    preset: str
    """The name of a shipped look, the path of a look of one's own, or ""."""
    knobs: Mapping[str, Any]
    """What holds over it: values as TOML has them."""

    called: str = ""
    """What its file is to be called; "": by source and look."""

    @property
    def title(self) -> str:
        """What it is usually called: of what, and how."""
        if self.called:
            return self.called
        stem = Path(self.song).stem if self.song else file_of(self.source).stem
        return f"{stem}-{Path(self.preset).stem}" if self.preset else stem


def ordered(wire: Mapping[str, Any]) -> Ordered:
    """An order from what a look tells: see vidream.studio.look."""
    command, source = str(wire.get("command", "video")), wire.get("source")
    if command not in COMMANDS:
        raise ConfigError(f"{command}: is no command that makes a film; {nearest(command, COMMANDS)}")
    if not source:
        raise ConfigError("there is nothing to dream of yet; choose a film or a picture first")
    song = wire.get("song") if command == "music" else None
    if command == "music" and not song:
        raise ConfigError("there is no song to follow yet; choose one first")
    source, second = str(source), wire.get("second")
    if command in ("zoom", "image") and Path(source).suffix.lower() in ENDINGS:
        source = f"{source}@{figure(float(second or 0))}"
    preset, called = str(wire.get("preset") or ""), Path(str(wire.get("out") or "")).stem
    return Ordered(command, source, None if song is None else str(song), preset, wire["knobs"], called)


def job_keys(place: QueuePlace, order: Ordered, choices: Choices, is_taken: Callable[[Path], bool]) -> dict[str, Any]:
    """The keys of a [[job]] that makes one film, with a name that nothing has.

    Args:
        place: of the queue.
        order: what is made of what.
        choices: how it is written.
        is_taken: whether a path is spoken for already.

    Raises:
        ConfigError: such a form there is not.
    """
    forms = forms_of(order.command)
    form = forms.get(choices.form or next(iter(forms)))
    if form is None:
        raise ConfigError(f"{choices.form}: is nothing that {order.command} writes; {nearest(choices.form, forms)}")
    out = free_out(place, choices.name or order.title, form.ending, is_taken)
    keys: dict[str, Any] = {"command": order.command}
    if order.song is not None:
        keys["song"] = _written(place, order.song)
    keys |= {"source": _written(place, order.source), "output": place.key(out)}
    if order.preset:
        keys["preset"] = order.preset if is_shipped(order.preset) else place.key(Path(order.preset))
    known = {knob.name for _, knob in knobs(order.command)}
    values = {knob_name(name): value for name, value in order.knobs.items() if value is not None}
    chosen = choices.knobs(order.command)
    if "for_" in chosen or "size" in chosen:  # one says what the other says: what is chosen now holds
        values = {name: value for name, value in values.items() if name not in ("for_", "size")}
    values = {name: names_in(place.folder, value) for name, value in values.items() if name in known}
    return {**keys, **values, **form.knobs, **chosen}


def _written(place: QueuePlace, source: str) -> str:
    """A source as a job file has it: relative to it; what would be a glob is written so that it is none."""
    if source == NOISE:
        return source
    file = file_of(source)
    path = place.key(file)
    if {"*", "?"} & set(path):
        path = glob.escape(path)
    return path + source[len(str(file)) :]


def free_out(place: QueuePlace, name: str, ending: str, is_taken: Callable[[Path], bool]) -> Path:
    """Where a film may be made: nothing is there, and nothing of a run that was stopped."""
    plain = name.strip().translate({ord("{"): "(", ord("}"): ")", ord("%"): "_"})
    stem = Naming("{stem}", {"stem": plain or "film"}, {}, {}).name()
    for number in range(1, 10_000):
        numbered = stem if number == 1 else f"{stem}-{number}"
        out = place.folder / FILMS / (numbered + ending)
        there = out.parent if ending.startswith("/") else out
        if not (os.path.lexists(there) or os.path.lexists(folder_of(out)) or is_taken(out)):
            return out
    raise ConfigError(f"{name}: there are 10,000 films of that name; choose another")


def spec_of(place: QueuePlace, keys: Mapping[str, Any]) -> JobSpec:
    """What makes the film of a job that is about to be added, with the [defaults] of the file.

    Raises:
        ConfigError: it is no job; or it would read or write outside of the folder.
    """
    defaults = read_toml(place.jobs, str(place.jobs)).get("defaults", {}) if place.jobs.exists() else {}
    (spec,) = JobTable(1, keys, defaults if isinstance(defaults, dict) else {}).specs(Globs(place.folder))
    for path in (*spec.files, spec.out, *spec.beside):
        check_inside(place, path)
    return spec


def look_into(place: QueuePlace, spec: JobSpec) -> BatchItem:
    """How many frames a film will have, and how large. Takes a moment: sources are opened, encoders tried.

    Raises:
        ConfigError, MediaError: it cannot be made as it is.
    """
    return looked_into(spec, Records(place.jobs))


def taken(place: QueuePlace, outs: Iterable[Path]) -> Callable[[Path], bool]:
    """Whether a path is spoken for, be it in other letters. outs: those that are."""
    names = {place.key(out).casefold() for out in outs}
    return lambda out: place.key(out).casefold() in names
