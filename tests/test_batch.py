"""A job file -> films, unattended."""

import logging
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from synthetic import clicks, panned, read_film, textured, write_film

from vidream.errors import Problems
from vidream.jobs.batch import plan_batch
from vidream.jobs.estimate import Calibration
from vidream.jobs.item import run_item
from vidream.jobs.jobfile import read_job_file
from vidream.jobs.records import Records, digest_of, mark_of
from vidream.media.still import Picture, write_picture
from vidream.render.fingerprint import changes
from vidream.render.session import Session
from vidream.render.workfolder import folder_of


@pytest.fixture
def album(tmp_path) -> Path:
    """Three songs, a picture, a film."""
    (tmp_path / "songs").mkdir()
    for number, name in enumerate(("one", "two", "three")):
        clicks(tmp_path / "songs" / f"{name}.wav", [0.25 + 0.5 * n for n in range(3 + number)], 2.0)
    write_picture(tmp_path / "seed.png", Picture(textured(48, 64)))
    write_film(tmp_path / "clip.mp4", panned(6, 48, 64), fps=10)
    return tmp_path


def written(folder: Path, text: str, name: str = "jobs.toml") -> Path:
    (folder / name).write_text(text)
    return folder / name


FAST = """
[defaults]
size = "64x48"
fps = 10
octaves = 1
first_steps = 1
strength = 0
"""
ALBUM = (
    FAST
    + """
[[job]]
command = "music"
song = "songs/*.wav"
source = "seed.png"
output = "films/{stem}-{preset}.mkv"
matrix = { preset = ["animals", "engraving"] }
"""
)


def specs_of(path: Path):
    specs, problems = read_job_file(path)
    assert problems == []
    return specs


def done(path: Path) -> dict[str, str]:
    """What becomes of each spec of a job file: output's name -> state."""
    with Records(path) as records:
        return {item.spec.out.name: run_item(item.spec, records).state for item in plan_batch(specs_of(path), records)}


def test_globs_and_matrices_are_multiplied_out(album):
    specs = specs_of(written(album, ALBUM))
    names = [f"{song}-{look}.mkv" for look in ("animals", "engraving") for song in ("one", "three", "two")]
    assert [spec.out.relative_to(album) for spec in specs] == [Path("films") / name for name in names]
    first = specs[0]
    assert (first.command, Path(first.song), Path(first.source)) == (
        "music",
        album / "songs/one.wav",
        album / "seed.png",
    )
    assert first.arguments["preset"] == "animals"
    assert first.arguments["size"] == "64x48"
    assert first.title == "job 1 (one.wav, seed.png, preset animals)"


def test_defaults_reach_the_jobs_that_have_such_a_knob(album):
    text = """
        [defaults]
        persistence = 0.5
        turn = 3
        seed = 7
        [[job]]
        command = "video"
        source = "clip.mp4"
        output = "a.mp4"
        seed = 8
        [[job]]
        command = "zoom"
        source = "noise"
        output = "b.mp4"
        [[job]]
        command = "music"
        song = "songs/one.wav"
        source = "seed.png"
        output = "c.mp4"
    """
    video, zoom, music = (spec.job().config for spec in specs_of(written(album, text)))
    assert (video.motion.persistence, video.dream.seed) == (0.5, 8)
    assert (zoom.camera.turn, zoom.dream.seed) == (3, 7)
    assert (music.camera.turn.span, music.motion.persistence) == (pytest.approx((0.9, 9.6)), 0.95)


def test_paths_are_relative_to_the_job_file(album, monkeypatch):
    (album / "look.toml").write_text("strength = 0.25\n")
    text = """
        [[job]]
        command = "image"
        source = "seed.png"
        output = "out/{stem}.png"
        preset = "look.toml"
        mask = "seed.png"
        guide = "seed.png"
    """
    monkeypatch.chdir(album / "songs")
    (spec,) = specs_of(written(album, text))
    config = spec.job().config
    assert config.dream.strength == 0.25
    assert config.mask.mask == config.goal.guide == str(album / "seed.png")
    assert spec.out == album / "out/seed.png"


