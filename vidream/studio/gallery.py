"""The room "gallery": looks, layers, channels and classes to choose from, each in motion on the person's own frame."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from vidream.dream.classes import class_numbers, classes, groups
from vidream.errors import ConfigError, VidreamError
from vidream.studio.busy import Busy
from vidream.studio.gallery_kept import Kept
from vidream.studio.gallery_maker import Maker
from vidream.studio.gallery_offers import Offers
from vidream.studio.gallery_shelves import CHANNEL, SHELVES, Shelves
from vidream.studio.gallery_subject import Shown, Subject, subject_of
from vidream.studio.hub import Hub
from vidream.studio.room import Action, Ask, Room
from vidream.studio.state import State

REST = 0.25
"""Seconds after a change of the look until the gallery follows."""
MOMENT_REST = 1.0
"""Seconds after the last change of the moment alone: who scrubs, goes on."""
AGAIN = 2.0
"""Seconds after which, where something went wrong, the rest is tried."""
TOLD = 0.1
"""Seconds between two snapshots, at least."""
MOST_VISIBLE = 200
"""Cells that a page may say it shows."""
LASTING = {"Cache-Control": "private, max-age=31536000, immutable"}
"""A still's name says what is in it."""


class Gallery(Room):
    """What is chosen from."""

    name = "gallery"

    def __init__(self, root: Path, hub: Hub, state: State, busy: Busy, look: Shown) -> None:
        """root: FOLDER. look: what is worked on."""
        self._hub, self._state, self._look = hub, state, look
        self._kept = Kept(state.folder_of("gallery"))
        self._maker = Maker(self._kept, self._changed, self._fail)
        self._shelves = Shelves(root, self._maker, state.get("gallery"))
        self._offers = Offers(self._maker, self._shelves, look)
        self._subject: Subject | None = None
        self._visible: dict[str, tuple[list[str], bool]] = {}
        self._problem = ""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        look.listen(lambda: self._soon("follow", self._rest(), self._follow))
        busy.listen(lambda on: self._soon("pause", 0, lambda: self._maker.pause(on)))

    @property
    def actions(self) -> Mapping[str, Action]:
        shelves = {"show": self._show, "visible": self._see, "more": self._more, "channel": self._channel}
        return {**shelves, "try": self._try, "pair": self._pair, **self._offers.actions}

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/gallery/kept/{name}", self._serve), Route("/gallery/classes", self._classes)]

    def snapshot(self) -> Any:
        subject = self._subject
        return {
            **self._shelves.snapshot(self._kept),
            "pair": self._told_pair(),
            "command": subject.command if subject else "",
            "noise": subject is None or subject.source == "noise",
            "waiting": self._maker.waiting,
            "problem": self._problem or self._maker.problem,
        }

    def _told_pair(self) -> dict[str, Any]:
        pair = self._offers.pair
        return {
            end: {"title": cell.title, "still": self._shelves.still_of(cell, self._kept)} for end, cell in pair.items()
        }

    async def start(self) -> None:
        await self._follow()

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._maker.close()

    def _rest(self) -> float:
        """How long a change of the look is left to rest: moments come one after the other, where somebody scrubs."""
        with suppress(VidreamError, OSError):
            subject, before = subject_of(self._look), self._subject
            if before is not None and subject.second != before.second and subject.content == before.content:
                return MOMENT_REST
        return REST

    async def _follow(self) -> None:
        """Look at what is worked on, and show all on it that is not yet."""
        try:
            subject = await asyncio.to_thread(subject_of, self._look)
            self._problem = ""
        except (VidreamError, OSError) as error:
            self._problem = str(error)
            self._changed()
            return
        if subject != self._subject:
            self._subject = subject
            await self._maker.look_at(subject)
        await self._refill()

    async def _refill(self) -> None:
        assert self._subject is not None
        try:
            await self._shelves.fill(self._subject)
        except VidreamError as error:
            self._problem = str(error)
        self._state.put("gallery", self._shelves.remembered())
        self._changed()
        await self._want()

    async def _want(self) -> None:
        """Tell what is to be made: first what is seen, in its order; where nobody looks, nothing."""
        tabs = self._hub.tabs
        self._visible = {tab: seen for tab, seen in self._visible.items() if tab in tabs}
        seen = [each for ids, _ in self._visible.values() for each in ids]
        moving = any(motion for _, motion in self._visible.values())
        if self._subject is not None:
            wanted = self._shelves.wanted(seen, moving) if seen else []
            await self._maker.want(wanted, self._subject.command)

    def _changed(self) -> None:
        """Tell the pages, a moment later: much changes at once."""

        async def tell() -> None:
            self._hub.publish(self.name, self.snapshot())

        if "tell" not in self._tasks or self._tasks["tell"].done():
            self._soon("tell", TOLD, tell)

    def _fail(self, problem: str) -> None:
        self._problem = problem
        self._changed()
        self._soon("again", AGAIN, self._want)

    def _soon(self, name: str, seconds: float, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something after some seconds, in place of the same thing that still waits."""
        earlier = self._tasks.get(name)
        if earlier is not None and seconds > 0:
            earlier.cancel()

        async def later() -> None:
            await asyncio.sleep(seconds)
            await act()

        with suppress(RuntimeError):  # no server runs: nobody looks
            self._tasks[name] = asyncio.get_running_loop().create_task(later())

    async def _show(self, ask: Ask) -> None:
        """{"shelf": name}, and "layer" of its channels, or "like", the id of a picture."""
        shelf = ask.text("shelf", self._shelves.shelf)
        if shelf not in SHELVES:
            raise ConfigError("there is no such shelf; reload the page")
        layer, picture = ask.body.get("layer"), ask.body.get("like")
        self._shelves.choose(shelf, layer, picture, self._look.path_of)
        await self._refill()

    async def _see(self, ask: Ask) -> None:
        """{"ids": cells that are on the screen, "motion": whether they may move}."""
        ids = ask.body.get("ids")
        if not isinstance(ids, list) or len(ids) > MOST_VISIBLE or not all(isinstance(each, str) for each in ids):
            raise ConfigError("ids: must be the ids of cells")
        self._visible[ask.tab] = ids, ask.body.get("motion") is not False
        await self._want()

    async def _more(self, _: Ask) -> None:
        self._shelves.more()
        await self._refill()

    async def _channel(self, ask: Ask) -> None:
        """{"text": "17" or "17,40-44"}: channels of the layer that is shown."""
        text = ask.text("text", longest=100).replace(" ", "")
        if not re.fullmatch(CHANNEL, text):
            raise ConfigError(f"a channel is a number, such as 17, or several, 17,40-44; not {text!r}")
        self._shelves.add_channels(text)
        await self._refill()

    async def _try(self, ask: Ask) -> None:
        """{"name": of a class or a group of ImageNet}."""
        name = ask.text("name", longest=300).strip().lower()
        class_numbers(name)
        self._shelves.add_class(name)
        await self._refill()

    async def _pair(self, ask: Ask) -> Any:
        """Between which two a look is wanted: see `Offers.choose_pair`."""
        self._offers.choose_pair(ask)
        self._shelves.apart = [*self._offers.pair.values()]
        await self._refill()
        return self._told_pair()

    async def _serve(self, request: Request) -> Response:
        path = self._kept.path(request.path_params["name"])
        if path is None:
            return Response(status_code=404)
        return FileResponse(path, headers=LASTING)

    async def _classes(self, _: Request) -> Response:
        return JSONResponse({"groups": {name: len(each) for name, each in groups().items()}, "classes": classes()})
