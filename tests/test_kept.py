"""What travels with a film: tags, chapters, time code, languages, further streams; as PyAV reads it."""

from types import SimpleNamespace
from typing import Any

import av
import pytest
from synthetic import ffmpeg, panned, write_film

from vidream.config.recipe import FIRST
from vidream.jobs.video import render_video
from vidream.media.kept import KEPT

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


def source(parts, name: str, *, rate: str = "25", timecode: str = "10:00:00:00", more=()):
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
        *("-disposition:a:0", "0", "-disposition:a:1", "default+hearing_impaired", "-timecode", timecode),
    ]
    said = ffmpeg(
        *("-r", rate, "-i", parts.picture, *tones[0], *tones[1], "-i", parts.srt, "-f", "ffmetadata", "-i", parts.tags),
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
    of = {
        kind: [stream for stream in streams if stream.type == kind] for kind in ("video", "audio", "subtitle", "data")
    }
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
    assert [(each.language, each.title) for each in film.subtitle] == [("ita", "Sottotitoli")]
    cues = [(round(begin, 3), round(length, 3)) for begin, length, _ in film.cues]
    assert cues == [(0.0, 0.3), (0.4, 0.2), (0.8, 0.2)]
    for (_, _, data), text in zip(film.cues, ("over start", "inside", "over end"), strict=True):
        assert text.encode() in data
    assert "left out" not in said(events)
    with av.open(str(tmp_path / f"out{ending}")) as read_film:
        for sound in read_film.streams.audio:
            assert float(sound.duration * sound.time_base if sound.duration else 1) == pytest.approx(1, abs=0.06)
