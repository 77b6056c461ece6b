"""A job file is changed by whole jobs: whatever else a person wrote in it stays, byte for byte."""

import tomllib

import pytest

from vidream.errors import ConfigError
from vidream.studio import queue_file
from vidream.studio.job_text import HEAD, job_table, split
from vidream.studio.queue_place import QueuePlace

MINE = """\
# my songs, do not touch
[defaults]
size = "960"   # the long side

# the first one
[[job]]
command = "zoom"
source = "a.png"
output = "a.mp4"

[[job]]   # no comment above
command = "music"
song = "*.wav"
source = "b.png"
output = "{stem}.mp4"
layer = [
[
"block4", "block5"]
]
[job.matrix]
preset = ["coral", "temple"]

# of the third
# in two lines
[[job]]
command = "video"
source = '''
[[job]]
'''
output = "c.mp4"
[notes]
mine = "x"
"""


def outputs(text: str) -> list[str]:
    return [job["output"] for job in tomllib.loads(text).get("job", [])]


def test_a_file_is_the_sum_of_its_parts_and_each_job_has_its_own():
    file = split(MINE.replace("'''\n[[job]]\n'''", "'x'"))
    assert file.text == MINE.replace("'''\n[[job]]\n'''", "'x'")
    assert [tomllib.loads(file.job(number))["job"][0]["output"] for number in (1, 2, 3)] == [
        "a.mp4",
        "{stem}.mp4",
        "c.mp4",
    ]
    assert file.job(1).lstrip().startswith("# the first one")
    assert file.job(3).lstrip().startswith("# of the third")
    assert "[job.matrix]" in file.job(2)


def test_what_a_person_wrote_survives_every_change():
    text = MINE.replace("'''\n[[job]]\n'''", "'x'")
    file = split(text).added([job_table({"command": "zoom", "source": "noise", "output": "d.mp4"})])
    assert outputs(file.text) == ["a.mp4", "{stem}.mp4", "c.mp4", "d.mp4"]
    file = file.moved(4, 1)
    assert outputs(file.text) == ["d.mp4", "a.mp4", "{stem}.mp4", "c.mp4"]
    file = file.moved(1, None).without(4)
    assert outputs(file.text) == ["a.mp4", "{stem}.mp4", "c.mp4"]
    for line in text.splitlines():
        assert line in file.text
    assert tomllib.loads(file.text) == tomllib.loads(text)
    assert split(text).without(2).text == text.replace(split(text).job(2), "")


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("before", [1, 2, 3, None])
def test_a_job_is_put_before_another(number, before):
    names = ["a.mp4", "{stem}.mp4", "c.mp4"]
    if number == before:
        return
    expected = [name for at, name in enumerate(names, 1) if at != number]
    at = len(expected) if before is None else expected.index(names[before - 1])
    expected.insert(at, names[number - 1])
    assert outputs(split(MINE.replace("'''\n[[job]]\n'''", "'x'")).moved(number, before).text) == expected


@pytest.mark.parametrize(
    "text", [MINE, "job = [{ output = 'a' }, { output = 'b' }]", "[[job]", "[[job]]\na = 1\na = 2"]
)
def test_what_cannot_be_told_apart_is_not_changed(text):
    with pytest.raises(ConfigError, match=r"cannot be told apart|not TOML"):
        split(text)


def test_jobs_of_the_studio_are_read_back_as_they_were():
    keys = {"command": "zoom", "source": 'o"\\ä', "output": "x.mp4", "octave_ratio": 1.5, "for_": "reel", "loop": True}
    keys["strength"] = {"keys": [["0s", 0.1], ["1s", 2]], "ease": "smooth"}
    (job,) = tomllib.loads(job_table(keys))["job"]
    assert job == {key.rstrip("_").replace("_", "-"): value for key, value in keys.items()}


def test_a_new_file_says_what_it_is_and_a_changed_one_keeps_its_mark_and_its_mode(tmp_path):
    place = QueuePlace(tmp_path, tmp_path / "kept")
    job = job_table({"command": "zoom", "source": "noise", "output": "d.mp4"})
    queue_file.change(place, lambda file: file.added([job]))
    assert place.jobs.read_text() == HEAD + "\n" + job
    place.jobs.write_bytes(queue_file.BOM + b"# mine\r\n\r\n[[job]]\r\noutput = 'a'\r\n")
    place.jobs.chmod(0o640)
    queue_file.change(place, lambda file: file.added([job], before=1))
    assert place.jobs.read_bytes().startswith(queue_file.BOM + b"# mine\r\n")
    assert place.jobs.stat().st_mode & 0o777 == 0o640
    assert outputs(place.jobs.read_text("utf-8-sig")) == ["d.mp4", "a"]


def test_a_link_is_not_written_through(tmp_path):
    (tmp_path / "elsewhere").write_text("# mine\n")
    place = QueuePlace(tmp_path, tmp_path / "kept")
    place.jobs.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Exception, match=r"queue\.toml: cannot be changed"):
        queue_file.change(place, lambda file: file.added(["[[job]]\n"]))
    assert (tmp_path / "elsewhere").read_text() == "# mine\n"
