"""What a page must know of the knobs: their panels, kinds, ranges and words, from the config's own fields."""

from collections.abc import Iterator, Mapping
from dataclasses import Field, fields
from functools import cache
from typing import Any

from vidream.clock import FOLLOWED, MARKS
from vidream.config import COMMANDS, RunConfig, default_of, flag, knobs, unused_knobs
from vidream.config.kinds import Choice, Kind, Names, Number, Pair, Rate, Switch, Text, Timestamp
from vidream.config.layers import Layers
from vidream.config.length import Lengths
from vidream.config.marker_files import WORDS, MarkerFiles
from vidream.config.recipe import words_of
from vidream.config.sizing import Sizing
from vidream.config.timecode import Timecodes
from vidream.config.toml_writer import toml_value
from vidream.curves import EASES
from vidream.dream.classes import classes, groups
from vidream.dream.families import FAMILIES, network_names
from vidream.jobs.pulse import DEFAULTS
from vidream.studio.document import NOT_OF_A_LOOK

TOP: Mapping[str, tuple[str, ...]] = {
    "video": (
        *("layer", "strength", "shape", "octaves", "step_size", "steps", "persistence", "keep_colour"),
        *("dream_size", "size"),
    ),
    "zoom": ("layer", "zoom", "turn", "drift", "strength", "shape", "octaves", "step_size", "vivid", "length"),
    "image": (
        *("layer", "toward", "strength", "shape", "octaves", "octave_ratio", "steps", "step_size", "keep_colour"),
        "mask",
    ),
    "music:zoom": ("layer", "pulse", "pulse_to", "zoom", "turn", "strength", "octaves", "step_size", "vivid", "length"),
    "music:video": (
        *("layer", "pulse", "strength", "shape", "octaves", "step_size", "persistence", "swell", "keep_colour"),
        "size",
    ),
}
"""The ten knobs that matter most, by command, and of music by what it is like: what changes a look most, first."""

USUAL: Mapping[str, tuple[float, float]] = {
    "strength": (0, 3),
    "steps": (1, 40),
    "first_steps": (1, 100),
    "step_size": (0, 6),
    "jitter": (0, 128),
    "tile": (128, 1664),
    "tv": (0, 0.5),
    "dream_tv": (0, 0.5),
    "octave_ratio": (1.05, 2.5),
    "dream_size": (0, 1920),
    "dream_every": (1, 8),
    "seed": (0, 99),
    "cut_threshold": (0, 100),
    "mask_feather": (0, 0.2),
    "frames": (1, 1800),
    "zoom": (0.5, 3),
    "turn": (-45, 45),
    "drift": (-0.5, 0.5),
    "vivid": (0, 3),
    "tempo": (60, 200),
    "bar": (1, 12),
    "crf": (8, 36),
    "max_pixels": (1_000_000, 200_000_000),
    "max_seconds": (60, 28_800),
}
"""The part of a range in which a slider moves; a number that is typed may be anywhere in it all."""

KINDS: tuple[tuple[type[Any], str], ...] = (
    (Number, "number"),
    (Pair, "pair"),
    (Choice, "choice"),
    (Names, "names"),
    (Switch, "switch"),
    (Timestamp, "time"),
    (Lengths, "length"),
    (Rate, "rate"),
    (Sizing, "size"),
    (Timecodes, "timecode"),
    (MarkerFiles, "names"),
    (Text, "text"),
)
"""A kind -> what its control is called."""

FILES_FOR: Mapping[str, tuple[str, ...]] = {
    "mask": ("picture", "film"),
    "guide": ("picture",),
    "sound": ("song", "film"),
    "beats": ("notes", "table"),
    "markers": ("table", "song"),
    "weights": ("network",),
}
"""A knob that names a file -> the kinds of files that it takes."""


@cache
def schema() -> Mapping[str, list[dict[str, Any]]]:
    """The panels of each command, and of music by what it is like, "music:zoom" and "music:video"; JSON."""
    found = {}
    for command, has in COMMANDS.items():
        found[command] = _panels(command, None)
        found |= {f"{command}:{base}": _panels(command, base) for base in has.bases}
    return found


def schema_name(command: str, base: str | None) -> str:
    """Which panels a run has: a key of `schema`."""
    return f"{command}:{base}" if base else command


def _panels(command: str, base: str | None) -> list[dict[str, Any]]:
    titles = {group.name: group.type.panel for group in fields(RunConfig)}  # type: ignore[union-attr]
    leaving = {*unused_knobs(command, base), *NOT_OF_A_LOOK}
    panels: dict[str, list[dict[str, Any]]] = {}
    for group, knob in knobs(command):
        if knob.name not in leaving:
            panels.setdefault(titles[group], []).append(_described(knob, command, base))
    return [{"panel": title, "knobs": described} for title, described in panels.items()]


def _described(knob: Field[Any], command: str, base: str | None) -> dict[str, Any]:
    kind, top = knob.metadata["kind"], TOP.get(schema_name(command, base), ())
    default = default_of(command, knob, base)
    standing = {"standing": list(DEFAULTS[base])} if knob.name == "pulse_to" and base else {}
    return {
        **standing,
        "name": knob.name,
        "flag": flag(knob.name),
        "kind": _kind(knob.name, kind),
        "metavar": kind.metavar,
        "about": knob.metadata["about"],
        "default": None if default is None else [] if default == () else toml_value(kind, default),
        "top": top.index(knob.name) if knob.name in top else None,
        "run_only": knob.metadata["run_only"],
        **dict(_range(knob.name, kind)),
    }


def _kind(name: str, kind: Kind) -> str:
    if name == "network":
        return "network"
    if name in FILES_FOR:
        return "file"
    if isinstance(kind, Layers):
        return "classes" if kind.classes else "layers"
    return next(word for type_, word in KINDS if isinstance(kind, type_))


def _range(name: str, kind: Kind) -> Iterator[tuple[str, Any]]:
    """What a control needs beside its kind: bounds, names, the kinds of files."""
    if isinstance(kind, Number | Pair):
        usual = USUAL.get(name, (kind.low, kind.high))
        yield from (("low", kind.low), ("high", kind.high), ("usual", list(usual)))
        whole, fixed = (kind.integer, kind.fixed) if isinstance(kind, Number) else (False, False)
        yield from (("integer", whole), ("fixed", fixed))
    if isinstance(kind, Choice | Names):
        yield "choices", list(kind.names)
    if isinstance(kind, MarkerFiles):
        yield "choices", list(WORDS)
    if isinstance(kind, Timestamp):
        yield "marked", kind.marked
    if name in FILES_FOR:
        yield from (("files", list(FILES_FOR[name])), ("choices", list(words_of(kind))))


@cache
def words() -> Mapping[str, Any]:
    """Names that are chosen from: networks, classes and their groups, what can be followed, how keys ease; JSON."""
    return {
        "networks": network_names(),
        "boxed": list(FAMILIES[0].names),
        "classes": list(classes()),
        "groups": {name: len(numbers) for name, numbers in groups().items()},
        "followed": list(FOLLOWED),
        "marks": list(MARKS),
        "eases": list(EASES),
    }


def layers_of(network: str) -> list[dict[str, Any]]:
    """The layers of a network, from the picture up, where they are known without TensorFlow; else none. JSON."""
    family = FAMILIES[0]
    if network not in family.names or family.outline is None:
        return []
    layers = family.outline(network)
    listed = [{"name": name, "channels": facts.channels, "stride": facts.stride} for name, facts in layers.items()]
    return [each for each in listed if each["channels"]]
