"""The typed keyword arguments are the knobs: names, what each may hold, and what a type checker says of mistakes."""

import typing
from fractions import Fraction
from pathlib import Path

import make_keywords
import mypy.api
import pytest

from vidream.config import COMMANDS, Fit, Layer, keywords, knobs
from vidream.config.kinds import Choice, Kind, Names, Number
from vidream.config.length import Length
from vidream.config.timecode import Timecode
from vidream.curves import Constant

CURVE = {"sine": [0.5, 0.25], "period": "2s"}
EXAMPLES = {
    keywords.PairOfNumbers: ("0.5,0.45", (0.5, 0.45), [0.5, CURVE]),
    keywords.LayerNames: ("block4=0.5", Layer("block4"), {"name": "block4", "weight": CURVE}, ["block4", "block7=3"]),
    keywords.NameOrPath: ("name", Path("folder/file")),
    keywords.NamesOrPaths: ("edl", "folder/film.otio", Path("film.csv"), ["csv", Path("film.edl")]),
    keywords.NamesOfKnobs: (),  # those of its kind
    keywords.Seconds: (12.5, 3, Fraction(25, 2), "1:30"),
    keywords.FrameRate: (25, 23.976, Fraction(30000, 1001), "29.97"),
    keywords.LengthOfFilm: (300, "10s", "1:30", "32beats", "8bars", Length(Fraction(8), "bars")),
    keywords.TimecodeOfFrame: ("01:00:00:00", "23:59:59;29", Timecode(1, 0, 0, 0)),
    keywords.SizeOfFilm: (1280, "1280x720", Fit(480, shrink_only=True)),
    bool: (True, False),
}
"""A type of keywords -> values of it. Each knob of that type takes them all."""
NUMBERS = {int: int, float: float, keywords.WholeOrCurve: int, keywords.NumberOrCurve: float}


def keywords_of(command: str) -> dict[str, typing.Any]:
    return typing.get_type_hints(getattr(keywords, f"{command.title()}Knobs"))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_keywords_of_a_command_are_its_knobs(command):
    assert set(keywords_of(command)) == {field.name for _, field in knobs(command)}
    assert getattr(keywords, f"{command.title()}Knobs").__total__ is False


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_keyword_may_hold_its_knob_reads(command):
    """And a choice has the names of its knob, all of them."""
    types: list[typing.Any] = [*EXAMPLES, *NUMBERS]
    for _, field in knobs(command):
        optional = keywords_of(command)[field.name]
        kind = field.metadata["kind"]
        assert type(None) in typing.get_args(optional), "None counts as not given"
        if isinstance(kind, Choice):
            (literal,) = (part for part in typing.get_args(optional) if typing.get_origin(part) is typing.Literal)
            assert typing.get_args(literal) == kind.names
            continue
        (expected,) = (each for each in types if each | None == optional)
        for value in examples(expected, kind):
            kind.read(value)


def examples(expected: object, kind: Kind) -> tuple[object, ...]:
    """Values of a type; of numbers, those of both ends of what a kind takes; of names, some that it has."""
    if isinstance(kind, Names):
        return (kind.names[0], ",".join(kind.names[:3]), [name.replace("-", "_") for name in kind.names])
    if not isinstance(kind, Number):
        return EXAMPLES[expected]
    low, high = (NUMBERS[expected](end) for end in (kind.low, kind.high))
    curves = (Constant(low), {"keys": [["0s", low], ["1s", high]]})
    return (low, high, *(() if expected in (int, float) else curves))


def test_the_file_is_what_its_script_writes():
    assert make_keywords.FILE.read_text(encoding="utf-8") == make_keywords.keywords(), "python tests/make_keywords.py"


SNIPPET = """
from typing import Any, Unpack
from vidream.config import VideoKnobs, ZoomKnobs, configure

def render(**knobs: Unpack[VideoKnobs]) -> None:
    configure("video", draft=True, **knobs)

flags: dict[str, Any] = {}
render(**flags)
render(strength={"follow": "low"}, octaves=3, size="480max", layer=["block4", "block7=0.5"], start="1:30", fps=None)
configure("music", base="zoom", pulse=0.5)
"""
WRONG = {
    "render(octavs=3)": 'Unexpected keyword argument "octavs"',
    'render(strength="strong")': 'Argument "strength" to "render" has incompatible type "str"',
    'render(flow="raft")': 'Argument "flow" to "render" has incompatible type',
    "render(keep_colour=1)": 'Argument "keep_colour" to "render" has incompatible type "int"',
    "render(turn=4)": 'Unexpected keyword argument "turn"',
    'configure("zoom", persistence=0.5)': "No overload variant",
    'configure("image", octaves=[3])': "No overload variant",
    'configure("video", base="zoom")': "No overload variant",
}
"""A line of code -> what a type checker says of it."""


def test_a_type_checker_tells_of_a_wrong_name_and_of_a_wrong_type(tmp_path):
    code, first = SNIPPET + "\n".join(WRONG) + "\n", len(SNIPPET.splitlines()) + 1
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nfollow_imports = silent\n")
    answer, trouble, _ = mypy.api.run(["--config-file", str(settings), "--cache-dir", str(tmp_path), "-c", code])
    assert not trouble
    errors = [line.removeprefix("<string>:") for line in answer.splitlines() if ": error: " in line]
    for number, (line, message) in enumerate(WRONG.items(), first):
        assert any(error.startswith(f"{number}: error: ") and message in error for error in errors), line
    assert {int(error.partition(":")[0]) for error in errors} == {*range(first, first + len(WRONG))}, errors
