"""A look is the same as TOML and as a command line, and back; what it may not name is refused in one line."""

import random
from dataclasses import replace

import pytest
from look_folder import folder
from typer.main import get_command

from vidream.cli import app
from vidream.cli.words import words_parser
from vidream.config import COMMANDS, configure, presets
from vidream.errors import ConfigError
from vidream.studio import settings
from vidream.studio.document import Document, kinds_of, read_document
from vidream.studio.look_files import saved_looks
from vidream.studio.look_toml import toml_of, with_toml
from vidream.studio.look_words import checked_out, command_line, split, with_command_line
from vidream.studio.room import Refusal

parse = words_parser(get_command(app))
SONG = {"follow": "low", "base": 0.5, "amount": {"sine": [1, 0.5], "period": "4b"}, "release": "0.5s"}
VALUES = {
    "number": [0.75, 1, {"keys": [["0s", 0.5], ["2.5s", 1]], "ease": "in-out"}, {"sine": [0.6, 0.25], "period": "2s"}],
    "film": [{"cycle": [0.5, 1], "every": "2s", "fade": "0.5s"}, {"follow": "loudness", "of": "drums/kick.wav"}],
    "music": [SONG, {"product": [0.5, {"follow": "onset"}]}],
}
PLAIN = {
    "layer": ["block10", ["block4:7,20-25=0.5", "block10=-0.25"], [{"name": "block4", "weight": VALUES["number"][2]}]],
    "toward": ["dogs", ["Persian cat=0.5", "goldfish"]],
    "network": ["efficientnet-lite1"],
    "mask": ["cat.png", "my clips/a b.mp4"],
    "guide": ["cat.png"],
    "sound": ["song.wav"],
    "pulse_to": ["zoom,turn"],
    "passes": ["dream,matte"],
    "write_markers": [["otio", "csv"]],
    "length": ["10s", 300, "8bars"],
    "size": ["1280x720", "1280", "640max"],
    "fps": [29.97, 24, "30000/1001"],
    "timecode": ["01:00:00:00"],
    "start": ["0:01.5", 2],
    "first_beat": [0.25],
    "drift": [[0.1, -0.2], [{"sine": [0, 0.1], "period": "3s"}, 0]],
    "focus": ["0.5,0.25"],
}
APART = ("weights", "beats", "markers", "frames", "end", "crf", "guide", "first_beat", "half", "double")
"""Knobs that are drawn seldom or never: files of other kinds, and those that contradict others."""


@pytest.fixture
def table(tmp_path):
    return folder(tmp_path)


def drawn(command, base, preset, chance):
    """Knobs of a command by chance, of every kind."""
    knobs = {}
    for name, kind in kinds_of(command, base).items():
        if name in APART or chance.random() < 0.7:
            continue
        choices = list(getattr(kind, "names", [])) or PLAIN.get(name)
        if name in ("loop", "cuts", "keep_colour", "mask_invert", "reverse", "no_recipe"):
            choices = [True, False]
        if choices is None and not getattr(kind, "fixed", True):
            curves = VALUES["number"] + (VALUES["film"] if command != "image" else [])
            choices = curves + (VALUES["music"] if command == "music" else [])
        choices = choices or [getattr(kind, "high", None)]
        value = chance.choice(choices)
        try:
            configure(command, base=base, preset=preset or None, **{name: value})
        except (ConfigError, AssertionError):
            continue
        knobs[name] = value
    return knobs


def documents(table, every=1):
    """Documents of each preset and command, with knobs by chance."""
    chance = random.Random(4)
    names = ["", *(preset.name for preset in presets())][::every]
    for preset in names:
        for command in COMMANDS:
            source = {"video": "clip.mp4", "image": "cat.png"}.get(command) or chance.choice(["cat.png", "clip.mp4"])
            song = table.id("song.wav") if command == "music" else None
            document = Document(command, table.id(source), song=song, second=1.25, preset=preset)
            knobs = drawn(command, settings.base_of(document, table), preset, chance)
            try:
                yield settings.checked(replace(document, knobs=knobs), table)
            except Refusal as error:
                left = {name: raw for name, raw in knobs.items() if name != error.knob}
                yield settings.checked(replace(document, knobs=left), table)


def test_what_is_written_as_toml_is_read_back_as_the_same_look(table):
    for document in documents(table, every=3):
        text = toml_of(document, table)
        assert with_toml(document, text, table) == document
        bare = replace(document, preset="", knobs={})
        again = with_toml(bare, text, table)
        assert toml_of(again, table) == text
        once = {name: raw for name, raw in document.knobs.items() if name not in again.knobs}
        whole = replace(again, knobs={**again.knobs, **once})
        assert settings.run_config(whole, table) == settings.run_config(document, table)


