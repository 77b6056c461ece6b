"""The process that plays: pictures come, the newest alone; what pages do reaches the board; what is wrong is said."""

import io
import queue
import threading
import time
from contextlib import suppress
from typing import cast

import numpy as np
import pytest
from PIL import Image

from vidream.frames import Size
from vidream.live.output import Shown
from vidream.studio.child import Closed, Inbox
from vidream.studio.live_look import YOURS
from vidream.studio.live_output import PageOutput
from vidream.studio.live_work import work

PATIENCE = 60.0


class Server:
    """What the child sees of the server: an inbox that is written to, and what was sent."""

    def __init__(self) -> None:
        self.said: queue.SimpleQueue = queue.SimpleQueue()
        self.seen: list[tuple[dict, bytes]] = []
        self.came = threading.Condition()
        self.asks = 0
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        with suppress(Closed):
            work(cast(Inbox, self), self.send)

    def wait(self):
        message = self.said.get()
        if message is None:
            raise Closed
        return message, b""

    def send(self, message, payload=b""):
        with self.came:
            self.seen.append((message, payload))
            self.came.notify_all()

    def find(self, fits):
        """The first message that fits, and its payload, as soon as there is one."""
        with self.came:
            assert self.came.wait_for(lambda: any(fits(message) for message, _ in self.seen), PATIENCE), self.seen[-5:]
            return next(each for each in self.seen if fits(each[0]))

    def next(self, kind, fits=lambda message: True):
        """The next message of a kind that fits, from now on."""
        with self.came:
            first = len(self.seen)

            def new():
                return [each for each in self.seen[first:] if each[0]["kind"] == kind and fits(each[0])]

            assert self.came.wait_for(new, PATIENCE), (kind, self.seen[-5:])
            return new()[0]

    def do(self, what, **more):
        """What is answered."""
        self.asks += 1
        ask = self.asks
        self.said.put({"do": what, "ask": ask, **more})
        return self.find(lambda message: message["kind"] == "answer" and message["ask"] == ask)[0]

    def close(self):
        self.said.put(None)
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


def look(tiny, **knobs):
    return {"preset": "", "knobs": tiny | knobs}


def begin(server, source, tiny, others=None, **more):
    run = {"rate": 20, "dream_size": 64, "least_size": 64, "size": "64"}
    asked = {"source": str(source), "look": look(tiny), "saved": [], "run": run}
    return server.do("start", **asked | more | (others or {}))


def picture(payload):
    return np.asarray(Image.open(io.BytesIO(payload)))


def board_of(server, fits=lambda board: True):
    return server.find(lambda message: message["kind"] == "board" and fits(message))[0]


def knob(board, name):
    return next(each for each in board["knobs"] if each["name"] == name)


def test_pictures_come_and_what_a_page_does_reaches_the_board(server, clip, tiny):
    begin(server, clip, tiny)
    frame, jpeg = server.find(lambda message: message["kind"] == "frame")
    assert picture(jpeg).shape == (48, 64, 3)
    assert 0 <= time.monotonic() - frame["made"] < 30
    assert frame["beat"] == [0.0, pytest.approx(frame["beat"][1]), 4]
    board = board_of(server)
    assert board["look"] == YOURS
    assert knob(board, "strength") == {
        "name": "strength", "value": 1.0, "low": 0, "high": 2, "whole": False, "turned": False,
    }  # fmt: skip
    assert server.do("turn", name="strength", value=0.5)["said"] == "strength 0.5"
    assert knob(board_of(server, lambda board: "strength" in board["turned"]), "strength")["value"] == 0.5
    assert server.do("order", order="strength up 0.1")["said"] == "strength 0.6"
    assert "must be a number from 0 to 10, not 11" in server.do("turn", name="strength", value=11)["problem"]
    assert server.do("key", key="b")["said"] == "black on"
    server.next("frame")  # one may have been on its way
    assert picture(server.next("frame")[1]).max() < 8
    for _ in range(3):
        server.do("key", key="space")
    server.next("frame", lambda frame: frame["beat"][0] > 0)
    assert server.next("status")[0]["rate"] > 0
    server.do("stop")
    over, black = server.find(lambda message: message["kind"] == "over")
    assert over["problem"] == ""
    assert picture(black).max() == 0
    assert "start it first" in server.do("turn", name="strength", value=1)["problem"]


