"""A live dream follows the newest frame, keeps its pace, and goes on when its size changes."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from synthetic import panned, textured

from vidream.config import configure
from vidream.frames import PEAK, Context, Frame, Size, size_of
from vidream.live.film import FilmSteps
from vidream.live.governor import CALM, FULL, RISE, Effort, Governor, efforts
from vidream.live.seed import ZoomSteps
from vidream.live.source import LiveFrame
from vidream.plan.step import FilmStep
from vidream.render.loop import Patience, render, warm_up
from vidream.render.state import LoopState

SIZE = Size(96, 64)


def adding(start, config, steps, /, context=Context()):
    """A stand-in for the dream."""
    return start + np.float32(config.dream.step_size)


def live(base="video", **knobs):
    if base == "video":
        knobs = {"bars": "dream"} | knobs
    return configure("live", base=base, **knobs).at(0, None)


class Given:
    """A source that has the frames it is given, one whenever it is asked, and None where there is none."""

    def __init__(self, frames):
        self.frames, self.size, self.dropped, self.trouble, self.number = list(frames), SIZE, 0, "", -1

    def newest(self, wait):
        self.number += 1
        frame = self.frames.pop(0) if self.frames else None
        return None if frame is None else LiveFrame(Frame(frame, PEAK), self.number, float(self.number))

    def close(self):
        pass


def film_steps(frames, **knobs):
    return FilmSteps(Given(frames), live(**knobs), SIZE)


def test_a_new_frame_follows_from_the_one_before():
    frames = panned(3, 64, 96, by=(0, 2))
    steps = film_steps(frames)
    first, second = steps.step(live()), steps.step(live())
    assert first.cut
    assert first.flow is None
    assert not second.cut
    assert steps.captured == 2.0  # the newest of those that came before the first step, and the one after it
    inside = second.flow[16:-16, 16:-16]
    assert np.linalg.norm(inside, axis=-1).mean() == pytest.approx(2, abs=0.2)


class Clocked(Given):
    """A source of 50 frames a second, its first at once; who waits for one sees how long."""

    def __init__(self, frames):
        super().__init__(frames)
        self.begun, self.waits = 100.0, []

    def newest(self, wait):
        self.waits.append(wait)
        newest = super().newest(wait)
        return None if newest is None else replace(newest, second=self.begun + newest.number / 50)


def test_a_frame_that_is_about_to_come_is_waited_for(monkeypatch):
    source = Clocked(panned(6, 64, 96))
    now = source.begun
    monkeypatch.setattr("vidream.live.film.time", SimpleNamespace(monotonic=lambda: now))
    steps, config = FilmSteps(source, live(rate="50"), SIZE), live(rate="50")
    steps.step(config)
    steps.step(config)
    assert source.waits[-1] == 0  # frames come faster here than 50 a second: the next is far away
    now = source.begun + 3 / 50 - 0.004
    steps.step(config)
    assert 0 < source.waits[-1] < 1 / 50
    now += 0.2
    steps.step(config)
    assert source.waits[-1] == 0  # it has not come for long: nothing is expected


def test_where_no_frame_has_come_the_last_one_stands_still():
    frames = panned(2, 64, 96)
    steps = film_steps([frames[0], frames[1], None])
    first, again = steps.step(live()), steps.step(live())
    assert again.source is first.source
    assert not again.cut
    assert (again.flow == 0).all()
    assert again.trust is None


def test_a_frozen_source_stands_still_and_goes_on_from_there():
    frames = panned(4, 64, 96)
    steps = film_steps(frames)
    before = steps.step(live())
    assert steps.step(live(), frozen=True).source is before.source
    assert (steps.step(live()).source.pixels() == frames[2]).all()


def test_another_picture_is_a_cut():
    steps = film_steps([textured(64, 96), textured(64, 96), 255 - textured(64, 96)[::-1, ::-1] // 2])
    steps.step(live())
    assert steps.step(live()).cut


def test_a_dream_goes_on_where_its_size_changes():
    frames = [textured(64, 96)] * 30
    steps = film_steps(frames)
    sizes = [96] * 10 + [64] * 8 + [96] * 8

    def following():
        for size in sizes:
            yield steps.step(live(dream_size=size, least_size=64, octaves=1))

    made = list(render(following(), adding, patience=Patience(whole=40)))
    assert [max(size_of(rendered.residual)) for rendered in made] == sizes
    assert not any(rendered.step.cut for rendered in made[1:])
    strengths = [float(rendered.residual.mean()) for rendered in made]
    assert min(strengths) > 0.8 * max(strengths)


def test_a_state_at_its_own_size_is_itself_and_there_and_back_is_about_the_same():
    rng = np.random.default_rng(0)
    smooth = np.repeat(np.repeat(rng.uniform(0, 255, (8, 12, 3)), 8, 0), 8, 1).astype(np.float32)
    state = LoopState(smooth, smooth + 5, unseen=smooth / np.float32(10), travel=(8.0, -4.0), turn=7)
    assert state.at_size(SIZE) is state
    half = state.at_size(Size(48, 32))
    assert half.travel == (4.0, -2.0)
    assert half.turn == 7
    assert half.reference.shape == half.dreamed.shape == half.unseen.shape == (32, 48, 3)
    assert np.abs(half.dreamed - half.reference - 5).max() < 1e-3
    assert half.at_size(SIZE).travel == state.travel


def test_in_haste_a_shot_is_warmed_up_in_few_large_passes():
    calls = []

    def dreamer(start, config, steps, /, context=Context()):
        calls.append(config.dream.step_size)
        return adding(start, config, steps, context)

    config = configure("video", octaves=3, step_size=1.0, dream_size=0)
    source = np.full((90, 160, 3), 100, np.float32)
    warm_up(source, dreamer, config, Patience(whole=1, early=2, gain=3.0))
    assert calls == [3.0] * 5


def test_a_zoom_goes_on_where_its_size_changes():
    seed = textured(64, 96).astype(np.float32)
    steps = ZoomSteps(seed, live("zoom"), SIZE)
    sizes = [96, 96, 64, 64, 96]
    knobs = {"octaves": 1, "zoom": 1.2, "step_size": 0.0, "first_steps": 1, "anchor": 0}
    made = list(render((steps.step(live("zoom", dream_size=size, **knobs)) for size in sizes), adding))
    assert [max(size_of(rendered.state.dreamed)) for rendered in made] == sizes
    assert all(abs(float(rendered.state.dreamed.mean()) - seed.mean()) < 3 for rendered in made)


def test_a_zoom_that_is_frozen_stands():
    steps = ZoomSteps(textured(64, 96).astype(np.float32), live("zoom"), SIZE)
    steps.step(live("zoom"))
    assert (np.abs(steps.step(live("zoom"), frozen=True).flow) < 1e-3).all()
    assert np.abs(steps.step(live("zoom", zoom=2.0)).flow).max() > 1


def test_efforts_lie_within_their_limits_the_least_first():
    config = live(dream_size=320, least_size=160, dream_rate=7, rate=15, octaves=3)
    ladder = efforts(config, 640)
    usual = [effort for effort in ladder if not effort.octaves]
    assert [effort.octaves for effort in ladder if effort.octaves] == [1, 2][::-1]
    assert {effort.every for effort in usual} == {1, 2}
    assert (usual[0].size, usual[-1].size) == (160, 320)
    assert [(effort.size, -effort.every) for effort in usual] == sorted((e.size, -e.every) for e in usual)
    assert {effort.size for effort in efforts(config, 200)} <= set(range(160, 201))
    assert {effort.size for effort in efforts(live(dream_size=100, least_size=160), 640)} == {100}


class Machine:
    """One that takes so many seconds for a frame of a size, and does what its governor says."""

    def __init__(self, governor, slowness):
        self.governor, self.slowness, self.frame, self.second, self.changes = governor, slowness, 0, 0.0, 0

    def run(self, seconds):
        end = self.second + seconds
        while self.second < end:
            effort = self.governor.effort
            dreamed = self.frame % effort.every == 0
            took = self.slowness * (0.3 + effort.size**2 / 320**2) * (1.0 if dreamed else 0.4)
            self.governor.made(took, took, dreamed=dreamed)
            self.changes += self.governor.effort != effort
            self.second += max(took, self.governor.interval)
            self.frame += 1
        return self.governor.effort

    def share(self):
        """Of the time that there is, what the effort of now takes."""
        effort = self.governor.effort
        dreamed = self.slowness * (0.3 + effort.size**2 / 320**2)
        return (dreamed + (effort.every - 1) * 0.4 * dreamed) / effort.every / self.governor.interval


@pytest.mark.parametrize("slowness", [0.01, 0.03, 0.06, 0.12, 0.3])
def test_a_pace_is_found_and_kept(slowness):
    machine = Machine(Governor(live(dream_size=480, octaves=3), 640), slowness)
    machine.run(60)
    assert machine.share() <= FULL or machine.governor.effort == machine.governor._efforts[0]
    machine.changes = 0
    machine.run(240)
    assert machine.changes <= 4


def test_a_machine_that_slows_down_is_followed_within_two_seconds_and_up_again():
    machine = Machine(Governor(live(dream_size=480), 640), 0.02)
    large = machine.run(30).size
    machine.slowness = 0.06
    small = machine.run(3).size
    assert small < large
    assert machine.share() <= FULL
    machine.slowness = 0.02
    assert machine.run(4 * CALM).size > small


def test_a_dream_grows_by_steps_and_falls_at_once():
    governor = Governor(live(dream_size=480), 640)
    machine, sizes = Machine(governor, 0.1), []
    machine.run(20)
    machine.slowness = 0.01
    for _ in range(300):
        machine.run(0.1)
        sizes.append(governor.effort.size)
    steps = [after / before for before, after in pairwise(sizes)]
    assert max(steps) <= RISE
    assert sizes[-1] == 480
    machine.slowness = 0.1
    assert machine.run(3).size < 300


def test_fewer_octaves_are_less_work():
    governor = Governor(live(dream_size=160, octaves=4, octave_ratio=1.4), 640)
    governor.rehearsed(0.03, dreamed=True)
    costs = [governor._cost(Effort(160, 1, octaves)) for octaves in (1, 2, 3, 0)]
    assert costs == sorted(costs)
    assert costs[0] < 0.6 * costs[-1]


def test_a_frame_is_shown_later_only_by_what_it_needs():
    governor = Governor(live(), 640)
    for _ in range(200):
        governor.made(0.02, 0.02, dreamed=True)
    assert 0.02 < governor.delay < 0.04
    governor.made(0.08, 0.08, dreamed=True)
    assert governor.delay > 0.08
    governor.made(1.0, 1.0, dreamed=True)
    assert governor.delay <= 0.1 + 1e-9


def test_a_step_that_is_held_in_haste_is_of_the_film_command_too():
    """What a live config says goes into a step as it is: the loop knows no other."""
    config = live(strength=0.5)
    step = FilmStep(0, config, Frame(textured(64, 96), PEAK), cut=True)
    (made,) = render([step], adding, patience=Patience(whole=1, early=1))
    again = replace(made, step=replace(step, config=live(strength=0.0)))
    assert np.abs(again.frame.image() - textured(64, 96)).max() < 1e-3
    assert np.abs(made.frame.image() - textured(64, 96)).max() > 0.1


def test_at_a_slow_rate_nothing_waits_for_a_whole_interval():
    assert Governor(live(rate=1), 640).delay <= 0.1
    assert Governor(live(rate=120), 640).delay == pytest.approx(1 / 120)
