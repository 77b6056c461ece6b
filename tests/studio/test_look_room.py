"""The room of the look: edits and their refusals, undo and redo, what is kept, looks that are saved."""

import asyncio
import json

import pytest
from look_folder import folder
from typer.main import get_command

from vidream.cli import app
from vidream.cli.words import words_parser
from vidream.config import configure
from vidream.config.recipe import FIRST, read_recipe
from vidream.errors import VidreamError
from vidream.notation import read_curve
from vidream.studio.document import Document
from vidream.studio.folder import Folder
from vidream.studio.history import MOST, History
from vidream.studio.hub import Hub
from vidream.studio.look import Look
from vidream.studio.room import Ask, Refusal
from vidream.studio.schema import TOP, schema, words
from vidream.studio.state import State
from vidream.version import __version__

parse = words_parser(get_command(app))


class Kept(Hub):
    """A hub that remembers what was pushed."""

    def __init__(self):
        super().__init__()
        self.pushed = []

    def publish(self, room, data):
        self.pushed.append(json.loads(json.dumps(data, allow_nan=False)))


@pytest.fixture
def table(tmp_path):
    return folder(tmp_path)


@pytest.fixture
def look(table):
    return Look(Kept(), State(table.root), table, parse)


def do(look, action, **body):
    """What a page gets for an action."""
    return asyncio.run(look.actions[action](Ask(body, "tab")))


def test_an_edit_is_pushed_with_all_that_a_page_shows(look, table):
    do(look, "source", id=table.id("clip.mp4"))
    do(look, "preset", name="coral")
    assert do(look, "set", knob="strength", value=1.25) == {"revision": 3}
    told = look._hub.pushed[-1]
    assert told == json.loads(json.dumps(look.snapshot()))
    assert (told["revision"], told["preset"], told["knobs"]) == (3, "coral", {"strength": 1.25})
    assert (told["values"]["strength"], told["under"]["strength"], told["values"]["octaves"]) == (1.25, 1.0, 5)
    assert told["command_line"] == "vidream video clip.mp4 clip-coral.mp4 --preset coral --strength 1.25"
    assert "strength = 1.25" in told["toml"]
    assert (told["undo"], told["redo"], told["problems"], told["saved"]) == (True, False, {}, None)
    assert {*told["values"]} == {knob["name"] for panel in schema()[told["schema"]] for knob in panel["knobs"]}


@pytest.mark.parametrize(
    ("action", "body", "problem"),
    [
        ("set", {"knob": "octaves", "value": 99}, "--octaves must be a whole number from 1 to 12, not 99"),
        ("set", {"knob": "octaves", "value": {"keys": []}}, "--octaves has keys = [], which must be a list"),
        ("set", {"knob": "zoom", "value": 2}, "--zoom: video has no such knob"),
        ("set", {"knob": "nothing", "value": None}, "--nothing: video has no such knob"),
        ("set", {"knob": "overwrite", "value": True}, "--overwrite: the studio names each film anew"),
        ("set", {"knob": "mask", "value": "/etc/passwd"}, "--mask /etc/passwd: no file of the studio's folder"),
        ("set", {"knob": 3}, "knob: must be a text"),
        ("set_many", {"knobs": {"octaves": 4, "steps": 0}}, "--steps must be a whole number from 1 to 1000, not 0"),
        ("set_many", {"knobs": []}, "knobs: must be a table"),
        ("preset", {"name": "corral"}, "--preset corral: no look of the studio's folder"),
        ("preset", {"name": "../../x.toml"}, "no look of the studio's folder"),
        ("command", {"name": "rm"}, "name: must be one of"),
        ("source", {"id": "../clip.mp4"}, "source ../clip.mp4: no file"),
        ("moment", {"second": float("inf")}, "second: must be a number"),
        ("toml", {"text": "octaves = 99"}, "octaves must be a whole number"),
        ("command_line", {"text": "rm -rf ."}, "a command line begins with vidream"),
        ("save", {"name": "///"}, "name: must be the look's name"),
        ("load", {"name": "looks/none.toml"}, "none is saved yet"),
        ("recipe", {"id": "none"}, "no longer in the folder"),
    ],
)
def test_what_cannot_be_is_refused_and_the_look_stays(look, action, body, problem):
    do(look, "set", knob="octaves", value=4)
    before = look.snapshot()
    with pytest.raises(VidreamError) as caught:
        do(look, action, **body)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
    if problem.startswith("--octaves"):
        assert isinstance(caught.value, Refusal)
        assert caught.value.knob == "octaves"
    assert look.snapshot() == before


def test_undo_and_redo_go_step_by_step_and_a_drag_is_one(look):
    for number in range(5):
        do(look, "set", knob="strength", value=number / 4, gesture="drag 1")
    do(look, "set", knob="strength", value=2, gesture="drag 2")
    do(look, "set", knob="octaves", value=5)
    seen = []
    while look.snapshot()["undo"]:
        do(look, "undo")
        seen.append(look.snapshot()["knobs"])
    assert seen == [{"strength": 2.0}, {"strength": 1.0}, {}]
    for _ in range(9):
        do(look, "redo")
    assert look.snapshot()["knobs"] == {"octaves": 5, "strength": 2.0}
    do(look, "undo")
    do(look, "set", knob="octaves", value=6)
    assert not look.snapshot()["redo"]


