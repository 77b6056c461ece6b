"""What goes wrong in a room is said on the page, stops nothing else, and loses nothing of a person's."""

import asyncio
import errno
import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from vidream.config import toml
from vidream.errors import ConfigError, MediaError
from vidream.studio import album, facts, look_files
from vidream.studio.app import make_app
from vidream.studio.child import Child
from vidream.studio.files import Files
from vidream.studio.folder import Folder
from vidream.studio.hub import MOST_CHARACTERS, Hub, Tab
from vidream.studio.job_text import job_table, split
from vidream.studio.look_files import look_path
from vidream.studio.queue import queue_of
from vidream.studio.queue_desk import Desk
from vidream.studio.queue_file import Aside, change
from vidream.studio.queue_place import QueuePlace
from vidream.studio.room import Room
from vidream.studio.state import State


class Faulty(Room):
    name = "faulty"

    @property
    def actions(self):
        return {"write": self.write, "slip": self.slip}

    async def write(self, _):
        raise OSError(errno.ENOSPC, "No space left on device", "/home/me/secret/wanted.json")

    async def slip(self, _):
        raise KeyError("second")


def test_a_full_disk_and_a_fault_of_ours_are_said_in_words():
    with TestClient(make_app([Faulty()], Hub())) as client:
        answer = client.post("/do/faulty/write", json={})
        assert (answer.status_code, answer.json()["problem"]) == (
            422,
            "wanted.json: No space left on device; make room on the disk",
        )
        answer = client.post("/do/faulty/slip", json={})
        assert answer.status_code == 500
        assert "a fault of the studio (KeyError: 'second')" in answer.json()["problem"]


