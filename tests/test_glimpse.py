"""A glimpse of a look is soon there, moves, leads into itself, and shows the same moment as its still."""

import threading
from pathlib import Path

import numpy as np
import pytest

from vidream.config import configure
from vidream.errors import Cancelled
from vidream.events import scope
from vidream.jobs.glimpse import BREATH, LOOP_RATE, ZOOM_FRAMES, loop, still, write_loop
from vidream.jobs.scene import Scene, read_scene
from vidream.media.reader import open_video
from vidream.render.dreamer import make_dreamer

SAMPLES = Path(__file__).parents[1] / "samples"
SIDE = 65


@pytest.fixture(scope="module")
def scene():
    return read_scene(str(SAMPLES / "bunny.mp4") + "@0.5", SIDE, 10**7)


def shown(command, scene, **knobs):
    config = configure(command, layer="block4", **knobs)
    dreamer = make_dreamer(config)
    return still(scene, config, dreamer), [*loop(scene, config, dreamer)]


def difference(one, other):
    return float(np.abs(one.astype(float) - other).mean())


@pytest.mark.parametrize("command", ["video", "zoom", "image"])
def test_a_loop_leads_into_itself_and_begins_as_its_still(scene, command):
    first, frames = shown(command, scene)
    assert first.shape == frames[0].shape == (36, 64, 3)
    steps = [difference(a, b) for a, b in zip(frames, frames[1:] + frames[:1], strict=True)]
    assert max(steps) > 0.5
    assert steps[-1] < 2 * max(steps[:-1])
    others = [difference(first, each) for each in frames]
    assert others[0] <= sorted(others)[len(others) // 3]


def test_a_film_runs_up_to_the_moment_and_back(scene):
    _, frames = shown("video", scene)
    half = (len(scene.film) + 1) // 2
    assert len(frames) == 2 * half - 2
    assert all((one == other).all() for one, other in zip(frames[1:half], frames[: half - 2 : -1], strict=False))


def test_a_zoom_and_a_picture_last_their_time(scene):
    assert len(shown("zoom", scene)[1]) == ZOOM_FRAMES
    picture = Scene(scene.picture)
    _, frames = shown("image", picture)
    assert len(frames) == BREATH
    plain = picture.picture[:36, :64]
    assert difference(frames[BREATH // 2], plain) < 0.2 * difference(frames[0], plain)


def test_a_look_grows_over_noise_before_it_is_shown(scene):
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    at_once, grown = (shown("zoom", Scene(noise, seed))[0] for seed in ("", "noise"))
    assert difference(grown, noise) > 1.2 * difference(at_once, noise)


def test_a_loop_is_a_film_of_its_rate(scene, tmp_path):
    _, frames = shown("video", scene)
    out = tmp_path / "loop.mp4"
    write_loop(iter(frames), out)
    write_loop(iter(frames[:10]), out)
    found = open_video(out)
    assert (found.fps, found.count) == (LOOP_RATE, 10)
    assert [*tmp_path.iterdir()] == [out]


@pytest.mark.parametrize("command", ["video", "zoom", "image"])
def test_what_moves_by_what_is_not_heard_stands_in_the_middle(scene, command):
    config = configure(command, layer="block4", strength={"sine": [0.5, 0.5], "period": "1s"})
    assert still(scene, config, make_dreamer(config)).any()
    if command != "image":
        heard = {"follow": "low", "of": "/nowhere.wav", "base": 0.5, "amount": 1}
        follows = configure(command, layer="block4", strength=heard)
        stands = configure(command, layer="block4", strength=1.0)
        both = [still(scene, each, make_dreamer(each)) for each in (follows, stands)]
        assert (both[0] == both[1]).all()


def test_a_loop_can_be_stopped(scene):
    config = configure("zoom", layer="block4")
    cancel = threading.Event()
    with scope(None, cancel):
        frames = loop(scene, config, make_dreamer(config))
        next(frames)
        cancel.set()
        with pytest.raises(Cancelled):
            next(frames)
