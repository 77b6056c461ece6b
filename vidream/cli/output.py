"""Everything that the command line says goes through here: as it is written, never as markup or control sequences."""

import errno
import io
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

import rich.console
from rich.table import Table
from rich.text import Text

from vidream.errors import RenderError
from vidream.text import printable, traceback_lines

PIPE_WIDTH = 10_000  # columns: on a pipe a table is as wide as it is


def say(line: str) -> None:
    """One line on standard output."""
    print(printable(line))


def say_error(line: str) -> None:
    """One line on standard error."""
    print(f"vidream: {printable(line)}", file=sys.stderr)


def say_bug(error: BaseException) -> None:
    """The traceback of what nobody expected, on standard error."""
    print("\n".join(traceback_lines(error)), file=sys.stderr)


class Console(rich.console.Console):
    """A rich console for names that anybody may have chosen: no markup, no emoji codes, control characters escaped.

    Strings alone are made safe (rich's Text is not), so cells of tables and columns of progress bars must be strings.
    """

    def __init__(self, *, stderr: bool = False, **options: Any) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False, **options)
        if not self.is_terminal:
            self.width = PIPE_WIDTH

    def render_str(self, text: str, **options: Any) -> Text:
        """A string as Text, printable: what every string of a table or a bar goes through."""
        return super().render_str(printable(text), **options)

    def say(self, text: str) -> None:
        """One line, which the terminal may wrap."""
        self.print(text, soft_wrap=True)


def shortened(name: str, most: int = 24) -> str:
    """A name of at most so many characters, its middle left out: beside a bar there is little room."""
    name = printable(name)
    if len(name) <= most:
        return name
    return f"{name[: most // 2]}…{name[len(name) - most // 2 + 1 :]}"


def table(*titles: str, right: Collection[str] = (), header: bool = True) -> Table:
    """A table without lines, in which long names are folded and none is cut; columns of `right` are flush right."""
    listed = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", show_header=header)
    for title in titles:
        listed.add_column(title, justify="right" if title in right else "left", overflow="fold")
    return listed


def show_table(table: Table) -> None:
    """A table on standard output."""
    Console().print(table)


def owns_streams() -> bool:
    """Whether this process is ours alone."""
    return isinstance(sys.stderr, _Stream)


def own_streams() -> None:
    r"""Make standard output and error such that a text which cannot be written fails no render.

    What their encoding lacks is written as an escape, `\xe9`; what is written to a closed terminal is lost.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.stdout = cast(TextIO, _Stream(sys.stdout, (errno.EIO,)))
    sys.stderr = cast(TextIO, _Stream(sys.stderr, tuple(errno.errorcode)))


class _Stream:
    """A stream of which some errors, by number, are forgiven; None was closed before we began.

    EIO is what a terminal gives that is not there any more.
    """

    def __init__(self, stream: TextIO | None, forgiven: Collection[int]) -> None:
        self._stream, self._forgiven = stream or Path(os.devnull).open("w", encoding="utf-8"), forgiven  # noqa: SIM115

    def write(self, text: str) -> int:
        with self._forgiving():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._forgiving():
            self._stream.flush()

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno not in self._forgiven:
                raise RenderError(f"standard output: cannot be written: {error.strerror}") from None

    def on_descriptor(self, descriptor: int) -> "_Stream":
        """The same, written to another descriptor."""
        stream: Any = self._stream
        file = io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False))
        again = io.TextIOWrapper(
            file, encoding=stream.encoding, errors=stream.errors, line_buffering=stream.line_buffering
        )
        return _Stream(again, self._forgiven)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
