"""FOLDER's table: what lies in it has ids that stay, and nothing outside it is ever listed or reached."""

import json
import os
from pathlib import Path

import pytest

from vidream.errors import InputError, MediaError
from vidream.studio import folder as module
from vidream.studio.folder import Folder, id_of, kind_by_name


def filled(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def names(folder: Folder) -> set[str]:
    return {entry.name for entry in folder.files()}


def test_kinds_are_told_by_endings():
    assert [kind_by_name(name) for name in ("a.mp4", "A.MOV", "b.gif", "c.avi")] == ["film"] * 4
    assert [kind_by_name(name) for name in ("a.PNG", "b.jpeg", "c.exr", "d.bmp")] == ["picture"] * 4
    assert [kind_by_name(name) for name in ("a.mp3", "b.wav", "c.FLAC", "d.opus")] == ["song"] * 4
    for name in ("a.txt", "mp4", ".mp4", "a.mp4.part", "a.svg", "a.html", "a.toml", "", "a.mp4/b"):
        assert kind_by_name(name) is None


def test_what_can_be_dreamed_is_listed_with_folders_of_it(tmp_path: Path):
    filled(tmp_path, "a.mp4", "sub/b.png", "sub/deeper/c.wav", "notes.txt")
    folder = Folder(tmp_path)
    assert {(entry.name, entry.kind, entry.size) for entry in folder.files()} == {
        ("a.mp4", "film", 1),
        ("sub/b.png", "picture", 1),
        ("sub/deeper/c.wav", "song", 1),
    }
    assert not folder.more
    json.dumps([vars(entry) for entry in folder.files()])


def test_ours_and_what_is_hidden_or_empty_is_not(tmp_path: Path):
    filled(tmp_path, "a.mp4.vidream/00000001.mp4", ".hidden.mp4", ".vidream-studio/a.mp4", ".git/b.png")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.mp4").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    assert not Folder(tmp_path).files()


def test_an_id_stays_and_is_found_by_its_path(tmp_path: Path):
    filled(tmp_path, "a.mp4", "sub/b.png")
    first, second = Folder(tmp_path), Folder(tmp_path)
    assert [entry.id for entry in first.files()] == [entry.id for entry in second.files()]
    found = first.find(tmp_path / "sub" / "b.png")
    assert found == id_of("sub/b.png")
    assert first.path(found) == (tmp_path / "sub" / "b.png").resolve()
    assert first.find(tmp_path / "c.png") is None
    assert first.find(tmp_path.parent / "a.mp4") is None


@pytest.mark.parametrize("asked", ["", "..", "../../etc/passwd", "/etc/passwd", "a.mp4", "0" * 16, "x" * 10_000, "\0"])
def test_what_is_no_id_leads_nowhere(tmp_path: Path, asked: str):
    folder = Folder(filled(tmp_path, "a.mp4"))
    with pytest.raises(InputError, match="no longer in the folder"):
        folder.path(asked)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """FOLDER, and a folder outside."""
    return filled(tmp_path / "in", "a.mp4"), filled(tmp_path / "out", "secret.mp4", "sub/secret.png")


def test_links_that_lead_out_are_not_listed(two: tuple[Path, Path]):
    inside, outside = two
    (inside / "link.mp4").symlink_to(outside / "secret.mp4")
    (inside / "relative.mp4").symlink_to("../out/secret.mp4")
    (inside / "chain.mp4").symlink_to(inside / "link.mp4")
    (inside / "linked").symlink_to(outside)
    (inside / "parent").symlink_to("..")
    (inside / "itself").symlink_to(".")
    (inside / "loop.mp4").symlink_to("loop.mp4")
    (inside / "gone.mp4").symlink_to("nowhere.mp4")
    assert names(Folder(inside)) == {"a.mp4"}


def test_links_that_stay_inside_are_taken_for_what_they_lead_to(two: tuple[Path, Path]):
    inside, _ = two
    (inside / "b.mp4").symlink_to("a.mp4")
    folder = Folder(inside)
    assert names(folder) == {"a.mp4", "b.mp4"}
    assert folder.path(id_of("b.mp4")) == (inside / "a.mp4").resolve()


def test_links_do_not_show_what_vidream_keeps(two: tuple[Path, Path]):
    inside, _ = two
    filled(inside, "a.mp4.vidream/00000001.mp4", ".vidream-studio/uploads/half.mp4")
    (inside / "kept.mp4").symlink_to("a.mp4.vidream/00000001.mp4")
    (inside / "half.mp4").symlink_to(".vidream-studio/uploads/half.mp4")
    assert names(Folder(inside)) == {"a.mp4"}


def test_a_file_that_becomes_a_link_leads_out_no_more(two: tuple[Path, Path]):
    inside, outside = two
    filled(inside, "sub/b.mp4")
    folder = Folder(inside)
    (inside / "a.mp4").unlink()
    (inside / "a.mp4").symlink_to(outside / "secret.mp4")
    (inside / "sub" / "b.mp4").unlink()
    (inside / "sub").rmdir()
    (inside / "sub").symlink_to(outside / "sub")
    filled(outside, "sub/b.mp4")
    for name in ("a.mp4", "sub/b.mp4"):
        with pytest.raises(InputError, match=f"{name}: is no longer in the folder"):
            folder.path(id_of(name))


def test_the_folder_itself_may_be_a_link(two: tuple[Path, Path], tmp_path: Path):
    (tmp_path / "link").symlink_to(two[0])
    folder = Folder(tmp_path / "link")
    assert folder.path(id_of("a.mp4")) == (two[0] / "a.mp4").resolve()


def test_what_comes_goes_or_changes_is_noticed(tmp_path: Path):
    folder = Folder(filled(tmp_path, "a.mp4"))
    assert not folder.scan()
    filled(tmp_path, "b.mp4")
    assert folder.scan()
    assert names(folder) == {"a.mp4", "b.mp4"}
    (tmp_path / "a.mp4").unlink()
    assert folder.scan()
    (tmp_path / "b.mp4").write_bytes(b"more")
    assert folder.scan()
    assert folder.entry(id_of("b.mp4")).size == 4
    assert not folder.scan()


def test_it_is_bounded_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    filled(
        tmp_path, *(f"{number}.mp4" for number in range(8)), "0/far.mp4", "1/2/3/4/5/6/deep.mp4", "1/2/3/4/5/6/7/x.mp4"
    )
    folder = Folder(tmp_path)
    assert "1/2/3/4/5/6/deep.mp4" in names(folder)
    assert len(folder.files()) == 10
    monkeypatch.setattr(module, "MOST", 8)
    folder.scan()
    assert folder.more
    assert names(folder) == {f"{number}.mp4" for number in range(8)}, "the nearest come first"
    monkeypatch.setattr(module, "MOST", 100)
    monkeypatch.setattr(module, "MOST_LOOKED_AT", 5)
    folder.scan()
    assert folder.more


def test_names_of_any_bytes_are_listed(tmp_path: Path):
    odd = [b"\xff\xfe.mp4", b"new\nline.mp4", b'"<script>.mp4', "ü 日本.mp4".encode(), b"back\\slash.mp4"]
    for name in odd:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"x")
    folder = Folder(tmp_path)
    assert {os.fsencode(entry.name) for entry in folder.files()} == {*odd}
    assert all(folder.path(entry.id).is_file() for entry in folder.files())
    assert all(entry.id.isalnum() for entry in folder.files())


def test_what_is_no_folder_is_refused(tmp_path: Path):
    filled(tmp_path, "a.mp4")
    for path in (tmp_path / "a.mp4", tmp_path / "nowhere"):
        with pytest.raises(MediaError, match="is no folder; make it, or name another"):
            Folder(path)


def test_a_folder_that_may_not_be_entered_is_passed_by(tmp_path: Path):
    filled(tmp_path, "a.mp4", "shut/b.mp4")
    (tmp_path / "shut").chmod(0)
    try:
        assert "a.mp4" in names(Folder(tmp_path))
    finally:
        (tmp_path / "shut").chmod(0o700)
