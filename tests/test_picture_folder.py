"""A folder of pictures is replaced by the record of what vidream made there, never by a pattern."""

import json
import logging
import os
import shutil
from pathlib import Path

import pytest
from synthetic import panned, put_only, write_film

from vidream.errors import MediaError
from vidream.jobs.video import render_video
from vidream.media import picture_folder
from vidream.media.files import digest as file_digest
from vidream.media.picture_folder import RECORD
from vidream.media.reader import open_video
from vidream.media.sequence import Sequence, pictures_of
from vidream.media.still import Picture, write_picture
from vidream.render.workfolder import folder_of


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return write_film(tmp_path_factory.mktemp("clip") / "in.mp4", panned(10, 48, 64))


@pytest.fixture
def pics(tmp_path) -> Path:
    """A folder with pictures of the user's, and a note."""
    (tmp_path / "pics").mkdir()
    for name in ("00003.png", "00100.png", "20240101.png", "100.png", "cat.png"):
        (tmp_path / "pics" / name).write_text(name)
    return tmp_path / "pics"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name != RECORD}


def frames(count: int, first: int = 1) -> set[str]:
    return {f"{number:05d}.png" for number in range(first, first + count)}


def test_what_is_a_users_is_refused_first_and_counted(clip, pics):
    said = r"3 pictures are there already, first .*00003\.png; --overwrite replaces .*, and removes .*; all others stay"
    with pytest.raises(MediaError, match=said):
        render_video(clip, pics / "%05d.png", strength=0)
    assert names(pics) == {"00003.png", "00100.png", "20240101.png", "100.png", "cat.png"}


def test_only_what_is_written_is_replaced(clip, pics, caplog):
    render_video(clip, pics / "%05d.png", strength=0, overwrite=True)
    assert names(pics) == frames(10) | {"00100.png", "20240101.png", "100.png", "cat.png"}
    for name in ("00100.png", "20240101.png", "100.png", "cat.png"):
        assert (pics / name).read_text() == name
    assert "pictures there already: 3; 1 replaced, 2 kept" in caplog.text


def test_two_lengths_leave_no_stale_frame_of_ours_and_every_file_of_theirs(clip, pics, caplog):
    out = pics / "%05d.png"
    render_video(clip, out, strength=0, overwrite=True)
    (pics / "00008.png").write_text("mine since")  # changed
    (pics / "00009.png").unlink()
    (pics / "00011.png").write_text("mine, too")  # new
    shutil.copy(pics / "00006.png", pics / "00012.png")  # theirs, of ours
    caplog.clear()
    render_video(clip, out, strength=0, overwrite=True, end=0.2)
    theirs = {"00008.png", "00011.png", "00012.png", "00100.png", "20240101.png", "100.png", "cat.png"}
    assert names(pics) == frames(5) | theirs
    assert (pics / "00008.png").read_text() == "mine since"
    said = "pictures there already: 13; 5 replaced, 3 of an earlier, longer render removed, first 00006.png, 5 kept"
    assert said in caplog.text
    assert json.loads((pics / RECORD).read_text())["patterns"]["%05d.png"].keys() >= frames(5)
    render_video(clip, out, strength=0, overwrite=True)
    assert names(pics) == frames(10) | theirs - {"00008.png"}


def test_a_piece_of_a_film_removes_only_what_is_ours(clip, tmp_path):
    out = tmp_path / "pics" / "%05d.png"
    render_video(clip, out, strength=0)
    copied = shutil.copytree(tmp_path / "pics", tmp_path / "elsewhere")  # other times, the same pictures
    (copied / RECORD).unlink()
    for folder, left in ((tmp_path / "pics", frames(5)), (copied, frames(10))):
        render_video(clip, folder / "%05d.png", strength=0, start=0.2, end=0.4, overwrite=True)
        assert names(folder) == left


