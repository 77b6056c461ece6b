"""The room "live": a dream that is played by the page's knobs and keys, and shown to other programs, too."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol

from starlette.routing import BaseRoute

from vidream.errors import ConfigError, VidreamError
from vidream.live.camera import cameras
from vidream.live.keys import KEYS
from vidream.studio.busy import Busy
from vidream.studio.child import Child, Message
from vidream.studio.hub import Hub
from vidream.studio.live_child import LiveChild
from vidream.studio.live_choice import RATES, SIZES, Table, ears_word, kept_choice, source_word
from vidream.studio.live_look import YOURS
from vidream.studio.live_stream import Streams
from vidream.studio.room import Action, Ask, Room
from vidream.studio.state import State
from vidream.text import figure

BUSY = "a dream is live, which needs all of this machine; previews wait until it is stopped"


class PageLook(Protocol):
    """The room "look", as far as it is played."""

    def wire(self) -> Mapping[str, Any]: ...
    def listen(self, heard: Callable[[Any], None], /) -> None: ...
    @property
    def actions(self) -> Mapping[str, Action]: ...


class Live(Room):
    """What is played."""

    name: ClassVar[str] = "live"

    def __init__(
        self,
        hub: Hub,
        busy: Busy,
        state: State,
        table: Table,
        look: PageLook,
        saved: Callable[[Path], Sequence[str]],
        *,
        child: Any = Child,
    ) -> None:
        """Nothing is played yet.

        Args:
            hub: where pages are.
            busy: what can wait does, while a dream is live.
            state: keeps what was chosen.
            table: the files of FOLDER.
            look: what is tuned in the page.
            saved: the looks that were saved in FOLDER, by their names in it.
            child: makes the process that plays.
        """
        self._hub, self._busy, self._state, self._table, self._look, self._saved = hub, busy, state, table, look, saved
        self._child = LiveChild(self._changed, self._shown, child)
        self._chosen = kept_choice(state.get(self.name))
        self.streams = Streams(self._streams_changed)
        """Programs beside the page that show it."""
        self._watchers: set[str] = set()
        self._watched = True
        self._played: dict[str, Any] = {}
        self._laying: asyncio.Task[None] | None = None
        self._tune_problem = ""
        look.listen(lambda _: self._look_changed())

    @property
    def actions(self) -> Mapping[str, Action]:
        return {
            "start": self._start,
            "stop": self._stop,
            "turn": self._turn,
            "order": self._order,
            "key": self._key,
            "play": self._play,
            "ears": self._ears,
            "record": self._record,
            "watch": self._watch,
            "keep": self._keep,
            "renew": self._renew,
            "clock": self._clock,
        }

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return [self.streams.route]

    async def stop(self) -> None:
        """End it, and all that is shown."""
        self.streams.renew()
        await self._child.close()

    def snapshot(self) -> dict[str, Any]:
        told, child = self._child.told, self._child
        board = told.get("board")
        return {
            "phase": child.phase,
            "problem": child.problem,
            "chosen": self._chosen,
            "stage": told.get("stage", {}).get("text", ""),
            "status": told.get("status"),
            "board": board and _board(board),
            "yours": YOURS,
            "ears": told.get("ears", {"state": "off"}),
            "recording": told.get("recording") and Path(told["recording"]["path"]).name,
            "recorded": told.get("recorded") and {**told["recorded"], "path": Path(told["recorded"]["path"]).name},
            "notes": [{"text": note["text"], "warning": note["warning"]} for note in child.notes],
            "tune_problem": self._tune_problem,
            "stream": self.streams.address,
            "streams": self.streams.count,
            "cameras": cameras(),
            "keys": {name: key.about for name, key in KEYS.items()},
        }

    def _changed(self) -> None:
        before, self._hub.busy = self._hub.busy, BUSY if self._child.phase != "off" else ""
        self._hub.publish(self.name, self.snapshot())
        if self._hub.busy and not before:
            self._busy.begin()
        elif before and not self._hub.busy:
            self._busy.end()

    def _shown(self, header: Message, jpeg: bytes) -> None:
        """A picture has come."""
        self.streams.show(jpeg)
        self._watchers &= self._hub.tabs
        for tab in self._watchers:
            self._hub.picture(tab, self.name, header, jpeg)
        self._look_who_watches()

    def _look_who_watches(self) -> None:
        """Nothing is encoded while nobody sees it."""
        watched = bool(self._watchers or self.streams.count)
        if watched != self._watched:
            self._watched = watched
            self._child.tell("watch", on=watched)

    def _streams_changed(self) -> None:
        self._look_who_watches()
        self._changed()

    def _look_changed(self) -> None:
        """What is tuned in the page is played, unless it is what was played before."""
        if self._child.phase not in ("starting", "playing"):
            return
        try:
            look = self._tuned()
        except VidreamError as error:
            self._say(str(error))
            return
        if look != self._played:
            self._played = look
            if self._laying is None or self._laying.done():
                self._laying = asyncio.create_task(self._lay())

    async def _lay(self) -> None:
        """Have the look played that is the newest when there is time for it."""
        laid: Mapping[str, Any] = {}
        while laid != self._played:
            laid = self._played
            try:
                await self._child.ask("look", look=laid)
            except VidreamError as error:
                self._say(str(error))
            else:
                self._say("")

    def _say(self, problem: str) -> None:
        if problem != self._tune_problem:
            self._tune_problem = problem
            self._changed()

    def _tuned(self) -> dict[str, Any]:
        """The look of the page, as the child takes it. InputError: a file of it is gone."""
        wire = self._look.wire()
        return {"preset": wire["preset"], "knobs": wire["knobs"]}

    async def _start(self, ask: Ask) -> Any:
        """{source: {kind, id, camera}, rate, size}: play, in place of what plays."""
        source = ask.body.get("source")
        word = source_word(source, self._table)
        rate = ask.number("rate", *RATES, default=self._chosen["rate"])
        size = int(ask.number("size", SIZES[0], SIZES[-1], default=self._chosen["size"]))
        self._choose(source=source, rate=rate, size=size)
        self._played, self._tune_problem, self._watched = self._tuned(), "", True
        run = {"rate": f"{figure(rate)}", "size": f"{size}max"}
        saved = [str(self._table.root / name) for name in self._saved(self._table.root)]
        ears = ears_word(self._chosen["ears"], self._table)
        await self._child.start({"source": word, "look": self._played, "saved": saved, "run": run, "ears": ears})

    def _choose(self, **chosen: Any) -> None:
        self._chosen |= chosen
        self._state.put(self.name, self._chosen)
        self._changed()

    async def _stop(self, _: Ask) -> Any:
        """{}: no more."""
        await self._child.stop()

    async def _turn(self, ask: Ask) -> Any:
        """{knob, value}: turn a knob."""
        value = ask.body.get("value")
        if not isinstance(value, str | int | float):
            raise ConfigError("value: must be a number, a text or a switch")
        return {"said": await self._child.ask("turn", name=ask.text("knob", longest=200), value=value)}

    async def _order(self, ask: Ask) -> Any:
        """{order}: an action in words: "tap", "nudge -0.01", "strength up 0.1"."""
        return {"said": await self._child.ask("order", order=ask.text("order", longest=400))}

    async def _key(self, ask: Ask) -> Any:
        """{key}: what a key of `vidream live` does."""
        return {"said": await self._child.ask("key", key=ask.text("key", longest=20))}

    async def _play(self, ask: Ask) -> Any:
        """{number}: a look by its number among those that are played, from 1; 0: the one that is tuned in the page."""
        number = int(ask.number("number", 0, 1000))
        board = self._child.told.get("board")
        looks = [YOURS, *(board["looks"] if board else ())]
        if number >= len(looks):
            raise ConfigError(f"look {number}: there are {len(looks) - 1}")
        await self._child.ask("play", look=looks[number])

    async def _ears(self, ask: Ask) -> Any:
        """{kind, id}: listen to nothing ("off"), "microphone", "speakers", or a song ("file") of FOLDER."""
        ears = {name: ask.body[name] for name in ("kind", "id") if name in ask.body}
        word = ears_word(ears, self._table)
        self._choose(ears=ears)
        if self._child.phase == "playing":
            await self._child.ask("ears", words=word)

    async def _record(self, ask: Ask) -> Any:
        """{on}: record a film of it into FOLDER, or no more."""
        path = self._table.root / f"live-{datetime.now():%Y-%m-%d-%H-%M-%S}.mp4"
        await self._child.ask("record", path=str(path) if ask.body.get("on") is True else None)

    async def _watch(self, ask: Ask) -> Any:
        """{on}: whether this page shows pictures."""
        if ask.body.get("on") is True:
            self._watchers.add(ask.tab)
        else:
            self._watchers.discard(ask.tab)
        self._look_who_watches()

    async def _keep(self, ask: Ask) -> Any:
        """{}: bring what is played, and what was turned of it, into the look of the page."""
        kept = await self._child.ask("kept")
        if kept["look"] == YOURS:
            action, body = "set_many", {"knobs": kept["knobs"]}
        else:
            action, body = "replace", {"preset": self._preset(kept["look"]), "knobs": kept["knobs"]}
        await self._look.actions[action](Ask(body, ask.tab))
        return {"knobs": [*kept["knobs"]], "look": _label(kept["look"])}

    def _preset(self, look: str) -> str:
        """A look of the board as the page calls it: that of a file by its place in FOLDER."""
        path = Path(look)
        return path.relative_to(self._table.root).as_posix() if path.is_absolute() else look

    async def _renew(self, _: Ask) -> Any:
        """{}: another address for other programs; who shows it by the old one sees no more."""
        self.streams.renew()
        self._changed()

    async def _clock(self, _: Ask) -> Any:
        """{}: the seconds of the clock by which frames are made, so that a page can tell how old they are."""
        return {"now": time.monotonic()}


def _label(look: str) -> str:
    """A look's name for people."""
    return Path(look).stem if look.endswith(".toml") else look


def _board(board: Mapping[str, Any]) -> dict[str, Any]:
    """How the board stands, for a page: "playing" is the number of the look; 0 is that of the page; None: another."""
    names = [YOURS, *board["looks"]]
    playing = names.index(board["look"]) if board["look"] in names else None
    shown = {name: value for name, value in board.items() if name != "kind"}
    return {
        **shown,
        "looks": [_label(name) for name in board["looks"]],
        "look": _label(board["look"]),
        "playing": playing,
    }
