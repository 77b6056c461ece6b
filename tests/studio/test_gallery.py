"""The gallery: what stands on its shelves, what is made first, what is kept of it, and what its process answers."""

import asyncio
import queue
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from look_folder import folder

from vidream.config import configure
from vidream.errors import ConfigError
from vidream.frames import Size
from vidream.jobs.between import configured
from vidream.studio import gallery_cells, gallery_work
from vidream.studio.child import Closed, Inbox
from vidream.studio.gallery_answers import ANSWERS
from vidream.studio.gallery_kept import Kept, content_of, key_of
from vidream.studio.gallery_maker import Maker
from vidream.studio.gallery_shelves import Shelves
from vidream.studio.gallery_subject import Subject

SAMPLES = Path(__file__).parents[2] / "samples"
SUBJECT = Subject("noise", False, 0.0, "zoom", "noise", (("network", "efficientnet-lite0"),))


class Given:
    """An inbox of messages that are there from the beginning; then the server is gone."""

    def __init__(self, *messages):
        self._messages = queue.SimpleQueue()
        for message in messages:
            self._messages.put(message)
        self.on_message = None

    @property
    def empty(self):
        return self._messages.empty()

    def get(self, timeout=None):
        return None if self.empty else (self._messages.get(), b"")

    def wait(self):
        if self.empty:
            raise Closed
        return self.get()


def made(*messages):
    """What the process sends when it gets these messages, up to its end."""
    sent = []
    with pytest.raises(Closed):
        gallery_work.work(cast(Inbox, Given(*messages)), lambda message, payload=b"": sent.append((message, payload)))
    return sent


def wanted(part, key, **knobs):
    return {"key": key, "part": part, "command": "zoom", "preset": None, "knobs": knobs}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(gallery_work, "SIDE", 64)
    monkeypatch.setattr(gallery_work, "NOISE_SIZE", Size(64, 48))


def test_a_still_is_a_jpeg_and_a_loop_a_film_in_the_order_in_which_they_are_wanted():
    subject = {"do": "subject", "source": str(SAMPLES / "bunny.mp4"), "second": 0.5, "film": True}
    cells = [
        wanted("still", "b", layer="block2:3"),
        wanted("loop", "a", layer="block2:3"),
        wanted("still", "a", layer="block2:99"),
        wanted("still", "c", layer="no"),
    ]
    sent = made(subject, {"do": "want", "cells": cells})
    assert [(message["made"], message["part"]) for message, _ in sent] == [
        ("b", "still"),
        ("a", "loop"),
        ("a", "still"),
        ("c", "still"),
    ]
    assert sent[0][1].startswith(b"\xff\xd8")
    assert sent[1][1][4:8] == b"ftyp"
    assert "block2 has the channels 0 to 23" in sent[2][0]["problem"]
    assert "no such layer" in sent[3][0]["problem"]


def test_no_network_is_fetched():
    sent = made({"do": "want", "cells": [wanted("still", "a", network="inception5h")]})
    assert sent[0][0]["problem"].startswith("not here: inception5h")


def test_the_newest_wish_is_made_and_the_one_before_forgotten():
    first, second = ([wanted("still", key, layer="block2")] for key in "ab")
    sent = made({"do": "want", "cells": first}, {"do": "want", "cells": second})
    assert [message["made"] for message, _ in sent] == ["b"]


def test_a_source_that_is_gone_is_said_and_the_next_is_made():
    gone = {"do": "subject", "source": "/nowhere/a.mp4", "second": 0, "film": True}
    here = {"do": "subject", "source": str(SAMPLES / "cat.png"), "second": 0, "film": False}
    answer = {"do": "ask", "id": 1, "what": "channels", "about": {"knobs": {}, "layer": "block2", "most": 3}}
    sent = made(gone, answer, here, {**answer, "id": 2})
    assert "no such file" in sent[0][0]["problem"]
    assert sent[1][0]["answer"] == 2
    assert len(sent[1][0]["value"]) == 3


def test_a_moment_at_the_very_end_is_shown_as_the_last():
    assert gallery_work.read(str(SAMPLES / "bunny.mp4"), 99.0, True).film is not None


def test_what_is_added_pulls_as_hard_as_what_is_there():
    about = {"command": "video", "base": None, "look": {"preset": "coral", "knobs": {}}, "layer": "block10"}
    picture = gallery_work.read("noise", 0, False).picture
    layers = ANSWERS["added"](about, lambda: picture)["layer"]
    assert [each.partition("=")[0] for each in layers] == ["block14:54", "block10"]
    assert layers[0] == "block14:54"  # its weight stays
    again = {**about, "look": {"preset": "coral", "knobs": {"layer": layers}}, "layer": "block10:59"}
    assert len(configure("video", layer=ANSWERS["added"](again, lambda: picture)["layer"]).goal.layer) == 3


def test_a_look_that_is_added_brings_what_it_dreams_and_nothing_else():
    picture = gallery_work.read("noise", 0, False).picture
    look = {"preset": "coral", "knobs": {"strength": 0.26}}
    about = {"command": "video", "base": None, "look": look, "other": {"preset": "wolf", "knobs": {}}}
    answer = ANSWERS["added"](about, lambda: picture)
    assert answer.keys() <= {"layer", "toward", "came"}
    mine, came = answer["layer"]
    assert mine == "block14:54"  # at the weight that it had
    assert [came.partition("=")[0]] == answer["came"] == ["block10:15"]
    far = {**about, "other": {"preset": "", "knobs": {"network": "squeezenet1_1"}}}
    with pytest.raises(ConfigError):
        ANSWERS["added"](far, lambda: picture)


