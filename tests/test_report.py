"""The figures of `vidream report` are what they say: flicker, drift, cuts, of films of any length and rate."""

import csv
import json
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from synthetic import SAMPLES, panned, pixels_of, read_film, textured, write_film

from vidream.config.length import Length
from vidream.errors import ConfigError, MediaError
from vidream.events import MessageEvent, scope
from vidream.jobs.video import render_video
from vidream.jobs.zoom import render_zoom
from vidream.media.reader import open_video
from vidream.motion import FLOWS, grey
from vidream.report import COLUMNS, Comparison, FrameFigures, measure, summary, trusted_regions

SCENE = panned(12, 96, 128, by=(2, 0))


@pytest.fixture
def source(tmp_path):
    return write_film(tmp_path / "source.mp4", SCENE)


def measured(source: Path, dreamed: Path, **part: Any) -> list[FrameFigures]:
    return list(measure(Comparison(source, dreamed, **part)))


def sums(source, dreamed):
    return summary(measured(source, dreamed))


def test_a_film_against_itself_adds_nothing(tmp_path, source):
    rng = np.random.default_rng(0)
    restless = [np.clip(frame + rng.normal(0, 3, frame.shape), 0, 255).astype(np.uint8) for frame in SCENE]
    itself = write_film(tmp_path / "restless.mp4", restless)
    assert sums(itself, itself)["warp_error"] > 1
    assert sums(itself, itself)["excess"] == 0
    figures = sums(source, source)
    assert figures["frames"] == 12
    assert figures["excess"] == figures["strength"] == figures["luma_drift"] == figures["cuts"] == 0
    assert figures["low_trust"] < 0.2


def test_noise_is_flicker_and_what_moves_with_the_film_is_none(tmp_path, source):
    rng = np.random.default_rng(0)
    noisy = [np.clip(frame + rng.normal(0, 10, frame.shape), 0, 255).astype(np.uint8) for frame in SCENE]
    flicker = sums(source, write_film(tmp_path / "noisy.mp4", noisy))
    assert flicker["excess"] == pytest.approx(
        1e4 * 2 * (10 / 255) ** 2, rel=0.35
    )  # two frames' noise; the warp blurs one
    marks = (textured(110, 160, 5).astype(float) - 128) / 5
    painted = [
        np.clip(frame + marks[:96, 2 * i : 128 + 2 * i], 0, 255).astype(np.uint8) for i, frame in enumerate(SCENE)
    ]
    steady = sums(source, write_film(tmp_path / "painted.mp4", painted))
    assert steady["strength"] == pytest.approx(np.abs(marks).mean(), rel=0.15)
    assert steady["excess"] < 0.1 * flicker["excess"]


def test_drifts_and_strength_are_what_they_say(tmp_path, source):
    brighter = [np.clip(frame * 0.8 + 10 + index, 0, 255).astype(np.uint8) for index, frame in enumerate(SCENE)]
    plain = [(frame * 0.8).astype(np.uint8) for frame in SCENE]
    base = write_film(tmp_path / "plain.mp4", plain)
    figures = sums(base, write_film(tmp_path / "brighter.mp4", brighter))
    assert figures["luma_drift"] == pytest.approx(11, abs=0.7)
    assert figures["chroma_drift"] == pytest.approx(0, abs=0.3)
    assert figures["strength"] == pytest.approx(15.5, abs=0.7)
    assert figures["strength_ends"] == [pytest.approx(11, abs=0.7), pytest.approx(21, abs=0.7)]
    red = [np.clip(frame.astype(int) + np.array((30, 0, 0)), 0, 255).astype(np.uint8) for frame in plain]
    assert measured(base, write_film(tmp_path / "red.mp4", red))[0].chroma == pytest.approx(20, abs=1)


def test_a_cut_is_told_and_not_measured(tmp_path):
    path = write_film(tmp_path / "in.mp4", SCENE[:5] + [textured(96, 128, 9)] * 4)
    rows = measured(path, path)
    assert [row.frame for row in rows if row.cut] == [5] == [row.frame for row in rows if row.unfollowed]
    assert [row.frame for row in rows if row.warp_error is None] == [0, 5]


def test_motion_boundaries_are_left_out_of_what_is_trusted():
    ground, square = textured(96, 128, 1), textured(40, 40, 2)

    def frame(left):
        picture = ground.copy()
        picture[28:68, left : left + 40] = square
        return grey(picture)

    backward, forward = FLOWS["dis"](frame(42), frame(34)), FLOWS["dis"](frame(34), frame(42))
    trusted, boundary = trusted_regions(backward, forward)
    assert trusted[5:20, 5:20].all()
    assert not (trusted & boundary).any()
    assert boundary[24:72, 30:90].sum() > 50
    assert trusted[24:72, 30:90].mean() < 0.9