def test_whatever_is_wrong_is_said_at_once(album):
    text = """
        [defaults]
        sise = 3
        [[job]]
        command = "video"
        source = "*.mov"
        output = "a.mp4"
        [[job]]
        command = "dance"
        [[job]]
        command = "zoom"
        output = "c.mp4"
        persistence = 1
        draft = "no"
        [[job]]
        command = "image"
        source = "seed.png"
        output = "{look}.png"
        [[job]]
        command = "image"
        source = "seed.png"
        output = "same.png"
        matrix = { octaves = [1, 2] }
        [[job]]
        command = "image"
        source = "seed.png"
        output = "clip.mp4"
        [[job]]
        command = "video"
        source = "clip.mp4"
        output = "x.mp4"
        [[job]]
        command = "image"
        matrix = 3
        [[job]]
        source = "clip.mp4"
    """
    _, said = read_job_file(written(album, text))
    expected = [
        "defaults: sise: no command has such a knob; did you mean size",
        "job 1: source: nothing matches *.mov",
        "job 2: command must be one of video, zoom, image, music, not dance",
        "job 3: persistence: zoom has no such knob",
        "job 3: draft must be true or false",
        "job 3: source is missing",
        "job 4: output: nothing is called {look}",
        "job 8: matrix must be a table of lists",
        "job 9: command is missing; it is one of video, zoom, image, music",
        "job 5 (seed.png, octaves 1) and job 5 (seed.png, octaves 2) both make",
        "job 6 (seed.png) makes what job 7 (clip.mp4) reads",
    ]
    assert len(said) == len(expected)
    assert all(line.startswith(start) for line, start in zip(said, expected, strict=True)), said


def test_the_sources_are_looked_into_before_the_first_frame(album):
    (album / "taken.mp4").write_bytes(b"mine")
    text = """
        [[job]]
        command = "video"
        source = "missing.mp4"
        output = "new/a.mp4"
        [[job]]
        command = "video"
        source = "seed.png"
        output = "b.mp4"
        [[job]]
        command = "zoom"
        source = "seed.png"
        output = "taken.mp4"
        [[job]]
        command = "zoom"
        source = "seed.png"
        output = "c.mp4"
        zoom = 1000
    """
    jobs = written(album, text)
    with Records(jobs) as records, pytest.raises(Problems) as error:
        plan_batch(specs_of(jobs), records, ["something in the file"])
    expected = ("something in the file", "no such file", "seed.png", "is there already", "--zoom")
    for said, part in zip(error.value.lines, expected, strict=True):
        assert said.startswith(f"{jobs}: ")
        assert part in said
    assert not (album / "new").exists()
    assert not folder_of(jobs).exists()
    assert (album / "taken.mp4").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no jobs"),
        ("job = 3", "has no jobs"),
        ("[[jobs]]\nsource = 3", "did you mean job"),
        ("defaults = 3\n[[job]]\ncommand = 3", "defaults must be a table"),
        ("[[job]", "not TOML"),
        ("[[job]]\ncommand = 'zoom'\nsource = 3\noutput = ''", "source must be a text"),
    ],
)
def test_what_is_no_job_file_is_said(album, vidream_command, text, said):
    run = vidream_command("batch", written(album, text))
    assert run.returncode == 2
    assert said in run.stderr
    assert all(line.startswith("vidream: ") for line in run.stderr.splitlines())


def test_an_album_is_made_and_not_made_again(album):
    jobs = written(album, ALBUM)
    assert set(done(jobs).values()) == {"done"}
    films = {path.name: path.stat().st_mtime_ns for path in (album / "films").iterdir()}
    assert len(films) == 6
    assert {len(read_film(album / "films" / name)[0]) for name in films} == {20}
    assert set(done(jobs).values()) == {"skipped"}
    assert {path.name: path.stat().st_mtime_ns for path in (album / "films").iterdir()} == films


def test_what_has_changed_is_made_anew(album):
    jobs = written(album, ALBUM)
    done(jobs)
    (album / "films/one-animals.mkv").unlink()
    assert [name for name, state in done(jobs).items() if state == "done"] == ["one-animals.mkv"]
    jobs = written(album, ALBUM.replace("strength = 0", "strength = 0\nseed = 5"))
    with pytest.raises(Problems, match="was made of other sources, or with other knobs; overwrite = true"):
        done(jobs)
    jobs = written(album, ALBUM.replace("strength = 0", "strength = 0\nseed = 5\noverwrite = true"))
    assert set(done(jobs).values()) == {"done"}


