"""A film is as long as it was asked to be, to the frame: in seconds, frames, beats, bars; and as large as it is for."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from synthetic import clicks, ffmpeg, heard, panned, textured, write_film

from vidream.analysis import SongAnalysis
from vidream.analysis.song import SIGNALS, Events
from vidream.config import Fit, configure
from vidream.config.layering import laid_over
from vidream.config.length import Length, Lengths
from vidream.errors import ConfigError
from vidream.frames import Size
from vidream.jobs.jobfile import read_job_file
from vidream.jobs.length import stretch_of
from vidream.jobs.music import plan_music, render_music
from vidream.jobs.video import plan_video, render_video
from vidream.jobs.zoom import plan_zoom, render_zoom
from vidream.media.reader import frames as played
from vidream.media.reader import open_video
from vidream.media.still import Picture, write_picture

BEAT, FIRST, SECONDS = 60 / 128, 0.2, 12.0
TIMES = [FIRST + BEAT * number for number in range(25)]
"""128 a minute: a bar is 1.875 s."""


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    return clicks(tmp_path_factory.mktemp("song") / "song.wav", TIMES, SECONDS)


@pytest.fixture
def seed(tmp_path):
    write_picture(tmp_path / "seed.png", Picture(textured(64, 96)))
    return tmp_path / "seed.png"


@pytest.fixture
def said(caplog):
    caplog.set_level("INFO", "vidream")
    return caplog


@pytest.mark.parametrize(
    ("given", "value", "unit", "written"),
    [
        (300, 300, "frames", "300"),
        ("300", 300, "frames", "300"),
        ("10s", 10, "seconds", "10s"),
        ("2.5s", Fraction(5, 2), "seconds", "2.5s"),
        ("1:30", 90, "seconds", "90s"),
        ("8bars", 8, "bars", "8bars"),
        ("1bar", 1, "bars", "1bars"),
        ("32beats", 32, "beats", "32beats"),
        ("32b", 32, "beats", "32beats"),
    ],
)
def test_how_a_length_is_written(given, value, unit, written):
    length = Lengths().read(given)
    assert length == Length(Fraction(value), unit)
    assert str(length) == written
    assert Lengths().read(length) is length
    assert Lengths().read(written) == length


@pytest.mark.parametrize("given", ["99999999s", "9" * 20 + "s", "9" * 20, "1" + "0" * 5000 + "bars"])
def test_a_length_without_end_is_told_the_limit(given):
    with pytest.raises(ConfigError, match="at most 10,000,000"):
        configure("zoom", length=given)


@pytest.mark.parametrize(
    "given", ["", "0", "0s", "-3", "2.5", 2.5, True, "8 bars", "8m", "1e3", "99999999", "9" * 400, "1:2:3:4", None, [8]]
)
def test_what_is_no_length_is_refused(given):
    with pytest.raises(ValueError, match=r"^must be"):
        Lengths().read(given)


@pytest.mark.parametrize(
    ("upper", "lower", "both"),
    [
        ({"end": 4}, {"length": "3s", "crf": 20}, {"end": 4, "crf": 20}),
        ({"length": "3s"}, {"end": 4, "frames": 90}, {"length": "3s"}),
        ({"frames": 90}, {"length": "3s"}, {"frames": 90}),
        ({"for_": "reel"}, {"size": "640", "fps": 24, "loop": True}, {"for_": "reel", "loop": True}),
        ({"size": "640"}, {"for_": "reel"}, {"size": "640", "for_": "reel"}),
    ],
)
def test_what_is_set_over_another_setting_overrules_what_says_the_same(upper, lower, both):
    assert laid_over(upper, lower) == both


def test_two_lengths_contradict_each_other(tmp_path):
    with pytest.raises(ConfigError, match="--frames and --length both say how long it is; leave one out"):
        configure("zoom", frames=30, length="3s")
    with pytest.raises(ConfigError, match="--end and --length both say where it ends; leave one out"):
        configure("music", base="zoom", end=4, length="3s")
    look = tmp_path / "look.toml"
    look.write_text('[zoom]\nframes = 30\nlength = "3s"\n')
    with pytest.raises(ConfigError, match=r"\[zoom\] frames and \[zoom\] length both say how long it is"):
        configure("zoom", preset=str(look))


def test_a_length_stands_over_a_looks_frames_and_the_other_way_round(tmp_path):
    look = tmp_path / "look.toml"
    look.write_text('length = "3s"\n[zoom]\nframes = 30\n')
    frames, length = configure("zoom", preset=str(look)), configure("zoom", preset=str(look), length="8bars")
    assert (frames.film.length, frames.camera.frames) == (None, 30)
    assert (str(length.film.length), length.camera.frames) == ("8bars", 300)
    assert configure("video", preset=str(look)).film.length == Length(Fraction(3), "seconds")


def test_a_zoom_of_so_many_seconds_or_frames(seed, tmp_path):
    def count(out: str = "out.mp4", **knobs: Any) -> tuple[int, Fraction]:
        plan = plan_zoom(seed, tmp_path / out, **knobs)
        return plan.count, plan.fps

    assert count(length="2s") == (60, 30)
    assert count(length="0:02", fps=25) == (50, 25)
    assert count(length=45) == count(frames=45) == (45, 30)
    assert count(length="1.99s", fps=29.97) == (60, Fraction(30000, 1001))
    assert count("out.gif", length=120, fps=60) == count("out.gif", length="2s", fps=60) == (100, 50)
    assert count(length="1s", fps=1, zoom=1) == count(length=".01s", fps=1, zoom=1) == (1, 1)
    with pytest.raises(ConfigError, match="10,000,000 are the most"):
        count(length="1000000s")
    one, other = (plan_zoom(seed, tmp_path / "out.mp4", **knobs) for knobs in ({"length": "2s"}, {"frames": 60}))
    assert one.config == other.config


@pytest.mark.parametrize(("fps", "frames"), [(30, 112), (60, 225), (25, 94), (29.97, 112)])
def test_a_zoom_as_long_as_two_bars_of_its_sound(song, seed, tmp_path, said, fps, frames):
    """3.75 s: at 30 frames a second halfway between 112 and 113."""
    plan = plan_zoom(seed, tmp_path / "out.mp4", length="2bars", sound=song, fps=fps)
    assert abs(plan.count - frames) <= (fps == 30)
    assert plan.count == plan_zoom(seed, tmp_path / "out.mp4", length="8beats", sound=song, fps=fps).count
    tempo = 60 * 8 * float(plan.fps) / plan.count
    looped = f"{plan.count} whole ones, {plan.count / fps:.3f} s: played in a loop, it goes with {tempo:.2f} beats"
    assert (looped in said.text) == (fps != 60)  # where 225 frames are the two bars, one tempo is told
    assert "--length 2bars: 3.75" in said.text


def test_bars_without_a_song_are_refused(seed, tmp_path, film):
    with pytest.raises(ConfigError, match=r"--length 8bars: how long are bars\? --tempo 120 says it, or a song"):
        plan_zoom(seed, tmp_path / "out.mp4", length="8bars")
    with pytest.raises(ConfigError, match="--length 8beats: how long are beats"):
        plan_video(film, tmp_path / "out.mp4", length="8beats")
    silent = clicks(tmp_path / "silent.wav", [], 3)
    with pytest.raises(ConfigError, match=r"--length 8bars: no beats are heard in .*silent.wav; give seconds"):
        plan_zoom(seed, tmp_path / "out.mp4", length="8bars", sound=silent)


def test_a_tempo_by_hand_says_how_long_bars_are(song, seed, film, tmp_path):
    def count(**knobs: Any) -> int:
        return plan_zoom(seed, tmp_path / "out.mp4", fps=30, **knobs).count

    assert count(length="8bars", tempo=128) == 450
    assert count(length="8bars", tempo=91) == 633  # 632.97
    assert count(length="8bars", tempo=120, bar=3) == 360
    assert count(length="4beats", tempo=60, sound=song) == 120
    assert count(length="2bars", bar=3, sound=song) == count(length="6beats", sound=song)
    assert plan_video(film, tmp_path / "out.mp4", length="2beats", tempo=100).count == 30
    music = plan_music(song, seed, tmp_path / "out.mp4", length="2bars", tempo=120, first_beat="0.5", fps=30)
    assert (music.count, float(music.config.film.start)) == (120, 0.5)
    with pytest.raises(ConfigError, match="--tempo: says how long beats or bars are, and no --length is counted in"):
        plan_zoom(seed, tmp_path / "out.mp4", length="8s", tempo=120)


def test_music_in_bars_begins_with_a_bar_and_ends_with_one(song, seed, tmp_path, said):
    plan: Any = plan_music(song, seed, tmp_path / "out.mp4", length="2bars", fps=64)
    bars = plan.clock.score.marks("bars")
    assert plan.count == 240
    assert bars[:3] == pytest.approx([0, 1.875, 3.75], abs=0.03)
    later: Any = plan_music(song, seed, tmp_path / "out.mp4", length="2bars", start=bars[0] + 4.5, fps=64)
    assert later.count == 240
    assert later.clock.score.start - plan.clock.score.start == pytest.approx(3.75, abs=1 / 64)
    beats: Any = plan_music(song, seed, tmp_path / "out.mp4", length="3beats", start=FIRST + 1.3 * BEAT, fps=64)
    assert beats.count == 90
    assert beats.clock.score.marks("beats")[0] == pytest.approx(0, abs=0.03)
    assert beats.clock.score.start == pytest.approx(FIRST + BEAT, abs=0.03)
    assert "--length 3beats: begins at 0.6" in said.text


def test_music_of_so_many_seconds_or_frames(song, seed, film, tmp_path):
    for source in (seed, film):
        plan = plan_music(song, source, tmp_path / "out.mp4", length="2s", start="1.3", fps=20)
        same = plan_music(song, source, tmp_path / "out.mp4", start="1.3", end="3.3", fps=20)
        assert plan.count == same.count == 40
        assert plan.config == same.config
        assert plan_music(song, source, tmp_path / "out.mp4", length=33, fps=20).count == 33


def test_a_song_that_is_shorter_is_said(song, seed, tmp_path):
    with pytest.raises(ConfigError, match=r"--length 8bars: that is 15.00 s, and .*song.wav has 1\d.\d\d s from"):
        plan_music(song, seed, tmp_path / "out.mp4", length="8bars")
    with pytest.raises(ConfigError, match=r"--length 3s: that is 3.00 s, and .*song.wav has 2.00 s from there on"):
        plan_music(song, seed, tmp_path / "out.mp4", length="3s", start=10)


def test_a_loop_has_the_sound_of_its_bars_to_the_sample(song, seed, tmp_path, tiny):
    """Its last beat is as far from its end as its first is from its start; compressed sound is cut within a packet."""
    loud = tmp_path / "song.mp3"
    ffmpeg("-i", song, "-b:a", "192k", loud)
    made = render_music(loud, seed, tmp_path / "out.mkv", length="2bars", loop=True, fps=32, size="96x64", **tiny)
    assert made.frames == 120
    found = heard(made.out)
    assert len(found) == 8
    assert np.diff(found) == pytest.approx(BEAT, abs=0.005)
    raw = tmp_path / "raw"
    ffmpeg("-i", made.out, "-map", "0:a", "-f", "s16le", "-ar", 48000, "-ac", 1, raw)
    assert raw.stat().st_size / 2 / 48000 == pytest.approx(3.75, abs=0.025)  # AAC ends with a frame of its own


def test_a_zoom_without_end_begins_on_a_bar_of_its_sound(song, seed, tmp_path, tiny, said):
    """The first beat lies at 0.2 s: on frame 6.4 at 32 a second."""
    knobs: dict[str, Any] = {"sound": song, "loop": True, "fps": 32, "size": "96x64", **tiny}
    made = render_zoom(seed, tmp_path / "loop.mkv", length="4beats", **knobs)
    assert made.frames == 60
    found = heard(made.out)
    assert len(found) == 4
    assert found[0] == pytest.approx(FIRST - 6 / 32, abs=0.005)
    assert made.frames / 32 - found[-1] == pytest.approx(BEAT - found[0], abs=0.005)
    assert "--length 4beats: begins at 0.20 s of the song" in said.text
    given = plan_zoom(seed, tmp_path / "out.mkv", length="4beats", tempo=64, first_beat="1.0", **knobs)
    assert (given.count, given.start) == (120, 1)
    curve: Any = {"follow": "beats", "of": song, "attack": "0s", "release": "0.01s"}
    followed = plan_zoom(seed, tmp_path / "out.mkv", length="4beats", strength=curve, **knobs)
    assert followed.config.at(0, followed.clock).dream.strength > 0.9
    with pytest.raises(ConfigError, match=r"--length 9bars: that is 16.88 s, and .*song.wav has"):
        plan_zoom(seed, tmp_path / "out.mkv", length="9bars", **knobs)
    assert plan_zoom(seed, "out.mkv", length="4beats", **{**knobs, "loop": False}).start == 0


def test_a_loops_sound_is_not_faded(song, seed, tmp_path, tiny):
    knobs: dict[str, Any] = {"sound": song, "length": "4beats", "fps": 32, "size": "96x64", **tiny}
    for loop in (True, False):
        made = render_zoom(seed, tmp_path / f"{loop}.mkv", loop=loop, **knobs)
        assert made.frames == 60
        assert len(heard(made.out)) == (4 if loop else 3)  # the last is faded


def test_a_film_of_so_many_seconds_or_frames(film, tmp_path, said):
    """The film has 60 frames, 25 a second."""

    def count(**knobs: Any) -> int:
        plan = plan_video(film, tmp_path / "out.mp4", **knobs)
        assert len(list(plan.steps())) <= plan.count
        return plan.count

    assert count(length="1s") == 25
    assert count(length="1s", start="0.31") == 25
    assert count(length=10, start=1, fps=10) == 10
    assert "before" not in said.text
    assert count(length="3s") == 60
    assert "ends 15 frames before --length 3s is full" in said.text


def test_a_film_as_long_as_bars_of_another_sound(song, film, tmp_path):
    plan = plan_video(film, tmp_path / "out.mp4", length="1bar", sound=song, fps=32)
    assert plan.count == 60


def test_a_film_as_long_as_bars_of_its_own_sound(song, film, tmp_path):
    own = tmp_path / "own.mp4"
    ffmpeg("-stream_loop", 4, "-i", film, "-i", song, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", own)
    assert plan_video(own, tmp_path / "out.mp4", length="1bar", fps=32).count == 60
    assert plan_video(own, tmp_path / "out.mp4", length="2bars", start=1, fps=32).count == 120


def test_beats_that_are_given_say_how_long_bars_of_a_sound_are(song, seed, film, tmp_path):
    """128 a minute: four beats are 1.875 s."""
    table = tmp_path / "beats.csv"
    table.write_text("".join(f"{0.25 * beat},{1 + beat % 4}\n" for beat in range(40)))

    def counts(**knobs: Any) -> set[int]:
        plans = plan_zoom(seed, "out.mp4", fps=32, **knobs), plan_video(film, "out.mp4", fps=32, **knobs)
        return {plan.count for plan in plans}

    assert counts(length="2beats", sound=song, half=True) == {60}
    assert counts(length="4beats", sound=song, double=True) == {30}
    assert counts(length="1bar", sound=song, beats=table) == {32}
    assert counts(length="1bar", sound=song, beats=table, bar=3) == {24}


def analysed(times: list[float], metre: int = 4) -> SongAnalysis:
    beats = np.array(times)
    events = {name: Events.regular(marks) for name, marks in (("beats", beats), ("bars", beats[1::metre]))}
    return SongAnalysis(60.0, 120.0, metre, events, dict.fromkeys(SIGNALS, np.zeros(1, np.float32)), 0.01)


def test_a_steady_tempo_is_the_mean_of_its_beats():
    """What each beat is off by does not count."""
    rng = np.random.default_rng(1)
    wobbly = analysed([0.3 + 0.5 * beat + rng.normal(0, 0.007) for beat in range(60)])
    stretch = stretch_of(Length(Fraction(8), "bars"), wobbly, 1.0, "song", snap=True)
    assert stretch.seconds == pytest.approx(16, abs=0.006)
    assert stretch.start == pytest.approx(0.8, abs=0.006)
    assert stretch.beats == 32
    waltz = analysed([0.5 * beat for beat in range(60)], metre=3)
    assert stretch_of(Length(Fraction(8), "bars"), waltz, 0, "song", snap=False).seconds == pytest.approx(12)


def test_a_tempo_that_changes_is_followed_from_beat_to_beat():
    times = [0.5 * beat for beat in range(20)] + [10 + 0.25 * beat for beat in range(40)]
    stretch = stretch_of(Length(Fraction(20), "beats"), analysed(times), 5.0, "song", snap=True)
    assert (stretch.start, stretch.seconds) == pytest.approx((5, 7.5))


@pytest.mark.parametrize(
    ("name", "size", "pixels"),
    [
        ("reel", Fit(1080, 1920), 1080 * 1920),
        ("story", Fit(1080, 1920), 1080 * 1920),
        ("square", Fit(1080, 1080), 1080**2),
        ("landscape", Fit(1920, 1080), 1920 * 1080),
        ("4k", Fit(3840, 2160), 3840 * 2160),
    ],
)
def test_what_a_film_is_for_says_its_size_and_a_zooms_rate(name, size, pixels):
    knobs: Any = {"for_": name}
    zoom, film = configure("zoom", **knobs), configure("video", **knobs)
    assert (zoom.film.size, zoom.film.fps) == (size, 30)
    assert (film.film.size, film.film.fps) == (size, None)
    assert configure("music", base="video", **knobs).film.fps is None
    assert size.width * size.height == pixels


def test_size_and_rate_stand_over_what_it_is_for(tmp_path):
    config = configure("zoom", for_="reel", size="640x360", fps=24)
    assert (str(config.film.size), config.film.fps) == ("640x360", 24)
    look = tmp_path / "look.toml"
    look.write_text('size = "300x200"\nfps = 12\n[video]\nfor = "square"\n')
    config = configure("zoom", preset=str(look), for_="reel")
    assert (str(config.film.size), config.film.fps) == ("1080x1920", 30)
    assert str(configure("zoom", preset=str(look)).film.size) == "300x200"
    video = configure("video", preset=str(look))
    assert (str(video.film.size), video.film.fps) == ("1080x1080", None)
    look.write_text('for = "square"\nfps = 12\n')
    assert (str(configure("zoom", preset=str(look)).film.size), configure("zoom", preset=str(look)).film.fps) == (
        "1080x1080",
        12,
    )
    with pytest.raises(ConfigError, match="--for must be one of reel, story, square, landscape, 4k, not 'tv'"):
        configure("zoom", for_="tv")  # type: ignore[call-overload]


def test_a_draft_keeps_the_shape_that_it_is_for():
    assert str(configure("zoom", for_="reel", draft=True).film.size) == "270x480"
    music = configure("music", base="zoom", for_="reel", draft=True)
    assert (str(music.film.size), music.film.fps) == ("180x320", 15)


def test_a_job_file_says_what_films_are_for_and_how_long(seed, tmp_path):
    (tmp_path / "jobs.toml").write_text(
        '[defaults]\nsize = "96x64"\nframes = 20\n'
        '[[job]]\ncommand = "zoom"\nsource = "seed.png"\noutput = "{for}.mp4"\nlength = "1s"\n'
        'matrix = { for = ["reel", "square"] }\n'
        '[[job]]\ncommand = "zoom"\nsource = "seed.png"\noutput = "plain.mp4"\n'
    )
    specs, problems = read_job_file(tmp_path / "jobs.toml")
    assert problems == []
    jobs = [spec.job() for spec in specs]
    assert [(job.out.name, str(job.size), job.frames) for job in jobs] == [
        ("reel.mp4", "1080x1920", 30),
        ("square.mp4", "1080x1080", 30),
        ("plain.mp4", "96x64", 20),
    ]


def test_the_command_line(vidream_command, song, seed):
    shown = vidream_command("zoom", seed, "--length", "2bars", "--sound", song, "--for", "square", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert ", 1080x1080, 30 a second, 3.7" in shown.stdout
    assert "beats a minute, 112." in shown.stderr
    shown = vidream_command("music", song, seed, "--length", "2bars", "--size", "96x64", "--fps", 64, "--dry-run")
    assert "240 frames, 96x64, 64 a second, 3.75 s; 128." in shown.stdout
    assert "4 a bar, 2.0 bars" in shown.stdout


def test_a_film_is_made_for_a_square_as_tall_as_it_is_wide(tmp_path):
    film = write_film(tmp_path / "wide.mp4", panned(3, 48, 96))
    assert str(plan_video(film, tmp_path / "out.mp4", for_="square", size="40x40").size) == "40x40"
    assert str(plan_video(film, tmp_path / "out.mp4", for_="square").size) == "1080x1080"


@pytest.mark.parametrize(
    ("source", "given", "picture", "frame"),
    [
        ((1920, 1080), "1080x1920", (1080, 608), (1080, 1920)),
        ((1080, 1920), "1920x1080", (608, 1080), (1920, 1080)),
        ((96, 64), "64x64", (64, 42), (64, 64)),
        ((64, 64), "65x63", (64, 62), (65, 63)),
        ((96, 64), "48", (48, 32), (48, 32)),
        ((96, 64), "400max", (96, 64), (96, 64)),
        ((4000, 2), "100x100", (100, 2), (100, 100)),
        ((96, 64), None, (96, 64), (96, 64)),
    ],
)
def test_what_is_padded_keeps_its_shape_within_the_frame(source, given, picture, frame):
    film = configure("video", size=given, fit="pad").film
    assert film.sizes(Size(*source)) == (picture, frame)
    cropped = configure("video", size=given).film.sizes(Size(*source))
    assert cropped == (frame, frame)


def test_a_film_and_a_zoom_are_padded_with_black_and_dreamed_in_between(tmp_path, tiny):
    """96x48 in a square of 64: the picture is 64x32, with 16 rows above and below."""
    frames = [np.full((48, 96, 3), 120, np.uint8) for _ in range(3)]
    film = write_film(tmp_path / "in.mkv", frames, 25)
    wide = tmp_path / "wide.png"
    write_picture(wide, Picture(textured(48, 96)))
    song = clicks(tmp_path / "song.wav", [0.1], 0.2)
    knobs: dict[str, Any] = {**tiny, "size": "64x64", "fit": "pad", "crf": 0, "pix_fmt": "yuv444p"}
    made = [
        render_video(film, tmp_path / "film.mkv", dream_size=32, **knobs),
        render_zoom(wide, tmp_path / "zoom.mkv", length=3, **knobs),
        render_music(song, wide, tmp_path / "music.mkv", fps=10, **knobs),
    ]
    for each in made:
        assert each.size == (64, 64)
        shown = [frame.pixels() for frame in played(open_video(each.out))]
        assert len(shown) == each.frames
        for pixels in shown:
            assert pixels.shape == (64, 64, 3)
            assert max(pixels[:16].max(), pixels[48:].max()) <= 1
            assert min(pixels[16].mean(), pixels[47].mean()) > 40
            assert pixels[16:48].std() > 1
