"""What a live dream does while nobody moves."""

import threading
from collections.abc import Iterable

import numpy as np
import pytest
from playing import Viewer
from synthetic import panned, textured, write_film

from vidream import run_live
from vidream.config import configure
from vidream.errors import ConfigError
from vidream.frames import PEAK, Frame, Pixels, Size, size_of
from vidream.live.attract import BLEND, BREATH, DEEPENING, MEMORY, WAKING, Attract, Stillness
from vidream.live.source import LiveFrame
from vidream.live.status import StatusEvent

SCENE = textured(72, 128)
FPS = 12.5


class Played:
    """A source that has a list of frames, one each FPS; then nothing."""

    dropped, trouble = 3, "dark"
    size = Size(128, 72)

    def __init__(self, frames: Iterable[Pixels]) -> None:
        self.frames = [
            LiveFrame(Frame(pixels, PEAK), number, 100 + number / FPS) for number, pixels in enumerate(frames)
        ]
        self.closed = False

    def newest(self, wait: float) -> LiveFrame | None:
        return self.frames.pop(0) if self.frames else None

    def close(self) -> None:
        self.closed = True


def still(seconds: float, pixels: Pixels = SCENE) -> list[Pixels]:
    return [pixels] * round(seconds * FPS)


def moving(seconds: float) -> list[Pixels]:
    return panned(round(seconds * FPS), 72, 128, (5, 3))


def shown(attract: Attract, count: int) -> list[Pixels]:
    """The next frames of a source that is watched."""
    return [attract.newest(0).frame.pixels() for _ in range(count)]


def test_people_are_motion_noise_and_light_are_not():
    rng = np.random.default_rng(0)
    room = textured(360, 640)
    noisy = [np.clip(room + rng.normal(0, 12, room.shape), 0, 255).astype(np.uint8) for _ in range(15)]
    lit = [np.clip(SCENE * 0.5 + 40 + 2 * i, 0, 255).astype(np.uint8) for i in range(30)]
    for pictures in (noisy, lit):
        stillness = Stillness()
        assert not any(stillness.look(pixels, i / FPS) for i, pixels in enumerate(pictures))
        assert stillness.since == 0
    person = SCENE.copy()
    person[30:60, 60:72] = 250
    stillness = Stillness()
    assert [stillness.look(pixels, i / FPS) for i, pixels in enumerate([SCENE, SCENE, person])] == [False, False, True]


def test_what_moves_slowly_is_motion_too():
    slow = [np.roll(SCENE, i // 2, axis=1) for i in range(40)]
    stillness = Stillness()
    assert all([stillness.look(pixels, i / FPS) for i, pixels in enumerate(slow)][10:])


def test_the_dream_deepens_when_nobody_moves_and_motion_wakes_it():
    config = configure("video")
    attract = Attract(Played([*moving(2), *still(10 + DEEPENING), *moving(2)]), 5)
    shown(attract, round(7 * FPS))
    assert attract.depth == 0
    assert attract.deepened(config) is config
    shown(attract, round(DEEPENING * FPS))
    assert attract.depth > 0.9
    deep = attract.deepened(config)
    assert deep.dream.octaves > config.dream.octaves
    assert deep.dream.step_size > config.dream.step_size
    assert config.motion.persistence < deep.motion.persistence < 1
    shown(attract, round((5 + 1 + WAKING) * FPS))
    assert attract.depth == 0


def test_frames_dreamed_one_by_one_stay_so():
    attract = Attract(Played(still(40)), 1)
    shown(attract, round(30 * FPS))
    assert attract.deepened(configure("video", persistence=0)).motion.persistence == 0


def test_old_moments_are_played_after_long_stillness_and_motion_brings_the_camera_back():
    old, end = moving(4), moving(3)
    source = Played([*old, *still(10 + DEEPENING + BLEND), *end])
    attract = Attract(source, 5)
    before = shown(attract, round((4 + 4 + DEEPENING) * FPS))
    assert all(np.array_equal(one, other) for one, other in zip(before, [*old, *still(4 + DEEPENING)], strict=True))
    shown(attract, round(BLEND * FPS) + 15)
    replayed = shown(attract, 12)
    likeness = [min(float(np.abs(pixels.astype(int) - other).mean()) for other in old) for pixels in replayed]
    assert max(likeness) < 4
    assert min(float(np.abs(pixels.astype(int) - SCENE).mean()) for pixels in replayed) > 10
    rest = shown(attract, len(source.frames))
    assert np.array_equal(rest[-1], end[-1])


def test_there_is_nothing_to_play_where_nothing_ever_moved():
    attract = Attract(Played(still(60)), 1)
    assert all(np.array_equal(pixels, SCENE) for pixels in shown(attract, round(60 * FPS)))


def test_memory_is_bounded_and_moments_are_small():
    attract = Attract(Played(np.roll(np.tile(SCENE, (15, 15, 1)), i * 40, axis=1) for i in range(3)), 1)
    shown(attract, 3)
    assert max(size_of(attract._moments[-1].pixels)) == 1280
    attract = Attract(Played(moving(MEMORY / FPS + 8)), 1)
    shown(attract, MEMORY + 50)
    assert len(attract._moments) == MEMORY


def test_a_source_that_is_watched_says_what_it_says_itself():
    source = Played([])
    attract = Attract(source, 1)
    assert (attract.size, attract.dropped, attract.trouble, attract.newest(0)) == (source.size, 3, "dark", None)
    attract.close()
    assert source.closed


def test_the_deepest_dream_rises_and_falls():
    attract = Attract(Played(still(60)), 1)
    shown(attract, round(22 * FPS))
    steps = []
    for _ in range(round(BREATH * FPS)):
        shown(attract, 1)
        steps.append(attract.deepened(configure("video")).dream.step_size)
    assert (min(steps), max(steps)) == pytest.approx((1.3, 1.6), rel=0.01)


def test_a_zoom_has_nothing_that_could_move(seed):
    with pytest.raises(ConfigError, match="--attract waits for motion"):
        run_live(str(seed), window=False, attract=5)


def test_a_live_dream_has_larger_forms_when_nothing_moves(tmp_path, tiny, monkeypatch):
    monkeypatch.setattr("vidream.live.attract.DEEPENING", 0.2)
    write_film(tmp_path / "still.mp4", [SCENE] * 50)
    octaves, deep = [], threading.Event()

    def listener(event):
        if isinstance(event, StatusEvent):
            octaves.append(event.status.octaves)
            if octaves[-1] > 2:
                deep.set()

    knobs = {"attract": 1, "seconds": 60, "rate": "10"} | tiny
    run_live(str(tmp_path / "still.mp4"), window=False, outputs=[Viewer()], on_event=listener, cancel=deep, **knobs)
    assert max(octaves) > 2
