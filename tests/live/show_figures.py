"""The figures of a live dream on this machine: clips are played as a camera, and what is shown is read.

    python tests/live/show_figures.py                 every check but the long ones
    python tests/live/show_figures.py pace knob       these alone
    python tests/live/show_figures.py --list          which there are

Nothing else should run meanwhile. VIDREAM_VECTORS=avx2 shows what a processor without AVX-512 reaches.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))  # where pytest finds what tests share

from checks import CHECKS, LONG, Row


def show(rows: list[Row], console: Console) -> None:
    """A table of figures."""
    table = Table("", "figure", "asked", "here", "")
    for row in rows:
        table.add_row(row.check, row.figure, row.asked, row.here, "yes" if row.held else "NO")
    console.print(table)


def main() -> int:
    """How many figures are not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"some of: {', '.join(CHECKS)}")
    parser.add_argument("--list", action="store_true", help="say which checks there are")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep clips, films and records there")
    given = parser.parse_args()
    if given.list:
        for name, check in CHECKS.items():
            print(f"{name:8} {check.__doc__.splitlines()[0]}")
        return 0
    if unknown := set(given.checks) - set(CHECKS):
        parser.error(f"no such check: {', '.join(sorted(unknown))}")
    wanted = given.checks or [name for name in CHECKS if name not in LONG]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name in wanted:
            print(f"{name}: {CHECKS[name].__doc__.splitlines()[0]}", file=sys.stderr, flush=True)
            rows += CHECKS[name](folder)
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(f"{os.cpu_count()} cores, vectors {os.environ.get('VIDREAM_VECTORS', 'as there are')}")
    show(rows, console)
    return sum(not row.held for row in rows)


if __name__ == "__main__":
    sys.exit(main())
