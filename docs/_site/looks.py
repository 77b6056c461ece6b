"""The looks that come with vidream: a page for each, for each network in the box, and for each layer of these."""

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pictures
from generated import DOCS, MADE, cell, toctree, write_pages
from sphinx.application import Sphinx

from vidream.config import COMMANDS, DEFAULT, Preset, presets
from vidream.config.knobs import Goal
from vidream.config.layers import Layers
from vidream.dream.anatomy import LayerInfo
from vidream.dream.families import FAMILIES, in_the_box
from vidream.dream.families.in_the_box import EMBEDDED, VERSION

FOLDER = MADE / "looks"
GALLERY = pictures.gallery()
SCALED = {
    "efficientnet-lite0": "the smallest",
    "efficientnet-lite1": "1.1 times as deep as the smallest",
    "efficientnet-lite2": "1.2 times as deep and 1.1 times as wide as the smallest",
}
PAPER = "[Tan and Le 2019](https://arxiv.org/abs/1905.11946)"
LITE = "https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite"


@dataclass(frozen=True)
class Look:
    """A shipped look, as its page tells it."""

    preset: Preset
    network: str
    """What --network calls the network that it is dreamed with."""
    layers: dict[str, list[str]]
    """The name of each layer that it uses -> the layer with its channels, as it names them: block10:72."""

    @property
    def name(self) -> str:
        """What --preset calls it."""
        return self.preset.name


def write(_: Sphinx) -> None:
    """Write the pages."""
    write_pages(FOLDER, pages())


def pages() -> dict[str, str]:
    """Every page, by its path in FOLDER."""
    looks = [_look(preset) for preset in presets()]
    made = {"index.md": _gallery(looks), "networks.md": _networks()}
    made |= {f"{look.name}.md": _look_page(look) for look in looks}
    for network, embedded in EMBEDDED.items():
        layers = embedded.architecture.layers
        made[f"{network}/index.md"] = _network_page(network, layers)
        for layer, info in layers.items():
            made[f"{network}/{layer}.md"] = _layer_page(network, layer, info, looks)
    return made


def _look(preset: Preset) -> Look:
    """What a look is dreamed with, in any of its tables."""
    table = tomllib.loads(preset.path.read_text(encoding="utf-8"))
    network = table.get("network", Goal().network)
    tables = [table, *(table[name] for name in COMMANDS if isinstance(table.get(name), Mapping))]
    named = [layer for each in tables for layer in Layers().read(each.get("layer", ()))]
    found: dict[str, list[str]] = {}
    for layer in named:
        labels = found.setdefault(layer.name, [])
        if layer.label not in labels:
            labels.append(layer.label)
    if not found and network in EMBEDDED:
        found = {in_the_box.FAMILY.default_layers[network]: [in_the_box.FAMILY.default_layers[network]]}
    return Look(preset, network, found)


def _gallery(looks: Iterable[Look]) -> str:
    """The index: every look with its picture, by what it is for."""
    parts = [
        "# The looks in the box",
        "Every look by its picture; each page has the command that made it, the layers, and the whole file, to copy"
        " and to change. `vidream presets` lists them in the terminal, and `vidream preview photo.jpg looks.png"
        " --presets` tries them on a picture of yours. Any command takes any look.",
    ]
    looks = list(looks)
    for command, (title, line) in pictures.GROUPS.items():
        cells = [(_picture(each.name), each.name, f"{each.name}.md") for each in looks if _for(each) == command]
        parts += [f"## {title}", line, _grid(cells)]
    parts += [
        "## What they dream with",
        "[The networks](networks.md) have layers, and a look uses one or several of these. Three networks are in the"
        " box, and each of their layers has a page with a picture.",
        toctree(["networks", *(look.name for look in looks)], ":hidden:"),
    ]
    return "\n\n".join(parts)


def _for(look: Look) -> str:
    return look.preset.command


