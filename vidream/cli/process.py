"""The process around a command: signals that end it, a line for what went wrong, its exit status."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from typer.exceptions import TyperException

from vidream.cli.lead_on import other_flag, out_as_argument, suggested, taken_apart
from vidream.cli.messages import messages
from vidream.cli.output import PIPE_WIDTH, own_streams, owns_streams, say_bug, say_error
from vidream.errors import Problems, VidreamError
from vidream.system.signals import TERMINAL_CLOSED, TOLD, heard, ignore

COMPLETING = "_VIDREAM_COMPLETE"
"""The variable by which a shell asks what completes a line."""


def run(app: Callable[..., Any], arguments: list[str] | None) -> int:
    """Run a typer application and return its exit status.

    Args:
        app: the application.
        arguments: what follows its name; None: those of this process, which is then ours alone.
    """
    if arguments is None:
        own_streams()
        if COMPLETING in os.environ:
            # Typer folds what it says of a word, and a shell takes each line for a word
            os.environ["COLUMNS"] = str(PIPE_WIDTH)
        arguments = sys.argv[1:]
    if arguments[:1] == ["help"]:  # as git and others have it
        arguments = [*arguments[1:2], "--help"]
    with ended_by() as signals, messages():
        status = exit_status(lambda: app(arguments, prog_name="vidream", standalone_mode=False), arguments)
    if signals:
        status = 128 + signals[0]
    if owns_streams() and (calls := sys.modules.get("vidream.cluster.calls")):
        calls.end_process(status)  # where Ray would not let it end
    return status


@contextmanager
def ended_by() -> Iterator[list[int]]:
    """What would end the process at once unwinds it as Ctrl-C does, so that what is half-written is taken away.

    Yields the signal that came, if one did. What is ignored when we start (`nohup` sees to that) stays ignored.
    """
    came: list[int] = []

    def end(number: int, _: object) -> NoReturn:
        came.append(number)
        ignore(number)  # a closed terminal may tell twice
        raise KeyboardInterrupt

    with heard(end, TOLD, TERMINAL_CLOSED):
        yield came


def exit_status(command: Callable[[], Any], arguments: Sequence[str]) -> int:  # noqa: PLR0911 (a row for each error)
    """The exit status of a command line; what goes wrong goes to standard error, a line each."""
    try:
        status = command()
        if sys.stdout is not None:
            sys.stdout.flush()
        if status == 130:
            return _failed("stopped", 130)
        return int(status or 0)
    except Problems as error:
        return _failed_each(error.lines, error.exit_status)
    except VidreamError as error:
        _let_go_of_output()
        return _failed(str(error), error.exit_status)
    except TyperException as error:  # a flag or an argument that is not there
        return _failed(_usage(error, arguments), 2)
    except BrokenPipeError:  # whoever read standard output has read enough
        _let_go_of_output()
        return 1
    except Exception as error:  # noqa: BLE001 (a bug: it keeps its traceback)
        say_bug(error)
        return 1


def _let_go_of_output() -> None:
    """What waits for an output that cannot be written goes nowhere: Python would try again, and exit with 120."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, VidreamError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: TyperException, arguments: Sequence[str]) -> str:
    """The message for a flag or a command that does not exist, or for a file whose name was taken for one."""
    message = " ".join(error.format_message().split())
    files = [word for word in arguments if "." in word or "/" in word or os.path.exists(word)]
    if arguments and arguments[0] in files:
        return f"{message.rstrip('.')}; a command comes first, such as {suggested(arguments[0])}"
    lead = out_as_argument(error, arguments) or other_flag(error) or taken_apart(error, arguments)
    if lead:
        return lead
    flag = getattr(error, "option_name", "").lstrip("-")
    name = next((word for word in files if word.startswith("-") and flag and flag in word), None)
    if name:
        message += f"; a name that begins with - is written ./{name}, or after --"
    return message


def _failed(message: str, status: int) -> int:
    return _failed_each([message], status)


def _failed_each(messages: Sequence[str], status: int) -> int:
    for message in messages:
        if message:
            say_error(message)
    return status
