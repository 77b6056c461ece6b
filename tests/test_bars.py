"""A film's black bars: what is taken for one, what is not, and that the dream stays out of them."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from synthetic import SAMPLES, each_frame, film_plan, panned, pixels_of, read_film, rendered, textured, write_film

from vidream.config import configure
from vidream.errors import ConfigError
from vidream.frames import Context, Size
from vidream.jobs.video import render_video
from vidream.media.reader import open_video
from vidream.plan.bars import borders_of
from vidream.render.segments import SEGMENT
from vidream.render.state import no_dream
from vidream.resample import fit_pixels

SIDES = {"letterbox": (10, 10, 0, 0), "pillarbox": (0, 0, 14, 14), "window": (8, 8, 12, 12), "uneven": (10, 13, 0, 0)}
FRAMES = 12


def boxed(frames, sides, level=0):
    """The frames with bars of that many px laid over them at top, bottom, left, right."""
    for frame in frames:
        top, bottom, left, right = sides
        height, width = frame.shape[:2]
        result = np.full_like(frame, level)
        inner = np.s_[top : height - bottom, left : width - right]
        result[inner] = frame[inner]
        yield result


def scene(count=FRAMES, seed=0):
    """A camera that moves down and right over soft forms, nowhere black."""
    return [np.maximum(frame, 12) for frame in panned(count, 72, 128, by=(2, 1))]


def film(tmp_path, frames, name="in.mkv", **encoding):
    return write_film(tmp_path / name, frames, **encoding)


def steps(path, **given):
    return list(film_plan(path, **given).steps())


def widths(path, **given):
    """What is held to be bar at each frame of a film, as its loop joins it."""
    frames = rendered(steps(path, **given), lambda start, *_, **__: start)
    return [(0,) * 4 if step.bars is None or kept.bars is None else wide(step, kept) for step, _, kept in frames]


def wide(step, kept):
    return type(step.bars)(step.bars.size, kept.bars).widths


def noisy(start, now, steps, context=Context()):
    """A stand-in for the dream, that is strong everywhere."""
    return start + np.random.default_rng(1).normal(40, 30, start.shape).astype(np.float32)


def dreamed(path, **given):
    """(source, output) of each frame."""
    return [(step.source.pixels(), pixels) for step, pixels, _ in rendered(steps(path, **given), noisy)]


def bars_of(frame, sides):
    top, bottom, left, right = sides
    mask = np.ones(frame.shape[:2], bool)
    mask[top : mask.shape[0] - bottom, left : mask.shape[1] - right] = False
    return frame[mask]


@pytest.mark.parametrize("sides", SIDES.values(), ids=SIDES)
@pytest.mark.parametrize(
    "given",
    [{}, {"carry": "picture"}, {"dream_every": 3}, {"persistence": 0}, {"dream_size": 60}, {"strength": 3}],
    ids=str,
)
def test_bars_are_left_as_they_are_and_the_picture_is_dreamed_up_to_them(tmp_path, sides, given):
    path = film(tmp_path, boxed(scene(), sides))
    top, bottom, left, right = sides
    lines = []
    for source, out in dreamed(path, **given):
        np.testing.assert_array_equal(bars_of(out, sides), bars_of(source, sides))
        edge = np.abs(out.astype(int) - source)[top : 72 - bottom, left : 128 - right]
        lines.append([line.mean() for line in (edge[0], edge[-1], edge[:, 0], edge[:, -1])])
    assert np.mean(lines, 0).min() > 5


def test_they_are_dreamed_if_that_is_asked_for_and_no_other_film_is_touched(tmp_path):
    path = film(tmp_path, boxed(scene(), SIDES["letterbox"]))
    assert bars_of(dreamed(path, bars="dream")[0][1], SIDES["letterbox"]).mean() > 20
    plain = film(tmp_path, scene(), "plain.mkv")
    assert all(step.bars is None for step in steps(plain))


@pytest.mark.parametrize(("level", "kept"), [(0, True), (2, True), (3, False), (20, False)])
def test_a_bar_is_within_two_levels_of_black(level, kept):
    (frame,) = boxed(scene(1), SIDES["letterbox"], level)
    borders = borders_of(frame)
    assert kept == (borders is not None and list(borders[2]) == [10, 10, 0, 0])


@pytest.mark.parametrize(
    "sides", [(10, 0, 0, 0), (10, 19, 0, 0), (0, 0, 23, 14), (0, 0, 0, 14), (1, 1, 0, 0), (34, 34, 0, 0)]
)
def test_what_is_not_as_wide_on_both_sides_or_leaves_no_picture_is_no_bar(tmp_path, sides):
    assert set(widths(film(tmp_path, boxed(scene(3), sides)))) == {(0, 0, 0, 0)}


def night(count=FRAMES):
    """Stars, and a moon in the middle, in a sky that is black."""
    rng = np.random.default_rng(2)
    sky = np.zeros((72, 160, 3), np.uint8)
    sky[rng.integers(6, 66, 60), rng.integers(0, 160, 60)] = 200
    y, x = np.mgrid[:72, :160]
    sky[(y - 36) ** 2 + (x - 80) ** 2 < 200] = 230
    return [sky[:, k : k + 128].copy() for k in range(count)]


def iris(count=FRAMES):
    y, x = np.mgrid[:72, :128]
    return [
        np.where(((y - 36) ** 2 + (x - 64) ** 2 < (6 + 3 * k) ** 2)[..., None], f, 0)
        for k, f in enumerate(scene(count))
    ]


def title(count=FRAMES):
    """Words in the middle of what is black."""
    import cv2

    frame = cv2.putText(np.zeros((72, 128, 3), np.uint8), "the end", (24, 42), 0, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    return [frame] * count


def dusk(count=FRAMES):
    """A light horizon between a black sky and a black ground, that is not straight."""
    frames = []
    for k in range(count):
        wave = (6 * np.sin(np.arange(128) / 9 + k / 5)).astype(int)
        frame = np.zeros((72, 128, 3), np.uint8)
        for column in range(128):
            frame[24 + wave[column] : 48 + wave[column], column] = 120
        frames.append(frame)
    return frames


def vignette(falls, count=FRAMES):
    """Forms that grow darker towards the borders, and are black at them; `falls`: by how much light a px."""
    y, x = np.mgrid[:72, :128]
    inside = np.minimum(np.minimum(y, 71 - y), np.minimum(x, 127 - x))
    return [(frame * np.clip((inside - 4) * falls, 0, 1)[..., None]).astype(np.uint8) for frame in scene(count)]


def street(ground, count=FRAMES):
    """A black sky over lit houses, which begin at a straight line; the ground under them is black for some px."""
    frames = []
    for frame in scene(count):
        night = np.zeros_like(frame)
        night[30 : 72 - ground] = frame[30 : 72 - ground]
        frames.append(night)
    return frames


DARK = {
    "vignette": lambda: vignette(1 / 24),
    "soft vignette": lambda: vignette(1 / 60),
    "sky": lambda: street(0),
    "sky and ground": lambda: street(12),
    "black": lambda: [np.zeros((72, 128, 3), np.uint8)] * FRAMES,
    "nearly black": lambda: [np.minimum(frame // 100, 2) for frame in scene()],
    "night": night,
    "iris": iris,
    "title": title,
    "dusk": dusk,
    "fade": lambda: [(frame * (k / 40)).astype(np.uint8) for k, frame in enumerate(scene(30))],
}


@pytest.mark.parametrize("encoding", [{}, {"crf": 23, "pix_fmt": "yuv420p"}], ids=str)
@pytest.mark.parametrize("dark", DARK)
def test_a_dark_film_has_no_bars(tmp_path, dark, encoding):
    moved = [frame.copy() for frame in DARK[dark]()]
    for k, frame in enumerate(moved):
        frame[36, 64] = k  # so that none is held
    assert set(widths(film(tmp_path, moved, **encoding))) == {(0, 0, 0, 0)}


def subtitled(frames, first, last, at=65):
    for k, frame in enumerate(frames):
        if first <= k < last:
            marked = frame.copy()
            marked[at : at + 4, 40:90:2] = 230
            yield marked
        else:
            yield frame


def test_what_shows_in_a_bar_ends_both_for_the_shot(tmp_path):
    """A subtitle from frame 12 to 15: from the frame that first sees it ahead on, until the cut at 24."""
    first = boxed(scene(24), SIDES["letterbox"])
    second = boxed([255 - frame for frame in scene(6)], SIDES["letterbox"])
    got = widths(film(tmp_path, [*subtitled(first, 12, 15), *second]))
    begins = got.index((0, 0, 0, 0))
    assert 4 <= begins <= 12
    assert got == [(10, 10, 0, 0)] * begins + [(0, 0, 0, 0)] * (24 - begins) + [(10, 10, 0, 0)] * 6


def test_bars_come_and_go_with_cuts(tmp_path):
    """A film whose format changes from shot to shot; each keeps its bars to its last frame."""
    shots = [(10, 10, 0, 0), (0, 0, 0, 0), (0, 0, 14, 14)]
    frames = [
        box
        for k, sides in enumerate(shots)
        for box in boxed([np.roll(frame, k, -1) ^ (255 * (k % 2)) for frame in scene(10)], sides)
    ]
    assert widths(film(tmp_path, frames)) == [sides for sides in shots for _ in range(10)]


def test_bars_are_found_as_a_fade_from_black_lights_the_picture(tmp_path):
    faded = [(frame * min(1, k / 20)).astype(np.uint8) for k, frame in enumerate(scene(26))]
    got = widths(film(tmp_path, boxed(faded, SIDES["letterbox"])))
    assert got[-10:] == [(10, 10, 0, 0)] * 10
    assert set(got) <= {(10, 10, 0, 0), (0, 0, 0, 0)}
    out = widths(film(tmp_path, boxed(faded[::-1], SIDES["letterbox"]), "out.mkv"))
    assert out == [(10, 10, 0, 0)] * 26


REAL = [(22, 22, 0, 0), (0, 0, 38, 38), (23, 23, 37, 37), (7, 7, 0, 0), (21, 21, 0, 0), (35, 35, 0, 0), (45, 45, 0, 0)]
REAL += [(20, 24, 0, 0), (44, 48, 0, 0), (0, 0, 39, 39), (0, 0, 24, 20), (0, 0, 9, 17), (3, 4, 0, 0), (0, 0, 140, 136)]


@pytest.mark.parametrize(("pix_fmt", "crf"), [("yuv420p", 14), ("yuv420p", 28), ("yuv444p", 18)])
@pytest.mark.parametrize("sides", REAL, ids=str)
def test_bars_of_any_width_are_found_in_what_an_encoder_makes_of_them(tmp_path, sides, pix_fmt, crf):
    """Odd, narrow, some px off centre; ringing beside their edges, and colour that is halved across them."""
    meadow = islice(pixels_of(open_video(SAMPLES / "bunny.mp4"), 30), 8)
    boxes = boxed([fit_pixels(each, Size(448, 252)) for each in meadow], sides)
    path = film(tmp_path, boxes, "in.mp4", crf=crf, pix_fmt=pix_fmt)
    got = widths(path, strength=0)
    assert all(np.abs(np.subtract(each, sides)).max() <= 1 for each in got), got


def test_they_are_found_at_whatever_size_the_film_is_made(tmp_path):
    path = film(tmp_path, boxed(scene(), SIDES["letterbox"]))
    assert set(widths(path, size="64max")) == {(5, 5, 0, 0)}
    assert set(widths(path, size="128x52")) == {(0, 0, 0, 0)}
    for source, out in dreamed(path, size="97max"):
        np.testing.assert_array_equal(out[:7], source[:7])


@pytest.mark.parametrize("given", [{}, {"loop": True}, {"dream_every": 3}, {"persistence": 0}], ids=str)
def test_stopped_anywhere_and_gone_on_with_is_the_same_film(tmp_path, tiny, given):
    """The subtitle has gone when the second run begins; that it was there is not forgotten."""
    frames = list(subtitled(boxed(scene(2 * SEGMENT + 8), SIDES["letterbox"]), SEGMENT - 6, SEGMENT - 2))
    path, given = film(tmp_path, frames), tiny | {"dream_size": 64, "first_steps": 1} | given

    class Stop(Exception):  # noqa: N818
        pass

    def stop(done, total):
        if done > SEGMENT + 2:
            raise Stop

    render_video(path, tmp_path / "straight.mkv", **given, crf=0)
    with pytest.raises(Stop):
        render_video(path, tmp_path / "out.mkv", **given, crf=0, on_event=each_frame(stop))
    render_video(path, tmp_path / "out.mkv", **given, crf=0)
    straight, out = (read_film(tmp_path / name)[0] for name in ("straight.mkv", "out.mkv"))
    for mine, theirs in zip(out, straight, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_mask_holds_between_them(tmp_path):
    from vidream.media.still import Picture, write_picture

    left = np.zeros((72, 128, 3), np.uint8)
    left[:, :64] = 255
    write_picture(tmp_path / "left.png", Picture(left))
    path = film(tmp_path, boxed(scene(), SIDES["letterbox"]))
    for source, out in dreamed(path, mask=str(tmp_path / "left.png"), mask_feather=0):
        changed = np.abs(out.astype(int) - source).mean(-1)
        assert changed[:10].max() == changed[:, 64:].max() == 0
        assert changed[10:62, :60].mean() > 10


def test_without_a_dream_nothing_changes(tmp_path):
    path = film(tmp_path, boxed(scene(), SIDES["window"]))
    for step, pixels, _ in rendered(steps(path, strength=0), no_dream):
        np.testing.assert_array_equal(pixels, step.source.pixels())


@pytest.mark.parametrize("by", [(4, 0), (3, 2), (0, 3)])
def test_motion_beside_a_bar_is_that_of_the_picture(tmp_path, by):
    """Black that stands still would hold what moves out from beneath it."""
    frames = [np.maximum(frame, 12) for frame in panned(6, 180, 320, by=by)]
    path = film(tmp_path, boxed(frames, (24, 24, 0, 0)))
    for kept, limit in (("keep", 0.5), ("dream", 3)):
        errors = [np.abs(step.flow - np.float32(by)).sum(-1)[24:36].mean() for step in steps(path, bars=kept)[1:]]
        assert max(errors) < limit


def test_parts_of_a_film_with_bars_begin_where_its_shots_do(tmp_path):
    first = boxed(scene(20), SIDES["letterbox"])
    second = boxed([255 - frame for frame in scene(20)], SIDES["pillarbox"])
    path = film(tmp_path, [*first, *second])
    shots = list(film_plan(path).shots())
    whole = steps(path)
    assert [shot.first for shot in shots] == [step.index for step in whole if step.cut] == [0, 20]
    parts = [replace(film_plan(path), part=shot) for shot in shots]
    frames = [each for part in parts for each in rendered(part.steps(), noisy)]
    for (_, mine, _), (_, theirs) in zip(frames, dreamed(path), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_bars_are_of_films(tmp_path):
    for command in ("zoom", "image"):
        with pytest.raises(ConfigError, match="has no such knob"):
            configure(command, bars="keep")  # type: ignore[call-overload]
    assert configure("music", base="video", bars="dream").mask.bars == "dream"
    with pytest.raises(ConfigError):
        configure("music", base="zoom", bars="dream")


def test_a_frame_with_a_picture_to_its_sides_costs_next_to_nothing():
    """Only its outermost lines are looked at."""
    import time

    frame = textured(1080, 1920)
    began = time.perf_counter()
    for _ in range(20):
        assert borders_of(frame) is None
    assert (time.perf_counter() - began) / 20 < 0.005
