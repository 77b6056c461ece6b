"""What a film will be that its maker may not have meant is noted: few frames, a draft's size and codec, a look."""

import pytest
from synthetic import panned, write_film

from vidream.events import NoteEvent, scope
from vidream.jobs.video import plan_video
from vidream.jobs.zoom import plan_zoom


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A small film, and one of 960 px, of 30 frames."""
    folder = tmp_path_factory.mktemp("films")
    return {
        96: write_film(folder / "small.mp4", panned(30, 54, 96)),
        960: write_film(folder / "large.mp4", panned(2, 540, 960)),
    }


def noted(plan, source, out="out.mp4", **knobs):
    """The notes of a plan."""
    told = []
    with scope(told.append):
        plan(source, out, **knobs)
    return [event.message for event in told if isinstance(event, NoteEvent)]


def test_a_bare_number_that_is_under_a_second_is_frames(films):
    assert noted(plan_video, films[96], length=1) == ["--length 1: 1 frame; --length 1s is 1 second"]
    assert noted(plan_video, films[96], length=24) == ["--length 24: 24 frames; --length 24s is 24 seconds"]
    assert noted(plan_video, films[96], length=25) == []
    assert noted(plan_video, films[96], length="0.5s") == []
    assert noted(plan_zoom, "noise", length=5, size=96) == ["--length 5: 5 frames; --length 5s is 5 seconds"]


def test_a_draft_with_a_dream_size_says_how_it_is_dreamed(films):
    same = "--draft: dreamed at 400 px, as the film will be; a draft without --dream-size has larger forms"
    assert noted(plan_video, films[960], draft=True, dream_size=400) == [same]
    other = "--draft: dreamed at its 480 px; the film, dreamed at 800 px, will have smaller forms"
    assert noted(plan_video, films[960], draft=True, dream_size=800) == [other]
    assert noted(plan_video, films[960], draft=True) == noted(plan_video, films[960], dream_size=400) == []
    coarse = "--draft: dreamed at 240 px, as the film will be; a draft without --dream-size has smaller forms"
    assert noted(plan_video, films[960], draft=True, dream_size=240) == [coarse]
    assert noted(plan_video, films[960], draft=True, dream_size=320) == []
    assert noted(plan_video, films[96], draft=True, dream_size=400) == []


def test_a_dream_size_over_that_of_the_film_is_told(films):
    said = "--dream-size 961: the film is 960 px; more does nothing"
    assert noted(plan_video, films[960], dream_size=961) == [said]
    assert noted(plan_video, films[960], dream_size=960) == noted(plan_video, films[960], dream_size=0) == []
    assert noted(plan_video, films[96], dream_size=960, size="1920x1080") == []
    assert noted(plan_video, films[96]) == []


def test_a_draft_says_what_becomes_of_a_codec_for_editors(films):
    coarser = "--draft: ProRes 422 by --quality small (profile lt); --quality good (profile standard) is finer"
    assert noted(plan_video, films[96], "out.mov", draft=True, codec="prores") == [coarser]
    assert noted(plan_zoom, "noise", "out.mov", draft=True, codec="prores") == [coarser]
    for given in ({"quality": "small"}, {"quality": "master"}):
        assert noted(plan_video, films[96], "out.mov", draft=True, codec="prores", **given) == []
    for out, codec in {"out.mov": "hap", "out.mp4": "hevc", "out/%03d.png": "png16"}.items():
        assert noted(plan_video, films[96], out, draft=True, codec=codec) == []
    assert noted(plan_video, films[96], "out.mov", codec="prores") == []


def test_a_format_that_is_larger_than_the_film_is_told(films):
    assert noted(plan_video, films[96], for_="square") == ["--for square: 96x54 is enlarged to 1080x1080"]
    assert noted(plan_video, films[96], for_="reel", fit="pad") == ["--for reel: 96x54 is enlarged to 1080x1920"]
    assert noted(plan_video, films[96], for_="square", size="54x54") == []
    assert noted(plan_video, films[96], size="1080x1080") == []


def test_a_look_for_zooms_is_used_for_a_film_and_said(films, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('command = "zoom"\nstrength = 0.5\n')
    said = "made for vidream zoom; it is used for this film all the same"
    for look in ("coral", str(own)):
        assert noted(plan_video, films[96], preset=look) == [f"--preset {look}: {said}"]
        assert noted(plan_zoom, "noise", size=96, preset=look) == []
    for look in ("impasto", "inception-v3"):
        assert noted(plan_video, films[96], preset=look) == []


def test_a_loop_of_a_film_says_that_the_clip_stays_as_it_is(films):
    note = "--loop: the dream of its end leads into that of its beginning; the clip is a loop only if it was one"
    assert noted(plan_video, films[96], loop=True) == [note]
    assert noted(plan_zoom, "noise", length=50, size=96, loop=True) == []
