"""Passes stand beside the film, in step with it, and add up to it: source + dream is the film, from the files."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from synthetic import Stop, panned, read_film, stop_after, textured, write_film

from vidream.errors import ConfigError, MediaError
from vidream.frames import Frame
from vidream.jobs.estimate import Calibration
from vidream.jobs.passes import KINDS, pass_out
from vidream.jobs.video import plan_video, render_video, video_job
from vidream.jobs.zoom import plan_zoom, render_zoom
from vidream.media import reader
from vidream.media.exr import read_exr
from vidream.media.picture_text import read_text
from vidream.media.still import Picture, read_picture, write_picture
from vidream.render.leftovers import frames_safe
from vidream.render.passes import over
from vidream.render.workfolder import folder_of

EXR = KINDS["exr32"]
ALL = "dream,matte,flow,trust,source"


def scenes() -> list[np.ndarray]:
    """Two shots, and a frame that is held."""
    first, second = panned(20, 40, 56, by=(2, 1)), [frame[::-1].copy() for frame in panned(16, 40, 56, by=(0, 1))]
    second[5] = second[4]
    return first + second


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_film(tmp_path / "in.mp4", scenes())


def channels(path: Path, *names: str) -> np.ndarray:
    """(H, W, len(names)) of an EXR."""
    stored, _ = read_exr(path, 10**6)
    assert sorted(stored) == sorted(names), path
    return np.stack([stored[name] for name in names], axis=-1)


def row(out: Path, name: str, count: int, *names: str) -> list[np.ndarray]:
    """The frames of a pass of OUT, which are as many as OUT has."""
    folder = pass_out(out, name, EXR).parent
    paths = sorted(folder.glob("*.exr"))
    assert len(paths) == count, folder
    return [channels(path, *names) for path in paths]


def frames_of(path: Path) -> list[Frame]:
    """A film's frames, alpha and all."""
    return [*reader.frames(reader.open_video(path), alpha=True)]


def pictures(out: Path) -> list[np.ndarray]:
    return [read_picture(path).pixels for path in sorted(out.parent.glob("*.png"))]