def test_looks_by_buttons_and_the_look_of_the_page(server, clip, tiny, tmp_path):
    mine, wrong = tmp_path / "mine.toml", tmp_path / "wrong.toml"
    mine.write_text("strength = 0.25\n")
    wrong.write_text("strength = 99\n")
    begin(server, clip, tiny, saved=[str(wrong), str(mine)])
    board = board_of(server)
    assert board["looks"][0] == str(mine)
    assert "animals" in board["looks"]
    assert "wrong.toml" in server.find(lambda message: message["kind"] == "note" and message["warning"])[0]["text"]
    server.do("turn", name="step size", value=3)
    assert server.do("kept")["said"] == {"look": YOURS, "knobs": {"step_size": 3.0}}
    server.do("look", look=look(tiny, strength=0.75))
    board = board_of(server, lambda board: knob(board, "strength")["value"] == 0.75)
    assert board["turned"] == ["step_size"]
    server.do("play", look=str(mine))
    assert board_of(server, lambda board: board["look"] == str(mine))["turned"] == []
    server.do("play", look=YOURS)
    server.do("turn", name="layer block3", value=0.5)
    assert server.do("kept")["said"] == {"look": YOURS, "knobs": {"layer": ["block3=0.5"]}}
    assert "no such look" in server.do("play", look="../mine.toml")["problem"]
    assert "must be" in server.do("look", look=look(tiny, strength=99))["problem"]


def test_knobs_that_a_live_dream_has_not_are_left_out_and_that_is_said(server, clip, tiny):
    begin(server, clip, tiny, look=look(tiny, fps=12, zoom=2, duration="3s"))
    note = server.find(lambda message: message["kind"] == "note")[0]["text"]
    assert note.startswith("--fps, --zoom, --duration: left out")
    server.find(lambda message: message["kind"] == "frame")


def test_a_recording_begins_and_ends_while_it_plays(server, clip, tiny, tmp_path):
    path = tmp_path / "show.mp4"
    begin(server, clip, tiny)
    server.find(lambda message: message["kind"] == "frame")
    server.do("record", path=str(path))
    for _ in range(4):
        server.next("frame")
    assert "exists" in str(server.do("record", path=str(path))) or "is there already" in str(server.seen[-1])
    recorded = server.find(lambda message: message["kind"] == "recorded")[0]
    assert (recorded["path"], recorded["problem"]) == (str(path), "")
    assert path.stat().st_size > 1000
    server.next("frame")


def test_ears_are_opened_while_it_plays_and_what_is_wrong_with_them_is_said(server, clip, tiny, tmp_path):
    begin(server, clip, tiny, ears=str(tmp_path / "none.wav"))
    problem = server.find(lambda message: message["kind"] == "ears" and message.get("problem"))[0]
    assert "none.wav" in problem["problem"]
    server.do("ears", words=None)
    server.find(lambda message: message == {"kind": "ears", "state": "off"})


@pytest.mark.parametrize(("more", "said"), [({"source": "none.mp4"}, "none.mp4"), ({"run": {"rate": 0}}, "rate")])
def test_what_cannot_be_is_said_and_another_dream_may_begin(server, clip, tiny, more, said):
    begin(server, clip, tiny, more)
    assert said in server.find(lambda message: message["kind"] == "over")[0]["problem"]
    begin(server, clip, tiny)
    server.find(lambda message: message["kind"] == "frame")


def test_what_nobody_knows_is_said_and_ends_nothing(server):
    assert "KeyError" in server.do("dance")["problem"]
    assert server.do("watch", on=False)["said"] == "not watched"


def test_the_newest_frame_counts_while_the_server_is_slow():
    sent, slow, begun = [], threading.Event(), threading.Event()

    def send(message, payload=b""):
        begun.set()
        slow.wait(PATIENCE)
        sent.append(message)

    output = PageOutput(Size(8, 8), 15.0, send, dict)
    pixels = np.zeros((8, 8, 3), np.uint8)
    output.show(Shown(pixels, 0, 0.0))
    assert begun.wait(PATIENCE)
    for number in range(1, 50):
        output.show(Shown(pixels, number, number / 15))
    slow.set()
    end = time.monotonic() + PATIENCE
    while len(sent) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    output.close()
    assert [message["number"] for message in sent] == [0, 49]
    assert sent[-1]["skipped"] == 48


def test_nothing_is_encoded_while_nobody_watches():
    sent = []
    told = threading.Event()
    output = PageOutput(Size(8, 8), 15.0, lambda *message: sent.append(message), lambda: told.set() or {})
    output.watched = False
    output.show(Shown(np.zeros((8, 8, 3), np.uint8), 0, 0.0))
    assert told.wait(PATIENCE)
    output.close()
    assert sent == []
