"""Write vidream/config/keywords.py from the fields of the config: `python tests/make_keywords.py`.

A test fails when the file is not what this would write.
"""

import json
import textwrap
from collections.abc import Sequence
from dataclasses import Field
from pathlib import Path
from typing import Any

from vidream.config import EVERY_COMMAND, PASSES, knobs
from vidream.config.kinds import Choice, Names, Number, Pair, Rate, Switch, Text, Timestamp
from vidream.config.layers import Layers
from vidream.config.length import Lengths
from vidream.config.live_knobs import Texts
from vidream.config.marker_files import MarkerFiles
from vidream.config.sizing import Sizing
from vidream.config.timecode import Timecodes

FILE = Path(__file__).parents[1] / "vidream" / "config" / "keywords.py"
WIDTH, INDENT = 120, "    "

SHARED = {
    frozenset({"video", "zoom", "image", "music", "composite", "live"}): ("OverlayKnobs", "Knobs that all have."),
    frozenset({"video", "zoom", "image", "music", "composite"}): ("FileKnobs", "Knobs of whatever writes a file."),
    frozenset({"video", "zoom", "music", "composite", "live"}): (
        "SizeKnobs",
        "Knobs of whatever makes frames in a row.",
    ),
    frozenset({"video", "zoom", "music", "composite"}): ("OutputKnobs", "Knobs of whatever writes frames in a row."),
    frozenset({"video", "music", "composite"}): ("PartKnobs", "Knobs of whatever is a part of a film or a song."),
    frozenset({"video", "zoom", "composite"}): ("SoundKnobs", "Knobs of whatever takes a sound from elsewhere."),
    frozenset({"video", "zoom", "image", "music", "live"}): ("SharedKnobs", "Knobs of whatever dreams."),
    frozenset({"video", "zoom", "music", "live"}): ("BeatKnobs", "Knobs of whatever dreams frames in a row."),
    frozenset({"video", "zoom", "music"}): ("FrameKnobs", "Knobs of whatever dreams frames for a file."),
    frozenset({"video", "image", "music", "live"}): ("SourceKnobs", "Knobs of whatever dreams over a source."),
    frozenset({"video", "music", "live"}): ("MotionKnobs", "Knobs of whatever follows a film's motion."),
    frozenset({"video", "music"}): ("HdrKnobs", "Knobs of whatever is made of a film's file."),
    frozenset({"zoom", "music", "live"}): ("CameraKnobs", "Knobs of whatever moves a camera over a picture."),
    frozenset({"music", "live"}): ("PulseKnobs", "Knobs of whatever moves in time with music."),
}
"""The commands that have a knob -> the class that it stands in, and its docstring. Other knobs stand in a command's."""

HEAD = '''"""The keyword arguments of `render_video` and its like, for editors and type checkers; written by a script.

python tests/make_keywords.py

Names, docstrings and types are those of vidream.config.knobs, which alone says ranges and defaults. None counts as not
given. Each class may stand as the type of keyword arguments: `**knobs: Unpack[VideoKnobs]`.
"""

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias, TypedDict

from vidream.config.layers import Layer
from vidream.config.length import Length
from vidream.config.sizing import Fit
from vidream.config.timecode import Timecode
from vidream.curves import Curve

NumberOrCurve: TypeAlias = float | Curve | Mapping[str, Any]
"""A number; or a curve of it over time, as TOML would hold it: see vidream.notation."""

WholeOrCurve: TypeAlias = int | Curve | Mapping[str, Any]
"""A whole number; or a curve of it over time, rounded at each frame."""

PairOfNumbers: TypeAlias = str | Sequence[NumberOrCurve]
"""Two numbers or curves, across and down: (0.5, 0.45), or "0.5,0.45"."""

LayerNames: TypeAlias = str | Layer | Mapping[str, Any] | Sequence[str | Layer | Mapping[str, Any]]
"""One or several of "block4", "block4=0.5", "block4:7,20-25", or {"name": "block4", "weight": a curve}."""

NameOrPath: TypeAlias = str | os.PathLike[str]
"""A name, or where a file lies."""

NamesOrPaths: TypeAlias = NameOrPath | Sequence[NameOrPath]
"""One or several names, or places of files."""

NamesOfKnobs: TypeAlias = str | Sequence[str]
"""One or several: "zoom,step-size", or a list of them."""

NamesOfPasses: TypeAlias = str | Sequence[str]
"""One or several: "dream,matte", or a list of them."""

Seconds: TypeAlias = float | Fraction | str
"""Seconds from the start: 12.5; or "1:30"."""

FrameRate: TypeAlias = float | Fraction | str
"""Frames a second: 25, 29.97, or "30000/1001"."""

SizeOfFilm: TypeAlias = int | str | Fit
"""A long side, in px: 1280; "1280x720"; or "1280max", which only shrinks."""

LengthOfFilm: TypeAlias = int | str | Length
"""Frames, 300; or "10s", "1:30", "32beats", "8bars"."""

TimecodeOfFrame: TypeAlias = str | Timecode
"""Hours, minutes, seconds, frames: "01:00:00:00"; drop frame "01:00:00;00"."""
'''


