"""Every knob of one run, and what each is at one frame."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

from vidream.clock import Clock
from vidream.config.film_knobs import Files, Film
from vidream.config.knobs import Camera, Dream, Goal, Mask, Motion, Music
from vidream.config.layers import Layer
from vidream.config.live_knobs import Live
from vidream.curves import Curve


@dataclass(frozen=True)
class Origin:
    """Where the knobs come from, beside what was given."""

    panel = ""

    look: str = ""
    """The path of the file that was given as preset; "" for a shipped look, or none."""

    preset: str = field(default="", compare=False)
    """The name of the look that was given as preset, without its folder; "" for none."""

    command: str = field(default="", compare=False)
    """Whose knobs these are: a name in COMMANDS."""

    base: str = field(default="", compare=False)
    """The command that a music visual is like; "" for the others."""

    given: tuple[str, ...] = field(default=(), compare=False)
    """The names of the knobs that are set beside the look: what was given, and what --draft sets."""

    asked: "RunConfig | None" = field(default=None, compare=False, repr=False)
    """The knobs as they were asked for, before a plan was made of them; None: these."""


@dataclass(frozen=True)
class RunConfig:
    """Every knob of one run, checked. Built by `configure`; numbers may be curves until `at`."""

    goal: Goal = Goal()
    """What the dream climbs towards."""

    dream: Dream = Dream()
    """How a picture is dreamed."""

    mask: Mask = Mask()
    """Where the dream is seen."""

    motion: Motion = Motion()
    """How the dream moves from frame to frame."""

    camera: Camera = Camera()
    """How a zoom moves."""

    music: Music = Music()
    """How a music visual moves with its song."""

    film: Film = Film()
    """What is read, and how the film is written."""

    live: Live = Live()
    """How a live dream keeps its pace, what shows it, and who plays it."""

    files: Files = Files()
    """What may be replaced, and how much a file may ask for."""

    origin: Origin = Origin()
    """Where the knobs come from."""

    @property
    def by_name(self) -> dict[str, Any]:
        """Every knob by what a person would call it; what may move by itself, by itself: "drift x", "layer block4"."""
        groups = [getattr(self, group.name) for group in fields(self) if group.name != "origin"]
        knobs = (_parts(knob.name, getattr(group, knob.name)) for group in groups for knob in fields(group))
        return {name: value for parts in knobs for name, value in parts}

    @property
    def numbers(self) -> dict[str, Any]:
        """The former name of `by_name`."""
        warnings.warn("RunConfig.numbers is called by_name", DeprecationWarning, stacklevel=2)
        return self.by_name

    @property
    def moving(self) -> dict[str, Curve]:
        """The curves of `by_name`."""
        return {name: value for name, value in self.by_name.items() if isinstance(value, Curve)}

    def at(self, frame: float, clock: Clock) -> "RunConfig":
        """This config at one frame of the output: every number is a number."""
        if not self.moving:
            return self
        groups = {group.name: getattr(self, group.name) for group in fields(self)}
        return replace(self, **{name: _group_at(group, frame, clock) for name, group in groups.items()})

    def with_curves(self, change: Callable[[Curve], Curve]) -> "RunConfig":
        """This config with each of its curves changed."""
        groups = {group.name: getattr(self, group.name) for group in fields(self)}
        return replace(self, **{name: _group_with(group, change) for name, group in groups.items()})


def _parts(name: str, value: object) -> Iterator[tuple[str, object]]:
    """What may move in a knob: itself, each of its layers' weights, each of its two numbers."""
    if not isinstance(value, tuple):
        yield name, value
        return
    for axis, part in zip("xy", value, strict=False):
        if not isinstance(part, Layer):
            yield f"{name} {axis}", part
    for part in value:
        if isinstance(part, Layer):
            yield f"{name} {part.label}", part.weight


def _group_at(group: Any, frame: float, clock: Clock) -> Any:
    values = {knob.name: _value_at(getattr(group, knob.name), frame, clock) for knob in fields(group)}
    integers = [knob.name for knob in fields(group) if knob.type is int]
    return replace(group, **values | {name: round(values[name]) for name in integers})


def _group_with(group: Any, change: Callable[[Curve], Curve]) -> Any:
    return replace(group, **{knob.name: _value_with(getattr(group, knob.name), change) for knob in fields(group)})


def _value_with(value: Any, change: Callable[[Curve], Curve]) -> Any:
    if isinstance(value, Curve):
        return change(value)
    if isinstance(value, Layer):
        return replace(value, weight=_value_with(value.weight, change))
    if isinstance(value, tuple):
        return tuple(_value_with(part, change) for part in value)
    return value


def _value_at(value: Any, frame: float, clock: Clock) -> Any:
    if isinstance(value, Curve):
        return value.at(frame, clock)
    if isinstance(value, Layer):
        return replace(value, weight=_value_at(value.weight, frame, clock))
    if isinstance(value, tuple):
        return tuple(_value_at(part, frame, clock) for part in value)
    return value
