"""What is made carries how it was made: read back it is the same run, named files apart; a hostile one does no harm."""

import random
import re
import shlex
import shutil
import threading
import tomllib
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from synthetic import TINY, panned, tiny_weights, write_film

from vidream.cli import main
from vidream.clock import Marker
from vidream.config import COMMANDS, Layer, RunConfig, configure, default_of, knobs, presets, unused_knobs
from vidream.config.kinds import Choice, Names, Number, Pair, Rate, Switch, Text, Timestamp
from vidream.config.layers import Layers
from vidream.config.length import Lengths
from vidream.config.recipe import KNOBS, LARGEST_WRITTEN, LOOK_KNOBS, NOT_MADE, names_file, read_recipe, recipe_text
from vidream.config.sizing import Sizing
from vidream.config.timecode import Timecodes
from vidream.curves import Constant, Power
from vidream.dream.families.in_the_box import EMBEDDED, Embedded
from vidream.errors import Cancelled, ConfigError, MediaError
from vidream.events import FrameEvent, NoteEvent, WarningEvent, scope
from vidream.frames import Size
from vidream.jobs.job import Rendered
from vidream.jobs.recipes import recipe_of
from vidream.jobs.still import render_image
from vidream.jobs.video import render_video
from vidream.jobs.zoom import render_zoom
from vidream.media.containers import ENDINGS
from vidream.media.metadata import read_metadata
from vidream.media.picture_formats import PICTURES
from vidream.media.reader import frames, open_video
from vidream.media.still import Picture, write_picture
from vidream.version import __version__

RUNS = [("video", None), ("zoom", None), ("image", None), ("music", "zoom"), ("music", "video")]
FACTS = {"source": "in.mp4", "out": "out.mp4"}
TEXTS = {
    "network": ["vgg16"],
    "mask": ["motion", "mask.png"],
    "beats": ["beats.txt"],
    "markers": ["labels.txt"],
}
NAMES = {"pulse_to": "zoom,step-size", "passes": "dream,matte"}
SHARES = [
    {"keys": [[0, 0.25], [24, 1], [24.5, 0.5]], "ease": "in-out"},
    {"keys": [["0s", 0.25], ["0.0000001s", 1]]},
    {"sine": [0.5, 0.25], "period": "2.1s", "phase": 1 / 3},
    {"sum": [0.25, {"product": [0.5, {"sine": [0.5, 0.1], "period": 7}]}, {"cycle": [0.1, 0.2], "every": "1s"}]},
    {"cycle": [0.2, 0.4, 0.1], "every": "3s", "fade": "0.3s"},
    {"follow": "low", "of": "drums.wav"},
    {"follow": "low", "of": "drums.wav", "base": 0.25, "amount": 0.25, "attack": "0.02s", "release": "1s"},
    {"follow": "bass", "of": "levels.csv", "amount": 0.25, "base": {"sine": [0.5, 0.25], "period": "2s"}},
    {"follow": "notes", "of": "song.mid", "channel": 10, "pitch": [35, 36], "amount": 0.5},
    {"keys": [["@verse", 0.25], ["@the \"chorus\"", 1]]},
]  # fmt: skip
SHARE: Any = SHARES[2]
MUSICAL = [
    {"cycle": [0.25, 0.5], "every": "bars", "fade": "1b"},
    {"follow": "beats", "attack": "0.5s", "base": 0.25, "amount": 0.5},
    {"keys": [["0b", 0.25], ["8.5b", 1]], "ease": "hold"},
]


def scaled(curve: Any, kind: Number) -> Any:
    """A curve of numbers from 0 to 1 as one that stays in a number's range."""
    low, high = max(kind.low, -9), min(kind.high, 9)
    return {"sum": [low, {"product": [high - low, curve]}]}


