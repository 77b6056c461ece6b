"""The studio's ground: what a page asks and is told, processes beside the server, and what is remembered."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from vidream.errors import ConfigError
from vidream.studio.app import make_app
from vidream.studio.child import Child
from vidream.studio.hub import Hub
from vidream.studio.room import Ask, Refusal, Room
from vidream.studio.state import State


class Echo(Room):
    name = "echo"

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    @property
    def actions(self):
        return {"say": self.say, "refuse": self.refuse}

    async def say(self, ask: Ask):
        self.hub.publish("echo", {"said": ask.text("word")})
        self.hub.picture(ask.tab, "echo", {"n": 1}, b"jpeg")
        return {"tab": ask.tab}

    async def refuse(self, ask: Ask):
        if ask.body.get("knob"):
            raise Refusal("strength must be a number", "strength")
        raise ConfigError("not so")

    def snapshot(self):
        return {"said": None}


@pytest.fixture
def client():
    hub = Hub()
    with TestClient(make_app([Echo(hub)], hub)) as client:
        yield client


def test_a_page_is_told_everything_when_it_comes_and_then_what_is_new(client):
    with client.websocket_connect("/socket?tab=one") as socket, client.websocket_connect("/socket?tab=two") as other:
        for each in (socket, other):
            assert each.receive_json() == {"room": "echo", "data": {"said": None}}
        answer = client.post("/do/echo/say?tab=one", json={"word": "hello"})
        assert answer.json() == {"tab": "one"}
        assert socket.receive_json() == other.receive_json() == {"room": "echo", "data": {"said": "hello"}}
        content = socket.receive_bytes()
        length = int.from_bytes(content[:4], "big")
        assert json.loads(content[4 : 4 + length]) == {"room": "echo", "n": 1}
        assert content[4 + length :] == b"jpeg"


def test_what_cannot_be_done_is_said_with_the_knob_that_it_is_about(client):
    answer = client.post("/do/echo/refuse", json={})
    assert (answer.status_code, answer.json()) == (422, {"problem": "not so", "knob": None})
    answer = client.post("/do/echo/refuse", json={"knob": True})
    assert answer.json() == {"problem": "strength must be a number", "knob": "strength"}


@pytest.mark.parametrize("content", ["[]", "{", '{"word": NaN}', "[" * 100_000, '"' + "x" * 2**20 + '"'])
def test_what_is_no_json_object_is_refused(client, content):
    answer = client.post("/do/echo/say", content=content)
    assert answer.status_code == 400
    assert answer.json()["problem"]


def test_what_nobody_does_is_not_found(client):
    for path in ("/do/echo/nothing", "/do/nobody/say", "/do/echo/__class__"):
        assert client.post(path, json={}).status_code == 404
    assert client.get("/do/echo/say").status_code == 405


@pytest.fixture
def echo_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The module of a child that answers; "die" ends it."""
    (tmp_path / "echo_work.py").write_text(
        "import sys\n"
        "def work(inbox, send):\n"
        "    print('a library that prints')\n"
        "    while True:\n"
        "        message, payload = inbox.wait()\n"
        "        if 'die' in message:\n"
        "            raise RuntimeError('a reason')\n"
        "        send({'answer': message}, payload * 2)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    return "echo_work"


def test_a_child_answers_says_why_it_died_and_is_started_again(echo_work):
    async def talk():
        heard: asyncio.Queue = asyncio.Queue()
        child = Child(echo_work, lambda message, payload: heard.put_nowait((message, payload)))
        assert child.pid is None
        for _ in range(2):
            await child.send({"say": "ä"}, b"xy")
            assert await asyncio.wait_for(heard.get(), 20) == ({"answer": {"say": "ä"}}, b"xyxy")
            await child.send({"die": True})
            message, _ = await asyncio.wait_for(heard.get(), 20)
            assert message["ended"] == "echo: stopped (RuntimeError: a reason); it starts again when it is needed"
        await child.send({"say": 1})
        await asyncio.wait_for(heard.get(), 20)
        pid = child.pid
        await child.close()
        assert heard.empty()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    asyncio.run(talk())


def test_a_room_finds_what_it_put(tmp_path):
    state = State(tmp_path)
    state.put("look", {"preset": "coral"})
    assert State(tmp_path).get("look") == {"preset": "coral"}
    assert State(tmp_path).get("queue", 7) == 7


def test_what_is_damaged_is_kept_aside(tmp_path):
    State(tmp_path).put("look", 1)
    file = tmp_path / ".vidream-studio" / "state.json"
    file.write_text("{")
    assert State(tmp_path).get("look") is None
    assert (tmp_path / ".vidream-studio" / "state.damaged.json").read_text() == "{"