def test_changes_of_one_knob_soon_after_each_other_are_one_step():
    history = History(Document())
    for when, steps in ((0.0, 1), (0.5, 2), (1.0, 3), (9.0, 4)):
        history.change(Document(knobs={"steps": steps}), "steps", when)
    history.undo()
    assert history.now.knobs == {"steps": 3}
    history.undo()
    assert history.now.knobs == {}


def test_a_history_is_bounded():
    history = History(Document())
    for number in range(MOST + 50):
        history.change(Document(second=float(number + 1)), "", 0.0)
    undone = 0
    while history.undo():
        undone += 1
    assert undone == MOST


def test_what_was_made_is_there_after_the_studio_was_started_again(look, table):
    do(look, "source", id=table.id("clip.mp4"))
    do(look, "preset", name="coral")
    do(look, "moment", second=1.5)
    look._state.flush()
    again = Look(Hub(), State(table.root), table, parse)
    assert {**again.snapshot(), "revision": 0} == {**look.snapshot(), "revision": 0}
    do(again, "undo")
    assert (again.document.preset, again.document.second) == ("", 1.5)


@pytest.mark.parametrize(
    "kept", [3, [], {"history": 3}, {"history": {"now": {"command": "rm"}, "past": [], "future": []}}]
)
def test_what_was_damaged_is_begun_anew(table, kept):
    state = State(table.root)
    state.put("look", kept)
    assert Look(Hub(), state, table, parse).document == Document()


def test_a_saved_look_is_what_the_command_line_takes(look, table):
    do(look, "preset", name="coral")
    do(
        look,
        "set_many",
        knobs={"strength": {"sine": [1, 0.25], "period": "2s"}, "mask": table.id("cat.png"), "size": 320},
    )
    values = look.snapshot()["values"]
    assert do(look, "save", name=" My: red/coral ")["name"] == "looks/My_ red_coral.toml"
    told = look.snapshot()
    assert (told["saved"], told["knobs"], told["values"]) == ("looks/My_ red_coral.toml", {"mask": "cat.png"}, values)
    config = configure("video", preset=str(table.root / told["preset"]), mask="cat.png")
    assert str(config.dream.strength) == str(read_curve({"sine": [1, 0.25], "period": "2s"}))
    with pytest.raises(VidreamError, match="is there already"):
        do(look, "save", name="My: red/coral")
    do(look, "set", knob="octaves", value=4)
    do(look, "save", name="My: red/coral", overwrite=True)
    do(look, "preset", name="")
    do(look, "load", name="looks/My_ red_coral.toml")
    assert look.snapshot()["values"] == {**values, "octaves": 4}


def test_a_look_that_follows_a_file_is_saved_beside_it(look, table):
    do(look, "set", knob="strength", value={"follow": "loudness", "of": table.id("song.wav")})
    assert look.document.knobs["strength"]["of"] == "song.wav"
    assert do(look, "save", name="heard")["name"] == "heard.toml"
    assert look.wire()["preset"] == str(table.root / "heard.toml")
    assert look.snapshot()["values"]["strength"]["of"] == "song.wav"


def test_a_look_that_was_taken_away_is_missed_and_another_can_be_chosen(look, table):
    do(look, "set", knob="octaves", value=4)
    saved = do(look, "save", name="gone")["name"]
    (table.root / saved).unlink()
    assert "no look of the studio's folder" in look.snapshot()["problems"][""]
    do(look, "preset", name="coral")
    assert look.snapshot()["problems"] == {}


def test_another_look_leaves_what_belongs_to_the_film(look, table):
    do(look, "set_many", knobs={"size": 320, "octaves": 5, "mask": table.id("cat.png")})
    do(look, "replace", preset="", knobs={"layer": ["block4"]})
    assert look.document.knobs == {"layer": ["block4"], "mask": "cat.png", "size": "320"}


def test_a_source_of_another_kind_brings_the_command_that_takes_it(look, table):
    do(look, "source", id=table.id("cat.png"))
    assert look.document.command == "image"
    do(look, "source", id=table.id("song.wav"))
    assert look.snapshot()["base"] == "zoom"
    do(look, "source", id=table.id("clip.mp4"))
    assert (look.snapshot()["base"], look.document.command) == ("video", "music")
    do(look, "set", knob="persistence", value=0.5)
    assert do(look, "source", id=table.id("cat.png"))["left_out"] == ["persistence"]
    do(look, "noise")
    assert look.wire()["source"] == "noise"


def test_a_text_may_be_checked_without_being_taken(look):
    assert do(look, "toml", text='command = "zoom"\nturn = 3', check=True) == {"changes": True}
    assert look.document == Document()
    do(look, "toml", text='command = "zoom"\nturn = 3')
    assert (look.document.command, look.document.knobs) == ("zoom", {"turn": 3.0})


def test_others_are_told_of_each_change(look):
    told = []
    look.listen(told.append)
    do(look, "set", knob="octaves", value=5)
    do(look, "set", knob="octaves", value=5)
    assert [document.knobs for document in told] == [{"octaves": 5}]


