"""Ears: they listen to a sound in threads of their own, and tell the score what they hear."""

import logging
import threading
import time
from collections.abc import Callable

import numpy as np

from vidream.analysis import SAMPLE_RATE, listening, prepare_numba_cache
from vidream.analysis.causal_beats import LONG, CausalBeats
from vidream.analysis.causal_levels import CausalLevels
from vidream.analysis.samples import Floats
from vidream.config import RunConfig
from vidream.errors import first_line
from vidream.events import note
from vidream.live.heard import Heard
from vidream.live.score import LiveScore
from vidream.live.sounds import Sound, open_sound

_LOG = logging.getLogger("vidream")

SEARCH = 1.0
"""Seconds from one search for beats to the next."""

LOST = 2.0
"""Seconds without a sample after which a sound is taken for lost."""

PATIENCE = (1.0, 8.0)
"""Seconds until a lost sound is opened anew: at first, and at most; each time twice as long."""


class SampleClock:
    """When samples were heard, though they come in bursts and a device's clock is not ours.

    A sample is there no later than it comes: of the last seconds the earliest is the true one.
    """

    def __init__(self, rate: int) -> None:
        """Begin with no samples. rate: Hz, of the samples."""
        self._rate, self._last = rate, np.zeros(0)

    def add(self, count: int, moment: float) -> float:
        """The moment at which the sound began, as the last samples say.

        Args:
            count: samples since the beginning.
            moment: at which the last of them came.
        """
        self._last = np.append(self._last, moment - count / self._rate)[-WINDOW:]
        return float(self._last.min())


WINDOW = 128
"""Blocks of samples by which a SampleClock goes: 3 s. A device that is off by 1/1000 is off by 3 ms then."""


class Ears:
    """Listens in two threads: one for levels, one that looks for beats. It never raises."""

    def __init__(self, sound: Sound, score: LiveScore) -> None:
        """Have a sound, and tell a score of it; nothing is heard before `start`."""
        self._sound, self._score, self._stop = sound, score, threading.Event()
        self._trouble, self._came = "", time.monotonic()
        self._ring, self._lock = np.zeros(0, np.float32), threading.Lock()
        self._count, self._began = 0, 0.0
        self._threads = [
            threading.Thread(target=target, name=f"vidream ears {target.__name__}", daemon=True)
            for target in (self._listen, self._search)
        ]

    def start(self) -> None:
        """Listen from now on."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End, and let go of the device."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(LOST)

    @property
    def trouble(self) -> str:
        """What is wrong now, for the status line; "" while something comes."""
        if not self._trouble and self._threads[0].is_alive() and time.monotonic() - self._came > LOST:
            return f"ears: nothing comes from {self._sound}"
        return self._trouble

    def _listen(self) -> None:
        """Hear samples until the end; a sound that is lost is opened anew."""
        wait = PATIENCE[0]
        while not self._stop.is_set():
            levels, clock = CausalLevels(SAMPLE_RATE), SampleClock(SAMPLE_RATE)
            with self._lock:
                self._ring, self._count = self._ring[:0], 0
            try:
                for samples, moment in self._sound.blocks(self._stop):
                    self._trouble, wait = "", PATIENCE[0]
                    self._take(samples, moment, levels, clock)
            except OSError as error:
                self._trouble = f"ears: {self._sound} is lost ({error}); looking again"
            except Exception as error:  # a bug, or what a driver raises: it is told, and tried again  # noqa: BLE001
                _LOG.debug("%s", self._sound, exc_info=True)
                self._trouble = f"ears: {self._sound} is lost ({first_line(error)}); looking again"
            self._score.hear(Heard(np.zeros(0), loudness=np.zeros(0, np.float32)))
            self._stop.wait(wait)
            wait = min(PATIENCE[1], 2 * wait)

    def _take(self, samples: Floats, moment: float, levels: CausalLevels, clock: SampleClock) -> None:
        self._came = time.monotonic()
        heard = levels.hear(samples)
        with self._lock:
            self._count += len(samples)
            self._began = clock.add(self._count, moment)
            self._ring = np.concatenate([self._ring, samples])[-round(LONG * SAMPLE_RATE) :]
        if len(heard.seconds):  # else it was too short to say anything: that is no silence
            self._score.hear(Heard(self._began + heard.seconds, heard.levels, heard.loudness))

    def _search(self) -> None:
        """Look for beats each SEARCH seconds until the end."""
        beats, last = CausalBeats(SAMPLE_RATE), 0
        while not self._stop.wait(SEARCH):
            with self._lock:
                ring, count, began = self._ring, self._count, self._began
            if count < last:  # another sound
                beats = CausalBeats(SAMPLE_RATE)
            last = count
            try:
                found = beats.find(ring, count / SAMPLE_RATE)
            except Exception:  # sounds that nobody thought of: the next ones may do  # noqa: BLE001
                _LOG.debug("beats of %s", self._sound, exc_info=True)
                beats = CausalBeats(SAMPLE_RATE)
                continue
            if self._stop.is_set() or (found.beating is None and found.bar is None):
                continue
            beating = found.beating and found.beating._replace(whole=found.beating.whole + began)
            bar = None if found.bar is None else found.bar + began
            self._score.hear(Heard(np.zeros(0), beating=beating, bar=bar, metre=found.metre))


class NoEars:
    """Ears that hear nothing: nobody asked for any."""

    trouble = ""

    def start(self) -> None:
        """Nothing begins."""

    def close(self) -> None:
        """Nothing is open."""


def open_ears(config: RunConfig, score: LiveScore) -> Ears | NoEars:
    """What --ears names, ready to listen: what compiles has compiled, what is missing has been said.

    Raises:
        ConfigError: there is no such device, or what is needed for it is missing.
        MediaError: the file has no sound that can be read; librosa needs a folder to write to, and there is none.
    """
    if config.live.ears is None:
        return NoEars()
    sound = open_sound(config.live.ears, config.files.max_seconds)
    if prepare_numba_cache():
        note("getting ready to listen; the first time on a machine takes up to two minutes", config.live.ears)
    rehearse()
    return Ears(sound, score)


def rehearse(beats: Callable[[int], CausalBeats] = CausalBeats) -> None:
    """Look for beats once in made-up clicks, so that nothing is compiled later on."""
    samples = np.zeros(4 * SAMPLE_RATE, np.float32)
    for beat in range(8):
        samples[beat * SAMPLE_RATE // 2 :][:200] = np.linspace(0.9, 0.0, 200) * np.sin(np.arange(200))
    with listening():
        CausalLevels(SAMPLE_RATE).hear(samples[:2048])
        beats(SAMPLE_RATE).find(samples, 4.0)
