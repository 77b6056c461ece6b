"""What is said, whoever chose the names: on a terminal, on a pipe, in logs, in any encoding."""

import io
import json
import logging
import math
import os
import re
import subprocess
import sys
import zipfile

import pytest
from synthetic import clicks, frame_event, panned, read_film, textured, write_film

from vidream.cli import main
from vidream.cli.messages import messages
from vidream.cli.output import Console, shortened, show_table, table
from vidream.cli.progress import alive, progress_bar
from vidream.events import scope, tell, warn
from vidream.media.still import Picture, write_picture
from vidream.text import UNSAFE, LogFormatter, counted, printable, shell_command

EVIL = "a\x1b]0;PWNED\x07\x1b[31m[red] [link]:smile:\n2026-01-01 00:00:00,000 INFO all is well\r\x9b2J\u202e\u2028\x7f"
"""A file's name that sets a title, changes colour, is markup, forges a line, clears the screen, turns text round."""
SHOWN = (
    r"a\x1b]0;PWNED\x07\x1b[31m[red] [link]:smile:\n2026-01-01 00:00:00,000 INFO all is well\r\x9b2J\u202e\u2028\x7f"
)
FAST = ("--size", "48", "--strength", "0")


def harmless(*texts: str) -> str:
    text = "\n".join(texts)
    raw = {hex(code) for code in map(ord, text) if code in UNSAFE and code != 0x0A}
    assert not raw, text
    assert not re.search(r"^2026-01", text, re.MULTILINE), text  # no forged line
    return text


def test_what_a_terminal_would_obey_is_written_out():
    assert printable(EVIL) == SHOWN
    kept = "naïve ЖД 日本 दिन ✓ 👩\u200d🚀 \u200fעברית"  # joiners and scripts are as they were
    assert printable(kept) == kept
    assert printable("caf\udce9") == r"caf\udce9"


@pytest.fixture
def folder(tmp_path):
    """Files with such a name, good and bad."""
    write_film(tmp_path / "plain.mp4", panned(3)).rename(tmp_path / f"{EVIL}.mp4")
    write_picture(tmp_path / "plain.png", Picture(textured(32, 48)))
    (tmp_path / "plain.png").rename(tmp_path / f"{EVIL}.png")
    clicks(tmp_path / "plain.wav", [0.25, 0.75], 1.0).rename(tmp_path / f"{EVIL}.wav")
    for ending in ("mp4", "png", "wav", "toml", "pb", "keras", "pth"):
        (tmp_path / f"bad {EVIL}.{ending}").write_text("not what it says\n" * 20)
    (tmp_path / f"key {EVIL}.toml").write_text(f"{json.dumps(EVIL)} = 1\nstrength = {json.dumps(EVIL)}\n")
    with zipfile.ZipFile(tmp_path / f"class {EVIL}.keras", "w") as archive:
        layer = {"module": "keras.layers", "class_name": EVIL, "config": {"name": EVIL}}
        config = {"module": "keras", "class_name": "Functional", "config": {"name": EVIL, "layers": [layer]}}
        archive.writestr("config.json", json.dumps(config))
    return tmp_path


@pytest.fixture(autouse=True)
def _logger(monkeypatch):
    """As it was: the command line sends what is logged elsewhere. And a slow machine says no more than a fast one."""
    monkeypatch.setattr("vidream.cli.progress.FIRST", math.inf)
    logger = logging.getLogger("vidream")
    before = logger.handlers, logger.level, logger.propagate
    yield
    logger.handlers, logger.level, logger.propagate = before