def python_type(field: Field[Any]) -> str:
    """The type of what may be given for a knob, as it is written."""
    kind = field.metadata["kind"]
    if isinstance(kind, Choice):
        return f"Literal{json.dumps(kind.names)}"
    if isinstance(kind, Number):
        plain, moving = ("int", "WholeOrCurve") if kind.integer else ("float", "NumberOrCurve")
        return plain if kind.fixed else moving
    if isinstance(kind, Names):
        return "NamesOfPasses" if kind.names == PASSES else "NamesOfKnobs"
    return {
        Pair: "PairOfNumbers",
        Layers: "LayerNames",
        Text: "NameOrPath",
        MarkerFiles: "NamesOrPaths",
        Texts: "NamesOrPaths",
        Switch: "bool",
        Timestamp: "Seconds",
        Rate: "FrameRate",
        Sizing: "SizeOfFilm",
        Lengths: "LengthOfFilm",
        Timecodes: "TimecodeOfFrame",
    }[type(kind)]


def keywords() -> str:
    """The text of the whole file."""
    fields = {field.name: field for command in EVERY_COMMAND for _, field in knobs(command)}
    homes = {
        name: frozenset(command for command in EVERY_COMMAND if name in {field.name for _, field in knobs(command)})
        for name in fields
    }
    classes = [
        _class(title, about, (), [fields[name] for name in fields if homes[name] == commands])
        for commands, (title, about) in SHARED.items()
    ]
    for command in EVERY_COMMAND:
        bases = [title for commands, (title, _) in SHARED.items() if command in commands]
        own = [fields[name] for name in fields if homes[name] == {command}]
        classes.append(_class(f"{command.title()}Knobs", f"The knobs of `vidream {command}`.", bases, own))
    return HEAD + "".join(classes)


def _class(title: str, about: str, bases: Sequence[str], fields: list[Field[Any]]) -> str:
    inherited = f"{', '.join(bases or ['TypedDict'])}, total=False"
    head = f"class {title}({inherited}):"
    if len(head) > WIDTH:
        head = f"class {title}(\n{INDENT}{inherited}\n):"
    if len(inherited) + len(INDENT) > WIDTH:
        head = "\n".join([f"class {title}(", *(f"{INDENT}{base}," for base in inherited.split(", ")), "):"])
    lines = [head, f'    """{about}"""']
    for field in fields:
        lines += ["", *_annotation(field), _docstring(field)]
    return "\n\n" + "\n".join(lines) + "\n"


def _annotation(field: Field[Any]) -> list[str]:
    """Lines; those of a long choice as ruff breaks them."""
    line = f"{INDENT}{field.name}: {python_type(field)} | None"
    kind = field.metadata["kind"]
    if len(line) <= WIDTH or not isinstance(kind, Choice):
        return [line]
    names = [f"{INDENT * 3}{json.dumps(name)}," for name in kind.names]
    literal = [f"{INDENT * 2}Literal[", *names, f"{INDENT * 2}]"]
    return [f"{INDENT}{field.name}: (", *literal, f"{INDENT * 2}| None", f"{INDENT})"]


def _docstring(field: Field[Any]) -> str:
    kind = field.metadata["kind"]
    about = field.metadata["about"]
    if isinstance(kind, Number):
        about += f" {kind.metavar}."
    line = f'{INDENT}"""{about}"""'
    if len(line) <= WIDTH:
        return line
    return textwrap.fill(f'"""{about}', WIDTH, initial_indent=INDENT, subsequent_indent=INDENT) + f'\n{INDENT}"""'


if __name__ == "__main__":
    FILE.write_text(keywords(), encoding="utf-8")
