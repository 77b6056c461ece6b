"""The loop carries, warms up and fades as the persistence says."""

import tracemalloc

import numpy as np
import pytest
from synthetic import panned, rendered, textured

from vidream.config import configure
from vidream.frames import PEAK, Context, Frame, Size
from vidream.plan.step import FilmStep
from vidream.render import carry
from vidream.render.carry import LATE
from vidream.render.loop import PATIENT, SETTLED, warm_up
from vidream.render.state import LoopState, no_dream

NOWHERE = np.zeros((32, 48, 2), np.float32)
FRAMES = panned(4, 32, 48, by=(0, 0))


class Dreamer:
    """A stand-in for the dream: adds what it is told to, and keeps what it was given."""

    def __init__(self, add=10.0):
        self.add, self.calls = add, []

    def __call__(self, start, now, steps, context=Context()):
        self.calls.append((start, steps, context))
        return start + np.float32(self.add)


def config(**given):
    """One octave: a warm-up in which each pass is of the whole picture."""
    return configure("video", **({"dream_size": 0, "octaves": 1} | given))


def step(index, now, frame, flow=None, trust=None, **more):
    return FilmStep(index, now, Frame(frame, PEAK), flow is None, flow, trust, **more)


def steps(now, frames=FRAMES, flow=NOWHERE, trust=None):
    for index, frame in enumerate(frames):
        yield step(index, now, frame, flow if index else None, trust if index else None)


def render(*arguments):
    """The output frames, each as often as it is held."""
    for each, pixels, _ in rendered(*arguments):
        yield from [pixels] * each.hold


def residuals(outputs, frames=FRAMES):
    return [float((out.astype(float) - frame).mean()) for out, frame in zip(outputs, frames, strict=True)]


def mid_grey(count=4):
    return [np.full((32, 48, 3), 100, np.uint8)] * count


def test_the_residual_is_carried_by_persistence_and_trust():
    trust = np.full((32, 48, 1), 0.5, np.float32)
    dreamer = Dreamer()
    states = [state for _, _, state in rendered(steps(config(persistence=0.8), mid_grey(), trust=trust), dreamer)]
    got = [(state.dreamed - state.reference).mean() for state in states]
    assert got[1] == pytest.approx(10 + 0.8 * 0.5 * got[0])
    assert got[2] == pytest.approx(10 + 0.8 * 0.5 * got[1])
    np.testing.assert_array_equal(dreamer.calls[-1][2].trust, trust)  # and the step grows where it is low


class Scripted:
    """A stand-in for the dream: what it makes of a film's frames is settled beforehand, from the warm-up's end on."""

    def __init__(self, *residuals):
        self.residuals = iter(residuals)

    def __call__(self, start, now, steps, context=Context()):
        return np.full_like(start, 100 + next(self.residuals))


def seen(residuals, trust=1.0, warmed=2, **given):
    """The residuals that are shown of those dreamed over a grey film that stands still; the first ones warm up."""
    field = np.full((32, 48, 1), trust, np.float32)
    film = steps(config(**given), mid_grey(len(residuals) - warmed + 1), trust=field)
    return [float((state.visible - 100).mean()) for _, _, state in rendered(film, Scripted(*residuals))]


def test_what_a_dream_changes_is_seen_late_where_it_was_carried():
    assert seen([9, 9, 9, 9, 9]) == [9, 9, 9, 9]  # nothing changes: all is seen
    assert seen([9, 9, 18, 18, 18]) == pytest.approx([9, 12, 14, 14 + 4 / 3])  # a third, then a third of the rest
    jumps = np.diff(seen([9, 9, 12, 6, 12, 6, 12, 6, 12, 6, 12, 6]))
    assert np.abs(jumps[-4:]).max() < 1.3  # of 6


def test_where_nothing_was_carried_all_is_seen_at_once():
    assert seen([9, 9, 18, 3, 18], trust=0) == [9, 18, 3, 18]
    assert seen([9, 9, 18], trust=0.5)[1] == pytest.approx(18 - LATE * 0.5 * (18 - 0.5 * 9))


