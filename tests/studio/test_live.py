"""The room of what is live: pages ask by ids, the child is told in words; pictures go to who watches, the newest."""

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from vidream.errors import ConfigError, InputError, RenderError
from vidream.studio.busy import Busy
from vidream.studio.hub import Hub
from vidream.studio.live import Live
from vidream.studio.live_stream import MOST, Streams
from vidream.studio.room import Ask
from vidream.studio.state import State

BOARD = {"kind": "board", "look": "your look", "looks": ["/f/looks/mine.toml", "kick"], "turned": [], "knobs": []}


class FakeChild:
    """Writes down what it is told, and answers at once."""

    pid = None

    def __init__(self, module, heard) -> None:
        self.module, self.heard = module, heard
        self.told: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self.closed = False

    async def send(self, message, payload=b""):
        self.told.append(message)
        answer = self.answers.get(message["do"], {})
        if answer is not None and "ask" in message:
            self.heard({"kind": "answer", "ask": message["ask"], "said": message["do"], **answer}, b"")

    async def close(self):
        self.closed = True


@dataclass
class FakeTable:
    root: Path
    kinds: dict[str, str] = field(default_factory=lambda: {"1": "film", "2": "picture", "3": "song"})

    def entry(self, file):
        if file not in self.kinds:
            raise InputError("this file is no longer in the folder; choose another")
        return type("Entry", (), {"name": f"{file}.x", "kind": self.kinds[file]})

    def path(self, file):
        return self.root / self.entry(file).name


class FakeLook:
    def __init__(self) -> None:
        self.knobs: dict[str, Any] = {"strength": 0.5}
        self.done: list[Any] = []
        self.heard = []

    def wire(self):
        return {"command": "video", "preset": "kick", "knobs": {**self.knobs}, "second": 1.0}

    def listen(self, heard):
        self.heard.append(heard)

    @property
    def actions(self):
        return {"set_many": self.do, "replace": self.do}

    async def do(self, ask):
        self.done.append(ask.body)


class Pages(Hub):
    """A hub whose pages are made up."""

    def __init__(self) -> None:
        super().__init__()
        self.there, self.published, self.pictures = {"a", "b"}, [], []

    @property
    def tabs(self):
        return {*self.there}

    def publish(self, room, data):
        self.published.append(data)

    def picture(self, tab, room, header, jpeg, slot=""):
        self.pictures.append((tab, jpeg))


class Scene:
    """A room, and all that is round it."""

    def __init__(self, folder: Path) -> None:
        self.hub, self.look, self.table = Pages(), FakeLook(), FakeTable(folder)
        self.made: list[FakeChild] = []
        self.busy = Busy()
        self.state = State(folder)
        self.room = self.live()

    def live(self):
        """A room of what is live; another one finds what was chosen in this one."""
        mine = ["looks/mine.toml"]
        return Live(self.hub, self.busy, self.state, self.table, self.look, lambda _: mine, child=self.make)

    def make(self, *given):
        self.made.append(FakeChild(*given))
        return self.made[-1]

    @property
    def child(self):
        return self.made[-1]

    async def do(self, action, tab="a", **body):
        return await self.room.actions[action](Ask(body, tab))

    async def begin(self, **source):
        await self.do("watch", on=True)
        await self.do("start", source={"kind": "file", "id": "1"} | source, rate=15, size=640)
        self.child.heard({"kind": "frame", "number": 0, "made": 1.0}, b"first")


def run(scenario):
    """Run it, and let what was begun beside it end."""

    async def whole():
        await scenario
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(whole())


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path)


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ({"kind": "file", "id": "1"}, "FOLDER/1.x"),
        ({"kind": "file", "id": "2"}, "FOLDER/2.x"),
        ({"kind": "camera", "camera": 1}, "camera:1"),
        ({"kind": "camera"}, "camera:0"),
        ({"kind": "screen"}, "screen"),
        ({"kind": "noise"}, "noise"),
    ],
)
def test_what_is_chosen_is_played(scene, tmp_path, source, word):
    run(scene.do("start", source=source, rate=25, size=960))
    (told,) = scene.child.told
    assert told["source"] == word.replace("FOLDER", str(tmp_path))
    assert told["run"] == {"rate": "25", "size": "960max"}
    assert told["look"] == {"preset": "kick", "knobs": {"strength": 0.5}}
    assert told["saved"] == [str(tmp_path / "looks/mine.toml")]
    assert told["ears"] is None
    assert scene.hub.published[-1]["phase"] == "starting"
    assert "dream is live" in scene.hub.busy
    assert scene.busy
    assert scene.live().snapshot()["chosen"] == {"source": source, "rate": 25, "size": 960, "ears": {"kind": "off"}}


