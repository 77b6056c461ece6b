"""What a program sees of the package."""

import inspect
import subprocess
import sys
import threading
import typing
from fractions import Fraction
from pathlib import Path
from typing import Any

import mypy.api
import pytest
from synthetic import clicks, panned, read_film, textured, write_film

import vidream
from vidream.config import COMMANDS
from vidream.config.keywords import ImageKnobs, MusicKnobs, VideoKnobs, ZoomKnobs
from vidream.errors import ConfigError
from vidream.media.still import Picture, write_picture

ROOT = Path(__file__).parents[1]
KEYWORDS = {
    "dream_image": ImageKnobs,
    "render_image": ImageKnobs,
    "make_sheet": ImageKnobs,
    "render_video": VideoKnobs,
    "plan_video": VideoKnobs,
    "render_zoom": ZoomKnobs,
    "plan_zoom": ZoomKnobs,
    "render_music": MusicKnobs,
    "plan_music": MusicKnobs,
}
RENDERS = ("dream_image", "render_image", "render_video", "render_zoom", "render_music")


def test_every_exported_name_is_there_and_says_what_it_is():
    assert vidream.__all__ == sorted(vidream.__all__)
    assert set(vidream.__all__) == {*vidream._HOMES, "__version__"}
    for name in vidream._HOMES:
        assert len(getattr(vidream, name).__doc__ or "") > 20, name  # its own; dataclasses make short ones
        assert not getattr(vidream, name).__doc__.startswith(f"{name}("), name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        vidream.nothing  # noqa: B018


def test_what_an_editor_is_told_is_what_is_fetched():
    """The imports under TYPE_CHECKING name the same things, from the same modules."""
    source = (ROOT / "vidream" / "__init__.py").read_text().partition("if TYPE_CHECKING:\n")[2].partition("\n\n")[0]
    homes = {}
    for line in source.splitlines():
        _, module, _, names = line.split(maxsplit=3)
        homes |= dict.fromkeys(names.split(", "), module)
    assert homes == vidream._HOMES


def test_importing_it_imports_nothing_heavy():
    code = "import sys, vidream; print(sorted({'numpy', 'cv2', 'tensorflow', 'rich', 'typer', 'PIL'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("name", KEYWORDS)
def test_the_knobs_of_a_function_are_typed(name):
    assert typing.get_type_hints(getattr(vidream, name))["knobs"] == typing.Unpack[KEYWORDS[name]]


@pytest.mark.parametrize("name", RENDERS)
def test_every_render_takes_a_config_a_listener_and_a_cancel(name):
    parameters = inspect.signature(getattr(vidream, name)).parameters
    assert {"preset", "draft", "config", "on_event", "cancel"} <= parameters.keys()
    hints = typing.get_type_hints(getattr(vidream, name))
    assert hints["cancel"] == threading.Event | None
    assert hints["config"] == vidream.RunConfig | None


WRONG = {
    'vidream.render_video("a", "b", octavs=3)': 'Unexpected keyword argument "octavs" for "render_video"',
    'vidream.render_zoom("a", "b", persistence=1)': 'Unexpected keyword argument "persistence"',
    'number: int = vidream.render_music("a", "b")': 'expression has type "Rendered", variable has type "int"',
    'vidream.run_batch("jobs.toml", cancel=True)': 'Argument "cancel" to "run_batch" has incompatible type "bool"',
}
"""A line of code -> what a type checker says of it."""


def test_a_type_checker_knows_the_package_and_the_program_of_the_docs(tmp_path):
    code = (ROOT / "docs" / "own_program.py").read_text() + "\n".join(WRONG) + "\n"
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nfollow_imports = silent\nignore_missing_imports = True\n")
    answer, trouble, _ = mypy.api.run(["--config-file", str(settings), "--cache-dir", str(tmp_path), "-c", code])
    assert not trouble
    errors = [line for line in answer.splitlines() if ": error: " in line]
    first = len(code.splitlines()) - len(WRONG) + 1
    for number, (error, message) in enumerate(zip(errors, WRONG.values(), strict=True), first):
        assert error.startswith(f"<string>:{number}: ")
        assert message in error


def test_results_are_exported():
    assert typing.get_type_hints(vidream.render_video)["return"] is vidream.Rendered
    assert typing.get_type_hints(vidream.run_batch)["return"] == list[vidream.BatchResult]
    assert typing.get_type_hints(vidream.make_sheet)["return"] is vidream.Sheet


