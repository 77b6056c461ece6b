"""The room "files": what is in FOLDER, with small pictures; what is dropped into it; its films, played and shown."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import Context
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from vidream.errors import Cancelled, InputError, VidreamError
from vidream.events import scope
from vidream.studio.album import Album
from vidream.studio.app import refusal
from vidream.studio.folder import KINDS, MOST, Entry, Folder
from vidream.studio.hub import Hub
from vidream.studio.room import Action, Ask, Room
from vidream.studio.state import State
from vidream.studio.upload import LARGEST, Upload, Uploads
from vidream.text import printable

T = TypeVar("T")
_LOG = logging.getLogger("vidream")
EVERY = 1.0
"""Seconds between two looks into the folder, at least."""
SHARE = 20
"""Times as long as a look took, the next waits: a folder of many files is looked into more seldom."""
PIECE = 2**20
"""Bytes that are written at once of what comes."""
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys((".mp4", ".m4v"), "video/mp4"),
        **dict.fromkeys((".mov",), "video/quicktime"),
        **dict.fromkeys((".mkv",), "video/x-matroska"),
        **dict.fromkeys((".webm",), "video/webm"),
        **dict.fromkeys((".ogv",), "video/ogg"),
        **dict.fromkeys((".gif",), "image/gif"),
        **dict.fromkeys((".png",), "image/png"),
        **dict.fromkeys((".jpg", ".jpeg"), "image/jpeg"),
        **dict.fromkeys((".webp",), "image/webp"),
        **dict.fromkeys((".bmp",), "image/bmp"),
        **dict.fromkeys((".mp3",), "audio/mpeg"),
        **dict.fromkeys((".wav",), "audio/wav"),
        **dict.fromkeys((".flac",), "audio/flac"),
        **dict.fromkeys((".m4a",), "audio/mp4"),
        **dict.fromkeys((".aac",), "audio/aac"),
        **dict.fromkeys((".ogg", ".oga", ".opus"), "audio/ogg"),
    }
)
"""Ending -> what a browser is told that a file is; of others, that it is bytes."""
FOREVER = "private, max-age=31536000, immutable"
"""How long a small picture may be kept: its address changes with the file."""
ASKED = "private, no-cache"
"""A film may be kept, and is asked for anew each time: whether it has changed."""


class Files(Room):
    """What is in FOLDER."""

    name: ClassVar[str] = "files"

    def __init__(self, folder: Folder, hub: Hub, state: State) -> None:
        """A room for a folder.

        Args:
            folder: its table.
            hub: who is told of what changes.
            state: where small pictures and what has come in part are kept.
        """
        self._folder, self._hub = folder, hub
        kept = state.folder_of(self.name)
        self._album, self._uploads = Album(folder, kept), Uploads(folder, kept)
        self._watching: asyncio.Task[None] | None = None
        self._heard: list[Callable[[], None]] = []

    @property
    def actions(self) -> Mapping[str, Action]:
        return {"offer": self._offer}

    @property
    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route("/files/upload", self._upload, methods=["PUT"]),
            Route("/files/thumb/{id}", self._thumb),
            *(Route(f"/files/{kind}/{{id}}", self._file, name=kind) for kind in sorted({*KINDS.values()})),
        )

    def snapshot(self) -> Any:
        endings: dict[str, list[str]] = {}
        for ending, kind in KINDS.items():
            endings.setdefault(kind, []).append(ending)
        return {
            "folder": printable(self._folder.root.name) or "/",
            "path": printable(str(self._folder.root)),
            "files": [self._wire(entry) for entry in self._folder.files()],
            "helpers": [
                {"id": entry.id, "name": printable(entry.name), "kind": entry.kind} for entry in self._folder.helpers()
            ],
            "more": self._folder.more and MOST,
            "largest": LARGEST,
            "endings": endings,
        }

    def _wire(self, entry: Entry) -> dict[str, Any]:
        """What a page is told of a file; "looked" is false while nothing is known of it but its name."""
        facts = self._album.facts(entry)
        thumb = self._album.small(entry) and f"/files/thumb/{entry.id}?v={entry.modified:x}-{entry.size:x}"
        known = {} if facts is None else facts.wire()
        about = {"id": entry.id, "name": printable(entry.name), "kind": entry.kind, "size": entry.size}
        return {**about, "modified": entry.modified / 1e9, "thumb": thumb, "looked": facts is not None, **known}

    async def start(self) -> None:
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        self._album.cancel.set()
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        self._album.keep()

    def publish(self) -> None:
        """Tell every page what is in the folder."""
        self._hub.publish(self.name, self.snapshot())

    async def look(self) -> None:
        """Look into the folder now: something has been made in it. Pages are told if anything has changed."""
        if await _apart(self._folder.scan):
            self.publish()
            for heard in self._heard:
                heard()

    def listen(self, heard: Callable[[], None]) -> None:
        """Call something whenever files have come or gone."""
        self._heard.append(heard)

    async def _watch(self) -> None:
        """Notice what comes and goes, and look at what is new, one after the other."""
        said = ""
        while True:
            began = time.monotonic()
            try:
                until = await self._notice(began)
            except Exception as error:  # noqa: BLE001 (one file, or a fault of ours: the others are still noticed)
                until = began + EVERY
                if said != repr(error):
                    said = repr(error)
                    _LOG.exception("the folder could not be looked into")
            await asyncio.sleep(max(0.0, until - time.monotonic()))

    async def _notice(self, began: float) -> float:
        """Look into the folder once; the time at which to look again."""
        await self.look()
        until = began + max(EVERY, SHARE * (time.monotonic() - began))
        looked = False
        for entry in self._album.unknown():
            looked = True
            await _apart(self._look_at, entry)
            if time.monotonic() > until:
                break
        if looked:
            await _apart(self._album.keep)
            self.publish()
        return until

    def _look_at(self, entry: Entry) -> None:
        with suppress(Cancelled):
            self._album.look(entry)

    async def _offer(self, ask: Ask) -> Any:
        """Whether a file may come, before it is sent: its name, and what is wrong with that."""
        size = ask.number("size", 0, 2**53)
        return {"name": self._uploads.offer(ask.text("name"), int(size))}

    async def _upload(self, request: Request) -> Response:
        name, size = request.query_params.get("name", ""), _size(request)
        try:
            with self._uploads.coming(name, size) as upload:
                await _receive(upload, request)
                path = await _apart(self._take, upload)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        except VidreamError as error:
            answer = refusal(str(error), status=413 if size > LARGEST else 422)
            answer.headers["Connection"] = "close"  # what else is sent is not waited for
            return answer
        await self.look()
        return JSONResponse(await self._placed(path))

    def _take(self, upload: Upload) -> Path:
        with scope(None, self._album.cancel):
            upload.check()
        return self._uploads.place(upload)

    async def _placed(self, path: Path) -> dict[str, Any]:
        """What a page is told of a file that has come."""
        entry = self._folder.entry(self._folder.find(path) or "")
        await _apart(self._look_at, entry)
        await _apart(self._album.keep)
        self.publish()
        return self._wire(entry)

    async def _thumb(self, request: Request) -> Response:
        try:
            small = self._album.small(self._folder.entry(request.path_params["id"]))
        except InputError as error:
            return refusal(str(error), status=404)
        if small is None or not small.is_file():
            return refusal("there is no small picture of it", status=404)
        return FileResponse(small, media_type="image/jpeg", headers={"Cache-Control": FOREVER})

    async def _file(self, request: Request) -> Response:
        """A film, a picture or a song; in parts, where a player asks for parts."""
        try:
            entry = self._folder.entry(request.path_params["id"])
            path = self._folder.path(entry.id)
        except InputError as error:
            return refusal(str(error), status=404)
        if not request.url.path.startswith(f"/files/{entry.kind}/"):
            return refusal(f"{printable(entry.name)}: is a {entry.kind}", status=404)
        kind = MEDIA_TYPES.get(Path(entry.name).suffix.lower(), "application/octet-stream")
        return FileResponse(
            path,
            headers={"Cache-Control": ASKED},
            media_type=kind,
            filename=printable(Path(entry.name).name),
            content_disposition_type="inline",
        )


async def _apart(work: Callable[..., T], *arguments: Any) -> T:
    """What some work returns that is done in a thread, as a run of its own: the server's terminal does not hear it."""
    return await asyncio.get_running_loop().run_in_executor(None, partial(Context().run, work, *arguments))


def _size(request: Request) -> int:
    """Bytes that are said to come: of the address and of the request, the larger; 0 where nothing is said."""
    said = (request.query_params.get("size", ""), request.headers.get("content-length", ""))
    return max([0, *(int(text) for text in said if text.isascii() and text.isdecimal() and len(text) < 20)])


async def _receive(upload: Upload, request: Request) -> None:
    """Write what comes, a piece at a time.

    Raises:
        ClientDisconnect: it broke off.
        VidreamError: more came than was said, or the disk refuses.
    """
    piece = bytearray()
    async for part in request.stream():
        piece += part
        if len(piece) >= PIECE:
            await _apart(upload.write, bytes(piece))
            piece.clear()
    await _apart(upload.write, bytes(piece))
