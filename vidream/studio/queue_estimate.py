"""Beside the server: how long a film will take on this machine, and how much disk. The newest question wins."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from vidream.errors import Cancelled, VidreamError
from vidream.events import scope
from vidream.jobs.estimate import Calibration
from vidream.studio.child import Inbox, Send
from vidream.studio.queue_jobs import look_into, spec_of
from vidream.studio.queue_place import QueuePlace


def work(inbox: Inbox, send: Send) -> None:
    """Answer what comes: {"number", "folder", "kept", "keys"} with {"number", "seconds", "bytes"}."""
    calibration, cancel = Calibration(), threading.Event()
    inbox.on_message = lambda _: cancel.set()
    while True:
        message, _ = inbox.wait()
        cancel.clear()
        if not inbox.empty:
            continue
        with suppress(Cancelled), scope(None, cancel):
            try:
                send({"number": message["number"], **_estimated(message, calibration)})
            except Cancelled:
                raise
            except VidreamError as error:
                send({"number": message["number"], "problem": str(error)})


def _estimated(message: dict[str, Any], calibration: Calibration) -> dict[str, Any]:
    """Seconds and bytes; None where the source does not say how long it is."""
    place = QueuePlace(Path(message["folder"]), Path(message["kept"]))
    item = look_into(place, spec_of(place, message["keys"]))
    if item.frames is None:
        return {"seconds": None, "bytes": None}
    estimate = calibration.of(item.spec.job())
    return {"seconds": estimate.seconds(item.frames), "bytes": estimate.size * item.frames}