def test_a_config_that_was_built_once_does_as_its_knobs_do(tmp_path):
    film = write_film(tmp_path / "in.mp4", panned(4, 48, 64))
    write_picture(tmp_path / "seed.png", Picture(textured(48, 64)))
    song = clicks(tmp_path / "song.wav", [0.25, 0.75], 1.0)
    knobs: dict[str, Any] = {"fps": 5, "seed": 3}
    zoomed = vidream.plan_zoom(tmp_path / "seed.png", tmp_path / "o.mp4", preset="coral", size="64x48", **knobs)
    config = vidream.configure("zoom", preset="coral", size="64x48", **knobs)
    assert vidream.plan_zoom(tmp_path / "seed.png", tmp_path / "o.mp4", config=config).config == zoomed.config
    assert vidream.plan_video(
        film, tmp_path / "o.mp4", config=vidream.configure("video", draft=True, **knobs)
    ) == vidream.plan_video(film, tmp_path / "o.mp4", draft=True, **knobs)
    made = vidream.configure("music", base="video", pulse=0.5, **knobs)
    by_config = vidream.plan_music(song, film, tmp_path / "o.mp4", config=made)
    assert by_config.config == vidream.plan_music(song, film, tmp_path / "o.mp4", pulse=0.5, **knobs).config


@pytest.mark.parametrize("more", [{"seed": 3}, {"preset": "coral"}, {"draft": True}])
def test_a_config_and_something_else_are_refused(tmp_path, more):
    with pytest.raises(ConfigError, match=f"holds every knob already; leave out {next(iter(more))}"):
        vidream.render_video("in.mp4", tmp_path / "o.mp4", config=vidream.configure("video"), **more)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_config_of_another_command_is_refused(tmp_path, command):
    config = vidream.configure("zoom" if command == "video" else "video")
    arguments: dict[str, tuple[Any, ...]] = {
        "video": (vidream.plan_video, "in.mp4", "o.mp4"),
        "zoom": (vidream.plan_zoom, "in.png", "o.mp4"),
        "music": (vidream.plan_music, "in.wav", "in.png", "o.mp4"),
        "image": (vidream.render_image, "in.png", "o.png"),
    }
    function, *paths = arguments[command]
    with pytest.raises(ConfigError, match=rf'config= is of (zoom|video); configure\("{command}"'):
        function(*paths, config=config)


def test_a_dry_run_is_data(tmp_path):
    song = clicks(tmp_path / "song.wav", [0.25, 0.75, 1.25, 1.75], 2.0)
    strength = {"keys": [["0s", 0], ["2s", 1]]}
    plan = vidream.plan_music(song, "noise", tmp_path / "o.mp4", size="64x48", fps=10, pulse=0, strength=strength)
    run = vidream.DryRun(plan)
    assert (run.count, run.seconds, run.moving) == (20, 2, ("strength",))
    frames = [*run.frames()]
    assert [frame.values["strength"] for frame in frames] == pytest.approx([number / 20 for number in range(20)])
    assert [frame.frame for frame in run.frames(every=8)] == [0, 8, 16]
    assert [frame.seconds for frame in run.frames(every=8)] == [0, Fraction(4, 5), Fraction(8, 5)]
    assert (len(run.sound.peaks), len(run.sound.loudness)) == (20, 20)
    loudest = sorted(range(20), key=lambda frame: -run.sound.peaks[frame])[:4]
    assert all(min(abs(frame - 10 * second) for frame in loudest) <= 1 for second in (0.25, 0.75, 1.25, 1.75))


def test_a_dry_run_without_a_song_has_no_sound(tmp_path):
    run = vidream.DryRun(vidream.plan_zoom("noise", tmp_path / "o.mp4", size="64x48", frames=4))
    assert (run.sound, run.song, run.moving) == (None, None, ())
    assert [frame.values for frame in run.frames()] == [{}] * 4


def test_the_program_of_the_docs_is_short_cancels_half_way_and_goes_on(tmp_path):
    program = ROOT / "docs" / "own_program.py"
    assert len(program.read_text().splitlines()) <= 30
    film = write_film(tmp_path / "in.mp4", panned(60, 48, 64), 25)
    run = subprocess.run(
        [sys.executable, program, film, tmp_path / "out.mp4"], capture_output=True, text=True, check=True
    )
    lines = run.stdout.splitlines()
    assert f"{tmp_path}/out.mp4: cancelled; 30 frames are safe, and the same call goes on from there" in lines
    assert f"{tmp_path}/out.mp4: 30 frames are done; going on from there" in lines
    assert lines[-1] == f"{tmp_path}/out.mp4: 60 frames"
    shares = [line.partition("%")[0] for line in lines if "brightness" in line]
    assert shares[29:31] == ["50", "52"]
    assert len(read_film(tmp_path / "out.mp4")[0]) == 60
