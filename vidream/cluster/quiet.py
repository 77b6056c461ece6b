"""What Ray's C++ writes to standard output and error, kept in a log: it knows no other way."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any


@contextmanager
def quiet(log: Path | None) -> Iterator[None]:
    """Within the block, descriptors 1 and 2 go to the log; Python's own streams go where they went before.

    log: None: nothing is changed.
    """
    if log is None:
        yield
        return
    with log.open("ab", buffering=0) as file, ExitStack() as undo:
        for name, descriptor in (("stdout", 1), ("stderr", 2)):
            undo.enter_context(_moved(name, descriptor, file))
        yield


@contextmanager
def _moved(name: str, descriptor: int, file: IO[bytes]) -> Iterator[None]:
    stream: Any = getattr(sys, name)
    try:
        kept = os.dup(descriptor)
    except OSError:  # it was closed before we began
        yield
        return
    ours = None
    with suppress(AttributeError, OSError, ValueError, io.UnsupportedOperation):
        stream.flush()
        if stream.fileno() == descriptor:
            ours = _again(stream, kept)
    os.dup2(file.fileno(), descriptor)
    if ours is not None:
        setattr(sys, name, ours)
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            getattr(sys, name).flush()
        os.dup2(kept, descriptor)
        os.close(kept)
        if ours is not None and getattr(sys, name) is ours:
            setattr(sys, name, stream)


def _again(stream: Any, descriptor: int) -> Any:
    """A stream as this one, on another descriptor. One that knows how makes it itself, by `on_descriptor`."""
    if (make := getattr(stream, "on_descriptor", None)) is not None:
        return make(descriptor)
    return io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=True,
    )
