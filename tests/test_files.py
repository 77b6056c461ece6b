"""Plots and tables: what is there is replaced only where that was asked for, and never what is read or made."""

import os

import cv2
import pytest
from synthetic import clicks, panned, textured, write_film

from vidream.cli import main
from vidream.errors import MediaError
from vidream.jobs.sheet_page import GENERATOR
from vidream.jobs.side_file import SideFile
from vidream.media.still import Picture, write_picture


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_film(tmp_path / "in.mp4", panned(3))
    write_picture(tmp_path / "seed.png", Picture(textured(32, 48)))
    clicks(tmp_path / "song.wav", [0.25, 0.75], 1.0)
    (tmp_path / "frames").mkdir()
    for number, frame in enumerate(panned(3), 1):
        write_picture(tmp_path / "frames" / f"{number}.png", Picture(frame))
    return tmp_path


WRITES = {
    "video": ("video", "in.mp4", "out.mp4", "--dry-run", "--plot", "mine.png"),
    "zoom": ("zoom", "seed.png", "--frames", "3", "--dry-run", "--plot", "mine.png"),
    "music": ("music", "song.wav", "seed.png", "--dry-run", "--plot", "mine.png"),
    "report's plot": ("report", "in.mp4", "in.mp4", "--plot", "mine.png"),
    "report's table": ("report", "in.mp4", "in.mp4", "--csv", "mine.csv"),
    "bench": ("bench", "--plot", "mine.png"),
    "growth": ("bench", "--growth", "--plot", "mine.png"),
}


@pytest.mark.parametrize("case", WRITES)
def test_what_is_there_is_replaced_only_where_that_was_asked_for(folder, capsys, case):
    command, mine = WRITES[case], folder / WRITES[case][-1]
    mine.write_text("mine")
    assert main([*command]) == 2
    said = capsys.readouterr()
    assert said.out == ""  # before any work
    assert said.err == f"vidream: {mine.name}: is there already; --overwrite replaces it\n"
    assert mine.read_text() == "mine"
    if "bench" not in command:  # a minute
        assert main([*command, "--overwrite"]) == 0
        assert mine.read_bytes()[:4] != b"mine"
        assert not [path for path in folder.iterdir() if path.name.startswith(".")]


READ = {
    "a link to the source": ("zoom", "seed.png", "--frames", "3", "--dry-run", "--plot", "link.png"),
    "another name of the source": ("zoom", "seed.png", "--frames", "3", "--dry-run", "--plot", "hard.png"),
    "a picture of the source": ("video", "frames", "out.mp4", "--dry-run", "--plot", "frames/2.png"),
    "a picture of the pattern": ("video", "frames/%d.png", "out.mp4", "--dry-run", "--plot", "frames/2.png"),
    "a picture of a dreamed folder": ("report", "in.mp4", "frames", "--plot", "frames/2.png"),
    "the seed of a song": ("music", "song.wav", "seed.png", "--dry-run", "--plot", "seed.png"),
    "the mask": ("video", "in.mp4", "out.mp4", "--mask", "seed.png", "--dry-run", "--plot", "seed.png"),
}


@pytest.mark.parametrize("case", READ)
def test_what_is_read_is_never_replaced(folder, capsys, case):
    (folder / "link.png").symlink_to("seed.png")
    os.link("seed.png", "hard.png")
    before = {path: path.read_bytes() for path in folder.rglob("*.png")}
    assert main([*READ[case], "--overwrite"]) == 2
    assert "is the source itself" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.rglob("*.png")} == before


@pytest.mark.parametrize("plot", ["out00002.png", "./out00002.png"])
def test_a_plot_is_no_picture_of_what_is_made(capsys, plot):
    assert main(["video", "in.mp4", "out%05d.png", "--dry-run", "--plot", plot, "--overwrite"]) == 2
    assert "is one of the pictures of out%05d.png" in capsys.readouterr().err
    assert main(["video", "in.mp4", "out%05d.png", "--dry-run", "--plot", "out2.png"]) == 0


def test_a_file_is_written_whole_or_not_at_all(folder):
    side = SideFile(folder / "a.csv", ".csv", overwrite=False)

    def write_half(path):
        path.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError), side.open() as path:
        write_half(path)
    assert not (folder / "a.csv").exists()
    with side.open() as path:
        path.write_text("whole")
    assert (folder / "a.csv").read_text() == "whole"
    with pytest.raises(MediaError, match="is there already"), side.open():  # it came meanwhile
        pass
    assert (folder / "a.csv").read_text() == "whole"


def test_a_plot_is_a_picture(folder):
    assert main(["report", "in.mp4", "in.mp4", "--plot", "plot.png", "--csv", "table.csv"]) == 0
    assert cv2.imread("plot.png").shape[1] == 1200
    assert len((folder / "table.csv").read_text().splitlines()) == 4


def test_two_files_of_one_command_are_two(tmp_path, capsys):
    """Whatever links lead to them."""
    film = str(write_film(tmp_path / "in.mp4", panned(4)))
    (tmp_path / "r.png").write_text("mine")
    (tmp_path / "r.csv").symlink_to("r.png")
    (tmp_path / "x.mp4").write_text("mine")
    (tmp_path / "x.png").symlink_to("x.mp4")
    both = ["--csv", str(tmp_path / "r.csv"), "--plot", str(tmp_path / "r.png"), "--overwrite"]
    assert main(["report", film, film, *both]) == 2
    assert "is the same file as" in capsys.readouterr().err
    out, plot = str(tmp_path / "x.mp4"), str(tmp_path / "x.png")
    assert main(["video", film, out, "--strength", "0", "--plot", plot, "--overwrite"]) == 2
    assert "is the same file as" in capsys.readouterr().err
    assert (tmp_path / "r.png").read_text() == (tmp_path / "x.mp4").read_text() == "mine"


def test_a_page_that_nobody_named_replaces_nothing_but_a_page(tmp_path, capsys):
    write_picture(tmp_path / "in.png", Picture(textured(24, 32)))
    command = ["preview", str(tmp_path / "in.png"), str(tmp_path / "index.png"), "--layers", "--octaves", "1"]
    (tmp_path / "index.html").write_text("mine")
    assert main([*command, "--overwrite"]) == 2
    assert "is no page of an earlier preview" in capsys.readouterr().err
    assert (tmp_path / "index.html").read_text() == "mine"
    (tmp_path / "index.html").write_text(GENERATOR)
    assert main([*command, "--steps", "1", "--overwrite"]) == 0
    assert "A click on a picture" in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("source", ["frames", "frames/%d.png"])
def test_a_plot_is_no_frame_of_what_is_read(folder, capsys, source):
    """A folder, or a pattern, of pictures would have it among them the next time."""
    plots = {"frames/7.png": 2, "7.png": 0}
    for plot, status in plots.items():
        out = f"{status}.mp4"
        assert main(["video", source, out, "--strength", "0", "--plot", plot]) == status
        assert (folder / plot).exists() == (status == 0)
    assert "would lie among the pictures that are read" in capsys.readouterr().err
