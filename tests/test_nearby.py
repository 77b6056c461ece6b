"""Frames around a moment: those of a film counted from its beginning, wherever one asks for them; few are kept."""

from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from synthetic import ffmpeg, pixels_of

from vidream.errors import MediaError
from vidream.media.nearby import AHEAD, BEFORE, NearbyFrames, film_near
from vidream.media.reader import frames, open_video

KINDS = {
    "b-frames.mp4": ("-c:v", "libx264", "-g", "50", "-bf", "3"),
    "open-gop.mp4": ("-c:v", "libx264", "-g", "25", "-bf", "3", "-x264-params", "open-gop=1"),
    "late.mkv": ("-c:v", "libx264", "-g", "30", "-output_ts_offset", "5"),
    "holes.mp4": ("-vf", "select=not(eq(mod(n\\,7)\\,3))", "-fps_mode", "vfr", "-g", "40"),
    "stream.ts": ("-c:v", "libx264", "-g", "30"),
}


@pytest.fixture(scope="module", params=KINDS)
def film(request, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("films") / request.param
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=6", *KINDS[request.param], path)
    return path


def test_a_frame_that_is_sought_is_the_one_that_is_counted_to(film):
    video = open_video(film)
    counted = [*pixels_of(video)]
    for first in (0, 26, 51, 74, 100, len(counted) - 1):
        with closing(frames(video, first, sought=True)) as following:
            found = [frame.pixels() for frame in islice(following, 2)]
        assert len(found) == min(2, len(counted) - first)
        np.testing.assert_array_equal(found, counted[first : first + 2])
    np.testing.assert_array_equal(film_near(video, 80).pixels(), counted[80])
    with pytest.raises(MediaError, match="has no frame at"):
        film_near(video, len(counted) + 50)


def test_frames_are_the_films_in_any_order_and_few_are_kept(film):
    video = open_video(film)
    counted = [*pixels_of(video)]
    near = NearbyFrames(video, 640, most=1)
    for number in (0, 1, 60, 61, 20, 149, 3, 148):
        np.testing.assert_array_equal(
            near.at(min(number, len(counted) - 1)).pixels(), counted[min(number, len(counted) - 1)]
        )
        assert len(near._kept) <= BEFORE + AHEAD
    np.testing.assert_array_equal(near.at(len(counted) + 5).pixels(), counted[-1])
    near.close()
    assert not near._kept


def test_frames_are_small_and_of_a_picture_folder_too(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=200x100:r=25:d=0.2", tmp_path / "%03d.png")
    near = NearbyFrames(open_video(tmp_path / "%03d.png"), 100)
    assert near.size == near.at(4).size == (100, 50)
    assert [number for number, _ in near.frames(2)] == [2, 3, 4]
    near.close()


def test_what_cannot_be_read_is_said_where_it_is_asked_for(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", tmp_path / "gone.mp4")
    video = open_video(tmp_path / "gone.mp4")
    (tmp_path / "gone.mp4").unlink()
    near = NearbyFrames(video, 640)
    with pytest.raises(Exception, match=r"gone\.mp4"):
        near.at(3)
