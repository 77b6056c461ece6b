"""The preview's room: the newest wish is shown, once; what lacks is said; what is played and scrubbed; bounded."""

import asyncio
import os
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from vidream.errors import ConfigError, InputError
from vidream.studio.busy import Busy
from vidream.studio.hub import Hub
from vidream.studio.preview import PreviewRoom
from vidream.studio.room import Ask

SAMPLES = Path(__file__).parents[2] / "samples"


class Pages(Hub):
    """One page, and what it was sent."""

    def __init__(self):
        super().__init__()
        self.there, self.published, self.pictures = {"one"}, [], []

    @property
    def tabs(self):
        return {*self.there}

    def publish(self, room, data):
        self.published.append(data)

    def picture(self, tab, room, header, jpeg, slot=""):
        assert jpeg.startswith(b"\xff\xd8")
        self.pictures.append({**header, "slot": slot})


class Look:
    """A look of a small film."""

    def __init__(self, source: str | None = str(SAMPLES / "city_tiny.mp4")):
        self.heard: list[Callable[[Any], None]] = []
        self.revision, self.wrong = 0, dict[str, str]()
        self.now: dict[str, Any] = {
            "command": "video",
            "base": None,
            "source": source,
            "song": None,
            "second": 0.0,
            "preset": None,
        }
        self.now["knobs"] = {"dream_size": 128, "octaves": 2}

    def wire(self):
        if self.wrong.get("gone"):
            raise InputError(self.wrong["gone"])
        return dict(self.now)

    def problems(self):
        return self.wrong

    def listen(self, heard):
        self.heard.append(heard)

    def change(self, **values):
        self.now |= values
        self.revision += 1
        for heard in self.heard:
            heard(self)


@contextmanager
def room_of(look, tmp_path):
    """A room that has begun, its pages, and a loop in which it lives."""
    pages, busy = Pages(), Busy()
    room = PreviewRoom(pages, look, busy, tmp_path)
    with asyncio.Runner() as runner:
        runner.run(room.start())
        yield room, pages, runner.run
        runner.run(room.stop())


async def until(holds: Callable[[], Any], seconds: float = 60) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


def ask(**body):
    return Ask(body, "one")


async def settled(room):
    await until(lambda: not room.snapshot()["busy"])


def test_a_moment_is_shown_once_and_a_page_that_comes_is_given_it(tmp_path):
    look = Look()
    with room_of(look, tmp_path) as (room, pages, run):

        async def scene():
            await room.actions["canvas"](ask(side=160, full=False))
            await settled(room)
            kinds = [each["kind"] for each in pages.pictures]
            assert kinds[0] == "source"
            assert pages.pictures[-1]["last"]
            assert pages.pictures[-1]["size"] == [160, 90]
            assert pages.pictures[-1]["out"] == [160, 90]
            assert room.snapshot()["headers"]["dream"]["stage"] == "film"
            pages.pictures.clear()
            await room.actions["canvas"](ask(side=160, full=False))
            look.change()
            assert not room.snapshot()["busy"]
            look.change(knobs={**look.now["knobs"], "strength": 0.5})
            await settled(room)
            assert [each["stage"] for each in pages.pictures] == ["film"]
            assert pages.pictures[0]["revision"] == look.revision

        run(scene())


def test_the_newest_wish_wins_and_a_moment_is_sought_at_once(tmp_path):
    look = Look()
    with room_of(look, tmp_path) as (room, pages, run):

        async def scene():
            await room.actions["canvas"](ask(side=160, full=False))
            for frame in range(1, 12):
                answer = await room.actions["scrub"](ask(second=(frame + 0.5) / 25))
            await settled(room)
            last = pages.pictures[-1]
            assert (last["number"], last["index"], last["kind"]) == (answer["number"], 11, "dream")
            assert room.snapshot()["second"] == pytest.approx(11.5 / 25)
            look.change(second=11.5 / 25)
            assert not room.snapshot()["busy"]

        run(scene())