@pytest.mark.parametrize("content", [b"", b"a text"])
def test_what_is_not_what_was_made_is_not_skipped(album, content):
    text = FAST + '[[job]]\ncommand = "video"\nsource = "clip.mp4"\noutput = "o.mp4"\n'
    jobs = written(album, text)
    assert done(jobs) == {"o.mp4": "done"}
    assert done(jobs) == {"o.mp4": "skipped"}
    (album / "o.mp4").write_bytes(content)
    with pytest.raises(Problems, match=r"o\.mp4: is not what was made there any more; overwrite = true makes it anew"):
        done(jobs)
    assert (album / "o.mp4").read_bytes() == content
    assert done(written(album, text + "overwrite = true\n")) == {"o.mp4": "done"}
    assert len(read_film(album / "o.mp4")[0]) == 6


@pytest.mark.parametrize("change", ["emptied", "gone"])
@pytest.mark.parametrize("number", [2, 4, 6])
def test_every_picture_of_a_folder_counts(album, change, number):
    text = FAST + '[[job]]\ncommand = "video"\nsource = "clip.mp4"\noutput = "o/%02d.png"\n'
    assert done(written(album, text)) == {"%02d.png": "done"}
    assert done(written(album, text)) == {"%02d.png": "skipped"}
    (album / "o" / "07.png").write_bytes(b"mine")
    assert done(written(album, text)) == {"%02d.png": "skipped"}
    picture = album / "o" / f"{number:02d}.png"
    content = picture.read_bytes()
    picture.unlink()
    if change == "emptied":
        picture.touch()
    with pytest.raises(Problems, match="is not what was made there any more; overwrite = true makes it anew"):
        done(written(album, text))
    assert done(written(album, text + "overwrite = true\n")) == {"%02d.png": "done"}
    assert picture.read_bytes() == content
    assert (album / "o" / "07.png").read_bytes() == b"mine"


def test_logs_are_for_nobody_else(album):
    jobs = written(album, FAST + '[[job]]\ncommand = "video"\nsource = "clip.mp4"\noutput = "o.mp4"\n')
    done(jobs)
    modes = {path.stat().st_mode & 0o077 for path in folder_of(jobs).rglob("*")}
    assert modes == {0}


@pytest.mark.parametrize("left", [True, False])
def test_what_comes_to_the_place_of_a_film_that_was_stopped_is_not_it(album, left):
    jobs = written(album, FAST + '[[job]]\ncommand = "video"\nsource = "clip.mp4"\noutput = "o.mp4"\n')
    (spec,) = specs_of(jobs)
    with Records(jobs) as records:
        records.begin(mark_of(spec.job()))
    if left:
        folder_of(album / "o.mp4").mkdir()  # as a kill leaves it
    (album / "o.mp4").write_bytes(b"mine")
    with pytest.raises(Problems, match=r"o\.mp4: is there already; overwrite = true replaces it"):
        done(jobs)
    assert (album / "o.mp4").read_bytes() == b"mine"


@pytest.mark.parametrize("moment", ["end", "remove"])
def test_a_batch_that_is_killed_when_a_film_is_in_its_place_knows_it(album, monkeypatch, moment):
    """Before that was written down, and after."""
    jobs = written(album, FAST + '[[job]]\ncommand = "video"\nsource = "clip.mp4"\noutput = "o.mp4"\n')

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*((Records, "end") if moment == "end" else (Session, "_remove")), killed)
        with pytest.raises(KeyboardInterrupt):
            done(jobs)
    made = (album / "o.mp4").read_bytes()
    assert done(jobs) == {"o.mp4": "done" if moment == "end" else "skipped"}
    assert (album / "o.mp4").read_bytes() == made
    assert done(jobs) == {"o.mp4": "skipped"}


