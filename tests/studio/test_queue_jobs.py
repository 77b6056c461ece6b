"""What a page asks for becomes a job that makes just that, under a name that nothing has, and inside the folder."""

import shutil
from pathlib import Path

import pytest
from synthetic import panned, textured, write_film

from vidream.errors import ConfigError
from vidream.jobs.globs import Globs
from vidream.jobs.jobtable import JobTable
from vidream.media.still import Picture, write_picture
from vidream.studio.job_text import job_table
from vidream.studio.queue_jobs import Choices, Ordered, free_out, job_keys, look_into, ordered, spec_of, taken
from vidream.studio.queue_place import QueuePlace


@pytest.fixture
def place(tmp_path: Path) -> QueuePlace:
    folder = tmp_path / "folder"
    (folder / ".vidream-studio" / "queue").mkdir(parents=True)
    write_film(folder / "clip.mp4", panned(6, 48, 64), fps=10)
    write_picture(folder / "seed.png", Picture(textured(48, 64)))
    return QueuePlace(folder, folder / ".vidream-studio" / "queue")


def nothing(_: Path) -> bool:
    return False


def wire(place: QueuePlace, **other):
    return {"command": "video", "source": str(place.folder / "clip.mp4"), "song": None, "knobs": {}, **other}


def keys_of(place: QueuePlace, choices: Choices | None = None, **other):
    return job_keys(place, ordered(wire(place, **other)), choices or Choices(), nothing)


def test_a_job_has_what_the_look_has_and_what_is_chosen_over_it(place):
    knobs = {"strength": 0.5, "octave_ratio": 1.5, "for_": "reel", "length": 4}
    keys = keys_of(place, Choices(size="32", length="0.3s", form="hevc", quality="small"), preset="coral", knobs=knobs)
    assert keys == {
        **{"command": "video", "source": "clip.mp4", "output": "films/clip-coral.mp4", "preset": "coral"},
        **{"strength": 0.5, "octave_ratio": 1.5, "length": "0.3s", "codec": "hevc", "quality": "small", "size": "32"},
    }
    item = look_into(place, spec_of(place, keys))
    assert (item.frames, str(item.size)) == (3, "32x24")
    assert not (place.folder / "films").exists()


@pytest.mark.parametrize(
    ("command", "source", "expected"),
    [("image", "clip.mp4", "clip.mp4@0.3"), ("zoom", "clip.mp4", "clip.mp4@0.3"), ("zoom", "seed.png", "seed.png")],
)
def test_of_a_film_a_picture_and_a_zoom_are_made_of_the_frame_that_is_shown(place, command, source, expected):
    keys = keys_of(place, command=command, source=str(place.folder / source), second=0.3)
    assert keys["source"] == expected
    assert keys["output"].endswith(".png" if command == "image" else ".mp4")
    size = look_into(place, spec_of(place, keys)).size
    assert size == ((64, 48) if command == "image" else (960, 720))


@pytest.mark.parametrize("form", ["mp4", "webm", "gif", "prores", "ffv1", "png"])
def test_every_form_can_be_written(place, form):
    keys = keys_of(place, Choices(form=form))
    assert look_into(place, spec_of(place, keys)).frames == 6


@pytest.mark.parametrize(
    "name", ["a*b.mp4", "what?.mp4", "song [1].mp4", "[a-z].mp4", "{stem}.mp4", "50%.mp4", "ä @ 3.mp4"]
)
def test_whatever_a_source_is_called_it_is_that_one_that_is_read(place, name):
    shutil.copy(place.folder / "clip.mp4", place.folder / name)
    shutil.copy(place.folder / "clip.mp4", place.folder / "axb.mp4")
    keys = keys_of(place, source=str(place.folder / name))
    spec = spec_of(place, keys)
    assert spec.source == str(place.folder / name)
    assert spec.out.parent == place.folder / "films"
    assert JobTable(1, keys, {}).specs(Globs(place.folder))[0].out == place.folder / keys["output"]


def test_nothing_that_is_there_gets_a_film_of_its_name(place):
    films = place.folder / "films"
    films.mkdir()
    (films / "a.mp4").touch()
    (films / "a-2.mp4.vidream").mkdir()  # of a run that was stopped
    assert free_out(place, "a", ".mp4", taken(place, [films / "A-3.mp4"])) == films / "a-4.mp4"
    assert free_out(place, " ../../x/y ", ".mp4", nothing).parent == films
    assert free_out(place, "CON", ".mp4", nothing).name == "CON_.mp4"
    assert free_out(place, "a", "/%05d.png", nothing) == films / "a" / "%05d.png"


@pytest.mark.parametrize(
    "knobs",
    [{"mask": "../secret.png"}, {"sound": "../secret.wav"}, {"write_markers": ["../out.csv"]}, {"mask": "link.png"}],
)
def test_nothing_outside_of_the_folder_is_read_or_written(place, knobs):
    for name in ("secret.png", "secret.wav"):
        (place.folder.parent / name).write_bytes(b"x")
    (place.folder / "link.png").symlink_to(place.folder.parent / "secret.png")
    with pytest.raises(ConfigError, match=r"is not in .*; the studio makes films there alone"):
        spec_of(place, keys_of(place, knobs=knobs))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"source": None}, "there is nothing to dream of yet"),
        ({"command": "music"}, "there is no song to follow yet"),
        ({"command": "live"}, "is no command that makes a film"),
    ],
)
def test_what_is_missing_is_said(place, other, said):
    with pytest.raises(ConfigError, match=said):
        ordered(wire(place, **other))


def test_files_of_knobs_stand_by_their_names_so_that_the_folder_can_be_moved(place):
    mask, follow = str(place.folder / "seed.png"), {"follow": "level", "of": str(place.folder / "drums.wav")}
    keys = keys_of(place, knobs={"mask": mask, "strength": follow})
    assert (keys["mask"], keys["strength"]["of"]) == ("seed.png", "drums.wav")
    assert str(place.folder) not in job_table(keys)
    assert spec_of(place, keys_of(place, knobs={"mask": mask})).arguments["mask"] == mask


def test_what_cannot_be_chosen_is_said_in_the_words_of_the_command_line(place):
    with pytest.raises(ConfigError, match=r"--for reels: did you mean reel\?"):
        keys_of(place, Choices(for_="reels"))
    with pytest.raises(ConfigError, match=r"mp5: is nothing that video writes; did you mean mp4"):
        keys_of(place, Choices(form="mp5"))
    with pytest.raises(ConfigError, match="--size"):
        look_into(place, spec_of(place, keys_of(place, Choices(size="huge"))))


def test_a_title_is_of_what_and_how():
    order = Ordered("music", "/f/cat.png", "/f/one song.wav", "/f/looks/mine.toml", {})
    assert order.title == "one song-mine"