def test_what_is_played_comes_frame_by_frame_and_none_takes_anothers_place(tmp_path):
    with room_of(Look(), tmp_path) as (room, pages, run):

        async def scene():
            await room.actions["play"](ask(second=0.1, seconds=0.4))
            assert room.snapshot()["playing"]
            await settled(room)
            played = [each for each in pages.pictures if each["kind"] == "play"]
            assert [each["place"] for each in played] == [*range(11)]
            assert [each["index"] for each in played] == [*range(2, 13)]
            assert len({each["slot"] for each in played}) == 11
            assert played[-1]["settled"]
            await room.actions["stop"](ask())
            await settled(room)
            assert pages.pictures[-1]["kind"] == "dream"
            await room.actions["play"](ask(second=0.1, seconds=2))
            await until(lambda: pages.pictures[-1]["kind"] == "play")
            await room.actions["stop"](ask())
            await settled(room)
            assert pages.pictures[-1]["kind"] == "dream"
            with pytest.raises(ConfigError, match="seconds: must be a number"):
                await room.actions["play"](ask(second=0, seconds=99))

        run(scene())


def test_what_is_wrong_or_lacks_is_said_and_the_last_picture_stays(tmp_path):
    look = Look(None)
    with room_of(look, tmp_path) as (room, _, run):

        async def scene():
            await room.actions["canvas"](ask(side=160, full=False))
            assert room.snapshot()["missing"] == "source"
            look.change(source=str(SAMPLES / "city_tiny.mp4"), command="music")
            assert room.snapshot()["missing"] == "song"
            look.change(command="video")
            await settled(room)
            assert room.snapshot()["missing"] == ""
            look.wrong = {"layer": "--layer nix: no such layer"}
            look.change()
            assert room.snapshot()["problem"] == "--layer nix: no such layer"
            assert room.snapshot()["headers"]["dream"]
            look.wrong = {}
            shutil.copy(SAMPLES / "cat.png", tmp_path / "gone.png")
            look.change(source=str(tmp_path / "missing.mp4"))
            await settled(room)
            assert "missing.mp4" in room.snapshot()["problem"]
            look.wrong = {"gone": "the source is no longer in the folder; choose another"}
            look.change()
            assert room.snapshot()["problem"] == look.wrong["gone"]

        run(scene())


def test_nobody_looks_or_a_dream_is_live_and_nothing_is_dreamed(tmp_path):
    look = Look()
    with room_of(look, tmp_path) as (room, pages, run):

        async def scene():
            pages.there = set()
            look.change(second=0.2)
            assert room.snapshot()["number"] == 0
            pages.there, pages.busy = {"one"}, "a dream is live"
            look.change(second=0.3)
            assert (room.snapshot()["number"], room.snapshot()["problem"]) == (0, "a dream is live")
            pages.busy = ""
            with room._busy.waiting():
                pass
            await until(lambda: room.snapshot()["number"] == 1)
            await settled(room)

        run(scene())


def test_a_child_that_dies_is_told_of_and_the_next_wish_starts_another(tmp_path):
    look = Look()
    with room_of(look, tmp_path) as (room, pages, run):

        async def scene():
            await room.actions["canvas"](ask(side=160, full=False))
            await settled(room)
            os.kill(room._child.pid, 9)
            await until(lambda: "was killed" in room.snapshot()["problem"])
            pages.pictures.clear()
            look.change(second=0.2)
            await settled(room)
            assert room.snapshot()["problem"] == ""
            assert pages.pictures[-1]["last"]

        run(scene())


@pytest.mark.slow
def test_a_thousand_previews_take_no_more_memory_than_a_hundred(tmp_path):
    look = Look(str(SAMPLES / "bunny.mp4"))
    with room_of(look, tmp_path) as (room, pages, run):

        def resident():
            pages_of = [
                int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in (room._child.pid, os.getpid())
            ]
            return [each * os.sysconf("SC_PAGE_SIZE") / 2**20 for each in pages_of]

        async def scene():
            await room.actions["canvas"](ask(side=320, full=False))
            early = []
            for turn in range(1000):
                knobs = {"dream_size": 96, "octaves": 1 + turn % 3, "layer": f"block{4 + turn % 9}", "seed": turn}
                look.change(second=turn % 95 / 25, knobs=knobs)
                if turn % 10 == 0:
                    await settled(room)
                else:
                    await until(lambda: pages.pictures and pages.pictures[-1]["number"] >= room.snapshot()["number"])
                del pages.pictures[:-1], pages.published[:-1]
                if turn == 250:
                    early = resident()
            await settled(room)
            late = resident()
            assert late[0] < early[0] + 60, (early, late)  # MB: dreams and frames that are kept come and go
            assert late[1] < early[1] + 12, (early, late)

        run(scene())
