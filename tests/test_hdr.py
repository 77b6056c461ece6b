"""Films of HDR that are kept come out as they came in; what is dreamed is bounded; the default is SDR, and says so."""

from pathlib import Path

import av
import numpy as np
import pytest
from synthetic import ffmpeg

from vidream import configure, render_video
from vidream.errors import ConfigError, MediaError
from vidream.events import NoteEvent
from vidream.frames import PEAK, Frame, Size
from vidream.hdr import HLG, MOST_GAIN, PQ, WHITE, luminance, sdr_view, with_change
from vidream.jobs.video import plan_video
from vidream.media.reader import frames, open_video
from vidream.plan.film import FilmPlan
from vidream.plan.source import FilmFile
from vidream.render.loop import render
from vidream.render.state import no_dream

SIZE = Size(256, 144)
BT2020, TAGS = 9, {PQ: 16, HLG: 18}
"""Primaries and transfers as ITU-T H.273 numbers them."""
DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "8", "-x265-params")


def film_of_hdr(path: Path, transfer: str, *codec: str) -> Path:
    """Three frames of a coloured gradient that grows as bright as the transfer goes."""
    ramp = np.linspace(0, 1, SIZE.width) * np.ones((SIZE.height, 1))
    picture = np.dstack([ramp, ramp * 0.8, ramp[::-1] * 0.6 + np.linspace(0, 0.2, SIZE.height)[:, None]])
    path.with_suffix(".raw").write_bytes(np.rint(picture * 65535).astype("<u2").tobytes() * 3)
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", SIZE, "-i", path.with_suffix(".raw"))
    matrix = "format=gbrp16le,zscale=matrixin=gbr:rangein=full:matrix=bt2020nc:range=limited,format=yuv420p10le"
    tags = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv"
    said = ffmpeg(*raw, "-vf", f"{matrix},{tags}", *codec, path)
    assert path.exists(), said
    return path


@pytest.fixture(params=[PQ, HLG])
def film(request, tmp_path) -> Path:
    return film_of_hdr(tmp_path / "in.mkv", request.param, "-c:v", "ffv1")


@pytest.fixture
def pq(tmp_path) -> Path:
    return film_of_hdr(tmp_path / "pq.mp4", PQ, *X265, f"log-level=error:master-display={DISPLAY}:max-cll=800,200")


def test_known_light():
    """ITU-R BT.2408: white, 203 cd/m2, is 58 % of PQ and 75 % of HLG; ITU-R BT.2100: the largest PQ is 10000 cd/m2."""
    assert luminance(np.array([0.0, 0.5806, 1.0]), PQ) == pytest.approx([0, WHITE, 10000], rel=0.01)
    assert luminance(np.array([0.0, 0.75, 1.0]), HLG) == pytest.approx([0, WHITE, 1000], rel=0.01)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_the_view_rises_and_what_is_not_changed_is_as_it_was(transfer):
    samples = np.linspace(0, 1, 4096, dtype=np.float32).reshape(64, 64)[..., None].repeat(3, -1)
    view = sdr_view(samples, transfer)
    assert view.min() == 0
    assert view.max() == pytest.approx(1, abs=1e-3)
    assert np.diff(view[..., 0].ravel()).min() >= 0
    np.testing.assert_array_equal(with_change(samples, np.zeros_like(samples), transfer), samples)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_a_dream_is_bounded(transfer):
    rng = np.random.default_rng(0)
    samples = rng.uniform(0, 0.9, (32, 32, 3)).astype(np.float32)
    change = rng.uniform(-1, 1, (32, 32, 3)).astype(np.float32)
    result = with_change(samples, change, transfer)
    assert 0 <= result.min() <= result.max() <= samples.max()
    assert np.abs(result - samples).max() <= MOST_GAIN[transfer]
    small = with_change(samples, change * np.float32(0.01), transfer)
    assert np.abs(small - samples).max() <= 0.01 * MOST_GAIN[transfer] * 1.0001
    dark = with_change(samples * np.float32(0.1), np.ones_like(change), transfer)
    assert luminance(np.array(float(dark.max())), transfer) <= WHITE * 1.01  # no brighter than white


def test_a_change_of_the_view_is_the_change_that_is_seen():
    """Of a grey in the middle, where nothing is bounded, to a hundredth."""
    samples = np.full((4, 4, 3), 0.45, np.float32)
    change = np.full((4, 4, 3), 0.02, np.float32)
    after = sdr_view(with_change(samples, change, PQ), PQ) - sdr_view(samples, PQ)
    np.testing.assert_allclose(after, change, rtol=0.03)


def test_the_view_is_as_light_as_the_film_in_sdr(film):
    """Of greys below the knee, which the conversion leaves as light as they are."""
    video = open_video(film)
    (kept, *_), (plain, *_) = frames(video, hdr=True), frames(video)
    greys = np.ptp(kept.samples.astype(int), axis=-1) < 2000
    dark = greys & (kept.image().max(-1) < 130)
    assert dark.sum() > 100
    assert np.abs(kept.image() - plain.image())[dark].max() < 8
    assert np.abs(kept.image() - plain.image())[dark].mean() < 3


def test_a_film_that_is_kept_comes_back_equal(film, tmp_path):
    render_video(film, tmp_path / "out.mkv", strength=0, codec="ffv1", hdr="keep")
    before, after = (list(frames(open_video(path), hdr=True)) for path in (film, tmp_path / "out.mkv"))
    assert len(before) == len(after) == 3
    for one, other in zip(before, after, strict=True):
        assert one.transfer == other.transfer != ""
        np.testing.assert_array_equal(one.samples, other.samples)


