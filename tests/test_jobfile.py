"""Job files: which files they find, how outputs are named, and what would be written over."""

import os
import time
from fractions import Fraction
from glob import glob
from pathlib import Path

import pytest

from vidream.clock import Clock
from vidream.config import configure
from vidream.config.toml import read_toml
from vidream.curves import Curve
from vidream.errors import ConfigError
from vidream.jobs import places
from vidream.jobs.globs import matching
from vidream.jobs.jobfile import read_job_file
from vidream.jobs.names import LONGEST, Naming, told_apart


def written(folder: Path, *jobs: str, name: str = "jobs.toml", command: str = "image") -> Path:
    (folder / name).write_text("".join(f'[[job]]\ncommand = "{command}"\n{job}\n' for job in jobs))
    return folder / name


def outputs(folder: Path, names: list[str], output: str = "out/{stem}.png") -> dict[str, str]:
    """What is made of pictures of these names: name -> the output's name."""
    (folder / "in").mkdir(exist_ok=True)
    for name in names:
        (folder / "in" / name).parent.mkdir(exist_ok=True)
        (folder / "in" / name).touch()
    specs, problems = read_job_file(written(folder, f"source = 'in/**/*'\noutput = '{output}'"))
    assert problems == []
    return {os.path.relpath(spec.source, folder / "in"): spec.out.name for spec in specs}


@pytest.mark.parametrize(
    "name",
    [
        "song (1)",
        "song [1]",
        "दिन",
        "เพลง",
        "தமிழ்",
        "👍",
        "👩‍👩‍👧",
        "naïve",
        "a, b & c!",
        "#1 $hit%",
        "一二三",
        "plain-name_1.5+x=2",
    ],
)
def test_what_file_systems_take_stays(tmp_path, name):
    assert outputs(tmp_path, [f"{name}.png"]) == {f"{name}.png": f"{name}.png"}


def test_different_songs_have_different_films(tmp_path):
    """Each by itself, whatever lies beside it; and the same from run to run."""
    names = [
        f"{stem}.png" for stem in ("song (1)", "song [1]", "दिन", "दीन", "👍", "👎", "a:b", "a?b", "a*b", "a_b", ".a_b")
    ]
    found = outputs(tmp_path, names)
    assert len(set(found.values())) == len(found) == len(names) - 1  # a glob finds nothing hidden
    assert outputs(tmp_path, names) == found
    more = outputs(tmp_path, ["more.png", "a|b.png"])
    assert {name: more[name] for name in found} == found


def test_files_of_one_stem_are_told_apart_by_ending_or_by_folder(tmp_path):
    found = outputs(tmp_path, ["x.png", "x.jpg", "y.png", "one/z.png", "two/z.png"])
    assert found["x.png"], found["x.jpg"] == ("x-png.png", "x-jpg.png")
    assert found["y.png"] == "y.png"
    assert found["one/z.png"] != found["two/z.png"]
    assert all(found[name].startswith("z-") for name in ("one/z.png", "two/z.png"))


def test_names_that_would_come_to_those_that_were_made_different_are_different_too(tmp_path):
    found = outputs(tmp_path, ["x.png", "x.jpg", "x-png.png", "x-jpg.jpg"])
    assert len(set(found.values())) == 4


@pytest.mark.parametrize("reserved", ["CON", "nul", "COM1", "Lpt9", "aux.x"])
def test_names_that_windows_keeps_for_itself_are_not_made(tmp_path, reserved):
    (made,) = outputs(tmp_path, [f"{reserved}.png"]).values()
    assert made.partition(".")[0].lower() == reserved.partition(".")[0].lower() + "_"


