"""What a shell completes: looks, networks, layers of the chosen one, classes, words. Files are the shell's own.

Nothing here imports TensorFlow, or reads a file that the command line names: a key was pressed, no command was given.
"""

from collections.abc import Callable, Iterable
from dataclasses import Field
from typing import Any

from typer import Context

from vidream.config import configure, is_shipped, presets
from vidream.config.kinds import Choice, Names
from vidream.config.recipe import words_of

Offer = tuple[str, str]
"""A word, and what it is."""
Completion = Callable[[Context, str], list[Offer]]
"""The words that may stand where some characters were typed; () leaves the place to the names of files."""


def looks(_: Context, incomplete: str) -> list[Offer]:
    """The shipped looks."""
    return _beginning(incomplete, ((look.name, look.about) for look in presets()))


def networks(_: Context, incomplete: str) -> list[Offer]:
    """The networks that have names."""
    from vidream.dream.families import FAMILIES

    return _beginning(incomplete, ((name, family.origin(name)) for family in FAMILIES for name in family.names))


def layers(context: Context, incomplete: str) -> list[Offer]:
    """The layers of the network that the command line names, by itself or by its look.

    Of other networks than those in the box they are not known without TensorFlow.
    """
    from vidream.dream.families.in_the_box import EMBEDDED

    network = _network(context)
    if network not in EMBEDDED:
        return []
    found = EMBEDDED[network].architecture.layers.items()
    return _beginning(incomplete, ((name, f"{facts.channels} channels") for name, facts in found))


def classes(_: Context, incomplete: str) -> list[Offer]:
    """What --toward may name, with - for a space: groups, and the classes of ImageNet."""
    from vidream.dream.classes import classes, groups

    offers = [(_word(name), "a group") for name in groups()]
    offers += [(_word(name), "") for name in classes() if "'" not in name]
    return _beginning(incomplete, offers)


def class_groups(_: Context, incomplete: str) -> list[Offer]:
    """The groups of classes."""
    from vidream.dream.classes import groups

    return _beginning(incomplete, ((_word(name), "") for name in groups()))


def words(*names: str) -> Completion:
    """Completes one of a few words."""

    def completion(_: Context, incomplete: str) -> list[Offer]:
        return _beginning(incomplete, ((name, "") for name in names))

    return completion


def several(names: Callable[[], Iterable[str]]) -> Completion:
    """Completes the last of some words with commas between, each of them once."""

    def completion(_: Context, incomplete: str) -> list[Offer]:
        head, comma, last = incomplete.rpartition(",")
        left = (name for name in names() if name not in head.split(","))
        return [(f"{head}{comma}{name}", "") for name, _ in _beginning(last, ((name, "") for name in left))]

    return completion


some_looks = several(lambda: (look.name for look in presets()))
"""Completes some of the looks that come with vidream."""

OF_KNOBS: dict[str, Completion] = {
    "network": networks,
    "layer": layers,
    "toward": classes,
    "looks": some_looks,
}
"""Knobs whose words are not those of their kind."""


def of_knob(knob: Field[Any]) -> Completion | None:
    """What completes the value of a knob; None where the shell's own does."""
    kind = knob.metadata["kind"]
    if knob.name in OF_KNOBS:
        return OF_KNOBS[knob.name]
    if isinstance(kind, Names):
        return several(lambda: kind.names)
    found = kind.names if isinstance(kind, Choice) else words_of(kind)
    return words(*found) if found else None


def _beginning(incomplete: str, offers: Iterable[Offer]) -> list[Offer]:
    return [(name, about) for name, about in offers if name.startswith(incomplete)]


def _word(name: str) -> str:
    """A class's name without spaces, which need no quotes then; `class_numbers` reads it."""
    return name.lower().replace(" ", "-")


def _network(context: Context) -> str:
    """The network of a command line that is not finished; the default where it says none."""
    named, look = context.params.get("network"), context.params.get("preset")
    if named:
        return str(named)
    return configure("image", preset=look if look and is_shipped(look) else None).goal.network
