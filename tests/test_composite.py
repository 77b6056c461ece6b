"""A dream pass, laid over its source again, is the film beside which it was written; or another, as knobs say."""

import re
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from synthetic import Stop, add_sound, clicks, ffmpeg, panned, read_film, stop_after, write_film
from test_passes import pictures, scenes

from vidream.cli import main
from vidream.errors import MediaError
from vidream.jobs.composite import render_composite
from vidream.jobs.music import render_music
from vidream.jobs.video import render_video
from vidream.jobs.zoom import render_zoom
from vidream.media.contents import contents_of
from vidream.media.exr import read_exr, write_exr
from vidream.media.kept_metadata import kept_metadata
from vidream.media.reader import open_video
from vidream.media.still import Picture, write_picture


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return add_sound(write_film(tmp_path / "silent.mp4", scenes()), tmp_path / "in.mp4", seconds=1.44)


@pytest.fixture
def dreamed(tmp_path: Path, tiny, film: Path) -> tuple[Path, Path]:
    """A film as pictures, and its dream pass."""
    render_video(film, tmp_path / "out" / "%03d.png", passes="dream", **tiny)
    return tmp_path / "out" / "%03d.png", tmp_path / "out.dream"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"strength": 1.7, "fps": 40, "start": 0.2, "end": 1.1},
        {"keep_colour": True, "swell": 2.0, "mask": "motion", "size": "50x44", "fit": "pad"},
        {"strength": {"sine": [0.6, 0.4], "period": 10}, "fps": 10},
    ],
)
def test_without_flags_it_is_the_film_that_was_rendered(tmp_path, tiny, film, given):
    out, again = tmp_path / "out" / "%03d.png", tmp_path / "again" / "%03d.png"
    made = render_video(film, out, passes="dream", **given, **tiny)
    assert render_composite(film, tmp_path / "out.dream", again).frames == made.frames
    np.testing.assert_array_equal(pictures(out), pictures(again))


@pytest.mark.slow
def test_a_film_to_a_song_begins_again_as_it_did(tmp_path, tiny, film):
    song, out, again = clicks(tmp_path / "song.wav", [0.5, 1, 1.5], 2), tmp_path / "m.mkv", tmp_path / "again.mkv"
    made = render_music(song, film, out, passes="dream", codec="ffv1", **tiny)
    assert made.frames > 36
    assert render_composite(film, tmp_path / "m.dream", again, codec="ffv1", sound=song).frames == made.frames
    np.testing.assert_array_equal(read_film(out)[0], read_film(again)[0])


def test_strength_mask_and_colour_are_laid_over_what_is_in_the_pass(tmp_path, film, dreamed):
    mask, out = tmp_path / "mask.png", tmp_path / "half" / "%03d.png"
    left = np.where(np.arange(56) < 28, 255, 0).astype(np.uint8)
    write_picture(mask, Picture(np.broadcast_to(left[None, :, None], (40, 56, 3)).copy()))
    render_composite(film, dreamed[1], out, strength=0.5, mask=mask, mask_feather=0, keep_colour=True)
    sources = read_film(film)[0]
    for number, (source, frame) in enumerate(zip(sources, pictures(out), strict=True), 1):
        channels, _ = read_exr(dreamed[1] / f"{number:03d}.exr", 10**6)
        luma = 0.2126 * channels["R"] + 0.7152 * channels["G"] + 0.0722 * channels["B"]
        expected = source + 0.5 * 255 * luma[..., None] * (np.arange(56) < 28)[None, :, None]
        assert np.abs(frame - expected.clip(0, 255)).max() < 0.51


def test_a_dry_run_says_what_it_will_be_and_makes_nothing(monkeypatch, capsys, film, dreamed):
    monkeypatch.setattr("vidream.jobs.render_job.make_dreamer", lambda _: pytest.fail("a network was asked for"))
    before = sorted(film.parent.iterdir())
    assert main(["composite", str(film), str(dreamed[1]), str(film.parent / "again.mp4"), "--dry-run"]) == 0
    said = capsys.readouterr()
    assert said.out == "36 frames, 56x40, 25 a second, 1.44 s\n"
    assert re.search(r"again\.mp4: about \d+ s on this machine, .+, twice that while it is made", said.err)
    assert sorted(film.parent.iterdir()) == before