@pytest.mark.parametrize(
    "stem", ["-rf", "--help", "a. ", "...", "-", "a\nb", "a\x1b[2Jb", "x" * 250, "長" * 82, "👍" * 62]
)
def test_no_name_is_hidden_a_flag_too_long_or_forbidden(tmp_path, stem):
    for output in ("out/{stem}.png", "out/{stem}/{stem}-{source}.png", "out/x-{stem}"):
        naming = Naming(output, {"stem": stem, "source": stem}, {"stem": stem, "source": stem}, {})
        for part in naming.name().split("/"):
            assert len(os.fsencode(part)) <= LONGEST
            assert part[0] not in ".-"
            assert part[-1] not in ". "
            assert not set(part) & set('\\:*?"<>|\n\x1b')


def test_long_names_that_begin_alike_are_told_apart():
    files = [f"{'x' * 240}{number}.wav" for number in range(3)]
    namings = [Naming("{stem}-x.mp4", {"stem": Path(each).stem}, {"stem": each}, {}) for each in files]
    assert len(set(told_apart(namings))) == 3


def test_what_is_filled_in_that_is_no_name_is_as_it_was(tmp_path):
    (tmp_path / "a.png").touch()
    job = 'source = "a.png"\noutput = "{layer}-{seed}.png"\nmatrix = { layer = ["block4:1,2=0.5"], seed = [7] }'
    (spec,), _ = read_job_file(written(tmp_path, job))
    assert spec.out.name == "block4_1_2=0.5-7.png"


def test_two_points_of_a_matrix_with_one_name_are_still_refused(tmp_path):
    (tmp_path / "a.png").touch()
    job = 'source = "a.png"\noutput = "{stem}.png"\nmatrix = { seed = [7, 8] }'
    problem = read_job_file(written(tmp_path, job))[1][0]
    assert "both make" in problem
    assert "what the matrix changes" in problem


def test_two_jobs_that_make_one_output_are_both_named(tmp_path):
    (tmp_path / "a.png").touch()
    job = 'source = "a.png"\noutput = "b.png"'
    (problem,) = read_job_file(written(tmp_path, job, job))[1]
    made = f"both make {tmp_path / 'b.png'}; give one of them another output, or leave it out"
    assert problem == f"job 1 (a.png) and job 2 (a.png) {made}"


@pytest.mark.parametrize("knob", ["passes = 'dream'", "passes = ['source', 'dream']", "write-markers = 'csv'"])
def test_two_outputs_whose_passes_or_markers_have_one_name_are_refused(tmp_path, knob):
    (tmp_path / "a.mp4").touch()
    job = f'source = "a.mp4"\noutput = "{{stem}}-x.{{}}"\n{knob}'
    jobs = [job.replace("{}", ending) for ending in ("mov", "mkv")]
    (problem,) = read_job_file(written(tmp_path, *jobs, command="video"))[1]
    assert "both make" in problem
    assert "a-x." in problem
    assert "a name of its own" in problem


def test_a_pass_is_no_source_that_a_glob_finds(tmp_path):
    for name in ("a.mov", "a-x.mov", "a-x.dream.mov"):
        (tmp_path / name).touch()
    job = 'source = "*.mov"\noutput = "{stem}-x.mov"\npasses = "dream"\npasses-as = "prores4444"'
    specs, problems = read_job_file(written(tmp_path, job, command="video"))
    assert not problems
    assert [spec.out.name for spec in specs] == ["a-x.mov"]


# ---------------------------------------------------------------- what is written over


@pytest.fixture
def real(tmp_path) -> Path:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "p2.png").write_bytes(b"mine")
    (tmp_path / "p1.png").touch()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "hard.png").hardlink_to(tmp_path / "real" / "p2.png")
    (tmp_path / "soft.png").symlink_to("real/p2.png")
    (tmp_path / "dangling.png").symlink_to("real/new.png")
    return tmp_path