def test_what_a_glob_finds_is_not_replaced_but_by_what_made_it(album):
    """A film of the user's drops out of no glob without a word; the batch's own does."""
    shutil.copy(album / "clip.mp4", album / "b.mp4")
    text = (
        FAST
        + """
        [[job]]
        command = "video"
        source = "*.mp4"
        output = "q/{stem}.mp4"
        [[job]]
        command = "video"
        source = "clip.mp4"
        output = "b.mp4"
        overwrite = true
    """
    )
    with pytest.raises(Problems, match=r"job 2 \(clip\.mp4\) makes .*b\.mp4, which job 1 \(b\.mp4\) finds"):
        done(written(album, text))
    (album / "b.mp4").unlink()
    assert done(written(album, text)) == {"clip.mp4": "done", "b.mp4": "done"}
    assert done(written(album, text)) == {"clip.mp4": "skipped", "b.mp4": "skipped"}


def test_another_sound_is_another_film_whose_frames_are_kept(album):
    """The finished film is made anew; a stopped one goes on where it was."""
    text = """
        [[job]]
        command = "video"
        source = "clip.mp4"
        output = "a.mp4"
        strength = 0
        sound = "songs/one.wav"
    """
    jobs = written(album, text)
    assert done(jobs) == {"a.mp4": "done"}
    assert done(jobs) == {"a.mp4": "skipped"}
    with pytest.raises(Problems, match="was made of other sources, or with other knobs"):
        done(written(album, text.replace("one", "two")))
    one, two, none = (
        specs_of(written(album, each))[0].job()
        for each in (text, text.replace("one", "two"), text.replace('sound = "songs/one.wav"', ""))
    )
    assert len({digest_of(job) for job in (one, two, none)}) == 3
    belongs = [job.frames_fingerprint() for job in (one, two, none)]
    assert [changes(belongs[0], each, None) for each in belongs] == [[], [], []]
    clicks(album / "songs/one.wav", [0.1], 2.0)
    with pytest.raises(Problems, match="was made of other sources, or with other knobs"):
        done(written(album, text))


def test_what_is_said_of_a_film_is_in_the_table(album, vidream_command):
    film = write_film(album / "clip.mkv", [textured(48, 64, seed) for seed in range(40)])
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    text = """
        [[job]]
        command = "video"
        source = "clip.mkv"
        output = "a.mp4"
        strength = 0
        [[job]]
        command = "video"
        source = "clip.mp4"
        output = "b.mp4"
        strength = 0
    """
    jobs = written(album, text)
    with Records(jobs) as records:
        cut, sound = (run_item(spec, records) for spec in specs_of(jobs))
    assert (cut.state, sound.state, sound.warnings) == ("done", "done", ())
    assert any("damaged" in each for each in cut.warnings)
    assert len(set(cut.warnings)) == len(cut.warnings)
    (album / "a.mp4").unlink()
    run = vidream_command("batch", jobs)
    rows = {line.split()[1]: line for line in run.stdout.splitlines() if ".mp4" in line}
    assert "damaged" in rows["a.mp4"]
    assert "damaged" not in rows["b.mp4"]


def test_what_is_done_is_known_beside_pictures_of_the_users(album):
    (album / "shots").mkdir()
    (album / "shots" / "000.png").write_bytes(b"mine")
    text = """
        [[job]]
        command = "video"
        source = "clip.mp4"
        output = "shots/%03d.png"
        strength = 0
        overwrite = true
    """
    jobs = written(album, text)
    assert set(done(jobs).values()) == {"done"}
    assert set(done(jobs).values()) == {"skipped"}
    assert (album / "shots" / "000.png").read_bytes() == b"mine"


@pytest.mark.slow
def test_what_is_done_is_known_after_a_move(album):
    done(written(album, ALBUM))
    moved = album.with_name("elsewhere")
    album.rename(moved)
    assert set(done(moved / "jobs.toml").values()) == {"skipped"}