def test_two_patterns_in_one_folder_keep_to_themselves(clip, tmp_path):
    for name in ("a_%02d.png", "b_%02d.png"):
        render_video(clip, tmp_path / "pics" / name, strength=0)
    render_video(clip, tmp_path / "pics" / "a_%02d.png", strength=0, end=0.2, overwrite=True)
    assert len(names(tmp_path / "pics")) == 15
    render_video(clip, tmp_path / "pics" / "b_%02d.png", strength=0, end=0.2, overwrite=True)
    assert len(names(tmp_path / "pics")) == 10


@pytest.mark.parametrize(
    ("pattern", "other"), [("%02d.png", "1%d.png"), ("%d.png", "%02d.png"), ("%03d.png", "0%d.png")]
)
def test_no_pattern_removes_what_another_has_made(clip, tmp_path, pattern, other):
    """Even where both give a picture the same name."""
    render_video(clip, tmp_path / "pics" / pattern, strength=0, fps=100)
    before = names(tmp_path / "pics")
    assert len(before) == 40
    render_video(clip, tmp_path / "pics" / other, strength=0, overwrite=True, end=0.2)
    assert names(tmp_path / "pics") == before | {Sequence(Path(other)).picture(number).name for number in range(1, 6)}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_record_by_somebody_else_removes_nothing(clip, pics):
    digest = file_digest(pics / "00100.png")
    (pics / RECORD).write_text(json.dumps({"patterns": {"%05d.png": {"00100.png": digest}}}))
    os.chown(pics / RECORD, 12345, -1)
    assert picture_folder.stale_pictures(Sequence(pics / "%05d.png"), 10) == []
    os.chown(pics / RECORD, os.geteuid(), -1)
    assert picture_folder.stale_pictures(Sequence(pics / "%05d.png"), 10) == [pics / "00100.png"]


