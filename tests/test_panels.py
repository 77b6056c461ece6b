"""What is drawn of a dry run: a title that is whole, times under it that can be read."""

import numpy as np
import pytest

from vidream.cli import panels


@pytest.mark.parametrize(
    ("count", "interval", "texts"),
    [
        (31, 1 / 30, ["0:00", "0:00.1", "0:00.2"]),
        (480, 1 / 30, ["0:00", "0:02", "0:04"]),
        (7201, 1 / 30, ["0:00", "0:30", "1:00"]),
        (101, 144.0, ["0:00", "30:00", "60:00"]),
        (1, 0.04, ["0:00"]),
    ],
)
def test_times_stand_at_round_places(count, interval, texts):
    ticks = list(panels._ticks(count, interval))
    assert [text for _, text in ticks[:3]] == texts
    assert len(ticks) <= panels.TICKS
    seconds = [place * interval for place, _ in ticks]
    assert seconds == pytest.approx(seconds[-1] * np.linspace(0, 1, len(ticks)))
    assert ticks[-1][0] <= count - 1 + 1e-6


def test_frames_are_told_where_no_time_is():
    assert list(panels._ticks(40, None))[:3] == [(0, "0"), (4, "4"), (8, "8")]


def test_bars_are_darker_than_beats():
    drawn = panels.panel("peaks", {"": [0.0] * 101}, marks=range(0, 101, 10), bars=[20, 60])
    middle = drawn[panels.HEIGHT // 2 + 20, panels.LEFT + 1 :, 0]
    assert (middle < 130).sum() == 2 * (middle[: len(middle) // 2] < 130).sum() > 0
    plain = panels.panel("peaks", {"": [0.0] * 101}, marks=range(0, 101, 10))
    assert (plain[panels.HEIGHT // 2 + 20, panels.LEFT + 1 :, 0] > 180).all()


def test_a_long_title_has_lines_that_fit():
    title = " ".join(["129.7 beats a minute (69% sure; perhaps 64.9: --half)"] * 3)
    short, long = panels.page("short", []), panels.page(title, [])
    assert len(long) >= len(short) + panels.TITLE_LINE
    assert (long[:, -30:] == 255).all()
    assert (long[-panels.TITLE_LINE :] < 128).any()
    assert " ".join(panels._wrapped(title)) == title
    assert panels._wrapped("x" * 300) == ["x" * 300]
