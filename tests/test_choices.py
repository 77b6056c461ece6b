"""A knob's choices are the rows of the table that the code looks them up in: no name without a row, no row unnamed."""

import pytest

from vidream.analysis import HEIGHTS
from vidream.config import COMMANDS, knobs
from vidream.config.formats import FORMATS
from vidream.config.kinds import Choice
from vidream.dream.choice import ENGINES
from vidream.dream.measures import MATCH, MEASURES, NEAR
from vidream.dream.recipe import RECIPES
from vidream.dream.shape import NORMS, SHAPES
from vidream.media.codecs import CODECS
from vidream.media.grades import QUALITIES
from vidream.media.picture_formats import PICTURE_WORDS
from vidream.motion import FLOWS
from vidream.plan import bars
from vidream.render.carry import CARRIES

TABLES = {
    "beat_height": set(HEIGHTS),
    "bars": {bars.KEEP, "dream"},
    "carry": set(CARRIES),
    "engine": {"auto", *ENGINES},
    "codec": {*(codec.word for codec in CODECS), *PICTURE_WORDS},
    "fit": {"crop", "pad"},
    "flow": set(FLOWS),
    "for_": set(FORMATS),
    "hdr": {"keep", "sdr"},
    "norm": set(NORMS),
    "objective": set(MEASURES) - {MATCH, NEAR},
    "passes_as": {"exr", "exr32", "png16", "prores4444"},
    "pix_fmt": {row.name for codec in CODECS if len(codec.pixel_formats) > 1 for row in codec.pixel_formats},
    "quality": set(QUALITIES),
    "recipe": set(RECIPES),
    "shape": set(SHAPES),
    "streams": {"all", "picture", "first"},
}
CHOICES = {
    field.name: field.metadata["kind"].names
    for command in COMMANDS
    for _, field in knobs(command)
    if isinstance(field.metadata["kind"], Choice)
}


@pytest.mark.parametrize("knob", CHOICES)
def test_a_knobs_choices_are_the_rows_of_its_table(knob):
    assert len(set(CHOICES[knob])) == len(CHOICES[knob])
    assert set(CHOICES[knob]) == TABLES[knob]
