"""What leads on where a command was given a file that another command takes, or OUT as a flag."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

from typer.exceptions import Exit, TyperException

from vidream.config.length import UNITS as LENGTH_UNITS
from vidream.errors import ConfigError, InputError
from vidream.text import shell_command

Kind: TypeAlias = Literal["film", "picture", "song"]
SOME: Mapping[Kind, str] = {"film": "clip.mp4", "picture": "photo.jpg", "song": "song.mp3"}
"""What stands for a file that nobody has named yet."""
OUT_FLAGS = ("-o", "--out", "--output")
"""What other programs call OUT."""
OTHER_FLAGS: Mapping[str, str] = {
    "--bpm": "--tempo",
    "--duration": "--length",
    **dict.fromkeys(("--width", "--height", "--resolution"), "--size"),
    "--iterations": "--steps",
    "--intensity": "--strength",
    "--model": "--network",
    "--style": "--preset",
    **dict.fromkeys(("--audio", "--song"), "--sound"),
    "--from": "--start",
    "--to": "--end",
}
"""What other programs call a flag -> what it is called here."""

_A_SONG = "a song: vidream music {file} photo.jpg dreams a picture in time with it"
LEADS: Mapping[str, Mapping[Kind, str]] = {
    "video": {
        "picture": "a picture: vidream image {file} dreams it, vidream zoom {file} falls into it",
        "song": _A_SONG,
    },
    "image": {"film": "a film: vidream video {file} dreams it, vidream image {frame} a frame of it", "song": _A_SONG},
    "zoom": {
        "film": "a film: vidream video {file} dreams it, vidream zoom {frame} falls into a frame of it",
        "song": _A_SONG,
    },
    "batch": {
        "film": "a film, not a job file (.toml): vidream video {file} dreams it",
        "picture": "a picture, not a job file (.toml): vidream image {file} dreams it",
        "song": "a song, not a job file (.toml): vidream music {file} photo.jpg dreams a picture in time with it",
    },
}
"""A command -> a kind of file that it does not take -> which command does."""


def kind_of(name: str | None) -> Kind | None:
    """What a file is by its ending; None: it does not say."""
    from vidream.media.containers import ENDINGS  # which --help does not need
    from vidream.media.paths import FILMS, OTHER_FILMS, SONGS
    from vidream.media.picture_formats import PICTURES_READ

    kinds: Mapping[str, Kind] = {
        **dict.fromkeys((*FILMS, *OTHER_FILMS, *ENDINGS), "film"),
        **dict.fromkeys(PICTURES_READ, "picture"),
        **dict.fromkeys(SONGS, "song"),
    }
    return None if name is None else kinds.get(Path(name).suffix.lower())


@contextmanager
def led_on(command: str, *names: str | None) -> Iterator[None]:
    """Within the block, what cannot be done as it was asked for names the command that takes such files, if one does.

    Args:
        command: which was asked for.
        names: its arguments, as they were given; None: left out.
    """
    try:
        yield
    except InputError:
        lead = lead_of(command, *names)
        if lead is None:
            raise
        raise ConfigError(lead) from None


def lead_of(command: str, first: str | None = None, *others: str | None) -> str | None:
    """What to say of files that another command takes, or that are in another order; None: nothing.

    Args:
        command: which was asked for.
        first: its first argument, as it was given.
        others: its other arguments; None: left out.
    """
    if first is None or not Path(first).is_file():  # that is said
        return None
    if command == "music":
        return _song_first(first, *others)
    text = LEADS[command].get(kind_of(first))  # type: ignore[arg-type]
    if text is None:
        return None
    file, frame = shell_command([first]), shell_command([f"{first}@1"])
    return f"{first}: {text.format(file=file, frame=frame)}"


def _song_first(first: str, second: str | None = None, out: str | None = None) -> str | None:
    """What to say of `vidream music` whose arguments are not SONG SEED OUT in this order; None: they are."""
    kinds = kind_of(first), kind_of(second)
    rest = [] if out is None else [out]
    if out and out in LENGTH_UNITS:  # --length 8 bars
        return f"{out}: taken for OUT; a number and its unit are one word, such as 8{out}"
    if kinds in (("picture", "song"), ("film", "song"), ("picture", "film")):
        assert second is not None
        line = shell_command(["vidream", "music", second, first, *rest])
        return f"{first}: a {kinds[0]}, and the song comes first: {line}"
    if kinds[0] == "picture":
        line = shell_command(["vidream", "music", SOME["song"], first])
        return f"{first}: a picture, and a song comes first: {line}"
    if kinds == ("song", "song"):
        line = shell_command(["vidream", "music", first, SOME["picture"], *rest])
        return f"{second}: a song, and after the song comes a picture or a film: {line}"
    return None


def other_flag(error: TyperException) -> str | None:
    """What to say of a flag that is called otherwise here; None: it is not, or its command has none of the kind."""
    flag, context = getattr(error, "option_name", None), getattr(error, "ctx", None)
    here = OTHER_FLAGS.get(str(flag))
    if context is None or here not in [name for each in context.command.params for name in each.opts]:
        return None
    return f"{flag}: no such flag; here it is {here}"


def taken_apart(error: TyperException, arguments: Sequence[str]) -> str | None:
    """What to say of a value that a shell has taken for several words; None: there is none.

    Args:
        error: that the line has raised.
        arguments: the line, after the program's name.
    """
    if "unexpected extra argument" not in error.format_message():
        return None
    line = " ".join(arguments)
    curve = re.search(r"(--[\w-]+)[ =](\{[^{}]*\})", line)
    if curve and curve[2] not in "\n".join(arguments):
        value = re.sub(r"(=\s*)([A-Za-z@][\w@./-]*|[\d.]+[sb])(?![\w@./-])", r'\1"\2"', curve[2])
        return f"{curve[1]}: the shell has taken its curve for several words; put '...' round it: {curve[1]} '{value}'"
    unit = re.search(r" ([\d.]+) (s|b|beats?|bars?|bpm|fps|px)(?= |$)", line)
    if unit:
        whole = unit[1] + unit[2]
        told = f"write them together: {whole}" if unit[2] in LENGTH_UNITS else f"write {unit[1]} alone"
        return f"{unit[1]} {unit[2]}: a number and its unit are one word; {told}"
    return None


def suggested(name: str) -> str:
    """A command that takes a file which was given without one."""
    kind, file = kind_of(name), shell_command([f"./{name}" if name.startswith("-") else name])
    if kind == "song":
        return f"vidream music {file} {SOME['picture']}"
    return f"vidream {'image' if kind == 'picture' else 'video'} {file}"


def out_as_argument(error: TyperException, arguments: Sequence[str]) -> str | None:
    """What to say of a line that names OUT by a flag; None: it does not, or its command has no OUT.

    Args:
        error: that the line has raised.
        arguments: the line, after the program's name.
    """
    flag, context = getattr(error, "option_name", None), error.ctx  # type: ignore[attr-defined]
    if flag not in OUT_FLAGS or context is None:
        return None
    named = [str(each.metavar) for each in context.command.params if each.param_type_name == "argument"]
    if "OUT" not in named:
        return None
    line = _with_out(context, flag, list(arguments[1:]))
    words = [arguments[0], *named] if line is None else [arguments[0], *line]
    return f"{flag}: no such flag; OUT is the last of the names: {shell_command(['vidream', *words])}"


def _with_out(context: Any, flag: str, words: list[str]) -> list[str] | None:
    """A command's words with OUT as an argument; None where no line is found that the command takes so."""
    at = next((number for number, word in enumerate(words) if word == flag or word.startswith(f"{flag}=")), None)
    if at is None:
        return None
    before, after = words[:at], words[at + 1 :]
    if "=" in words[at]:
        out = words[at].partition("=")[2]
    elif after:
        out = after.pop(0)
    else:
        return None
    for line in ([*before, out, *after], [*before, *after, out]):
        try:
            found = context.command.make_context(context.info_name, list(line), parent=context.parent)
        except (TyperException, Exit):
            continue
        if str(found.params.get("out")) == out:
            return line
    return None
