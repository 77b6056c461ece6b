"""The nodes of a run: who is there, who takes part, who is left out."""

from collections.abc import Callable, Mapping, Set

from vidream.cluster.farm import Node, NodeCheck
from vidream.cluster.standing import Place


class Roster:
    """Every node that has been seen and does work."""

    def __init__(self, cores: int, on_gpu: bool, say: Callable[[str], None]) -> None:
        """Nobody.

        Args:
            cores: of a CPU for each unit, where there are no GPUs.
            on_gpu: each unit has a GPU.
            say: called with a sentence for a person.
        """
        self._cores, self._on_gpu, self._say = cores, on_gpu, say
        self.places: dict[str, Place] = {}
        self._said: set[tuple[str, str]] = set()  # who was left out, and why
        self._seen: Set[str] = set()

    def see(self, nodes: Mapping[str, Node]) -> tuple[list[str], list[str]]:
        """Take the nodes that are alive: those that are new, and those that are gone now."""
        if nodes.keys() == self._seen:
            return [], []
        self._seen = {*nodes}
        new, gone = [], []
        for key, node in nodes.items():
            room = node.room(self._cores, self._on_gpu)
            if key not in self.places and room:
                self.places[key] = Place(node, room)
                new.append(key)
        for key, place in self.places.items():
            if key not in nodes and place.state != "gone":
                if place.attempts:
                    self._say(f"node {place.node.name} is gone; others make what it was at")
                place.state = "gone"
                gone.append(key)
        return new, gone

    def admit(self, node: str, check: NodeCheck) -> None:
        """A node has answered, and can take part."""
        place = self.places[node]
        if place.state in ("asked", "silent"):
            place.state, place.check = "ready", check

    def leave_out(self, node: str, reason: str) -> None:
        """A node takes no part from now on; what it is at may yet come."""
        place = self.places[node]
        if place.state not in ("gone", "left out"):
            place.state, place.reason = "left out", reason
            if (node, reason) not in self._said:
                self._said.add((node, reason))
                self._say(f"node {place.node.name} is left out: {reason}")

    def take_in_again(self, node: str) -> None:
        """A node was left out for what was no fault of its own."""
        place = self.places[node]
        if place.state == "left out":
            place.state, place.reason = "ready", ""

    @property
    def room(self) -> int:
        """Units that all nodes together make at a time."""
        return sum(place.room for place in self.places.values() if place.state == "ready")

    def may_help(self) -> bool:
        """Whether any node takes part, or may soon."""
        return any(place.state in ("asked", "ready", "silent") for place in self.places.values())

    def is_heard(self) -> bool:
        """Whether any node takes part, or may soon, that is not silent."""
        return any(place.state in ("asked", "ready") for place in self.places.values())
