"""Processes beside the server that dream and listen: how they are started, spoken with, and ended.

A message, either way, is eight bytes (the lengths of what follows, big-endian), a JSON object, and bytes such as a
picture. The end of its pipe, whether the server closed it or was killed, ends a child.

    vidream/studio/echo_work.py                  a child's module: one function
        def work(inbox: Inbox, send: Send) -> None:
            while True:
                message, payload = inbox.get()   # Closed ends it
                send({"answer": message}, payload)

    child = Child("vidream.studio.echo_work", on_message)
    await child.send({"say": "hello"})           # starts it, if it does not run
"""

import asyncio
import json
import logging
import os
import queue
import signal
import struct
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import IO, Any, Protocol, TypeAlias

from vidream.system.processes import own_session

_LOG = logging.getLogger("vidream")
LENGTHS = struct.Struct(">II")
"""Before each message: the bytes of its JSON, the bytes of its payload."""
LAST_LINES = 20
"""Lines of what a child wrote to standard error that are kept, to say why it ended."""
PATIENCE = 3.0
"""Seconds that a child has to end by itself."""

Message: TypeAlias = dict[str, Any]
Heard: TypeAlias = Callable[[Message, bytes], None]
"""Called in the server's loop with each message of a child; `{"ended": sentence}` when it ended and should not have."""


class Closed(Exception):  # noqa: N818 (no error: the end)
    """The server is gone, or wants the child to end."""


class Send(Protocol):
    """Sends a message to the server. Any thread may call it."""

    def __call__(self, message: Mapping[str, Any], payload: bytes = b"") -> None: ...