def refuse(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_picture_that_cannot_be_kept_and_a_file_that_breaks_us_stop_no_look_into_the_folder(tmp_path, monkeypatch):
    (tmp_path / "cat.png").write_bytes((Path(__file__).parents[2] / "samples" / "cat.png").read_bytes())
    room = Files(Folder(tmp_path), Hub(), State(tmp_path))
    (entry,) = room._album.unknown()
    monkeypatch.setattr(facts, "write_file", refuse)
    room._album.look(entry)
    assert room.snapshot()["files"][0]["width"] == 451
    monkeypatch.setattr(album, "look_at", lambda *_: {"y": 1}["x"])
    room._album.look(entry)
    assert room.snapshot()["files"][0]["problem"] == "cannot be looked at: 'x'"


def test_who_looks_into_the_folder_goes_on_after_a_fault(tmp_path, monkeypatch):
    async def watch():
        monkeypatch.setattr("vidream.studio.files.EVERY", 0.01)
        room, again = Files(Folder(tmp_path), Hub(), State(tmp_path)), asyncio.Event()
        looks = iter([ValueError("once")])

        async def look():
            for error in looks:
                raise error
            again.set()

        monkeypatch.setattr(room, "look", look)
        await room.start()
        await asyncio.wait_for(again.wait(), 20)
        await room.stop()

    asyncio.run(watch())


@pytest.fixture
def desk(tmp_path):
    state = State(tmp_path)
    place = QueuePlace(tmp_path, state.folder_of("queue"))
    change(place, lambda file: file.added([job_table({"command": "video", "source": "a.mp4", "output": "b.mp4"})]))
    return Desk(place, state)


def test_a_film_that_is_cancelled_is_known_before_it_goes_out_of_the_file(desk, tmp_path):
    with desk.put_aside(Aside("b.mp4", "[[job]]", {})):
        assert State(tmp_path).get("queue")["asides"] == [{"key": "b.mp4", "text": "[[job]]", "about": {}}]


def test_a_film_that_cannot_be_taken_out_of_the_file_is_not_cancelled(desk, tmp_path, monkeypatch):
    monkeypatch.setattr("vidream.studio.queue_file.write_file", refuse)
    with pytest.raises(MediaError), desk.put_aside(Aside("b.mp4", "[[job]]", {})):
        desk.change(lambda file: file.without(1))
    assert desk.asides == []
    assert State(tmp_path).get("queue")["asides"] == []


def test_the_queue_says_what_is_wrong_with_its_folder_and_looks_on(tmp_path, monkeypatch):
    async def watch():
        monkeypatch.setattr("vidream.studio.queue.EVERY", 0.01)
        room = queue_of(Folder(tmp_path), Hub(), State(tmp_path), dict)
        looked, looks = asyncio.Event(), iter([OSError(errno.ENOENT, "gone")])

        def look(_):
            for error in looks:
                raise error
            looked.set()
            return False, False

        monkeypatch.setattr(room._desk, "look", look)
        await room.start()
        await asyncio.wait_for(looked.wait(), 20)
        assert "gone" in room._desk.problem
        await room.stop()

    asyncio.run(watch())


def test_several_jobs_are_taken_out_at_once():
    file = split("# mine\n").added(job_table({"output": f"{name}.mp4"}) for name in "abc")
    left = file.without(1, 3)
    assert [left.job(1).strip(), len(left.jobs)] == ['[[job]]\noutput = "b.mp4"', 1]
    assert left.text.startswith("# mine\n")


def test_what_is_remembered_is_written_beside_the_pages_and_the_newest_stays(tmp_path, monkeypatch):
    threads = []
    real = State._write

    def write(state, *arguments):
        threads.append(threading.current_thread())
        real(state, *arguments)

    async def remember():
        monkeypatch.setattr(State, "_write", write)
        monkeypatch.setattr("vidream.studio.state.DELAY", 0)
        state = State(tmp_path)
        state.put("look", 1)
        while not threads:
            await asyncio.sleep(0.01)
        state.put("look", 2)
        older = state._content()
        state.put("look", 3)
        state.flush()
        real(state, *older)

    asyncio.run(remember())
    assert threads[0] is not threading.main_thread()
    assert State(tmp_path).get("look") == 3


@pytest.mark.parametrize(
    "name",
    [
        *("../x.toml", "looks/../x.toml", "looks//x.toml", "./x.toml", ".x.toml", "other/x.toml", "x", ""),
        *("ä" * 250 + ".toml", "\0.toml", "link.toml"),
    ],
)
def test_a_look_is_found_by_its_name_alone(tmp_path, name):
    root = tmp_path / "root"
    for folder in (tmp_path, root, root / "looks", root / "other"):
        folder.mkdir(exist_ok=True)
        (folder / "x.toml").write_text("strength = 0.5\n")
    (root / ".x.toml").write_text("strength = 0.5\n")
    (root / "link.toml").symlink_to(tmp_path / "x.toml")
    assert look_path(root, "x.toml") == root / "x.toml"
    assert look_path(root, "looks/x.toml") == root / "looks" / "x.toml"
    with pytest.raises(ConfigError, match="no look of the studio's folder"):
        look_path(root, name)


def test_no_other_look_is_read_when_one_is_used(tmp_path, monkeypatch):
    for name in ("x.toml", "y.toml"):
        (tmp_path / name).write_text("strength = 0.5\n")
    read, real = [], toml.read_toml
    monkeypatch.setattr(look_files, "read_toml", lambda path, name: read.append(name) or real(path, name))
    look_path(tmp_path, "x.toml")
    assert read == ["x.toml"]


def test_a_fault_in_what_hears_a_child_does_not_make_us_deaf(tmp_path, monkeypatch):
    (tmp_path / "two_work.py").write_text(
        "def work(inbox, send):\n    send({'n': 1})\n    send({'n': 2})\n    inbox.wait()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")

    async def talk():
        heard = asyncio.Queue()

        def hear(message, _):
            heard.put_nowait(message)
            assert message["n"] != 1

        child = Child("two_work", hear)
        await child.send({})
        assert [await asyncio.wait_for(heard.get(), 30) for _ in range(2)] == [{"n": 1}, {"n": 2}]
        await child.close()

    asyncio.run(talk())


def test_a_page_that_sleeps_takes_no_endless_memory():
    tab = Tab("one", None)
    tab.text("x" * (MOST_CHARACTERS - 1))
    assert not tab.overflown
    tab.text("xx")
    assert tab.overflown
