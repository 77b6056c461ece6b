"""An OUT that is left out lies beside its source, under a name of its own, and takes the place of nothing."""

import os
from pathlib import Path

import pytest
from synthetic import panned, read_film, textured, write_film

from vidream.cli import main
from vidream.errors import MediaError
from vidream.jobs.default_out import check_default, default_out, out_or_default
from vidream.jobs.video import render_video
from vidream.media.still import Picture, write_picture

FAST = ("--strength", "0", "--size", "48")
NAMES = {
    ("video", "clips/a.b.mov"): "clips/a.b-dream.mp4",
    ("video", "clips/x-dream.mp4"): "clips/x-dream-dream.mp4",
    ("video", "anim.gif"): "anim-dream.mp4",
    ("video", "frames"): "frames-dream.mp4",
    ("video", "frames/shot_%04d.png"): "frames/shot-dream.mp4",
    ("video", "frames/%05d.png"): "frames/frames-dream.mp4",
    ("video", "clip.mp4", "prores"): "clip-dream.mov",
    ("video", "clip.mp4", "ffv1"): "clip-dream.mkv",
    ("video", "clip.mp4", "png16"): "clip-dream/%05d.png",
    ("video", "clip.mp4", "nonsense"): "clip-dream.mp4",
    ("image", "photo.jpg"): "photo-dream.png",
    ("image", "light.EXR"): "light-dream.exr",
    ("image", "light.exr", "png16"): "light-dream.png",
    ("image", "clips/clip.mp4@12.5"): "clips/clip-dream.png",
    ("zoom", "pictures/photo.of.me.jpg"): "pictures/photo.of.me-zoom.mp4",
    ("zoom", "clips/clip.mp4@12.5"): "clips/clip-zoom.mp4",
    ("zoom", "noise"): "noise-zoom.mp4",
    ("music", "songs/song.flac"): "songs/song-music.mp4",
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working directory, with a film and a folder of pictures."""
    monkeypatch.chdir(tmp_path)
    write_film(tmp_path / "clip.mp4", panned(4))
    (tmp_path / "frames").mkdir()
    for number in (1, 2):
        write_picture(tmp_path / "frames" / f"{number:05d}.png", Picture(textured(16, 24)))
    return tmp_path


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("case", NAMES)
def test_out_is_named_after_its_source(case):
    assert default_out(*case) == Path(NAMES[case])


def test_a_draft_has_a_name_of_its_own():
    assert default_out("video", "clip.mp4", draft=True) == Path("clip-dream-draft.mp4")


def test_a_look_may_say_the_codec(tmp_path):
    (tmp_path / "look.toml").write_text('codec = "prores"\n')
    look = str(tmp_path / "look.toml")
    assert out_or_default("video", "clip.mp4", None, preset=look, knobs={}) == Path("clip-dream.mov")
    assert out_or_default("video", "clip.mp4", None, preset=look, knobs={"codec": "ffv1"}) == Path("clip-dream.mkv")
    assert out_or_default("video", "clip.mp4", "given.gif", preset=look, knobs={}) == Path("given.gif")


def test_a_film_goes_beside_its_source_and_the_next_over_nothing(here, capsys):
    (here / "other").mkdir()
    (here / "clip.mp4").rename(here / "other" / "clip.mp4")
    assert main(["video", "other/clip.mp4", *FAST]) == 0
    assert capsys.readouterr().out.startswith("other/clip-dream.mp4: 4 frames")
    made = (here / "other/clip-dream.mp4").read_bytes()
    assert main(["video", "other/clip.mp4", *FAST]) == 2
    said = (
        "other/clip-dream.mp4: is there already; --overwrite replaces it, or name OUT, such as other/clip-dream-2.mp4"
    )
    assert capsys.readouterr().err == f"vidream: {said}\n"
    assert (here / "other/clip-dream.mp4").read_bytes() == made
    assert main(["video", "other/clip.mp4", *FAST, "--overwrite"]) == 0


def test_a_picture_goes_beside_its_source(here, capsys):
    assert main(["image", "frames/00001.png", "--steps", "1", "--octaves", "1"]) == 0
    assert capsys.readouterr().out.startswith("frames/00001-dream.png: 24x16, ")


def test_pictures_have_a_folder_of_their_own(here, capsys):
    command = ["video", "frames", *FAST, "--codec", "png"]
    assert main(command) == 0
    assert {path.name for path in (here / "frames-dream").iterdir()} >= {"00001.png", "00002.png"}
    assert main(command) == 2
    assert "name OUT, such as frames-dream-2/%05d.png" in capsys.readouterr().err


def test_what_was_stopped_goes_on_though_out_is_left_out_again(here):
    class StopError(Exception):
        pass

    def stop(event):
        if getattr(event, "frames", 0) == 30:
            raise StopError

    write_film(here / "clip.mp4", panned(40))
    with pytest.raises(StopError):
        render_video("clip.mp4", strength=0, size="48", on_event=stop)
    assert (here / "clip-dream.mp4.vidream").is_dir()
    assert main(["video", "clip.mp4", *FAST]) == 0
    assert len(read_film(here / "clip-dream.mp4")[0]) == 40
    assert {path.name for path in here.iterdir()} == {"clip.mp4", "frames", "clip-dream.mp4"}


def test_a_dry_run_says_nothing_of_what_is_there(here, capsys):
    (here / "clip-dream.mp4").write_text("mine")
    assert main(["video", "clip.mp4", "--dry-run"]) == 0
    assert (here / "clip-dream.mp4").read_text() == "mine"


def test_what_to_do_about_a_folder_that_takes_no_file(here, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(MediaError, match=r"not writable; name OUT, such as clip-dream\.mp4"):
        check_default(here / "clip-dream.mp4", overwrite=False)
