"""The zoom: its camera, its loop, its files."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from synthetic import (
    SAMPLES,
    Stop,
    clicks,
    each_frame,
    heard,
    panned,
    probe,
    read_film,
    rendered,
    stop_after,
    textured,
    write_film,
)

from vidream.camera import STILL, camera_flow, compose, invert
from vidream.config import configure
from vidream.errors import ConfigError, MediaError
from vidream.frames import LUMA, Context, Size
from vidream.jobs.zoom import noise, plan_zoom, render_zoom
from vidream.media.still import Picture, write_picture
from vidream.plan.zoom import ZoomPlan, per_frame
from vidream.render import composite
from vidream.render.composite import SHARPEST, Anchor
from vidream.render.segments import SEGMENT
from vidream.render.state import no_dream
from vidream.render.workfolder import folder_of
from vidream.warp import warp

SMALL: dict[str, Any] = {"size": "96x64", "frames": 12}


@pytest.fixture
def seed(tmp_path) -> Path:
    write_picture(tmp_path / "seed.png", Picture(textured(64, 96)))
    return tmp_path / "seed.png"


def plan(seed=None, **given) -> ZoomPlan:
    pixels = textured(64, 96) if seed is None else seed
    return ZoomPlan(pixels, configure("zoom", **given))


def camera_only(seed=None, **given):
    """The frames of a zoom in which nothing is dreamed and nothing drawn to the anchor."""
    given = {"strength": 0, "anchor": 0} | given
    return [pixels for _, pixels, _ in rendered(plan(seed, **given).steps(), no_dream)]


def match_anchor(image, anchor, *how):
    return composite.match_anchor(image, Anchor(anchor), *how)


def match_sharpness(image, anchor, pull):
    return composite.match_sharpness(image, Anchor(anchor), pull)


MOVES = {"zoom": 1.4, "turn": 20, "drift": "0.1,0.05", "focus": "0.3,0.6"}


def test_the_first_frame_is_the_seed_and_the_camera_moves_from_there():
    frames = camera_only(frames=3, **MOVES)
    np.testing.assert_array_equal(frames[0], textured(64, 96))
    moved = plan(**MOVES).move(1)
    expected = warp(textured(64, 96).astype(np.float32), camera_flow(Size(96, 64), moved))
    np.testing.assert_allclose(frames[1], np.clip(expected, 0, 255), atol=0.51)


@pytest.mark.parametrize(
    "moves", [MOVES, {"zoom": {"keys": [["0s", 1], ["1s", 2]]}, "turn": {"sine": [0, 30], "period": "1s"}}]
)
def test_twice_the_frame_rate_shows_the_same_camera(moves):
    slow, fast = (camera_only(frames=count, fps=fps, **moves) for fps, count in ((30, 16), (60, 31)))
    for k in (1, 7, 15):
        inner = np.s_[12:-12, 16:-16]
        assert np.abs(fast[2 * k][inner].astype(float) - slow[k][inner]).mean() < 1.0
    assert np.abs(fast[15][inner].astype(float) - slow[15][inner]).mean() > 4  # and it does move


def test_a_second_is_what_was_asked_for():
    onward, asked = STILL, plan(zoom=1.5, turn=12, frames=40)
    for index in range(1, 31):
        onward = compose(onward, asked.move(index))
    assert np.linalg.det(onward[:, :2]) ** -0.5 == pytest.approx(1.5)
    assert np.degrees(np.arctan2(onward[0, 1], onward[0, 0])) == pytest.approx(12)
    drifted = plan(zoom=1, drift=(0.25, 0), frames=40)
    assert sum(drifted.move(index)[0, 2] for index in range(1, 31)) == pytest.approx(0.25 * 96)


def test_a_rate_that_moves_comes_to_its_mean_whatever_the_frame_rate():
    """From 1 to 4 times a second, evenly in one second: exp of the integral of log(1 + 3 t)."""
    grown = {}
    for fps in (10, 30, 240):
        asked, onward = plan(zoom={"keys": [["0s", 1], ["1s", 4]]}, fps=fps), STILL
        for index in range(1, fps + 1):
            onward = compose(onward, asked.move(index))
        grown[fps] = np.linalg.det(onward[:, :2]) ** -0.5
    exact = np.exp((4 * np.log(4) - 3) / 3)
    assert list(grown.values()) == pytest.approx([exact] * 3, rel=5e-3)


def test_what_acts_on_each_frame_comes_to_the_same_in_a_second():
    config = configure("zoom", anchor=0.2, step_size=2)
    same = per_frame(config, Fraction(30))
    assert (same.camera.anchor, same.dream.step_size) == pytest.approx((0.2, 2))
    fast = per_frame(config, Fraction(60))
    assert (1 - fast.camera.anchor) ** 2 == pytest.approx(0.8)
    assert fast.dream.step_size == pytest.approx(2 / 2**0.5)


def test_there_is_never_a_black_border():
    bright = np.full((64, 96, 3), 200, np.uint8)
    for frame in camera_only(bright, frames=20, zoom=0.5, turn=90, drift="0.5,-0.5"):
        assert frame.min() >= 199


def test_what_is_uncovered_is_dreamed_further():
    steps = list(plan(zoom=1, drift=(1, 0), frames=3).steps())
    assert steps[1].trust is not None
    assert steps[1].trust[:, -1].max() < 0.5
    assert all(step.trust is None for step in plan(zoom=1.2, frames=3).steps())


def test_steps_after_are_the_rest_of_all_steps():
    whole = list(plan(frames=8, **MOVES).steps())
    rest = list(plan(frames=8, **MOVES).steps(after=4))
    assert [step.index for step in rest] == [5, 6, 7]
    for mine, theirs in zip(rest, whole[5:], strict=True):
        np.testing.assert_array_equal(mine.flow, theirs.flow)


def brighter(start, now, steps, context=Context()):
    """A stand-in for the dream."""
    return start + np.float32(now.dream.step_size)


def shown(**given):
    """The mean brightness of each frame, before it is rounded."""
    made = plan(np.full((32, 48, 3), 20, np.uint8), **{"zoom": 1, "anchor": 0, "step_size": 1} | given)
    return [float(carried.visible.mean()) for step, _, carried in rendered(made.steps(), brighter)]


def test_strength_is_how_much_of_each_dream_is_laid_over():
    assert shown(frames=4, strength=1) == pytest.approx([21, 22, 23, 24], abs=1e-3)
    assert shown(frames=4, strength=0.25) == pytest.approx([20.25, 20.5, 20.75, 21], abs=1e-3)


@pytest.mark.parametrize("every", [2, 4])
def test_with_a_cadence_every_frame_gains_the_same(every):
    gains = np.diff(shown(frames=4 * every + 1, dream_every=every))[every - 1 :]
    np.testing.assert_allclose(gains, every**-0.5, rtol=1e-3)


def test_with_a_cadence_every_nth_frame_is_dreamed_each_at_its_own_place():
    calls = []

    def dreamer(start, now, steps, context=Context()):
        calls.append((context.place, now.dream.step_size))
        return start

    list(rendered(plan(frames=10, dream_every=4, step_size=1).steps(), dreamer))
    assert [place for place, _ in calls] == [(0,), (1,), (5,), (9,)]
    assert [size for _, size in calls] == pytest.approx([1, 2, 2, 2])


def in_luma_and_chroma(image):
    """Means and deviations of luma, Cb and Cr, by BT.709's formulas."""
    r, g, b = np.moveaxis(np.asarray(image, np.float64), -1, 0)
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    planes = np.stack([luma, (b - luma) / 1.8556, (r - luma) / 1.5748])
    return planes.mean((1, 2)), planes.std((1, 2))


