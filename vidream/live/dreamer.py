"""What a live dream dreams with: it changes on the way, and what is not ready is made beside, while the old goes on."""

import os
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress

from vidream.config import Goal, RunConfig
from vidream.dream.choice import note_fallback
from vidream.dream.load import load_network
from vidream.dream.octaves import dream
from vidream.errors import RenderError, first_line
from vidream.events import StageEvent, tell
from vidream.frames import Context, Image
from vidream.live.fade import Part, bare, parts_of
from vidream.live.mixture import Mixture
from vidream.render.dreamer import read_guides

KEPT = 8
"""Mixtures that are kept ready, at most; the one that was dreamed with longest ago goes first."""

POLITE = 5
"""By which what is made beside stands back behind the dream, where threads have a niceness."""

Network = tuple[str, str | None, str]
"""Its name, its weights' file, and the engine that is asked for."""

Goals = tuple[Goal, ...]
"""What is dreamed together, of one network."""


class LiveDreamer:
    """The dream of a live run: see vidream.render.state.Dreamer. It is called in one thread.

    Another look of the same network needs other terms, another network must be loaded, an engine may have to be
    compiled: a thread beside makes it, while what was dreamed last goes on; then it takes over. In a fade from one
    network to another they take turns: each frame is dreamed by one of them, by the new one more and more often.
    """

    def __init__(self, config: RunConfig, looks: Iterable[RunConfig] = ()) -> None:
        """Load the network, and those of the looks that may be played.

        Args:
            config: at the beginning.
            looks: that may be played.

        Raises:
            ConfigError: a network has not the layers that are asked for.
            MediaError: a network, or the guide, cannot be read; or the guide shows nothing.
        """
        tell(StageEvent("waking the network", config.goal.network))
        note_fallback(config.goal)
        self._tile, self._guides = config.dream.tile, read_guides(config)
        self._parts = parts_of(config.goal)
        self._ready = [self._made(_bare_goals(self._parts))]
        for goal in dict.fromkeys(bare(look.goal) for look in looks):
            load_network(goal)
        self._credits: dict[Network, float] = {}
        self._maker: threading.Thread | None = None
        self._lock = threading.Lock()
        self._failed: dict[Goals, str] = {}

    def __call__(self, start: Image, config: RunConfig, steps: int, /, context: Context = Context()) -> Image:
        """A picture, dreamed some steps at each octave: see vidream.dream.octaves.dream.

        Args:
            start: (H, W, 3).
            config: at this moment; where its goal cannot be had yet, the last one is dreamed. What fails is told by
                `trouble`, and the picture comes back as it is.
            steps: at each octave.
            context: of the picture.
        """
        self._parts = self._possible(config, start)
        goals = _bare_goals(self._parts)
        mixture = self._holding(goals)
        assert mixture is not None
        mixture.want(self._parts)
        try:
            dreamed = dream(start, mixture.gradient, config.dream, steps, context)
        except (RenderError, MemoryError) as error:
            self._fail(goals, error)
            return start
        with self._lock:
            self._failed.pop(goals, None)
        return dreamed

    @property
    def trouble(self) -> str:
        """Why what is asked for is not dreamed, in one line; "" while it is, or is being made."""
        with self._lock:
            return next(iter(self._failed.values()), "")

    def close(self, patience: float | None = None) -> None:
        """Wait for what is being made, at most so many seconds; None: as long as it takes."""
        if self._maker is not None:
            self._maker.join(patience)

    def _possible(self, config: RunConfig, start: Image) -> tuple[Part, ...]:
        """What of a moment's goal is dreamed now; what is missing is begun to be made."""
        by_network: dict[Network, list[Part]] = {}
        for part in parts_of(config.goal):
            by_network.setdefault((part.goal.network, part.goal.weights, part.goal.engine), []).append(part)
        asked = {network: _bare_goals(parts) for network, parts in by_network.items()}
        with self._lock:
            self._failed = {goals: text for goals, text in self._failed.items() if goals in asked.values()}
        missing = [goals for goals in asked.values() if self._holding(goals) is None]
        if missing:
            self._make(missing[-1], config, start)
        ready = [network for network, goals in asked.items() if goals not in missing]
        if not ready:
            return self._parts
        shares = {network: sum(part.share for part in by_network[network]) for network in ready}
        self._credits = {network: self._credits.get(network, 0.0) + share for network, share in shares.items()}
        chosen = max(ready, key=lambda network: self._credits[network])
        self._credits[chosen] -= sum(shares.values())
        return tuple(by_network[chosen])

    def _holding(self, goals: Goals) -> Mixture | None:
        """What can dream some goals; it is looked for first from now on."""
        with self._lock:
            found = next((mixture for mixture in self._ready if mixture.holds(goals)), None)
            if found is not None:
                self._ready.remove(found)
                self._ready.insert(0, found)
            return found

    def _make(self, goals: Goals, config: RunConfig, start: Image) -> None:
        """Begin to make what can dream some goals, unless something is being made, or it has failed."""
        if goals in self._failed or (self._maker is not None and self._maker.is_alive()):
            return
        self._maker = threading.Thread(
            target=self._work, args=(goals, start.copy(), config.dream.shape), name="looks beside", daemon=True
        )
        self._maker.start()

    def _work(self, goals: Goals, picture: Image, shape: str) -> None:
        _stand_back()
        try:
            mixture = self._made(goals)
            mixture.try_on(picture, shape)
        except Exception as error:  # noqa: BLE001 (whatever it is, the show goes on)
            self._fail(goals, error)
            return
        with self._lock:
            self._ready = [mixture, *self._ready][:KEPT]

    def _fail(self, goals: Goals, error: Exception) -> None:
        with self._lock:
            self._failed[goals] = f"{goals[-1].network}: {first_line(error)}"

    def _made(self, goals: Goals) -> Mixture:
        return Mixture(goals, self._tile, *self._guides)


def _bare_goals(parts: Sequence[Part]) -> Goals:
    return tuple(bare(part.goal) for part in parts)


def _stand_back() -> None:
    """Let this thread stand back behind the dream's, where the system can tell threads apart."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), POLITE)
