"""The studio as a web application: the page, its parts, what rooms do and serve, and one socket for what is pushed."""

import errno
import json
import logging
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from vidream.errors import VidreamError, first_line
from vidream.studio.hub import Hub
from vidream.studio.room import Ask, Refusal, Room

_LOG = logging.getLogger("vidream")
PAGE = Path(str(files("vidream.studio"))) / "page"
"""Where the page's own files lie."""


def make_app(rooms: Sequence[Room], hub: Hub) -> Starlette:
    """The application, without its guard."""
    by_name = {room.name: room for room in rooms}

    async def index(_: Request) -> Response:
        return FileResponse(PAGE / "index.html")

    async def act(request: Request) -> Response:
        room = by_name.get(request.path_params["room"])
        action = None if room is None else room.actions.get(request.path_params["action"])
        if action is None:
            return refusal("there is no such thing to do; reload the page", status=404)
        try:
            body = await _body(request)
        except ValueError as error:
            return refusal(f"what was asked is {error}", status=400)
        try:
            answer = await action(Ask(body, request.query_params.get("tab", "")[:100]))
        except VidreamError as error:
            return refusal(str(error), error.knob if isinstance(error, Refusal) else None)
        except OSError as error:
            advice = "make room on the disk" if error.errno == errno.ENOSPC else "try again"
            return refusal(f"{Path(error.filename or 'the disk').name}: {error.strerror or error}; {advice}")
        except Exception as error:  # noqa: BLE001 (a fault of ours: the page says so)
            _LOG.exception("%s/%s", room, action)
            told = f"{type(error).__name__}: {first_line(error)}"
            return refusal(f"a fault of the studio ({told}); its terminal has the details", status=500)
        return JSONResponse(answer)

    async def socket(connection: WebSocket) -> None:
        await hub.serve(connection, rooms)

    routes = [
        Route("/", index),
        Route("/do/{room}/{action}", act, methods=["POST"]),
        WebSocketRoute("/socket", socket),
        *(route for room in rooms for route in room.routes),
        Mount("/page", StaticFiles(directory=PAGE)),
    ]
    return Starlette(routes=routes)


def refusal(problem: str, knob: str | None = None, *, status: int = 422) -> Response:
    """What a page is answered where something cannot be done: a sentence, and the knob that it is about."""
    return JSONResponse({"problem": problem, "knob": knob}, status)


async def _body(request: Request) -> Mapping[str, Any]:
    """The JSON object that came; how large it may be the guard says. ValueError: it is none."""
    try:
        body = json.loads(await request.body() or b"{}", parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"no JSON: {error}") from None
    if not isinstance(body, dict):
        raise ValueError("no JSON object")
    return body


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")
