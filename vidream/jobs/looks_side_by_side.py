"""Looks on one picture, tried side by side by workers."""

from collections import deque
from collections.abc import Generator, Mapping, Sequence
from typing import Any

from vidream.errors import ConfigError
from vidream.events import checkpoint, warn
from vidream.jobs.crew import Crew
from vidream.jobs.looks import Cell, Look
from vidream.jobs.scene import Scene
from vidream.jobs.workers import Death, Workers, retell


def try_side_by_side(
    scene: Scene, looks: Sequence[Look], knobs: Mapping[str, Any], crew: Crew
) -> Generator[tuple[int, Cell | None]]:
    """Each look on a scene, as they are done, with its index; None for one that cannot be tried, with a warning.

    Args:
        scene: what they are tried on.
        looks: what is tried.
        knobs: of `vidream image`, of which the looks were made.
        crew: how many at a time.

    Raises:
        ConfigError: a knob is an object that no other process can be told.
    """
    waiting = deque(enumerate(looks))
    with Workers(crew.count, crew.threads or 1, crew.gpus) as workers:
        while waiting or workers.busy:
            while waiting and workers.idle:
                index, look = waiting.popleft()
                film = scene.film if look.command == "video" else None
                named = {"task": "look", "kind": look.kind, "title": look.title, "knobs": knobs}
                task = {**named, "picture": scene.picture, "film": film}
                try:
                    workers.submit(index, task)
                except TypeError as error:
                    raise ConfigError(f"looks side by side: {error}; give it as on a command line") from None
            for index, message in workers.messages():
                if isinstance(message, Death):
                    warn(f"left out: {message.reason}", looks[index].title)
                    yield index, None
                elif "result" in message:
                    tried = message["result"]["pixels"]
                    yield index, None if tried is None else Cell(looks[index], tried)
                else:
                    retell(message["event"], looks[index].title)
            checkpoint()
