"""Goals of one network in one engine: a fade from one to another turns weights alone."""

from collections.abc import Sequence
from functools import reduce
from itertools import accumulate
from operator import add

from vidream.config import Goal
from vidream.dream.load import load_network
from vidream.dream.objective import objective, term_weights
from vidream.dream.pull import MEASURED_AT, pull_of, pulls
from vidream.dream.tiles import TiledGradient
from vidream.frames import Image, size_of
from vidream.live.fade import Part, bare
from vidream.resample import resize


class Mixture:
    """The terms of several goals, each with weights of its own, raised together."""

    def __init__(self, goals: Sequence[Goal], tile: int, guide: Image | None = None) -> None:
        """Load the network.

        Args:
            goals: bare ones, of one network.
            tile: px.
            guide: the picture that they name, (H, W, 3), 0..255.

        Raises:
            ConfigError: the network has not the layers that are asked for.
            MediaError: the network cannot be read.
        """
        self.network = load_network(goals[0])
        objectives = [objective(goal, self.network, guide) for goal in goals]
        self._counts = {goal: len(each.terms) for goal, each in zip(goals, objectives, strict=True)}
        self._firsts = [*accumulate(self._counts.values(), initial=0)][:-1]
        self._pulls: dict[Goal, tuple[float, ...]] = {}
        self.gradient = TiledGradient(self.network, reduce(add, objectives), tile)

    def holds(self, goals: Sequence[Goal]) -> bool:
        """Whether it can raise these bare goals: several only where it is known how hard each pulls."""
        return all(goal in (self._counts if len(goals) == 1 else self._pulls) for goal in goals)

    def try_on(self, picture: Image, shape: str) -> None:
        """Compute a gradient, by which an engine is compiled; of several goals measure how hard each term pulls.

        That is the mean size of its gradient at weight 1.

        Args:
            picture: (H, W, 3), such as is dreamed now.
            shape: of gradients.
        """
        if len(self._counts) == 1:
            self.gradient(resize(picture, size_of(picture).at_most(MEASURED_AT)))
            return
        found = pulls(self.gradient, picture, shape)
        for goal, first in zip(self._counts, self._firsts, strict=True):
            self._pulls[goal] = found[first : first + self._counts[goal]]

    def want(self, parts: Sequence[Part]) -> None:
        """Raise these goals from now on, each as hard as its share; one alone has its weights as they are.

        Args:
            parts: whose bare goals it holds.
        """
        wanted = {bare(part.goal): part for part in parts}
        weights: list[float] = []
        for goal, terms in self._counts.items():
            weights += self._weights(wanted[goal], len(parts) == 1) if goal in wanted else (0.0,) * terms
        self.gradient.weights = tuple(weights)

    def _weights(self, part: Part, alone: bool) -> tuple[float, ...]:
        """Of the terms of a goal."""
        weights = term_weights(part.goal, self.network.layers)
        if alone:
            return weights
        pull = pull_of(weights, self._pulls[bare(part.goal)])
        return tuple(weight * part.share / pull if pull else 0.0 for weight in weights)