def test_it_is_gone_on_with_and_keeps_the_sound(tmp_path, film, dreamed):
    straight, resumed = tmp_path / "straight.mkv", tmp_path / "resumed.mkv"
    render_composite(film, dreamed[1], straight, strength=2)
    with pytest.raises(Stop):
        render_composite(film, dreamed[1], resumed, strength=2, on_event=stop_after(30))
    with pytest.raises(MediaError, match=r"changed: strength \(was 2.0, is 3.0\)"):
        render_composite(film, dreamed[1], resumed, strength=3)
    assert render_composite(film, dreamed[1], resumed, strength=2).frames == 36
    one, other = (read_film(path) for path in (straight, resumed))
    np.testing.assert_array_equal(one[0], other[0])
    assert open_video(resumed).sound is not None


def test_a_pass_that_changes_meanwhile_is_not_gone_on_with(tmp_path, film, dreamed):
    out = tmp_path / "out.mkv"
    with pytest.raises(Stop):
        render_composite(film, dreamed[1], out, on_event=stop_after(30))
    write_exr(dreamed[1] / "036.exr", {name: np.zeros((40, 56), np.float32) for name in "RGB"})
    with pytest.raises(MediaError, match="changed: source; --fresh starts over"):
        render_composite(film, dreamed[1], out)


def test_what_does_not_fit_is_said_before_the_first_frame(tmp_path, tiny, film, dreamed, seed):
    folder, out = dreamed[1], tmp_path / "x.mkv"

    def fault(dream: Path = folder, source: Path = film, **knobs) -> str:
        with pytest.raises(MediaError) as caught:
            render_composite(source, dream, out, **knobs)
        assert not out.exists()
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert fault(tmp_path / "none").endswith("none: no such folder")
    wanted = (
        "composite takes the folder that --passes-as exr32 or exr writes; any editor lays a ProRes or PNG layer over"
    )
    assert fault(film).endswith(f"in.mp4: a file; {wanted}")
    assert fault(dreamed[0].parent).endswith(f"holds no .exr files; {wanted}")
    assert "is 56x40, the film would be 28x20; give --size 56x40" in fault(size="28x20")
    longer = write_film(tmp_path / "longer.mp4", panned(50, 40, 56))
    assert render_composite(longer, folder, tmp_path / "part.mkv").frames == 36
    assert "has 36 frames, the film would have 30; give --start, --end and --fps" in fault(end=1.2)
    shorter = write_film(tmp_path / "shorter.mp4", panned(20, 40, 56))
    assert "has 36 frames, the film would have 20" in fault(source=shorter)
    render_video(film, tmp_path / "f.mkv", passes="flow,source", end=0.2, **tiny)
    assert "f.flow: holds the pass flow; name the folder of the dream" in fault(tmp_path / "f.flow")
    render_zoom(seed, tmp_path / "z.mkv", passes="dream", frames=3, size="56x40", **tiny)
    assert "z.dream: the dream of a zoom" in fault(tmp_path / "z.dream")
    (folder / "010.exr").rename(tmp_path / "kept.exr")
    assert "011.exr: number 10 is missing before it" in fault()
    (folder / "0009.exr").write_bytes((folder / "009.exr").read_bytes())
    assert "another file has its number" in fault()
    (folder / "0009.exr").unlink()
    (folder / "010.exr").write_bytes(b"no picture at all")
    assert "010.exr: not an OpenEXR file" in fault()
    numbers = {name: np.zeros((40, 56), np.float32) for name in "RGB"}
    numbers["G"][3, 4] = np.inf
    write_exr(folder / "010.exr", numbers)
    assert "010.exr: has values that are not finite numbers" in fault(fresh=True)
    write_exr(folder / "001.exr", {"Y": np.zeros((40, 56), np.float32)})
    assert "001.exr: has no channels R, G, B" in fault()


