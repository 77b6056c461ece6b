"""The room "queue": films that are to be made, in a job file, and the process that makes them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from vidream.errors import VidreamError
from vidream.studio.folder import Folder
from vidream.studio.hub import Hub
from vidream.studio.job_text import JobText, job_table
from vidream.studio.queue_desk import ROOM, Desk, more
from vidream.studio.queue_file import Aside, remove_session, text_of, without
from vidream.studio.queue_orders import Orders
from vidream.studio.queue_place import QueuePlace, Wanted, id_of
from vidream.studio.queue_view import QueueView, now
from vidream.studio.room import Action, Ask, Room
from vidream.studio.state import State
from vidream.system.desktop import reveal

EVERY = 0.2
"""Seconds between two looks at what the runner says."""
SOMETIMES = 5
"""Looks between two at whether the runner lives."""


class QueueRoom(Room):
    """What is queued, what is being made, and what was cancelled."""

    name = ROOM

    def __init__(self, folder: Folder, hub: Hub, desk: Desk, orders: Orders, view: QueueView) -> None:
        """Nothing is begun yet.

        Args:
            folder: its table.
            hub: the open pages.
            desk: the queue.
            orders: makes jobs of what pages ask for.
            view: makes JSON of what is known.
        """
        self._folder, self._hub, self._desk, self._orders, self._view = folder, hub, desk, orders, view
        self._task: asyncio.Task[None] | None = None
        self._adding = asyncio.Lock()  # names are free until jobs have them
        self.changed: Callable[[], None] = lambda: None
        """Called when something has begun, ended, or was asked for."""

    @property
    def actions(self) -> Mapping[str, Action]:
        return {
            "plan": self._plan,
            "estimate": self._orders.estimate,
            "add": self._add,
            "matrix": self._add_matrix,
            "pause": self._pause,
            "go": self._go,
            "cancel": self._cancel,
            "back": self._back,
            "forget": self._forget,
            "retry": self._retry,
            "move": self._move,
            "clear": self._clear,
            "reveal": self._reveal,
        }

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/queue/frame/{id}", self._frame),
            Route("/queue/offers", lambda _: JSONResponse(self._orders.offers())),
        ]

    def snapshot(self) -> Any:
        desk = self._desk
        return {
            "file": desk.place.jobs.name,
            "going": desk.wanted.going,
            "at_work": desk.at_work,
            "problem": desk.place.told(desk.problem),
            "problems": [*map(desk.place.told, desk.queue.problems)],
            "items": self._view.items(desk.queue, desk.status, desk.at_work, desk.planned),
            "asides": [self._view.aside(aside) for aside in desk.asides],
        }

    async def start(self) -> None:
        self._desk.begin_if_left(anew=True)
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """The runner goes on: it needs nobody."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._desk.leave()
        await self._orders.close()

    def parting(self) -> str:
        if not self._desk.place.is_at_work():
            return ""
        left = sum(item.state == "waiting" for item in self._desk.queue.items)
        films = "1 film goes" if left == 1 else f"{left} films go"
        return f"{films} on being made, in {self._desk.place.folder}; the studio shows them when it is opened again"

    async def _watch(self) -> None:
        """Tell pages what the runner says."""
        looks = 0
        while True:
            await asyncio.sleep(EVERY)
            looks += 1
            try:
                self._look(at_runner=looks % SOMETIMES == 0)
            except (OSError, VidreamError) as error:  # the studio's own folder is gone, or full: it may come back
                if self._desk.problem != str(error):
                    self._desk.problem = str(error)
                    self._publish()

    def _look(self, *, at_runner: bool) -> None:
        told, changed = self._desk.look(at_runner)
        if changed or at_runner:
            changed |= self._desk.begin_if_left()
        if changed:
            self._publish()
        elif told and self._desk.status.key:
            self._hub.publish(f"{ROOM}.now", now(self._desk.status))

    def _publish(self) -> None:
        self._hub.publish(ROOM, self.snapshot())
        self.changed()

    def _keep(self, *, anew: bool = False, **wanted: Any) -> None:
        self._desk.keep(anew=anew, **wanted)
        self._publish()

    async def _plan(self, ask: Ask) -> Any:
        """What the film would be that is asked for: its name, frames, size; nothing is queued."""
        keys, found = await self._orders.order(ask, self._desk.outs())
        return {"command": keys["command"], "file": keys["output"], **found}

    async def _add(self, ask: Ask) -> Any:
        async with self._adding:
            return self._added([await self._orders.order(ask, self._desk.outs())])

    async def _add_matrix(self, ask: Ask) -> Any:
        async with self._adding:
            return self._added(await self._orders.matrix(ask, self._desk.outs()))

    def _added(self, jobs: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> Any:
        """Queue jobs. The first of all lets the queue go."""
        desk = self._desk
        begins = desk.wanted == Wanted() and not desk.queue.items
        desk.change(lambda file: file.added(job_table(keys) for keys, _ in jobs))
        again = desk.wanted.again
        for keys, found in jobs:
            desk.planned[keys["output"]] = found
            again = more(again, keys["output"])  # a film of that name may have been made before, and taken away
        self._keep(going=begins or desk.wanted.going, again=again)
        return {"added": [id_of(keys["output"]) for keys, _ in jobs], "going": desk.wanted.going}

    async def _pause(self, _: Ask) -> Any:
        self._keep(going=False)

    async def _go(self, _: Ask) -> Any:
        self._keep(anew=True, going=True)

    async def _cancel(self, ask: Ask) -> Any:
        """Take a film out of the queue; what is done of it stays, and it can be put back."""
        desk, item = self._desk, self._desk.item(ask.text("id"))
        key, text, held = item.key, "", desk.wanted.held
        about = {**self._view.about(item.spec), **desk.planned.get(key, {})}
        is_one_of_many = desk.siblings(item)
        if is_one_of_many:
            held = (*held, key)
        else:
            text = text_of(desk.place, item.spec.number)
        with desk.put_aside(Aside(key, text, about)):
            if not is_one_of_many:
                desk.change(lambda file: file.without(item.spec.number))
        self._keep(held=held, cancelled=more(desk.wanted.cancelled, key))

    async def _back(self, ask: Ask) -> Any:
        """Put a cancelled film back, at the end."""
        desk, aside = self._desk, self._desk.aside(ask.text("id"))
        if aside.text and desk.queue.find(aside.key) is None:
            desk.change(lambda file: file.added([aside.text]))
        desk.asides = without(desk.asides, aside.key)
        held = tuple(key for key in desk.wanted.held if key != aside.key)
        self._keep(held=held, again=more(desk.wanted.again, aside.key))

    async def _forget(self, ask: Ask) -> Any:
        """Leave a cancelled film for good, with the frames that are done of it. A person has been asked."""
        desk, aside = self._desk, self._desk.aside(ask.text("id"))
        remove_session(desk.place.out(aside.key))
        desk.place.picture(aside.key).unlink(missing_ok=True)
        desk.planned.pop(aside.key, None)
        if aside.text:
            desk.asides = without(desk.asides, aside.key)
        self._keep()

    async def _retry(self, ask: Ask) -> Any:
        key = self._desk.item(ask.text("id")).key
        self._keep(anew=True, again=more(self._desk.wanted.again, key))

    async def _move(self, ask: Ask) -> Any:
        """Put a film's job before that of another, or at the end."""
        number, before = self._desk.item(ask.text("id")).spec.number, ask.body.get("before")
        other = None if before is None else self._desk.item(str(before)).spec.number
        if other != number:
            self._desk.change(partial(JobText.moved, number=number, before=other))
        self._keep()

    async def _clear(self, _: Ask) -> Any:
        """Take jobs out of the file of which every film is made; the films stay."""
        states: dict[int, set[str]] = {}
        for item in self._desk.queue.items:
            states.setdefault(item.spec.number, set()).add(item.state)
        made = [number for number, each in states.items() if each == {"done"}]
        if made:
            self._desk.change(lambda file: file.without(*made))
        self._keep()

    async def _reveal(self, ask: Ask) -> Any:
        """Show a file of the folder in the system's file manager."""
        await asyncio.to_thread(reveal, self._folder.path(ask.text("id")))

    async def _frame(self, request: Request) -> Response:
        """The newest frame of a film."""
        path = self._desk.picture(request.path_params["id"])
        try:
            content = b"" if path is None else path.read_bytes()  # at once: another may take its place meanwhile
        except OSError:
            content = b""
        headers = {"Cache-Control": "no-store"}
        return Response(content, 200 if content else 404, headers, media_type="image/jpeg")


def queue_of(folder: Folder, hub: Hub, state: State, wire: Callable[[], Mapping[str, Any]]) -> QueueRoom:
    """The room of a folder. wire: tells what look is worked on, see vidream.studio.queue_orders.Orders."""
    place = QueuePlace(folder.root, state.folder_of(ROOM))
    view = QueueView(place, folder.find)
    return QueueRoom(folder, hub, Desk(place, state), Orders(place, folder, wire, hub), view)