@pytest.mark.parametrize(
    "out", ["link/p2.png", "real/../link/p2.png", "hard.png", "soft.png", "./real/p2.png", "link/../real/p2.png"]
)
@pytest.mark.parametrize("by", ["source", "guide", "mask"])
def test_a_job_does_not_write_over_what_another_reads_whatever_it_is_called(real, out, by):
    read = 'source = "real/p2.png"' if by == "source" else f'source = "p1.png"\n{by} = "real/p2.png"'
    jobs = (f'source = "p1.png"\noutput = "{out}"\noverwrite = true', f'{read}\noutput = "b.png"')
    _, problems = read_job_file(written(real, *jobs))
    assert len(problems) == 1
    assert "makes what job 2" in problems[0]


@pytest.mark.parametrize("out", ["link/new.png", "real/x/../new.png", "dangling.png", "link/../link/new.png"])
def test_a_file_is_made_once_whatever_it_is_called(real, out):
    _, problems = read_job_file(
        written(real, 'source = "p1.png"\noutput = "real/new.png"', f'source = "p1.png"\noutput = "{out}"')
    )
    assert len(problems) == 1
    assert "both make" in problems[0]


def test_pictures_that_are_made_are_not_read_as_a_folder_nor_one_by_one(real):
    (real / "clip.mp4").touch()
    films = '[[job]]\ncommand = "video"\nsource = "clip.mp4"\noutput = "link/%05d.png"\n'
    for read in ("real", "real/00007.png"):
        job = f'[[job]]\ncommand = "video"\nsource = "{read}"\noutput = "o.mp4"\n'
        (real / "jobs.toml").write_text(films + job)
        assert "makes what job 2" in read_job_file(real / "jobs.toml")[1][0]
    image = '[[job]]\ncommand = "image"\nsource = "p1.png"\noutput = "real/00003.png"\n'
    (real / "jobs.toml").write_text(films + image)
    assert "both make" in read_job_file(real / "jobs.toml")[1][0]


MEETING = [
    ("f/001.png", "f/%03d.png"),
    ("f/x%03d.png", "f/x0%d.png"),
    ("f/%d.png", "f/1%d.png"),
    ("f/%d.png", "f/%d0.png"),
    ("F/a.png", "F/a.png/b.png"),
    ("F", "F/a/%d.png"),
]
APART = [
    ("f/001.jpg", "f/%03d.png"),
    ("f/x001.png", "f/%03d.png"),
    ("f/1.png", "f/%03d.png"),
    ("f/a%d.png", "f/b%d.png"),
    ("f/%03d.png", "f/%05d.png"),
    ("f/%d.png", "g/%d.png"),
    ("f/%d_a.png", "f/%d_b.png"),
    ("F/a.png", "F/a/b.png"),
]


@pytest.mark.parametrize(("pair", "meets"), [*((pair, True) for pair in MEETING), *((pair, False) for pair in APART)])
def test_a_picture_and_a_pattern_or_two_or_a_file_and_a_folder_meet_in_either_order(pair, meets):
    """Whichever of the two jobs comes first."""
    for one, other in (pair, pair[::-1]):
        outputs = places.Outputs([(Path(one), "the first")])
        assert (outputs.maker_of(Path(other)) is not None) == meets


@pytest.mark.parametrize("kind", ["source", "mask", "folder", "output"])
@pytest.mark.parametrize("first", [True, False])
def test_links_into_the_folder_of_a_pattern_are_followed(real, kind, first):
    (real / "f").mkdir()
    (real / "f" / "00020.png").write_bytes(b"mine")
    (real / "o").mkdir()
    (real / "o" / "seed.png").symlink_to("../f/00020.png")
    (real / "clip.mp4").touch()
    pattern = "command = 'video'\nsource = 'clip.mp4'\noutput = 'f/%05d.png'"
    other = {
        "source": "command = 'image'\nsource = 'o/seed.png'\noutput = 'q.png'",
        "mask": "command = 'image'\nsource = 'p1.png'\nmask = 'o/seed.png'\noutput = 'q.png'",
        "folder": "command = 'video'\nsource = 'o'\noutput = 'q.mp4'",
        "output": "command = 'image'\nsource = 'p1.png'\noutput = 'o/seed.png'",
    }[kind]
    jobs = [pattern, other] if first else [other, pattern]
    (real / "jobs.toml").write_text("".join(f"[[job]]\n{job}\n" for job in jobs))
    problems = read_job_file(real / "jobs.toml")[1]
    assert len(problems) == 1
    assert ("both make" if kind == "output" else "makes what job") in problems[0]


