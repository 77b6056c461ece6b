"""A command that was given what another takes, or OUT by a flag, names the line to paste."""

import re

import pytest

from vidream.cli import main
from vidream.cli.lead_on import lead_of, led_on
from vidream.errors import InputError, MediaError
from vidream.jobs.jobspec import JobSpec

FILES = ("cat.png", "my cat.png", "clip.mp4", "song.mp3", "other.wav")


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        (tmp_path / name).write_bytes(b"nothing that can be read")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["video", "cat.png"], ["cat.png: a picture", "vidream image cat.png", "vidream zoom cat.png"]),
        (["video", "my cat.png"], ["my cat.png: a picture", "vidream image 'my cat.png'"]),
        (["video", "song.mp3"], ["song.mp3: a song", "vidream music song.mp3 photo.jpg"]),
        (["image", "clip.mp4"], ["clip.mp4: a film", "vidream video clip.mp4", "vidream image clip.mp4@1 "]),
        (["zoom", "clip.mp4"], ["clip.mp4: a film", "vidream video clip.mp4", "vidream zoom clip.mp4@1 "]),
        (["zoom", "song.mp3"], ["song.mp3: a song", "vidream music song.mp3 photo.jpg"]),
        (["music", "cat.png", "song.mp3"], ["the song comes first: vidream music song.mp3 cat.png"]),
        (["music", "cat.png", "song.mp3", "o.mp4"], ["the song comes first: vidream music song.mp3 cat.png o.mp4"]),
        (["music", "clip.mp4", "song.mp3"], ["clip.mp4: a film", "vidream music song.mp3 clip.mp4"]),
        (["batch", "song.mp3"], ["song.mp3: a song, not a job file (.toml): vidream music song.mp3 photo.jpg"]),
        (["batch", "clip.mp4"], ["not a job file (.toml): vidream video clip.mp4"]),
        (["music", "song.mp3", "cat.png", "bars"], ["bars: taken for OUT", "such as 8bars "]),
        (["music", "cat.png"], ["a song comes first: vidream music song.mp3 cat.png"]),
        (["music", "song.mp3", "other.wav"], ["other.wav: a song", "vidream music song.mp3 photo.jpg"]),
    ],
)
def test_a_file_of_another_kind_leads_to_its_command(words, parts):
    lead = lead_of(*words)
    for part in parts:
        assert part in f"{lead} "


@pytest.mark.parametrize(
    "words",
    [
        ["video", "clip.mp4"],
        ["video", "none.png"],
        ["image", "cat.png"],
        ["image", "clip.mp4@12.5"],
        ["zoom", "noise"],
        ["music", "song.mp3", "cat.png"],
        ["music", "song.mp3", "clip.mp4", "o.mp4"],
        ["music", "clip.mp4", "noise"],
        ["music", "song.mp3", None],
    ],
)
def test_a_file_that_fits_leads_nowhere(words):
    assert lead_of(*words) is None


def failing(name):
    with led_on("video", name):
        raise MediaError("it failed")


def test_what_works_is_not_refused_and_other_errors_stay():
    with led_on("video", "cat.png"):
        pass  # a film, whatever it is called
    for name, said in {"clip.mp4": "it failed", "cat.png": "vidream image cat.png"}.items():
        with pytest.raises(InputError, match=re.escape(said)):
            failing(name)


@pytest.mark.parametrize(("song", "source"), [("cat.png", "song.mp3"), ("clip.mp4", "other.wav")])
def test_a_job_whose_song_and_source_have_changed_places_says_so(song, source, tmp_path):
    job = JobSpec("it", "music", source, tmp_path / "o.mp4", song=song)
    wanted = f"song = '{song}' and source = '{source}' have changed places: {source} is the song"
    with pytest.raises(InputError, match=f"^{re.escape(wanted)}$"):
        job.job()
    with pytest.raises(InputError) as other:
        JobSpec("it", "music", "cat.png", tmp_path / "o.mp4", song="song.mp3").job()
    assert "changed places" not in str(other.value)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("video cat.png", "cat.png: a picture: vidream image cat.png"),
        ("image clip.mp4 out.mp4", "clip.mp4: a film: vidream video clip.mp4"),
        ("video a.mp4 -o x.mp4", "-o: no such flag; OUT is the last of the names: vidream video a.mp4 x.mp4"),
        ("video a.mp4 --out=x.mp4 --draft", "vidream video a.mp4 x.mp4 --draft"),
        ("video --output x.mp4 a.mp4 --preset coral", "vidream video a.mp4 --preset coral x.mp4"),
        ("music song.mp3 cat.png -o x.mp4", "vidream music song.mp3 cat.png x.mp4"),
        ("music song.mp3 -o x.mp4", "vidream music SONG SEED OUT"),
        ("image cat.png -o", "vidream image SOURCE OUT"),
        ("report a.mp4 b.mp4 -o x.png", "No such option: -o"),
        ("cat.png", "a command comes first, such as vidream image cat.png"),
        ("song.mp3", "a command comes first, such as vidream music song.mp3 photo.jpg"),
        ("clip.mp4", "a command comes first, such as vidream video clip.mp4"),
        ("batch cat.png", "cat.png: a picture, not a job file (.toml): vidream image cat.png"),
        ("music song.mp3 cat.png --bpm 120", "--bpm: no such flag; here it is --tempo"),
        ("image cat.png --width 99", "No such option: --width"),
        ("music song.mp3 cat.png o.mp4 --length 8 bars", "write them together: 8bars"),
        ("music song.mp3 cat.png o.mp4 --tempo 120 bpm", "write 120 alone"),
        (
            "music song.mp3 cat.png o.mp4 --turn { follow = low, attack = 4s }",
            """put '...' round it: --turn '{ follow = "low", attack = "4s" }'""",
        ),
        ("image cat.png o.png more", "unexpected extra argument(s) (more)"),
        ("help vido", "No such command 'vido'. Did you mean 'video'?"),
    ],
)
def test_a_line_that_does_not_work_leads_to_one_that_does(line, said, capsys):
    assert main(line.split()) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(("line", "same"), [("help", "--help"), ("help video", "video --help")])
def test_help_is_a_word_too(line, same, capsys):
    assert main(same.split()) == 0
    wanted = capsys.readouterr().out
    assert main(line.split()) == 0
    assert capsys.readouterr().out == wanted
    assert "Usage: vidream" in wanted
