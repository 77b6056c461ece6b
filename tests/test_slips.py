"""A number or an ending that is mistyped is answered with what to write, and what is proposed is taken."""

from pathlib import Path

import pytest

from vidream.cli.help_order import _of_curves
from vidream.config import EVERY_COMMAND, knobs
from vidream.config.kinds import Number, wrong
from vidream.errors import MediaError
from vidream.media.containers import ENDINGS
from vidream.media.paths import check_out
from vidream.media.picture_formats import PICTURES

TURN, STEPS, TEMPO = Number(-3600, 3600), Number(1, 1000, True), Number(20, 400, fixed=True)


def said(kind, raw):
    with pytest.raises(ValueError, match="must be") as error:
        kind.read(raw)
    return wrong("--knob", error.value, raw)


@pytest.mark.parametrize(
    ("kind", "raw", "end"),
    [
        (TURN, "low", """to 3600, or a curve: '{ follow = "low", amount = 60 }', not 'low'"""),
        (TURN, 'follow = "low"', """{ follow = "low", amount = 60 }', not 'follow = "low"'"""),
        (TURN, "1,2", "not '1,2'; write 1.2"),
        (TURN, "-1,25", "not '-1,25'; write -1.25"),
        (TURN, "1,000", "not '1,000'"),
        (TURN, "4000", "to 3600, not '4000'"),
        (STEPS, "1,2", "to 1000, not '1,2'"),
        (TEMPO, "120bpm", "to 400, not '120bpm'; write 120"),
        (TEMPO, "fast", "to 400, not 'fast'"),
    ],
)
def test_a_number_that_is_none_says_how_it_is_written(kind, raw, end):
    assert said(kind, raw).endswith(end)


def test_each_curve_that_is_proposed_is_one_that_the_knob_takes():
    for command in EVERY_COMMAND:
        for _, knob in knobs(command):
            kind = knob.metadata["kind"]
            if isinstance(kind, Number) and not kind.fixed:
                kind.read(said(kind, "low").split("'")[1])


@pytest.mark.parametrize(
    ("name", "pictures", "end"),
    [
        ("x.mp3", PICTURES, "ends in .mp3; did you mean .mp4?"),
        ("x.txt", PICTURES, "known: .mp4, .mov, .mkv, .webm, .gif, or pictures, frames/%05d.png"),
        ("%05d.tig", PICTURES, "did you mean .tif or .tiff?"),
        ("x.txt", (), "known: .mp4, .mov, .mkv, .webm, .gif"),
    ],
)
def test_only_an_ending_that_fits_and_is_near_is_proposed(name, pictures, end):
    with pytest.raises(MediaError) as error:
        check_out(Path(name), False, [], tuple(ENDINGS), tuple(pictures))
    assert str(error.value).endswith(end)


def test_the_page_about_curves_that_help_names_is_there():
    text = " ".join(_of_curves("music"))
    page = text.split("How: ")[1].split(";")[0]
    assert "## " in (Path(__file__).parents[1] / page).read_text()
