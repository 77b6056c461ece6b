"""Films and batches on a cluster: shown while they are made, and what is said of the nodes in the end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidream.cli.arguments import Farm
from vidream.cli.farm_screen import showing
from vidream.cli.farm_view import FarmView
from vidream.cli.messages import both, console, notes
from vidream.cli.output import owns_streams
from vidream.cli.progress import said_safe, span
from vidream.cluster.quiet import hush
from vidream.cluster.spread import render_video, run_batch
from vidream.errors import Cancelled
from vidream.events import Listener
from vidream.render.parted import frames_of_parts
from vidream.text import counted


def spread_batch(jobs: Path, farm: Farm, on_event: Listener) -> None:
    """A batch, on a cluster. Raises as vidream.cluster.spread.run_batch."""
    _hush()
    with notes(), showing(console(), f"reading {jobs.name}", nodes=farm.nodes) as (view, show):
        run_batch(jobs, farm.address, on_event=both(show, on_event), **farm.options)
    if view.helped:
        console().say(f"made by {counted(len(view.helped), 'node')}{_left_out(view)}")


def spread_film(source: Path, out: Path, arguments: Mapping[str, Any], farm: Farm) -> str:
    """Make one film on a cluster, and return the line that says so. Raises as vidream.cluster.spread.render_video."""
    _hush()
    try:
        with notes(), showing(console(), f"looking at {source.name}", nodes=farm.nodes) as (view, show):
            rendered = render_video(source, out, farm.address, on_event=show, **farm.options, **arguments)
    except KeyboardInterrupt:
        safe = frames_of_parts(out)
        raise Cancelled(f"stopped: {said_safe(safe) if safe else 'no part was done yet'}") from None
    said = f"{rendered.out}: {counted(rendered.frames, 'frame')}, {rendered.size}, {span(rendered.seconds)}"
    if not view.helped:  # all had come home before
        return said
    return f"{said}, by {counted(len(view.helped), 'node')}{_left_out(view)}"


def _hush() -> None:
    """Keep Ray's own lines from the screen, where that is ours."""
    if owns_streams():
        hush()


def _left_out(view: FarmView) -> str:
    """Which nodes took no part; why was said when it was found."""
    names = ", ".join(node.name for node in view.left_out)
    return f"; left out: {names}" if names else ""
