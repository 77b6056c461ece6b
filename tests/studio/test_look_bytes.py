"""A look that was tuned and saved in the studio makes the same film, byte for byte, as the command line makes of it."""

import asyncio
import shlex

import pytest
from typer.main import get_command

from vidream import recipe_of, render_image, render_video
from vidream.cli import app, main
from vidream.cli.words import words_parser
from vidream.studio.folder import Folder
from vidream.studio.hub import Hub
from vidream.studio.job_text import job_table
from vidream.studio.look import Look
from vidream.studio.queue_jobs import Choices, job_keys, ordered
from vidream.studio.queue_place import QueuePlace
from vidream.studio.room import Ask
from vidream.studio.state import State

KNOBS = {
    "octaves": 2,
    "strength": {"keys": [["0s", 0.5], ["0.2s", 1.5]], "ease": "in-out"},
    "layer": ["block4:3-9=0.5", {"name": "block2", "weight": {"sine": [1, 0.5], "period": "0.1s"}}],
    "keep_colour": True,
    "fps": 12.5,
    "end": 0.25,
}


@pytest.fixture
def look(film):
    folder = Folder(film.parent)
    return Look(Hub(), State(folder.root), folder, words_parser(get_command(app)))


def do(look, action, **body):
    return asyncio.run(look.actions[action](Ask(body, "tab")))


def typed(look, monkeypatch, folder):
    """Run the command line that the page shows, in the folder, as a person types it; what it makes."""
    words = shlex.split(look.snapshot()["command_line"])
    monkeypatch.chdir(folder)
    assert main(words[1:]) == 0
    return folder / words[3]


def made(look, folder, name):
    """What a child of the studio makes of the same look."""
    wire = look.wire()
    make = {"video": render_video, "image": render_image}[wire["command"]]
    source = wire["source"] if wire["command"] == "video" else f"{wire['source']}@{wire['second']:g}"
    make(source, folder / name, preset=wire["preset"], **wire["knobs"])
    return folder / name


def test_a_film_of_a_saved_look(look, film, monkeypatch, tmp_path_factory):
    do(look, "source", id=look._table.files()[0].id)
    do(look, "preset", name="coral")
    do(look, "set_many", knobs=KNOBS)
    unsaved = made(look, tmp_path_factory.mktemp("before"), "film.mp4")
    do(look, "save", name="mine")
    by_studio = made(look, tmp_path_factory.mktemp("studio"), "film.mp4")
    by_hand = typed(look, monkeypatch, film.parent)
    assert by_hand.read_bytes() == by_studio.read_bytes()
    text = recipe_of(by_hand).text
    assert 'preset = "mine.toml"' in text
    assert recipe_of(unsaved).text == text.replace("mine.toml", "coral")


def queued(look, folder):
    """What `vidream batch` makes of the job that the queue writes for the look."""
    kept = folder / ".vidream-studio" / "queue"
    kept.mkdir(parents=True)
    place = QueuePlace(folder, kept)
    keys = job_keys(place, ordered(look.wire()), Choices(), lambda out: False)
    place.jobs.write_text(job_table(keys))
    assert main(["batch", str(place.jobs), "--jobs", "1"]) == 0
    return folder / keys["output"]


def test_a_film_of_the_queue(look, film, monkeypatch):
    do(look, "source", id=look._table.files()[0].id)
    do(look, "preset", name="coral")
    do(look, "set_many", knobs=KNOBS)
    do(look, "save", name="mine")
    by_queue = queued(look, film.parent)
    by_hand = typed(look, monkeypatch, film.parent)
    assert by_hand.name == by_queue.name == "in-mine.mp4"
    assert by_hand.read_bytes() == by_queue.read_bytes()


def test_a_picture_of_one_frame_and_its_recipe_taken_up_again(look, film, monkeypatch, tmp_path_factory):
    do(look, "command", name="image")
    do(look, "source", id=look._table.files()[0].id, second=0.5)
    do(look, "set_many", knobs={"octaves": 2, "steps": 2, "layer": "block4"})
    by_studio = made(look, tmp_path_factory.mktemp("studio"), "in-dream.png")
    by_hand = typed(look, monkeypatch, film.parent)
    assert by_hand.read_bytes() == by_studio.read_bytes()
    knobs = dict(look.document.knobs)
    look._table.scan()
    do(look, "preset", name="coral")
    do(look, "use_recipe", id=look._table.find(by_hand))
    assert look.document.knobs.items() >= knobs.items()
    assert look.document.preset == ""
