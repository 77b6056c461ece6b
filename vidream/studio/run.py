"""A studio, from its folder to its end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import uvicorn

from vidream.studio.app import make_app
from vidream.studio.folder import Folder
from vidream.studio.guard import Guard, Keys
from vidream.studio.house import House
from vidream.studio.lock import alone
from vidream.studio.look_words import Parse
from vidream.studio.state import kept_in
from vidream.system.signals import ENDING, heard

HOST = "127.0.0.1"
"""What is listened on: this machine alone, whatever is asked."""
GRACE = 2
"""Seconds that open connections have to end when the studio does."""
LARGEST_WORD = 2**16
"""Bytes of what a page may send over its socket."""


@dataclass(frozen=True)
class Opened:
    """A studio whose page answers."""

    address: str
    """Where its page begins, token and all: for whoever started it."""
    once: str
    """The same for the browser that is opened: it opens the studio once."""


def run_studio(folder: Path, parse: Parse, on_open: Callable[[Opened], None], on_close: Callable[[str], None]) -> None:
    """Serve the studio of a folder on this machine alone, until Ctrl-C.

    Args:
        folder: whose films, pictures and songs are dreamed, and into which films go.
        parse: reads the words of a command line, as that does.
        on_open: called once its page answers.
        on_close: called with each line of what goes on when it has ended.

    Raises:
        MediaError: there is no such folder, or nothing can be kept in it.
        InputError: it has a studio already.
        KeyboardInterrupt: what ends a process came; the studio has ended in order.
    """
    table = Folder(folder)
    with alone(kept_in(table.root)), socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((HOST, 0))
        house = House(table, parse)
        with _ended_by() as ending:
            asyncio.run(_serve(house, listener, ending, on_open))
            for line in house.partings():
                on_close(line)


class _Server(uvicorn.Server):
    """Uvicorn's, whose signals are ours."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def _serve(house: House, listener: socket.socket, ending: "_Ending", on_open: Callable[[Opened], None]) -> None:
    port, keys = listener.getsockname()[1], Keys()
    server = _Server(
        uvicorn.Config(
            Guard(make_app(house.rooms, house.hub), port, keys, house.live.streams.fits),
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            lifespan="off",
            http="h11",
            ws="websockets-sansio",
            ws_max_size=LARGEST_WORD,
            ws_per_message_deflate=False,  # pictures are small already
            timeout_graceful_shutdown=GRACE,
        )
    )
    loop = asyncio.get_running_loop()

    def end() -> None:
        server.should_exit = True

    ending.act = lambda: loop.call_soon_threadsafe(end)
    try:
        await house.start()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        if server.started:
            start = f"http://{HOST}:{port}/?token="
            on_open(Opened(start + keys.token, start + keys.once))
        await serving
    finally:
        await house.stop()


class _Ending:
    """What has come to end the studio."""

    def __init__(self) -> None:
        self.came: list[int] = []
        self.act: Callable[[], object] = _interrupt
        """Ends it in order; before it has begun, as Ctrl-C does everywhere."""

    def hear(self, number: int, _: object) -> None:
        """The first time it ends in order, the second time at once."""
        self.came.append(number)
        if len(self.came) == 1:
            self.act()
        else:
            _interrupt()


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _ended_by() -> Iterator[_Ending]:
    """What would end the process is heard here; when the block has ended, it is told to whoever heard it before.

    What is ignored when we start (`nohup` sees to that) stays ignored.
    """
    ending = _Ending()
    with heard(ending.hear, *ENDING):
        yield ending
    if ending.came:
        signal.raise_signal(ending.came[0])