def test_what_is_not_seen_yet_moves_with_the_flow():
    unseen = np.zeros((32, 48, 3), np.float32)
    unseen[10, 20] = 9
    grey = np.full((32, 48, 3), 100, np.float32)
    flow = np.zeros((32, 48, 2), np.float32) + np.array([3, 1], np.float32)
    before = LoopState(grey, grey, unseen)
    ((_, _, state),) = rendered([step(1, config(), mid_grey()[0], flow)], lambda start, *_, **__: start, before)
    assert np.argwhere(state.unseen[..., 0]).tolist() == [[9, 17]]
    assert state.unseen[9, 17, 0] == pytest.approx(LATE * 9)


def test_what_is_carried_is_fetched_through_the_flow():
    mark = np.zeros((32, 48, 3), np.float32)
    mark[10, 20] = 100

    def dreamer(start, now, steps, context=Context()):
        return start + mark * (not marked)

    marked: list[int] = []
    flow = np.zeros((32, 48, 2), np.float32) + np.array([3, 1], np.float32)
    outputs = []
    for out in render(steps(config(persistence=0.9), mid_grey(3), flow=flow), dreamer):
        marked.append(1)
        outputs.append(out[..., 0].astype(int) - 100)
    assert np.unravel_index(outputs[0].argmax(), (32, 48)) == (10, 20)
    assert np.unravel_index(outputs[1].argmax(), (32, 48)) == (9, 17)
    assert np.unravel_index(outputs[2].argmax(), (32, 48)) == (8, 14)


def test_the_dreamer_is_told_how_far_most_of_the_shot_has_moved():
    flow = np.zeros((32, 48, 2), np.float32) + np.array([3, -1], np.float32)  # fetched from the right: it moves left
    flow[:12] = 20  # somebody passes by
    now = config(persistence=0.9)
    film = [step(index, now, frame, flow if index % 3 else None) for index, frame in enumerate(mid_grey(5))]
    dreamer = Dreamer()
    states = [state for _, _, state in rendered(film, dreamer)]
    assert [state.travel for state in states] == [(0, 0), (1, -3), (2, -6), (0, 0), (1, -3)]  # anew at a cut
    assert {(0, 0), (1, -3), (2, -6)} == {call[2].travel for call in dreamer.calls}
    resumed = Dreamer()
    list(rendered(film[2:3], resumed, states[1]))
    assert [call[2].travel for call in resumed.calls] == [(2, -6)]
    slow = [step(index, config(dream_every=2), frame, flow if index else None) for index, frame in enumerate(FRAMES)]
    assert [state.travel for _, _, state in rendered(slow, Dreamer())] == [(0, 0), (1, -3), (2, -6), (3, -9)]


def test_a_source_that_changes_stays_sharp_under_a_carried_residual_and_melts_under_a_carried_picture():
    first, second = np.full((32, 48, 3), 50, np.uint8), np.full((32, 48, 3), 150, np.uint8)
    frames = [first, second]
    sharp = list(render(steps(config(persistence=0.9), frames), Dreamer(0)))
    np.testing.assert_array_equal(sharp[1], second)
    melted = list(rendered(steps(config(persistence=0.9, carry="picture"), frames), Dreamer(0)))
    np.testing.assert_allclose(melted[1][2].dreamed, 150 + 0.9 * (50 - 150), atol=1e-3)
    np.testing.assert_allclose(melted[1][1], 150 + (0.9 + 0.1 * LATE) * (50 - 150), atol=1)


def test_without_persistence_each_frame_is_dreamed_alone_at_its_own_place():
    dreamer = Dreamer()
    out = list(render(steps(config(persistence=0, first_steps=4), mid_grey()), dreamer))
    assert residuals(out, mid_grey()) == [10] * 4
    assert [(call[1], call[2].place) for call in dreamer.calls] == [(4, (index,)) for index in range(4)]


