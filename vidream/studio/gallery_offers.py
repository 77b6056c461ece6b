"""What the gallery offers for the look: to use a cell, to add one, a look by chance, one between two.

Each answers with a preset and knobs, which the page hands to the room "look": so each can be undone there.
"""

from collections.abc import Mapping
from random import randrange
from typing import Any

from vidream.errors import ConfigError
from vidream.studio.gallery_cells import Cell
from vidream.studio.gallery_maker import Maker
from vidream.studio.gallery_shelves import Shelves
from vidream.studio.gallery_subject import Shown
from vidream.studio.room import Action, Ask

MOST_CHANCE = 10**6
"""Seeds of chance: short enough to be told to others."""


class Offers:
    """What is offered."""

    def __init__(self, maker: Maker, shelves: Shelves, look: Shown) -> None:
        self._maker, self._shelves, self._look = maker, shelves, look
        self.pair: dict[str, Cell] = {}
        """Between which a look is wanted: "one" and "other"."""

    @property
    def actions(self) -> Mapping[str, Action]:
        """What a page may ask for."""
        return {"use": self._use, "add": self._add, "surprise": self._surprise, "between": self._between}

    async def _use(self, ask: Ask) -> Any:
        """{"id": of a cell}: what the look is when it is used."""
        cell = self._cell(ask.text("id"))
        preset, knobs = self._look.words()
        if cell.kind in ("preset", "own"):
            return {"preset": cell.title, "knobs": {}}
        if cell.kind == "class":
            return {"preset": "", "knobs": {"toward": [cell.title]}}
        used = {**knobs, "layer": [cell.title]}
        if cell.kind == "channel":
            used["objective"] = "mean"
        return {"preset": preset, "knobs": used}

    async def _add(self, ask: Ask) -> Any:
        """{"id": of a cell}: the look with what the cell dreams, too, as strong as what is there; all else stays."""
        cell = self._cell(ask.text("id"))
        preset, knobs = self._look.words()
        if cell.kind == "class":
            values = self._look.values()
            others = [each for each in values.get("toward") or [] if each != cell.title]
            return {"preset": preset, "knobs": {**knobs, "toward": [*others, cell.title]}}
        if cell.kind in ("preset", "own"):
            new: Mapping[str, Any] = {"other": cell.look}
        else:
            new = {"layer": cell.title}
        answer = await self._maker.ask("added", {**self._run(), "look": self._current(), **new})
        came = ", ".join(answer.pop("came"))
        return {"preset": preset, "knobs": {**knobs, **answer}, "came": came}

    async def _surprise(self, ask: Ask) -> Any:
        """{"seed": of chance; without it, one that nobody has seen}: a look by chance."""
        seed = int(ask.number("seed", 0, 2**53, randrange(MOST_CHANCE)))
        found = await self._maker.ask("surprise", {**self._run(), "seed": seed})
        return {"preset": "", "knobs": found["knobs"], "title": found["title"], "seed": seed}

    def choose_pair(self, ask: Ask) -> None:
        """{"one" and "other": ids of cells, "" for the look as it is now, null for none}: of which a look is between.

        Raises:
            ConfigError: one is not there, or cannot be used.
        """
        for end in ask.body.keys() & {"one", "other"}:
            name = ask.body[end]
            if name is None:
                self.pair.pop(end, None)
            elif name == "":
                preset = self._look.words()[0]
                self.pair[end] = Cell("now", preset or "as it is", look=self._current())
            else:
                self.pair[end] = self._cell(ask.text(end))

    async def _between(self, ask: Ask) -> Any:
        """{"share": 0..1}: the look that is so far on the way from the one to the other."""
        if len(self.pair) < 2:
            raise ConfigError("choose two looks first: click one, then the other")
        share = ask.number("share", 0, 1)
        return await self._mixture(self.pair["one"].look, self.pair["other"].look, share)

    async def _mixture(self, one: Mapping[str, Any], other: Mapping[str, Any], share: float) -> Any:
        answer = await self._maker.ask("between", {**self._run(), "one": one, "other": other, "share": share})
        return {"preset": "", "knobs": answer["knobs"], "jumps": answer["jumps"]}

    def _cell(self, name: str) -> Cell:
        cell = self._shelves.cell(name)
        if cell is None:
            raise ConfigError("this is no longer in the gallery; choose another")
        if cell.problem:
            raise ConfigError(cell.problem)
        return cell

    def _current(self) -> dict[str, Any]:
        """The look that is worked on, as the process takes it."""
        wire = self._look.wire()
        return {"preset": wire["preset"], "knobs": wire["knobs"]}

    def _run(self) -> dict[str, Any]:
        wire = self._look.wire()
        return {"command": wire["command"], "base": wire["base"]}
