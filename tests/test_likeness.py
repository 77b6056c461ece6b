"""How alike pictures look is measured, and looks are sorted by it; what they are tried on is a picture or a film."""

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from synthetic import panned, textured, write_film

from vidream.cli.preview import stopped, told_apart
from vidream.config import configure
from vidream.errors import ConfigError
from vidream.frames import as_pixels
from vidream.jobs.likeness import distance, order, signature
from vidream.jobs.look_commands import caption, commands
from vidream.jobs.looks import Look, preset_looks
from vidream.jobs.moment import BETWEEN, of_film, of_zoom
from vidream.jobs.scene import FRAMES, Scene, read_scene
from vidream.motion import View, optical_flow
from vidream.render.state import no_dream


def test_the_distance_of_pictures_is_one_of_looks_and_not_of_places():
    picture = textured(96, 128)
    finer = as_pixels(np.repeat(np.repeat(picture[::2, ::2], 2, 0), 2, 1).astype(np.float32))
    tint = as_pixels(picture * np.array([1.3, 1, 0.6], np.float32))
    same, rolled, other, tinted = (
        signature(each) for each in (picture, np.roll(picture, (32, 64), (0, 1)), finer, tint)
    )
    assert distance(same, same) == 0
    assert distance(same, other) == distance(other, same)
    assert distance(same, rolled) < 0.5 * min(distance(same, other), distance(same, tinted))


def test_the_order_begins_with_the_first_and_goes_on_with_what_differs_most():
    places = [0.0, 1.0, 5.0, 5.5, -9.0]
    signatures = [(np.array([[place] * 3, [1.0] * 3]),) for place in places]
    assert order(signatures, first=1) == [1, 4, 3, 0, 2]
    assert order([signatures[0]] * 3) == [0, 1, 2]
    assert order([]) == []


def test_the_film_of_a_picture_comes_to_stand_at_it():
    picture = textured(90, 120)
    clip = Scene(picture).clip()
    frames = [frame.pixels() for _, frame in clip.frames()]
    assert (len(frames), clip.count, clip.size) == (FRAMES, FRAMES, (120, 90))
    np.testing.assert_array_equal(frames[-1], picture)
    moved = [np.abs(optical_flow(View(b), View(a), "dis")).mean() for a, b in pairwise(frames)]
    assert 0.2 < min(moved) < max(moved) < 2  # px a frame, in every one


@pytest.mark.parametrize(
    ("named", "shown", "count", "seed"),
    [
        ("clip.mp4@1.6", 40, FRAMES, "clip.mp4@1.6"),
        ("clip.mp4@0.2", 5, 6, "clip.mp4@0.2"),
        ("clip.mp4", 29, FRAMES, "@1.180"),
    ],
)
def test_the_film_of_a_film_leads_up_to_the_frame(tmp_path, named, shown, count, seed):
    film = panned(45)
    write_film(tmp_path / "clip.mp4", film)  # 25 a second
    scene = read_scene(str(tmp_path / named), 1000, 10**6)
    assert len(scene.film) == count
    assert scene.seed.endswith(seed)
    np.testing.assert_array_equal(scene.film[-1], scene.picture)
    differences = [np.abs(scene.picture.astype(int) - frame).mean() for frame in film]
    assert int(np.argmin(differences)) == shown
    again = read_scene(scene.seed, 1000, 10**6)  # what the page's commands are given is that frame
    np.testing.assert_array_equal(again.picture, scene.picture)


def test_what_shows_a_look_is_the_films_last_frame_or_a_zooms_frame():
    scene = Scene(textured(48, 64))
    film = of_film(scene, configure("video", loop=True, size="32"), no_dream)
    np.testing.assert_array_equal(film, scene.picture)
    zoom = configure("zoom", fps=60, zoom=2.0, loop=True, anchor=0)
    shown = of_zoom(scene, zoom, no_dream)
    assert shown.shape == scene.picture.shape
    middle = cv2.resize(scene.picture[18:30, 24:40], (64, 48), interpolation=cv2.INTER_CUBIC)  # 2 s: 2 ** 2 times
    assert np.corrcoef(shown.ravel(), middle.ravel())[0, 1] > 0.9


