"""A film in, a film out: each frame at its time, its size, its sound, carried along its motion."""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from synthetic import (
    SAMPLES,
    add_sound,
    clicks,
    each_frame,
    film_plan,
    heard,
    panned,
    probe,
    read_film,
    textured,
    write_film,
)

import vidream
from vidream.errors import ConfigError, MediaError
from vidream.jobs.video import render_video
from vidream.plan.timeline import Timeline


def shown(source, output, count, start=0, end=None):
    """Source frames by output frame, as `steps` would show them."""
    timeline = Timeline(Fraction(source), Fraction(output), Fraction(start), None if end is None else Fraction(end))
    firsts = [timeline.first(index) for index in range(count)]
    earliest = int(timeline.start * timeline.source)
    return [max(i for i in range(earliest, count) if firsts[i] <= k) for k in range(timeline.count(count))]


def test_the_same_rate_shows_every_frame_once():
    assert shown(25, 25, 10) == list(range(10))
    assert shown(Fraction(30000, 1001), Fraction(30000, 1001), 10) == list(range(10))


def test_another_rate_keeps_the_duration_and_shows_the_nearest():
    assert shown(50, 25, 10) == [0, 2, 4, 6, 8]
    assert shown(25, 50, 4) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert shown(25, 30, 25) == [max(0, -(-(k * 25 * 2 - 30) // 60)) for k in range(30)]
    assert len(shown(Fraction(24000, 1001), 25, 240)) == round(240 * Fraction(1001, 24000) * 25)


@pytest.mark.parametrize("source", [24, 25, Fraction(30000, 1001), 60])
@pytest.mark.parametrize("output", [12, 24, 25, Fraction(30000, 1001), 50, 144])
@pytest.mark.parametrize("start", [0, Fraction(1, 3), 1])
def test_every_output_frame_shows_what_is_nearest_in_time(source, output, start):
    for k, index in enumerate(shown(source, output, 60, start)):
        time = start + Fraction(k) / output
        best = min(range(60), key=lambda i: (abs(Fraction(i) / source - time), i))
        assert index == best


def test_trimming_counts_from_the_frame_at_start():
    assert shown(25, 25, 100, start=1, end=2) == list(range(25, 50))
    assert shown(25, 25, 100, start="0.99", end=2)[0] == 25
    assert shown(25, 25, 30, start=1, end=99) == list(range(25, 30))
    assert Timeline(Fraction(25), Fraction(25), Fraction(5)).count(30) == 0


def test_a_film_is_never_shorter_than_a_frame_nor_longer_than_it_is():
    assert shown(25, Fraction(1, 2), 12) == [0]
    assert shown(Fraction(24000, 1001), 60, 3, start=Fraction(421421, 4000000)) == [2]
    for count in (1, 2, 3, 25, 150):
        for start in (0, Fraction(1, 50), Fraction(3, 2)):
            for output in (12, 25, 50):
                total = Timeline(Fraction(25), Fraction(output), Fraction(start)).count(count)
                assert abs(total - max(Fraction(0), (Fraction(count, 25) - start) * output)) <= 1


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"fps": 10},
        {"fps": 60},
        {"start": 0.2},
        {"end": 0.4},
        {"start": 0.2, "end": 0.32, "fps": 50},
        {"fps": "29.97"},
    ],
)
def test_a_plan_is_what_its_timeline_says(tmp_path, given):
    """The steps, before any network: source frames and how long each is held."""
    source = write_film(tmp_path / "in.mp4", panned(12), 25)
    plan = film_plan(source, strength=0, **given)
    steps = list(plan.steps())
    held = [step.index for step in steps for _ in range(step.hold)]
    film = plan.config.film
    assert held == shown(25, film.fps or 25, 12, film.start or 0, film.end)
    assert plan.count == len(held)
    assert all(step.cut for step in steps)


def test_a_plan_carries_motion_and_begins_anew_at_a_cut(tmp_path):
    scenes = panned(4, 96, 128, by=(2, 0)) + [np.ascontiguousarray(frame[::-1]) for frame in panned(3, 96, 128)]
    source = write_film(tmp_path / "in.mp4", scenes)
    steps = list(film_plan(source).steps())
    assert [step.cut for step in steps] == [True, False, False, False, True, False, False]
    assert np.median(steps[1].flow[..., 0]) == pytest.approx(2, abs=0.2)
    assert steps[1].trust.shape == (96, 128, 1)


