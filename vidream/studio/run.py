"""A studio, from its folder to its end."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from vidream.errors import MediaError
from vidream.studio.app import make_app
from vidream.studio.house import House

GRACE = 2
"""Seconds that open connections have to end when the studio does."""
LARGEST_WORD = 2**16
"""Bytes of what a page may send over its socket."""


def run_studio(folder: Path, on_open: Callable[[str], None]) -> None:
    """Serve the studio of a folder on this machine alone, until Ctrl-C.

    Args:
        folder: whose films, pictures and songs are dreamed, and into which films go.
        on_open: called with the address of its page once that answers.

    Raises:
        MediaError: there is no such folder, or nothing can be kept in it.
    """
    if not folder.is_dir():
        raise MediaError(f"{folder}: is no folder; make it, or name another")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        asyncio.run(_serve(House(folder.resolve()), listener, on_open))


async def _serve(house: House, listener: socket.socket, on_open: Callable[[str], None]) -> None:
    app = make_app(house.rooms, house.hub)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=LARGEST_WORD,
        timeout_graceful_shutdown=GRACE,
    )
    server = uvicorn.Server(config)
    await house.start()
    try:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if server.started:
            on_open(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        await serving
    finally:
        await house.stop()
