"""A preview: coarse at once, then as the film has it; what is laid over a dream needs no new one; all is bounded."""

import threading
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from synthetic import panned, write_film

from vidream.clock import Clock
from vidream.config import configure
from vidream.errors import Cancelled, ConfigError, MediaError
from vidream.events import scope
from vidream.jobs import preview_cost, preview_kept, preview_steps
from vidream.jobs.preview import Previewer, Wanted
from vidream.jobs.preview_cost import TimedDreamer, dreamer_key, patience_within
from vidream.jobs.preview_film import FilmMoment
from vidream.jobs.preview_kept import Kept
from vidream.jobs.preview_zoom import ZoomMoment
from vidream.jobs.still import dream_image
from vidream.jobs.video import plan_video
from vidream.jobs.zoom import plan_zoom
from vidream.media.still import Picture, write_picture
from vidream.render.dreamer import make_dreamer
from vidream.render.loop import PATIENT, growing_frame, render


@pytest.fixture
def film(tmp_path):
    """Two shots of 12 frames, 96x64."""
    frames = [*panned(12), *(255 - frame for frame in panned(12, by=(0, 2)))]
    return write_film(tmp_path / "film.mkv", frames, fps=12)


@pytest.fixture
def count(monkeypatch):
    """How often anything is dreamed."""
    dreamt = []
    whole = TimedDreamer.__call__

    def call(self, *arguments, **named):
        dreamt.append(arguments[2])
        return whole(self, *arguments, **named)

    monkeypatch.setattr(TimedDreamer, "__call__", call)
    return dreamt


def wanted(film, tiny, second=0.0, **knobs):
    return Wanted("video", str(film), second=second, knobs={**tiny, **knobs})


def test_what_grows_ends_as_what_is_rendered(film, tiny):
    config = configure("video", **tiny)
    step = next(plan_video(film, "x.mp4", config=config).steps())
    dreamer = make_dreamer(config)
    *earlier, last = growing_frame(step, dreamer)
    whole = next(render([step], dreamer))
    np.testing.assert_array_equal(last.residual, whole.residual)
    np.testing.assert_array_equal(last.state.dreamed, whole.state.dreamed)
    assert len(earlier) > 5


def test_a_moment_gets_finer_and_ends_as_the_film_has_it(film, tiny):
    previewer = Previewer()
    for second in (0.0, 5.5 / 12, 14.5 / 12):
        shown = [*previewer.see(wanted(film, tiny, second))]
        order = ["coarse", "fine", "deep", "film"]
        stages = [each.stage for each in shown]
        assert stages == sorted(stages, key=order.index)
        assert stages[0] == "coarse"
        assert [each.last for each in shown] == [*(False for _ in shown[1:]), True]
        plan = plan_video(film, "x.mp4", config=configure("video", **tiny))
        index = int(second * 12)
        rendered = [*render(plan.steps(), make_dreamer(plan.config))][index]
        assert shown[-1].stage == "film"
        np.testing.assert_allclose(shown[-1].pixels.astype(int), rendered.frame.pixels(), atol=1)


def test_what_is_dreamed_small_is_dreamed_as_small_as_the_film_has_it(film, tiny):
    *_, last = Previewer().see(wanted(film, tiny, 5.5 / 12, dream_size=64))
    plan = plan_video(film, "x.mp4", config=configure("video", **tiny, dream_size=64))
    rendered = [*render(plan.steps(), make_dreamer(plan.config))][5]
    assert last.stage == "film"
    assert last.dreamed == (64, 43)
    np.testing.assert_allclose(last.pixels.astype(int), rendered.frame.pixels(), atol=1)


def test_a_shot_that_began_long_ago_is_shown_as_if_it_began_there(film, tiny, monkeypatch):
    monkeypatch.setattr(preview_steps, "FURTHEST", 3)
    *_, last = Previewer().see(wanted(film, tiny, 8.5 / 12))
    assert last.stage == "deep"
    assert last.last


def test_strength_colour_and_mask_are_laid_over_what_is_there(film, tiny, count, tmp_path):
    previewer = Previewer()
    *_, first = previewer.see(wanted(film, tiny))
    dreamt = len(count)
    write_picture(tmp_path / "mask.png", Picture(np.zeros((64, 96, 3), np.uint8)))
    for knobs in ({"strength": 0.3}, {"keep_colour": True}, {"mask": str(tmp_path / "mask.png")}, {"swell": 2}):
        (shown,) = previewer.see(wanted(film, tiny, **knobs))
        assert len(count) == dreamt
        assert shown.last
        assert shown.stage == "film"
        assert not np.array_equal(shown.pixels, first.pixels)
        whole = plan_video(film, "x.mp4", config=configure("video", **tiny, **knobs))
        rendered = next(render(whole.steps(), make_dreamer(whole.config)))
        np.testing.assert_allclose(shown.pixels.astype(int), rendered.frame.pixels(), atol=1)
    (plain,) = previewer.see(wanted(film, tiny, strength=0))
    np.testing.assert_array_equal(plain.pixels, previewer.moment(wanted(film, tiny)).source().pixels)
    assert len(count) == dreamt
    assert next(iter(previewer.see(wanted(film, tiny, seed=1)))).stage == "coarse"
    assert len(count) > dreamt


def test_knobs_are_what_they_are_at_the_moment(film, tiny):
    moving = {"strength": {"keys": [["0s", 0.0], ["2s", 2.0]]}}
    moment = Previewer().moment(wanted(film, tiny, 6.5 / 12, start="0.25", **moving))
    assert isinstance(moment, FilmMoment)
    assert moment.number == 6
    assert moment.config.dream.strength == pytest.approx(0.25)


