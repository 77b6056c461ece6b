"""What is dropped on the studio comes in whole, under our name, over nothing; what cannot be read leaves nothing."""

import asyncio
import json
import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from vidream.errors import InputError, MediaError
from vidream.studio import upload as module
from vidream.studio.app import make_app
from vidream.studio.files import Files
from vidream.studio.folder import MOST, Folder, id_of
from vidream.studio.hub import Hub
from vidream.studio.state import State
from vidream.studio.upload import LARGEST, Uploads, our_name

SAMPLES = Path(__file__).parents[2] / "samples"
CAT = (SAMPLES / "cat.png").read_bytes()
BYTES = {"content-type": "application/octet-stream"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """FOLDER, empty."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def ask(home: Path) -> Callable:
    """Ask the room of FOLDER as it is now: (method, address, ...) -> the answer."""

    def asking(method: str, address: str, **options):
        hub = Hub()
        room = Files(Folder(home), hub, State(home))
        with TestClient(make_app([room], hub)) as client:
            return client.request(method, address, **options)

    return asking


def uploads(home: Path) -> Uploads:
    kept = home / ".vidream-studio"
    kept.mkdir(exist_ok=True)
    return Uploads(Folder(home), kept)


def put(ask: Callable, name: str, content: bytes, size: int | None = None):
    address = {"name": name, "size": len(content) if size is None else size}
    return ask("PUT", "/files/upload", params=address, content=content, headers=BYTES)


def lying(home: Path) -> dict[str, bytes]:
    """What a person finds in FOLDER, and what is left half in the studio's own."""
    halves = home / ".vidream-studio" / "files" / "uploads"
    found = [
        *(path for path in home.iterdir() if path.name != ".vidream-studio"),
        *(halves.iterdir() if halves.exists() else ()),
    ]
    return {path.name: path.read_bytes() for path in found}


def test_a_picture_a_film_and_a_song_come_whole_and_are_known(ask, home):
    for name, kind in (("cat.png", "picture"), ("city_tiny.mp4", "film"), ("groove120.mp3", "song")):
        content = (SAMPLES / name).read_bytes()
        answer = put(ask, name, content)
        assert answer.status_code == 200
        came = answer.json()
        assert (came["name"], came["kind"], came["id"], came["problem"]) == (name, kind, id_of(name), "")
        assert (home / name).read_bytes() == content
        assert ask("GET", f"/files/{kind}/{came['id']}").content == content
        if kind != "song":
            small = ask("GET", came["thumb"])
            assert small.content[:3] == b"\xff\xd8\xff"
            assert "immutable" in small.headers["cache-control"]
    assert {*lying(home)} == {"cat.png", "city_tiny.mp4", "groove120.mp3"}


def test_nothing_is_ever_replaced(ask, home):
    (home / "cat.png").write_bytes(b"mine")
    (home / "cat-2.png").symlink_to("nowhere")
    assert put(ask, "cat.png", CAT).json()["name"] == "cat-3.png"
    assert (home / "cat.png").read_bytes() == b"mine"
    assert (home / "cat-2.png").is_symlink()
    assert (home / "cat-3.png").read_bytes() == CAT


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ("cat.PNG", "cat.png"),
        ("../../etc/cron.png", "cron.png"),
        ("..\\..\\windows\\a.png", "a.png"),
        ("/etc/passwd.png", "passwd.png"),
        ("C:\\a.png", "a.png"),
        (".hidden.png", "hidden.png"),
        ("...png.png", "png.png"),
        ("-rf.png", "_-rf.png"),
        ("CON.png", "CON_.png"),
        ("a\x00b\nc.png", "a_b_c.png"),
        ('a:*?"<>|b.png', "a_b.png"),
        ("frames%05d.png", "frames_05d.png"),
        ("Ünïcode 日本.png", "Ünïcode 日本.png"),
        ("  .png", "_.png"),
        ("a.png/", None),
        ("a.svg", None),
        ("a.html", None),
        ("a.mp4.exe", None),
        ("a", None),
        (".png", None),
        ("", None),
        ("..", None),
    ],
)
def test_names_are_ours(given: str, ours: str | None):
    if ours is None:
        with pytest.raises(InputError, match="convert it first"):
            our_name(given)
    else:
        assert our_name(given) == ours
        assert our_name(ours) == ours