def test_strength_scales_what_is_written_and_not_what_is_carried():
    full = residuals(render(steps(config(persistence=0.5), mid_grey()), Dreamer()), mid_grey())
    half = residuals(render(steps(config(persistence=0.5, strength=0.5), mid_grey()), Dreamer()), mid_grey())
    np.testing.assert_allclose(half, np.array(full) / 2, atol=0.6)


def test_what_is_handed_on_is_all_that_is_needed_to_go_on():
    trust = np.full((32, 48, 1), 0.5, np.float32)
    straight = list(rendered(steps(config(persistence=0.8), trust=trust), Dreamer()))
    for stop in (1, 2, 3):
        later = list(steps(config(persistence=0.8), trust=trust))[stop:]
        rest = rendered(later, Dreamer(), straight[stop - 1][2])
        for (_, pixels, _), (_, expected, _) in zip(rest, straight[stop:], strict=True):
            np.testing.assert_array_equal(pixels, expected)
    assert [carried for _, _, carried in rendered(steps(config(persistence=0)), Dreamer())] == [None] * 4


def test_no_dream_is_the_identity():
    for out, frame in zip(render(steps(config(strength=0)), no_dream), FRAMES, strict=True):
        np.testing.assert_array_equal(out, frame)


def test_a_held_step_is_shown_as_often():
    held = [step(0, config(), FRAMES[0], hold=3), step(1, config(), FRAMES[1], NOWHERE)]
    dreamer = Dreamer()
    out = list(render(held, dreamer))
    assert len(out) == 4
    np.testing.assert_array_equal(out[0], out[2])


def test_a_shot_begins_as_strong_as_it_goes_on():
    """1, 1.9, 2.71 ... climbs to 1 / (1 - persistence); a film that began at 1 would swell."""
    source = textured(32, 48).astype(np.float32) * 0.5
    dreamer = Dreamer(1)
    strength = (warm_up(source, dreamer, config(persistence=0.9)) - source).mean()
    assert strength == pytest.approx(10, rel=0.06)
    assert len(dreamer.calls) < PATIENT.whole
    assert all((call[1], call[2].place, call[2].trust) == (1, (), None) for call in dreamer.calls)
    last = (dreamer.calls[-1][0] - source).mean() / 0.9
    assert strength - last <= SETTLED * strength


def test_a_shot_begins_on_its_smallest_octave_and_ends_as_strong_on_all():
    dreamer = Dreamer(1)
    source = np.full((90, 160, 3), 100, np.float32)
    strength = (warm_up(source, dreamer, config(persistence=0.9, octaves=3, octave_ratio=2)) - source).mean()
    assert strength == pytest.approx(10, rel=0.06)
    shapes = [call[0].shape[:2] for call in dreamer.calls]
    assert list(dict.fromkeys(shapes)) == [(22, 40), (45, 80), (90, 160)]
    assert max(shapes.count((22, 40)), shapes.count((45, 80))) <= PATIENT.early
    places = [call[2].place for call in dreamer.calls if call[0].shape != source.shape]
    assert len(set(places)) == len(places)  # a jitter each
    assert {call[2].place for call in dreamer.calls if call[0].shape == source.shape} == {()}  # the jitter of the film


@pytest.mark.parametrize(("every", "told"), [(1, [0, 1, 2, 0, 1, 2]), (2, [0, 1, 0, 1])])
def test_dreams_of_a_shot_are_counted_so_that_each_has_its_turn(every, told):
    now = config(persistence=0.9, dream_every=every)
    film = [step(index, now, frame, NOWHERE if index % 4 else None) for index, frame in enumerate(mid_grey(8))]
    dreamer = Dreamer()
    states = [state for _, _, state in rendered(film, dreamer)]
    assert [call[2].turn for call in dreamer.calls if call[2].turn is not None] == told
    resumed = Dreamer()
    list(rendered(film[6:], resumed, states[5]))
    assert [call[2].turn for call in resumed.calls] == told[-len(resumed.calls) :]