@pytest.mark.parametrize(
    "source",
    [
        None, "camera", "http://elsewhere/x.mp4", {"kind": "http://elsewhere"}, {"kind": "file", "id": "/etc/passwd"},
        {"kind": "file", "id": "3"}, {"kind": "file", "id": 1}, {"kind": "camera", "camera": "/dev/sda"},
        {"kind": "camera", "camera": -1}, {"kind": "-"}, {"kind": "screen:9x9"}, {"kind": "file"},
    ],
)  # fmt: skip
def test_no_address_and_no_path_is_ever_played(scene, source):
    with pytest.raises((ConfigError, InputError)) as caught:
        run(scene.do("start", source=source, rate=15, size=640))
    assert "\n" not in str(caught.value)
    assert not scene.child.told
    assert scene.room.snapshot()["phase"] == "off"


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"rate": 1e9}, {"size": 99999}, {"rate": "15; rm"}, {"size": True}])
def test_a_rate_and_a_size_have_bounds(scene, wrong):
    with pytest.raises(ConfigError):
        run(scene.do("start", **{"source": {"kind": "noise"}, "rate": 15, "size": 640} | wrong))


def test_pictures_go_to_the_pages_that_watch_and_nothing_is_encoded_for_nobody(scene):
    async def scenario():
        await scene.do("watch", tab="a", on=True)
        await scene.begin()
        assert scene.hub.pictures == [("a", b"first")]
        await scene.do("watch", tab="b", on=True)
        scene.child.heard({"kind": "frame"}, b"second")
        assert {*scene.hub.pictures[1:]} == {("a", b"second"), ("b", b"second")}
        await scene.do("watch", tab="a", on=False)
        scene.hub.there = {"a"}  # b was closed
        scene.child.heard({"kind": "frame"}, b"third")
        await asyncio.sleep(0)
        assert scene.child.told[-1] == {"do": "watch", "on": False}
        await scene.do("watch", tab="a", on=True)
        await asyncio.sleep(0)
        assert scene.child.told[-1] == {"do": "watch", "on": True}

    run(scenario())


def test_the_board_is_told_without_paths_and_looks_are_played_by_numbers(scene):
    async def scenario():
        await scene.begin()
        scene.child.heard(BOARD, b"")
        board = scene.room.snapshot()["board"]
        assert (board["look"], board["looks"], board["playing"]) == ("your look", ["mine", "kick"], 0)
        for number, look in enumerate(("your look", "/f/looks/mine.toml", "kick")):
            await scene.do("play", number=number)
            assert scene.child.told[-1]["look"] == look
        with pytest.raises(ConfigError, match="there are 2"):
            await scene.do("play", number=3)

    run(scenario())


def test_what_is_tuned_in_the_page_is_played_and_what_is_only_looked_at_is_not(scene):
    async def scenario():
        await scene.begin()
        before = len(scene.child.told)
        scene.look.heard[0](None)  # another second is shown
        await asyncio.sleep(0)
        assert len(scene.child.told) == before
        scene.look.knobs["strength"] = 0.75
        scene.look.heard[0](None)
        await asyncio.sleep(0.01)
        assert scene.child.told[-1]["look"] == {"preset": "kick", "knobs": {"strength": 0.75}}
        scene.child.answers["look"] = {"problem": "vgg16: is not on this machine"}
        scene.look.knobs["network"] = "vgg16"
        scene.look.heard[0](None)
        await asyncio.sleep(0.01)
        assert scene.room.snapshot()["tune_problem"] == "vgg16: is not on this machine"

    run(scenario())


