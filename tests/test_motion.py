"""Motion is measured backwards, is not trusted where it cannot be known, and is what its formulas say."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from synthetic import panned, textured

from vidream.config import Motion
from vidream.frames import PEAK, Frame, Size
from vidream.motion import FLOW_SIZE, FLOWS, TRUSTED, View, optical_flow, trust
from vidream.plan.follow import SourceFrame, follow


@pytest.mark.parametrize("method", FLOWS)
def test_a_still_camera_moves_nothing(method):
    frame = textured(72, 96)
    flow = optical_flow(frame, frame, method)
    assert np.abs(flow).max() < 0.1
    assert trust(frame, frame, flow, flow).min() > 0.99


@pytest.mark.parametrize("method", FLOWS)
def test_a_camera_that_pans_is_followed_backwards(method):
    before, now = panned(2, 96, 128, by=(3, 1))
    flow = optical_flow(now, before, method)
    inner = flow[16:-16, 16:-16].reshape(-1, 2)
    np.testing.assert_allclose(np.median(inner, 0), (3, 1), atol=0.1)  # this px was 3 px further right, 1 further down
    assert np.abs(inner - (3, 1)).mean() < 0.2


def test_fast_motion_is_followed_in_full():
    """Motion that is spread must not be a hundredth too short: of 24 px a frame, that blurs a dream within a second."""
    scene = cv2.resize(textured(96, 192), (384, 192), interpolation=cv2.INTER_CUBIC)
    before, now = scene[:180, :320], scene[2:182, 24:344]
    inner = optical_flow(now, before)[40:-40, 40:-60].reshape(-1, 2)
    np.testing.assert_allclose(np.median(inner, 0), (24, 2), atol=0.05)


def test_what_passes_fast_is_followed_at_the_size_at_which_motion_is_measured():
    """A thing 70 px wide passes by 24 px a frame of 640: measured at 320 px, three quarters of it are lost."""
    ground = cv2.resize(textured(90, 160, 1), (640, 360), interpolation=cv2.INTER_CUBIC)
    thing = cv2.resize(textured(60, 60, 2), (70, 240), interpolation=cv2.INTER_CUBIC)
    size = Size(640, 360).at_most(FLOW_SIZE)

    def frame(left):
        picture = ground.copy()
        picture[60:300, left : left + 70] = thing
        return cv2.resize(picture, (size.width, size.height), interpolation=cv2.INTER_AREA)

    scale = size.width / 640
    flow = optical_flow(frame(224), frame(200)) / scale
    inner = flow[int(100 * scale) : int(260 * scale), int(228 * scale) : int(290 * scale)].reshape(-1, 2)
    assert (np.abs(inner - (-24, 0)).max(1) < 1).mean() > 0.9


def test_what_was_hidden_is_not_trusted():
    """A square moves over a still ground; what it uncovers cannot have been seen before."""
    ground, square = textured(96, 128, 1), textured(40, 40, 2)

    def frame(left):
        picture = ground.copy()
        picture[28:68, left : left + 40] = square
        return picture

    before, now = frame(30), frame(42)
    backward, forward = optical_flow(now, before), optical_flow(before, now)
    believed = trust(now, before, backward, forward)[..., 0]
    assert believed[32:64, 32:40].mean() < 0.3  # uncovered
    assert believed[36:60, 50:74].mean() > 0.9  # the square itself
    assert believed[8:90, 90:120].mean() > 0.95  # ground


def test_nothing_is_trusted_across_a_cut():
    before, now = textured(96, 128, 1), textured(96, 128, 9)
    assert trust(now, before, optical_flow(now, before), optical_flow(before, now)).mean() < 0.1


def test_what_comes_from_outside_the_picture_is_not_trusted():
    before, now = panned(2, 96, 128, by=(8, 0))
    flow = np.zeros((96, 128, 2), np.float32) + np.array([8, 0], np.float32)
    believed = trust(now, before, flow, -flow)[..., 0]
    assert believed[:, :110].min() > 0.99
    assert believed[:, -4:].max() < 0.1


def test_a_flat_sky_moves_with_what_has_form():
    """In a flat, noisy, flickering sky the measured flow follows the noise; ours goes on from the ground."""
    rng = np.random.default_rng(3)
    sky, ground = np.full((60, 160, 3), 40, np.uint8), panned(2, 60, 160, by=(2, 0))
    noisy = [
        np.clip(np.vstack([sky, part]) + rng.normal(0, 1, (120, 160, 3)) + step, 0, 255).astype(np.uint8)
        for step, part in zip((0, 1), ground, strict=True)
    ]
    blurred = [cv2.GaussianBlur(frame, (0, 0), 1) for frame in noisy]
    flow = optical_flow(blurred[1], blurred[0])
    measured = FLOWS["dis"](*(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (blurred[1], blurred[0])))
    near = slice(44, 56), slice(16, 144)
    assert np.abs(flow[near] - (2, 0)).mean() < 0.6
    assert np.abs(flow[near] - (2, 0)).mean() < 0.5 * np.abs(measured[near] - (2, 0)).mean()
    np.testing.assert_allclose(np.median(flow[70:110, 16:144].reshape(-1, 2), 0), (2, 0), atol=0.1)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (5, 40), (11, 11)])
@pytest.mark.parametrize("method", FLOWS)
def test_the_smallest_pictures_have_a_flow(size, method):
    height, width = size
    flow = optical_flow(textured(height, width, 1), textured(height, width, 2), method)
    assert flow.shape == (*size, 2)
    assert np.isfinite(flow).all()
    assert trust(textured(*size), textured(*size), flow, flow).shape == (*size, 1)


def fetched(image, flow):
    height, width = flow.shape[:2]
    columns = np.arange(width, dtype=np.float32) + flow[..., 0]
    rows = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    return cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def plain_flow(frame, previous):
    """The formulas of `optical_flow`, with nothing shared, and no blur at less than half the size."""
    grey, previous_grey = (cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) for pixels in (frame, previous))
    measured = FLOWS["dis"](grey, previous_grey)
    smooth = cv2.GaussianBlur(grey, (0, 0), 1).astype(np.float32)
    dx, dy = (cv2.Sobel(smooth, cv2.CV_32F, *axes, scale=1 / 8) for axes in ((1, 0), (0, 1)))
    structure = np.clip(1 - 2.0**2 / (cv2.GaussianBlur(cv2.pyrDown(dx**2 + dy**2), (0, 0), 2) + 1e-6), 0, 1)
    sigma = 0.05 * max(structure.shape)
    spread = cv2.GaussianBlur(cv2.pyrDown(measured) * structure[..., None], (0, 0), sigma)
    spread /= np.maximum(cv2.GaussianBlur(structure, (0, 0), sigma)[..., None], np.float32(0.01))
    spread, structure = (cv2.pyrUp(values, dstsize=grey.shape[::-1]) for values in (spread, structure))

    def unexplained(flow):
        source, target = (cv2.GaussianBlur(pixels, (0, 0), 1).astype(np.float32) for pixels in (previous_grey, grey))
        return cv2.GaussianBlur(np.abs(fetched(source, flow) - target), (0, 0), 3)

    needed = 1.5 * (1 - structure) + 0.5 * structure
    share = np.clip((unexplained(spread) - unexplained(measured)) / needed - 1, 0, 1)
    return spread + cv2.GaussianBlur(share, (0, 0), 3)[..., None] * (measured - spread)


def plain_trust(frame, previous, backward, forward):
    """The formulas of `trust`, in numpy."""
    returning = fetched(forward, backward)
    lengths = np.square(backward).sum(-1) + np.square(returning).sum(-1)
    visible = np.square(backward + returning).sum(-1) <= 0.01 * lengths + 0.5
    height, width = backward.shape[:2]
    columns, rows = np.arange(width) + backward[..., 0], np.arange(height)[:, None] + backward[..., 1]
    inside = (columns >= -0.5) & (columns <= width - 0.5) & (rows >= -0.5) & (rows <= height - 0.5)
    difference = np.abs(fetched(previous.astype(np.float32), backward) - frame).mean(-1)
    similarity = np.clip((40 - cv2.blur(difference, (5, 5))) / 25, 0, 1)
    return cv2.GaussianBlur(np.where(visible & inside, similarity, 0).astype(np.float32), (0, 0), 1.5)[..., None]


def walk(height, width, count=3):
    """A square moves over a ground that pans the other way; half of the ground is flat, with a grain."""
    grain = np.random.default_rng(5)
    frames = []
    for index, ground in enumerate(panned(count, height, width, by=(2, 1))):
        ground[: height // 2] = 120
        left, side = width // 5 + 4 * index, height // 3
        ground[side : 2 * side, left : left + side] = textured(side, side, 8)
        frames.append(np.clip(ground + grain.normal(0, 1, ground.shape), 0, 255).astype(np.uint8))
    return frames


@pytest.mark.parametrize("size", [(180, 320), (90, 160), (131, 77)])
def test_flow_and_trust_are_what_the_formulas_say(size):
    before, now, _ = walk(*size)
    backward, forward = plain_flow(now, before), plain_flow(before, now)
    views = View(now), View(before)
    for flow, plain in ((optical_flow(*views), backward), (optical_flow(*views[::-1]), forward)):
        apart = np.linalg.norm(flow - plain, axis=-1)
        assert apart.mean() < 0.005
        assert np.percentile(apart, 99) < 0.1
    believed, plain = trust(*views, backward, forward), plain_trust(now, before, backward, forward)
    assert 0.2 < plain.mean() < 0.99
    np.testing.assert_allclose(believed, plain, atol=1e-4)


def test_a_small_picture_changes_no_flow_after_it():
    """OpenCV's search keeps settings that it has changed for one."""
    now, before, _ = walk(72, 96)
    flow = optical_flow(now, before)
    for side in (12, 20, 32):
        optical_flow(now[:side, :side], before[:side, :side])
    np.testing.assert_array_equal(optical_flow(now, before), flow)


