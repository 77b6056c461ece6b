"""Films that were damaged at random: what can be read is shown, or one clear line tells; nothing hangs or crashes."""

import random
import time

import pytest
from synthetic import SAMPLES, add_sound, pixels_of, read_film, write_film

from vidream.errors import VidreamError
from vidream.jobs.video import render_video
from vidream.media.reader import open_video

CASES = 200


@pytest.mark.slow
def test_two_hundred_damaged_films(tmp_path):
    small = write_film(tmp_path / "small.mp4", list(pixels_of(open_video(SAMPLES / "city_tiny.mp4"))), crf=20)
    whole = add_sound(small, tmp_path / "whole.mp4", seconds=1).read_bytes()
    dice, read, refused = random.Random(5), 0, 0
    for case in range(CASES):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 3, 30, 300))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if case % 4 == 0:
            del data[dice.randrange(len(data)) :]
        path, out = tmp_path / f"{case}.mp4", tmp_path / f"{case}-out.mp4"
        path.write_bytes(data)
        began, told = time.monotonic(), ""
        try:
            made = render_video(path, out, strength=0)
        except VidreamError as error:
            told = str(error)
        if told:
            refused += 1
            assert "\n" not in told
            assert not out.exists(), (case, told)
        else:
            read += 1
            assert 0 < made.frames <= 240, case
            assert len(read_film(out)[0]) == made.frames, case
        assert time.monotonic() - began < 20, case  # neither a hang nor an endless film
        assert not list(tmp_path.glob(".*")), case
    assert read > 20
    assert refused > 20
