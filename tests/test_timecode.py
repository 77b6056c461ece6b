"""Time code is counted as SMPTE ST 12 counts it: against a plain count of every frame of a day."""

from fractions import Fraction

import pytest

from vidream.config.timecode import Timecode, Timecodes, timecode_of

NTSC, NTSC_60 = Fraction(30000, 1001), Fraction(60000, 1001)


def counted(nominal: int, drop: bool, hours: int):
    """Every time code of so many hours, one by one."""
    for hour in range(hours):
        for minute in range(60):
            for second in range(60):
                dropped = nominal // 15 if drop and minute % 10 and not second else 0
                for frame in range(dropped, nominal):
                    yield Timecode(hour, minute, second, frame, drop)


@pytest.mark.parametrize(("fps", "drop"), [(NTSC, True), (NTSC, False), (NTSC_60, True), (Fraction(25), False)])
def test_frames_are_counted_one_by_one(fps, drop):
    zero = Timecode(0, 0, 0, 0, drop)
    for number, timecode in enumerate(counted(round(fps), drop, 1)):
        if number % 31 == 0 or timecode.seconds == 0:
            assert zero.later(number, fps) == timecode
            assert timecode.fault(fps) == ""


def test_an_hour_of_dropped_numbers_is_an_hour_of_the_clock():
    later = Timecode(1, 0, 0, 0, True).later(round(3600 * NTSC), NTSC)
    assert str(later) in ("02:00:00;00", "01:59:59;29")


@pytest.mark.parametrize(("begin", "count", "fps", "then"), [
    ("01:00:00:00", 26, 25, "01:00:01:01"),
    ("23:59:59:24", 1, 25, "00:00:00:00"),
    ("00:00:59;29", 1, NTSC, "00:01:00;02"),
    ("00:09:59;29", 1, NTSC, "00:10:00;00"),
    ("00:00:59;59", 1, NTSC_60, "00:01:00;04"),
    ("23:59:59;29", 1, NTSC, "00:00:00;00"),
    ("00:00:00:00", 24, Fraction(24000, 1001), "00:00:01:00"),
    ("10:00:00:00", -1, 25, "09:59:59:24"),
])  # fmt: skip
def test_a_frame_that_comes_later(begin, count, fps, then):
    assert str(timecode_of(begin).later(count, Fraction(fps))) == then


@pytest.mark.parametrize(("text", "fps", "fault"), [
    ("00:00:00:25", 25, "last frame of a second is 24"),
    ("00:00:00;00", 25, "is for 29.97 and 59.94 frames a second, not for 25; write a colon"),
    ("00:00:00;00", 30, "not for 30"),
    ("00:01:00;01", NTSC, "skips this number; the next that exists ends in 02"),
    ("00:01:00;03", NTSC_60, "the next that exists ends in 04"),
    ("00:00:00:00", 300, "counts 300 frames a second; 240 at most"),
])  # fmt: skip
def test_a_time_code_that_no_frame_has(text, fps, fault):
    assert fault in timecode_of(text).fault(Fraction(fps))


@pytest.mark.parametrize(("text", "previous", "fps", "then"), [
    ("01:00:00:12", 25, 50, "01:00:00:24"),
    ("01:00:00:12", 25, Fraction(25, 2), "01:00:00:05"),
    ("01:01:00;04", NTSC_60, NTSC, "01:01:00;02"),
    ("01:01:00;02", NTSC, NTSC_60, "01:01:00;04"),
    ("01:01:00;02", NTSC, 25, "01:01:00:01"),
])  # fmt: skip
def test_the_same_moment_at_another_rate(text, previous, fps, then):
    again = timecode_of(text).counted_at(Fraction(fps), Fraction(previous))
    assert str(again) == then
    assert again.fault(Fraction(fps)) == ""


@pytest.mark.parametrize("raw", ["", "1:00:00", "24:00:00:00", "00:60:00:00", "00:00:00:00\n00", "aa:00:00:00",
                                 "00:00:00:0000", "٠٠:00:00:00", 5, 1.5, True, None, ["00:00:00:00"]])  # fmt: skip
def test_what_is_no_time_code(raw):
    with pytest.raises(ValueError, match=r'must be hours, minutes, seconds and frames, "01:00:00:00"'):
        Timecodes().read(raw)


def test_reading_again_changes_nothing():
    for text in ("01:02:03:04", "01:02:03;04"):
        assert str(Timecodes().read(text)) == text
        assert Timecodes().read(Timecodes().read(text)) == timecode_of(text)