def test_a_look_changed_while_the_last_change_is_taken_is_not_lost(scene):
    async def scenario():
        await scene.begin()
        scene.child.answers["look"] = None  # slow
        for strength in (0.6, 0.7, 0.8):
            scene.look.knobs["strength"] = strength
            scene.look.heard[0](None)
            await asyncio.sleep(0)
        looks = [told for told in scene.child.told if told["do"] == "look"]
        assert len(looks) == 1  # the newest waits
        scene.child.answers["look"] = {}
        scene.child.heard({"kind": "answer", "ask": looks[0]["ask"], "said": ""}, b"")
        await asyncio.sleep(0.01)
        looks = [told for told in scene.child.told if told["do"] == "look"]
        assert [told["look"]["knobs"]["strength"] for told in looks] == [0.6, 0.8]

    run(scenario())


def test_what_was_turned_is_kept_in_the_look_of_the_page(scene, tmp_path):
    async def scenario():
        await scene.begin()
        scene.child.answers["kept"] = {"said": {"look": "your look", "knobs": {"step_size": 3}}}
        assert await scene.do("keep") == {"knobs": ["step_size"], "look": "your look"}
        assert scene.look.done == [{"knobs": {"step_size": 3}}]
        for look, preset in (("kick", "kick"), (str(tmp_path / "looks/mine.toml"), "looks/mine.toml")):
            scene.child.answers["kept"] = {"said": {"look": look, "knobs": {}}}
            await scene.do("keep")
            assert scene.look.done[-1] == {"preset": preset, "knobs": {}}

    run(scenario())


def test_ears_are_a_device_or_a_song_of_the_folder(scene, tmp_path):
    async def scenario():
        await scene.begin()
        for ears, word in (
            ({"kind": "microphone"}, "microphone"),
            ({"kind": "file", "id": "3"}, str(tmp_path / "3.x")),
        ):
            await scene.do("ears", **ears)
            assert scene.child.told[-1]["words"] == word
        for wrong in ({"kind": "Scarlett"}, {"kind": "file", "id": "../x"}, {"kind": "file"}):
            with pytest.raises((ConfigError, InputError)):
                await scene.do("ears", **wrong)

    run(scenario())


def test_a_recording_lies_in_the_folder_under_a_name_of_ours(scene, tmp_path):
    async def scenario():
        await scene.begin()
        await scene.do("record", on=True)
        path = Path(scene.child.told[-1]["path"])
        assert path.parent == tmp_path
        assert path.suffix == ".mp4"
        scene.child.heard({"kind": "recording", "path": str(path)}, b"")
        assert scene.room.snapshot()["recording"] == path.name
        await scene.do("record", on=False)
        assert scene.child.told[-1]["path"] is None
        scene.child.heard({"kind": "recorded", "path": str(path), "problem": ""}, b"")
        assert (scene.room.snapshot()["recording"], scene.room.snapshot()["recorded"]["path"]) == (None, path.name)

    run(scenario())


def test_a_child_that_dies_is_said_and_another_dream_may_begin(scene):
    async def scenario():
        await scene.begin()
        scene.child.answers["turn"] = None
        asked = asyncio.create_task(scene.do("turn", knob="strength", value=1))
        await asyncio.sleep(0)
        scene.child.heard({"ended": "live: was killed"}, b"")
        with pytest.raises(ConfigError, match="was killed"):
            await asked
        assert (scene.room.snapshot()["phase"], scene.room.snapshot()["problem"]) == ("off", "live: was killed")
        assert (scene.hub.busy, bool(scene.busy)) == ("", False)
        with pytest.raises(ConfigError, match="start it first"):
            await scene.do("order", order="tap")
        await scene.begin()
        assert (scene.room.snapshot()["phase"], scene.room.snapshot()["problem"]) == ("playing", "")

    run(scenario())


def test_the_end_of_an_earlier_dream_is_not_that_of_this_one(scene):
    async def scenario():
        await scene.begin()
        first = scene.child.told[0]["ask"]
        await scene.begin(id="2")
        scene.child.heard({"kind": "over", "run": first, "problem": "of the first"}, b"black")
        assert scene.room.snapshot()["phase"] == "playing"
        scene.child.heard({"kind": "over", "run": scene.child.told[-1]["ask"], "problem": "none.mp4: gone"}, b"black")
        assert (scene.room.snapshot()["phase"], scene.room.snapshot()["problem"]) == ("off", "none.mp4: gone")

    run(scenario())