@pytest.mark.parametrize(
    ("codec", "ending"), [("hevc10", ".mp4"), ("prores", ".mov"), ("prores4444", ".mov"), ("ffv1", ".mkv")]
)
def test_tags_and_colours_arrive(film, tmp_path, codec, ending):
    video, out = open_video(film), tmp_path / f"out{ending}"
    assert video.hdr is not None
    render_video(film, out, strength=0, codec=codec, quality="master", hdr="keep")
    with av.open(str(out)) as file:
        frame = next(file.decode(video=0))
    assert (frame.color_primaries, frame.color_trc) == (BT2020, TAGS[video.hdr.transfer])
    assert frame.colorspace == (0 if codec == "ffv1" else BT2020)  # of FFV1 it is RGB
    (before, *_), (after, *_) = (frames(open_video(path), hdr=True) for path in (film, out))
    assert np.abs(after.samples.astype(int) - before.samples).mean() < 2.5 * 64  # code values of 10 bits


@pytest.mark.parametrize("codec", ["hevc10", "av1"])
def test_the_display_and_the_brightest_light_arrive(pq, tmp_path, codec):
    known = open_video(pq).hdr
    assert known is not None
    assert known.brightest == (800, 200)
    render_video(pq, tmp_path / "out.mp4", strength=0, codec=codec, hdr="keep")
    with av.open(str(tmp_path / "out.mp4")) as file:
        told = {str(getattr(side, "type", "")) for side in next(file.decode(video=0)).side_data}
    assert {"Type.MASTERING_DISPLAY_METADATA", "Type.CONTENT_LIGHT_LEVEL"} <= told
    kept = open_video(tmp_path / "out.mp4").hdr
    assert kept is not None
    assert kept.brightest == known.brightest
    assert kept.mastering is not None
    assert known.mastering is not None
    np.testing.assert_allclose(
        np.array(kept.mastering.points, float), np.array(known.mastering.points, float), atol=1e-4
    )
    assert (float(kept.mastering.least), kept.mastering.most) == (pytest.approx(0.005, abs=1e-4), 1000)


def test_a_dreamed_frame_is_coded_as_the_film_is(film, tiny):
    config = configure("video", persistence=0.0, steps=1, **tiny)
    video = open_video(film)

    def brighter(image, config, steps, /, context=None):
        return image + 10

    plan = FilmPlan(FilmFile(video, hdr=True), config)
    (rendered,), (source, *_) = render(plan.steps(), brighter), frames(video, hdr=True)
    assert rendered.frame.transfer == source.transfer
    change = rendered.frame.samples / PEAK - source.samples / np.float32(65535)
    assert 0.005 < change.mean() < 10 / PEAK
    assert change.max() <= 1.01 * 10 / PEAK


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_a_frame_that_is_fitted_is_coded_as_the_film_is(film, tiny, fit):
    config = configure("video", strength=0.0, size="192x128", fit=fit)
    video = open_video(film)
    assert video.hdr is not None
    (rendered,) = render(FilmPlan(FilmFile(video, hdr=True), config).steps(), no_dream)
    assert rendered.frame.size == (192, 128)
    assert rendered.frame.transfer == video.hdr.transfer


def test_sdr_is_the_default_and_is_said_once(pq, tmp_path):
    heard = []
    render_video(pq, tmp_path / "out.mp4", strength=0, on_event=heard.append)
    said = [event.text for event in heard if isinstance(event, NoteEvent) and "brought to SDR" in event.text]
    assert len(said) == 1
    assert open_video(tmp_path / "out.mp4").hdr is None


@pytest.mark.parametrize(
    ("out", "knobs", "message"),
    [
        ("out.mp4", {}, "--hdr keep takes 10 bits or more, H.264 has 8"),
        ("out.gif", {}, "--hdr keep takes 10 bits or more"),
        ("%d.png", {}, "--hdr keep writes films only, not pictures in a row"),
        ("out.mov", {"codec": "hap"}, "--hdr keep takes 10 bits or more, HAP has 8"),
        ("out.mov", {"codec": "dnxhr"}, "DNxHR cannot say that it is HDR.*; --codec prores can"),
        ("out.mp4", {"codec": "hevc", "pix_fmt": "yuv420p"}, "--hdr keep takes 10 bits or more"),
    ],
)
def test_what_cannot_hold_it_is_refused(pq, tmp_path, out, knobs, message):
    with pytest.raises(MediaError, match=message) as told:
        render_video(pq, tmp_path / out, strength=0, hdr="keep", **knobs)
    assert "\n" not in str(told.value)


def test_what_is_of_sdr_alone_is_refused(pq, tmp_path):
    with pytest.raises(ConfigError, match="--passes: of SDR alone"):
        plan_video(pq, tmp_path / "out.mkv", codec="ffv1", hdr="keep", passes="dream")


def test_a_film_of_sdr_is_as_it_is_without(clip, tmp_path, caplog):
    caplog.set_level("INFO")
    plan = plan_video(clip, tmp_path / "out.mkv", hdr="keep")
    assert caplog.text.count("is not of HDR, so that --hdr keep changes nothing") == 1
    assert isinstance(plan.source, FilmFile)
    assert not plan.source.hdr


def test_a_frame_of_sdr_is_its_own_image():
    image = np.zeros((2, 2, 3), np.float32)
    assert Frame(image, PEAK).image() is image