IMAGE, ANCHOR = textured(40, 60).astype(np.float32), textured(40, 60, 1).astype(np.float32) * 0.5 + (10, 40, 90)


@pytest.mark.parametrize("pull", [0, 0.1, 0.7, 1])
def test_the_anchor_draws_light_and_colours_and_their_contrast(pull):
    drawn = match_anchor(IMAGE, ANCHOR.astype(np.float32), pull)
    for got, mine, theirs in zip(*map(in_luma_and_chroma, (drawn, IMAGE, ANCHOR)), strict=True):
        np.testing.assert_allclose(got, (1 - pull) * mine + pull * theirs, rtol=1e-4, atol=1e-3)
    if pull == 0:
        np.testing.assert_array_equal(drawn, IMAGE)


def test_the_anchor_holds_colour_that_grows_between_the_channels():
    """R, G and B keep their deviations while they part: Cb and Cr grow by half, and are brought back."""
    grey = np.repeat(textured(40, 60)[..., :1], 3, -1).astype(np.float32)
    parts = textured(40, 60, 5).astype(np.float32)
    mild, wild = ((1 - share) * grey + share * parts for share in (0.3, 0.9))
    wild = (wild - wild.mean((0, 1))) / wild.std((0, 1)) * mild.std((0, 1)) + mild.mean((0, 1))
    (_, calm), (_, loud) = map(in_luma_and_chroma, (mild, wild))
    assert (loud[1:] > 1.5 * calm[1:]).all()
    np.testing.assert_allclose(in_luma_and_chroma(match_anchor(wild, mild, 1))[1], calm, rtol=1e-3)