def test_a_child_that_does_not_answer_is_said(scene, monkeypatch):
    monkeypatch.setattr("vidream.studio.live_child.PATIENCE", 0.05)

    async def scenario():
        await scene.begin()
        scene.child.answers["order"] = None
        with pytest.raises(RenderError, match="does not answer"):
            await scene.do("order", order="tap")

    run(scenario())


# --- streams


@asynccontextmanager
async def served(streams):
    """A server of streams alone, and what asks it: a reader and a writer, after the head of the answer."""
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=[streams.route]), port=0, lifespan="off", log_config=None, http="h11")
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    writers = []

    async def ask(path):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
        writers.append(writer)
        writer.write(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1]), head.decode(), reader, writer

    try:
        yield ask
    finally:
        for writer in writers:
            writer.close()
        server.should_exit = server.force_exit = True
        await task


async def until(fits):
    end = time.monotonic() + 20
    while not fits():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def next_picture(reader):
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return await asyncio.wait_for(reader.readexactly(length), 20)


def test_a_stream_is_pictures_each_in_the_place_of_the_one_before():
    async def scenario():
        streams = Streams()
        async with served(streams) as ask:
            streams.show(b"one")
            status, head, reader, writer = await ask(streams.address)
            assert status == 200
            assert "content-type: multipart/x-mixed-replace; boundary=vidream" in head.lower()
            assert b"one" in await asyncio.wait_for(reader.readuntil(b"one\r\n"), 20)
            streams.show(b"two")
            assert b"two" in await asyncio.wait_for(reader.readuntil(b"two\r\n"), 20)
            assert streams.count == 1
            writer.close()
            await until(lambda: streams.count == 0)

    asyncio.run(scenario())


def test_a_stream_opens_by_its_own_key_alone_and_a_new_key_ends_the_old_one():
    async def scenario():
        streams = Streams()
        async with served(streams) as ask:
            for path in ("/stream/x", f"{streams.address}x", f"/stream/{streams.key[:-1]}", "/stream/%00"):
                assert (await ask(path))[0] == 403
            streams.show(b"one")
            address = streams.address
            _, _, reader, _ = await ask(address)
            await asyncio.wait_for(reader.readuntil(b"one\r\n"), 20)
            streams.renew()
            await asyncio.wait_for(reader.read(), 20)  # it ends
            assert (await ask(address))[0] == 403
            assert (await ask(streams.address))[0] == 200

    asyncio.run(scenario())


def test_so_many_may_read_and_no_more():
    async def scenario():
        streams = Streams()
        async with served(streams) as ask:
            writers = [(await ask(streams.address))[3] for _ in range(MOST)]
            await until(lambda: streams.count == MOST)
            assert (await ask(streams.address))[0] == 503
            writers[0].close()
            await until(lambda: streams.count == MOST - 1)
            assert (await ask(streams.address))[0] == 200

    asyncio.run(scenario())


def test_who_reads_slowly_gets_the_newest_and_holds_nobody_up():
    async def scenario():
        streams = Streams()
        async with served(streams) as ask:
            _, _, slow, _ = await ask(streams.address)
            _, _, quick, _ = await ask(streams.address)
            seen = []

            async def read():
                while b"199" not in seen[-1:]:
                    head = await quick.readuntil(b"\r\n\r\n")
                    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                    seen.append((await quick.readexactly(length))[:3])

            reading = asyncio.create_task(read())
            for number in range(200):
                streams.show(f"{number:03}".encode() + bytes(200_000))
                await asyncio.sleep(0.005)
            await asyncio.wait_for(reading, 30)
            got = []
            while b"199" not in got[-1:]:
                head = await asyncio.wait_for(slow.readuntil(b"\r\n\r\n"), 20)
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                got.append((await slow.readexactly(length))[:3])
            assert got == sorted(got)
            assert len(got) < 100 < len(seen)

    asyncio.run(scenario())


def test_who_takes_nothing_at_all_is_hung_up_on(monkeypatch):
    monkeypatch.setattr("vidream.studio.live_stream.STUCK", 0.2)

    async def scenario():
        streams = Streams()
        async with served(streams) as ask:
            await ask(streams.address)
            end = time.monotonic() + 20
            begun = False
            while streams.count or not begun:
                begun = begun or streams.count == 1
                streams.show(bytes([int(time.monotonic() * 100) % 256]) * 2_000_000)
                await asyncio.sleep(0.02)
                assert time.monotonic() < end

    asyncio.run(scenario())
