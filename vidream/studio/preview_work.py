"""The process beside the server that shows moments of the look, and plays them. The newest wish wins."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zlib import crc32

from vidream.config.commands import knob_name
from vidream.errors import Cancelled, VidreamError, first_line
from vidream.events import Event, StageEvent, scope
from vidream.jobs.preview import Previewer, Shown, Wanted, is_film
from vidream.jobs.song_shelf import songs_kept_in
from vidream.media.jpeg import jpeg_of
from vidream.studio.child import Closed, Inbox, Message, Send

QUALITY, PLAYED_QUALITY = 90, 84
"""Of JPEGs: of what one looks at, and of what moves."""
LOOK_AGAIN = 1.0
"""Seconds between two looks at whether a song has been listened to."""


def work(inbox: Inbox, send: Send) -> None:
    """Show what is wished.

    What comes: {"see": number, "look": ..., "second", "side", "full", "songs": folder, "revision"}, or {"play": number,
    "seconds", ...}, or {"rest": true}. What goes: pictures with "number", "kind" ("source", "dream" or "play"),
    "stage" and facts; {"number", "problem"}; {"number", "doing"}; {"number", "done"}.
    """
    viewer = _Viewer(inbox, send)
    inbox.on_message = lambda _: viewer.cancel.set()
    with suppress(ImportError):
        import scenedetect  # noqa: F401 (half a second that the first play need not wait)

        import vidream.dream.octaves  # noqa: F401 (nor the first picture)
    message: Message | None = None
    while True:
        message = _newest(inbox, LOOK_AGAIN if viewer.listens else None) or viewer.again
        if message is not None and "rest" not in message:
            viewer.serve(message)


def _newest(inbox: Inbox, timeout: float | None) -> Message | None:
    """The newest message; None: none came in time."""
    found = inbox.get(timeout)
    while found is not None and not inbox.empty:
        found = inbox.get() or found
    return None if found is None else found[0]


class _Viewer:
    """Serves one wish after the other."""

    def __init__(self, inbox: Inbox, send: Send) -> None:
        self._inbox, self._send, self._previewer = inbox, send, Previewer()
        self.cancel = threading.Event()
        self.again: Message | None = None
        """What is to be shown once more when a song has been listened to."""
        self._seen: tuple[Any, ...] = ()  # of the source's picture that was sent last

    @property
    def listens(self) -> bool:
        """Whether what was shown last lacks what is heard in a song."""
        return self.again is not None

    def serve(self, message: Message) -> None:
        """Show what a message wishes, until another comes."""
        self.cancel.clear()
        if not self._inbox.empty:
            return
        waited, self.again = self.again is message, None
        number: int = message["play"] if "play" in message else message["see"]
        began = time.perf_counter()
        try:
            with scope(lambda event: self._tell(number, event), self.cancel), songs_kept_in(Path(message["songs"])):
                wanted = wanted_of(message)
                if self._previewer.unheard(wanted):
                    self.again = message
                    if waited:
                        return
                    self._send({"number": number, "doing": "listening to the song"})
                if "play" in message:
                    self._play(number, wanted, message["seconds"], began)
                else:
                    self._see(number, wanted, message, began)
                self._send({"number": number, "done": True, "listening": self.listens})
        except Cancelled:
            if self._inbox.closed.is_set():
                raise Closed from None
        except VidreamError as error:
            self._send({"number": number, "problem": str(error)})
        except MemoryError:
            self._send({"number": number, "problem": "not enough memory for this; a smaller --dream-size needs less"})
        except Exception as error:  # noqa: BLE001 (whatever it is, the next look may do)
            self._send({"number": number, "problem": f"cannot be shown: {first_line(error)}"})

    def _see(self, number: int, wanted: Wanted, message: Message, began: float) -> None:
        moment = self._previewer.moment(wanted)
        source = moment.source()
        frame = crc32(f"{wanted.command} {wanted.source} {source.index}".encode())
        facts = {**asdict(self._previewer.facts(wanted)), "revision": message.get("revision", 0), "frame": frame}

        def give(shown: Shown, kind: str) -> None:
            self._give(shown, {**facts, "number": number, "kind": kind}, began)

        seen = (frame, source.pixels.shape)
        if seen != self._seen or message.get("anew"):
            give(source, "source")
            self._seen = seen
        with closing(moment.see()) as pictures:
            for place, shown in enumerate(pictures):
                give(shown, "dream")
                if place == 0 and wanted.full:
                    give(moment.full_source(), "source")
                    self._seen = ()

    def _play(self, number: int, wanted: Wanted, seconds: float, began: float) -> None:
        facts = {**asdict(self._previewer.facts(wanted)), "kind": "play", "number": number}
        with closing(self._previewer.play(wanted, seconds)) as pictures:
            for place, shown in enumerate(pictures):
                self._give(shown, {**facts, "place": place}, began, PLAYED_QUALITY)

    def _give(self, shown: Shown, header: Mapping[str, Any], began: float, quality: int = QUALITY) -> None:
        told = {
            **header,
            "stage": shown.stage,
            "settled": shown.settled,
            "last": shown.last,
            "index": shown.index,
            "dreamed": shown.dreamed,
            "out": shown.out,
            "size": [shown.pixels.shape[1], shown.pixels.shape[0]],
        }
        jpeg = jpeg_of(shown.pixels, quality)
        self._send({**told, "ms": round((time.perf_counter() - began) * 1000)}, jpeg)

    def _tell(self, number: int, event: Event) -> None:
        if isinstance(event, StageEvent) and event.stage == "waking the network":
            self._send({"number": number, "doing": f"waking the network {event.about}"})


def wanted_of(message: Message) -> Wanted:
    """What a message wishes to see."""
    look, second = message["look"], float(message["second"])
    source = str(look["source"])
    if look["command"] in ("zoom", "image") and is_film(source):
        source = f"{source}@{second:.6f}"
    return Wanted(
        command=look["command"],
        source=source,
        song=look.get("song"),
        second=second,
        preset=look.get("preset") or None,
        knobs=dict(_named(look["knobs"])),
        side=int(message["side"]),
        full=bool(message["full"]),
    )


def _named(knobs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in knobs.items():
        yield knob_name(name), value
