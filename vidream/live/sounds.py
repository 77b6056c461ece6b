"""Sounds that ears can listen to: a file in its own time, or a device by the package soundcard."""

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

BLOCK = 512
"""Samples that are heard at a time: 23 ms at SAMPLE_RATE."""

BUFFER = 0.012
"""Seconds that a device is asked to collect before it hands samples on; its own latency comes on top."""


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
        except ConfigError as error:
            raise OSError(str(error)) from None
        except (RuntimeError, AssertionError, IndexError, TypeError) as error:  # what soundcard raises of a lost device
            raise OSError(first_line(error)) from None

    def _find(self) -> Any:
        """The device, as it is now."""
        try:
            if self._words == "microphone":
                return self._soundcard.default_microphone()
            if self._words == "speakers":
                speaker = self._soundcard.default_speaker()
                return self._soundcard.get_microphone(str(speaker.id), include_loopback=True)
            devices = self._soundcard.all_microphones(include_loopback=True)
        except (RuntimeError, AssertionError, IndexError, TypeError) as error:
            raise ConfigError(f"--ears {self._words}: there is none ({first_line(error)})") from None
        names = [device.name for device in devices]
        found = [device for device in devices if self._words.casefold() in device.name.casefold()]
        exact = [device for device in found if device.name == self._words]
        if len(exact or found) == 1:
            return (exact or found)[0]
        known = ", ".join(names) or "none"
        if found:
            raise ConfigError(f"--ears {self._words}: {len(found)} devices have that name; there are: {known}")
        raise ConfigError(f"--ears {self._words}: neither a file nor a device; devices are: {known}")


def _soundcard(words: str) -> Any:
    try:
        import soundcard
    except ImportError:
        raise ConfigError("--ears: needs the package soundcard: pip install 'vidream[live]'") from None
    except (OSError, AssertionError, RuntimeError, IndexError):
        named = "" if words in WORDS else "is no file, and "
        raise ConfigError(f"--ears {words}: {named}no sound system can be reached here; give a file") from None
    return soundcard


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
    return FileSound(path, max_seconds) if is_path else DeviceSound(words)