class Inbox:
    """What the server sends to this child."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._messages: queue.SimpleQueue[tuple[Message, bytes] | None] = queue.SimpleQueue()
        self.on_message: Callable[[Message], None] | None = None
        """Called at once, in the reading thread, with each message that comes: to cancel what it makes stale."""
        self.closed = threading.Event()
        """Set when the server is gone."""
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def get(self, timeout: float | None = None) -> tuple[Message, bytes] | None:
        """The next message and its payload; None: none came within `timeout` seconds. Closed: none will come."""
        try:
            message = self._messages.get(timeout=timeout)
        except queue.Empty:
            return None
        if message is None:
            raise Closed
        return message

    def wait(self) -> tuple[Message, bytes]:
        """The next message and its payload, whenever it comes. Closed: none will come."""
        message = self.get()
        assert message is not None
        return message

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return self._messages.empty()

    def _read(self) -> None:
        try:
            while True:
                lengths = self._stream.read(LENGTHS.size)
                if len(lengths) < LENGTHS.size:
                    break
                head, rest = LENGTHS.unpack(lengths)
                message = json.loads(self._stream.read(head))
                payload = self._stream.read(rest)
                if self.on_message is not None:
                    self.on_message(message)
                self._messages.put((message, payload))
        finally:
            self.closed.set()
            if self.on_message is not None:
                self.on_message({})
            self._messages.put(None)


def packed(message: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """A message as it travels."""
    head = json.dumps(message, allow_nan=False).encode()
    return LENGTHS.pack(len(head), len(payload)) + head + payload


class Child:
    """A process beside the server; it is started by the first message, and again by the next after it has died."""

    def __init__(self, module: str, heard: Heard, *, nice: int = 0) -> None:
        """Nothing is started yet.

        Args:
            module: whose `work(inbox, send)` it runs.
            heard: called with each of its messages.
            nice: how far it steps back before other processes, 0..19.
        """
        self.module, self._heard, self._nice = module, heard, nice
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()
        self._closing = False

    @property
    def pid(self) -> int | None:
        """Of the process; None: it does not run."""
        return None if self._process is None else self._process.pid

    async def send(self, message: Mapping[str, Any], payload: bytes = b"") -> None:
        """Send a message; where the process does not run, it is started first."""
        async with self._lock:
            if self._closing:
                return
            if self._process is None or self._process.returncode is not None:
                await self._begin()
            assert self._process is not None
            assert self._process.stdin is not None
            with suppress(ConnectionError, RuntimeError):  # it has just died: _watch says so
                self._process.stdin.write(packed(message, payload))
                await self._process.stdin.drain()

    async def close(self, *, again: bool = False) -> None:
        """End it. again: a later message may start another."""
        async with self._lock:
            self._closing, process, self._process = True, self._process, None
            if process is not None and process.returncode is None:
                assert process.stdin is not None
                with suppress(ConnectionError, RuntimeError):
                    process.stdin.close()
                try:
                    await asyncio.wait_for(process.wait(), PATIENCE)
                except TimeoutError:
                    with suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
            for task in [*self._tasks]:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._closing = not again

    async def _begin(self) -> None:
        arguments = [sys.executable, "-m", "vidream.studio.child", self.module, str(self._nice)]
        pipe = asyncio.subprocess.PIPE
        # a session of its own: Ctrl-C at the terminal is the server's, which ends its children in order
        process = await asyncio.create_subprocess_exec(
            *arguments, stdin=pipe, stdout=pipe, stderr=pipe, **own_session()
        )
        self._process = process
        last = deque[str](maxlen=LAST_LINES)
        for work in (self._watch(process, last), self._keep(process, last)):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _watch(self, process: asyncio.subprocess.Process, last: deque[str]) -> None:
        """Hand on what it sends, and say when it ends."""
        assert process.stdout is not None
        with suppress(asyncio.IncompleteReadError):
            while True:
                head, rest = LENGTHS.unpack(await process.stdout.readexactly(LENGTHS.size))
                message = json.loads(await process.stdout.readexactly(head))
                payload = await process.stdout.readexactly(rest)
                try:
                    self._heard(message, payload)
                except Exception:  # noqa: BLE001 (a fault of ours: what comes next is heard all the same)
                    _LOG.exception("%s", self.module)
        status = await process.wait()
        if not self._closing:
            await asyncio.sleep(0.05)  # what it wrote last is still being read
            self._heard({"ended": _why(self.module, status, last)}, b"")

    async def _keep(self, process: asyncio.subprocess.Process, last: deque[str]) -> None:
        assert process.stderr is not None
        while True:
            try:
                line = await process.stderr.readline()
            except ValueError:  # a line without end: it is read on
                continue
            if not line:
                return
            last.append(line.decode(errors="replace").rstrip())


def _why(module: str, status: int, last: deque[str]) -> str:
    """Why a child ended, on a line."""
    name = module.rpartition(".")[2].removesuffix("_work")
    if status == -signal.SIGKILL:
        return f"{name}: was killed, most likely for lack of memory; a smaller size needs less"
    reason = next((line for line in reversed(last) if line.strip()), f"exit status {status}")
    return f"{name}: stopped ({reason}); it starts again when it is needed"


def main(arguments: list[str]) -> None:
    """A child's process. arguments: its module, and how far it steps back."""
    module, nice = arguments
    if hasattr(os, "nice"):
        os.nice(int(nice))
    # what prints (a library, a warning) must not get among messages
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    lock = threading.Lock()

    def send(message: Mapping[str, Any], payload: bytes = b"") -> None:
        content = packed(message, payload)
        with lock, suppress(BrokenPipeError, ValueError):
            stream.write(content)
            stream.flush()

    status = 0
    try:
        import_module(module).work(Inbox(sys.stdin.buffer), send)
    except (Closed, KeyboardInterrupt):
        pass
    except BaseException:  # noqa: BLE001 (a bug: the server is told its last line)
        traceback.print_exc()
        sys.stderr.flush()
        status = 1
    os._exit(status)  # the thread that reads, and those of libraries, may wait for what will not come


if __name__ == "__main__":
    main(sys.argv[1:])
