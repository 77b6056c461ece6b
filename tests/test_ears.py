"""Ears hear a file in real time, tell the score, survive what is lost, and say in one line what is missing."""

import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.io.wavfile
from songs import clicks, thump

from vidream.analysis import SAMPLE_RATE
from vidream.analysis.causal_levels import CausalLevels
from vidream.config import configure
from vidream.errors import ConfigError, MediaError
from vidream.live.ears import PATIENCE, Ears, NoEars, SampleClock, open_ears
from vidream.live.score import LiveScore
from vidream.live.sounds import BLOCK, DeviceSound, FileSound, open_sound

pytestmark = pytest.mark.usefixtures("listener")


@pytest.fixture
def wav(tmp_path):
    """Four s of blows on each half second."""
    path = tmp_path / "song.wav"
    scipy.io.wavfile.write(path, SAMPLE_RATE, clicks(120, thump, 4.0, first=0.25)[0])
    return path


def until(condition, seconds=60.0):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_file_sounds_in_its_own_time_again_and_again(wav):
    sound, asked, count, late, begun = FileSound(wav, 60), time.monotonic(), 0, [], []
    for samples, moment in sound.blocks(threading.Event()):
        count += len(samples)
        late.append(time.monotonic() - moment)
        begun.append(moment - count / SAMPLE_RATE)
        if count > 0.5 * SAMPLE_RATE:
            break
    assert begun == pytest.approx([begun[0]] * len(begun), abs=1e-6)
    assert asked <= begun[0] + 1e-6
    assert min(late) >= 0
    sound._samples = sound._samples[:1000]
    blocks = sound.blocks(threading.Event())
    assert [len(next(blocks)[0]) for _ in range(4)] == [BLOCK, 1000 - BLOCK, BLOCK, 1000 - BLOCK]


def test_ears_find_the_beats_of_a_file_in_real_time_and_end_at_once(wav, monkeypatch):
    monkeypatch.setattr("vidream.live.ears.LOST", 30.0)
    score = LiveScore()
    ears = open_ears(configure("live", ears=str(wav)), score)
    began, blocks = list[float](), FileSound.blocks

    def listened(self, stop):
        for samples, moment in blocks(self, stop):
            began.append(moment - BLOCK / SAMPLE_RATE)
            yield samples, moment

    monkeypatch.setattr(FileSound, "blocks", listened)
    begun = time.monotonic()
    score.begin(begun)
    ears.start()
    until(lambda: score.tempo)
    assert score.tempo == pytest.approx(120, abs=1)
    beats = np.asarray(score.marks("beats")) - (began[0] - begun)  # the sound began as soon as its thread did
    assert beats[0] % 0.5 == pytest.approx(0.25, abs=0.05)
    assert beats[9] % 0.5 == pytest.approx(0.25, abs=0.05)
    frames = range(0, round(1000 * (time.monotonic() - begun)), 20)
    assert max(score.level("low", None, None, frame) for frame in frames) > 0.9
    assert ears.trouble == ""
    ended = time.monotonic()
    ears.close()
    assert time.monotonic() - ended < 20
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("vidream ears")]


class Fickle:
    """A sound that is lost after some blocks, and comes again."""

    def __init__(self) -> None:
        self.opened, self.unplugged = 0, True

    def __str__(self) -> str:
        return "USB microphone"

    def blocks(self, stop):
        self.opened += 1
        for _ in range(3):
            yield np.ones(BLOCK, np.float32), time.monotonic()
        if self.unplugged:
            raise OSError("it is unplugged")
        while not stop.wait(0.02):
            yield np.ones(BLOCK, np.float32), time.monotonic()


def test_a_lost_sound_is_told_and_found_again(monkeypatch):
    monkeypatch.setattr("vidream.live.ears.PATIENCE", (0.05, 0.2))
    sound = Fickle()
    ears = Ears(sound, LiveScore())
    ears.start()
    said = "ears: USB microphone is lost (it is unplugged); looking again"
    until(lambda: sound.opened > 3 and ears.trouble == said)
    sound.unplugged = False
    until(lambda: not ears.trouble)
    ears.close()
    assert PATIENCE[0] < PATIENCE[1]


def test_a_sound_of_which_nothing_comes_is_told(monkeypatch):
    monkeypatch.setattr("vidream.live.ears.LOST", 0.1)
    sound = SimpleNamespace(blocks=lambda stop: iter(lambda: stop.wait(9), True))
    ears = Ears(sound, LiveScore())
    assert ears.trouble == ""
    ears.start()
    until(lambda: "nothing comes from" in ears.trouble)
    ears.close()


def test_samples_have_their_time_though_they_come_in_bursts_and_drift():
    clock, rng, began = SampleClock(SAMPLE_RATE), np.random.default_rng(0), 0.0
    for block in range(1, 2000):
        due = 7.0 + block * BLOCK / SAMPLE_RATE * 1.0005  # a device that is slow by 0.05 %
        began = clock.add(block * BLOCK, due + rng.uniform(0, 0.03) * (block % 3 > 0))
    assert began + 1999 * BLOCK / SAMPLE_RATE == pytest.approx(due, abs=0.003)