def test_a_glob_does_not_find_what_the_file_makes(album):
    text = (
        FAST
        + """
        [[job]]
        command = "zoom"
        source = "*.png"
        output = "{stem}-dream.png.mkv"
        frames = 3
        [[job]]
        command = "image"
        source = "*.png"
        output = "{stem}-still.png"
    """
    )
    jobs = written(album, text)
    assert set(done(jobs).values()) == {"done"}
    assert list(done(jobs)) == ["seed-dream.png.mkv", "seed-still.png"]
    explicit = written(album, text.replace('"*.png"', '"seed-still.png"', 1))
    assert "makes what" in read_job_file(explicit)[1][0]
    upon_itself = written(album, text.replace("{stem}-still.png", "{stem}.png"))
    assert any("makes what" in line for line in read_job_file(upon_itself)[1])


def test_a_time_may_follow_a_glob(album):
    text = '[[job]]\ncommand = "image"\nsource = "*.mp4@0.2"\noutput = "{stem}.png"'
    (spec,) = specs_of(written(album, text))
    assert spec.out == album / "clip.png"
    assert spec.source == str(album / "clip.mp4") + "@0.2"
    assert spec.job().size == (64, 48)


def test_names_that_are_filled_in_stay_in_their_folder(album):
    text = """
        [[job]]
        command = "image"
        source = "seed.png"
        output = "out/{layer}.png"
        matrix = { layer = ["../../up", "..", "a/b c"] }
    """
    outs = [spec.out.relative_to(album) for spec in read_job_file(written(album, text))[0]]
    assert [str(out) for out in outs] == ["out/_.._up.png", "out/_.png", "out/a_b_c.png"]


def test_too_large_a_matrix_is_refused_at_once(album):
    axes = ", ".join(
        f"{name} = [1,2,3,4,5,6,7,8,9,10]" for name in ("seed", "octaves", "steps", "jitter", "tv", "tile")
    )
    text = f'[[job]]\ncommand = "image"\nsource = "seed.png"\noutput = "x.png"\nmatrix = {{ {axes} }}'
    assert "makes more than" in read_job_file(written(album, text))[1][0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('output = "seed.png/x.png"', "seed.png"),
        ('output = "/proc/q/x.png"', "cannot be made"),
        (f'output = "{"n" * 300}/x.png"', "cannot be made"),
        ('output = "x.png"\npreset = 3', "--preset must be a look's name"),
        ('output = "x.png"\nmask = "none.png"', "none.png: no such file"),
    ],
)
def test_what_cannot_be_made_is_one_line(album, vidream_command, line, said):
    run = vidream_command("batch", written(album, f'[[job]]\ncommand = "image"\nsource = "seed.png"\n{line}'))
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert said in run.stderr


def test_sequences_of_one_name_are_two_films(album):
    text = (
        FAST
        + """
        [[job]]
        command = "video"
        source = "clip.mp4"
        output = "{seed}/%03d.png"
        matrix = { seed = [1, 2] }
    """
    )
    jobs = written(album, text)
    first, second = specs_of(jobs)
    assert folder_of(first.out) != folder_of(second.out)
    assert first.folder == album
    with Records(jobs) as records:
        assert records.log_of(first) != records.log_of(second)
        results = [run_item(spec, records) for spec in (first, second)]
    assert [result.state for result in results] == ["done", "done"]
    assert [len(list((album / name).glob("[!.]*"))) for name in "12"] == [6, 6]


def test_one_that_fails_does_not_stop_the_rest(album, monkeypatch):
    jobs = written(album, ALBUM)
    specs = specs_of(jobs)
    with Records(jobs) as records:
        plan_batch(specs, records)
        (album / "songs/one.wav").write_bytes(b"no more")
        results = [run_item(spec, records) for spec in specs]
        states = {result.spec.out.name: result.state for result in results}
        assert states["one-animals.mkv"] == states["one-engraving.mkv"] == "failed"
        assert list(states.values()).count("done") == 4
        assert "one.wav" in results[0].reason
        assert "one.wav" in records.log_of(specs[0]).read_text()
        assert "frames in" in records.log_of(specs[1]).read_text()


def test_a_bug_in_one_is_that_ones_affair(album, monkeypatch):
    jobs = written(album, ALBUM)
    specs = specs_of(jobs)
    with Records(jobs) as records:
        plan_batch(specs, records)
        monkeypatch.setattr("vidream.jobs.records.digest_of", lambda job: 1 / 0)
        result = run_item(specs[0], records)
        assert result.state == "failed"
        assert "a bug (ZeroDivisionError" in result.reason
        assert "Traceback" in records.log_of(specs[0]).read_text()
    assert logging.getLogger("vidream").handlers == [
        each for each in logging.getLogger("vidream").handlers if not isinstance(each, logging.FileHandler)
    ]


