"""What travels with a film: tags, chapters, time code, languages, further streams; as PyAV reads it."""

import struct
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from synthetic import ffmpeg, panned, write_film

from vidream.cli import main
from vidream.config.recipe import FIRST
from vidream.errors import ConfigError
from vidream.events import scope
from vidream.frames import Size
from vidream.jobs.music import render_music
from vidream.jobs.video import render_video, video_job
from vidream.jobs.zoom import render_zoom
from vidream.media.contents import Stream, cut
from vidream.media.extras import StreamInput
from vidream.media.kept_metadata import KEPT, LONGEST
from vidream.media.maker import Encoding, Extras
from vidream.media.writer import EncodedFilm
from vidream.text import printable

KINDS = ("video", "audio", "subtitle", "data", "attachment")
FILMS = (".mp4", ".mov", ".mkv", ".webm")
QUICK: dict[str, Any] = {"strength": 0, "octaves": 1, "dream_size": 32}
CUES = (
    (0.2, 0.6, "before"),
    (0.7, 1.3, "over start"),
    (1.4, 1.6, "inside"),
    (1.8, 2.4, "over end"),
    (2.5, 2.9, "after"),
)
SECRET = "+48.8577+002.295/"


def srt(path, cues=CUES):
    def stamp(second: float) -> str:
        return f"00:00:{int(second):02d},{round(second % 1 * 1000):03d}"

    lines = [
        f"{number}\n{stamp(begin)} --> {stamp(end)}\n{text}\n" for number, (begin, end, text) in enumerate(cues, 1)
    ]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A picture of 3 s at 25 frames a second, subtitles, and tags of a file that says private things, too."""
    folder = tmp_path_factory.mktemp("parts")
    picture = write_film(folder / "picture.mp4", panned(75, 32, 48), pix_fmt="yuv420p")
    tags = folder / "tags.txt"
    tags.write_text(
        ";FFMETADATA1\ntitle=Sea \\= salt\\; more\nartist=Ann\nalbum=Coast\ndate=2024\ngenre=Film\ncopyright=CC0\n"
        f"comment=By the sea\nlocation={SECRET}\nmake=Camera\nserial=12345\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1200\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1200\nEND=2100\ntitle=Zwei\\\n[STREAM]\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=2100\nEND=3000\ntitle=Three\n"
    )
    return SimpleNamespace(picture=picture, tags=tags, srt=srt(folder / "cues.srt"), folder=folder)


def source(parts, name: str, *, more=()):
    """A film with two sounds, subtitles, chapters, a time code."""
    path = parts.folder / name
    if path.exists():
        return path
    tones = [["-f", "lavfi", "-i", f"sine=frequency={hertz}:duration=3:sample_rate=48000"] for hertz in (440, 880)]
    text = "mov_text" if path.suffix in (".mp4", ".mov") else "srt"
    streams = ["-map", 0, "-map", 1, "-map", 2, "-map", 3, "-map_metadata", 4, "-map_chapters", 4]
    labels = [
        *("-metadata:s:v:0", "title=Bild", "-metadata:s:a:0", "language=deu", "-metadata:s:a:0", "title=Ton = 1; x"),
        *("-metadata:s:a:1", "language=fra", "-metadata:s:s:0", "language=ita", "-metadata:s:s:0", "title=Sottotitoli"),
        *("-disposition:a:0", "0", "-disposition:a:1", "default+hearing_impaired", "-timecode", "10:00:00:00"),
    ]
    said = ffmpeg(
        *("-i", parts.picture, *tones[0], *tones[1], "-i", parts.srt, "-f", "ffmetadata", "-i", parts.tags),
        *(*streams, "-c:v", "copy", "-c:a", "aac", "-c:s", text, *labels, *more, path),
    )
    assert path.exists(), said
    return path


def read(path) -> SimpleNamespace:
    """What PyAV reads of a film."""
    with av.open(str(path)) as film:
        cues = [
            (float(packet.pts * packet.time_base), float(packet.duration * packet.time_base), bytes(packet))
            for packet in film.demux([stream for stream in film.streams if stream.type == "subtitle"])
            if packet.size > 2
        ]
    with av.open(str(path)) as film:
        streams = [
            SimpleNamespace(
                type=stream.type,
                codec=getattr(stream.codec_context, "name", None) if stream.type != "attachment" else None,
                disposition=stream.disposition,
                **{key: stream.metadata.get(key) for key in ("language", "timecode", "handler_name")},
                title=stream.metadata.get("title") or stream.metadata.get("name"),
                tags={key.lower(): value for key, value in stream.metadata.items()},
            )
            for stream in film.streams
        ]
        tags = {key.lower(): value for key, value in film.metadata.items()}
        chapters = [
            (
                float(each["start"] * each["time_base"]),
                float(each["end"] * each["time_base"]),
                each["metadata"]["title"],
            )
            for each in film.chapters()
        ]
    of = {kind: [stream for stream in streams if stream.type == kind] for kind in KINDS}
    timecode = of["video"][0].timecode or tags.get("timecode")
    return SimpleNamespace(tags=tags, streams=streams, chapters=chapters, cues=cues, timecode=timecode, **of)


def made_at(out, path, events=None, **knobs):
    render_video(path, out, on_event=None if events is None else events.append, **QUICK, **knobs)
    return out


def made(tmp_path, path, ending, events=None, **knobs):
    return read(made_at(tmp_path / f"out{ending}", path, events, **knobs))


def said(events) -> str:
    return "\n".join(getattr(event, "message", "") for event in events)


@pytest.mark.parametrize("ending", FILMS)
def test_tags_chapters_languages_and_time_code_go_along(tmp_path, parts, ending):
    film = made(tmp_path, source(parts, "source.mov"), ending, start=1, end=2)
    assert film.tags["title"] == "Sea = salt; more"
    assert {film.tags[key] for key in ("artist", "album", "date", "genre", "copyright")} == {"Ann", "Coast", "2024",
                                                                                          "Film", "CC0"}  # fmt: skip
    assert film.tags.keys() <= {
        *KEPT,
        "comment",
        "encoder",
        "timecode",
        "major_brand",
        "minor_version",
        "compatible_brands",
    }
    assert SECRET not in (tmp_path / f"out{ending}").read_bytes().decode("latin-1")
    assert film.timecode == "10:00:01:00"
    assert film.chapters == [
        (0.0, pytest.approx(0.2), "One"), (pytest.approx(0.2), pytest.approx(1.0), "Zwei\n[STREAM]")
    ]  # fmt: skip
    assert [(sound.language, sound.title) for sound in film.audio] == [("fra", None)]
    assert (film.video[0].title, film.subtitle) == ("Bild", [])


def test_a_comment_is_kept_as_the_description(tmp_path, parts):
    film = made(tmp_path, source(parts, "source.mkv"), ".mkv", end=0.2)
    assert film.tags["description"] == "By the sea"
    assert film.tags["comment"].startswith(FIRST)
    again = made(tmp_path, tmp_path / "out.mkv", ".webm", no_recipe=True)
    assert (again.tags["description"], "comment" in again.tags) == ("By the sea", False)


def test_a_recipe_of_the_source_is_no_description(tmp_path, parts):
    path = made_at(tmp_path / "first.mkv", parts.picture, end=0.2)
    film = made(tmp_path, path, ".mkv", no_recipe=True)
    assert film.tags.keys() == {"encoder"}


@pytest.mark.parametrize("ending", FILMS)
def test_all_streams_are_kept_and_cut_alike(tmp_path, parts, ending):
    events = []
    film = made(tmp_path, source(parts, "source.mkv"), ending, events, start=1, end=2, streams="all")
    assert [sound.language for sound in film.audio] == ["fra", "ger" if ending == ".mov" else "deu"]
    assert film.audio[1].title == "Ton = 1; x"
    first, second = (repr(sound.disposition) for sound in film.audio)
    assert ("default" in first, "default" in second) == (True, False)
    assert ("hearing_impaired" in first) == (ending in (".mp4", ".mkv"))
    assert [(each.language, each.title) for each in film.subtitle] == [("ita", "Sottotitoli")]
    cues = [(round(begin, 3), round(length, 3)) for begin, length, _ in film.cues]
    assert cues == [(0.0, 0.3), (0.4, 0.2), (0.8, 0.2)]
    for (_, _, data), text in zip(film.cues, ("over start", "inside", "over end"), strict=True):
        assert text.encode() in data
    assert "left out" not in said(events)
    with av.open(str(tmp_path / f"out{ending}")) as read_film:
        for sound in read_film.streams.audio:
            assert float(sound.duration * sound.time_base if sound.duration else 1) == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize(("rate", "timecode", "knobs", "then"), [
    ("25", "10:00:00:20", {}, "10:00:00:20"),
    ("25", "23:59:59:24", {"start": 0.04}, "00:00:00:00"),
    ("30000/1001", "00:00:59;10", {"start": 1}, "00:01:00;12"),
    ("30000/1001", "00:00:59:10", {"start": 1}, "00:01:00:10"),
    ("60000/1001", "00:09:59;50", {"start": "0.5"}, "00:10:00;20"),
    ("24000/1001", "01:00:00:00", {"start": 2}, "01:00:02:00"),
    ("25", "10:00:00:20", {"fps": 50}, "10:00:00:40"),
    ("25", "10:00:00:20", {"start": 1, "fps": "29.97"}, "10:00:01:24"),
    ("60000/1001", "00:01:00;04", {"fps": "29.97"}, "00:01:00;02"),
    ("30000/1001", "00:01:00;02", {"fps": 25}, "00:01:00:01"),
    ("25", "10:00:00:20", {"timecode": "01:02:03:04", "start": 1}, "01:02:03:04"),
    ("30000/1001", "10:00:00:00", {"timecode": "01:02:03;04"}, "01:02:03;04"),
])  # fmt: skip
def test_time_code_goes_along_to_the_frame(tmp_path, parts, rate, timecode, knobs, then):
    picture, path = parts.picture, tmp_path / "in.mov"
    if rate != "25":
        picture = write_film(tmp_path / "picture.mp4", panned(60, 16, 16), Fraction(rate), pix_fmt="yuv420p")
    ffmpeg("-i", picture, "-c", "copy", "-timecode", timecode, path)
    job = video_job(path, tmp_path / "out.mov", **QUICK, length=3, **knobs)
    assert job.encoding.metadata["timecode"] == then
    if timecode == "00:00:59;10":
        job.run()
        assert read(job.out).timecode == then


@pytest.mark.parametrize("name", ["tagged.mp4", "tagged.mkv", "tagged.mxf"])
def test_time_code_is_found_wherever_a_file_has_it(tmp_path, parts, name):
    path = tmp_path / name
    codec = ["mpeg2video"] if path.suffix == ".mxf" else ["copy"]
    ffmpeg("-i", parts.picture, "-c:v", *codec, "-timecode", "10:00:00:00", path)
    assert made(tmp_path, path, ".mov", start=1, end=1.2).timecode == "10:00:01:00"


def test_time_code_that_makes_no_sense_is_left_out_and_told(tmp_path, parts):
    path, events = tmp_path / "odd.mkv", []
    ffmpeg("-i", parts.picture, "-c", "copy", "-metadata", "timecode=10:00:00:77", path)
    assert made(tmp_path, path, ".mov", events, end=0.2).timecode is None
    assert "its time code, '10:00:00:77', does not exist at 25 frames a second; it is left out" in said(events)


@pytest.mark.parametrize(("knobs", "message"), [
    ({"timecode": "01:00:00:25"}, "--timecode 01:00:00:25: at 25 frames a second the last frame of a second is 24"),
    ({"timecode": "01:00:00;00"}, "--timecode 01:00:00;00: drop frame (;) is for 29.97 and 59.94"),
    ({"timecode": "01:01:00;01", "fps": "29.97"}, "--timecode 01:01:00;01: drop frame skips this number"),
    ({"timecode": "01:00:00"}, 'timecode must be hours, minutes, seconds and frames, "01:00:00:00"'),
    ({"streams": "both"}, "streams must be one of first, all, picture, not 'both'"),
    ({"streams": "picture", "sound": "song.wav"}, "--streams picture: --sound names a sound; leave one out"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_a_line(tmp_path, parts, knobs, message):
    (tmp_path / "song.wav").write_bytes(b"")
    knobs = {**knobs, **({"sound": tmp_path / "song.wav"} if "sound" in knobs else {})}
    with pytest.raises(ConfigError) as error:
        video_job(parts.picture, tmp_path / "out.mp4", **QUICK, **knobs).check()
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_picture_alone(tmp_path, parts):
    film = made(tmp_path, source(parts, "source.mov"), ".mp4", end=0.2, streams="picture")
    assert (film.audio, film.subtitle, film.timecode) == ([], [], "10:00:00:00")


@pytest.mark.parametrize("out", ["out.gif", "frames/%d.png"])
def test_what_a_picture_alone_cannot_hold_is_told_before_the_first_frame(tmp_path, parts, out):
    events = []
    job = video_job(
        source(parts, "source.mov"), tmp_path / out, **QUICK, end=0.2, streams="all", timecode="01:00:00:00"
    )
    with scope(events.append):
        job.check()
    assert "holds no time code; --timecode is left out" in said(events)
    assert "cannot hold all that source.mov has; left out: sound 1 (aac), subtitle 1 (mov_text)" in said(events)
    with scope(events.append):
        video_job(source(parts, "source.mov"), tmp_path / out, **QUICK, end=0.2).check()
    assert "its time code is left out: OUT's kind of file holds none" in said(events)


def test_another_sound_takes_the_place_of_all_sounds(tmp_path, parts):
    path, song = source(parts, "source.mkv"), tmp_path / "song.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=300:duration=3", "-metadata:s:a", "language=jpn", song)
    film = made(tmp_path, path, ".mkv", start=1, end=2, streams="all", sound=song)
    assert len(film.audio) == 1
    assert [round(begin, 3) for begin, _, _ in film.cues] == [0.0, 0.4, 0.8]


@pytest.mark.parametrize(("ending", "degrees"), [(".mov", 90), (".mp4", 180), (".webm", 270), (".mkv", 90)])
def test_a_film_that_lies_on_its_side_is_turned_upright_and_tells_no_rotation(tmp_path, parts, ending, degrees):
    path = tmp_path / "turned.mov"
    ffmpeg("-display_rotation", degrees, "-i", parts.picture, "-c", "copy", path)
    with av.open(str(path)) as film:
        assert abs(next(film.decode(video=0)).rotation) in (degrees, 360 - degrees)
    out = made_at(tmp_path / f"out{ending}", path, end=0.1)
    with av.open(str(out)) as film:
        frame = next(film.decode(video=0))
        side_data = [kind for kind in map(str, frame.side_data.keys()) if "MATRIX" in kind]
        assert (frame.rotation, side_data) == (0, [])
        assert (frame.width, frame.height) == ((48, 32) if degrees == 180 else (32, 48))
        assert "rotate" not in film.streams.video[0].metadata


def test_what_a_file_cannot_hold_is_left_out_and_told_before_the_first_frame(tmp_path, parts):
    font = tmp_path / "font.ttf"
    font.write_bytes(b"not a font " * 99)
    path = source(parts, "attached.mkv", more=("-attach", font, "-metadata:s:t", "mimetype=font/ttf"))
    kept = made(tmp_path, path, ".mkv", end=0.2, streams="all")
    assert [stream.tags["filename"] for stream in kept.attachment] == ["font.ttf"]
    for ending in (".mp4", ".webm"):
        events = []
        job = video_job(path, tmp_path / f"out{ending}", **QUICK, end=0.2, streams="all")
        with scope(events.append):
            job.check()
        assert f"out{ending}: cannot hold all that attached.mkv has; left out: attachment 1 (font.ttf)" in said(events)
        events.clear()
        job.run(on_event=events.append)
        assert "left out" not in said(events)
        assert read(tmp_path / f"out{ending}").attachment == []


@pytest.mark.parametrize(("name", "then"), [
    ("../../etc/passwd", "passwd"), ("C:\\Windows\\x.ttf", "x.ttf"), ("/", "attachment"), ("", "attachment"),
    ("..", "attachment"), ("a" * 999, "a" * 199 + "…"),
])  # fmt: skip
def test_an_attachment_is_named_without_its_folders(name, then):
    stream = Stream(Path("film.mkv"), 1, "attachment", 0, "ttf", {"filename": name, "mimetype": "font/ttf"})
    encoding = Encoding(Size(48, 32), Fraction(25), None, None, None, extras=Extras((stream,), Fraction(0), None))
    assert StreamInput(encoding, stream, "copy").tags == {"filename": then, "mimetype": "font/ttf"}


def pgs(path, seconds):
    """Subtitles that are pictures, as on a Blu-ray: each shows nothing, at a time."""

    def segment(time: float, kind: int, data: bytes) -> bytes:
        return struct.pack(">2sIIBH", b"PG", int(time * 90000), 0, kind, len(data)) + data

    shown = (struct.pack(">HHBHBBBB", 48, 32, 16, number, 0x80, 0, 0, 0) for number in range(len(seconds)))
    path.write_bytes(
        b"".join(
            segment(time, 0x16, data) + segment(time, 0x80, b"") for time, data in zip(seconds, shown, strict=True)
        )
    )
    return path


def test_subtitles_that_are_pictures_are_kept_in_mkv_alone(tmp_path, parts):
    path, events = tmp_path / "bluray.mkv", []
    ffmpeg(
        "-i",
        parts.picture,
        "-i",
        pgs(tmp_path / "s.sup", (0.0, 1.2, 1.6, 2.4)),
        "-map",
        0,
        "-map",
        1,
        "-c",
        "copy",
        path,
    )
    film = made(tmp_path, path, ".mkv", events, start=1, end=2, streams="all")
    assert [round(begin, 2) for begin, _, _ in film.cues] == [0.2, 0.6]
    assert "left out" not in said(events)
    for ending in (".mp4", ".webm"):
        film = made(tmp_path, path, ending, events, end=0.2, streams="all")
        assert film.subtitle == []
        assert "left out: subtitle 1 (hdmv_pgs_subtitle)" in said(events)


def test_ass_keeps_its_styles_in_mkv(tmp_path, parts):
    path = tmp_path / "styled.mkv"
    ffmpeg("-i", parts.picture, "-i", parts.srt, "-map", 0, "-map", 1, "-c:v", "copy", "-c:s", "ass", path)
    film = made(tmp_path, path, ".mkv", end=1.5, streams="all")
    assert [stream.codec for stream in film.subtitle] == ["ssa"]
    assert b"over start" in film.cues[1][2]


def test_what_a_hostile_file_says_is_text_and_nothing_more(tmp_path, parts):
    path, tags = tmp_path / "hostile.mkv", tmp_path / "hostile.txt"
    title = "a\n[STREAM]\nlanguage=xxx\n;x\n#y\\=z -f null\n  Stream #0:9: Audio: aac (default)\nOutput #0, x\x1b[2J"
    escaped = "".join(f"\\{each}" if each in "=;#\\\n" else each for each in title)
    tags.write_text(
        f";FFMETADATA1\ntitle={escaped}\ndescription={'d' * 100_000}\ntimecode={escaped}\n"
        f"[STREAM]\ntitle={escaped}\nlanguage={escaped}\n[CHAPTER]\nSTART=0\nEND=1000000000\ntitle={escaped}\n"
    )
    ffmpeg(
        *("-i", parts.picture, "-f", "ffmetadata", "-i", tags, "-i", parts.srt, "-attach", parts.tags),
        *("-metadata:s:t", "mimetype=x", "-metadata:s:t", f"filename=a\nb\x1b[2J{'c' * 999}", "-map", "0:v", "-map", 2),
        *("-map_metadata", 1, "-map_metadata:s:0", "1:s:0", "-map_chapters", 1, "-c:v", "copy", path),
    )
    assert read(path).tags["title"] == title
    for ending in (".mp4", ".mkv"):
        events = []
        film = made(tmp_path, path, ending, events, end=1.5, streams="all")
        assert film.tags["title"] == title.replace("\x1b", "")
        assert film.chapters == [(0.0, pytest.approx(1), cut(title.replace("\x1b", "")))]
        assert len(film.tags.get("description", "")) <= LONGEST
        assert [film.audio, film.timecode, len(film.subtitle)] == [[], None, 1]
        texts = [event.text for event in events if hasattr(event, "text")]
        assert texts == [printable(text) for text in texts]


def test_a_file_that_says_too_much_keeps_nothing_and_is_rendered(tmp_path, parts):
    path, tags, events = tmp_path / "much.mkv", tmp_path / "much.txt", []
    tags.write_text(";FFMETADATA1\ntitle=x\ncomment=" + "x" * 10_000_000 + "\n")
    ffmpeg("-i", parts.picture, "-f", "ffmetadata", "-i", tags, "-map_metadata", 1, "-c", "copy", path)
    film = made(tmp_path, path, ".mp4", events, end=0.2, streams="all")
    assert "title" not in film.tags
    assert "nothing but its picture and sound is kept" in said(events)
    assert "has more than 1,000,000 bytes of metadata" in said(events)


def test_a_zoom_takes_a_time_code_and_keeps_nothing(tmp_path):
    out = tmp_path / "zoom.mov"
    render_zoom("noise", out, frames=2, size="48", octaves=1, first_steps=1, timecode="01:00:00:00", streams="all")
    film = read(out)
    assert (film.timecode, film.chapters, film.tags["comment"][:6]) == ("01:00:00:00", [], FIRST[:6])


def test_a_music_visual_keeps_what_its_song_says(tmp_path, parts):
    song, seed = tmp_path / "song.mka", tmp_path / "seed.png"
    Image.new("RGB", (48, 32)).save(seed)
    tone = ("-f", "lavfi", "-i", "sine=frequency=330:duration=3:sample_rate=48000")
    tags = (
        "-f",
        "ffmetadata",
        "-i",
        parts.tags,
        "-map_metadata",
        2,
        "-map_chapters",
        2,
        "-metadata:s:0",
        "language=ita",
    )
    ffmpeg(*tone, *tone, *tags, "-map", 0, "-map", 1, "-c:a", "flac", song)
    quick: dict[str, Any] = {"size": "48", "fps": 5, "octaves": 1, "first_steps": 1, "pulse": 0}
    choices: tuple[tuple[Any, int], ...] = (("all", 2), ("picture", 0))
    for streams, sounds in choices:
        out = tmp_path / f"{streams}.mkv"
        render_music(song, seed, out, start=1, end=2, streams=streams, timecode="01:00:00:00", **quick)
        film = read(out)
        assert (len(film.audio), film.tags["title"], film.timecode) == (sounds, "Sea = salt; more", "01:00:00:00")
        assert [name for _, _, name in film.chapters] == ["One", "Zwei\n[STREAM]"]
        assert [each.language for each in film.audio][:1] == ["ita"][:sounds]


def test_another_time_code_is_put_into_what_was_joined_already(tmp_path, parts, monkeypatch):
    out = tmp_path / "out.mov"
    with monkeypatch.context() as patch:
        patch.setattr(EncodedFilm, "join", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            made_at(out, source(parts, "source.mov"), end=0.4)
    events = []
    made_at(out, source(parts, "source.mov"), events, end=0.4, timecode="05:00:00:00", streams="all")
    assert "frames are done; going on from there" in said(events)
    film = read(out)
    assert (film.timecode, len(film.audio), len(film.subtitle)) == ("05:00:00:00", 2, 1)


def test_a_loop_cuts_every_sound_to_the_sample(tmp_path, parts):
    out = made_at(tmp_path / "loop.mkv", source(parts, "source.mkv"), start=1, end=2, loop=True, streams="all")
    for number in range(2):
        ffmpeg("-i", out, "-map", f"0:a:{number}", "-f", "s16le", "-ac", 1, "-ar", 48000, tmp_path / f"{number}.raw")
    lengths = [(tmp_path / f"{number}.raw").stat().st_size // 2 for number in range(2)]
    assert lengths[0] == lengths[1]
    assert abs(lengths[0] - 48000) <= 1024


@pytest.mark.parametrize("ending", [".mkv", ".webm"])  # copied, encoded anew
def test_a_sound_that_begins_before_the_others_moves_none_of_them(tmp_path, parts, ending):
    clicks, path = tmp_path / "clicks.wav", tmp_path / "early.ts"
    ffmpeg("-f", "lavfi", "-i", "aevalsrc=if(lt(mod(t\\,1)\\,0.02)\\,0.9\\,0):s=48000:d=3", clicks)
    # the second sound begins 0.4 s before the picture, and clicks 0.4 s after its beginning
    inputs = ("-i", parts.picture, "-i", clicks, "-itsoffset", "-0.4", "-i", clicks)
    maps = (
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-map",
        "2:a",
        "-c:v",
        "copy",
        "-c:a",
        "mp2",
        "-metadata:s:a:1",
        "language=fra",
    )
    ffmpeg(*inputs, *maps, "-muxdelay", 0, path)
    out = made_at(tmp_path / f"out{ending}", path, streams="all", end=2.5)
    with av.open(str(path)) as film:
        starts = [float(stream.start_time * stream.time_base) for stream in film.streams]
    assert starts[2] < min(starts[:2]) - 0.2
    first, second = (first_click(tmp_path, out, number) for number in range(2))
    assert (first, second) == (pytest.approx(first_click(tmp_path, path, 0), abs=0.03), pytest.approx(0.6, abs=0.06))


def first_click(tmp_path, path, number) -> float:
    """Seconds of a film at which a sound has its first click that is not at its very beginning."""
    ffmpeg("-i", path, "-map", f"0:a:{number}", "-ac", 1, "-ar", 48000, "-af", "aresample=async=1:first_pts=0",
           "-f", "s16le", tmp_path / "click.raw")  # fmt: skip
    samples = np.abs(np.frombuffer((tmp_path / "click.raw").read_bytes(), "<i2").astype(int))
    loud = np.flatnonzero(samples > 8000) / 48000
    return float(loud[loud > 0.3][0])


def telemetry(path, picture):
    """A film with what a GoPro would have measured: five packets a second that say their number."""
    wire = path.with_suffix(".ts")
    with av.open(str(picture)) as film, av.open(str(wire), "w") as out:
        shown, data = out.add_stream_from_template(film.streams.video[0]), out.add_data_stream("klv")
        for packet in film.demux(video=0):
            if packet.dts is not None:
                packet.stream = shown
                out.mux(packet)
        for number in range(15):
            measured = av.Packet(bytes([number]) * 24)
            measured.stream, measured.time_base, measured.duration = data, Fraction(1, 5), 1
            measured.pts = measured.dts = number
            out.mux(measured)
    ffmpeg("-i", wire, "-map", 0, "-c", "copy", "-tag:d", "gpmd", "-strict", -2, path)
    return path


def test_what_a_camera_measured_goes_along_on_request_where_it_can(tmp_path, parts):
    path, events = telemetry(tmp_path / "gopro.mov", parts.picture), []
    for ending in (".mp4",):
        out = made_at(tmp_path / f"out{ending}", path, start=1, end=2, streams="all")
        with av.open(str(out)) as film:
            data = [stream for stream in film.streams if stream.type == "data"]
            packets = [
                (float(packet.pts * packet.time_base), bytes(packet)[0]) for packet in film.demux(data) if packet.size
            ]
        assert packets == [(pytest.approx(number / 5), 5 + number) for number in range(5)]
    assert made(tmp_path, path, ".mkv", events, end=0.2, streams="all").data == []
    assert "out.mkv: cannot hold all that gopro.mov has; left out: data 1 (gpmd)" in said(events)
    assert made(tmp_path, path, ".mov", end=0.2, overwrite=True).data == []


def test_a_dry_run_says_what_goes_along(tmp_path, parts, capsys):
    path = source(parts, "source.mov")
    words = ["video", str(path), str(tmp_path / "out.mkv"), "--start", "1", "--streams", "all", "--dry-run"]
    assert main(words) == 0
    shown = capsys.readouterr().err
    assert "kept of source.mov, if OUT can hold it: title, artist, album, date, genre, copyright, " in shown
    assert "3 chapters, sound 1 (aac), subtitle 1 (mov_text)" in shown
    assert "time code of the first frame: 10:00:01:00" in shown
    assert main([*words, "--timecode", "01:00:00:25"]) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("knobs", "told"), [({}, 1), ({"streams": "all"}, 0), ({"streams": "picture"}, 0), ({"sound": True}, 0)]
)
def test_the_choice_of_a_sound_is_told_only_where_one_of_several_is_taken(tmp_path, parts, knobs, told):
    events = []
    if "sound" in knobs:
        assert ffmpeg("-f", "lavfi", "-i", "sine=duration=1", tmp_path / "tone.wav")
        knobs = {"sound": str(tmp_path / "tone.wav")}
    made(tmp_path, source(parts, "source.mov"), ".mp4", events, end=0.5, **knobs)
    assert said(events).count("of its 2 sound tracks") == told


def test_a_tag_that_the_kind_of_film_does_not_hold_is_named_once(tmp_path, parts, capsys):
    path, left = source(parts, "source.mkv"), "source.mkv: OUT's kind of file has no place for its description"
    film, events = tmp_path / "out.mov", []
    made_at(film, path, events, end=0.5)
    assert said(events).count(left) == 1
    assert "description" not in read(film).tags
    for out, lost in ((film, True), (tmp_path / "out.mp4", False)):
        assert main(["video", str(path), str(out), "--dry-run", "--overwrite"]) == 0
        told = capsys.readouterr()
        (kept,) = (line for line in told.err.splitlines() if line.startswith("kept of"))
        assert (left in " ".join(told.err.split()), "description" in kept) == (lost, not lost)