@pytest.mark.parametrize("first", [True, False])
def test_a_picture_is_not_made_in_a_folder_that_another_job_reads(real, first):
    jobs = [
        "command = 'image'\nsource = 'p1.png'\noutput = 'real/zzz.png'",
        "command = 'video'\nsource = 'real'\noutput = 'n.mp4'",
    ]
    (real / "jobs.toml").write_text("".join(f"[[job]]\n{job}\n" for job in (jobs if first else jobs[::-1])))
    (problem,) = read_job_file(real / "jobs.toml")[1]
    assert "makes what job" in problem


def test_a_file_that_is_called_as_a_glob_does_not_switch_it_off(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png", "*.png", "song [1].png"):
        (tmp_path / "in" / name).touch()
    specs, _ = read_job_file(written(tmp_path, "source = 'in/*.png'\noutput = '{stem}.png'"))
    assert len(specs) == 4
    specs, _ = read_job_file(written(tmp_path, "source = 'in/song [1].png'\noutput = '{stem}.png'"))
    assert len(specs) == 1


@pytest.mark.parametrize("name", ["jobs.toml", "jobs.png", "j%d.png"])
def test_a_job_file_is_not_replaced_by_what_it_makes(real, name):
    file = name.replace("%d", "7")
    read = read_job_file(written(real, f"source = 'in.png'\noutput = '{name}'", name=file))
    assert read[1] == ["job 1 (in.png) makes this job file itself"]


@pytest.mark.parametrize("look", ["my.png", "my.toml", "sub/look"])
def test_a_job_does_not_write_over_a_look(real, look):
    (real / "sub").mkdir(exist_ok=True)
    (real / look).write_text("strength = 0")
    jobs = [f"source = 'in.png'\noutput = 'out.png'\npreset = '{look}'", f"source = 'in.png'\noutput = '{look}'"]
    assert "job 2 (in.png) makes what job 1 (in.png) reads" in read_job_file(written(real, *jobs))[1]


def test_names_that_a_file_system_takes_for_one_are_one(real, monkeypatch):
    jobs = [f'source = "p1.png"\noutput = "{name}.png"' for name in ("Caf\u00e9", "cafe\u0301")]
    assert read_job_file(written(real, *jobs))[1] == []
    monkeypatch.setattr(places, "_ignores_case", lambda folder: True)
    assert "both make" in read_job_file(written(real, *jobs))[1][0]


def test_what_the_file_itself_makes_is_not_found_through_a_link(real):
    job = 'source = "**/*.png"\noutput = "link/{stem}-d.png"'
    before = {spec.source for spec in read_job_file(written(real, job))[0]}
    (real / "real" / "p1-d.png").touch()
    assert {spec.source for spec in read_job_file(written(real, job))[0]} == before


# ---------------------------------------------------------------- globs


PATTERNS = [
    *("*.png", "**/*.png", "a/**/*.png", "**/b/*.png", "**", "a/**", "**/", "*/", "[ab]/*", "a/b/c.png", "a/../*.png"),
    *(
        "**/**/*.png",
        "**/b/**/*.png",
        "*/*/*.png",
        ".*",
        "**/.h/*",
        "a/?/*.png",
        "**/[!c].png",
        "none/*.png",
        "./*.png",
    ),
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_glob_finds_what_pythons_finds(tmp_path, pattern):
    for path in (
        "x.png",
        "c.png",
        "a/x.png",
        "a/b/c.png",
        "a/b/d/x.png",
        "b/x.png",
        "b/b/y.png",
        ".h/x.png",
        "a/.y.png",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "l").symlink_to("a")
    expected = {os.path.normpath(each) for each in glob(pattern, root_dir=tmp_path, recursive=True)} - {"."}
    assert {os.path.normpath(each) for each in matching(pattern, tmp_path)} == expected
    absolute = str(tmp_path / pattern)
    expected = {os.path.normpath(each) for each in glob(absolute, recursive=True)} - {str(tmp_path)}
    assert {os.path.normpath(each) for each in matching(absolute, tmp_path)} - {str(tmp_path)} == expected


# ---------------------------------------------------------------- how files are written


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_looks_and_job_files_are_read_with_a_byte_order_mark_and_without(tmp_path, encoding):
    (tmp_path / "a.png").touch()
    (tmp_path / "look.toml").write_text("# Für mich.\nstrength = 0.25\n", encoding=encoding)
    (tmp_path / "jobs.toml").write_text(
        '# Für mich.\n[[job]]\ncommand = "image"\nsource = "a.png"\noutput = "o.png"\npreset = "look.toml"\n',
        encoding=encoding,
    )
    (spec,), problems = read_job_file(tmp_path / "jobs.toml")
    assert problems == []
    assert configure("image", preset=spec.arguments["preset"]).dream.strength == 0.25


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "latin-1"])
def test_other_encodings_are_one_line_that_says_what_to_do(tmp_path, encoding):
    text = ("\ufeff" if encoding == "utf-16-be" else "") + "# Für mich.\n"
    for name in ("look.toml", "jobs.toml"):
        (tmp_path / name).write_text(text, encoding=encoding)
    with pytest.raises(ConfigError, match=r"look.toml: .*save it again as UTF-8"):
        configure("image", preset=str(tmp_path / "look.toml"))
    with pytest.raises(ConfigError, match=r"jobs.toml: .*save it again as UTF-8"):
        read_job_file(tmp_path / "jobs.toml")