def test_a_film_tells_the_dream_how_flat_its_source_is():
    frames = [np.full((32, 48, 3), 100, np.uint8)] * 2
    frames[0][:, :24] = textured(32, 24)
    dreamer = Dreamer()
    list(render(steps(config(), frames), dreamer))
    for flat in (dreamer.calls[0][2].flat, dreamer.calls[-1][2].flat):
        assert flat[:, :10].max() < 0.1 < 0.9 < flat[:, 38:].min()
    alone = Dreamer()
    list(render(steps(config(persistence=0), frames), alone))
    assert alone.calls[0][2].flat is None  # a frame dreamed alone is a picture


def test_a_step_without_flow_begins_anew():
    frames = mid_grey(5)
    cut = [step(i, config(persistence=0.9), frame, None if i in (0, 3) else NOWHERE) for i, frame in enumerate(frames)]
    got = residuals(render(cut, Dreamer(2)), frames)
    assert got[3] == pytest.approx(got[0], abs=0.1)


def test_a_warm_up_that_never_settles_ends():
    dreamer = Dreamer(1)
    warm_up(np.zeros((4, 4, 3), np.float32), dreamer, config(persistence=1))
    assert len(dreamer.calls) == PATIENT.whole


def test_a_warm_up_holds_few_of_its_pictures():
    """Of 80 passes over a 4K frame each has 100 MB."""
    source, passes = np.zeros((100, 100, 3), np.float32), []

    def dreamer(start, *_):
        passes.append(1)
        return start + 1

    tracemalloc.start()
    warm_up(source, dreamer, config(persistence=1))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(passes) == PATIENT.whole
    assert most < 10 * source.nbytes


def test_dreamed_small_delivered_large():
    """The network sees the small picture; the source's own detail is untouched."""
    large = textured(90, 160)
    seen = []

    def dreamer(start, now, steps, context=Context()):
        seen.append(start.shape)
        return start + 20

    (out,) = render([step(0, configure("video", dream_size=40, persistence=0), large)], dreamer)
    assert seen == [(22, 40, 3)]
    free = large < 230
    np.testing.assert_array_equal(out[free].astype(int) - large[free], 20)


def test_a_flow_of_another_size_is_brought_to_the_dreams():
    small = np.zeros((16, 24, 2), np.float32) + np.array([1.5, 0.5], np.float32)
    big = np.zeros((32, 48, 2), np.float32) + np.array([3, 1], np.float32)
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 20, (32, 48, 3)).astype(np.float32)

    def film(flow):
        return list(render(steps(config(), mid_grey(3), flow=flow), lambda start, *_, **__: start + noise))

    np.testing.assert_array_equal(film(small)[2], film(big)[2])


def test_the_dream_is_never_larger_than_the_picture():
    assert Size(320, 180).at_most(640) == Size(320, 180)
    assert Size(1920, 1080).at_most(640) == Size(640, 360)
    assert Size(1920, 1080).at_most(0) == Size(1920, 1080)
    assert Size(10000, 2).at_most(640) == Size(640, 1)


@pytest.mark.parametrize(("persistence", "sharp"), [(0.95, False), (0.97, True)])
def test_what_hardly_fades_goes_through_the_spline(monkeypatch, persistence, sharp):
    used = []
    monkeypatch.setattr(carry, "warp", lambda image, flow: used.append("spline") or image)
    monkeypatch.setattr(carry, "warp_lanczos", lambda image, flow: used.append("lanczos") or image)
    config, pixels = configure("video", persistence=persistence), textured(48, 64)
    flow, image = np.zeros((48, 64, 2), np.float32), pixels.astype(np.float32)
    list(rendered([step(1, config, pixels, flow)], lambda start, *_, **__: start, LoopState(image, image)))
    assert used == ["spline" if sharp else "lanczos"]