def test_a_long_name_fits():
    name = our_name("ä" * 5000 + ".png")
    assert name.endswith(".png")
    assert len(name.encode()) <= 255


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.mp4", b"nothing", "a.mp4: not a film that can be read"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "a.png: "),
        ("a.png", CAT[: len(CAT) // 2], "a.png: "),
        ("a.mp3", b"nothing", "a.mp3: has no sound that can be read"),
        ("a.mp4", CAT, "a.mp4: "),
        ("a.mp4", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/x.ts\n", "a.mp4: "),
        ("a.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n", "a.mp4: "),
        ("a.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "a.png: "),
    ],
)
def test_what_the_engine_cannot_read_is_refused_in_its_words_and_gone(ask, home, name, content, words):
    answer = put(ask, name, content)
    assert answer.status_code == 422
    problem = answer.json()["problem"]
    assert problem.startswith(words)
    assert "\n" not in problem
    assert ".vidream" not in problem
    assert not lying(home)
    assert json.loads((home / ".vidream-studio" / "files" / "uploads.json").read_text()) == []


def test_too_large_is_said_before_a_byte_is_read(ask, home):
    async def never():
        raise AssertionError("its body was asked for")

    for headers, size in ((BYTES, LARGEST + 1), ({**BYTES, "content-length": str(LARGEST + 1)}, 1)):
        hub = Hub()
        room = Files(Folder(home), hub, State(home))
        sent = []

        async def send(message, sent=sent):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "PUT",
            "path": "/files/upload",
            "query_string": f"name=a.mp4&size={size}".encode(),
            "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
        }
        asyncio.run(make_app([room], hub)(scope, never, send))
        assert sent[0]["status"] == 413
        assert (b"connection", b"close") in sent[0]["headers"]
        assert b"larger than the 3 GB" in sent[1]["body"]
    assert not lying(home)


def test_a_file_of_4_gb_is_larger_than_what_is_taken():
    assert LARGEST < 4_000_000_000


@pytest.mark.parametrize("size", ["", "0", "-1", "1e9", "nan", "0x10", "9" * 100])
def test_a_size_that_is_none_is_refused(ask, home, size):
    answer = ask("PUT", "/files/upload", params={"name": "a.png", "size": size}, content=b"", headers=BYTES)
    assert answer.status_code == 422
    assert not lying(home)


def test_what_is_larger_or_smaller_than_was_said_is_refused(ask, home):
    def parts():  # sent in pieces, without a length
        yield CAT

    for size in (len(CAT) - 1, len(CAT) + 1):
        address = {"name": "a.png", "size": size}
        answer = ask("PUT", "/files/upload", params=address, content=parts(), headers=BYTES)
        assert answer.status_code == 422
        assert not lying(home)


def test_an_offer_says_what_would_be_before_anything_is_sent(ask, home):
    assert ask("POST", "/do/files/offer", json={"name": "../a.PNG", "size": 5}).json() == {"name": "a.png"}
    for body in (
        {"name": "a.png", "size": LARGEST + 1},
        {"name": "a.exe", "size": 1},
        {"name": "a.png", "size": "1"},
        {},
    ):
        assert ask("POST", "/do/files/offer", json=body).status_code == 422


def test_a_full_disk_is_said_before(home, monkeypatch: pytest.MonkeyPatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, module.SPARE + 100))
    coming = uploads(home)
    assert coming.offer("a.png", 100) == "a.png"
    with pytest.raises(InputError, match="too little for it; make room first"):
        coming.offer("a.png", 101)
    with coming.coming("a.png", 60), pytest.raises(InputError, match="too little"):
        coming.offer("b.png", 60)


def test_few_come_at_once_and_not_more_than_are_listed(home, monkeypatch: pytest.MonkeyPatch):
    coming = uploads(home)
    three = [coming.coming(f"{name}.png", 1) for name in "abc"]
    with three[0], three[1], three[2], pytest.raises(InputError, match="3 files are coming already"):
        coming.offer("d.png", 1)
    assert coming.offer("d.png", 1)
    monkeypatch.setattr(module, "MOST", 0)
    with pytest.raises(InputError, match="files already; move some away"):
        coming.offer("d.png", 1)
    assert MOST == 2000


def test_one_that_breaks_off_leaves_nothing(home):
    halves = home / ".vidream-studio" / "uploads"
    coming = uploads(home).coming("a.png", 10)
    coming.__enter__().write(b"12345")
    assert len([*halves.iterdir()]) == 1
    with suppress(RuntimeError):
        coming.__exit__(RuntimeError, RuntimeError(), None)
    assert not [*halves.iterdir()]


def test_a_client_that_goes_away_leaves_nothing(home):
    upcoming = [{"type": "http.request", "body": b"123", "more_body": True}, {"type": "http.disconnect"}]

    async def receive():
        return upcoming.pop(0)

    async def send(message):
        return None

    hub = Hub()
    room = Files(Folder(home), hub, State(home))
    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/files/upload",
        "query_string": b"name=a.png&size=10",
        "headers": [],
    }
    asyncio.run(make_app([room], hub)(scope, receive, send))
    assert not upcoming
    assert not lying(home)


def test_what_a_killed_server_left_goes_by_its_record_and_nothing_else_does(home):
    first = uploads(home)
    halves = home / ".vidream-studio" / "uploads"
    upload = first.coming("a.png", 10)
    upload.__enter__()
    (left,) = halves.iterdir()
    (halves / "mine.png").write_bytes(b"1")
    (halves / ".vidream-0123456789abcdef.png").write_bytes(b"not recorded")
    record = home / ".vidream-studio" / "uploads.json"
    names = json.loads(record.read_text())
    assert names == [left.name]
    (home / "precious.png").write_bytes(b"1")
    record.write_text(json.dumps([*names, "../../precious.png", "mine.png", 7, None]))
    uploads(home)
    assert not left.exists()
    assert {path.name for path in halves.iterdir()} == {"mine.png", ".vidream-0123456789abcdef.png"}
    assert (home / "precious.png").exists()
    assert json.loads(record.read_text()) == []


