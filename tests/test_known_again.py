"""What a session has made is known again by its digest; nothing that is in its place is taken for it."""

import errno
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import Stop, contents, each_frame, put_only, read_film, stop_after, stopped, textured

from vidream.errors import MediaError, VidreamError
from vidream.jobs.still import render_image
from vidream.jobs.video import render_video
from vidream.jobs.zoom import render_zoom
from vidream.media.paths import check_out
from vidream.media.still import Picture, write_picture
from vidream.render import session
from vidream.render.workfolder import folder_of
from vidream.system import files


def flipped(path: Path) -> bytes:
    """One bit of a picture's data, of which no player complains."""
    content = bytearray(path.read_bytes())
    content[content.index(b"mdat") + 60 if path.suffix == ".mp4" else len(content) // 2] ^= 1
    return bytes(content)


def next_one(path: Path) -> bytes:
    return path.with_name(f"{int(path.stem) + (1 if path.suffix == '.png' else 24):08d}{path.suffix}").read_bytes()


def cut_short(path: Path) -> bytes:
    return path.read_bytes()[:-1]


@pytest.mark.parametrize("alter", [flipped, next_one, cut_short])
@pytest.mark.parametrize("name", ["out.mp4", "out.gif", "fr/%05d.png"])
@pytest.mark.parametrize("command", ["video", "zoom"])
def test_a_segment_that_is_not_what_was_made_is_damage(tmp_path, film, command, name, alter):
    """Altered, another that is whole, or torn; of a film that runs backwards, too."""
    render = partial(render_video, film, tmp_path / name, strength=0)
    if command == "zoom":
        write_picture(tmp_path / "seed.png", Picture(textured(48, 64)))
        given: dict[str, Any] = {"frames": 60, "strength": 0, "reverse": True, "size": "64x48"}
        render = partial(render_zoom, tmp_path / "seed.png", tmp_path / name, **given)
    with pytest.raises(Stop):
        render(on_event=stop_after(59))
    made = min(path for path in folder_of(tmp_path / name).iterdir() if path.stem.isdecimal())
    content = alter(made)
    assert content != made.read_bytes()
    made.write_bytes(content)
    with pytest.raises(MediaError, match=r"damaged: .*(is not what was made|is not whole); --fresh starts over"):
        render()


def test_what_a_frame_hands_on_is_known_again(tmp_path, tiny, film):
    folder = stopped(film, tmp_path / "out.mp4", **{"strength": 1, **tiny})
    (carried,) = folder.glob("carried-*.npz")
    with np.load(carried) as arrays:
        others = {name: 1 - array if array.dtype == np.float32 else array for name, array in arrays.items()}
    np.savez(carried, **others)
    with pytest.raises(MediaError, match=rf"damaged: {carried.name}: is not what was handed on; --fresh starts over"):
        render_video(film, tmp_path / "out.mp4", **tiny)


@pytest.mark.parametrize("content", [b"", b"another film"])
@pytest.mark.parametrize("name", ["out.mp4", "out.webm", "out.gif"])
def test_a_joined_film_that_is_not_what_was_made_is_joined_again(tmp_path, film, name, content, monkeypatch):
    out = tmp_path / name
    with monkeypatch.context() as patch:
        patch.setattr(session.Session, "_put_in_place", lambda self: (_ for _ in ()).throw(Stop))
        with pytest.raises(Stop):
            render_video(film, out, strength=0)
    (folder_of(out) / f"whole{out.suffix}").write_bytes(content)
    assert render_video(film, out, strength=0).frames == 60
    assert len(read_film(out)[0]) == 60


def put_in_place(film: Path, out: Path, monkeypatch, many: int) -> Path:
    """Killed after so many pictures were put in their place; -1: all, and only the folder was left."""
    with monkeypatch.context() as patch:
        put_only(patch, many, Stop)
        if many < 0:
            patch.setattr(session.Session, "_remove", lambda self: (_ for _ in ()).throw(Stop))
        with pytest.raises(Stop):
            render_video(film, out, strength=0)
    return out


def emptied(folder: Path) -> None:
    (folder / "00003.png").write_bytes(b"")


def removed(folder: Path) -> None:
    (folder / "00003.png").unlink()


def retouched(folder: Path) -> None:
    (folder / "00003.png").write_bytes((folder / "00004.png").read_bytes())


def all_gone(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize("change", [emptied, removed, retouched, all_gone])
def test_pictures_that_were_put_in_place_are_looked_at_again(tmp_path, film, change, monkeypatch):
    out = put_in_place(film, tmp_path / "m" / "%05d.png", monkeypatch, 7)
    change(tmp_path / "m")
    left = contents(folder_of(out))
    with pytest.raises(MediaError, match=r"there already|pictures that were put at .* are gone, or"):
        render_video(film, out, strength=0)
    assert contents(folder_of(out)).items() >= (left.items() - {("lock", b"")})
    assert render_video(film, out, strength=0, fresh=True, overwrite=True).frames == 60
    pictures = sorted((tmp_path / "m").glob("*.png"))
    assert len(pictures) == 60
    assert len({path.read_bytes() for path in pictures}) == 60


@pytest.mark.parametrize("change", [emptied, removed, retouched, all_gone])
def test_pictures_of_which_only_the_folder_was_left_are_looked_at_again(tmp_path, film, change, monkeypatch):
    out = put_in_place(film, tmp_path / "m" / "%05d.png", monkeypatch, -1)
    assert len(list((tmp_path / "m").glob("*.png"))) == 60
    change(tmp_path / "m")
    if change is not all_gone:
        with pytest.raises(MediaError, match="are there already"):
            render_video(film, out, strength=0)
    assert render_video(film, out, strength=0, overwrite=True).frames == 60
    pictures = sorted((tmp_path / "m").glob("*.png"))
    assert len({path.read_bytes() for path in pictures}) == len(pictures) == 60


def test_a_film_that_was_replaced_before_its_folder_went_is_not_taken_for_it(tmp_path, film, monkeypatch):
    out = tmp_path / "out.mp4"
    with monkeypatch.context() as patch:
        patch.setattr(session.Session, "_remove", lambda self: None)
        render_video(film, out, strength=0)
    out.write_bytes(b"mine")
    with pytest.raises(MediaError, match="is there already; --overwrite"):
        render_video(film, out, strength=0)
    assert out.read_bytes() == b"mine"
    assert render_video(film, out, strength=0, overwrite=True).frames == 60
    assert len(read_film(out)[0]) == 60


@pytest.mark.parametrize("many", [7, -1])
def test_fresh_alone_replaces_nothing_that_is_in_its_place_and_says_so_first(tmp_path, film, many, monkeypatch):
    out = put_in_place(film, tmp_path / "m" / "%05d.png", monkeypatch, many)
    frames = []
    with pytest.raises(MediaError, match="are there already, first"):
        render_video(film, out, strength=0, fresh=True, on_event=each_frame(lambda done, total: frames.append(done)))
    assert frames == []
    assert render_video(film, out, strength=0).frames == 60


@pytest.mark.parametrize("name", ["out.mp4", "out.gif", "%02d.png"])
@pytest.mark.parametrize("exclusive", [True, False])
def test_what_comes_to_out_at_the_very_last_moment_is_not_replaced(tmp_path, film, name, exclusive, monkeypatch):
    """After the last look. exclusive: the system renames to a new name alone; else as near to that as there is."""
    (tmp_path / "made").mkdir()
    out = tmp_path / "made" / name
    mine = tmp_path / "made" / name.replace("%02d", "07")
    renamed = files.rename_exclusively

    def arrives(made, target):
        if target == mine and not mine.exists():
            mine.write_bytes(b"mine")
        return renamed(made, target) if exclusive else errno.ENOSYS

    with monkeypatch.context() as patch:
        patch.setattr(files, "rename_exclusively", arrives)
        with pytest.raises(MediaError, match="is there already, and was not when this began"):
            render_video(film, out, strength=0)
    assert mine.read_bytes() == b"mine"
    mine.unlink()
    assert render_video(film, out, strength=0).frames == 60
    assert not folder_of(out).exists()


def test_pictures_are_not_put_into_the_folder_that_is_read(tmp_path):
    for number in range(3):
        write_picture(tmp_path / f"{number}.png", Picture(textured(48, 64, number)))
    with pytest.raises(MediaError, match=r"would lie in .*, and be read from there the next time; choose another"):
        render_video(tmp_path, tmp_path / "out-%d.png", strength=0)
    assert render_video(tmp_path / "%d.png", tmp_path / "out-%d.png", strength=0).frames == 3
    assert render_video(tmp_path, tmp_path / "out" / "%d.png", strength=0).frames == 6


# What is read is never taken away, and what is not ours is not taken for it


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("role", ["source", "pictures", "mask", "guide", "sound"])
def test_what_is_read_does_not_lie_where_it_would_be_cleared_away(tmp_path, film, role, fresh):
    """Somebody who wants to save what a render that was stopped has made."""
    out = tmp_path / "f" / "%03d.png" if role in ("pictures", "mask", "guide") else tmp_path / "out.mp4"
    folder = stopped(film, out)
    picture, segment = folder / "00000001.png", folder / "00000000.nut"
    roles: dict[str, tuple[Path, dict[str, Any]]] = {
        "source": (segment, {}),
        "pictures": (folder, {}),
        "mask": (film, {"mask": str(picture)}),
        "guide": (film, {"guide": str(picture), "strength": 1}),
        "sound": (film, {"sound": str(segment)}),
    }
    source, knobs = roles[role]
    before = contents(folder)
    with pytest.raises(MediaError, match="lies where vidream keeps what it makes"):
        render_video(source, out, fresh=fresh, **{"strength": 0, **knobs})
    assert contents(folder) == before


@pytest.mark.parametrize("kind", ["look", "weights", "network"])
@pytest.mark.parametrize("how", ["itself", "link", "among many"])
def test_nothing_that_is_read_beside_the_source_is_replaced(tmp_path, film, kind, how):
    mine = tmp_path / {"itself": "mine.mp4", "link": "mine.toml", "among many": "005.png"}[how]
    mine.write_text("strength = 0\n")
    if kind == "look" and how == "itself":  # a look with such a name is the recipe in it
        render_video(film, mine, overwrite=True, strength=0)
    if kind == "look" and how == "among many":
        write_picture(tmp_path / "in.png", Picture(textured(48, 64)))
        render_image(tmp_path / "in.png", mine, overwrite=True, strength=0)
    before = mine.read_bytes()
    out = {"itself": mine, "link": tmp_path / "out.mp4", "among many": tmp_path / "%03d.png"}[how]
    if how == "link":
        out.symlink_to(mine)
    given: dict[str, Any] = {"preset" if kind == "look" else kind: str(mine)}
    with pytest.raises(VidreamError, match=r"is read beside it|--network|--weights") as told:
        render_video(film, out, overwrite=True, strength=0, **given)
    assert kind != "look" or "is read beside it" in str(told.value)
    assert mine.read_bytes() == before


def test_no_picture_replaces_the_look_that_it_is_made_with(tmp_path):
    write_picture(tmp_path / "in.png", Picture(textured(48, 64)))
    (tmp_path / "my.toml").write_text("strength = 0\n")
    (tmp_path / "out.png").symlink_to(tmp_path / "my.toml")
    with pytest.raises(MediaError, match="is the source itself, or is read beside it"):
        render_image(tmp_path / "in.png", tmp_path / "out.png", preset=str(tmp_path / "my.toml"), overwrite=True)
    assert (tmp_path / "my.toml").read_text() == "strength = 0\n"


@pytest.mark.parametrize("name", ["out.mp4", "out.gif", "fr/%05d.png"])
@pytest.mark.parametrize("fresh", [False, True])
def test_a_file_that_is_only_named_as_a_segment_is_not_deleted(tmp_path, film, name, fresh):
    folder = stopped(film, tmp_path / name)
    mine = folder / f"00000999{'.png' if '%' in name else '.mp4'}"
    mine.write_bytes(b"mine")
    with pytest.raises(MediaError, match=rf"holds {mine.name}, which is not what was made; move it away"):
        render_video(film, tmp_path / name, strength=0, fresh=fresh)
    assert mine.read_bytes() == b"mine"
    mine.unlink()
    assert render_video(film, tmp_path / name, strength=0, fresh=fresh).frames == 60


@pytest.mark.parametrize(("before", "after"), [("mp4", "mov"), ("mov", "mkv")])
def test_a_session_that_is_moved_to_a_container_of_its_codec_goes_on(tmp_path, film, before, after, caplog):
    folder = stopped(film, tmp_path / f"a.{before}")
    folder.rename(folder_of(tmp_path / f"b.{after}"))
    assert render_video(film, tmp_path / f"b.{after}", strength=0).frames == 60
    assert "24 frames are done; going on from there" in caplog.text


@pytest.mark.parametrize(("before", "after"), [("mp4", "webm"), ("mp4", "gif"), ("gif", "mp4"), ("webm", "mkv")])
def test_a_session_of_another_codec_is_another_render(tmp_path, film, before, after):
    folder = stopped(film, tmp_path / f"a.{before}")
    folder.rename(folder_of(tmp_path / f"b.{after}"))
    with pytest.raises(MediaError, match=r"changed: encoded \(was .*, is .*\); --fresh starts over"):
        render_video(film, tmp_path / f"b.{after}", strength=0)


def test_what_goes_is_said_of_a_folder_that_is_taken_up_again(tmp_path, film, monkeypatch, caplog):
    out = put_in_place(film, tmp_path / "m" / "%05d.png", monkeypatch, 7)
    (tmp_path / "m" / "00009.png").write_bytes(b"mine")
    (tmp_path / "m" / "00100.png").write_bytes(b"mine, too")
    caplog.clear()
    assert render_video(film, out, strength=0, overwrite=True).frames == 60
    assert "pictures there already: 2; 1 replaced, 1 kept" in caplog.text


@pytest.mark.parametrize("name", ["x.mp4", "%03d.png", "deeper/%03d.png"])
def test_nothing_is_made_where_vidream_keeps_its_own(tmp_path, film, name):
    (tmp_path / "jobs.toml.vidream").mkdir()
    with pytest.raises(MediaError, match=r"lies in .*jobs\.toml\.vidream, where vidream keeps its own"):
        render_video(film, tmp_path / "jobs.toml.vidream" / name, strength=0)


@pytest.mark.parametrize("name", ["x.mp4", "%03d.png", "deeper/%03d.png", "deeper/x.mp4"])
def test_a_file_where_a_folder_should_be_is_told_for_what_it_is(tmp_path, film, name):
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(MediaError, match="file is a file, not a folder; name another file"):
        render_video(film, tmp_path / "file" / name, strength=0)
    with pytest.raises(MediaError, match="file is a file, not a folder; name another file"):
        check_out(tmp_path / "file" / "x.png", False, [], (".png",))


@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_a_film_of_a_folder_that_others_cannot_read_is_not_readable_by_them(tmp_path, mode):
    (tmp_path / "in").mkdir(mode=mode)
    for number in range(3):
        write_picture(tmp_path / "in" / f"{number}.png", Picture(textured(48, 64, number)))
        (tmp_path / "in" / f"{number}.png").chmod(0o644)
    render_video(tmp_path / "in", tmp_path / "out.mp4", strength=0)
    assert bool((tmp_path / "out.mp4").stat().st_mode & 0o044) == (mode == 0o755)
