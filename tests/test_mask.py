"""Where the dream is seen, and in which colours; of a layer, which channels are dreamed with."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from synthetic import film_plan, panned, read_film, tensor_engine, textured, three_steps_raise, write_film

from vidream.config import configure
from vidream.dream.objective import channels, l2_of, mean_of, objective
from vidream.dream.tiles import TiledGradient
from vidream.errors import ConfigError, MediaError
from vidream.frames import Size
from vidream.jobs.still import dream_image, render_image
from vidream.jobs.video import render_video
from vidream.jobs.zoom import render_zoom
from vidream.media.still import Picture, write_picture
from vidream.plan.mask import feather, moving_share, shares

SIZE = Size(96, 64)


@pytest.fixture
def left(tmp_path) -> str:
    """A mask whose left half is white."""
    half = np.zeros((64, 96, 3), np.uint8)
    half[:, :48] = 255
    write_picture(tmp_path / "left.png", Picture(half))
    return str(tmp_path / "left.png")


def changed(out, source):
    """Mean change of the left and of the right quarter."""
    difference = np.abs(out.astype(float) - source)
    return difference[:, :24].mean(), difference[:, -24:].mean()


# ---------------------------------------------------------------- masks


@pytest.mark.parametrize("invert", [False, True])
def test_a_picture_is_dreamed_where_the_mask_is_light(tiny, left, invert):
    source = textured(64, 96)
    seen, unseen = changed(dream_image(source, **tiny, mask=left, mask_invert=invert), source)[:: -1 if invert else 1]
    assert seen > 3
    assert unseen == 0


def test_a_mask_of_another_shape_is_cropped_and_that_is_said(left, caplog):
    mask = configure("image", mask=left).mask
    for size, words in ((Size(48, 32), 0), (Size(48, 33), 0), (Size(64, 64), 1)):
        caplog.clear()
        assert next(shares(mask, size, None, 10**6)).shape == (*size[::-1], 1)
        assert caplog.text.count("what stands over is cropped") == words


def test_a_film_and_a_zoom_get_masks_with_no_code_of_their_own(tmp_path, tiny, left):
    still = [textured(64, 96)] * 4
    film = write_film(tmp_path / "in.mp4", still)
    render_video(film, tmp_path / "%02d.png", **tiny, mask=left)
    out = cv2.imread(str(tmp_path / "01.png"))[..., ::-1]
    seen, unseen = changed(out, read_film(film)[0][0])
    assert seen > 3 > 1.5 > unseen
    write_picture(tmp_path / "seed.png", Picture(still[0]))
    render_zoom(
        tmp_path / "seed.png", tmp_path / "z%02d.png", **tiny, mask=left, size="96x64", frames=2, zoom=1, anchor=0
    )
    seen, unseen = changed(cv2.imread(str(tmp_path / "z02.png"))[..., ::-1], still[0])
    assert seen > 3 > 0.2 > unseen


def test_a_mask_may_be_a_film_by_its_own_clock(tmp_path, caplog):
    """Black for a second, white for a second, at 10 a second under a film of 25."""
    shown = [np.full((64, 96, 3), value, np.uint8) for value in [0] * 10 + [255] * 10]
    config = configure("video", mask=str(write_film(tmp_path / "mask.mp4", shown, fps=10))).mask
    masks = shares(config, SIZE, Fraction(25), 10**6)
    means = [float(next(masks).mean()) for _ in range(60)]
    assert max(means[:25]) < 0.05
    assert min(means[26:]) > 0.95  # and the last one stays
    assert "its last frame stays" in caplog.text
    for first in (0, 24, 26, 49, 55):  # gone on with, anywhere
        assert float(next(shares(config, SIZE, Fraction(25), 10**6, first)).mean()) == pytest.approx(
            means[first], abs=1e-6
        )


def test_a_resumed_film_has_its_mask_where_it_was(tmp_path, tiny):
    shown = [np.full((32, 48, 3), 12 * value, np.uint8) for value in range(20)]
    mask = str(write_film(tmp_path / "mask.mp4", shown, fps=10))
    film = write_film(tmp_path / "in.mp4", panned(40, 32, 48), fps=20)
    asked = film_plan(film, mask=mask)
    whole, rest = list(asked.steps()), list(asked.steps(after=29))
    for mine, theirs in zip(rest, whole[30:], strict=True):
        np.testing.assert_array_equal(mine.mask, theirs.mask)


def test_motion_masks_what_stands_still():
    flow = np.zeros((64, 96, 2), np.float32)
    flow[:, :48] = 3
    mask = configure("video", mask="motion", mask_feather=0).mask
    share = moving_share(flow, Size(192, 128), mask)
    assert share.shape == (128, 192, 1)
    assert share[:, :90].min() == 1
    assert share[:, 102:].max() == 0


@pytest.mark.parametrize("invert", [False, True])
def test_a_film_is_dreamed_where_it_moves(tmp_path, tiny, invert):
    ground, moving = textured(64, 96, 1), panned(5, 64, 48, by=(2, 0))
    frames = [np.hstack([ground[:, :48], each]) for each in moving]
    film = write_film(tmp_path / "in.mp4", frames)
    render_video(film, tmp_path / "%02d.png", **tiny, mask="motion", mask_invert=invert)
    for number in (1, 4):  # the first frame, too, by the motion to the next
        out = cv2.imread(str(tmp_path / f"{number:02d}.png"))[..., ::-1]
        still, moved = changed(out, read_film(film)[0][number - 1])
        assert (still > 2 * moved) if invert else (moved > 2 * still)


def test_feathering_softens_borders_by_a_share_of_the_long_side():
    share = np.zeros((64, 96, 1), np.float32)
    share[:, :48] = 1
    soft = feather(share, configure("video", mask_feather=0.05).mask)
    assert soft.shape == share.shape
    assert np.ptp(soft[32, 44:52, 0]) < 0.8
    assert soft[32, 20, 0] > 0.99
    hard = feather(share, configure("video", mask_feather=0, mask_invert=True).mask)
    np.testing.assert_array_equal(hard, 1 - share)


def test_masks_that_cannot_be(tmp_path, tiny, left):
    film = write_film(tmp_path / "in.mp4", panned(3))
    with pytest.raises(MediaError, match=r"nothing.png: no such file"):
        render_video(film, tmp_path / "out.mp4", **tiny, mask=str(tmp_path / "nothing.png"))
    with pytest.raises(ConfigError, match="nothing moves in a zoom"):
        render_zoom(left, tmp_path / "out.mp4", **tiny, mask="motion")
    with pytest.raises(ConfigError, match="of a picture, a mask is a picture"):
        dream_image(textured(8, 8), **tiny, mask="motion")
    assert not list(tmp_path.glob("out*"))


# ---------------------------------------------------------------- colours


def test_with_keep_colour_only_light_and_dark_change(tmp_path, tiny):
    source = (textured(64, 96).astype(float) * 0.4 + 70).astype(np.uint8)  # room for it: nothing is clipped
    out = dream_image(source, **tiny, keep_colour=True, strength=0.5).astype(int) - source
    assert np.abs(out).mean() > 1
    assert np.abs(out - out[..., :1]).max() <= 1  # the same in all three
    plain = dream_image(source, **tiny, strength=0.5).astype(int) - source
    assert np.abs(plain - plain[..., :1]).max() > 5


# ---------------------------------------------------------------- objectives


@pytest.mark.parametrize(
    "given",
    [
        {"layer": "block3:5"},
        {"layer": ["block3:2,7-9=0.5", "block1:0"], "objective": "mean"},
        {"layer": "block2=-1"},
        {"layer": ["block3", "block1=-0.2"]},
    ],
)
def test_three_steps_raise_what_is_asked_for(tiny_network, given):
    three_steps_raise(tiny_network, objective(configure("image", **given).goal, tiny_network))


def test_channels_are_the_mean_over_those_channels(tiny_network):
    image = textured(64, 96).astype(np.float32)
    answer = tiny_network.activations(image[None], ["block3"])["block3"].numpy()
    value, _ = TiledGradient(tiny_network, mean_of("block3", channels(16, [(2, 2), (7, 9)])), 512)(image)
    assert value == pytest.approx(answer[..., [2, 7, 8, 9]].mean(), rel=1e-4)
    value, _ = TiledGradient(tiny_network, l2_of("block3", channels(16, [(4, 5)])), 512)(image)
    assert value == pytest.approx(np.square(answer[..., 4:6]).mean(), rel=1e-4)


def test_another_channel_is_no_other_compilation(tiny_network):
    gradient = TiledGradient(tiny_network, mean_of("block3", channels(16, [(1, 1)])), 512)
    image = textured(48, 48).astype(np.float32)
    one = gradient(image)[1]
    gradient.want(mean_of("block3", channels(16, [(2, 2)])))
    other = gradient(image)[1]
    assert tensor_engine(gradient).traces == 1
    assert not np.allclose(one, other)
    np.testing.assert_allclose(
        other, TiledGradient(tiny_network, mean_of("block3", channels(16, [(2, 2)])), 512)(image)[1]
    )


def test_a_guide_or_a_mask_that_is_not_there(tmp_path, tiny):
    write_picture(tmp_path / "in.png", Picture(textured(16, 16)))
    for knob in ("guide", "mask"):
        with pytest.raises(MediaError, match=r"no.png: no such file"):
            render_image(tmp_path / "in.png", tmp_path / "out.png", **{**tiny, knob: str(tmp_path / "no.png")})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png"]


# ---------------------------------------------------------------- what a review found


@pytest.mark.parametrize("knob", ["mask", "guide"])
def test_nothing_that_is_read_is_written_over(tmp_path, tiny, left, knob):
    write_picture(tmp_path / "in.png", Picture(textured(32, 48)))
    with pytest.raises(MediaError, match="is the source itself"):
        render_image(tmp_path / "in.png", left, **tiny, **{knob: left}, overwrite=True)


def test_a_plot_does_not_land_on_a_mask(vidream_command, tmp_path, left):
    write_film(tmp_path / "in.mp4", panned(3))
    run = vidream_command(
        "video", "in.mp4", "o.mp4", "--dry-run", "--mask", "left.png", "--plot", "left.png", "--overwrite"
    )
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert "is the source itself" in run.stderr


def test_a_mask_film_moves_over_a_film_that_stands_still(tmp_path):
    film = write_film(tmp_path / "in.mp4", [textured(32, 48)] * 12)
    shown = [np.full((32, 48, 3), 20 * value, np.uint8) for value in range(12)]
    asked = film_plan(film, mask=str(write_film(tmp_path / "mask.mp4", shown)))
    means = [float(step.mask.mean()) for step in asked.steps()]
    assert len(means) == 12
    assert np.all(np.diff(means) > 0.05)


def motion_masks(path, **given):
    asked = film_plan(path, mask="motion", mask_feather=0, **given)
    return [float(step.mask.mean()) for step in asked.steps()]


def test_where_nothing_moves_nothing_is_dreamed(tmp_path):
    assert motion_masks(write_film(tmp_path / "still.mp4", [textured(64, 96)] * 4)) == [0]


def test_a_motion_mask_goes_on_over_repeated_frames_a_flash_and_the_last_frame(tmp_path):
    frames = panned(12, 64, 96, by=(3, 0))
    twice = [each for frame in frames for each in (frame, frame)]
    moving = {"strength": {"sine": [1, 0.01], "period": "2s"}}
    assert min(motion_masks(write_film(tmp_path / "twice.mp4", twice), **moving)[:-1]) > 0.7
    flashed = [*frames[:5], np.full_like(frames[0], 255), *frames[6:]]
    assert min(motion_masks(write_film(tmp_path / "flash.mp4", flashed))) > 0.7
    assert min(motion_masks(write_film(tmp_path / "plain.mp4", frames), persistence=0)) > 0.7


def test_what_is_transparent_in_a_mask_is_dark(tmp_path):
    alpha = np.zeros((64, 96), np.uint8)
    alpha[:, :48] = 255
    write_picture(tmp_path / "cut.png", Picture(np.full((64, 96, 3), 255, np.uint8), alpha))
    share = next(shares(configure("image", mask=str(tmp_path / "cut.png")).mask, SIZE, None, 10**6))
    assert (share[:, :40].min(), share[:, 56:].max()) == pytest.approx((1, 0), abs=0.01)


def test_a_wide_feather_is_a_wide_blur_and_not_a_slow_one():
    share = np.zeros((270, 480, 1), np.float32)
    share[:, :240] = 1
    wide = feather(share, configure("video", mask_feather=0.1).mask)
    exact = cv2.GaussianBlur(share, (0, 0), 48)
    assert np.abs(wide[..., 0] - exact).max() < 0.03


def test_a_mask_film_under_a_film_that_runs_backwards_is_refused(tmp_path, tiny, left):
    mask = write_film(tmp_path / "mask.mp4", panned(3))
    with pytest.raises(ConfigError, match="the mask would run backwards"):
        render_zoom(left, tmp_path / "out.mp4", **tiny, mask=str(mask), reverse=True)


def test_a_picture_may_be_a_films_frame(tmp_path, tiny):
    film = write_film(tmp_path / "clip.mp4", panned(5), fps=10)
    made = render_image(f"{film}@0.2", tmp_path / "out.png", **tiny, strength=0)
    assert made.size == Size(96, 64)
    assert np.abs(cv2.imread(str(made.out))[..., ::-1].astype(int) - panned(5)[2]).mean() < 2