def test_the_newest_wish_ends_one_between_two_steps(film, tiny, count):
    cancel = threading.Event()
    with scope(None, cancel):
        pictures = Previewer().see(wanted(film, tiny))
        assert next(pictures).stage == "coarse"
        dreamt = len(count)
        cancel.set()
        with pytest.raises(Cancelled):
            next(pictures)
    assert len(count) <= dreamt + 1


def test_what_is_played_is_carried_on_from_what_is_seen(film, tiny):
    previewer = Previewer()
    played = [*previewer.play(wanted(film, tiny, 2.5 / 12), 0.5)]
    assert [each.index for each in played] == [*range(2, 9)]
    assert [each.settled for each in played] == [*(False for _ in played[1:]), True]
    *_, seen = previewer.see(wanted(film, tiny, 2.5 / 12))
    again = [*previewer.play(wanted(film, tiny, 2.5 / 12), 0.5)]
    np.testing.assert_array_equal(again[0].pixels, seen.pixels)
    ending = [*previewer.play(wanted(film, tiny, 22.5 / 12), 3)]
    assert [each.index for each in ending] == [22, 23]
    plain = [*previewer.play(wanted(film, tiny, 2.5 / 12, strength=0), 0.25)]
    np.testing.assert_array_equal(plain[2].pixels, previewer.moment(wanted(film, tiny, 4.5 / 12)).source().pixels)


def test_a_picture_is_dreamed_as_image_does_small_first(tmp_path, tiny):
    pixels = panned(1, 300, 600)[0]
    write_picture(tmp_path / "picture.png", Picture(pixels))
    wish = Wanted("image", str(tmp_path / "picture.png"), knobs={**tiny, "steps": 2})
    shown = [*Previewer().see(wish)]
    assert [each.stage for each in shown] == ["coarse", "fine", "film"]
    np.testing.assert_array_equal(shown[-1].pixels, dream_image(pixels, **tiny, steps=2))
    small = [*Previewer().see(replace(wish, side=200))]
    assert [each.pixels.shape for each in small] == [(100, 200, 3)] * 3
    (full,) = [each for each in Previewer().see(replace(wish, side=200, full=True)) if each.last]
    assert full.pixels.shape == (300, 600, 3)


def test_a_zooms_moment_has_the_knobs_of_its_time(tmp_path, tiny):
    write_picture(tmp_path / "seed.png", Picture(panned(1)[0]))
    knobs = {**tiny, "size": "64", "fps": 10, "frames": 60, "zoom": {"keys": [["0s", 1.0], ["6s", 1.6]]}}
    wish = Wanted("zoom", str(tmp_path / "seed.png"), second=3.0, knobs=knobs)
    previewer = Previewer()
    moment = previewer.moment(wish)
    assert isinstance(moment, ZoomMoment)
    assert moment.index == 30
    small = moment._small(32, Fraction(5), 20, 6)
    plan = plan_zoom(tmp_path / "seed.png", "x.mp4", **knobs)
    for number in range(6):
        there = plan.config.at(20 + 2 * number, plan.clock).camera.zoom
        assert small.config.at(number, Clock(Fraction(5))).camera.zoom == pytest.approx(there)
    stages = [each.stage for each in previewer.see(wish)]
    assert stages == ["coarse", "fine", "deep"]
    played = [*previewer.play(replace(wish, second=0), 0.4)]
    assert len(played) == 4
    assert played[-1].settled


def test_what_is_wrong_is_said_in_the_words_of_the_command_line(film, tiny, tmp_path):
    previewer = Previewer()
    with pytest.raises(ConfigError, match="--layer nix"):
        previewer.moment(wanted(film, {**tiny, "layer": "nix"}))
    with pytest.raises(MediaError, match="gone"):
        previewer.moment(wanted(tmp_path / "gone.mp4", tiny))
    assert [*previewer.see(wanted(film, tiny))][-1].last  # and the next look may do


def test_what_is_kept_is_bounded():
    gone = []
    kept = Kept(3, gone.append, len, 10)
    for name in "abcd":
        kept.put(name, name * 2)
    assert gone == ["aa"]
    assert kept.get("b") == "bb"
    kept.put("e", "e" * 9)
    assert gone == ["aa", "cc", "dd", "bb"]
    assert len(kept) == 1
    assert kept.make("e", list) == "e" * 9
    kept.clear()
    assert len(kept) == 0


def test_few_dreamers_are_kept_and_one_serves_looks_like_it(film, tiny, monkeypatch):
    made = []
    whole = preview_cost.timed_dreamer
    monkeypatch.setattr(preview_kept, "timed_dreamer", lambda config: made.append(config) or whole(config))
    previewer = Previewer()
    for weight in range(1, 5):
        moment = previewer.moment(wanted(film, {**tiny, "layer": f"block3={weight}"}))
        assert isinstance(moment, FilmMoment)
        previewer._shelf.dreamer(moment.config)
    assert len(made) == 1
    keys = {dreamer_key(configure("video", **{**tiny, "layer": f"block{number}"})) for number in (1, 2, 3)}
    assert len(keys) == 3


def test_with_little_time_fewer_passes_go_further():
    config = configure("video")
    dreamer = TimedDreamer(lambda start, *_, **__: start)
    from vidream.frames import Size

    dreamer._rate = 1e-12
    assert patience_within(dreamer, Size(480, 270), config, 1.0) == PATIENT
    dreamer._rate = 1e-6
    less = patience_within(dreamer, Size(480, 270), config, 1.0)
    assert less.whole < PATIENT.whole
    assert less.gain > 1
    assert dreamer.warm_up_seconds(Size(480, 270), config, less) < 2