def test_what_is_written_as_a_command_line_is_read_back_as_the_same_look(table):
    seen = 0
    for document in documents(table, every=2):
        assert with_command_line(document, command_line(document, table), table, parse) == document
        seen += len(document.knobs)
    assert seen > 300


@pytest.mark.parametrize("name", ["-odd.mp4", "it's $HOME.mp4", "n\u00e4chte\x1b.mp4", "my clips/a b.mp4"])
@pytest.mark.parametrize("command", ["video", "zoom", "image"])
def test_names_of_files_are_quoted_as_a_shell_reads_them(table, name, command):
    document = Document(command, table.id(name), second=0.0 if command == "video" else 2.5)
    line = command_line(document, table)
    assert "\x1b" not in line
    assert with_command_line(Document(), line, table, parse) == document


def test_a_command_line_may_be_broken_into_lines_and_begin_with_a_prompt(table):
    line = "$ vidream video clip.mp4 \\\n  dream.mp4 --octaves 4"
    found = with_command_line(Document(), line, table, parse)
    assert (found.knobs, found.out, found.source) == ({"octaves": 4}, "dream.mp4", table.id("clip.mp4"))
    named = with_command_line(Document(), "vidream video clip.mp4", table, parse)
    assert (named.out, named.source) == ("", table.id("clip.mp4")), "OUT may be left out: the studio names it"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("rm -rf /", "a command line begins with vidream"),
        ("vidream", "a command comes first"),
        ("vidream layers", "makes no look"),
        ("vidream live camera", "makes no look"),
        ("vidream video", "Missing argument 'SOURCE'"),
        ("vidream video clip.mp4 a.mp4 b.mp4", "unexpected extra argument"),
        ("vidream video clip.mp4 a.mp4 --octavs 3", "No such option: --octavs"),
        ("vidream video clip.mp4 a.mp4 --octaves", "requires an argument"),
        ("vidream video clip.mp4 a.mp4 --octaves 99", "--octaves must be a whole number from 1 to 12, not '99'"),
        ("vidream video clip.mp4 a.mp4 --dry-run", "--dry-run: says nothing of a look"),
        ("vidream video clip.mp4 a.mp4 --cluster auto", "--cluster: says nothing of a look"),
        ("vidream video clip.mp4 a.mp4 --help", "--help"),
        ("vidream video clip.mp4 a.mp4 --overwrite", "--overwrite: the studio names each film anew"),
        ("vidream video clip.mp4 'a.mp4", "no closing quotation"),
        ("vidream video /etc/passwd a.mp4", "no file of the studio's folder has that name"),
        ("vidream video ../clip.mp4 a.mp4", "no file of the studio's folder has that name"),
        ("vidream video http://127.0.0.1/a.mp4 a.mp4", "no file of the studio's folder has that name"),
        ("vidream video clip.mp4 /tmp/a.mp4", "OUT /tmp/a.mp4: must be a plain name"),
        ("vidream video clip.mp4 ../a.mp4", "must be a plain name"),
        ("vidream video clip.mp4 a.exe", "OUT a.exe: must end in .mp4"),
        ("vidream video clip.mp4 a.mp4 --mask /etc/passwd", "--mask /etc/passwd: no file of the studio's folder"),
        ("vidream video clip.mp4 a.mp4 --preset ../x.toml", "--preset ../x.toml: no look of the studio's folder"),
        ("vidream video clip.mp4 a.mp4 --network /x.keras", "--network /x.keras: no file of the studio's folder"),
        ("vidream video clip.mp4 a.mp4 --network resnt50", "no such network; did you mean resnet50"),
        ("vidream video clip.mp4 a.mp4 --write-markers /tmp/x.csv", "--write-markers: the studio writes otio"),
        (
            'vidream video clip.mp4 a.mp4 --strength \'{ follow = "low", of = "/etc/a.wav" }\'',
            "--strength /etc/a.wav: no",
        ),
        ("vidream video clip.mp4 a.mp4 $(touch x) `touch y` ; touch z", "unexpected extra argument"),
    ],
)
def test_a_command_line_that_is_none_of_ours_is_refused_in_one_line(table, line, problem):
    with pytest.raises(ConfigError) as caught:
        with_command_line(Document(), line, table, parse)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("octaves = 99", "octaves must be a whole number from 1 to 12, not 99"),
        ("octaves = [", "TOML: not TOML"),
        ("octave = 4", "octave: no such knob, did you mean octaves"),
        ('mask = "cat.png"', "mask: no such knob"),
        ('command = "live"', "command must be one of"),
        ('strength = { follow = "loudness", of = "../x.wav" }', "a look's files lie beside it"),
        ('strength = { follow = "loudness", of = "/etc/x.wav" }', "a look's files lie beside it"),
        ('strength = { follow = "loudness", of = "none.wav" }', "--strength none.wav: no file of the studio's folder"),
        ('network = "/etc/x.pb"', "--network /etc/x.pb: no file of the studio's folder"),
        ('strength = { follow = "low" }', "--strength: follows music, and video has none"),
        ("a." * 20 + "b = 1", "more than 16 names"),
    ],
)
def test_a_text_that_is_no_look_is_refused_in_one_line(table, text, problem):
    with pytest.raises(ConfigError) as caught:
        with_toml(Document(), text, table)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_line_that_is_taken_out_of_the_text_is_no_longer_of_the_look(table):
    document = settings.checked(Document(source=table.id("clip.mp4"), preset="coral"), table)
    lines = [line for line in toml_of(document, table).splitlines() if not line.startswith("tv")]
    found = with_toml(document, "\n".join(lines), table)
    assert found.preset == ""
    assert "tv" not in found.knobs
    assert settings.run_config(found, table).dream.tv == 0
    assert settings.run_config(document, table).dream.tv == 0.1