@pytest.mark.parametrize("vivid", [0, 0.5, 1, 1.5])
def test_vivid_is_how_strong_the_anchors_colours_are(vivid):
    means, deviations = in_luma_and_chroma(match_anchor(IMAGE, ANCHOR.astype(np.float32), 1, vivid))
    to_means, to_deviations = in_luma_and_chroma(ANCHOR)
    np.testing.assert_allclose(deviations, to_deviations * (1, vivid, vivid), atol=1e-3)
    np.testing.assert_allclose(means, to_means * (1, min(1, vivid), min(1, vivid)), atol=1e-2)


@pytest.mark.parametrize("colour", [None, (0, 0, 0), (255, 255, 255), (128, 128, 128), (255, 0, 0)])
@pytest.mark.parametrize("pull", [0.2, 1])
def test_what_has_no_colour_or_no_contrast_is_given_none(colour, pull):
    grey = np.repeat(textured(40, 60)[..., :1], 3, -1).astype(np.float32)
    picture = grey if colour is None else np.full_like(grey, colour)
    drawn = picture
    for _ in range(100):
        drawn = match_anchor(drawn, picture, pull)
    np.testing.assert_allclose(drawn, picture, atol=0.05)
    np.testing.assert_array_equal(np.isfinite(match_anchor(picture, ANCHOR.astype(np.float32), pull)), True)


def fine_detail(image):
    return np.abs(image @ LUMA - cv2.blur(image @ LUMA, (3, 3))[..., None]).mean()


SHARP = IMAGE + np.random.default_rng(4).normal(0, 8, IMAGE.shape).astype(np.float32)
SOFT = cv2.GaussianBlur(SHARP, (0, 0), 1.5)


@pytest.mark.parametrize("pull", [0.1, 0.5])
def test_detail_is_given_where_it_is_lacking_and_taken_where_there_is_far_more(pull):
    least, most = fine_detail(SOFT), fine_detail(SHARP)
    assert most > 2 * SHARPEST * least
    assert least < fine_detail(match_sharpness(SOFT, SHARP, pull)) < most
    assert SHARPEST * least < fine_detail(match_sharpness(SHARP, SOFT, pull)) < most
    colours = match_sharpness(SOFT, SHARP, pull) - SOFT  # in light and dark alone
    np.testing.assert_allclose(colours, colours[..., :1] + np.zeros(3), atol=1e-3)


def test_detail_comes_to_its_bounds_and_no_further():
    drawn = SHARP
    for _ in range(200):
        drawn = match_sharpness(drawn, SOFT, 0.2)
    assert fine_detail(drawn) == pytest.approx(SHARPEST * fine_detail(SOFT), rel=0.02)
    drawn = SOFT
    for _ in range(200):
        drawn = match_sharpness(drawn, SHARP, 0.2)
    assert fine_detail(drawn) == pytest.approx(fine_detail(SHARP), rel=0.02)


@pytest.mark.parametrize("axis", [0, 1])
def test_what_alternates_from_px_to_px_does_not_grow(axis):
    places = np.moveaxis(np.broadcast_to(np.arange(64)[:, None, None], (64, 64, 3)), 0, axis)
    drawn = np.float32(128) + np.where(places % 2 == 0, 1, -1).astype(np.float32)
    for _ in range(20):
        drawn = match_sharpness(drawn, SHARP, 0.2)
    assert np.abs(drawn - 128).max() <= 1.001


@pytest.mark.parametrize("times", [1, 1.2, 1.39])
def test_detail_between_its_bounds_is_left_alone(times):
    light = SOFT.mean((0, 1))
    richer = light + np.float32(times) * (SOFT - light)
    np.testing.assert_array_equal(match_sharpness(richer, SOFT, 0.5), richer)
    np.testing.assert_array_equal(match_sharpness(SHARP, SOFT, 0), SHARP)


@pytest.mark.parametrize("level", [0, 90, 255])
def test_what_has_no_detail_is_given_none_and_takes_little(level):
    flat = np.full_like(IMAGE, level)
    np.testing.assert_allclose(match_sharpness(flat, SHARP, 1), flat, atol=1e-3)
    np.testing.assert_array_equal(np.isfinite(match_sharpness(SHARP, flat, 1)), True)


