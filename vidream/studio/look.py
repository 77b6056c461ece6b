"""The room "look": the document that every other room shows or edits, its history, and where it is kept."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from vidream.config import COMMANDS
from vidream.config.recipe import LOOK_KNOBS
from vidream.errors import ConfigError, VidreamError
from vidream.jobs.recipes import recipe_of
from vidream.studio import settings
from vidream.studio.document import LONGEST_DAY, Document, check_names, kinds_of
from vidream.studio.history import read_history
from vidream.studio.hub import Hub
from vidream.studio.look_files import headline, look_path, save_look, saved_looks
from vidream.studio.look_toml import toml_of, with_toml
from vidream.studio.look_words import Parse, command_line, out_name, with_command_line
from vidream.studio.named_files import Table, files_named, named
from vidream.studio.room import Action, Ask, Room
from vidream.studio.schema import layers_of, schema, schema_name, words
from vidream.studio.state import State

LONGEST_TEXT = 200_000
"""Characters of a look's text that the page sends."""


class Look(Room):
    """What is dreamed, and how: one document for all pages."""

    name: ClassVar[str] = "look"

    def __init__(self, hub: Hub, state: State, table: Table, parse: Parse) -> None:
        """Take up what was left.

        Args:
            hub: tells pages of changes.
            state: keeps the look from one run of the studio to the next.
            table: the files of FOLDER.
            parse: reads the words of a command line.
        """
        self._hub, self._state, self._table, self._parse = hub, state, table, parse
        kept = state.get(self.name, {})
        self._history = read_history(kept.get("history") if isinstance(kept, dict) else None)
        self._revision = 0
        self._listeners: list[Callable[[Document], None]] = []
        self._told = self.snapshot()

    @property
    def document(self) -> Document:
        """The look as it is."""
        return self._history.now

    @property
    def revision(self) -> int:
        """Rises with each change."""
        return self._revision

    def wire(self) -> dict[str, Any]:
        """What a child process is told of the look, and the name that its film has. InputError: a file is gone."""
        return {**settings.wire(self.document, self._table), "out": out_name(self.document, self._table)}

    def problems(self) -> dict[str, str]:
        """What stands in the way of dreaming it, by knob; nothing is fetched."""
        return settings.problems(self.document, self._table)

    def listen(self, heard: Callable[[Document], None]) -> None:
        """Be told of each change, after it."""
        self._listeners.append(heard)

    def look_again(self) -> None:
        """Files have come or gone: tell of it, if that changes anything."""
        if {**self.snapshot(), "revision": 0} != {**self._told, "revision": 0}:
            self._tell()

    @property
    def actions(self) -> Mapping[str, Action]:
        return {
            "set": self._set,
            "set_many": self._set_many,
            "preset": self._preset,
            "replace": self._replace,
            "source": self._source,
            "noise": self._noise,
            "song": self._song,
            "moment": self._moment,
            "command": self._command,
            "toml": self._toml,
            "command_line": self._command_line,
            "undo": self._undo,
            "redo": self._redo,
            "save": self._save,
            "load": self._load,
            "recipe": self._recipe,
            "use_recipe": self._use_recipe,
        }

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/look/schema", lambda _: JSONResponse(schema())),
            Route("/look/words", lambda _: JSONResponse(words())),
            Route(
                "/look/layers/{network}",
                lambda asked: JSONResponse({"layers": layers_of(asked.path_params["network"])}),
            ),
            Route("/look/saved", lambda _: JSONResponse({"looks": saved_looks(self._table.root)})),
        ]

    def snapshot(self) -> dict[str, Any]:
        document, table = self.document, self._table
        base = settings.base_of(document, table)
        told = {
            **document.stored(),
            "revision": self._revision,
            "base": base,
            "schema": schema_name(document.command, base),
            "command_line": command_line(document, table),
            "saved": document.preset if document.preset.endswith(".toml") else None,
            "undo": self._history.can_undo,
            "redo": self._history.can_redo,
        }
        try:
            config = settings.run_config(document, table)
            values = settings.values_of(config, table)
            below = values
            if document.knobs:
                below = settings.values_of(settings.run_config(replace(document, knobs={}), table), table)
            under = {name: below[name] for name in document.knobs}
            problems = settings.problems(document, table, config)
            return {**told, "problems": problems, "values": values, "under": under, "toml": toml_of(document, table)}
        except VidreamError as error:  # its preset is gone, or has become another
            return {**told, "values": {}, "under": {}, "toml": "", "problems": {"": str(error)}}

    def _change(self, document: Document, key: str = "", gesture: str = "") -> dict[str, Any]:
        """Go over to a document that was checked; the answer to who asked."""
        if self._history.change(document, f"{key} {gesture}" if key else "", time.monotonic(), gesture=bool(gesture)):
            self._changed()
        return {"revision": self._revision}

    def _changed(self) -> None:
        self._revision += 1
        self._state.put(self.name, {"history": self._history.stored()})
        self._tell()

    def _tell(self) -> None:
        self._told = self.snapshot()
        self._hub.publish(self.name, self._told)
        for heard in self._listeners:
            heard(self.document)

    async def _set(self, ask: Ask) -> Any:
        """{knob, value, gesture}: a knob; null takes it back to the preset's. All of a gesture, a drag, is one step."""
        return self._with_knobs({ask.text("knob", longest=100): ask.body.get("value")}, ask)

    async def _set_many(self, ask: Ask) -> Any:
        """{knobs, gesture}: several knobs at once."""
        return self._with_knobs(_table_of(ask, "knobs"), ask)

    def _with_knobs(self, changed: Mapping[str, Any], ask: Ask) -> Any:
        now = self.document
        check_names(changed, now.command, settings.base_of(now, self._table))
        document = settings.checked(replace(now, knobs={**now.knobs, **changed}), self._table, now)
        return self._change(document, ",".join(sorted(changed)), ask.text("gesture", "", 100))

    async def _preset(self, ask: Ask) -> Any:
        """{name, command}: a shipped or a saved look in place of this one; what belongs to the film stays."""
        return self._use(ask.text("name", longest=300), {}, ask)

    async def _replace(self, ask: Ask) -> Any:
        """{preset, knobs, command, gesture}: a look in place of this one; what belongs to the film stays."""
        return self._use(ask.text("preset", "", 300), _table_of(ask, "knobs"), ask)

    def _use(self, preset: str, knobs: Mapping[str, Any], ask: Ask) -> Any:
        now = replace(self.document, command=self._command_in(ask, self.document.command), preset=preset)
        kinds = kinds_of(now.command, settings.base_of(now, self._table))
        stay = {name: raw for name, raw in now.knobs.items() if name not in LOOK_KNOBS and name in kinds}
        document = settings.checked(replace(now, knobs={**stay, **knobs}), self._table, self.document)
        gesture = ask.text("gesture", "", 100)
        return self._change(document, "replace" if gesture else "", gesture)

    def _command_in(self, ask: Ask, default: str, key: str = "command") -> str:
        command = ask.text(key, default, 20)
        if command not in COMMANDS:
            raise ConfigError(f"{key}: must be one of {', '.join(COMMANDS)}")
        return command

    def _adapt(self, document: Document) -> Any:
        """Go over to another command or source; knobs that it has not are left out, and named in the answer."""
        return self._adapted(*settings.adapted(document, self._table))

    def _adapted(self, adapted: Document, left: list[str]) -> Any:
        return {**self._change(adapted), "left_out": left}

    async def _command(self, ask: Ask) -> Any:
        """{name}: what is made: a film, a zoom, a picture, a music visual."""
        command = self._command_in(ask, self.document.command, "name")
        noise = self.document.noise and command in ("zoom", "music")
        return self._adapt(replace(self.document, command=command, noise=noise, out=""))

    async def _source(self, ask: Ask) -> Any:
        """{id, second}: what is dreamed; a picture makes no film, and a song is what a music visual is dreamed to."""
        found = named(self._table, ask.text("id", longest=300), "source")
        now, second = self.document, ask.number("second", 0, LONGEST_DAY, 0.0)
        if found.kind == "song":
            return self._adapt(replace(now, command="music", song=found.id, out=""))
        command = "image" if found.kind == "picture" and now.command == "video" else now.command
        return self._adapt(replace(now, command=command, source=found.id, noise=False, second=second, out=""))

    async def _noise(self, _: Ask) -> Any:
        """{}: noise is dreamed of, by a zoom or to music."""
        command = self.document.command if self.document.command in ("zoom", "music") else "zoom"
        return self._adapt(replace(self.document, command=command, noise=True, out=""))

    async def _song(self, ask: Ask) -> Any:
        """{id}: what a music visual is dreamed to, which a picture and a zoom become by it; null: nothing."""
        now = self.document
        if ask.body.get("id") is None:
            return self._change(replace(now, song=None, out=""))
        song = named(self._table, ask.text("id", longest=300), "song").id
        command = "music" if now.command in ("image", "zoom") else now.command
        return self._adapt(replace(now, command=command, song=song, out=""))

    async def _moment(self, ask: Ask) -> Any:
        """{second}: the moment of the source that is shown; no step to take back."""
        if self._history.show(replace(self.document, second=ask.number("second", 0, LONGEST_DAY))):
            self._changed()
        return {"revision": self._revision}

    async def _toml(self, ask: Ask) -> Any:
        """{text, check}: the look as a preset file says it; check: only say what is wrong with it."""
        document = with_toml(self.document, ask.text("text", longest=LONGEST_TEXT), self._table)
        return self._edited(document, ask)

    async def _command_line(self, ask: Ask) -> Any:
        """{text, check}: all that a command line says; check: only say what is wrong with it."""
        text = ask.text("text", longest=LONGEST_TEXT)
        document = await asyncio.to_thread(with_command_line, self.document, text, self._table, self._parse)
        return self._edited(document, ask)

    def _edited(self, document: Document, ask: Ask) -> Any:
        if ask.body.get("check"):
            return {"changes": document != self.document}
        return self._change(document)

    async def _undo(self, _: Ask) -> Any:
        return self._step(self._history.undo)

    async def _redo(self, _: Ask) -> Any:
        return self._step(self._history.redo)

    def _step(self, step: Callable[[], Document | None]) -> Any:
        second = self.document.second
        document = step()
        if document is not None:
            self._history.show(replace(document, second=second))
            self._changed()
        return {"revision": self._revision}

    async def _save(self, ask: Ask) -> Any:
        """{name, overwrite}: write it as a preset file, for the command line, too; from then on it is the preset."""
        document, table = self.document, self._table
        kinds = kinds_of(document.command, settings.base_of(document, table))
        name, values = ask.text("name", longest=200), settings.look_values(document, table)
        beside = any(files_named(knob, kinds[knob], raw) for knob, raw in values.items() if knob != "network")
        text = headline(name.strip()) + toml_of(document, table)
        saved = save_look(table.root, name, text, beside_files=beside, overwrite=ask.body.get("overwrite") is True)
        rest = {knob: raw for knob, raw in document.knobs.items() if knob not in values}
        self._change(settings.checked(replace(document, preset=saved, knobs=rest), table, document))
        return {"revision": self._revision, "name": saved}

    async def _load(self, ask: Ask) -> Any:
        """{name}: a saved look in place of this one."""
        name = ask.text("name", longest=300)
        look_path(self._table.root, name)
        return self._use(name, {}, ask)

    async def _recipe(self, ask: Ask) -> Any:
        """{id}: how a film or a picture was made, if it says so: its command, its text and its command line."""
        recipe = await asyncio.to_thread(recipe_of, self._table.path(ask.text("id", longest=300)))
        return {"command": recipe.command, "text": recipe.text, "command_line": recipe.command_line}

    async def _use_recipe(self, ask: Ask) -> Any:
        """{id}: the look of a film or a picture that has a recipe, and its source, if that is here."""
        recipe = await asyncio.to_thread(recipe_of, self._table.path(ask.text("id", longest=300)))
        return self._adapted(*settings.taken(recipe, self.document, self._table))


def _table_of(ask: Ask, name: str) -> dict[str, Any]:
    value = ask.body.get(name, {})
    if not isinstance(value, dict):
        raise ConfigError(f"{name}: must be a table of knobs")
    return value