def test_a_view_is_worth_its_picture_and_makes_what_is_needed_of_it_once():
    now, before, _ = walk(72, 96)
    view, other = View(now), View(before)
    first = optical_flow(view, other)
    kept = dict(vars(view))
    np.testing.assert_array_equal(optical_flow(view, other), first)
    np.testing.assert_array_equal(optical_flow(now, before), first)
    optical_flow(other, view)
    assert {"grey", "blurred", "structure"} <= kept.keys()
    assert all(vars(view)[name] is value for name, value in kept.items())


def test_a_part_of_a_view_is_the_view_of_a_part():
    now, before, _ = walk(72, 96)
    inside = slice(8, 64), slice(0, 96)
    view, other = View(now), View(before)
    flow = optical_flow(view.part(inside), other.part(inside))
    np.testing.assert_array_equal(flow, optical_flow(now[inside], before[inside]))
    assert view.part(inside) is view.part(inside)
    assert view.part((slice(0, 72), slice(0, 96))) is view


def test_the_frames_of_a_film_are_looked_at_through_one_view_each():
    frames = [SourceFrame(index, Frame(pixels, PEAK), 1, pixels) for index, pixels in enumerate(walk(72, 96, 4))]
    steps = list(follow(frames, Motion(), Size(96, 72)))
    assert [step.change for step in steps] == ["cut", "moved", "moved", "moved"]
    assert all(step.previous is earlier.source.view for earlier, step in pairwise(steps))


@pytest.mark.parametrize("share", [0.8, 1.25])
def test_a_fade_of_the_whole_picture_is_believed(share):
    before = (textured(90, 160) * 0.7 + 20).astype(np.uint8)
    faded = np.clip(before * share, 0, 255).astype(np.uint8)
    still = np.zeros((90, 160, 2), np.float32)
    assert np.abs(before.astype(float) - faded).mean() > TRUSTED
    assert trust(faded, before, still, still).min() > 0.95
    another = faded.copy()
    another[30:60, 60:100] = 255 - another[30:60, 60:100]  # what is new in it is not
    believed = trust(another, before, still, still)[..., 0]
    assert believed[40:50, 70:90].mean() < 0.3 < 0.85 < believed[:, :40].mean()


def test_a_flash_of_light_is_not_believed():
    before = (textured(90, 160) * 0.4).astype(np.uint8)
    still = np.zeros((90, 160, 2), np.float32)
    assert trust((before * 2.4).astype(np.uint8), before, still, still).mean() < 0.5