def test_a_page_is_told_every_knob_once_and_ten_of_them_first():
    for name, panels in schema().items():
        knobs = [knob for panel in panels for knob in panel["knobs"]]
        assert len({knob["name"] for knob in knobs}) == len(knobs)
        if name in TOP:
            assert sorted(knob["top"] for knob in knobs if knob["top"] is not None) == list(range(10))
    kinds = {knob["kind"] for panels in schema().values() for panel in panels for knob in panel["knobs"]}
    assert kinds == {
        *("network", "layers", "classes", "file", "choice", "number", "switch", "time", "length", "size", "rate"),
        *("timecode", "names", "pair"),
    }
    assert {"networks", "classes", "groups", "followed", "eases", "marks", "boxed"} == {*words()}


def test_a_file_that_comes_or_goes_is_told_of_and_nothing_else_is(look, table):
    do(look, "source", id=table.id("clip.mp4"))
    look.look_again()
    assert len(look._hub.pushed) == 1
    table.entries = [entry for entry in table.entries if entry.name != "clip.mp4"]
    look.look_again()
    assert look._hub.pushed[-1]["problems"] == {"": "the source is no longer in the folder; choose another"}


def test_notes_and_tables_of_the_folder_are_named_by_knobs(tmp_path):
    for name in ("beats.mid", "marks.txt", "level.csv", "own.keras", "other.doc"):
        (tmp_path / name).write_text("x")
    table = Folder(tmp_path)
    look = Look(Kept(), State(table.root), table, parse)
    assert (table.files(), len(table.helpers())) == ([], 4)
    ids = {entry.name: entry.id for entry in table.helpers()}
    follow = {"follow": "energy", "of": ids["level.csv"]}
    do(look, "set_many", knobs={"beats": ids["beats.mid"], "markers": "marks.txt", "strength": follow})
    assert look.wire()["knobs"]["beats"] == str(table.root / "beats.mid")
    assert look.document.knobs["strength"] == {"follow": "energy", "of": "level.csv"}


def take(look, monkeypatch, command, knobs="", **made):
    """Take up the look of a film or a picture with a recipe; its answer."""
    facts = "".join(f"{key} = {json.dumps(value)}\n" for key, value in {"vidream": __version__, **made}.items())
    recipe = read_recipe(f'{FIRST}{__version__}\ncommand = "{command}"\n{knobs}\n[made]\n{facts}', "made")
    monkeypatch.setattr("vidream.studio.look.recipe_of", lambda path: recipe)
    return do(look, "use_recipe", id=look._table.id("clip.mp4"))


def what(look, table):
    """Command, names of source and song, noise and moment."""
    now = look.document
    name = {entry.id: entry.name for entry in table.files()}
    return now.command, name.get(now.source), name.get(now.song), now.noise, now.second


def test_the_look_of_a_film_comes_with_its_own_source_and_song(look, table, monkeypatch):
    do(look, "source", id=table.id("cat.png"))
    take(look, monkeypatch, "video", "octaves = 3", source="a b.mp4")
    assert what(look, table) == ("video", "my clips/a b.mp4", None, False, 0)
    assert look.document.knobs["octaves"] == 3
    take(look, monkeypatch, "image", source="clip.mp4@1.5")
    assert what(look, table) == ("image", "clip.mp4", None, False, 1.5)
    take(look, monkeypatch, "music", source="noise", song="kick.wav")
    assert what(look, table) == ("music", "clip.mp4", "drums/kick.wav", True, 1.5)
    take(look, monkeypatch, "zoom", source="cat.png")
    assert what(look, table) == ("zoom", "cat.png", "drums/kick.wav", False, 0)


def test_a_look_whose_source_is_not_here_is_fitted_to_the_source_that_is(look, table, monkeypatch):
    do(look, "source", id=table.id("cat.png"))
    answer = take(look, monkeypatch, "video", "octaves = 3\npersistence = 0.5", source="gone.mp4")
    assert what(look, table) == ("image", "cat.png", None, False, 0)
    assert look.document.knobs["octaves"] == 3
    assert "persistence" not in look.document.knobs
    assert answer["left_out"] == ["persistence"]
    do(look, "noise")
    take(look, monkeypatch, "video", source="gone.mp4")
    assert what(look, table)[0::3] == ("zoom", True)
    do(look, "undo")
    do(look, "source", id=table.id("clip.mp4"))
    take(look, monkeypatch, "video", source="gone.mp4")
    assert what(look, table)[:2] == ("video", "clip.mp4")


@pytest.mark.parametrize(("command", "then"), [("image", "music"), ("zoom", "music"), ("video", "video")])
def test_a_song_makes_a_music_visual_of_a_picture_and_of_a_zoom(look, table, command, then):
    do(look, "source", id=table.id("clip.mp4"))
    do(look, "command", name=command)
    do(look, "song", id=table.id("song.wav"))
    assert what(look, table)[::2] == (then, "song.wav", 0)
    do(look, "undo")
    assert what(look, table)[::2] == (command, None, 0)