def test_what_travels_with_the_film_is_kept_as_in_a_render(tmp_path, tiny, film):
    song, titled = clicks(tmp_path / "song.wav", [0.5], 1.4), tmp_path / "titled.mov"
    tags = ["-metadata", "title=Sea", "-timecode", "10:00:00:00"]
    cues, chapters = tmp_path / "cues.srt", tmp_path / "chapters.txt"
    cues.write_text("1\n00:00:00,200 --> 00:00:00,700\nHello\n")
    chapters.write_text(";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=700\ntitle=One\n")
    inputs = ["-i", film, "-i", song, "-i", cues, "-f", "ffmetadata", "-i", chapters]
    streams = ["-map", "0", "-map", "1", "-map", "2", "-map_chapters", "3", "-c:v", "copy", "-c:s", "mov_text"]
    said = ffmpeg(*inputs, *streams, *tags, titled)
    assert titled.exists(), said
    render_video(titled, tmp_path / "a.mov", passes="dream", start=0.2, streams="all", **tiny)
    render_composite(titled, tmp_path / "a.dream", tmp_path / "b.mov", streams="all")
    made, again = contents_of(tmp_path / "a.mov"), contents_of(tmp_path / "b.mov")
    kinds, kept = [stream.kind for stream in again.streams], kept_metadata(again, 0)
    assert (kinds.count("audio"), kinds.count("subtitle"), len(kept.chapters), kept.tags["title"]) == (2, 1, 1, "Sea")
    assert kinds == [stream.kind for stream in made.streams]
    assert kept == kept_metadata(made, 0)
    assert str(kept.timecode).startswith("10:00:00:05")


def test_a_film_that_the_pass_was_not_made_of_is_warned_of(tmp_path, tiny, film, caplog):
    render_video(film, tmp_path / "a.mkv", passes="dream", start=0.2, end=0.6, codec="ffv1", **tiny)
    other, twice = tmp_path / "other.mp4", tmp_path / "twice" / "in.mp4"
    shutil.copy(film, other)
    twice.parent.mkdir()
    shutil.copy(tmp_path / "a.mkv", twice)

    def warned(path: Path, **knobs) -> list[str]:
        caplog.clear()
        with suppress(MediaError):
            render_composite(path, tmp_path / "a.dream", tmp_path / "b.mkv", overwrite=True, fresh=True, **knobs)
        return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]

    assert warned(film) == []
    assert warned(film, start=0.2) == []
    (line,) = warned(other)
    assert "other.mp4: the pass was made of in.mp4; if this is another film" in line
    (line,) = warned(twice, start=0, end=0.4)[1:]
    assert "has this dream already, and gets it twice; name the film that was dreamed, in.mp4" in line
    render_video(film, tmp_path / "look.mkv", start=0.2, end=0.6, codec="ffv1", **{**tiny, "strength": 0.5})
    (line,) = warned(tmp_path / "look.mkv", start=0, end=0.4)[1:]
    assert "look.mkv: the pass was made of in.mp4" in line  # with a dream of its own, not this one
    (line,) = warned(film, start=0.4, end=0.8)
    assert "--start: begins with frame 10 of SOURCE, the pass with frame 5; leave --start out" in line
    (line,) = warned(film, fps=50)
    assert "--fps 50: the pass has 25 frames a second; leave --fps out" in line


def test_a_pass_is_never_written_over(tmp_path, film, dreamed):
    with pytest.raises(MediaError, match=r"\.exr|png"):
        render_composite(film, dreamed[1], dreamed[1] / "%03d.exr", overwrite=True)
    assert len(list(dreamed[1].glob("*.exr"))) == 36


def test_what_a_compositor_has_changed_is_taken_with_a_word(tmp_path, film, dreamed, caplog):
    for path in dreamed[1].glob("*.exr"):
        channels, _ = read_exr(path, 10**6)
        write_exr(path, {name: channel * np.float32(0.5) for name, channel in channels.items()})
    out = tmp_path / "again" / "%03d.png"
    render_composite(film, dreamed[1], out, strength=2)
    assert "does not say that it is a dream pass of vidream" in caplog.text
    np.testing.assert_array_equal(pictures(out), pictures(dreamed[0]))


def test_the_command(vidream_command, film, dreamed):
    run = vidream_command("composite", film, "out.dream", "half.mp4", "--strength", "0.5")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("half.mp4: 36 frames, 56x40")
    recipe = vidream_command("recipe", "half.mp4").stdout.splitlines()[-1]
    assert recipe == "# vidream composite in.mp4 out.dream half.mp4 --strength 0.5"
    run = vidream_command("composite", film, "out.dream", "half.mp4", "--steps", "3")
    assert run.returncode == 2
    assert "tensorflow" not in run.stderr