def alike(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files, apart from records."""
    names = [sorted(path.name for path in folder.glob("[!.]*")) for folder in (one, other)]
    return names[0] == names[1] and all((one / name).read_bytes() == (other / name).read_bytes() for name in names[0])


def added(source: np.ndarray, dream: np.ndarray) -> np.ndarray:
    """What a compositor makes of source and dream, at 8 bits."""
    return np.clip(np.rint((source + dream) * np.float32(255)), 0, 255).astype(np.uint8)


KNOBS = [
    {},
    {"strength": 1.7, "fps": 40},
    {"keep_colour": True, "swell": 2.0, "mask": "motion", "size": "50x44", "fit": "pad"},
    {"strength": 0},
    {"loop": True, "dream_every": 2, "fps": 10},
]


@pytest.mark.parametrize("given", KNOBS)
def test_source_and_dream_are_the_film_to_the_code_value(tmp_path, tiny, film, given):
    out = tmp_path / "out" / "%03d.png"
    made = render_video(film, out, passes="source,dream", **given, **tiny)
    frames = pictures(out)
    assert len(frames) == made.frames
    assert made.passes == tuple(pass_out(out, name, EXR) for name in ("dream", "source"))
    sources, dreams = (row(out, name, made.frames, "R", "G", "B") for name in ("source", "dream"))
    for frame, source, dream in zip(frames, sources, dreams, strict=True):
        assert dream.dtype == source.dtype == np.float32
        np.testing.assert_array_equal(added(source, dream), frame)
    if given.get("strength") == 0:
        assert not np.any(dreams)
    else:
        assert min(dream.min() for dream in dreams) < -0.01 < 0.01 < max(dream.max() for dream in dreams)


@pytest.mark.parametrize("deep", [False, True])
def test_so_they_are_in_a_film_without_loss(tmp_path, tiny, film, deep):
    kind, out = np.uint16 if deep else np.uint8, tmp_path / "out.mkv"
    if deep:
        rng = np.random.default_rng(4)
        noisy = [
            frame.astype(np.uint16) * 257 + rng.integers(0, 257, frame.shape, np.uint16) for frame in scenes()[:10]
        ]
        deeper = [Frame(frame.clip(0, 65535), 65535.0) for frame in noisy]
        film = write_film(tmp_path / "deep.mkv", deeper, crf=None, pix_fmt=None, codec="ffv1", deep=True)
    made = render_video(film, out, codec="ffv1", passes="source,dream", **tiny)
    sources, dreams = (row(out, name, made.frames, "R", "G", "B") for name in ("source", "dream"))
    for frame, source, dream in zip(frames_of(out), sources, dreams, strict=True):
        assert frame.samples.dtype == kind
        peak = np.float32(frame.peak)
        np.testing.assert_array_equal(np.clip(np.rint((source + dream) * peak), 0, peak).astype(kind), frame.samples)


def test_the_source_is_as_it_was_read(tmp_path, tiny, film):
    out = tmp_path / "out.mp4"
    render_video(film, out, passes="source", strength=0, **tiny)
    texts = read_text(tmp_path / "out.source" / "00001.exr")
    assert texts["vidreamPass"] == "source"
    assert texts["comment"].startswith("# Made by vidream ")
    read = read_film(film)[0]
    for pixels, source in zip(read, row(out, "source", len(read), "R", "G", "B"), strict=True):
        np.testing.assert_array_equal(source, pixels.astype(np.float32) / 255)


def test_flow_leads_to_the_frame_before_and_trust_says_where(tmp_path, tiny):
    film = write_film(tmp_path / "in.mp4", panned(8, 96, 128, by=(3, 2)) + [textured(96, 128, 5)] * 3)
    out = tmp_path / "out.mp4"
    render_video(film, out, passes="flow,trust,matte", strength=0.6, **tiny)
    flows, trusts = row(out, "flow", 11, "backward.u", "backward.v"), row(out, "trust", 11, "Y")
    for flow, trust in zip(flows[1:8], trusts[1:8], strict=True):  # the camera goes right and down, the scene left, up
        np.testing.assert_allclose(np.median(flow, axis=(0, 1)), (3, -2), atol=0.2)
        assert trust.dtype == np.float16
        assert 0.8 < np.median(trust) <= 1
    for number in (0, 8):  # the first frame, and a cut
        assert not np.any(flows[number])
        assert not np.any(trusts[number])
    for number in (9, 10):  # the frame is held
        assert not np.any(flows[number])
        assert np.all(trusts[number] == 1)
    for matte in row(out, "matte", 11, "Y"):
        np.testing.assert_allclose(matte, 0.6, atol=1e-3)


def test_a_matte_is_the_mask_between_bars_and_nothing_in_the_padding(tmp_path, tiny):
    frames = [np.pad(frame, ((8, 8), (0, 0), (0, 0))) for frame in panned(4, 64, 96)]
    film, mask = write_film(tmp_path / "in.mp4", frames), tmp_path / "mask.png"
    left = np.where(np.arange(96) < 48, 255, 0).astype(np.uint8)
    write_picture(mask, Picture(np.broadcast_to(left[None, :, None], (80, 96, 3)).copy()))
    out = tmp_path / "out.mp4"
    render_video(film, out, passes="matte", mask=mask, mask_feather=0, size="120x80", fit="pad", **tiny)
    matte = row(out, "matte", 4, "Y")[3][..., 0]
    expected = np.zeros((80, 120))
    expected[8:72, 12:60] = 1
    np.testing.assert_array_equal(matte, expected)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_zoom_has_its_dream_and_the_flow_of_its_camera(tmp_path, tiny, seed, reverse):
    straight, out = tmp_path / "straight.mkv", tmp_path / "zoom" / "%02d.png"
    knobs = {"frames": 30, "zoom": 1.5, "fps": 10, "size": "64x48", "reverse": reverse, **tiny}
    render_zoom(seed, straight, pix_fmt="yuv444p", crf=0, **knobs)
    with pytest.raises(Stop):
        render_zoom(seed, out, passes="dream,flow", on_event=stop_after(27), **knobs)
    render_zoom(seed, out, passes="dream,flow", **knobs)
    layer = "forward" if reverse else "backward"
    flows = row(out, "flow", 30, f"{layer}.u", f"{layer}.v")
    begins = 29 if reverse else 0
    assert not np.any(flows.pop(begins))
    for flow in flows:  # what is right of the middle was nearer to it, what is above it, too
        assert flow[24, 60, 0] < -0.5
        assert abs(flow[24, 32, 0]) < 0.1
        assert flow[2, 32, 1] < -0.5
    dreams, frames = row(out, "dream", 30, "R", "G", "B"), pictures(out)
    picture = frames[begins] / 255 - dreams[begins]
    assert np.abs(picture * 255 - np.rint(picture * 255)).max() < 0.51  # what it begins with is of 8 bits
    for frame, other in zip(frames, read_film(straight)[0], strict=True):  # gone on with, it is as in one run
        assert np.abs(frame.astype(int) - other).mean() < 2


@pytest.mark.parametrize(("out", "stops"), [("out.mp4", (27, 41)), ("out/%03d.png", (30,))])
def test_killed_and_gone_on_with_is_as_one_run(tmp_path, tiny, film, out, stops):
    straight, killed = tmp_path / "straight" / out, tmp_path / "killed" / out
    for path in (straight, killed):
        path.parent.parent.mkdir(exist_ok=True)
        path.parent.mkdir(exist_ok=True) if path.suffix == ".mp4" else None
    render_video(film, straight, passes=ALL, fps=30, **tiny)
    for frames in stops:
        with pytest.raises(Stop):
            render_video(film, killed, passes=ALL, fps=30, on_event=stop_after(frames), **tiny)
        assert not pass_out(killed, "dream", EXR).parent.exists()
        folder = folder_of(killed)
        (folder / "dream-00009999.exr").write_bytes(b"mine")
        with pytest.raises(MediaError, match=r"holds dream-00009999\.exr, which is not what was made"):
            render_video(film, killed, passes=ALL, fps=30, **tiny)
        (folder / "dream-00009999.exr").unlink()
        (folder / f"dream-{frames_safe(killed) + 1:08d}.exr").write_bytes(b"torn")  # as it is left when the power goes
    render_video(film, killed, passes=ALL, fps=30, **tiny)
    for name in ALL.split(","):
        one, other = (pass_out(path, name, EXR).parent for path in (straight, killed))
        assert alike(one, other), name
    if straight.suffix == ".png":
        assert alike(straight.parent, killed.parent)
    assert not folder_of(killed).exists()


def test_a_run_that_is_killed_while_it_is_put_in_place_is_finished(tmp_path, tiny, film, monkeypatch):
    from vidream.media.writer import EncodedFilm

    out = tmp_path / "out.mp4"

    def killed(*_, **__):
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(EncodedFilm, "place", killed)
        with pytest.raises(Stop):
            render_video(film, out, passes="dream,matte", **tiny)
    placed = sorted(pass_out(out, "dream", EXR).parent.glob("*.exr"))
    assert len(placed) == 36
    assert not out.exists()
    stamps = [path.stat().st_mtime_ns for path in placed]
    assert render_video(film, out, passes="dream,matte", **tiny).frames == 36
    assert [path.stat().st_mtime_ns for path in placed] == stamps
    assert out.exists()


def test_a_damaged_pass_is_found_before_it_is_gone_on_with(tmp_path, tiny, film):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(film, out, passes="dream", on_event=stop_after(30), **tiny)
    file = folder_of(out) / "dream-00000003.exr"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(MediaError, match=r"damaged: one of .*dream-00000\d\d\d\.exr.* is not what was made; --fresh"):
        render_video(film, out, passes="dream", **tiny)
    with pytest.raises(MediaError, match=r"changed: passes \(was dream, is matte\); --fresh starts over"):
        render_video(film, out, passes="matte", **tiny)
    assert render_video(film, out, passes="matte", fresh=True, **tiny).frames == 36
    assert not pass_out(out, "dream", EXR).parent.exists()


def test_what_is_there_is_replaced_with_overwrite_alone(tmp_path, tiny, film):
    out, folder = tmp_path / "out.mp4", tmp_path / "out.dream"
    folder.mkdir()
    (folder / "00001.exr").write_text("mine")
    (folder / "notes.txt").write_text("mine, too")
    with pytest.raises(MediaError, match=r"out\.dream/00001\.exr: is there already; --overwrite replaces it"):
        render_video(film, out, passes="dream", **tiny)
    assert (folder / "00001.exr").read_text() == "mine"
    render_video(film, out, passes="dream", overwrite=True, **tiny)
    render_video(film, out, passes="dream", overwrite=True, end=0.2, **tiny)  # a shorter one takes its own rest away
    assert [path.name for path in sorted(folder.glob("*.exr"))] == [f"{number:05d}.exr" for number in range(1, 6)]
    assert (folder / "notes.txt").read_text() == "mine, too"


def test_a_pass_that_comes_meanwhile_is_not_replaced(tmp_path, tiny, film):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(film, out, passes="dream", on_event=stop_after(30), **tiny)
    (tmp_path / "out.dream").mkdir()
    (tmp_path / "out.dream" / "00007.exr").write_text("mine")
    with pytest.raises(MediaError, match=r"00007\.exr: is there already"):
        render_video(film, out, passes="dream", **tiny)
    assert (tmp_path / "out.dream" / "00007.exr").read_text() == "mine"


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"passes": "dream,depth"}, "must be one or several of dream, matte, flow, trust, source"),
        (
            {"passes": "flow", "passes_as": "prores4444"},
            "--passes flow: has negative values, which --passes-as prores4444",
        ),
        ({"passes": "flow", "persistence": 0}, "--passes flow: with --persistence 0 no motion is measured"),
        ({"passes": "dream,trust", "strength": 0}, "--passes trust: with --strength 0 no motion is measured"),
        ({"passes": "dream", "passes_as": "gif"}, "--passes-as must be one of"),
        ({"passes_as": "exr"}, "--passes-as: says how passes are written, and none is asked for; give --passes dream"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(tmp_path, tiny, film, knobs, message):
    with pytest.raises(ConfigError, match=message):
        plan_video(film, tmp_path / "out.mp4", **knobs, **tiny)


@pytest.mark.parametrize("name", ["matte", "trust", "source"])
def test_a_zoom_says_what_it_has(tmp_path, tiny, seed, name):
    with pytest.raises(ConfigError, match=f"--passes {name}: a zoom has no such pass; it has dream and flow"):
        plan_zoom(seed, tmp_path / "out.mp4", passes=name, **tiny)


def test_a_pass_of_pictures_stands_beside_their_folder():
    for out, where in {
        "a/film.mov": "a/film.dream/%05d.exr",
        "a/frames/%04d.png": "a/frames.dream/%04d.exr",
        "a/frames/shot_%d.jpg": "a/frames.dream/shot_%d.exr",
        "%03d.png": "dream/%03d.exr",
    }.items():
        assert pass_out(Path(out), "dream", EXR) == Path(where)
    assert pass_out(Path("a/film.mov"), "matte", KINDS["prores4444"]) == Path("a/film.matte.mov")
    assert pass_out(Path("a/frames/%04d.png"), "matte", KINDS["prores4444"]) == Path("a/frames.matte.mov")


def test_half_floats_are_within_half_a_code(tmp_path, tiny, film):
    out = tmp_path / "out" / "%03d.png"
    render_video(film, out, passes="source,dream", passes_as="exr", **tiny)
    sources, dreams = (row(out, name, 36, "R", "G", "B") for name in ("source", "dream"))
    for frame, source, dream in zip(pictures(out), sources, dreams, strict=True):
        assert source.dtype == dream.dtype == np.float16
        assert np.abs((source.astype(np.float32) + dream).clip(0, 1) * 255 - frame).max() < 0.75


def test_the_least_layer_over_the_source_is_the_film():
    rng = np.random.default_rng(1)
    film, source = (rng.uniform(0, 1, (32, 32, 3)).astype(np.float32) for _ in range(2))
    film[:8] = source[:8]
    film[8:12], source[12:16], film[16:18], source[18:20] = 0, 0, 1, 1
    layer, alpha = over(film, source, 65535)
    assert np.all((layer >= 0) & (layer <= alpha) & (alpha <= 1))
    np.testing.assert_allclose(source * (1 - alpha) + layer, film, atol=2e-7)
    assert not np.any(alpha[:8])
    less = alpha - 2 / 65535  # with less alpha, a colour of the layer would be below 0, or above its alpha
    wanted = film - source * (1 - less)
    impossible = ((wanted < 0) | (wanted > less)).any(axis=-1, keepdims=True)
    assert np.all(impossible | (alpha == 0))


def laid_over(layer: np.ndarray, alpha: np.ndarray, source: np.ndarray) -> np.ndarray:
    """What a compositor makes of a premultiplied layer over a source, at 8 bits."""
    return np.clip((source * (1 - alpha) + layer) * 255, 0, 255)


def test_as_pictures_the_dream_is_laid_over_the_source(tmp_path, tiny, film):
    out = tmp_path / "out.mkv"
    render_video(film, out, passes="dream,matte,source", passes_as="png16", codec="ffv1", **tiny)
    layers, sources, mattes = (frames_of(tmp_path / f"out.{name}") for name in ("dream", "source", "matte"))
    shown = frames_of(out)
    for frame, layer, source, matte in zip(shown, layers, sources, mattes, strict=True):
        assert layer.samples.dtype == source.samples.dtype == np.uint16
        assert np.all(layer.samples <= layer.alpha)  # it is multiplied by its alpha already
        peak = np.float32(layer.peak)
        made = laid_over(layer.samples / peak, layer.alpha / peak, source.samples / peak)
        np.testing.assert_array_equal(np.rint(made), frame.samples)
        assert np.all(matte.samples == 65535)


@pytest.mark.parametrize("reverse", [False, True])
def test_in_prores_the_dream_is_laid_over_the_source(tmp_path, tiny, seed, film, reverse):
    straight, out = tmp_path / "straight.mkv", tmp_path / "out.mkv"
    knobs = {"passes": "dream", "passes_as": "prores4444", "codec": "ffv1", **tiny}

    def make(path: Path, **given) -> None:
        if reverse:
            render_zoom(seed, path, frames=40, size="96x64", reverse=True, **knobs, **given)
        else:
            render_video(film, path, **knobs, **given)

    make(straight)
    with pytest.raises(Stop):
        make(out, on_event=stop_after(30))
    make(out)
    one, other = (frames_of(path.with_suffix(".dream.mov")) for path in (straight, out))
    assert len(one) == (40 if reverse else 36)
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first.samples, second.samples)
        np.testing.assert_array_equal(first.alpha, second.alpha)
    if not reverse:
        for source, layer, shown in zip(read_film(film)[0], one, read_film(out)[0], strict=True):
            alpha = layer.alpha / np.float32(layer.peak)
            apart = laid_over(layer.samples / np.float32(layer.peak), alpha, source / np.float32(255)) - shown
            assert np.abs(apart).mean() < 1


def test_a_dry_run_says_what_will_be_written(vidream_command, film):
    run = vidream_command("video", film, "out.mov", "--passes", "dream,flow", "--dry-run")
    assert run.returncode == 0, run.stderr
    assert "dream: out.dream/%05d.exr, 36 pictures, 56x40" in run.stderr
    assert "flow: out.flow/%05d.exr, 36 pictures, 56x40" in run.stderr


def test_an_estimate_counts_what_passes_take(tiny, film, tmp_path):
    plain, with_dream = (
        Calibration().of(video_job(film, tmp_path / "out.mp4", passes=passes, **tiny)) for passes in (None, "dream")
    )
    assert 4 < (with_dream.size - plain.size) / (56 * 40) < 14  # bytes a px


def test_a_cluster_refuses_passes(vidream_command, film):
    run = vidream_command("video", film, "out.mov", "--passes", "dream", "--cluster", "auto")
    assert run.returncode == 2
    assert run.stderr.strip() == "vidream: --passes: a cluster does not make them; leave --cluster or --passes out"


@pytest.mark.slow
def test_kill_9_in_the_middle(tmp_path, film):
    """As a user meets it: the process is killed, and the same command goes on."""
    knobs = ["--dream-size", "48", "--octaves", "2", "--passes", ALL, "--fps", "60"]
    command = [sys.executable, "-m", "vidream", "video", str(film)]
    straight, out = tmp_path / "straight" / "film.mkv", tmp_path / "killed" / "film.mkv"
    for path in (straight, out):
        path.parent.mkdir()
    subprocess.run([*command, straight, *knobs], check=True, capture_output=True)
    for _ in range(2):
        with subprocess.Popen([*command, out, *knobs], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            begun, last = folder_of(out) / "progress.json", time.monotonic()
            safe = json.loads(begun.read_bytes())["frames"] if begun.exists() else 0
            while time.monotonic() < last + 60:
                if begun.exists() and json.loads(begun.read_bytes())["frames"] > safe:
                    break
                time.sleep(0.02)
            run.send_signal(signal.SIGKILL)
    subprocess.run([*command, out, *knobs], check=True, capture_output=True)
    for name in ALL.split(","):
        assert alike(*(pass_out(path, name, EXR).parent for path in (straight, out))), name
    np.testing.assert_array_equal(read_film(straight)[0], read_film(out)[0])