@pytest.fixture
def dreamed(tmp_path):
    """Of the source: every px another, and differently in each frame."""
    rng = np.random.default_rng(0)
    noisy = [np.clip(frame + rng.normal(0, 4 + index, frame.shape), 0, 255) for index, frame in enumerate(SCENE)]
    return [frame.astype(np.uint8) for frame in noisy]


def lossless(path, shown, **options):
    return write_film(path, shown, crf=0, **options)


@pytest.mark.parametrize(("first", "last"), [(0, 7), (4, 12), (3, 9)])
def test_a_part_of_a_film_is_measured_as_that_part_alone(tmp_path, dreamed, first, last):
    """--start and --end as the render had them: the figures of a source that was cut there."""
    source, part = lossless(tmp_path / "in.mp4", SCENE), lossless(tmp_path / "part.mp4", SCENE[first:last])
    made = lossless(tmp_path / "made.mp4", dreamed[first:last])
    given = {"start": Fraction(first, 25) if first else None, "end": Fraction(last, 25) if last < 12 else None}
    assert measured(source, made, **given) == measured(part, made)
    if not first:  # the rest is not missed
        assert measured(source, made) == measured(part, made)


def test_a_rendered_part_is_measured_against_its_part(tmp_path):
    """What a render of --start, --end and another rate makes: each frame against the one that it shows."""
    source = lossless(tmp_path / "in.mp4", SCENE)
    for knobs in ({"start": 0.1, "end": 0.4}, {"fps": 50}, {"fps": 12.5}, {"fps": 20, "start": 0.13}):
        out = tmp_path / "out.mp4"
        render_video(source, out, strength=0, crf=0, overwrite=True, **knobs)
        part = {name: Fraction(str(knobs[name])) for name in ("start", "end") if name in knobs}
        rows = measured(source, out, **part)
        assert len(rows) == len(read_film(out)[0])
        assert max(row.strength for row in rows) < 3  # another frame of it differs by more than 9


def test_a_part_of_both_films_is_measured_as_those_frames_of_the_whole(tmp_path, dreamed):
    """A dreamed film as long as its source: --start and --end choose what of both is compared."""
    source, made = lossless(tmp_path / "in.mp4", SCENE), lossless(tmp_path / "made.mp4", dreamed)
    whole, part = measured(source, made), measured(source, made, start=Fraction(4, 25), end=Fraction(9, 25))
    assert [row.frame for row in part] == [4, 5, 6, 7, 8]
    assert part[1:] == whole[5:9]  # the first has none before it
    assert measured(source, made, start=Fraction(4, 25), length=Length(Fraction(5), "frames")) == part
    assert measured(source, made, start=Fraction(4, 25), length=Length(Fraction(1, 5), "seconds")) == part
    with pytest.raises(ConfigError, match="--length 2bars: a report hears no beats"):
        measured(source, made, length=Length(Fraction(2), "bars"))


@pytest.fixture
def noted():
    """Texts of the notes and warnings that are told."""
    told: list[str] = []
    with scope(lambda event: told.append(event.message) if isinstance(event, MessageEvent) else None):
        yield told


KNOBS: Mapping[str, Any] = {"strength": 0, "crf": 0, "overwrite": True}


def test_the_recipe_says_which_part_was_dreamed(tmp_path, noted):
    source, out = lossless(tmp_path / "in.mp4", SCENE), tmp_path / "out.mp4"
    for knobs, about in (
        ({"start": 0.12, "end": 0.32}, "begins at 0.12 s and ends at 0.32 s"),
        ({"start": 0.2}, "begins at 0.2 s"),
        ({"start": 0.08, "length": "0.2s"}, "begins at 0.08 s and ends at 0.28 s"),
        ({"start": 0.2, "fps": 50}, "begins at 0.2 s"),
        ({"length": "1beat", "tempo": 300}, "begins at 0 s and ends at 0.2 s"),
    ):
        render_video(source, out, **KNOBS, **knobs)
        rows = measured(source, out)
        assert len(rows) == len(read_film(out)[0])
        assert max(row.strength for row in rows) < 3  # another frame of it differs by more than 9
        assert f"{out}: {about} of {source}, as its recipe says" in noted
    assert not any("ends after" in text for text in noted)
    render_video(source, out, start=0.12, **KNOBS)
    later = measured(source, out, start=Fraction(6, 25), end=Fraction(9, 25))
    assert [row.frame for row in later] == [3, 4, 5]
    assert max(row.strength for row in later) < 3
    assert Comparison(source, out, start=Fraction(6, 25)).begins == Fraction(3, 25)
    with pytest.raises(ConfigError, match=r"out\.mp4 shows 0\.12 to 0\.48 s of .*: .* lies in --start 0 --length 2$"):
        Comparison(source, out, start=Fraction(0), length=Length(Fraction(2), "frames"))