def test_vivid_0_is_grey_whatever_is_dreamed():
    colours = np.random.default_rng(3)

    def colourful(start, now, steps, context=Context()):
        return start + colours.normal(0, 8, start.shape).astype(np.float32)

    made = plan(frames=40, vivid=0)
    *_, (_, last, _) = rendered(made.steps(), colourful)
    assert (last.max(-1) - last.min(-1)).max() <= 1
    assert last.std() > 10


def test_a_zoom_is_anchored_to_its_first_frame_dreamed():
    references = [state.reference for _, _, state in rendered(plan(frames=5).steps(), brighter)]
    np.testing.assert_array_equal(references[0], textured(64, 96).astype(np.float32) + 1.4)
    assert all(reference is references[0] for reference in references)


@pytest.mark.parametrize("moves", [{}, {"turn": 30}, {"zoom": 1, "drift": (0.2, 0)}, {"zoom": 0.8}])
def test_a_loop_leads_into_its_first_frame_at_the_speed_of_its_camera(moves):
    frames = camera_only(frames=90, loop=True, fps=30, **moves)
    changes = [np.abs(b.astype(float) - a).mean() for a, b in pairwise([*frames, frames[0]])]
    assert changes[-1] <= 1.35 * changes[0]  # from the last to the first, as from the first to the second
    assert max(changes) < 4 * changes[0]
    asked = plan(frames=90, loop=True, **moves)
    *_, last = asked.steps()
    np.testing.assert_allclose(last.back.flow, camera_flow(asked.size, invert(asked.move(90))), atol=1e-4)
    assert [step.back is None for step in asked.steps()] == [True] * 46 + [False] * 44


SLOPES = {
    "bowl": lambda x, y: np.maximum(np.abs(x), np.abs(y)) ** 2,  # its middle, which is zoomed into, unlike its borders
    "ramp": lambda x, y: (x + 1) / 2 + 0 * y,
    "down": lambda x, y: (y + 1) / 2 + 0 * x,
}


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize(
    "moves",
    [
        {"turn": 20},
        {"turn": 20, "frames": 150},
        {"zoom": 1, "drift": (0.2, 0)},
        {"zoom": 1, "drift": (0.05, -0.1)},
        {"zoom": 1, "turn": -40},
        {"focus": (0.1, 0.8)},
        {"zoom": 0.8, "turn": 10},
        {"zoom": 3},
        {"frames": 20},
        {"zoom": 1.05, "fps": 12},
    ],
    ids=str,
)
def test_no_edge_of_a_loops_incoming_frame_is_seen(slope, moves):
    """The seed has no steep place, so that any would be the border of the first frame, over what is dark or light."""
    x, y = np.linspace(-1, 1, 192)[None], np.linspace(-1, 1, 108)[:, None]
    seed = np.repeat((20 + 215 * SLOPES[slope](x, y))[..., None], 3, -1).astype(np.uint8)
    steepest = [
        max(np.abs(np.diff(frame[..., 0].astype(int), axis=axis)).max() for axis in (0, 1))
        for frame in camera_only(seed, loop=True, **{"frames": 90} | moves)
    ]
    assert max(steepest) < 30
    assert steepest[-1] < 20


