"""Rooms: the parts of the studio, each with what the page may ask of it, what it serves, and what it tells a page."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from starlette.routing import BaseRoute

from vidream.errors import ConfigError
from vidream.text import figure


class Refusal(ConfigError):  # noqa: N818 (no more is known than that)
    """What a page asks for cannot be; it is about a knob."""

    def __init__(self, problem: str, knob: str) -> None:
        """problem: the sentence. knob: the name beside which the page shows it."""
        super().__init__(problem)
        self.knob = knob


@dataclass(frozen=True)
class Ask:
    """What a page asks for."""

    body: Mapping[str, Any]
    """What it sent: JSON, from anybody who holds the cookie; each room checks its own."""
    tab: str
    """Which of the open pages asks."""

    def text(self, name: str, default: str | None = None, longest: int = 4000) -> str:
        """A text of the body. ConfigError: it is none, or too long."""
        value = self.body.get(name, default)
        if not isinstance(value, str) or len(value) > longest:
            raise ConfigError(f"{name}: must be a text of at most {longest:,} characters")
        return value

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        """A number of the body, from `low` to `high`. ConfigError: it is none, or outside."""
        value = self.body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ConfigError(f"{name}: must be a number from {figure(low)} to {figure(high)}")
        return float(value)


Action: TypeAlias = Callable[[Ask], Awaitable[Any]]
"""Does what a page asks for, and returns what is answered: JSON. A VidreamError that it raises is told to the page."""


class Room:
    """A part of the studio."""

    name: ClassVar[str]
    """Part of the addresses of its actions, /do/NAME/ACTION, and of what it pushes."""

    @property
    def actions(self) -> Mapping[str, Action]:
        """What a page may ask for, by name."""
        return {}

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """What else it serves: pictures, films, streams; found by ids, never by paths."""
        return ()

    def snapshot(self) -> Any:
        """All that a page must know of it when it comes: JSON; None: nothing."""
        return None

    async def start(self) -> None:
        """Begin, when the server does."""

    async def stop(self) -> None:
        """End, when the server does: children, tasks, files."""

    def parting(self) -> str:
        """What goes on when the studio has ended, as it is said in the terminal; "": nothing does."""
        return ""