IMAGE, VIDEO = ("image", f"{EVIL}.png", "out.png"), ("video", f"{EVIL}.mp4", "out.mp4")
REFUSED = {
    "command": (EVIL,),
    "flag": (*VIDEO, f"--{EVIL}", "3"),
    "short flag": ("video", f"-{EVIL}.mp4", "out.mp4"),
    "extra argument": (*VIDEO, EVIL),
    "number": ("preview", "in.png", "out.png", "--top", EVIL),
    "film that is not there": ("video", f"no {EVIL}.mp4", "out.mp4"),
    "film that is none": ("video", f"bad {EVIL}.mp4", "out.mp4"),
    "folder of OUT": ("video", f"{EVIL}.mp4", f"{EVIL}/out.mp4"),
    "ending of OUT": ("video", f"{EVIL}.mp4", f"out.{EVIL}"),
    "knob": (*VIDEO, "--crf", EVIL),
    "curve": (*VIDEO, "--strength", "{" + EVIL),
    "choice": (*VIDEO, "--recipe", EVIL),
    "layer": (*VIDEO, "--layer", EVIL),
    "class": (*VIDEO, "--toward", EVIL),
    "sound": (*VIDEO, "--sound", f"bad {EVIL}.wav"),
    "mask": (*VIDEO, "--mask", f"bad {EVIL}.png"),
    "guide": (*IMAGE, "--guide", f"bad {EVIL}.png"),
    "look by name": (*VIDEO, "--preset", EVIL),
    "look that is no TOML": (*VIDEO, "--preset", f"bad {EVIL}.toml"),
    "look with keys and values": (*VIDEO, "--preset", f"key {EVIL}.toml"),
    "picture that is none": ("image", f"bad {EVIL}.png", "out.png"),
    "picture of a zoom": ("zoom", f"bad {EVIL}.png", "--dry-run"),
    "time of a frame": ("image", f"{EVIL}.mp4@{EVIL}", "out.png"),
    "song that is none": ("music", f"bad {EVIL}.wav", "--dry-run"),
    "batch that is not there": ("batch", f"no {EVIL}.toml"),
    "batch that is no TOML": ("batch", f"bad {EVIL}.toml"),
    "batch with keys": ("batch", f"key {EVIL}.toml"),
    "report": ("report", f"{EVIL}.mp4", f"bad {EVIL}.mp4"),
    "plot": ("report", f"{EVIL}.mp4", f"{EVIL}.mp4", "--plot", f"{EVIL}.png"),
    "bench": ("bench", "--plot", f"{EVIL}.png"),
    "network": ("layers", EVIL),
    "network's class": ("layers", f"class {EVIL}.keras"),
    "frozen network": ("layers", f"bad {EVIL}.pb"),
    "archive": ("layers", f"bad {EVIL}.keras"),
    "weights": (*IMAGE, "--weights", f"bad {EVIL}.pth"),
    "preview": ("preview", f"bad {EVIL}.png", "out.png"),
    "preview's channels": ("preview", f"{EVIL}.png", "out.png", "--channels", EVIL),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_one_line_that_no_name_can_forge(folder, monkeypatch, capsys, case):
    monkeypatch.chdir(folder)
    assert main(list(REFUSED[case])) in (1, 2)
    said = capsys.readouterr()
    assert "Traceback" not in harmless(said.out, said.err)
    assert said.err
    assert all(line.startswith("vidream: ") for line in said.err.splitlines()), said.err


MADE = {
    "video": ("video", f"{EVIL}.mp4", f"out {EVIL}.mp4", *FAST),
    "zoom": ("zoom", f"{EVIL}.png", "--dry-run", "--frames", "3", "--plot", f"plot {EVIL}.png"),
    "music": ("music", f"{EVIL}.wav", f"{EVIL}.png", "--dry-run", "--plot", f"plot {EVIL}.png"),
    "report": ("report", f"{EVIL}.mp4", f"{EVIL}.mp4", "--end", "0.08", "--csv", f"table {EVIL}.csv"),
    "presets": ("presets",),
    "networks": ("networks",),
}


@pytest.mark.parametrize("case", MADE)
def test_what_is_made_is_said_as_harmlessly(folder, vidream_command, case):
    run = vidream_command(*MADE[case])
    assert run.returncode == 0, run.stderr
    text = harmless(run.stdout, run.stderr)
    if case == "video":
        assert SHOWN in text


def test_a_batch_and_its_logs_say_names_whole_and_harmlessly(folder, vidream_command):
    (folder / "jobs.toml").write_text("""
        [[job]]
        command = "video"
        source = "*.mp4"
        output = "films [red]/{stem} [link].mp4"
        size = "48"
        strength = 0
    """)
    for name in (f"bad {EVIL}.mp4", f"{EVIL}.mp4"):
        (folder / name).rename(folder / name.replace(":", ";"))
    refused = vidream_command("batch", "jobs.toml")
    assert refused.returncode == 2
    harmless(refused.stdout, refused.stderr)
    next(folder.glob("bad*.mp4")).unlink()
    listed, run = vidream_command("batch", "jobs.toml", "--dry-run"), vidream_command("batch", "jobs.toml")
    assert (listed.returncode, run.returncode) == (0, 0), run.stderr
    (log,) = folder.glob("jobs.toml.vidream/*.log")
    for text in (listed.stdout, run.stdout, log.read_text()):
        assert "[red]" in harmless(text)
    harmless(run.stderr)
    assert "films [red]/" in listed.stdout
    assert " [link].mp4" in run.stdout


def test_a_networks_layers_are_listed_as_they_are_called(tmp_path, vidream_command):
    from vidream.dream.keras import keras

    name = f"[red]{EVIL}"
    inputs = keras.Input((32, 32, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(4, 3, name=name)(inputs))
    model.save(tmp_path / "net.keras")
    run = vidream_command("layers", "net.keras")
    assert run.returncode == 0, run.stderr
    assert f"[red]{SHOWN}" in harmless(run.stdout, run.stderr)
    assert json.loads(vidream_command("layers", "net.keras", "--json").stdout)[-1]["name"] == name


# ---------------------------------------------------------------- terminals


OWN = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")  # what rich itself writes: colours, the cursor


@pytest.fixture
def terminal():
    return Console(file=io.StringIO(), force_terminal=True, width=400, color_system="truecolor")


def test_bars_and_lines_on_a_terminal_take_names_for_text(terminal):
    with messages(terminal), progress_bar(terminal) as listener, scope(listener):
        warn("changed", EVIL)
        tell(frame_event(1, 2))
    with alive(terminal, EVIL):
        pass
    listed = table("name", EVIL)
    listed.add_row(EVIL, "[/nothing]")
    terminal.print(listed)
    text = OWN.sub("", terminal.file.getvalue()).replace("\r", "")
    assert harmless(text).count(SHOWN) >= 3
    assert f"{SHOWN}: changed" in text
    assert "[/nothing]" in text


def test_the_bars_of_a_batch_take_names_for_text(terminal, folder):
    from vidream.cli.batch import batch_bars
    from vidream.jobs.batch import run_batch

    (folder / "jobs.toml").write_text(
        '[[job]]\ncommand = "image"\nsource = "a*.png"\noutput = "x [red] [link].png"\ndream_size = 64\n'
    )
    with batch_bars(terminal) as listener:
        run_batch(folder / "jobs.toml", listener)
    text = OWN.sub("", terminal.file.getvalue()).replace("\r", "")
    assert "1 of 1, x [red] [link].png" in harmless(text)


def test_no_name_is_cut_in_a_narrow_table(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    name = "a very long name [1080p] [dQw4w9WgXcQ]" * 4
    listed = table("name", "figure", right=("figure",))
    listed.add_row(name, "1")
    Console(force_terminal=True, width=40, color_system=None).print(listed)
    told = capsys.readouterr().out
    assert (
        "".join(line.removesuffix("1  ").strip() for line in told.splitlines()[1:])
        .replace(" ", "")
        .startswith(name.replace(" ", "")[:120])
    )
    show_table(listed)  # on a pipe
    assert name in capsys.readouterr().out


# ---------------------------------------------------------------- logs


def test_a_traceback_in_a_log_forges_no_line():
    file = io.StringIO()
    handler = logging.StreamHandler(file)
    handler.setFormatter(LogFormatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.Logger("told")
    logger.addHandler(handler)
    try:
        raise RuntimeError(EVIL)
    except RuntimeError:
        logger.exception("a bug: %s", EVIL)
    first, *rest = harmless(file.getvalue()).splitlines()
    assert first.endswith(f"ERROR a bug: {SHOWN}")
    assert all(line.startswith("    ") for line in rest)
    assert rest[-2].endswith(f"RuntimeError: {printable(EVIL.partition(chr(10))[0])}")


def test_a_bug_keeps_its_traceback_and_says_names_harmlessly(tmp_path):
    script = "import sys; from vidream import cli\n"
    script += f"def broken(): raise RuntimeError({EVIL!r})\n"
    script += "cli.app.command('broken')(broken)\nsys.exit(cli.main(['broken']))\n"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "Traceback" in run.stderr
    assert "\nRuntimeError: a" in harmless(run.stderr)


# ---------------------------------------------------------------- encodings

ENCODINGS = {
    "strict": {"PYTHONIOENCODING": "utf-8:strict"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
NAMES = (b"caf\xe9 \xff.mp4", "日本 ✓ é.mp4".encode())


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_names_that_cannot_be_encoded_fail_nothing(tmp_path, encoding):
    """File names are bytes: the films are made, said, and the status is 0."""
    film = write_film(tmp_path / "in.mp4", panned(3)).read_bytes()
    (tmp_path / "in.mp4").unlink()
    (tmp_path / "in").mkdir()
    for name in NAMES:
        (tmp_path / "in" / os.fsdecode(name)).write_bytes(film)
    (tmp_path / "jobs.toml").write_text(
        '[[job]]\ncommand = "video"\nsource = "in/*.mp4"\noutput = "out/{stem}.mkv"\nsize = "48"\nstrength = 0\n'
    )

    def run(*arguments):
        command = [sys.executable, "-m", "vidream", *arguments]
        made = subprocess.run(
            command, cwd=tmp_path, check=False, capture_output=True, env=os.environ | ENCODINGS[encoding]
        )
        assert made.returncode == 0, made.stderr
        assert b"Traceback" not in made.stderr
        assert b"Logging error" not in made.stderr
        return made.stdout

    for name in NAMES:
        out = b"out of " + name
        said = run("video", b"in/" + name, out, *FAST)
        assert said.startswith(b"out of ")
        assert (tmp_path / os.fsdecode(out)).exists()
        run("report", b"in/" + name, out)
    told = run("batch", "jobs.toml")
    assert len(list((tmp_path / "out").iterdir())) == len(NAMES)
    assert told.count(b"done ") == len(NAMES)
    logs = [path.read_text(encoding="utf-8") for path in (tmp_path / "jobs.toml.vidream").glob("*.log")]
    assert len(logs) == len(NAMES)
    assert all("3 frames in" in log for log in logs)
    assert any(r"caf\udce9 \udcff.mp4" in log for log in logs)
    run("batch", "jobs.toml", "--dry-run")


# ---------------------------------------------------------------- who listens


def test_a_terminal_that_is_closed_ends_no_render(tmp_path):
    """As `vidream video ... & disown`, when its window is closed."""
    source = write_film(tmp_path / "in.mp4", panned(48, 48, 64, by=(1, 0)))
    command = [sys.executable, "-m", "vidream", "video", str(source), str(tmp_path / "out.mp4"), "--dream-size", "64"]
    ours, its = os.openpty()
    with subprocess.Popen(command, stdin=its, stdout=its, stderr=its, start_new_session=True) as run:
        os.close(its)
        os.read(ours, 100)  # it has begun
        os.close(ours)
        assert run.wait(timeout=120) == 0
    assert len(read_film(tmp_path / "out.mp4")[0]) == 48


@pytest.mark.parametrize(
    ("shell", "status", "said"),
    [
        ('"$@" > /dev/full', 1, "vidream: standard output: cannot be written: No space left on device\n"),
        ('"$@" 2> /dev/full', 0, ""),
        ('"$@" >&-', 0, ""),
        ('"$@" 2>&-', 0, ""),
        ('{ "$@"; echo $? >&2; } | true', 0, "1\n"),
    ],
)
def test_where_nothing_can_be_said(shell, status, said):
    command = ["sh", "-c", shell, "sh", sys.executable, "-c", "import time; time.sleep(0.5)\n" + MAIN, "layers"]
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    run = subprocess.run([*command, "efficientnet-lite0"], capture_output=True, text=True, check=False, env=variables)
    assert (run.returncode, run.stderr) == (status, said)


MAIN = "import sys; from vidream.cli import main; sys.exit(main())"

# ---------------------------------------------------------------- numbers and hints


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("zoom", "noise", "--frames", "0"), "from 1 to 10,000,000, not '0'"),
        (("zoom", "noise", "--seed", "-1"), "from 0 to 4,294,967,295, not '-1'"),
        (("zoom", "noise", "--octave-ratio", "9"), "from 1.05 to 4, not '9'"),
        (("video", "in.mp4", "out.mp4", "--dream-size", "-1"), "from 0 to 16384, not '-1'"),
        (("video", "-clip.mp4", "o.mp4"), "a name that begins with - is written ./-clip.mp4, or after --"),
        (("video", "-hello.mp4", "o.mp4"), "./-hello.mp4, or after --"),
        (("video", "--clip.mp4", "o.mp4"), "./--clip.mp4, or after --"),
        (("-clip.mp4",), "a command comes first, such as vidream video ./-clip.mp4"),
        (("clip.mp4", "o.mp4"), "a command comes first, such as vidream video clip.mp4"),
    ],
)
def test_numbers_and_hints_are_as_people_write_them(vidream_command, arguments, said):
    run = vidream_command(*arguments)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 1)
    assert said in run.stderr


def test_a_name_that_begins_with_a_dash_is_taken_after_two(tmp_path, vidream_command):
    write_film(tmp_path / "-clip.mp4", panned(3))
    for number, arguments in enumerate((("--", "-clip.mp4"), ("./-clip.mp4",))):
        run = vidream_command("video", *FAST, *arguments, f"out{number}.mp4")
        assert run.returncode == 0, run.stderr


def test_a_figure_that_is_zero_but_for_rounding_is_zero(vidream_command):
    run = vidream_command(
        "zoom", "noise", "--dry-run", "--frames", "31", "--turn", '{ sine = [0, 5], period = "1s" }', "--size", "64"
    )
    assert run.returncode == 0, run.stderr
    assert "e-" not in run.stdout
    assert run.stdout.splitlines()[-2].split() == ["30", "1.000", "0"]


def test_a_long_name_leaves_room_for_its_bar():
    assert shortened("short [x].mp4") == "short [x].mp4"
    assert shortened("a film of many words [dQw4w9WgXcQ].mp4") == "a film of ma…9WgXcQ].mp4"
    assert len(shortened(EVIL)) == 24


TYPED = [
    "plain.png",
    "it's.png",
    "a b\\c.png",
    "\x1b[201~\x15touch PWN\n.png",
    "caf\udce9.png",
    "\u202egnp.png",
    "日本.png",
]


@pytest.mark.parametrize("name", TYPED)
def test_a_command_to_be_pasted_holds_nothing_that_a_terminal_obeys(name):
    """And a shell makes the very name of it."""
    said = shell_command(["vidream", name])
    assert printable(said) == said
    read = subprocess.run(["bash", "-c", f"printf %s {said.removeprefix('vidream ')}"], capture_output=True, check=True)
    assert read.stdout == os.fsencode(name)


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 frames are safe"), (1, "1 frame is safe"), (2, "2 frames are safe")]
)
def test_counts_agree_with_their_nouns(number, said):
    assert f"{counted(number, 'frame', are=True)} safe" == said
    assert counted(number, "frame") == said.removesuffix(" safe").removesuffix(" is").removesuffix(" are")