def examples(name: str, command: str) -> list[Any]:
    """Values of a knob, of every form that it takes."""
    kind = KNOBS[name]
    curves = SHARES + (MUSICAL if command == "music" else [])
    if command == "image":
        curves = SHARES[:5]
    if isinstance(kind, Number):
        ends = [kind.low, kind.high, max(kind.low, min(kind.high, 1e-7)), (kind.low + kind.high) / 3]
        return [int(end) if kind.integer else end for end in ends] + (
            [] if kind.fixed else [scaled(each, kind) for each in curves]
        )
    if isinstance(kind, Pair):
        number = Number(kind.low, kind.high)
        return [[kind.low, kind.high], *([scaled(each, number), kind.high] for each in curves)]
    if isinstance(kind, Layers):
        plain = ["block4", "block10:17,40-44=0.1", "block7=-3e-7"] if not kind.classes else ["dogs", "tiger cat=0.5"]
        return [plain, *([{"name": plain[0], "weight": each}, "block8=2"] for each in curves)]
    return {
        Choice: lambda: list(getattr(kind, "names", ())),
        Names: lambda: [NAMES[name], NAMES[name].partition(",")[0]],
        Switch: lambda: [True, False],
        Timestamp: lambda: [
            0,
            "1:30",
            12.345678901,
            Fraction(7, 8),
            *(["@the chorus"] if getattr(kind, "marked", False) else []),
        ],
        Rate: lambda: [25, "29.97", "30000/1001", 12.5],
        Sizing: lambda: [1280, "1280x720", "480max"],
        Lengths: lambda: [300, "10s", "1:30.5", "10.123456789012s", *(["32beats", "8bars"])],
        Timecodes: lambda: ["01:00:00:00", "10:00:00;02"],
        Text: lambda: TEXTS.get(name, ["some file.png"]),
    }[Choice if isinstance(kind, Choice) else type(kind)]()


def known(config: RunConfig) -> RunConfig:
    """Without where it comes from, which a recipe does not say."""
    return replace(config, origin=replace(config.origin, look=""))


def read_back(config: RunConfig) -> RunConfig:
    recipe = read_recipe(recipe_text(config, FACTS), "film.mp4")
    given: dict[str, Any] = {"base": config.origin.base} if config.origin.base else {}
    return configure(recipe.command, **given, **recipe.knobs)


@pytest.mark.parametrize(("command", "base"), RUNS)
def test_every_knob_is_read_back_as_it_was(command, base):
    tried = 0
    for _, knob in knobs(command):
        if knob.name in (*NOT_MADE, *unused_knobs(command, base)):
            continue
        for value in examples(knob.name, command):
            given: dict[str, Any] = {"base": base} if base else {}
            if "@" in str(value):
                given["markers"] = "labels.txt"
            if knob.name == "passes_as":  # is refused alone
                given["passes"] = "dream"
            given[knob.name] = value
            config = configure(command, **given)
            again = read_back(config)
            assert again == config, (knob.name, value)
            assert repr(again.by_name) == repr(config.by_name)
            tried += 1
    assert tried > 90


@pytest.mark.parametrize(("command", "base"), RUNS)
@pytest.mark.parametrize("draft", [False, True])
def test_every_shipped_look_is_read_back_as_it_was_as_a_run_and_as_a_look(command, base, draft):
    given: dict[str, Any] = {"base": base} if base else {}
    for look in presets():
        config = configure(command, preset=look.name, draft=draft, **given)
        text = recipe_text(config, FACTS)
        assert "unwritten" not in text
        assert read_back(config) == config
        seen = configure(command, preset=read_recipe(text, "film.mp4"), **given)
        for group, knob in knobs(command):
            if knob.name in LOOK_KNOBS:
                assert getattr(getattr(seen, group), knob.name) == getattr(getattr(config, group), knob.name)
        assert (seen.film.crf, seen.film.length) == (default_of(command, KNOB["crf"]), None) or command == "image"


KNOB = {knob.name: knob for command in COMMANDS for _, knob in knobs(command)}


def test_a_text_is_a_file_a_network_or_a_word():
    """A knob whose text is something else needs a thought: which part of it may be told?"""
    for name, kind in KNOBS.items():
        if isinstance(kind, Text):
            assert names_file(kind, "folder/file.png"), name
    assert not names_file(KNOBS["mask"], "motion")


def test_files_are_named_without_their_folders():
    secret = "/home/somebody/secret"
    config = configure(
        "video",
        network=f"{secret}/net.keras",
        guide=f"{secret}/guide.png",
        mask="C:\\Users\\somebody\\mask.png",
        sound=f"{secret}/song.wav",
        markers=f"{secret}/labels.txt",
        strength={"follow": "low", "of": f"{secret}/drums.wav"},
        layer=[{"name": "block4", "weight": {"follow": "low", "of": f"{secret}/drums.wav"}}],
        weights=f"{secret}/w\udce9.h5",
    )
    text = recipe_text(config, FACTS)
    assert not re.search(r"somebody|secret|home|Users", text)
    for name in ("net.keras", "guide.png", "mask.png", "song.wav", "labels.txt", "drums.wav", "w?.h5"):
        assert f'"{name}"' in text