def test_a_film_is_dreamed_from_file_to_file(tmp_path, tiny):
    silent = write_film(tmp_path / "silent.mp4", panned(8), Fraction(30000, 1001))
    source, out = add_sound(silent, tmp_path / "in.mp4", seconds=8 / 30), tmp_path / "out.mp4"
    seen = []
    made = render_video(source, out, on_event=each_frame(lambda done, total: seen.append((done, total))), **tiny)
    frames, rate = read_film(out)
    assert (made.out, made.frames, made.size) == (out, 8, (96, 64))
    assert (len(frames), rate) == (8, pytest.approx(30000 / 1001))
    assert probe(out).audio == "aac"
    assert seen == [(n, 8) for n in range(1, 9)]
    change = [np.abs(frame.astype(int) - before).mean() for frame, before in zip(frames, panned(8), strict=True)]
    assert min(change) > 4
    assert max(change) < 1.3 * min(change)  # a dream that neither swells nor fades
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4", "silent.mp4"]


def test_the_same_seed_gives_the_same_bytes(tmp_path, tiny):
    source = write_film(tmp_path / "in.mp4", panned(4))
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        render_video(source, tmp_path / f"{name}.mp4", seed=seed, **tiny)
    a, b, c = ((tmp_path / f"{name}.mp4").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_size_fills_and_a_draft_is_small(tmp_path, tiny):
    source = write_film(tmp_path / "in.mp4", panned(2, 300, 600))
    assert render_video(source, tmp_path / "a.mp4", size="100x100", **tiny).size == (100, 100)
    assert render_video(source, tmp_path / "b.mp4", draft=True, **tiny).size == (480, 240)
    assert render_video(source, tmp_path / "c.mp4", draft=True, size="120", **tiny).size == (120, 60)


@pytest.mark.parametrize("count", [1, 2])
def test_the_shortest_films(tmp_path, tiny, count):
    source = write_film(tmp_path / "in.mp4", panned(count, 8, 10))
    assert render_video(source, tmp_path / "out.mp4", **tiny).frames == count


def test_nothing_between_start_and_end_is_an_error(tmp_path):
    source = write_film(tmp_path / "in.mp4", panned(5), 25)
    for given in ({"start": 9}, {"start": 0.1, "end": 0.1}, {"end": 0}, {"start": 0.15, "end": 0.1}):
        with pytest.raises(MediaError, match=r"no frame lies between .*0\.20 s long"):
            render_video(source, tmp_path / "out.mp4", strength=0, **given)
    assert not (tmp_path / "out.mp4").exists()


def test_all_is_checked_before_tensorflow_is_imported(tmp_path):
    """Bad layers, bad values and a strength of 0 never wait for it."""
    source = write_film(tmp_path / "in.mp4", panned(2))
    script = f"""
import sys, vidream
for given in ({{"layer": "nope"}}, {{"octaves": 0}}, {{"network": "nope"}}, {{"strength": 0}}):
    try:
        vidream.render_video({str(source)!r}, {str(tmp_path / "out.mp4")!r}, **given)
    except vidream.ConfigError:
        pass
print("tensorflow" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
    assert (tmp_path / "out.mp4").exists()


def test_the_public_names_are_there_and_lazy():
    script = "import sys, json, vidream; print(json.dumps([dir(vidream), sorted(sys.modules)]))"
    names, modules = json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)
    assert set(vidream.__all__) <= set(names)
    assert not {"numpy", "cv2", "tensorflow"} & set(modules)
    assert all(getattr(vidream, name) for name in vidream.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = vidream.nope


def test_unknown_knobs_of_the_python_api_get_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match="did you mean persistence"):
        render_video("in.mp4", tmp_path / "out.mp4", persistance=0.9)  # type: ignore[call-arg]


# What follows takes minutes: how steady the real dream is, and what it costs in memory.


def ping_pong(path: Path, first: int, count: int = 40, turns: int = 119, width: int = 480) -> list[np.ndarray]:
    """`count` frames of a sample to and fro, so that equal pictures come again and can be compared."""
    from vidream.frames import Size
    from vidream.resample import fit_pixels

    frames = [fit_pixels(frame, Size(width, width * 9 // 16)) for frame in read_film(path)[0][first : first + count]]
    period = 2 * count - 2
    return [frames[min(i % period, period - i % period)] for i in range(turns)]


@pytest.mark.slow
@pytest.mark.parametrize(("sample", "first"), [("city.mp4", 0), ("bunny.mp4", 0), ("bunny.mp4", 50)])
def test_a_long_shot_neither_swells_nor_fades_nor_darkens(tmp_path, sample, first):
    source = write_film(tmp_path / "in.mp4", ping_pong(SAMPLES / sample, first), crf=1, pix_fmt="yuv444p")
    out = tmp_path / "out.mp4"
    render_video(source, out, crf=1, pix_fmt="yuv444p")
    residual = [out.astype(float) - frame for out, frame in zip(read_film(out)[0], read_film(source)[0], strict=True)]
    strength = np.array([np.abs(each).mean() for each in residual])
    luma = np.array([(each @ (0.2126, 0.7152, 0.0722)).mean() for each in residual])
    usual = strength[20:41].mean()
    assert strength[98:119].mean() == pytest.approx(usual, rel=0.10)
    np.testing.assert_allclose(strength[:6], usual, rtol=0.15)
    assert np.abs(luma).max() < 2


@pytest.mark.slow
def test_memory_does_not_grow_with_the_film(tmp_path):
    def peak(count):
        source = write_film(tmp_path / f"{count}.mp4", (textured(180, 320, i % 9) for i in range(count)), crf=30)
        script = (
            "import sys, resource, vidream; vidream.render_video(sys.argv[1], sys.argv[2], strength=0);"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        run = [sys.executable, "-c", script, str(source), str(tmp_path / f"{count}-out.mp4")]
        return int(subprocess.run(run, capture_output=True, check=True).stdout)

    assert peak(2000) < 1.05 * peak(200)


def test_another_sound_may_be_put_under_a_film(tmp_path, tiny):
    film = add_sound(write_film(tmp_path / "silent.mp4", panned(50)), tmp_path / "in.mp4", seconds=2)
    track = clicks(tmp_path / "song.wav", [0.25, 0.5], seconds=4)
    made = render_video(film, tmp_path / "out.mp4", **tiny, strength=0, start=1, sound=str(track))
    assert made.frames == 25
    assert heard(made.out) == pytest.approx([0.25, 0.5], abs=0.03)  # from its own start, and nothing of the tone
    assert probe(made.out).duration == pytest.approx(1, abs=0.05)


def test_a_knob_that_moves_moves_over_a_film_that_stands_still(tmp_path, tiny):
    """Equal frames are held only while nothing moves."""
    film = write_film(tmp_path / "still.mp4", [panned(1)[0]] * 20)
    fade = {"keys": [[0, 0], [19, 2]]}
    assert render_video(film, tmp_path / "out.mp4", **tiny, strength=fade).frames == 20
    frames = [frame.astype(float) for frame in read_film(tmp_path / "out.mp4")[0]]
    far = [np.abs(frame - frames[0]).mean() for frame in frames]
    assert far[19] > 1.5 * far[9] > 1.5 * far[3] > 0


def test_with_a_cadence_every_nth_frame_of_a_film_is_dreamed(tmp_path, tiny, monkeypatch):
    from vidream.dream.octaves import OctaveDreamer

    calls, whole = [], OctaveDreamer.__call__
    monkeypatch.setattr(
        OctaveDreamer, "__call__", lambda self, *a, **k: calls.append(a[1].dream.step_size) or whole(self, *a, **k)
    )
    render_video(write_film(tmp_path / "in.mp4", panned(13)), tmp_path / "out.mp4", **tiny, dream_every=4, step_size=1)
    further = [size for size in calls if size > 1]
    assert further == pytest.approx([4**0.85] * 3)