RECORDS = [
    b"",
    b"mine",
    b"[]",
    b'{"patterns": []}',
    b'{"patterns": {"%05d.png": ["00100.png"]}}',
    b'{"patterns": {"%05d.png": {"00100.png": 3}}}',
    b'{"patterns": {"%05d.png": {"00100.png": "../../x"}}}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("content", RECORDS)
def test_a_record_that_is_none_removes_nothing_and_stays(clip, pics, content, caplog):
    (pics / RECORD).write_bytes(content)
    before = names(pics)
    render_video(clip, pics / "%05d.png", strength=0, overwrite=True)
    assert names(pics) == before | frames(10)
    assert (pics / RECORD).read_bytes() == content
    assert "not what vidream keeps there: no picture of an earlier render is removed" in caplog.text


def test_a_hostile_record_reaches_nothing_else(clip, pics, tmp_path):
    """It names what lies elsewhere, what the pattern does not give, what is another, a number that is never made."""
    (pics / "00000.png").write_text("mine")
    (tmp_path / "victim.png").write_text("victim")
    digest = file_digest
    listed = {
        "../victim.png": digest(tmp_path / "victim.png"),
        str(tmp_path / "victim.png"): digest(tmp_path / "victim.png"),
        "cat.png": digest(pics / "cat.png"),
        "100.png": digest(pics / "100.png"),
        "00100.png": "0" * 64,
        "00000.png": digest(pics / "00000.png"),
    }
    (pics / RECORD).write_text(json.dumps({"patterns": {"%05d.png": listed}}))
    before = names(pics)
    render_video(clip, pics / "%05d.png", strength=0, overwrite=True)
    assert names(pics) == before | frames(10)
    assert (tmp_path / "victim.png").exists()


def test_a_record_that_is_a_link_is_not_followed(clip, pics, tmp_path):
    (tmp_path / "mine.json").write_text('{"frames": {}}')
    (pics / RECORD).symlink_to(tmp_path / "mine.json")
    render_video(clip, pics / "%05d.png", strength=0, overwrite=True)
    assert (tmp_path / "mine.json").read_text() == '{"frames": {}}'


@pytest.mark.parametrize("kind", ["link", "dangling", "folder"])
def test_a_frame_replaces_no_link_and_no_folder(clip, tmp_path, kind):
    (tmp_path / "pics").mkdir()
    (tmp_path / "mine.png").write_text("mine")
    at = tmp_path / "pics" / "00004.png"
    if kind == "folder":
        at.mkdir()
    else:
        at.symlink_to(tmp_path / ("mine.png" if kind == "link" else "nothing.png"))
    with pytest.raises(MediaError, match=r"00004\.png: a (link|folder)"):
        render_video(clip, tmp_path / "pics" / "%05d.png", strength=0, overwrite=True)
    assert (tmp_path / "mine.png").read_text() == "mine"
    assert names(tmp_path / "pics") == {"00004.png"}


@pytest.mark.parametrize("at", [0, 4, 9])
def test_a_placing_that_is_cut_short_is_taken_up(clip, tmp_path, monkeypatch, at):
    """By the same command, without --overwrite; and what has come meanwhile is the user's."""
    out = tmp_path / "pics" / "%05d.png"
    with monkeypatch.context() as patch:
        put_only(patch, at, KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            render_video(clip, out, strength=0)
    assert len(names(tmp_path / "pics")) == at
    (tmp_path / "pics" / "00010.png").write_text("mine")
    with pytest.raises(MediaError, match="there already"):
        render_video(clip, out, strength=0)
    assert (tmp_path / "pics" / "00010.png").read_text() == "mine"
    (tmp_path / "pics" / "00010.png").unlink()
    assert render_video(clip, out, strength=0).frames == 10
    assert names(tmp_path / "pics") == frames(10)
    assert not folder_of(out).exists()


@pytest.mark.parametrize(
    ("pattern", "name", "gives"),
    [
        ("%05d.png", "00100.png", True),
        ("%05d.png", "20240101.png", True),
        ("%05d.png", "100.png", False),
        ("%05d.png", "000100.png", False),
        ("%d.png", "100.png", True),
        ("%d.png", "0100.png", False),
        ("f_%03d.png", "f_007.png", True),
        ("f_%03d.png", "g_007.png", False),
        ("f_%03d.png", "f_٠٠٧.png", False),
        ("%03d.png", ".png", False),
    ],
)
def test_a_name_is_of_the_pattern_if_the_pattern_gives_it(tmp_path, pattern, name, gives):
    (tmp_path / name).touch()
    assert [path.name for path in Sequence(tmp_path / pattern).existing()] == ([name] if gives else [])
    assert Sequence(tmp_path / pattern).names(name) == gives


def test_each_picture_of_a_pattern_is_there_once(tmp_path):
    for name in ("f_7.png", "f_007.png", "f_0007.png"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures_of(tmp_path / "f_%03d.png")] == ["f_007.png"]


def test_a_named_pipe_among_pictures_is_not_waited_for(tmp_path):
    write_picture(tmp_path / "1.png", Picture(panned(1)[0]))
    os.mkfifo(tmp_path / "2.png")
    assert [path.name for path in pictures_of(tmp_path)] == ["1.png"]


def test_pictures_of_a_folder_are_in_natural_order_whatever_their_case(tmp_path):
    names = ["f0.png", "F2.PNG", "f10.Png", "F12.PNG", "g1.png"]
    for name in reversed(names):
        (tmp_path / name).touch()
    assert [path.name for path in pictures_of(tmp_path)] == names


@pytest.mark.parametrize("inside", [(), ("notes.txt", ".hidden.png")])
def test_a_folder_without_pictures_is_told_what_it_lacks(tmp_path, inside):
    for name in inside:
        (tmp_path / name).touch()
    with pytest.raises(MediaError, match=r"a folder without pictures \(\.png .*or a folder of pictures$"):
        open_video(tmp_path)


def test_a_film_of_unknown_length_says_what_may_go(pics, caplog):
    caplog.set_level(logging.WARNING)
    picture_folder.tell_what_is_replaced(Sequence(pics / "%05d.png"), None)
    assert "pictures there already: 3; those that get a frame's name are replaced" in caplog.text


def test_a_private_picture_that_is_replaced_stays_private(clip, pics):
    (pics / "00003.png").chmod(0o600)
    render_video(clip, pics / "%05d.png", strength=0, overwrite=True)
    assert (pics / "00003.png").stat().st_mode & 0o777 == 0o600
    assert (pics / "00004.png").stat().st_mode & 0o044
