"""Several outputs take every frame; one that breaks is named and left out, and the others go on."""

import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from synthetic import panned, write_film

from vidream import configure
from vidream.errors import MediaError, RenderError
from vidream.events import scope
from vidream.frames import Size
from vidream.live.backlog import Backlog
from vidream.live.output import Shown
from vidream.live.outputs import Outputs, check_outputs, open_outputs, with_time

SIZE = Size(96, 64)


def shown(number: int) -> Shown:
    return Shown(np.full((64, 96, 3), 10 * number, np.uint8), number, number / 15)


@dataclass
class Fake:
    """Takes frames until it breaks."""

    breaks_at: int = -1
    trouble: str = ""
    seen: list[int] = field(default_factory=list)
    closed: int = 0

    def show(self, shown: Shown) -> None:
        if shown.number == self.breaks_at:
            raise RenderError("fake: broke")
        self.seen.append(shown.number)

    def close(self) -> None:
        self.closed += 1


def test_one_that_breaks_is_named_and_left_out():
    good, bad, slow = Fake(), Fake(2), Fake(trouble="slow: 3 frames are left out")
    outputs, warnings = Outputs([bad, good, slow]), []
    with scope(warnings.append):
        for number in range(5):
            outputs.show(shown(number))
    assert (good.seen, bad.seen, slow.seen) == ([0, 1, 2, 3, 4], [0, 1], [0, 1, 2, 3, 4])
    assert outputs.troubles == ("fake: broke; the others go on", "slow: 3 frames are left out")
    assert [warning.message for warning in warnings] == ["fake: broke; the others go on"]
    assert (good.closed, bad.closed) == (0, 1)
    outputs.close()
    outputs.close()
    assert (good.closed, bad.closed, slow.closed) == (1, 1, 1)


def test_a_ctrl_c_while_one_closes_leaves_none_open():
    class Slow(Fake):
        def close(self) -> None:
            super().close()
            raise KeyboardInterrupt

    window: Any = Fake()
    first, slow, last = Fake(), Slow(), Fake()
    with pytest.raises(KeyboardInterrupt):
        Outputs([first, slow, last], window).close()
    assert [each.closed for each in (window, first, slow, last)] == [1, 1, 1, 1]


@dataclass
class Buggy(Fake):
    """Somebody's own, with bugs."""

    def show(self, shown: Shown) -> None:
        raise ZeroDivisionError("a bug")

    def close(self) -> None:
        raise KeyError("another")


def test_one_with_bugs_is_named_and_the_others_are_closed():
    good, warnings = Fake(), []
    with scope(warnings.append):
        outputs = Outputs([good, Buggy()])
        outputs.show(shown(0))
        assert outputs.troubles == ("Buggy: ZeroDivisionError: a bug; the others go on",)
        Outputs([good, Buggy()]).close()
    assert (good.seen, good.closed) == ([0], 1)
    assert [warning.message for warning in warnings] == [
        "Buggy: ZeroDivisionError: a bug; the others go on",
        *["Buggy: KeyError: 'another'; it may not be whole"] * 2,
    ]


def test_two_films_at_once(tmp_path: Path):
    films = [tmp_path / "a.mp4", tmp_path / "b.mkv"]
    config = configure("live", to=[str(film) for film in films], window=False)
    check_outputs(config)
    outputs = open_outputs(config, SIZE, 15.0)
    for number in range(6):
        outputs.show(shown(number))
    outputs.close()
    for path in films:
        with av.open(str(path)) as film:
            assert [round(frame.time * 15) for frame in film.decode(video=0)] == list(range(6))


def test_where_one_cannot_be_none_is_left(tmp_path: Path):
    (tmp_path / "b.mp4").write_text("mine")
    config = configure("live", to=[str(tmp_path / name) for name in ("a.mp4", "b.mp4")], window=False)
    with pytest.raises(MediaError, match=r"b\.mp4: is there already"):
        check_outputs(config)
    with pytest.raises(MediaError, match=r"b\.mp4: is there already"):
        open_outputs(config, SIZE, 15.0)
    assert [path.name for path in tmp_path.iterdir()] == ["b.mp4"]
    assert (tmp_path / "b.mp4").read_text() == "mine"


def test_outputs_of_ones_own_are_beside_the_others():
    made = []

    def opener(size: Size, rate: float) -> Fake:
        made.append((size, rate))
        return Fake()

    outputs = open_outputs(configure("live", window=False), SIZE, 15.0, [opener])
    outputs.show(shown(0))
    outputs.close()
    assert made == [(SIZE, 15.0)]


def test_a_recording_is_named_by_the_time_and_an_address_never():
    config = configure("live", to=["a {time}.mp4", "b.mkv", "rtmp://127.0.0.1/{time}"], window=False)
    named = with_time(config, datetime(2026, 11, 26, 21, 5, 9))
    assert named.live.to == ("a 2026-11-26-21-05-09.mp4", "b.mkv", "rtmp://127.0.0.1/{time}")


def test_the_output_of_the_docs_has_the_newest_picture(tmp_path: Path):
    film = write_film(tmp_path / "in.mp4", panned(60, 48, 64), 25)
    program = Path(__file__).parents[1] / "docs" / "own_output.py"
    run = subprocess.run(
        [sys.executable, program, film, tmp_path / "now.jpg", "2"], capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"[1-9]\d* frames in \d+ s\n", run.stdout)
    with Image.open(tmp_path / "now.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 48))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "now.jpg"]


def test_a_window_that_breaks_is_not_taken_for_closed_while_others_go_on():
    window: Any = Fake(1)
    good = Fake()
    outputs = Outputs([good], window)
    for number in range(3):
        outputs.show(shown(number))
    assert outputs.window is None
    assert good.seen == [0, 1, 2]


def test_where_the_last_one_breaks_nobody_would_see_how_it_goes_on_so_it_ends():
    first, last = Fake(0), Fake(1)
    outputs = Outputs([first, last])
    outputs.show(shown(0))
    with pytest.raises(RenderError, match="fake: broke; nothing is left that shows it"):
        outputs.show(shown(1))
    assert (first.closed, last.closed) == (1, 1)


def test_a_bug_in_the_thread_of_an_output_is_told():
    def take(_: Shown) -> None:
        raise ZeroDivisionError("a bug")

    backlog = Backlog(take, SIZE, 15, 1.0)
    backlog.put(shown(0))
    backlog._thread.join(5)
    with pytest.raises(RenderError, match="ZeroDivisionError: a bug"):
        backlog.put(shown(1))
    assert backlog.close(1.0)
