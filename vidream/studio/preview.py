"""The room "preview": one moment of the look on a large canvas, finer and finer; and three seconds of it in motion."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from vidream.errors import ConfigError, VidreamError
from vidream.studio.busy import Busy
from vidream.studio.child import Child, Message
from vidream.studio.document import LONGEST_DAY
from vidream.studio.hub import Hub
from vidream.studio.room import Action, Ask, Room

SIDE, LEAST_SIDE, MOST_SIDE = 960, 160, 3840
"""Px of the long side of what is shown: until a page says how large its canvas is; the bounds of what it may say."""
LONGEST_PLAY = 10.0
"""Seconds that are played at once, at most."""


class Look(Protocol):
    """The look, as a preview needs it."""

    @property
    def revision(self) -> int:
        """Rises with each change."""

    def wire(self) -> dict[str, Any]:
        """What a child is told of it; "source" is None while none is chosen."""

    def problems(self) -> dict[str, str]:
        """What stands in the way of dreaming it, by knob."""

    def listen(self, heard: Callable[[Any], None]) -> None:
        """Be told of each change, after it."""


class PreviewRoom(Room):
    """The canvas."""

    name: ClassVar[str] = "preview"

    def __init__(self, hub: Hub, look: Look, busy: Busy, songs: Path) -> None:
        """Nothing is shown yet.

        Args:
            hub: of the pages.
            look: what is shown.
            busy: what is made ahead waits meanwhile.
            songs: the folder in which what is heard in songs is kept.
        """
        self._hub, self._look, self._busy, self._songs = hub, look, busy, songs
        self._child = Child("vidream.studio.preview_work", self._hear)
        self._tasks: set[asyncio.Task[None]] = set()
        self._number, self._side, self._full = 0, SIDE, False
        self._held = False  # by what is live
        self._scrubbed: float | None = None
        self._second = 0.0
        self._wanted: dict[str, Any] | None = None
        self._pictures: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._awaited = False  # whether somebody waits for a picture that can be judged
        self._state: dict[str, Any] = {"busy": False, "problem": "", "doing": "", "playing": None, "missing": ""}

    @property
    def actions(self) -> Mapping[str, Action]:
        return {"canvas": self._canvas, "scrub": self._scrub, "play": self._play, "stop": self._stop}

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/preview/{kind}.jpg", self._picture)]

    async def start(self) -> None:
        self._look.listen(lambda _: self._look_changed())
        self._busy.listen(lambda _: self._wait_no_more())

    async def stop(self) -> None:
        for task in [*self._tasks]:
            task.cancel()
        await self._child.close()

    def snapshot(self) -> dict[str, Any]:
        headers = {kind: header for kind, (header, _) in self._pictures.items()}
        return {**self._state, "number": self._number, "second": self._second, "headers": headers}

    # --- what pages ask

    async def _canvas(self, ask: Ask) -> Any:
        """{side, full}: how large a page's canvas is; the last picture is as large as the film."""
        side, full = int(ask.number("side", LEAST_SIDE, MOST_SIDE)), ask.body.get("full", False)
        if not isinstance(full, bool):
            raise ConfigError("full: must be true or false")
        grown = self._wanted is None or side > self._side
        changed = full != self._full
        self._side, self._full = max(side, self._side if len(self._hub.tabs) > 1 else 0), full
        if grown or changed:
            self._see(anew=grown)
        return {"number": self._number}

    async def _scrub(self, ask: Ask) -> Any:
        """{second}: show a moment that is not the look's yet."""
        self._scrubbed = ask.number("second", 0, LONGEST_DAY)
        self._see()
        return {"number": self._number}

    async def _play(self, ask: Ask) -> Any:
        """{second, seconds}: play from a moment on."""
        self._scrubbed = ask.number("second", 0, LONGEST_DAY)
        seconds = ask.number("seconds", 0.1, LONGEST_PLAY, 3.0)
        look = self._whole_look()
        if look is not None:
            self._send({**self._wish(look), "play": self._number + 1, "seconds": seconds})
            self._wanted = None  # what is seen then is to be shown again
            self._tell(playing=self._number)
        return {"number": self._number}

    async def _stop(self, _: Ask) -> Any:
        """Play no more, and show the moment."""
        if self._state["playing"] is not None:
            self._tell(playing=None)
            self._see()
        return {"number": self._number}

    async def _picture(self, request: Request) -> Response:
        """The newest picture of a kind."""
        kept = self._pictures.get(request.path_params["kind"])
        if kept is None:
            return Response(status_code=404)
        return Response(kept[1], media_type="image/jpeg", headers={"Cache-Control": "no-store"})

    # --- what is shown

    def _look_changed(self) -> None:
        self._scrubbed = None
        self._see()

    def _wait_no_more(self) -> None:
        """Show what could not be shown while something was live."""
        if self._held and not self._hub.busy:
            self._held = False
            self._see()

    def _see(self, *, anew: bool = False) -> None:
        """Show the moment, if somebody looks, and it is not what is shown already."""
        if not self._hub.tabs:
            self._wanted = None
            return
        look = self._whole_look()
        if look is None:
            return
        wish = self._wish(look)
        if wish == self._wanted and not anew:
            return
        self._wanted = wish
        self._send({**wish, "see": self._number + 1, "revision": self._look.revision, "anew": anew})

    def _wish(self, look: Mapping[str, Any]) -> dict[str, Any]:
        self._second = float(look["second"] if self._scrubbed is None else self._scrubbed)
        still = {name: value for name, value in look.items() if name not in ("second", "out")}
        return {
            "look": still,
            "second": self._second,
            "side": self._side,
            "full": self._full,
            "songs": str(self._songs),
        }

    def _whole_look(self) -> dict[str, Any] | None:
        """What a child is told of the look; None, and pages are told why, while it lacks something."""
        problem = missing = ""
        try:
            look = self._look.wire()
            problem = next(iter(self._look.problems().values()), "")
        except VidreamError as error:
            look, problem = {}, str(error)
        if not problem:
            if not look["source"]:
                missing = "source"
            elif look["command"] == "music" and not look["song"]:
                missing = "song"
        if not (problem or missing):
            problem = self._hub.busy
            self._held = bool(problem)
        if not (problem or missing):
            return look
        self._wanted = None
        if missing == "source":
            self._pictures.clear()
        self._send({"rest": True})  # what does not run yet begins, so that the first picture is soon there
        self._tell(busy=False, problem=problem, missing=missing, doing="", playing=None)
        return None

    def _send(self, message: Mapping[str, Any]) -> None:
        """Send a message to the child, and do not wait."""
        if "rest" not in message:
            self._number += 1
            self._begin()
            self._state |= {"problem": "", "missing": "", "doing": ""}
            if "see" in message:
                self._state["playing"] = None
            self._hub.publish(self.name, self.snapshot())
        task = asyncio.create_task(self._child.send(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hear(self, message: Message, jpeg: bytes) -> None:
        """Take what the child says."""
        if "ended" in message:
            self._wanted = None
            self._tell(busy=False, problem=message["ended"], playing=None, doing="")
        elif jpeg:
            self._take(message, jpeg)
        elif message.get("number") != self._number:
            return  # of an older wish
        elif "problem" in message:
            self._tell(busy=False, problem=message["problem"], playing=None, doing="")
        elif "doing" in message:
            self._tell(doing=message["doing"])
        elif "done" in message:
            self._tell(busy=False, doing="listening to the song" if message.get("listening") else "")

    def _take(self, header: dict[str, Any], jpeg: bytes) -> None:
        kind = header["kind"]
        if kind == "play":
            if header["number"] == self._number:
                self._hub.picture(None, self.name, header, jpeg, f"play {header['place']}")
            return
        if kind == "dream" and header["stage"] != "coarse" and (header["settled"] or header["stage"] != "fine"):
            self._let_others()
        self._pictures[kind] = (header, jpeg)
        if kind == "dream" and self._state["doing"].startswith("waking"):
            self._tell(doing="")
        self._hub.picture(None, self.name, header, jpeg, kind)

    def _let_others(self) -> None:
        """What somebody waited for is there: what is made ahead goes on, though this becomes finer yet."""
        if self._awaited:
            self._awaited = False
            self._busy.end()

    def _begin(self) -> None:
        if not self._awaited:
            self._busy.begin()
        self._awaited = self._state["busy"] = True

    def _tell(self, **changes: Any) -> None:
        if changes.get("busy") is False:
            self._let_others()
        self._state |= changes
        self._hub.publish(self.name, self.snapshot())
