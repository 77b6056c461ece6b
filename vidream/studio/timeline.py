"""The timeline: what moves in the look, and the music, the beats and the cuts that it moves to."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from vidream.clock import FOLLOWED, MARKS
from vidream.config.toml_writer import toml_text
from vidream.config.unquoted import table_of
from vidream.curves import EASES
from vidream.errors import ConfigError, RenderError
from vidream.jobs.wave import RESOLUTIONS
from vidream.notation import read_curve
from vidream.studio.child import Child, Message
from vidream.studio.ears import wave_name
from vidream.studio.hub import Hub
from vidream.studio.lanes import Lane, lanes
from vidream.studio.room import Action, Ask, Room
from vidream.studio.scene import Scene

PATIENCE = 30.0
"""Seconds that an answer about a curve may take."""
MOST_PIECES = 4000
"""Of a curve that is drawn."""
FILES = ("source_sound", "source_film")
"""What is known of a film and told to no page: where its files lie."""
LISTENING = {"song": "listening to", "cuts": "looking for cuts in", "wave": "reading"}
"""What is done to a file -> how it is said."""


class TimelineRoom(Room):
    """The timeline's room."""

    name = "timeline"

    def __init__(self, hub: Hub, folder: Path, scene: Callable[[], Scene]) -> None:
        """Nothing is laid out yet; `look_changed` is to be called when the look has.

        Args:
            hub: of the pages.
            folder: for what is heard and found.
            scene: what says the look as it is now.
        """
        self._hub, self._folder, self._look, self._scene = hub, folder, scene, Scene("image")
        self._child = Child("vidream.studio.listen_work", self._hear, nice=5)
        self._lanes: list[Lane] = []
        self._number, self._asked = 0, 0
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent: Mapping[str, Any] | None = None
        self._forget()

    def _forget(self) -> None:
        """Know nothing of the film."""
        self._film: dict[str, Any] | None = None
        self._music: dict[str, Any] | None = None
        self._problem, self._version = "", 0
        self._wave: dict[str, Any] | None = None
        self._cuts, self._cuts_found = list[float](), False
        self._doing: dict[str, str] | None = None
        self._failed: dict[str, str] = {}

    @property
    def actions(self) -> Mapping[str, Action]:
        return {"sample": self.sample, "marks": self.marks, "read": self.read}

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return (Route("/timeline/wave/{key}/{level:int}", self.wave),)

    async def start(self) -> None:
        self.look_changed()

    async def stop(self) -> None:
        for task in [*self._tasks]:
            task.cancel()
        await self._child.close()

    # --- what pages are told

    def snapshot(self) -> dict[str, Any]:
        """All but what is long: times are asked for by `marks`, values by `sample`, peaks by their address."""
        return {
            "command": self._scene.command,
            "timed": self._scene.command != "image",
            "problem": self._problem,
            "film": self._film and {key: value for key, value in self._film.items() if key not in FILES},
            "number": self._number,
            "version": self._version,
            "lanes": [lane.json for lane in self._lanes],
            "wave": self._wave,
            "heard": self._music is not None,
            "cuts_found": self._cuts_found,
            "doing": self._doing,
            "failed": self._failed,
            "words": {"follow": [*FOLLOWED], "marks": [*MARKS], "eases": [*EASES]},
        }

    def look_changed(self) -> None:
        """Take the look as it is now."""
        scene = self._scene = self._look()
        self._lanes = [*lanes(scene.command, scene.base, scene.values)]
        if scene.wire is None or scene.command == "image":
            self._forget()
            self._sent, self._problem = None, scene.missing
            if self._child.pid is not None:
                self._spawn({"rest": True})
        elif scene.lasting != self._sent:
            self._sent = scene.lasting
            self._number += 1
            self._spawn({"lay": self._number, "look": scene.wire})
        self._publish()

    def _publish(self) -> None:
        self._hub.publish(self.name, self.snapshot())

    def _spawn(self, message: Mapping[str, Any]) -> None:
        """Send a message to the child, and do not wait."""
        task = asyncio.create_task(self._child.send({**message, "folder": str(self._folder)}))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- what the child says

    def _hear(self, message: Message, _: bytes) -> None:
        if "sampled" in message:
            future = self._waiting.pop(message["sampled"], None)
            if future is not None and not future.done():
                future.set_result(message)
            return
        takers: Mapping[str, Callable[[Message], None]] = {
            "laid": self._take_film,
            "wave": self._take_wave,
            "cuts": self._take_cuts,
            "listens": self._take_doing,
            "says": self._take_doing,
            "failed": self._take_failure,
            "ended": self._take_end,
        }
        head = next((head for head in takers if head in message), None)
        if head is not None:
            takers[head](message)
            self._publish()

    def _take_film(self, message: Message) -> None:
        if message["laid"] != self._number:
            return
        self._problem = message.get("problem", "")
        if self._problem:
            self._film = self._music = None
            self._version += 1
            return
        music = message.pop("music", None)
        film = {key: value for key, value in message.items() if key != "laid"}
        lasting = self._film and {**film, "pulsed": self._film["pulsed"], "markers": self._film["markers"]}
        if lasting != self._film or music != self._music:
            self._version += 1
        self._music = music
        if self._film is not None and film["source_sound"] != self._film["source_sound"]:
            self._wave, self._failed = None, {}
        if self._film is None or film["source_film"] != self._film["source_film"]:
            self._cuts, self._cuts_found = [], False
        self._film = film

    def _take_wave(self, message: Message) -> None:
        self._wave = {"key": message["wave"], "name": message["name"], "rates": message["rates"]}

    def _take_cuts(self, message: Message) -> None:
        self._cuts, self._cuts_found = message["cuts"], message["found"]
        self._version += 1

    def _take_doing(self, message: Message) -> None:
        if "says" in message:
            if self._doing is not None:
                says = str(message["says"]).removeprefix("listening").removeprefix("; ")
                self._doing = {**self._doing, "says": says}
        elif message["listens"] is None:
            self._doing = None
        else:
            about = f"{LISTENING[message['listens']]} {message['name']}"
            self._doing = {"kind": message["listens"], "about": about, "says": ""}

    def _take_failure(self, message: Message) -> None:
        self._failed = {**self._failed, message["failed"]: message["problem"]}

    def _take_end(self, message: Message) -> None:
        """The child is gone: what is known stays; the next look starts another."""
        self._sent, self._doing = None, None
        self._problem = message["ended"]
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_result({"problem": message["ended"]})

    # --- what pages ask

    async def sample(self, ask: Ask) -> Any:
        """What a lane's curve comes to over some frames: {lane, first, last, pieces}."""
        name = ask.text("lane", longest=400)
        lane = next((lane for lane in self._lanes if lane.id == name), None)
        if lane is None or self._film is None:
            raise ConfigError(f"{name}: nothing of this name can be drawn now")
        first, last = (int(ask.number(end, 0, 1e8)) for end in ("first", "last"))
        pieces = int(ask.number("pieces", 1, MOST_PIECES))
        self._asked += 1
        number, answer = self._asked, asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        wanted = {"lane": name, "first": first, "last": last, "pieces": pieces, "whole": lane.whole}
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)  # the look that it is of goes before
            await self._child.send({"sample": number, "folder": str(self._folder), **wanted})
            message = await asyncio.wait_for(answer, PATIENCE)
        except TimeoutError:
            raise RenderError(f"{name}: what it comes to takes longer than {PATIENCE:g} s to know") from None
        finally:
            self._waiting.pop(number, None)
        if message.get("problem"):
            raise ConfigError(message["problem"])
        return {"lane": name, **{key: message.get(key) for key in ("own", "film", "listening")}}

    async def marks(self, _: Ask) -> Any:
        """Where beats, bars, sections and cuts are, in seconds of the film."""
        film = self._film
        cuts = [] if film is None else [*_shown(self._cuts, film)]
        return {"version": self._version, "music": self._music, "cuts": cuts}

    async def read(self, ask: Ask) -> Any:
        """A curve, or a number, from TOML text: {text}. The value, and how it is written."""
        text = ask.text("text", longest=100_000).strip()
        try:
            value = table_of(text) if text.startswith("{") else float(text)
            read_curve(value)
        except ValueError as error:
            words = (
                f"the curve {error}" if str(error).startswith("has") else f"{text[:40]!r} is no number, and no curve"
            )
            raise ConfigError(words) from None
        return {"value": value, "text": toml_text(value)}

    async def wave(self, request: Request) -> Response:
        """The peaks of the sound under the film, at one of their resolutions: pairs of int8."""
        wave, level = self._wave, request.path_params["level"]
        if wave is None or request.path_params["key"] != wave["key"] or level >= RESOLUTIONS:
            return Response(status_code=404)
        file = self._folder / wave_name(wave["key"], level)
        if not file.is_file():  # taken away for newer ones
            return Response(status_code=404)
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        return FileResponse(file, headers=headers)


def _shown(cuts: Sequence[float], film: Mapping[str, Any]) -> Sequence[float]:
    """The seconds of a film at which cuts of its source fall; of one that begins again, in each round."""
    end, begins, repeats = film["seconds"], film["first_shown"], film["repeats"]
    rounds = int(end // repeats) + 1 if repeats else 1
    starts = [] if not repeats else [round_ * repeats for round_ in range(1, rounds)]
    first = [cut - begins for cut in cuts]
    places = first + [place for start in starts for place in (start, *(start + cut for cut in first))]
    return [round(place, 4) for place in places if 0 < place < end]
