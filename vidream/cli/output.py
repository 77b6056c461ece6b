"""Everything that the command line says goes through here: as it is written, never as markup or control sequences."""

import io
import sys
from collections.abc import Collection
from typing import Any

import rich.console
from rich.table import Table
from rich.text import Text

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
        return super().render_str(printable(text), **options)

    def say(self, text: str) -> None:
        """One line, which the terminal may wrap."""
        self.print(text, soft_wrap=True)


def table(*titles: str, right: Collection[str] = (), header: bool = True) -> Table:
    """A table without lines, in which long names are folded and none is cut; columns of `right` are flush right."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", show_header=header)
    for title in titles:
        made.add_column(title, justify="right" if title in right else "left", overflow="fold")
    return made


def show_table(table: Table) -> None:
    """A table on standard output."""
    Console().print(table)


def say_what_cannot_be_encoded() -> None:
    r"""Have standard output and error write what their encoding lacks as an escape, instead of failing: `\xe9`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
