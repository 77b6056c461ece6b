"""The timeline's room: what may move, what it comes to, what it moves to; songs are listened to once."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from synthetic import clicks, panned, write_film

from vidream.errors import ConfigError
from vidream.studio.hub import Hub
from vidream.studio.lanes import lanes, shape_of
from vidream.studio.room import Ask
from vidream.studio.scene import Scene
from vidream.studio.timeline import TimelineRoom, _shown

KEYS = {"keys": [["0s", 1.0], ["2s", 1.6]], "ease": "hold"}
FOLLOW = {"follow": "beats", "base": 0.5, "amount": 0.5}


def values(**knobs: Any) -> dict[str, Any]:
    return {"strength": 1.0, "drift": [0, 0], "layer": [], "octaves": 4, "seed": 0, **knobs}


def test_every_number_that_may_move_has_a_lane_and_nothing_else():
    found = {
        lane.id: lane for lane in lanes("zoom", None, values(layer=["block10", {"name": "block4:1", "weight": KEYS}]))
    }
    assert [*found] == ["layer block10", "layer block4:1", "octaves", "strength", "drift x", "drift y"]
    assert [lane.id for lane in found.values() if lane.moves] == ["layer block4:1"]
    assert (found["octaves"].low, found["octaves"].high, found["octaves"].whole) == (1, 12, True)
    assert (found["drift y"].knob, found["drift y"].part, found["drift y"].kind) == ("drift", 1, "pair")
    assert found["layer block4:1"].name == "block4:1"
    assert found["layer block10"].value == 1


def test_a_song_of_a_film_has_no_camera_that_moves():
    assert "drift x" not in {lane.id for lane in lanes("music", "video", values())}


@pytest.mark.parametrize(
    ("curve", "shape"),
    [
        (KEYS, "keys"),
        ({"sine": [1, 0.3], "period": "2b"}, "sine"),
        ({"cycle": [1, 0], "every": "bars"}, "cycle"),
        (FOLLOW, "follow"),
        ({"follow": "low", "of": "drums.wav"}, "follow"),
        ({"follow": "low", "base": KEYS}, "text"),
        ({"sum": [1, KEYS]}, "text"),
    ],
)
def test_a_curve_that_fields_cannot_hold_is_text(curve, shape):
    (lane,) = (lane for lane in lanes("zoom", None, values(strength=curve)) if lane.moves)
    assert lane.shape == shape_of(curve) == shape
    assert lane.json["value"] == curve
    assert lane.json["text"].startswith("{ ")


def test_cuts_are_in_the_films_own_time_in_each_of_its_rounds():
    film = {"seconds": 3.0, "first_shown": 1.0, "repeats": 0.0}
    assert _shown([0.5, 1.5, 9.0], film) == [0.5]
    assert _shown([0.5, 0.8], {"seconds": 2.7, "first_shown": 0.0, "repeats": 1.0}) == [
        0.5, 0.8, 1.0, 1.5, 1.8, 2.0, 2.5,
    ]  # fmt: skip


class Told:
    """A room with a look of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.scene = Scene("image")
        self.room = TimelineRoom(Hub(), folder, lambda: self.scene)

    def show(self, command: str, source: Path, song: Path | None = None, **knobs: Any) -> None:
        wire = {"command": command, "source": str(source), "song": song and str(song), "preset": "", "knobs": knobs}
        self.scene = Scene(command, "zoom" if song else None, values(**knobs), {**wire, "second": 0})
        self.room.look_changed()

    async def until(self, is_so: Callable[[dict[str, Any]], Any], seconds: float = 90) -> dict[str, Any]:
        """What a page is told, once it is so."""
        async with asyncio.timeout(seconds):
            while not is_so(told := self.room.snapshot()):
                await asyncio.sleep(0.02)
        return told

    async def sample(self, lane: str, first: int = 0, last: int = 10**6, pieces: int = 4000) -> Any:
        body = {"lane": lane, "first": first, "last": last, "pieces": pieces}
        return await self.room.sample(Ask(body, "tab"))


def played(folder: Path, talk: Callable[[Told], Any]) -> None:
    """Talk with a room that is ended afterwards."""

    async def play():
        told = Told(folder)
        try:
            await talk(told)
        finally:
            await told.room.stop()

    asyncio.run(play())


@pytest.fixture
def song(tmp_path):
    return clicks(tmp_path / "song.wav", [0.5 * number for number in range(1, 16)], 8)