class Devices:
    """What the package soundcard shows of a machine."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def all_microphones(self, include_loopback=False):
        return [
            SimpleNamespace(name=name, id=f"alsa.{name}", isloopback="Monitor" in name, recorder=self.recorder)
            for name in self.names
        ]

    def default_speaker(self):
        return SimpleNamespace(name="Scarlett 2i2 USB", id="sink.2")

    def default_microphone(self):
        return self.all_microphones()[0]

    def recorder(self, samplerate, blocksize):
        raise RuntimeError("gone\nfor good")


def test_a_device_is_found_by_a_part_of_its_name_or_said_to_be_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "soundcard", Devices("Line In", "Scarlett 2i2 USB", "Monitor of Scarlett 2i2 USB"))
    assert DeviceSound("line")._find().name == "Line In"
    assert DeviceSound("Scarlett 2i2 USB")._find().name == "Scarlett 2i2 USB"
    assert DeviceSound("microphone")._find().name == "Line In"
    assert DeviceSound("speakers")._find().name == "Monitor of Scarlett 2i2 USB"
    with pytest.raises(ConfigError, match=r"--ears scarlett: 2 devices have that name; there are: Line In, Scarlett"):
        DeviceSound("scarlett")
    with pytest.raises(ConfigError, match=r"neither a file nor a device; devices are: Line In"):
        open_sound("pipewire", 60)
    with pytest.raises(OSError, match=r"^gone$"):
        next(DeviceSound("line").blocks(threading.Event()))


def test_what_is_missing_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "soundcard", None)
    for words in ("microphone", "speakers", "a line"):
        with pytest.raises(ConfigError, match=r"pip install 'vidream\[live\]'$"):
            open_sound(words, 60)
    monkeypatch.setitem(sys.modules, "soundcard", Devices())
    for words in ("microphone", "speakers"):
        with pytest.raises(ConfigError, match=f"--ears {words}: there is none"):
            open_sound(words, 60)
    with pytest.raises(MediaError, match="no such file"):
        open_sound(str(tmp_path / "no.wav"), 60)
    for sound_card in (None, Devices("Line In")):
        monkeypatch.setitem(sys.modules, "soundcard", sound_card)
        with pytest.raises(MediaError, match=r"^nosong.mp3: no such file$"):
            open_sound("nosong.mp3", 60)
    with pytest.raises(ConfigError, match="neither a file nor a device"):
        open_sound("Scarlett 2.0", 60)
    with pytest.raises(MediaError, match=r"is no path|no such file"):
        open_sound("x" * 5000 + "/a\0b", 60)
    monkeypatch.delitem(sys.modules, "soundcard")
    (tmp_path / "soundcard.py").write_text("raise AssertionError  # as it does where no sound system answers\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"^--ears song: is no file, and no sound system is to be reached here"):
        open_sound("song", 60)
    with pytest.raises(MediaError, match=r"^song\.mp3: no such file$"):
        open_sound("song.mp3", 60)
    assert isinstance(open_ears(configure("live"), LiveScore()), NoEars)


def test_whatever_a_driver_raises_ears_listen_again_and_say_so(monkeypatch):
    monkeypatch.setattr("vidream.live.ears.PATIENCE", (0.05, 0.2))
    opened = []

    def blocks(_):
        opened.append(time.monotonic())
        yield np.ones(BLOCK, np.float32), time.monotonic()
        raise MemoryError("no room")

    ears = Ears(SimpleNamespace(blocks=blocks), LiveScore())
    ears.start()
    until(lambda: "is lost (no room); looking again" in ears.trouble)
    until(lambda: len(opened) > 2)
    ears.close()


def test_beats_are_looked_for_again_after_a_search_that_failed(monkeypatch):
    monkeypatch.setattr("vidream.live.ears.SEARCH", 0.02)
    searched = []

    def find(*_):
        searched.append(1)
        raise ValueError("never heard such a thing")

    monkeypatch.setattr("vidream.live.ears.CausalBeats.find", find)
    ears = Ears(SimpleNamespace(blocks=lambda stop: iter(lambda: stop.wait(9), True)), LiveScore())
    ears.start()
    until(lambda: len(searched) > 2)
    ears.close()


def test_a_block_that_is_too_short_to_be_measured_is_no_silence(monkeypatch):
    told = []
    score = LiveScore()
    ears = Ears(SimpleNamespace(), score)
    monkeypatch.setattr(score, "hear", told.append)
    levels, clock = CausalLevels(SAMPLE_RATE), SampleClock(SAMPLE_RATE)
    for count in (4 * BLOCK, 1, BLOCK):
        ears._take(np.ones(count, np.float32), time.monotonic(), levels, clock)
    assert [len(heard.moments) > 0 for heard in told] == [True, True]
