"""What pages ask to be made: the look that is worked on, or many looks of many sources, as jobs with own names."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from vidream.config import COMMANDS, knobs, presets
from vidream.config.formats import FORMATS
from vidream.errors import ConfigError, InputError, VidreamError
from vidream.jobs.item import BatchItem
from vidream.studio.child import Child
from vidream.studio.hub import Hub
from vidream.studio.look_files import saved_looks
from vidream.studio.queue_jobs import (
    CHOSEN,
    MOST,
    Choices,
    Ordered,
    forms_of,
    job_keys,
    look_into,
    ordered,
    spec_of,
    taken,
)
from vidream.studio.queue_place import QueuePlace
from vidream.studio.room import Ask

LOOKED_INTO = 24
"""Films of a matrix that are each looked into before they are queued; of more, one of each look and source is."""

IDLE = 30.0
"""Seconds after an estimate that its process lives."""

Job = tuple[dict[str, Any], dict[str, Any]]
"""The keys of a [[job]], and what was found out about its film: frames, size."""


class Entry(Protocol):
    """A file of the folder."""

    @property
    def kind(self) -> str:
        """Film, picture or song."""


class Files(Protocol):
    """The table of the folder."""

    def entry(self, file: str) -> Entry:
        """The file of an id. InputError: there is none."""

    def path(self, file: str) -> Path:
        """Where it lies."""


class Orders:
    """Makes jobs of what pages ask for."""

    def __init__(self, place: QueuePlace, files: Files, wire: Callable[[], Mapping[str, Any]], hub: Hub) -> None:
        """Nothing is asked yet.

        Args:
            place: of the queue.
            files: FOLDER's table.
            wire: what the look that is worked on tells a process, see vidream.studio.look.
            hub: the open pages.
        """
        self._place, self._files, self._wire, self._hub = place, files, wire, hub
        self._child = Child("vidream.studio.queue_estimate", self._heard, nice=5)
        self._asker, self._number = "", 0
        self._timer: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    def offers(self) -> dict[str, Any]:
        """What a page may choose from: forms and choices of each command, sizes by what they are for, looks."""
        looks = [{"name": each.name, "about": each.about, "own": False} for each in presets()]
        own = [{"name": name, "about": "a look of your own", "own": True} for name in saved_looks(self._place.folder)]
        return {
            "forms": {
                command: [{"name": name, "about": form.about} for name, form in forms_of(command).items()]
                for command in COMMANDS
            },
            "takes": {command: sorted({each.name for _, each in knobs(command)} & CHOSEN) for command in COMMANDS},
            "formats": {name: str(each.size) for name, each in FORMATS.items()},
            "looks": [*own, *looks],
        }

    async def estimate(self, ask: Ask) -> Any:
        """Find out how long it would take: a few frames are made and thrown away. The answer is pushed."""
        keys = self._keys(ordered(self._wire()), _choices(ask), ())
        self._asker, self._number = ask.tab, self._number + 1
        message = {"number": self._number, "folder": str(self._place.folder), "kept": str(self._place.kept)}
        if self._timer is not None:
            self._timer.cancel()
        await self._child.send({**message, "keys": keys})

    async def order(self, ask: Ask, outs: Sequence[Path]) -> Job:
        """The job of a film that is asked for. outs: paths that are spoken for.

        Raises:
            ConfigError, MediaError: it cannot be made as it is.
        """
        keys = self._keys(ordered(self._wire()), _choices(ask), outs)
        item = await asyncio.to_thread(self._look_into, keys)
        return keys, _found(item)

    async def matrix(self, ask: Ask, outs: Sequence[Path]) -> list[Job]:
        """A job for each look of each source that is asked for, source by source."""
        orders = self._orders(ask)
        if not 1 <= len(orders) <= MOST:
            raise ConfigError(
                f"1 to {MOST} films can be queued at once, not {len(orders)}; choose fewer looks or sources"
            )
        spoken, jobs, choices = [*outs], list[Job](), _choices(ask)
        for order in orders:
            fits = choices.form in forms_of(order.command)  # pictures among films are written as pictures usually are
            keys = self._keys(order, choices if fits else replace(choices, form=""), spoken)
            spoken.append(self._place.folder / keys["output"])
            jobs.append((keys, {}))
        return await asyncio.to_thread(self._checked, jobs)

    async def close(self) -> None:
        """End what estimates."""
        if self._timer is not None:
            self._timer.cancel()
        await self._child.close()

    def _keys(self, order: Ordered, choices: Choices, outs: Sequence[Path]) -> dict[str, Any]:
        return job_keys(self._place, order, choices, taken(self._place, outs))

    def _look_into(self, keys: Mapping[str, Any]) -> BatchItem:
        try:
            return look_into(self._place, spec_of(self._place, keys))
        except VidreamError as error:
            raise ConfigError(self._place.told(str(error))) from None

    def _checked(self, jobs: Sequence[Job]) -> list[Job]:
        """Jobs that have been looked into: all of them, or one of each look and one of each source."""
        seen, checked = set[tuple[str, Any]](), list[Job]()
        for keys, _ in jobs:
            marks = {("look", keys.get("preset")), ("source", keys["source"])}
            found = {}
            if len(jobs) <= LOOKED_INTO or marks - seen:
                found = _found(self._look_into(keys))
            else:
                spec_of(self._place, keys)
            seen |= marks
            checked.append((keys, found))
        return checked

    def _orders(self, ask: Ask) -> list[Ordered]:
        """Looks x sources: see `matrix`."""
        looks, sources = _texts(ask, "looks"), _texts(ask, "sources")
        song = ask.body.get("song")
        path = None if song is None else str(self._files.path(str(song)))
        pictures = ask.text("pictures", "image")
        if pictures not in ("image", "zoom"):
            raise ConfigError(f"pictures: image or zoom, not {pictures}")
        return [self._ordered(look, source, path, pictures) for source in sources for look in looks]

    def _ordered(self, look: str, source: str, song: str | None, pictures: str) -> Ordered:
        entry = self._files.entry(source)
        if entry.kind not in ("film", "picture"):
            raise InputError("only films and pictures are dreamed; choose these")
        command = "video" if entry.kind == "film" else pictures
        path = str(self._files.path(source))
        if song is not None:
            command = "music"
        wire: Mapping[str, Any] = (
            self._wire() if look == "" else {"preset": _known(look, self._place.folder), "knobs": {}}
        )
        assert command in COMMANDS
        return Ordered(command, path, song, str(wire.get("preset") or ""), wire["knobs"])

    def _heard(self, message: Mapping[str, Any], _: bytes) -> None:
        """Hand what was estimated on to whoever asked last."""
        if message.get("number", self._number) == self._number:
            problem = self._place.told(str(message.get("ended") or message.get("problem") or ""))
            self._hub.tell(self._asker, "queue.estimate", {**message, "problem": problem})
            self._timer = asyncio.get_running_loop().call_later(IDLE, self._rest)

    def _rest(self) -> None:
        """End the process that estimates: nobody has asked for a while, and a network takes memory."""
        self._ending = asyncio.create_task(self._child.close(again=True))


def _known(look: str, folder: Path) -> str:
    """A shipped look, or the path of one of a person's own. ConfigError: it is none any more."""
    if look in {preset.name for preset in presets()}:
        return look
    if look in saved_looks(folder):
        return str(folder / look)
    raise ConfigError(f"{look}: no such look any more; choose another")


def _choices(ask: Ask) -> Choices:
    """What is chosen, from what a page sent."""
    texts = {name: ask.text(name, "", 200) for name in ("name", "form", "quality", "size", "length")}
    return Choices(**texts, for_=ask.text("for", "", 40), draft=ask.body.get("draft") is True)


def _texts(ask: Ask, name: str) -> list[str]:
    """A list of texts of the body, each once. ConfigError: it is none."""
    values = ask.body.get(name)
    if not isinstance(values, list) or not all(isinstance(value, str) and len(value) < 500 for value in values):
        raise ConfigError(f"{name}: must be a list of texts")
    return [*dict.fromkeys(values)]


def _found(item: BatchItem) -> dict[str, Any]:
    return {"total": item.frames, "size": str(item.size)}