def _look_page(look: Look) -> str:
    """The page of a look."""
    about = look.preset.about + (" The look that is dreamed where none is named." if look.name == DEFAULT else "")
    parts = [f"# {look.name}", about]
    shown = _shown(look.name)
    if look.name in pictures.NOT_HERE:
        parts.append(
            "There is no picture of it here: its network is not in the box, but fetched at first use"
            " ([other networks](networks.md#other-networks))."
        )
        parts.append(_sh(f"vidream image photo.jpg dream.png --preset {look.name}"))
    elif _picture(look.name):
        parts += [f"![{shown.about}](../../{_picture(look.name)})", _sh(shown.command)]
    of_them = ", ".join(_layer_link(look.network, layer, labels) for layer, labels in look.layers.items())
    if look.network in EMBEDDED:
        network = f"[{look.network}]({look.network}/index.md)"
    else:
        network = f"[{look.network}](networks.md#other-networks)"
    rows = [
        f"| made for | [`vidream {_for(look)}`](../commands/{_for(look)}.md) |",
        f"| network | {network} |",
        f"| layers | {of_them} |",
    ]
    parts.append("\n".join(["| | |", "|---|---|", *rows]))
    text = look.preset.path.read_text(encoding="utf-8").strip()
    parts += [
        "## The file",
        f"`configs/{look.preset.path.name}`; [how to write a look](../../curves.md) tells what may stand in one.",
        f"```toml\n{text}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _layer_link(network: str, layer: str, labels: Iterable[str]) -> str:
    texts = " ".join(f"`{label}`" for label in labels)
    return f"[{texts}]({network}/{layer}.md)" if network in EMBEDDED else texts


def _networks() -> str:
    """The index of the networks: those in the box, and a table of all others."""
    rows = ["| network | layers | dreams, unless a layer is named, with |", "|---|---|---|"]
    for network, embedded in EMBEDDED.items():
        default = in_the_box.FAMILY.default_layers[network]
        count = len(embedded.architecture.layers)
        rows.append(f"| [{network}]({network}/index.md) | {count} | [{default}]({network}/{default}.md) |")
    others = ["| name | weights |", "|---|---|"]
    for family in FAMILIES:
        if family is not in_the_box.FAMILY:
            others += [f"| `{name}` | {cell(_origin(family, name))} |" for name in family.names]
    parts = [
        "# The networks",
        "What `vidream networks` lists.",
        "## In the box",
        "They come with vidream, weights and all, and need no download.",
        "\n".join(rows),
        "## Other networks",
        "Their weights are fetched at first use, or come from a file; TensorFlow runs them."
        " `vidream layers NAME` lists their layers. A Keras model in a `.keras` file and a frozen TensorFlow graph in a"
        " `.pb` file can be given by their paths.",
        "\n".join(others),
        toctree([f"{network}/index" for network in EMBEDDED], ":hidden:"),
    ]
    return "\n\n".join(parts)


def _origin(family: Any, name: str) -> str:
    """Where weights come from, whatever this machine has fetched already."""
    return str(family.origin(name)).replace("fetched, works offline", "fetched at first use")


def _network_page(network: str, layers: Mapping[str, LayerInfo]) -> str:
    """The page of a network in the box."""
    embedded = EMBEDDED[network]
    default = in_the_box.FAMILY.default_layers[network]
    cells = [(_picture(f"{network}/{layer}"), layer, f"{layer}.md") for layer in layers]
    rows = ["| layer | channels | stride | receptive field | cost |", "|---|--:|--:|--:|--:|"]
    rows += [f"| [{layer}]({layer}.md) | {' | '.join(_facts(info))} |" for layer, info in layers.items()]
    name = network.replace("efficientnet-lite", "EfficientNet-Lite")
    parts = [
        f"# {network}",
        f"{name}, {SCALED[network]} of a family of classifiers for the 1000 classes of ImageNet: the EfficientNets of"
        f" {PAPER} without squeeze-and-excitation and with ReLU6, as [Google published them]({LITE}).",
        f"Its weights are the package `{embedded.package}` {VERSION}, under the licence Apache-2.0. The file that"
        f" vidream reads has the SHA-256 `{embedded.weights_digest}`. Unless you name a layer, it dreams with"
        f" [{default}]({default}.md).",
        _sh(f"vidream image photo.jpg dream.png --network {network}\nvidream layers {network}"),
        "## Its layers, in pictures",
        f"`{pictures.SAMPLE}`, dreamed at {pictures.SIDE} px with each layer alone, all else as it is by default. The"
        " first layers draw dots and lines, later ones patterns, then eyes, fur and fruit.",
        _grid(cells),
        "## Its layers, in figures",
        "Stride and receptive field are px of the picture, along a side. Cost is that of a step with the layer, as a"
        " share of one with the costliest layer.",
        "\n".join(rows),
    ]
    return "\n\n".join(parts) + "\n"


def _facts(info: LayerInfo) -> tuple[str, str, str, str]:
    """Channels, stride, receptive field and cost, as `vidream layers` writes them."""
    field = f"{info.field:.0f} px" if math.isfinite(info.field) else "all"
    return str(info.channels), str(info.stride), field, f"{info.share:.0%}"


def _layer_page(network: str, layer: str, info: LayerInfo, looks: Iterable[Look]) -> str:
    """The page of a layer of a network in the box.

    It stands in no toctree: with 122 of them in the sidebar of every page, the site takes nearly twice as long.
    """
    parts = [
        "---\norphan: true\n---",
        f"# {layer} of {network}",
        f"A layer of [{network}](index.md){_neighbours(network, layer)}.",
    ]
    picture = _picture(f"{network}/{layer}")
    if picture:
        parts += [f"![A dandelion, dreamed with {layer}](../../../{picture})"]
    parts.append(_sh(pictures.layer_command(network, layer)))
    names = ("channels", "stride", "receptive field", "cost")
    rows = [f"| {name} | {fact} |" for name, fact in zip(names, _facts(info), strict=True)]
    parts.append("\n".join(["| | |", "|---|---|", *rows]))
    using = [look for look in looks if look.network == network and layer in look.layers]
    if using:
        items = [f"- [{each.name}](../{each.name}.md): {_labels(each.layers[layer])}" for each in using]
        parts += ["## Looks that use it", "\n".join(items)]
    else:
        parts.append("No look in the box uses it.")
    if layer != "logits":
        named = "" if network == Goal().network else f" --network {network}"
        parts += [
            "## Its channels",
            "A single channel is purer than the layer. This shows those that a picture excites most:",
            _sh(f"vidream preview photo.jpg channels.png{named} --channels {layer}"),
        ]
    return "\n\n".join(parts) + "\n"


def _neighbours(network: str, layer: str) -> str:
    """The layers before and after a layer, with links."""
    names = [*EMBEDDED[network].architecture.layers]
    at = names.index(layer)
    words = [f"before it [{name}]({name}.md)" for name in names[:at][-1:]]
    words += [f"after it [{name}]({name}.md)" for name in names[at + 1 :][:1]]
    return "; " + ", ".join(words) if words else ""


def _labels(labels: Iterable[str]) -> str:
    return ", ".join(f"`{label}`" for label in labels)


def _shown(look: str) -> Any:
    """What shows a look: a command, and what is seen."""
    return pictures.LOOKS.get(look) or GALLERY.STILLS.get(look)


def _picture(name: str) -> str:
    """The path from docs/ of the picture of a look, or of NETWORK/LAYER; "" where there is none."""
    path = f"gallery/{name}.jpg" if name in GALLERY.STILLS else f"looks/{name}.webp"
    return path if (DOCS / path).exists() else ""


def _grid(cells: Iterable[tuple[str, str, str]]) -> str:
    """Pictures with their names, each a link, side by side as many as there is room for.

    Args:
        cells: of each its picture's path from docs/, "" for none; its name; and its page.
    """
    shown = []
    for picture, name, page in cells:
        depth = 3 if picture.count("/") > 1 else 2
        image = f"![{name}]({'../' * depth}{picture}) " if picture else ""
        shown.append(f"[{image}{name}]({page})")
    return ":::{container} looks\n" + "\n\n".join(shown) + "\n:::"


def _sh(command: str) -> str:
    return f"```sh\n{command}\n```"


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