@pytest.mark.parametrize("record", [b"", b"{", b"{}", b"7", b"\xff"])
def test_a_damaged_record_is_no_trouble(home, record):
    uploads(home)
    (home / ".vidream-studio" / "uploads.json").write_bytes(record)
    uploads(home)


def test_films_are_served_in_parts(ask, home):
    content = (SAMPLES / "city_tiny.mp4").read_bytes()
    (home / "a.mp4").write_bytes(content)
    address = f"/files/film/{id_of('a.mp4')}"
    whole = ask("GET", address)
    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes"
    part = ask("GET", address, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(content)}"
    assert ask("GET", address, headers={"range": f"bytes={len(content)}-"}).status_code == 416
    assert ask("HEAD", address).headers["content-length"] == str(len(content))


def test_nothing_is_served_by_anything_but_an_id(ask, home, tmp_path):
    (home / "a.mp4").write_bytes(b"x")
    (tmp_path / "secret.mp4").write_bytes(b"secret")
    (home / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    for name in ("a.mp4", "..%2fsecret.mp4", "%2e%2e", id_of("link.mp4"), id_of("../secret.mp4"), "0" * 16):
        assert ask("GET", f"/files/film/{name}").status_code == 404
    assert ask("GET", f"/files/song/{id_of('a.mp4')}").status_code == 404
    assert ask("GET", f"/files/thumb/{id_of('a.mp4')}").status_code == 404
    assert ask("DELETE", f"/files/film/{id_of('a.mp4')}").status_code == 405


def test_a_name_makes_no_header(ask, home):
    name = os.fsdecode(b'a"\r\nSet-Cookie: x=y\xff.mp4')
    (home / name).write_bytes(b"x")
    answer = ask("GET", f"/files/film/{id_of(name)}")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_pages_are_told_of_what_comes_and_of_what_is_wrong_with_it(home, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("vidream.studio.files.EVERY", 0.05)
    shutil.copy(SAMPLES / "cat.png", home)

    async def watch():
        hub = Hub()
        told = asyncio.Queue()
        monkeypatch.setattr(hub, "publish", lambda room, data: told.put_nowait(data["files"]))
        room = Files(Folder(home), hub, State(home))

        async def until(names):
            while True:
                files = await asyncio.wait_for(told.get(), 20)
                if {file["name"] for file in files} == names and all(file["looked"] for file in files):
                    return {file["name"]: file for file in files}

        await room.start()
        try:
            files = await until({"cat.png"})
            assert (files["cat.png"]["width"], files["cat.png"]["height"]) == (451, 300)
            assert files["cat.png"]["thumb"].startswith("/files/thumb/")
            (home / "b.mp4").write_bytes(b"nothing")
            assert (await until({"cat.png", "b.mp4"}))["b.mp4"]["problem"] == "not a film that can be read"
            (home / "cat.png").unlink()
            await until({"b.mp4"})
        finally:
            await room.stop()

    asyncio.run(watch())
    kept = home / ".vidream-studio" / "files"
    assert not [*kept.glob("*.jpg")], "the small picture of what is gone is gone"
    assert [*json.loads((kept / "facts.json").read_text())] == [id_of("b.mp4")]


def test_what_is_known_is_known_at_the_next_start(home):
    shutil.copy(SAMPLES / "cat.png", home)
    for kept in (None, b"{", b"[]", b'{"0123456789abcdef": {}}', b'{"../../../etc/x": {"small": true}}'):
        if kept is not None:
            (home / ".vidream-studio" / "files" / "facts.json").write_bytes(kept)
        room = Files(Folder(home), Hub(), State(home))
        assert not room.snapshot()["files"][0]["looked"]
        (entry,) = room._album.unknown()
        room._album.look(entry)
        room._album.keep()
    again = Files(Folder(home), Hub(), State(home))
    assert again.snapshot()["files"][0]["width"] == 451
    os.utime(home / "cat.png", (1, 1))
    again._folder.scan()
    assert not again.snapshot()["files"][0]["looked"], "it is another picture now"


def test_a_studio_cannot_be_in_a_folder_that_cannot_be_written_to(home):
    (home / ".vidream-studio").write_bytes(b"mine")
    with pytest.raises(MediaError, match="cannot be made"):
        State(home)
    (home / ".vidream-studio").unlink()
    (home / ".vidream-studio").symlink_to(home.parent)
    with pytest.raises(MediaError, match="is a link"):
        State(home)


@pytest.mark.parametrize("name", ["files", "files/uploads", "files/facts.json", "state.json", "lock", "queue"])
def test_a_folder_from_a_stranger_cannot_lead_the_studio_elsewhere(home, tmp_path, name):
    (tmp_path / "elsewhere").mkdir()
    kept = home / ".vidream-studio"
    (kept / name).parent.mkdir(parents=True)
    (kept / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MediaError, match=f"{name}: is a link, where the studio keeps files of its own; remove it"):
        State(home)
    assert not [*(tmp_path / "elsewhere").iterdir()]
