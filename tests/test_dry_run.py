"""A dry run refuses what the render itself would refuse, in one line, and says what the film will be."""

import pytest
from PIL import Image
from synthetic import clicks, panned, write_film

from vidream.cli import main


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    """A folder with a film, a picture and a song: all that is in it after a dry run."""
    monkeypatch.chdir(tmp_path)
    write_film(tmp_path / "clip.mp4", panned(3))
    Image.new("RGB", (96, 64)).save(tmp_path / "seed.png")
    clicks(tmp_path / "song.wav", [0.1], seconds=0.5)
    files = {*tmp_path.iterdir()}
    yield
    assert {*tmp_path.iterdir()} == files


COMMANDS = {
    "video": ("video", "clip.mp4"),
    "zoom": ("zoom", "seed.png"),
    "music": ("music", "song.wav", "seed.png"),
    "music over a film": ("music", "song.wav", "clip.mp4"),
}
WRONG = {
    "another film's ending": ("x.avi", "ends in .avi; give .mov or .mp4 or .mkv"),
    "no ending": ("x", "x: has no ending; known: .mp4"),
    "a song's ending": ("x.mp3", "x.mp3: ends in .mp3; "),
    "one picture": ("x.png", "x.png: one picture cannot hold a film"),
    "no such folder": ("nodir/x.mp4", "nodir/x.mp4: the folder nodir does not exist; make it first"),
}


def refusals(command, capsys):
    """What a command says with --dry-run, and without."""
    said = []
    for flags in (["--dry-run"], []):
        assert main([*command, *flags]) == 2
        said.append(capsys.readouterr().err)
    return said


@pytest.mark.parametrize("out", WRONG)
@pytest.mark.parametrize("command", COMMANDS)
def test_an_out_that_cannot_be_written_is_refused_by_both(command, out, capsys):
    name, words = WRONG[out]
    dry, real = refusals([*COMMANDS[command], name], capsys)
    assert dry == real
    assert words in dry
    assert dry.count("\n") == 1


@pytest.mark.parametrize(
    "flags", [("--guide", "nope.jpg"), ("--sound", "missing.mp3"), ("--sound", "seed.png"), ("--codec", "dxv")]
)
def test_what_cannot_be_read_or_encoded_is_refused_by_both(flags, capsys):
    dry, real = refusals(["video", "clip.mp4", "x.mp4", *flags], capsys)
    assert dry == real
    assert dry.count("\n") == 1


def test_the_size_is_the_one_that_is_stored_and_still_knobs_have_no_table(capsys, monkeypatch):
    monkeypatch.setattr("vidream.cli.forecast.cost_of", lambda job: None)
    assert main(["video", "clip.mp4", "x.mp4", "--size", "81x61", "--dry-run"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("3 frames, 82x62, ")
    assert "82x62" in next(line for line in said.err.splitlines() if line.startswith("x.mp4: H.264, quality"))
    assert "no knob moves" not in said.out + said.err