def test_what_no_toml_says_is_named_and_what_is_long_is_left_out():
    keys = {"keys": [[frame, frame % 2] for frame in range(5000)]}
    config = configure(
        "video", strength=keys, persistence=0.5, start=Fraction(1, 3), tv=Power(Constant(2), Constant(2))
    )
    text = recipe_text(config, FACTS)
    made = tomllib.loads(text)["made"]
    assert sorted(made["unwritten"]) == ["start", "strength", "tv"]
    assert len(text) < LARGEST_WRITTEN + 1000
    assert read_back(config).motion.persistence == 0.5


def test_the_command_line_is_the_run(monkeypatch, tmp_path):
    """As a shell splits it, and as the command line reads it."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(write_film(tmp_path / "first.mp4", panned(2, 48, 64)), "-a film's.mp4")
    given: dict[str, Any] = {}

    def capture(source, out, *, preset, draft, **knobs_given):
        given.update(knobs_given, source=source, out=out)
        return Rendered(out, 1, Size(2, 2), 1.0)

    monkeypatch.setattr("vidream.jobs.video.video_job", capture)
    monkeypatch.setattr("vidream.jobs.job.check_and_run", lambda rendered: rendered)
    values: dict[str, Any] = {
        "layer": ["block4:7=0.5", {"name": "block10", "weight": SHARES[2]}],
        "strength": SHARES[3],
        "cuts": False,
        "keep_colour": True,
        "persistence": 0.25,
        "mask": "-mask.png",
        "start": "1:30",
        "fps": "29.97",
        "sound": "it's \x1b[2J é.wav",
    }
    config = configure("video", **values)
    text = recipe_text(config, {"source": "-a film's.mp4", "out": "out.mp4"})
    line = read_recipe(text, "film.mp4").command_line
    words = shlex.split(re.sub(r"\$'([^']*'\\''[^']*|[^']*)'", lambda found: shlex.quote("it's \x1b[2J é.wav"), line))
    assert words[:2] == ["vidream", "video"]
    assert main(words[1:]) == 0
    assert (str(given.pop("source")), str(given.pop("out"))) == ("-a film's.mp4", "out.mp4")
    assert configure("video", **{**given, "mask": "-mask.png"}) == config


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_film_carries_its_recipe(tmp_path, film, tiny, ending):
    out = tmp_path / f"made{ending}"
    render_video(film, out, **tiny, end=0.2, strength=SHARE)
    recipe = recipe_of(out)
    assert recipe.made["source"] == "in.mp4"
    assert recipe.arguments["out"] == out.name
    assert recipe.made["digest"] == "7"
    assert configure("video", **recipe.knobs) == configure("video", **tiny, end=0.2, strength=SHARE)
    assert str(tmp_path) not in recipe.text


def samples(path):
    return np.stack([frame.samples for frame in frames(open_video(path))])


def test_the_printed_command_makes_the_film_again(tmp_path, film, tiny, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    render_video("in.mp4", "made.mp4", **tiny, end=0.2, strength=SHARE, preset="kick")
    assert main(["recipe", "made.mp4"]) == 0
    printed = capsys.readouterr().out
    shutil.move("made.mp4", "first.mp4")
    command = printed.splitlines()[-1]
    assert main(shlex.split(command.removeprefix("# vidream "))) == 0
    np.testing.assert_array_equal(samples(tmp_path / "made.mp4"), samples(tmp_path / "first.mp4"))
    assert tomllib.loads(printed)["command"] == "video"
    (tmp_path / "look.toml").write_text(printed)
    assert configure("video", preset="look.toml").dream == configure("video", preset=recipe_of("first.mp4")).dream


def test_without_a_recipe_frames_are_the_same_and_nothing_is_said(tmp_path, film, tiny, capsys):
    with_it, without = tmp_path / "with.mp4", tmp_path / "without.mp4"
    render_video(film, with_it, **tiny, end=0.2)
    render_video(film, without, **tiny, end=0.2, no_recipe=True)
    np.testing.assert_array_equal(samples(with_it), samples(without))
    assert "comment" not in read_metadata(without)
    assert main(["recipe", str(without)]) == 2
    assert capsys.readouterr().err.startswith(f"vidream: {without}: has no recipe; ")


def test_a_film_that_is_gone_on_with_has_a_whole_recipe(tmp_path, film, tiny):
    """Whether the run before was to have one or not: it is none of what tells runs apart."""
    out, stop = tmp_path / "made.mp4", threading.Event()

    def listen(event):
        if isinstance(event, FrameEvent) and event.frames > 30:
            stop.set()

    with pytest.raises(Cancelled, match="frames are safe"):
        render_video(film, out, **tiny, no_recipe=True, on_event=listen, cancel=stop)
    render_video(film, out, **tiny)
    assert configure("video", **recipe_of(out).knobs) == configure("video", **tiny)
    assert len(samples(out)) == 60


def test_the_look_of_a_film_is_a_preset(tmp_path, film, seed, tiny):
    zoom = tmp_path / "zoom.mp4"
    render_zoom(seed, zoom, **tiny, frames=2, size=64, turn=4, drift=(0.1, 0), strength=0.5, crf=30)
    out = tmp_path / "out.mp4"
    render_video(film, out, preset=str(zoom), end=0.2, step_size=0.5)
    recipe = recipe_of(out)
    assert recipe.made["preset"] == "zoom.mp4"
    taken = configure("video", **recipe.knobs)
    assert (taken.dream.strength, taken.dream.step_size, taken.goal.layer) == (0.5, 0.5, (Layer("block3"),))
    assert replace(taken.film, end=None) == configure("video").film
    assert configure("zoom", preset=recipe_of(zoom)).camera.turn == 4
    with pytest.raises(MediaError, match=r"zoom\.mp4: is the source itself, or is read beside it"):
        render_video(film, zoom, preset=str(zoom), end=0.2, overwrite=True)
    with pytest.raises(MediaError, match=r"in\.mp4: has no recipe"):
        render_video(film, out, preset=str(film), overwrite=True)


def carried(path, text: str):
    """A film with a comment."""
    return write_film(path, panned(2, 48, 64), metadata={"comment": text})


MADE: str = f'[made]\nvidream = "{__version__}"\nsource = "in.mp4"\n'
HEAD = '# Made by vidream 0.3.0: how.\ncommand = "video"\n'
DAMAGED = {
    HEAD: "does not say what was made",
    HEAD + "[made]\n": "does not say of what",
    HEAD + '[made]\nsource = "a"\n': "which version",
    HEAD + '[made]\nsource = ["a"]\nvidream = "0.3.0"\n': "of what it was made",
    HEAD + '[made]\nsource = "a"\nvidream = "0.3.0\\u001b[2J"\n': "which version",
    HEAD + MADE + "run = 3\n": "are tables",
    HEAD + MADE + "[": "not TOML",
    HEAD + "steps = " + "[" * 5000 + "\n" + MADE: "too deep|not TOML",
    HEAD + "steps = 3000\n" + MADE: "is damaged: steps must be",
    HEAD + "octavs = 3\n" + MADE: "is damaged: octavs: no such knob",
    HEAD + "overwrite = true\n" + MADE: "is damaged: overwrite: no such knob",
    HEAD + "octavs = 3\n" + MADE.replace(__version__, "9.1.0"): "made by vidream 9.1.0, and this is",
    HEAD + MADE + "x = '" + "x" * 70_000 + "'\n": "larger than 65536 bytes",
    HEAD + "a" * 300 + " = 1\n" + MADE: "no knob is called so",
}  # fmt: skip


def test_a_recipe_that_is_damaged_or_hostile_is_told():
    for text, fault in DAMAGED.items():
        for use in (lambda recipe: recipe.command_line, lambda recipe: configure("video", preset=recipe)):
            with pytest.raises(ConfigError, match=fault) as caught:
                use(read_recipe(text, "film.mp4"))
            assert str(caught.value).startswith("film.mp4: ")
            assert len(str(caught.value)) < 300


def test_a_recipe_that_is_damaged_hostile_or_huge_is_one_line_of_a_command(tmp_path, film, seed, capsys):
    paths = [
        carried(tmp_path / "damaged.mp4", f"{HEAD}octavs = 3\n{MADE}"),
        carried(tmp_path / "huge.mkv", f"{HEAD}{MADE}x = '{'x' * 10_000_000}'\n"),
        tmp_path / "huge.png",
        tmp_path / "damaged.jpg",
    ]
    write_picture(paths[2], Picture(panned(1, 48, 64)[0]), {"comment": f"{HEAD}{MADE}x = '{'x' * 10_000_000}'\n"})
    write_picture(paths[3], Picture(panned(1, 48, 64)[0]), {"comment": f"{HEAD}steps = []\n{MADE}"})
    for path in paths:
        for words in (["recipe", path], ["video", film, tmp_path / "out.mp4", "--preset", path]):
            assert main([str(word) for word in words]) == 2
            said = capsys.readouterr()
            assert re.fullmatch(rf"vidream: .*{path.name}: .*\n", said.err), said.err
            assert len(said.err) < 400
            assert said.out == ""
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize("ending", PICTURES)
def test_every_picture_carries_its_recipe_alone_and_in_a_row(tmp_path, film, seed, tiny, ending):
    alone, row = tmp_path / f"made{ending}", tmp_path / "row" / f"%03d{ending}"
    render_image(f"{film}@1.5", alone, **tiny, steps=1, strength=0.75)
    render_video(film, row, **tiny, end=0.1, strength=SHARE)
    recipe = recipe_of(alone)
    assert recipe.arguments == {"source": "in.mp4@1.5", "out": alone.name}
    assert configure("image", **recipe.knobs) == configure("image", **tiny, steps=1, strength=0.75)
    assert configure("image", preset=recipe_of(alone)).dream.strength == 0.75
    for number in (1, 2):
        assert recipe_of(row.with_name(f"{number:03d}{ending}")).text == recipe_of(row).text
    assert recipe_of(row.with_name(f"001{ending}")).arguments["out"] == row.name
    render_image(seed, alone, **tiny, steps=1, overwrite=True, no_recipe=True)
    with pytest.raises(MediaError, match="has no recipe"):
        recipe_of(alone)


TOKENS = (
    "[",
    "}",
    '"',
    "=",
    "1e400",
    "nan",
    "true",
    "\n[made.run]\n",
    "[music]",
    "2020-01-01",
    "\0",
    "{ follow = 3 }",
    "[[0]]",
)


def test_no_damage_to_a_recipe_is_more_than_a_line():
    dice, told = random.Random(3), list[str]()
    given: dict[str, Any] = {"mask": "m.png", "strength": SHARE, "start": "1:30", "sound": "s.wav"}
    texts = [
        recipe_text(configure("video", **given), FACTS),
        recipe_text(configure("music", base="zoom", preset="kick"), FACTS),
    ]
    for _ in range(1000):
        lines = dice.choice(texts).splitlines()
        for number in dice.sample(range(len(lines)), 2):
            place = dice.randrange(len(lines[number]) + 1)
            lines[number] = lines[number][:place] + dice.choice(TOKENS) + lines[number][place + dice.randrange(3) :]
            if dice.random() < 0.5:
                lines[number] = f"{lines[number].partition('=')[0]}= {dice.choice(TOKENS)}"
        for use in (lambda recipe: recipe.command_line, lambda recipe: configure("video", preset=recipe)):
            try:
                use(read_recipe("\n".join(lines), "film.mp4"))
            except ConfigError as error:
                told.append(str(error))
    assert len(told) > 500
    assert max(map(len, told)) < 2000
    assert not any("\n" in each for each in told)


FILES = {
    'network = "net.keras"\n': ("network", "its network 'net.keras' is not in its recipe; give --network FILE"),
    'strength = { follow = "low", of = "drums.wav" }\n': (
        "strength",
        "its --strength follows drums.wav, which is not in its recipe; give --strength anew",
    ),
    'guide = "guide.png"\n': ("guide", "its guide 'guide.png' is not in its recipe; give --guide PICTURE"),
    'weights = "w.h5"\n': ("weights", "its weights 'w.h5' is not in its recipe; give --weights FILE"),
}


def test_no_file_is_opened_that_only_a_recipe_names(tmp_path):
    for line, (name, fault) in FILES.items():
        run = f"[made.run]\n{line}" if name in ("guide", "weights") else ""
        text = f"{HEAD}{'' if run else line}{MADE}{run}"
        recipe = read_recipe(text, "film.mp4")
        with pytest.raises(ConfigError, match=f"^--preset film.mp4: {re.escape(fault)}$"):
            configure("video", preset=recipe)
        given: dict[str, Any] = {name: 0.5 if name == "strength" else "mine"}
        configure("video", preset=recipe, **given)
    for line in ('mask = "mask.png"', 'sound = "song.wav"', 'start = 3\nsize = 64\nbeats = "beats.txt"'):
        config = configure("video", preset=read_recipe(f"{HEAD}{MADE}[made.run]\n{line}\n", "film.mp4"))
        assert known(config) == configure("video")
    config = configure("video", preset=read_recipe(f'{HEAD}{MADE}[made.run]\nmask = "motion"\n', "film.mp4"))
    assert config.mask.mask == "motion"
    said: list[str] = []
    with scope(lambda event: said.append(str(event))):
        masked = read_recipe(f'{HEAD}{MADE}[made.run]\nmask = "motion"\n', "film.mp4")
        assert configure("zoom", preset=masked).mask.mask is None
    assert any("its mask 'motion' is not taken" in each for each in said)
    inside = read_recipe(f'{HEAD}{MADE}[video]\nnetwork = "net.keras"\n', "film.mp4")
    with pytest.raises(ConfigError, match=r"its network 'net.keras' is not in its recipe"):
        configure("video", preset=inside)
    outside = read_recipe(f'{HEAD}sound = "x"\n{MADE}', "film.mp4")
    with pytest.raises(ConfigError, match="sound: no such knob"):
        configure("video", preset=outside)
    larger = configure("video", preset=read_recipe(f"{HEAD}size = 4000\ncrf = 0\n{MADE}", "film.mp4"))
    assert larger.film == configure("video").film


def test_the_command_of_a_hostile_recipe_names_no_folder():
    strength = '{ follow = "low", of = "../../drums.wav" }'
    made = MADE.replace("in.mp4", "/etc/in.mp4") + 'out = "../../out.mp4"\n'
    text = f'{HEAD}strength = {strength}\n{made}[made.run]\nsound = "/etc/-song.wav"\nguide = "C:\\\\g.png"\n'
    line = read_recipe(text, "film.mp4").command_line
    assert "/" not in line.replace("./-song.wav", "")
    for name in ("in.mp4", "out.mp4", "drums.wav", "./-song.wav", "g.png"):
        assert name in line


def test_a_composite_has_no_look(tmp_path):
    text = recipe_text(configure("composite", strength=0.5), {**FACTS, "dream": "film.dream"})
    with pytest.raises(ConfigError, match="made by vidream composite, whose recipe is no look"):
        configure("video", preset=read_recipe(text, "film.mp4"))
    assert read_recipe(text, "x").command_line == "vidream composite in.mp4 film.dream out.mp4 --strength 0.5"


def test_other_weights_of_the_network_are_told(tmp_path, film, tiny, monkeypatch):
    said: list[str] = []

    def listen(event):
        if isinstance(event, WarningEvent):
            said.append(event.message)

    render_video(film, tmp_path / "made.mp4", **tiny, end=0.1)
    for digest, told in (("7", []), ("8", ["other weights of tiny"])):
        said.clear()
        monkeypatch.setitem(EMBEDDED, "tiny", Embedded(TINY, tiny_weights, digest))
        out = tmp_path / f"{digest}.mp4"
        render_video(film, out, preset=str(tmp_path / "made.mp4"), end=0.1, on_event=listen)
        assert [part for part in ["other weights of tiny"] if any(part in each for each in said)] == told


def test_a_mask_that_is_missing_is_told(tmp_path, film, tiny):
    said: list[str] = []
    path = carried(
        tmp_path / "made.mkv", f'{HEAD}network = "tiny"\nlayer = "block3"\n{MADE}[made.run]\nmask = "m.png"\n'
    )
    render_video(
        film,
        tmp_path / "out.mp4",
        preset=str(path),
        end=0.2,
        on_event=lambda event: said.append(event.message) if isinstance(event, NoteEvent) else None,
    )
    assert any("its mask 'm.png' is not taken" in each for each in said)


def test_a_recipe_in_a_file_of_a_newer_version_is_told(tmp_path):
    look = tmp_path / "look.toml"
    look.write_text(HEAD + "octavs = 3\n" + MADE.replace(__version__, "9.1.0"))
    with pytest.raises(ConfigError, match=r"octavs: no such knob, .*; it is of vidream '9\.1\.0'"):
        configure("video", preset=str(look))


def test_a_comment_of_somebody_else_is_no_recipe(tmp_path):
    with pytest.raises(MediaError, match="has no recipe"):
        recipe_of(carried(tmp_path / "a.mp4", 'command = "video"'))
    assert isinstance(configure("video", start="@a", markers="x.txt").film.start, Marker)


def test_what_is_neither_a_film_nor_a_picture_has_no_recipe(tmp_path):
    (tmp_path / "env.sh").write_text("export A=1\n")
    with pytest.raises(MediaError, match=r"env\.sh: neither a film \(.*\) nor a picture that can be read$"):
        recipe_of(tmp_path / "env.sh")