@dataclass
class Asked:
    """What answers in place of the process."""

    answers: dict

    async def ask(self, what, about):
        return self.answers[what]

    def problem_of(self, key):
        return ""


def shelves(tmp_path, remembered=None, **answers):
    answers = {"layers": [["block1", 8], ["block2", 70]], "channels": [f"block2:{n}" for n in range(70)], **answers}
    return Shelves(folder(tmp_path).root, cast(Maker, Asked(answers)), remembered)


async def filled(shelf, layer=None, tmp_path=None):
    kept = shelves(tmp_path)
    await kept.fill(SUBJECT)
    kept.choose("channels", None, None, None)
    await kept.fill(SUBJECT)
    kept.choose(shelf, layer, None, None)
    await kept.fill(SUBJECT)
    return kept


def test_looks_of_peoples_own_stand_beside_the_shipped_ones(tmp_path):
    root = folder(tmp_path).root
    (root / "looks").mkdir(exist_ok=True)
    (root / "looks" / "mine.toml").write_text('# Red.\ncommand = "zoom"\nlayer = ["block4"]\n')
    (root / "looks" / "wrong.toml").write_text("octaves = 99\n")
    found = {cell.id: cell for cell in gallery_cells.looks(root, "video")}
    assert (found["own:looks/mine.toml"].about, found["own:looks/mine.toml"].made_for) == ("Red.", "zoom")
    assert "octaves" in found["own:looks/wrong.toml"].problem
    assert str(root) not in found["own:looks/wrong.toml"].problem
    assert found["preset:coral"].made_for == "zoom"


def test_what_is_seen_is_made_first_and_stills_before_loops(tmp_path):
    kept = asyncio.run(filled("layers", tmp_path=tmp_path))
    order = [(cell.title, part) for cell, _, part in kept.wanted(["layer:block2", "layer:gone"], moving=True)]
    assert order == [("block2", "still"), ("block2", "loop"), ("block1", "still"), ("block1", "loop")]
    assert [part for _, _, part in kept.wanted([], moving=False)] == ["still", "still"]


def test_channels_come_by_pages_and_by_their_number(tmp_path):
    kept = asyncio.run(filled("channels", "block2", tmp_path=tmp_path))
    assert len(kept.wanted([], moving=False)) == 24
    kept.more()
    kept.add_channels("66,68-69")
    asyncio.run(kept.fill(SUBJECT))
    titles = [cell.title for cell, _, _ in kept.wanted([], moving=False)]
    assert (titles[0], len(titles)) == ("block2:66,68-69", 49)


@pytest.mark.parametrize("remembered", [None, 3, {"shelf": "x", "tried": 4}, {"shelf": "classes", "tried": ["dogs"]}])
def test_what_was_remembered_is_taken_as_far_as_it_is_that(tmp_path, remembered):
    kept = shelves(tmp_path, remembered)
    asyncio.run(kept.fill(SUBJECT))
    assert kept.shelf == ("classes" if kept.remembered()["tried"] == ["dogs"] else "looks")


def test_a_glimpse_is_found_by_what_it_shows(tmp_path):
    source = tmp_path / "a.png"
    source.write_bytes(b"one")
    one = content_of(str(source))
    source.write_bytes(b"two!")
    coral = configured("video", {"preset": "coral"})
    keys = {
        key_of(one, 0, coral),
        key_of(content_of(str(source)), 0, coral),
        key_of(one, 0.25, coral),
        key_of(one, 0, configured("zoom", {"preset": "coral"})),
        key_of(one, 0, configured("video", {"preset": "coral", "knobs": {"octaves": 2}})),
    }
    assert len(keys) == 5
    assert key_of(one, 0, configured("video", {"preset": "coral", "knobs": {"size": "320"}})) == key_of(one, 0, coral)


def test_what_was_used_longest_ago_makes_room_and_nothing_else_is_touched(tmp_path):
    stranger = tmp_path / "holiday.jpg"
    stranger.write_bytes(b"x" * 100)
    names = [f"{number:032x}" for number in range(4)]
    kept = Kept(tmp_path, room=250)
    for name in names[:2]:
        kept.put(name, "still", b"x" * 100)
    assert kept.has(names[0], "still")
    kept.put(names[2], "loop", b"x" * 100)
    assert [kept.has(name, "still") or kept.has(name, "loop") for name in names] == [True, False, True, False]
    assert kept.path(f"{names[0]}.jpg") == tmp_path / f"{names[0]}.jpg"
    assert kept.path("holiday.jpg") is None
    assert stranger.exists()
    assert Kept(tmp_path, room=250).has(names[2], "loop")


def test_what_its_process_dies_of_is_left_out(tmp_path):
    told = []
    maker = Maker(Kept(tmp_path), lambda: None, told.append)
    maker._wanted = [("a", "still"), ("b", "still")]
    maker._heard({"ended": "gallery: stopped"}, b"")
    assert (maker.problem_of("a"), maker.problem_of("b"), maker.waiting, told) == (
        "gallery: stopped",
        "",
        0,
        ["gallery: stopped"],
    )