def test_shipped_looks_are_named_by_themselves_or_by_what_they_are_for():
    def titles(*names):
        return [look.title for look in preset_looks({}, names)]

    made_for = {look.title: look.command for look in preset_looks({})}
    assert titles("silk", "coral") == ["coral", "silk"]
    assert titles("video") == [name for name, command in made_for.items() if command == "video"]
    assert titles("video", "coral") == [name for name in made_for if name == "coral" or made_for[name] == "video"]
    with pytest.raises(ConfigError, match="--preset silc: no such look; did you mean silk"):
        titles("coral", "silc")


def test_zooms_on_a_sheet_of_films_are_told():
    zoom, film = (Look("preset", "x", (), configure("image"), command) for command in ("zoom", "video"))
    layer = Look("layer", "x", (), configure("image"))
    assert told_apart([zoom, layer, film]).startswith("1 of 2 looks are made for zoom or music, and shown as a zoom")
    assert told_apart([zoom]) == told_apart([film, layer]) == ""


def test_a_sheet_that_is_stopped_says_that_nothing_was_kept_and_how_to_ask_for_less():
    kept = "stopped: nothing was kept, a sheet is written when all its looks are done"
    assert stopped({"presets": True}) == stopped({"presets": False}) == f"{kept}; --preset video makes fewer looks"
    assert stopped({"presets": "video"}) == stopped({"layers": True, "presets": False}) == kept


@pytest.mark.parametrize("tall", [False, True])
def test_a_look_whose_layers_take_turns_is_shown_in_strips_one_of_each_turn(tall):
    def by_weight(start, config, steps, *given, **more):
        return np.full_like(start, 50 + 50 * np.argmax([layer.weight for layer in config.goal.layer]))

    cycles = ([1, 0, 0], [0, 1, 0], [0, 0, 1])
    layers: Any = [
        {"name": f"block{number}", "weight": {"cycle": each, "every": "10s", "fade": "4s"}}
        for number, each in enumerate(cycles, 3)
    ]
    picture = textured(66, 96)
    shown = of_zoom(Scene(picture.swapaxes(0, 1) if tall else picture), configure("zoom", layer=layers), by_weight)
    shown = shown.swapaxes(0, 1) if tall else shown
    assert shown.shape == picture.shape
    for turn in range(3):
        assert (shown[:, 32 * turn + BETWEEN : 32 * turn + 32] == 50 + 50 * turn).all()
    assert not shown[:, 32 : 32 + BETWEEN].any()


@pytest.mark.parametrize(
    ("source", "kind", "command", "expected"),
    [
        ("a b.jpg", "preset", "zoom", ["vidream zoom 'a b.jpg' 'a b-x.mp4' --strength 2 --preset x"]),
        ("a.jpg", "preset", "video", ["vidream image a.jpg a-x.png --strength 2 --dream-size 64 --preset x"]),
        ("f.mp4@1.5", "preset", "video", ["vidream video f.mp4 f-x.mp4 --strength 2 --dream-size 64 --preset x"]),
        ("f.mp4", "preset", "zoom", ["vidream zoom f.mp4@1.180 f-x.mp4 --strength 2 --preset x"]),
        (
            "-a.jpg",
            "preset",
            "music",
            [
                "vidream zoom ./-a.jpg ./-a-x.mp4 --strength 2 --preset x",
                "vidream music SONG ./-a.jpg ./-a-x-music.mp4 --strength 2 --dream-size 64 --preset x",
            ],
        ),
        ("a.jpg", "channel", "image", ["vidream image a.jpg a-x.png --strength 2 --dream-size 64 --preset x"]),
    ],
)
def test_the_command_of_a_look_makes_what_it_is_for(source, kind, command, expected):
    look = Look(kind, "x", ("--preset", "x"), configure("image"), command)
    seed = source if source != "f.mp4" else "f.mp4@1.180"
    knobs: dict[str, Any] = {"strength": 2, "dream_size": 64}
    if kind == "channel":
        knobs["layer"] = "block4:7"  # its own flags say it
    assert list(commands(look, source, seed, knobs)) == expected
    assert caption(look) == (f"x (made for {command})" if kind == "preset" else "x")