def test_without_a_loop_nothing_leads_back():
    assert all(step.back is None for step in plan(frames=20).steps())


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".gif", "/%03d.png"])
def test_a_zoom_has_its_frames_its_size_and_its_rate(tmp_path, tiny, seed, ending):
    out = tmp_path / f"out{ending}"
    made = render_zoom(seed, out, **tiny, **SMALL, fps=25)
    assert (made.frames, made.size) == (12, Size(96, 64))
    if ending.startswith("/"):
        assert len(list(out.parent.glob("*.png"))) == 12
    else:
        frames, fps = read_film(out)
        assert (len(frames), fps, frames[0].shape) == (12, 25, (64, 96, 3))
    assert not folder_of(out).exists()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"reverse": True},
        {"loop": True, "turn": 5},
        {"dream_every": 5},
        {
            "strength": {"sine": [0.5, 0.5], "period": "1s"},
            "layer": [{"name": "block3", "weight": {"keys": [[0, 1], [50, 3]]}}],
        },
    ],
)
def test_stopped_and_gone_on_with_is_the_same_film(tmp_path, tiny, seed, given):
    given = tiny | {"size": "48x32", "frames": 2 * SEGMENT + 12} | given
    out, straight = tmp_path / "out.mp4", tmp_path / "straight.mp4"
    render_zoom(seed, straight, **given)
    for moment in (SEGMENT + 3, SEGMENT + 7):
        with pytest.raises(Stop):
            render_zoom(seed, out, **given, on_event=stop_after(moment))
    render_zoom(seed, out, **given)
    for mine, theirs in zip(read_film(out)[0], read_film(straight)[0], strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_another_seed_is_another_film(tmp_path, tiny, seed):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_zoom(seed, out, **tiny, size="48x32", frames=60, on_event=stop_after(30))
    write_picture(seed, Picture(textured(64, 96, 5)))
    with pytest.raises(MediaError, match="changed: source; --fresh starts over"):
        render_zoom(seed, out, **tiny, size="48x32", frames=60)


@pytest.mark.parametrize("pattern", ["%03d.png", "film.mp4"])
def test_reverse_is_the_same_film_backwards(tmp_path, tiny, seed, pattern):
    for name, reverse in (("forth", False), ("back", True)):
        (tmp_path / name).mkdir()
        render_zoom(seed, tmp_path / name / pattern, **tiny, size="48x32", frames=SEGMENT + 5, reverse=reverse, crf=0)
    if pattern == "film.mp4":
        forth, back = (read_film(tmp_path / name / pattern)[0] for name in ("forth", "back"))
    else:
        forth, back = (
            [cv2.imread(str(tmp_path / name / (pattern % number))) for number in range(1, SEGMENT + 6)]
            for name in ("forth", "back")
        )
    assert len(forth) == SEGMENT + 5
    for mine, theirs in zip(back, reversed(forth), strict=True):
        assert np.abs(mine.astype(int) - theirs).mean() < (3 if pattern == "film.mp4" else 1e-9)


def test_a_sound_is_cut_to_the_films_length_and_faded_out(tmp_path, tiny, seed):
    track = clicks(tmp_path / "song.wav", [0.25, 0.5, 1.25, 1.9, 2.5], seconds=4)
    for ending, codec in ((".mp4", "aac"), (".webm", "opus"), (".mkv", "aac")):
        out = tmp_path / f"out{ending}"
        render_zoom(seed, out, **tiny, size="48x32", frames=60, fps=30, sound=str(track))
        assert probe(out).audio == codec
        assert probe(out).duration == pytest.approx(2, abs=0.05)
        times = heard(out)
        assert times[:2] == pytest.approx([0.25, 0.5], abs=0.03)
        assert max(times) < 1.8  # the click at 1.9 s has faded


def test_a_short_sound_leaves_the_film_its_length(tmp_path, tiny, seed):
    track = clicks(tmp_path / "song.wav", [0.25], seconds=0.5)
    made = render_zoom(seed, tmp_path / "out.mp4", **tiny, size="48x32", frames=45, sound=str(track))
    assert made.frames == len(read_film(made.out)[0]) == 45


def test_a_sound_that_is_none_is_refused_before_the_first_frame(tmp_path, tiny, seed):
    for name, said in (("no.wav", "no such file"), ("seed.png", "no sound that can be read")):
        with pytest.raises(MediaError, match=said):
            render_zoom(seed, tmp_path / "out.mp4", **tiny, **SMALL, sound=str(tmp_path / name))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seed.png"]


def test_a_changed_sound_keeps_the_frames(tmp_path, tiny, seed):
    track = clicks(tmp_path / "song.wav", [0.25], seconds=0.5)
    given = tiny | {"size": "48x32", "frames": 60, "sound": str(track)}
    with pytest.raises(Stop):
        render_zoom(seed, tmp_path / "out.mp4", **given, on_event=stop_after(30))
    clicks(track, [0.1], seconds=0.5)
    frames = []
    render_zoom(seed, tmp_path / "out.mp4", **given, on_event=each_frame(lambda done, total: frames.append(done)))
    assert frames[0] == SEGMENT + 1


def test_a_seed_may_be_a_films_frame(tmp_path):
    film = write_film(tmp_path / "clip@2.mp4", panned(20), fps=10)
    seeds = [plan_zoom(f"{film}@{time}", "out.mp4", size="96x64").seed for time in ("0", "0.55", "1.9")]
    for mine, index in zip(seeds, (0, 5, 19), strict=True):
        assert np.abs(mine.astype(int) - panned(20)[index]).mean() < 2
    with pytest.raises(MediaError, match=r"has no frame at 2.5 s; it is 2.00 s long"):
        plan_zoom(f"{film}@2.5", "out.mp4")
    with pytest.raises(ConfigError, match=r"@1:2:3:4.*must be seconds or mm:ss"):
        plan_zoom(f"{film}@1:2:3:4", "out.mp4")


def test_a_file_that_is_called_like_a_films_frame_is_itself(tmp_path):
    write_picture(tmp_path / "seed.png", Picture(textured(64, 96)))
    (tmp_path / "seed.png").rename(tmp_path / "seed.png@3")
    np.testing.assert_array_equal(plan_zoom(tmp_path / "seed.png@3", "o.mp4", size="96x64").seed, textured(64, 96))


def test_a_seed_may_be_noise():
    one, same, other = (plan_zoom("noise", "o.mp4", seed=seed) for seed in (1, 1, 2))
    assert one.size == Size(960, 540)
    np.testing.assert_array_equal(one.seed, same.seed)
    assert (one.seed != other.seed).any()
    assert 120 < one.seed.mean() < 136
    assert plan_zoom("noise", "o.mp4", size="64x128").size == Size(64, 128)
    small, large = (noise(size, 3).astype(float) for size in (Size(240, 136), Size(480, 272)))
    assert (
        np.abs(cv2.resize(large, (240, 136), interpolation=cv2.INTER_AREA) - small).mean() < 8
    )  # of any size the same


@pytest.mark.parametrize(
    ("given", "size"), [({}, Size(960, 640)), ({"draft": True}, Size(480, 320)), ({"size": "50x30"}, Size(50, 30))]
)
def test_the_size_is_the_seeds_shape_unless_it_is_given(seed, given, size):
    assert plan_zoom(seed, "o.mp4", **given).size == size


def test_what_is_not_there_is_said(tmp_path, seed):
    with pytest.raises(MediaError, match=r"nothing.jpg: no such file"):
        render_zoom(tmp_path / "nothing.jpg", tmp_path / "o.mp4")
    seed.rename(tmp_path / "seed.mp4")
    with pytest.raises(MediaError, match="is the source itself"):
        render_zoom(tmp_path / "seed.mp4", tmp_path / "seed.mp4", overwrite=True)
    with pytest.raises(ConfigError, match="zoom has no such knob"):
        render_zoom(tmp_path / "seed.mp4", tmp_path / "o.mp4", persistence=0.5)  # type: ignore[call-arg]


def test_a_gif_is_no_faster_than_players_play_it_and_as_long(seed):
    made = plan_zoom(seed, "o.gif", fps=60, frames=120)
    assert (made.fps, made.count) == (50, 100)


def test_another_frame_of_the_same_film_is_another_zoom(tmp_path, tiny):
    film = write_film(tmp_path / "clip.mp4", panned(20), fps=10)
    given = tiny | {"size": "48x32", "frames": 60}
    with pytest.raises(Stop):
        render_zoom(f"{film}@0", tmp_path / "out.mp4", **given, on_event=stop_after(30))
    with pytest.raises(MediaError, match="changed: source; --fresh starts over"):
        render_zoom(f"{film}@1", tmp_path / "out.mp4", **given)


def test_what_a_killed_reverse_leaves_can_be_removed(tmp_path, tiny, seed):
    given = tiny | {"size": "48x32", "frames": 40, "reverse": True}
    waiting = folder_of(tmp_path / "out.mp4") / "waiting"
    waiting.mkdir(parents=True)
    (waiting / "0").write_bytes(b"half a frame")
    (waiting.parent / "session.json").write_text("{}")
    assert render_zoom(seed, tmp_path / "out.mp4", **given, fresh=True).frames == 40
    assert not waiting.parent.exists()


@pytest.mark.parametrize(
    "given", [{"zoom": 100, "loop": True}, {"zoom": 0.02, "fps": 1, "turn": 200}, {"drift": (10, -10), "fps": 0.5}]
)
def test_cameras_that_go_wild_take_no_longer(given):
    frames = camera_only(frames=40, **given)
    assert len(frames) == 40


def test_a_camera_that_goes_too_far_in_one_frame_is_refused(seed):
    with pytest.raises(ConfigError, match=r"too far in one frame: .*more --fps"):
        plan_zoom(seed, "o.mp4", zoom=0.01, fps=0.1)


def test_drift_under_zoom_and_turn_does_not_depend_on_the_rate():
    """Where the middle of the picture at 2 s lay in the first frame."""
    places = []
    for fps in (10, 30, 120):
        asked, onward = plan(zoom=2, turn=30, drift=(0.5, 0.1), fps=fps), STILL
        for index in range(1, 2 * fps + 1):
            onward = compose(onward, asked.move(index))
        places.append(onward[:, :2] @ (47.5, 31.5) + onward[:, 2])
    np.testing.assert_allclose(places[0], places[2], atol=0.03)
    np.testing.assert_allclose(places[1], places[2], atol=0.01)


def test_a_cadence_gains_from_the_first_frame_on():
    np.testing.assert_allclose(np.diff(shown(frames=9, dream_every=4)), 0.5, rtol=1e-3)


def test_with_a_cadence_what_was_uncovered_between_is_dreamed_further():
    trusts = []

    def dreamer(start, now, steps, context=Context()):
        trusts.append(context.trust)
        return start

    list(rendered(plan(zoom=1, drift=(1, 0), frames=7, dream_every=4).steps(), dreamer))
    first, one, four = trusts
    assert first is None
    widths = [(trust[..., 0] < 0.95).sum(1).mean() for trust in (one, four)]
    assert widths[1] > 2 * widths[0]  # the strips of all four
    doubts = [(1 - trust).sum() for trust in (one, four)]
    assert 3 * doubts[0] < doubts[1] < 12 * doubts[0]  # each strip for a fourth, as the first, and what mirrors it


def test_a_seed_is_seen_in_its_own_colours_and_its_transparency_is_said(tmp_path, caplog):
    from PIL import ImageCms

    pixels, alpha = textured(64, 96), np.full((64, 96), 128, np.uint8)
    write_picture(tmp_path / "a.png", Picture(pixels, alpha))
    plan_zoom(tmp_path / "a.png", "o.mp4", size="96x64")
    assert "its transparency is left out" in caplog.text
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    write_picture(tmp_path / "p.png", Picture(pixels, None, profile))
    np.testing.assert_array_equal(plan_zoom(tmp_path / "p.png", "o.mp4", size="96x64").seed, pixels)
    assert "its colour profile cannot be read" in caplog.text


def test_a_film_as_a_seed_says_how_its_frame_is_written(tmp_path):
    film = write_film(tmp_path / "clip.mp4", panned(3))
    with pytest.raises(MediaError, match=r"a film's frame is written .*clip.mp4@12.5"):
        plan_zoom(film, "o.mp4")


def test_a_draft_keeps_a_looks_shape(tmp_path, seed):
    look = tmp_path / "look.toml"
    look.write_text('size = "1280x720"\n')
    assert plan_zoom(seed, "o.mp4", preset=str(look), draft=True).size == Size(480, 270)
    assert plan_zoom(seed, "o.mp4", preset=str(look), draft=True, size="640x360").size == Size(640, 360)


def test_nothing_that_is_read_is_written_over(tmp_path, tiny, seed):
    track = clicks(tmp_path / "own.mkv", [0.1], seconds=0.5)
    with pytest.raises(MediaError, match="is the source itself"):
        render_zoom(seed, track, **tiny, **SMALL, sound=track, overwrite=True)


def test_a_dry_run_prints_the_timeline_and_makes_nothing(vidream_command, seed, tmp_path):
    moving = "{ keys = [[0, 1.0], [4, 1.8]] }"
    run = vidream_command("zoom", "seed.png", "--frames", 6, "--zoom", moving, "--dry-run", "--plot", "plan.png")
    assert run.returncode == 0, run.stderr
    head, *rows, said = run.stdout.splitlines()
    assert said == "6 frames, 960x640, 30 a second, 0.20 s"
    assert head.split() == ["frame", "time", "zoom"]
    assert [row.split() for row in rows][3:5] == [["3", "0.100", "1.6"], ["4", "0.133", "1.8"]]
    assert len(rows) == 6
    assert (cv2.imread(str(tmp_path / "plan.png")) < 128).any(-1).mean() > 0.003
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.png", "seed.png"]
    still = vidream_command("zoom", "seed.png", "--dry-run")
    assert still.stdout.count("\n") == 1  # no knob moves: there is no table
    assert "the camera comes 13.7 times closer" in still.stderr
    assert " on this machine, " in still.stderr


def test_a_dry_run_of_a_film(vidream_command, tmp_path):
    write_film(tmp_path / "in.mp4", panned(10))
    run = vidream_command("video", "in.mp4", "out.mp4", "--strength", "{ sine = [1, 0.5], period = 8 }", "--dry-run")
    assert run.returncode == 0, run.stderr
    assert [float(row.split()[2]) for row in run.stdout.splitlines()[1:4]] == [1, 1.354, 1.5]
    assert not (tmp_path / "out.mp4").exists()
    wrong = vidream_command("zoom", "noise", "--dry-run", "--turn", "{ sine = [1, 0.5] }")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "--turn has a sine without a period" in wrong.stderr


ENDLESS = [
    ("mountains.jpg", None),
    ("dandelion.jpg", None),
    ("cat.png", None),
    ("bunny.mp4@1", None),
    ("city.mp4@1", None),
    ("noise", None),
    ("dandelion.jpg", "kick"),
    ("mountains.jpg", "garden"),
    ("noise", "plankton"),
    ("dandelion.jpg", "plankton"),
    ("dandelion.jpg", "coral"),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "look"),
    [pytest.param(*each, marks=pytest.mark.ci if each == ENDLESS[0] else ()) for each in ENDLESS],
)
def test_a_zoom_without_end_keeps_its_light_its_colours_and_its_detail(seed, look):
    """From its second second to its tenth: deviations of luma, Cb and Cr within 15 %, detail always within 20 %."""
    from vidream.dream.octaves import OctaveDreamer

    source = seed if seed == "noise" else SAMPLES / seed
    asked = plan_zoom(source, "o.mp4", preset=look, frames=300, size="480x270")
    figures, changes, before = [], [], None
    for _, pixels, _ in rendered(asked.steps(), OctaveDreamer(asked.config)):
        image = pixels.astype(np.float32)
        _, deviations = in_luma_and_chroma(image)
        figures.append([*deviations, np.abs(cv2.Laplacian(image, cv2.CV_32F)).mean()])
        changes.append(0 if before is None else np.abs(image - before).mean())
        before = image
    kept = np.mean(figures[-10:], 0) / np.mean(figures[25:36], 0)
    assert kept[:3] == pytest.approx([1, 1, 1], abs=0.15)
    detail = np.array(figures)[40:, 3].reshape(-1, 10).mean(1) / np.mean(figures[25:36], 0)[3]
    assert detail == pytest.approx(np.ones(26), abs=0.2)
    assert np.mean(changes[-100:]) > 0.6 * np.mean(changes[20:60])  # and it has not gone to sleep