def test_dots_in_texts_numbers_and_comments_make_no_long_key(tmp_path):
    dots = ".".join("abcdefghijklmnopqrstuvw")
    numbers = ", ".join(f"[{number}, 1.5]" for number in range(100))
    text = f"# {dots}\nstrength = {{ keys = [{numbers}] }}\nnetwork = '{dots}.keras'\n"
    (tmp_path / "look.toml").write_text(text)
    assert read_toml(tmp_path / "look.toml", "look")["network"] == f"{dots}.keras"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sum": [0.001] * 1001}, "more than 1000 parts"),
        ({"product": [{"sum": [0.001] * 600}] * 2}, "more than 1000 parts"),
        ({"follow": "low", "base": {"sum": [0.001] * 600}, "amount": {"sum": [0.001] * 600}}, "more than 1000 parts"),
        ({"keys": [[number, 1] for number in range(100_001)]}, "100000 are the most"),
        ({"cycle": [1] * 100_001, "every": 1}, "100000 are the most"),
        ({"sine": [1, 0.3], "period": "9" * 400 + "s"}, "as a period"),
    ],
)
def test_a_curve_has_a_bound(given, said):
    with pytest.raises(ConfigError, match=said):
        configure("music", strength=given)


def test_a_curve_of_many_keys_is_as_quick_as_one_of_few():
    keys = [[number, number % 7 / 7] for number in range(100_000)]
    curve = configure("video", strength={"keys": keys}).dream.strength
    assert isinstance(curve, Curve)
    clock = Clock(Fraction(25))
    began = time.process_time()
    assert [curve.at(frame, clock) for frame in (0, 3, 3.5, 99_999, 10**6)] == pytest.approx(
        [0, 3 / 7, 3.5 / 7, 99_999 % 7 / 7, 99_999 % 7 / 7]
    )
    for frame in range(0, 100_000, 100):
        curve.at(frame, clock)
    assert time.process_time() - began < 1
