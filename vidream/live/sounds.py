"""Sounds that ears can listen to: a file in its own time, or a device by the package soundcard."""

import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from vidream.analysis import SAMPLE_RATE
from vidream.analysis.samples import Floats
from vidream.errors import ConfigError, MediaError, first_line
from vidream.media.paths import check_source
from vidream.media.sound import read_sound
from vidream.text import install

BLOCK = 512
"""Samples that are heard at a time: 23 ms at SAMPLE_RATE."""

BUFFER = 0.012
"""Seconds that a device is asked to collect before it hands samples on; its own latency comes on top."""

BROKEN = (RuntimeError, AssertionError, IndexError, TypeError)
"""What soundcard raises of a device or a sound system that is not there, or not any more."""


WORDS = ("microphone", "speakers")
"""That name a device by what it is."""


class Sound(Protocol):
    """A sound that goes on. str() names it in messages."""

    def blocks(self, stop: threading.Event) -> Iterator[tuple[Floats, float]]:
        """Its samples, as they sound, until `stop` is set.

        Yields:
            (n,) float32, mono at SAMPLE_RATE, finite; and the moment of time.monotonic() at which the last of them was
            there.

        Raises:
            OSError: it is lost. It may be asked for anew.
        """


class FileSound:
    """A file that sounds in its own time, again and again: a stand-in for a microphone."""

    def __init__(self, path: Path, max_seconds: float) -> None:
        """Read it. Raises MediaError where that cannot be, or it lasts longer than `max_seconds`."""
        check_source(path, "sound")
        self._path = path
        self._samples = read_sound(path, SAMPLE_RATE, max_seconds)

    def __str__(self) -> str:
        return str(self._path)

    def blocks(self, stop: threading.Event) -> Iterator[tuple[Floats, float]]:
        """Its samples, each when it is due; the first now."""
        begun, place = time.monotonic(), 0
        while True:
            first = place % len(self._samples)
            block = self._samples[first : first + BLOCK]
            place += len(block)
            due = begun + place / SAMPLE_RATE
            if stop.wait(max(0.0, due - time.monotonic())):
                return
            yield block, due


class DeviceSound:
    """A microphone, a line, or what a loudspeaker plays."""

    def __init__(self, words: str) -> None:
        """Look for a device. words: "microphone", "speakers", or a part of a device's name.

        Raises:
            ConfigError: the package is not there, there is no sound system, no such device, or several.
        """
        self._words = words
        self._soundcard = _soundcard(words)
        self._find()

    def __str__(self) -> str:
        return self._words

    def blocks(self, stop: threading.Event) -> Iterator[tuple[Floats, float]]:
        """What it hears, as it comes."""
        frames = round(BUFFER * SAMPLE_RATE)
        try:
            with self._find().recorder(samplerate=SAMPLE_RATE, blocksize=frames) as recorder:
                while not stop.is_set():
                    samples = np.asarray(recorder.record(BLOCK), np.float32).mean(axis=1)
                    moment = time.monotonic() - BUFFER
                    yield np.nan_to_num(np.clip(samples, -8, 8)).astype(np.float32), moment
        except ConfigError:
            raise OSError("it is not there") from None
        except BROKEN as error:
            raise OSError(_reason(error)) from None

    def _find(self) -> Any:
        """The device, as it is now."""
        try:
            _reconnect()
            if self._words == "microphone":
                return self._soundcard.default_microphone()
            devices = self._soundcard.all_microphones(include_loopback=True)
            if self._words == "speakers":
                return _loopback(self._soundcard.default_speaker(), devices)
        except BROKEN as error:
            raise ConfigError(f"--ears {self._words}: there is none ({_reason(error)})") from None
        names = [device.name for device in devices]
        found = [device for device in devices if self._words.casefold() in device.name.casefold()]
        exact = [device for device in found if device.name == self._words]
        if len(exact or found) == 1:
            return (exact or found)[0]
        known = ", ".join(names) or "none"
        if found:
            raise ConfigError(f"--ears {self._words}: {len(found)} devices have that name; there are: {known}")
        raise ConfigError(f"--ears {self._words}: neither a file nor a device; devices are: {known}")


def _loopback(speaker: Any, devices: list[Any]) -> Any:
    """The device among some that hears what a loudspeaker plays: PulseAudio's monitor of it, or itself on Windows.

    Raises:
        RuntimeError: there is none.
    """
    for device in devices:
        if device.isloopback and (device.id in (speaker.id, f"{speaker.id}.monitor") or speaker.name in device.name):
            return device
    raise RuntimeError("this system does not let what it plays be heard; a loopback device by its name may")


def _reconnect() -> None:
    """Reach PulseAudio anew where it has gone away: soundcard would go on with the old connection, and libpulse abort.

    Raises:
        AssertionError: it is not there.
    """
    pulse: Any = sys.modules.get("soundcard.pulseaudio")
    if pulse is not None and pulse._pulse._pa_context_get_state(pulse._pulse.context) != pulse._pa.PA_CONTEXT_READY:
        pulse._pulse = pulse._PulseAudio()


def _soundcard(words: str) -> Any:
    try:
        import soundcard
    except ImportError:
        raise ConfigError(f"--ears: needs the package soundcard; {install('live')}") from None
    except (OSError, *BROKEN) as error:
        named = "" if words in WORDS else "is no file, and "
        silent = f"no sound system is to be reached here ({_reason(error)})"
        raise ConfigError(f"--ears {words}: {named}{silent}; give a file") from None
    return soundcard


def _reason(error: Exception) -> str:
    """What went wrong, in a line; soundcard asserts that the sound system answers, without a word."""
    return first_line(error) if str(error) else "it does not answer"


def open_sound(words: str, max_seconds: float) -> Sound:
    """The sound that words name: "microphone", "speakers", a part of a device's name, or a file.

    Raises:
        ConfigError: there is no such device, or what is needed for it is missing.
        MediaError: the file has no sound that can be read.
    """
    if words in WORDS:
        return DeviceSound(words)
    path = Path(words)
    try:
        is_path = path.exists() or path.parent != Path()
    except (OSError, ValueError):
        raise MediaError(f"--ears: {words!r} is no path") from None
    if is_path:
        return FileSound(path, max_seconds)
    try:
        return DeviceSound(words)
    except ConfigError:
        if re.fullmatch(r"\.[A-Za-z]\w{1,4}", path.suffix, re.ASCII):
            check_source(path, "sound")  # which says that there is none: it was meant as a file
        raise
