"""A film is cut into its shots: neither a pan, a zoom nor a flash is a cut."""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from synthetic import SAMPLES, film_plan, panned, read_film, textured, write_film

from vidream.cuts import differs
from vidream.frames import Shot
from vidream.jobs.video import render_video
from vidream.plan.film import ENDING
from vidream.plan.follow import LOOK_AHEAD


def begins(path: Path, **given) -> list[int]:
    """The frames at which nothing is carried."""
    return [step.index for step in film_plan(path, **given).steps() if step.cut]


def scene(seed: int, count: int = 10) -> list[np.ndarray]:
    """A still view of soft forms in colours of its own."""
    tint = np.random.default_rng(seed).uniform(0.2, 1, 3)
    return [(textured(90, 160, seed) * tint).astype(np.uint8)] * count


def test_a_film_is_its_shots(tmp_path):
    path = write_film(tmp_path / "in.mp4", [*scene(1), *scene(2, 7), *panned(5, 90, 160)])
    shots = list(film_plan(path).shots())
    assert shots == [Shot(0, 0), Shot(10, 10), Shot(17, 21)]  # a frame that is held is one


def test_the_cuts_of_the_samples_are_found_and_no_others():
    assert begins(SAMPLES / "city_tiny.mp4") == [0, 12]
    assert begins(SAMPLES / "city.mp4") == [0, 50]
    assert begins(SAMPLES / "bunny.mp4") == [0]


def test_three_joined_shots_begin_three_times(tmp_path):
    path = write_film(tmp_path / "in.mp4", [*scene(1), *scene(2, 7), *scene(3)])
    assert begins(path) == [0, 10, 17]
    assert begins(path, cuts=False) == [0]
    assert begins(path, cut_threshold=200) == [0]


def test_no_cut_within_a_pan(tmp_path):
    assert begins(write_film(tmp_path / "in.mp4", panned(20, 90, 160, by=(12, 3)))) == [0]


def test_no_cut_within_a_zoom(tmp_path):
    picture = textured(180, 320)
    frames = []
    for step in range(20):
        turn = cv2.getRotationMatrix2D((160, 90), 0, 1.04**step)
        frames.append(cv2.warpAffine(picture, turn, (320, 180), flags=cv2.INTER_AREA))
    assert begins(write_film(tmp_path / "in.mp4", frames)) == [0]


@pytest.mark.parametrize("light", ["bright", "white", "black"])
@pytest.mark.parametrize("length", [1, 3, LOOK_AHEAD])
def test_no_cut_within_a_flash(tmp_path, light, length):
    frames = panned(20, 90, 160, by=(1, 0))
    for index in range(8, 8 + length):
        frames[index] = {
            "bright": np.clip(frames[index].astype(int) * 2 + 60, 0, 255).astype(np.uint8),
            "white": np.full_like(frames[index], 255),
            "black": np.zeros_like(frames[index]),
        }[light]
    path = write_film(tmp_path / "in.mp4", frames)
    assert begins(path) == [0]
    after = next(step for step in film_plan(path).steps() if step.index == 8 + length)
    assert np.median(after.flow[..., 0]) == pytest.approx(length + 1, abs=0.5)  # from before the flash


def test_the_measure_is_of_pictures_and_not_of_their_order():
    one, other = scene(1)[0], scene(2)[0]
    assert differs(one, other, 27)
    assert differs(other, one, 27)
    assert not differs(one, one, 27)


def test_after_a_cut_a_film_is_what_it_would_be_on_its_own(tmp_path, tiny):
    """A cut carries nothing: the second shot rendered in its place equals the second shot rendered alone."""
    first, second = scene(1, 5), panned(6, 90, 160)
    options = {"crf": 0, "pix_fmt": "yuv444p", **tiny}
    render_video(write_film(tmp_path / "both.mp4", first + second), tmp_path / "a.mp4", **options)
    render_video(write_film(tmp_path / "one.mp4", second), tmp_path / "b.mp4", **options)
    both, one = read_film(tmp_path / "a.mp4")[0], read_film(tmp_path / "b.mp4")[0]
    for a, b in zip(both[5:], one, strict=True):
        assert np.abs(a.astype(int) - b).mean() < 0.7  # but for the encoder


def wheel(count: int) -> list[np.ndarray]:
    """A view that turns once in `count` frames and is then where it began."""
    picture = textured(180, 180, 4)
    frames = []
    for step in range(count):
        turn = cv2.getRotationMatrix2D((90, 90), 360 * step / count, 1)
        frames.append(cv2.warpAffine(picture, turn, (180, 180), borderMode=cv2.BORDER_REFLECT)[40:140, 40:140])
    return frames


def test_the_last_frame_of_a_loop_leads_into_the_first(tmp_path, tiny):
    frames = wheel(40)
    source = write_film(tmp_path / "in.mp4", frames)

    def residuals(**given):
        out = tmp_path / f"{len(given)}.mp4"
        made = render_video(source, out, crf=0, pix_fmt="yuv444p", **given, **tiny)
        assert made.frames == 40
        return [dreamed.astype(float) - frame for dreamed, frame in zip(read_film(out)[0], frames, strict=True)]

    def jump(residual):
        """How much the dream changes from last to first, in steps from neighbour to neighbour."""
        steps = [np.abs(a - b).mean() for a, b in pairwise(residual)]
        return np.abs(residual[-1] - residual[0]).mean() / np.median(steps)

    assert jump(residuals(loop=True)) < 1.2
    assert jump(residuals()) > 1.5


def test_a_loop_is_warmed_up_on_no_more_of_its_end_than_counts(tmp_path):
    path = write_film(tmp_path / "in.mp4", panned(ENDING + 5, 30, 40, by=(1, 0)))
    steps = list(film_plan(path, loop=True).steps())
    assert [step.index for step in steps] == [*range(5, ENDING + 5), *range(ENDING + 5)]
    assert [step.hold for step in steps] == [0] * ENDING + [1] * (ENDING + 5)