def test_an_older_film_is_not_taken_for_the_new_one(album):
    jobs = written(album, ALBUM.replace("strength = 0", "strength = 0\noverwrite = true"))
    specs = specs_of(jobs)
    specs[0].folder.mkdir()
    specs[0].out.write_bytes(b"an older film")
    with Records(jobs) as records:
        mark = mark_of(specs[0].job())
        records.begin(mark)  # and then the power was cut
        assert not records.has(mark)
        run_item(specs[0], records)
        assert records.has(mark)


def test_two_batches_of_one_file_do_not_meet(album, vidream_command):
    jobs = written(album, ALBUM)
    with Records(jobs):
        run = vidream_command("batch", jobs)
    assert run.returncode == 2
    assert "somebody else" in run.stderr


def test_the_command_line(album, vidream_command):
    text = ALBUM + '\n[[job]]\ncommand = "image"\nsource = "seed.png"\noutput = "still.png"\nsize = 3\n'
    run = vidream_command("batch", written(album, text))
    assert run.returncode == 2
    assert "size: image has no such knob" in run.stderr
    jobs = written(album, ALBUM)
    run = vidream_command("batch", jobs)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("done ") == 6
    run = vidream_command("batch", jobs)
    assert run.returncode == 0
    assert run.stdout.count("skipped ") == 6


def test_a_dry_run_says_how_much_there_is_to_do(album, vidream_command):
    jobs = written(album, ALBUM)
    run = vidream_command("batch", jobs, "--dry-run")
    assert run.returncode == 0, run.stderr
    assert "6 to make: about" in run.stdout
    assert sorted(path.name for path in album.iterdir()) == ["clip.mp4", "jobs.toml", "seed.png", "songs"]


def test_an_estimate_is_near_what_it_takes(album, tiny):
    text = f"""
        [[job]]
        command = "zoom"
        source = "seed.png"
        output = "a.mkv"
        size = "320x240"
        frames = 60
        network = "{tiny["network"]}"
        layer = "{tiny["layer"]}"
    """
    (spec,) = specs_of(written(album, text))
    estimate = Calibration().of(spec.job())
    made = spec.job().run()
    assert 0.2 < estimate.seconds(60) / made.seconds < 5
    assert 0.3 < estimate.size * 60 / made.out.stat().st_size < 3


def test_an_estimate_counts_passes_depth_and_alpha(album):
    text = (
        FAST.replace("strength = 0", "strength = 1")
        + """
        [[job]]
        command = "video"
        source = "clip.mp4"
        output = "a.mkv"
        codec = "ffv1"
        passes = ["dream", "source"]
        dream-size = 64
    """
    )
    (spec,) = specs_of(written(album, text))
    estimate, made = Calibration().of(spec.job()), spec.job().run()
    files = [made.out, *album.glob("a.*/*.exr")]
    assert len(files) == 13
    assert 0.5 < estimate.size * 6 / sum(path.stat().st_size for path in files) < 2


@pytest.mark.slow
def test_an_album_that_was_killed_goes_on(album):
    text = ALBUM.replace("strength = 0", "strength = 1").replace('"64x48"', '"160x120"')
    straight, killed = (written(album, text.replace("films/", f"{name}/"), f"{name}.toml") for name in ("a", "b"))
    command = [sys.executable, "-m", "vidream", "batch"]
    subprocess.run([*command, straight], check=True, capture_output=True)
    for _ in range(3):
        with subprocess.Popen([*command, killed], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            time.sleep(7)
            run.send_signal(signal.SIGKILL)
    ended = subprocess.run([*command, killed], check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    names = sorted(path.name for path in (album / "a").iterdir())
    assert sorted(path.name for path in (album / "b").iterdir()) == names
    assert len(names) == 6
    for name in names:
        pairs = zip(read_film(album / "a" / name)[0], read_film(album / "b" / name)[0], strict=True)
        assert all(np.array_equal(one, other) for one, other in pairs)
