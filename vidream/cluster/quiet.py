"""What Ray itself says, kept in a log: its C++ writes to descriptors 1 and 2, and parts of its Python to sys.stdout."""

import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from vidream.cluster.places import logs_folder
from vidream.cluster.trouble import NodeTrouble
from vidream.events import warn

KEPT = 10
"""How many logs of earlier runs are kept."""

_logs: list[Path] = []  # that are written to, the last one of all


def current_log() -> Path | None:
    """Where Ray's words go now; None: to the screen."""
    return _logs[-1] if _logs else None


def hush() -> None:
    """Keep what Ray says in a log of its own from now on until this process ends: for a process that is ours alone."""
    if current_log() is None:
        _move(_new_log())


@contextmanager
def quiet(log: Path | None) -> Iterator[None]:
    """Within the block, descriptors 1 and 2 go to the log; Python's own streams go where they went before.

    log: None: nothing is changed.
    """
    if log is None:
        yield
        return
    undo = _move(log)
    try:
        yield
    finally:
        undo()


@contextmanager
def quiet_python(ray: Any) -> Iterator[None]:
    """Within the block, what Ray's Python says goes to the current log, too, if there is one."""
    log = current_log()
    if log is None:
        yield
        return
    logger, worker = logging.getLogger("ray"), ray._private.worker
    before = logger.handlers
    handler = logging.FileHandler(log, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(filename)s:%(lineno)d %(message)s"))
    name, printer = "print_to_stdstream", getattr(worker, "print_to_stdstream", None)
    logger.handlers = [handler]
    if printer:
        setattr(worker, name, lambda data, *_, **__: logger.error("%s", "\n".join(map(str, data.get("lines", ())))))
    try:
        yield
    finally:
        if printer:
            setattr(worker, name, printer)
        logger.handlers = before
        handler.close()


def _new_log() -> Path:
    """A log that is not there yet; the oldest of the earlier ones are taken away."""
    try:
        folder = logs_folder()
        names = sorted(folder.glob("ray-*.log"), key=lambda path: path.stat().st_mtime)
        for path in names[: -KEPT + 1]:
            path.unlink(missing_ok=True)
    except (NodeTrouble, OSError) as error:
        warn(f"what Ray itself says is not kept: {error}")
        return Path(os.devnull)
    return folder / f"ray-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"


def _move(log: Path) -> Callable[[], None]:
    """Descriptors 1 and 2 go to the log. Returns what puts them back."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    undoers = [_moved(name, descriptor, file) for name, descriptor in (("stdout", 1), ("stderr", 2))]
    os.close(file)
    _logs.append(log)

    def undo() -> None:
        _logs.remove(log)
        for each in undoers:
            each()

    return undo


def _moved(name: str, descriptor: int, file: int) -> Callable[[], None]:
    stream, ours = getattr(sys, name), None
    try:
        kept = os.dup(descriptor)
    except OSError:  # it was closed before we began
        return lambda: None
    with suppress(AttributeError, OSError, ValueError, io.UnsupportedOperation):
        stream.flush()
        if stream.fileno() == descriptor:
            ours = _again(stream, kept)
            setattr(sys, name, ours)
    os.dup2(file, descriptor)

    def undo() -> None:
        with suppress(AttributeError, OSError, ValueError):
            getattr(sys, name).flush()
        os.dup2(kept, descriptor)
        if ours is not None and getattr(sys, name) is ours:
            setattr(sys, name, stream)
        os.close(kept)

    return undo


def _again(stream: Any, descriptor: int) -> Any:
    """A stream as this one, on another descriptor. One that knows how makes it itself, by `on_descriptor`."""
    if (make := getattr(stream, "on_descriptor", None)) is not None:
        return make(descriptor)
    return io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
    )