@pytest.mark.slow
def test_a_loop_of_the_real_dream_has_no_seam():
    from vidream.dream.octaves import OctaveDreamer

    asked = plan_zoom(SAMPLES / "dandelion.jpg", "o.mp4", frames=120, size="320x240", loop=True, turn=5)
    frames = [pixels.astype(float) for _, pixels, _ in rendered(asked.steps(), OctaveDreamer(asked.config))]
    changes = [np.abs(b - a).mean() for a, b in pairwise(frames)]
    assert np.abs(frames[-1] - frames[0]).mean() <= 1.2 * np.median(changes)


@pytest.mark.slow
def test_a_zoom_at_60_frames_a_second_is_about_as_strong_as_at_30():
    from vidream.dream.octaves import OctaveDreamer

    detail = {}
    for fps in (30, 60):
        asked = plan_zoom(SAMPLES / "mountains.jpg", "o.mp4", frames=2 * fps + 1, fps=fps, size="480x270")
        *_, (_, pixels, _) = rendered(asked.steps(), OctaveDreamer(asked.config))
        detail[fps] = np.abs(cv2.Laplacian(pixels.astype(np.float32), cv2.CV_32F)).mean(), pixels.std()
    assert np.divide(detail[60], detail[30]) == pytest.approx([1, 1], abs=0.12)


@pytest.mark.slow
@pytest.mark.parametrize("every", [2, 4])
def test_a_cadence_does_not_pulse(every):
    """By the known camera, no frame of the cadence changes more than another."""
    from vidream.dream.octaves import OctaveDreamer

    asked = plan_zoom(SAMPLES / "mountains.jpg", "o.mp4", frames=80, size="320x240", dream_every=every)
    errors, before = [], None
    for step, pixels, _ in rendered(asked.steps(), OctaveDreamer(asked.config)):
        image = pixels.astype(np.float32)
        if before is not None:
            errors.append(np.square(warp(before, step.flow) - image)[8:-8, 8:-8].mean())
        before = image
    by_phase = [np.mean(errors[15 + phase :: every]) for phase in range(every)]
    assert max(by_phase) < 1.15 * min(by_phase)