def test_the_recipe_says_whether_each_frame_was_dreamed_alone(tmp_path, source):
    out = tmp_path / "out.mp4"
    render_video(source, out, persistence=0, **KNOBS)
    assert Comparison(source, out).made.is_alone
    render_video(source, out, **KNOBS)
    assert not Comparison(source, out).made.is_alone


def test_a_film_in_bars_is_measured_inside_them(tmp_path, noted):
    source, out = lossless(tmp_path / "in.mp4", SCENE), tmp_path / "out.mp4"
    for size in ("128x128", "160x96", "256x256"):
        render_video(source, out, size=size, fit="pad", **KNOBS)
        assert max(row.strength for row in measured(source, out)) < 3
        assert "its bars are left out" in noted[-1]
    render_video(source, out, size="128x128", fit="pad", no_recipe=True, **KNOBS)
    assert max(row.strength for row in measured(source, out)) > 3
    assert f"cut them off first: ffmpeg -i {out} -vf crop=128:96" in noted[-1]


def test_another_source_than_the_recipe_names_is_told(tmp_path, source, noted):
    other, out = write_film(tmp_path / "other.mp4", SCENE), tmp_path / "out.mp4"
    render_video(source, out, **KNOBS)
    measured(other, out)
    assert Comparison(other, out).made.is_of_another
    assert not Comparison(source, out).made.is_of_another
    assert noted[:1] == [
        f"{out}: its recipe says that it was made of source.mp4; if other.mp4 is another film, the figures mean nothing"
    ]
    with pytest.raises(ConfigError, match=r"out\.mp4 was made of .*source\.mp4: SOURCE comes first"):
        measured(out, source)
    zoom = tmp_path / "zoom.mp4"
    render_zoom("noise", zoom, frames=2, size="64x48", octaves=1, steps=1, first_steps=1)
    with pytest.raises(MediaError, match="it was made of a picture, noise: it follows no film"):
        measured(source, zoom)


def test_what_was_compared_of_films_of_other_lengths_is_said(tmp_path, source, vidream_command):
    short = write_film(tmp_path / "short.mp4", SCENE[:7])
    run = vidream_command("report", source, "short.mp4")
    assert run.returncode == 0
    assert run.stderr == (
        "short.mp4 ends after 7 of 12 frames: they were compared; "
        "if it begins later than the source, or shows a part of it, give --start and --end\n"
    )
    assert "measured 6 of 7 frames" in run.stdout
    assert vidream_command("report", source, "short.mp4", "--end", "0.28").stderr == ""
    longer = vidream_command("report", short, source, "--max-flicker", "100")
    assert "source.mp4 goes on after 7 frames, where" in longer.stderr
    assert longer.returncode == 0
    none = vidream_command("report", source, "short.mp4", "--start", "9")
    assert (none.returncode, none.stderr.count("\n")) == (2, 1)
    assert none.stderr.endswith("source.mp4 is 0.48 s long: no frame of that lies in --start 9\n")


def still_noise(level, noise, seed=0):
    """A flat picture under noise that is new in each frame: nothing can be followed."""
    rng = np.random.default_rng(seed)
    flat = np.full((96, 128, 3), level, float)
    return [np.clip(flat + rng.normal(0, noise, flat.shape), 0, 255).astype(np.uint8) for _ in range(12)]


def stripes(period, step):
    """A pattern that moves by nearly its own period."""
    x = np.arange(320)
    lines = [128 + 100 * np.sin(2 * np.pi * (x + index * step) / period) for index in range(12)]
    return [np.broadcast_to(line[None, :, None], (180, 320, 3)).astype(np.uint8) for line in lines]


def flashes():
    """A flash of light of one frame in a still scene."""
    return [np.full_like(frame, 250) if index == 5 else frame for index, frame in enumerate(SCENE)]


NO_CUTS = {
    "noisy red": still_noise((176, 16, 16), 14),
    "nearly black": still_noise((4, 3, 5), 6),
    "snow": still_noise((128, 128, 128), 60),
    "stripes": stripes(12.6, 12),
    "flash": flashes(),
}


@pytest.mark.parametrize("kind", NO_CUTS)
def test_what_cannot_be_followed_is_no_cut(tmp_path, kind):
    path = write_film(tmp_path / "in.mp4", NO_CUTS[kind], crf=4)
    figures = sums(path, path)
    assert figures["cuts"] == 0
    assert figures["unfollowed"] > 0 or kind == "flash"
    assert figures["measured"] == 12 - 1 - figures["unfollowed"]