def test_a_song_is_listened_to_while_the_page_works_and_only_once(tmp_path, song, seed):
    shelf = tmp_path / "songs"
    shelf.mkdir()

    async def talk(told: Told) -> None:
        others: dict[str, Any] = {"turn": {"sine": [0, 9], "period": "2s"}, "fps": 20, "tempo": 120}
        told.show("music", seed, song, strength=FOLLOW, **others)
        film = (await told.until(lambda told: told["film"]))["film"]
        assert (film["frames"], film["seconds"], film["fps"], film["sound"]) == (160, 8.0, 20.0, "song.wav")
        assert film["pulsed"] == ["step_size", "zoom"]
        assert (await told.sample("turn"))["own"]["highs"][5] == pytest.approx(9 * np.sin(np.pi / 4), abs=1e-3)
        assert (await told.sample("strength")).get("listening")
        await told.until(lambda told: told["heard"])
        marks = await told.room.marks(Ask({}, "tab"))
        assert marks["music"]["beats"][:2] == pytest.approx([0.5, 1.0], abs=0.05)
        drawn = await told.sample("strength", pieces=10)
        assert max(drawn["own"]["highs"]) == pytest.approx(1.0, abs=0.01)
        assert drawn["film"] is None
        assert len(drawn["own"]["frames"]) == 10
        assert max((await told.sample("turn"))["film"]["highs"]) > 20  # on a beat the pulse turns it 3.2 times as far
        told.show("music", seed, song, strength={**FOLLOW, "base": 1.5}, **others)
        assert min((await told.sample("strength"))["own"]["lows"]) >= 1.5
        assert told.room.snapshot()["version"] == marks["version"]  # beats lie where they lay

    async def again(told: Told) -> None:
        told.show("music", seed, song, strength=FOLLOW, fps=20, tempo=120)
        heard = []
        while not heard or not heard[-1]["heard"]:
            heard.append(await told.until(lambda now: now["film"]))
            await asyncio.sleep(0.02)
        assert not any(now["doing"] and now["doing"]["kind"] == "song" for now in heard)

    played(shelf, talk)
    (kept,) = shelf.glob("heard-*.npz")
    written = kept.stat().st_ctime_ns, kept.read_bytes()
    played(shelf, again)
    assert kept.read_bytes() == written[1]
    assert len([*shelf.glob("heard-*")]) == 1


def test_cuts_of_a_film_come_and_are_kept(tmp_path):
    shelf = tmp_path / "songs"
    shelf.mkdir()
    frames = panned(25, 64, 96)
    film = write_film(tmp_path / "cut.mp4", [*frames, *(255 - frame for frame in frames)])

    async def talk(told: Told) -> None:
        told.show("video", film, strength=KEYS, start="0.4")
        await told.until(lambda now: now["cuts_found"])
        rate = told.room.snapshot()["film"]["fps"]
        assert (await told.room.marks(Ask({}, "tab")))["cuts"] == pytest.approx([25 / rate - 0.4], abs=1e-3)

    played(shelf, talk)
    (kept,) = shelf.glob("cuts-*")
    written = kept.stat().st_mtime_ns
    played(shelf, talk)
    assert kept.stat().st_mtime_ns == written


def test_the_wave_is_served_by_its_key_and_by_no_path(tmp_path, song, seed):
    shelf = tmp_path / "songs"
    shelf.mkdir()

    async def talk(told: Told) -> None:
        told.show("music", seed, song, fps=20)
        wave = (await told.until(lambda now: now["wave"]))["wave"]
        client = TestClient(Starlette(routes=[*told.room.routes]))
        fine = client.get(f"/timeline/wave/{wave['key']}/0").content
        assert len(fine) == 2 * 8 * wave["rates"][0]
        assert np.abs(np.frombuffer(fine, np.int8)).max() > 50
        for wrong in (f"{wave['key']}/3", f"{wave['key']}/-1", "..%2f..%2fetc/0", "0" * 32 + "/0"):
            assert client.get(f"/timeline/wave/{wrong}").status_code == 404

    played(shelf, talk)


def test_a_look_that_cannot_be_made_says_why_and_the_next_one_is_drawn(tmp_path, seed):
    async def talk(told: Told) -> None:
        told.show("zoom", seed, strength={"keys": [["@chorus", 1]]})
        assert "--markers FILE" in (await told.until(lambda now: now["problem"]))["problem"]
        with pytest.raises(ConfigError):
            await told.sample("strength")
        told.show("zoom", seed, strength=KEYS, frames=60)
        now = await told.until(lambda now: now["film"])
        assert now["problem"] == ""
        assert [lane["id"] for lane in now["lanes"] if lane["shape"]] == ["strength"]
        assert (await told.sample("strength", 0, 59, 60))["own"]["lows"] == [1.0] * 60
        told.scene = Scene("image", values=values())
        told.room.look_changed()
        assert told.room.snapshot()["film"] is None
        assert not told.room.snapshot()["timed"]

    played(tmp_path, talk)


def test_a_child_that_dies_is_said_and_begun_again(tmp_path, seed):
    async def talk(told: Told) -> None:
        told.show("zoom", seed, strength=KEYS)
        await told.until(lambda now: now["film"])
        process = told.room._child._process
        assert process is not None
        process.kill()
        assert "killed" in (await told.until(lambda now: now["problem"]))["problem"]
        told.show("zoom", seed, strength=KEYS)
        await told.until(lambda now: not now["problem"])
        assert (await told.sample("strength"))["own"]

    played(tmp_path, talk)


WAVE = {"sine": [0, 1], "period": "2s"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", 1.5),
        ('{ sum = [1, { sine = [0, 1], period = "2s" }] }', {"sum": [1, WAVE]}),
    ],
)
def test_text_is_read_as_a_knob_reads_it(tmp_path, text, value):
    room = TimelineRoom(Hub(), tmp_path, lambda: Scene("image"))
    assert asyncio.run(room.read(Ask({"text": text}, "tab")))["value"] == value


@pytest.mark.parametrize("text", ["fast", "{ sum = [1,", '{ sine = [1], period = "2s" }', "{ sum = [] }", "nan", ""])
def test_text_that_is_no_curve_is_refused(tmp_path, text):
    room = TimelineRoom(Hub(), tmp_path, lambda: Scene("image"))
    with pytest.raises(ConfigError):
        asyncio.run(room.read(Ask({"text": text}, "tab")))