def test_a_knob_of_another_command_is_left_out_and_named(table):
    document = settings.checked(Document("zoom", table.id("cat.png"), knobs={"turn": 4, "octaves": 4}), table)
    found, left = settings.adapted(replace(document, command="image"), table)
    assert (found.knobs, left) == ({"octaves": 4}, ["turn"])
    heard = settings.checked(Document("music", song=table.id("song.wav"), knobs={"strength": SONG}), table)
    assert settings.adapted(replace(heard, command="zoom"), table)[1] == ["strength"]


def test_a_problem_is_said_beside_its_knob(table):
    with pytest.raises(Refusal) as caught:
        settings.checked(Document(knobs={"octaves": 13}), table)
    assert (caught.value.knob, str(caught.value)) == (
        "octaves",
        "--octaves must be a whole number from 1 to 12, not 13",
    )
    lost = settings.problems(Document(knobs={"layer": ["block99"]}), table)
    assert lost["layer"].startswith("--layer block99: efficientnet-lite0 has no such layer")
    away = settings.problems(Document(knobs={"network": "resnet50"}), table)
    assert away["network"].startswith("--network resnet50: not here")


def test_a_file_that_goes_is_missed_and_hinders_no_other_edit(table):
    before = settings.checked(Document(knobs={"mask": "cat.png"}), table)
    table.entries = [entry for entry in table.entries if entry.name != "cat.png"]
    after = settings.checked(replace(before, knobs={**before.knobs, "octaves": 4}), table, before)
    assert after.knobs == {"octaves": 4, "mask": "cat.png"}
    assert settings.problems(after, table)["mask"] == "--mask cat.png: no longer in the folder; choose another file"


def test_what_is_stored_is_read_back_and_nothing_else_is(table):
    for document in documents(table, every=6):
        assert read_document(document.stored()) == document
    for other in (None, [], {"command": "rm"}, {"knobs": []}, {"second": float("nan")}, {"evil": 1}, {"source": 3}):
        with pytest.raises((ValueError, TypeError)):
            read_document(other)


def test_job_files_and_links_out_of_the_folder_are_no_looks(table, tmp_path_factory):
    looks = table.root / "looks"
    looks.mkdir()
    (looks / "mine.toml").write_text("octaves = 4\n")
    (table.root / "queue.toml").write_text('[[job]]\ncommand = "video"\nsource = "a.mp4"\n')
    (table.root / "emptied.toml").write_text("# The queue of vidream studio.\n")
    outside = tmp_path_factory.mktemp("outside") / "secret.toml"
    outside.write_text("octaves = 5\n")
    (looks / "secret.toml").symlink_to(outside)
    assert saved_looks(table.root) == ["looks/mine.toml"]


@pytest.mark.parametrize(
    "name", ["../a.mp4", "/a.mp4", "a\\b.mp4", ".a.mp4", "C:a.mp4", "a\x00.mp4", "x" * 300 + ".mp4"]
)
def test_a_film_is_called_nothing_that_leads_elsewhere(name):
    with pytest.raises(ConfigError, match="must be a plain name"):
        checked_out(name, "video")


def test_words_are_parted_as_a_shell_does():
    assert split(r"vidream video 'a b' \"c $'d\x1b\xc3\xa9' --x") == ["video", "a b", '"c', "d\x1b\u00e9", "--x"]