def test_too_little_that_was_measured_is_not_judged(tmp_path, vidream_command):
    write_film(tmp_path / "in.mp4", NO_CUTS["snow"], crf=4)
    run = vidream_command("report", "in.mp4", "in.mp4", "--max-flicker", "1000")
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "too few to be judged by --max-flicker" in run.stderr
    assert re.search(r"measured \d of 12 frames", run.stdout)
    write_film(tmp_path / "still.mp4", SCENE)
    for bound, status in (("0", 0), ("-1", 1), ("nan", 1)):
        judged = vidream_command("report", "still.mp4", "still.mp4", "--max-flicker", bound)
        assert (judged.returncode, judged.stderr.count("\n")) == (status, status)


def test_another_size_is_compared_at_the_sources(tmp_path, source):
    large = write_film(tmp_path / "large.mp4", [cv2.resize(frame, (256, 192)) for frame in SCENE])
    assert sums(source, large)["strength"] < 6


def test_a_smaller_film_flickers_no_less_for_it(tmp_path):
    """Enlarged to the source's size, its flicker would be blurred, and what it lacks be taken for a dream."""
    rng = np.random.default_rng(0)
    fine = [cv2.resize(frame, (512, 384)) for frame in SCENE]
    noisy = [np.clip(frame + rng.normal(0, 10, frame.shape), 0, 255).astype(np.uint8) for frame in SCENE]
    figures = sums(write_film(tmp_path / "fine.mp4", fine), write_film(tmp_path / "noisy.mp4", noisy))
    same = sums(write_film(tmp_path / "same.mp4", SCENE), tmp_path / "noisy.mp4")
    assert figures["excess"] == pytest.approx(same["excess"], rel=0.1)
    assert figures["strength"] == pytest.approx(same["strength"], rel=0.1)


def test_what_was_cropped_is_compared_with_what_it_was_cropped_of(tmp_path, source, caplog):
    height, width = SCENE[0].shape[:2]
    for name, rows, columns in (
        ("narrow", slice(None), slice(width // 4, 3 * width // 4)),
        ("flat", slice(height // 4, 3 * height // 4), slice(None)),
    ):
        cropped = write_film(tmp_path / f"{name}.mp4", [np.ascontiguousarray(frame[rows, columns]) for frame in SCENE])
        figures = sums(source, cropped)
        assert figures["strength"] == figures["excess"] == 0
        assert f"{name}.mp4 has another shape than" in caplog.text


def test_the_command_tells_writes_and_gates(tmp_path, source, vidream_command):
    rng = np.random.default_rng(0)
    noisy = [np.clip(frame + rng.normal(0, 10, frame.shape), 0, 255).astype(np.uint8) for frame in SCENE]
    dreamed = write_film(tmp_path / "dreamed.mp4", noisy)
    run = vidream_command("report", source, dreamed, "--csv", "r.csv", "--plot", "r.png", "--max-flicker", "100")
    assert (run.returncode, run.stderr) == (0, "")
    assert "excess" in run.stdout
    with (tmp_path / "r.csv").open() as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == COLUMNS
    assert len(table) == 12
    assert float(table[5]["excess"]) > 5
    plot = cv2.imread(str(tmp_path / "r.png"))
    assert plot.shape[1] == 1200
    assert (plot < 128).any(-1).mean() > 0.005  # something is drawn
    gated = vidream_command("report", source, dreamed, "--json", "--max-flicker", "1")
    assert gated.returncode == 1
    assert re.fullmatch(r"vidream: the flicker, an excess of [\d.]+, is above --max-flicker 1\n", gated.stderr)
    figures = json.loads(gated.stdout)
    assert figures["frames"] == len(figures["per_frame"]) == 12
    assert (figures["verdict"], figures["stands_out"]) == ("flickers", [])
    assert figures["words"] == [run.stdout.splitlines()[-1]]
    refused = vidream_command("report", source, dreamed, "--plot", "no/r.png")
    assert refused.returncode == 2
    assert "the folder no does not exist" in refused.stderr
    onto = vidream_command("report", source, dreamed, "--csv", "r.txt")
    assert onto.returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize(("sample", "end"), [("city.mp4", 2), ("bunny.mp4", 4)])
def test_what_is_carried_flickers_far_less_at_no_less_strength(tmp_path, sample, end):
    """The excess of the default against every frame on its own: at most 0.15 of it."""
    shot = write_film(tmp_path / "shot.mp4", list(pixels_of(open_video(SAMPLES / sample)))[: end * 25], crf=1)
    render_video(shot, tmp_path / "carried.mp4")
    render_video(shot, tmp_path / "alone.mp4", persistence=0)
    carried, alone = sums(shot, tmp_path / "carried.mp4"), sums(shot, tmp_path / "alone.mp4")
    assert carried["excess"] <= 0.15 * alone["excess"]
    assert carried["strength"] >= alone["strength"]
    assert carried["edges"] <= alone["edges"]
