"""What is said of a film arrives in every kind of file, as PyAV reads it; what a hostile file says does no harm."""

from fractions import Fraction

import av
import pytest
from synthetic import panned, write_film

from vidream.errors import MediaError
from vidream.media import ffmetadata
from vidream.media.ffmetadata import Chapter, Metadata
from vidream.media.metadata import LARGEST, read_metadata

RECIPE = '[recipe]\nlook = "été; # 5 = \\\\ 7"\n\n[CHAPTER]\nlayers = ["block4"]\n' + "knob = 1\n" * 400
FILMS = (".mp4", ".mov", ".mkv", ".webm")


def film(path, **given):
    return write_film(path, panned(5, 48, 64), pix_fmt="yuv420p", **given)


def of(tags) -> dict[str, str]:
    """Tags by their names in lower case."""
    return {key.lower(): value for key, value in tags.items()}


@pytest.mark.parametrize("ending", FILMS)
def test_what_is_said_of_a_film_arrives_in_every_kind_of_file(tmp_path, ending):
    path = film(tmp_path / f"film{ending}", metadata={"comment": RECIPE, "title": "A = B; C"})
    with av.open(str(path)) as read:
        tags = of(read.metadata)
        assert (tags["comment"], tags["title"]) == (RECIPE, "A = B; C")
        assert len(list(read.decode(video=0))) == 5
    assert read_metadata(path)["comment"] == RECIPE


def test_a_gif_says_its_comment(tmp_path):
    path = film(tmp_path / "film.gif", metadata={"comment": RECIPE, "title": "is not kept"})
    with av.open(str(path)) as read:
        assert read.metadata["comment"] == RECIPE
        assert len(list(read.decode(video=0))) == 5
    assert read_metadata(path).keys() <= {"comment", "encoder"}


def test_nothing_is_said_where_there_is_nothing_to_say(tmp_path):
    with av.open(str(film(tmp_path / "film.mkv"))) as read:
        assert of(read.metadata).keys() <= {"encoder"}


def test_text_goes_through_whatever_it_holds():
    said = Metadata(
        {"title": "a=b;c#d\\e\n[CHAPTER]\nSTART=0\n;x", "odd=key": "\\", "empty": ""},
        ({"language": "deu"}, {}),
        (Chapter(Fraction(0), Fraction(3, 2), "one\n[STREAM]"), Chapter(Fraction(3, 2), Fraction(2), "two")),
    )
    again = ffmetadata.parse(ffmetadata.text_of(said))
    assert again.tags == {key: value for key, value in said.tags.items() if value}
    assert (again.streams, again.chapters) == (said.streams, said.chapters)


def test_what_nobody_can_see_is_left_out():
    tags = ffmetadata.parse(ffmetadata.text_of(Metadata({"title": "a\0b\x1b[2J\r\nc\td\ud800"}))).tags
    assert tags == {"title": "ab[2J\nc\td?"}


@pytest.mark.parametrize("times", ["TIMEBASE=1/0\nSTART=0\nEND=1", "START=0\nEND=1", "TIMEBASE=1/9\nSTART=x\nEND=1"])
def test_a_chapter_without_times_that_make_sense_is_left_out(times):
    assert ffmetadata.parse(f";FFMETADATA1\n[CHAPTER]\n{times}\ntitle=x\n").chapters == ()


def test_a_file_that_says_too_much_of_itself_is_refused(tmp_path):
    path = film(tmp_path / "film.mkv", metadata={"comment": "x" * (LARGEST + 1)})
    with pytest.raises(MediaError, match=r"film\.mkv: has more than 1,000,000 bytes of metadata") as error:
        read_metadata(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [None, b"", b"not a film at all" * 99, b";FFMETADATA1\ncomment=x\n"])
def test_what_is_no_film_says_nothing(tmp_path, content):
    path = tmp_path / "film.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError, match=r"film\.mp4") as error:
        read_metadata(path)
    assert "\n" not in str(error.value)
