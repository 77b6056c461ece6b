"""vidream: DeepDream for moving pictures.

    vidream.dream_image(pixels, preset="animals")            one picture
    vidream.render_video("in.mp4", "out.mp4", strength=0.8)  a film, sound and all
    vidream.render_zoom("seed.jpg", "out.mp4", turn=4)       a zoom without end
    vidream.render_music("song.wav", "seed.jpg", "out.mp4")  in time with a song
    vidream.run_batch("jobs.toml")                           many, from a job file
    vidream.run_live("camera")                               while somebody looks
    vidream.recipe_of("out.mp4")                             how one was made

Each takes `on_event`, which is called with every Event while it works, and `cancel`, a threading.Event that stops it.
Importing this package imports nothing heavy; the names below are fetched when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vidream.version import __version__

if TYPE_CHECKING:
    from vidream.config import Recipe, RunConfig, configure
    from vidream.errors import Cancelled, ConfigError, InputError, MediaError, Problems, RenderError, VidreamError
    from vidream.events import CountEvent, Event, FrameEvent, MessageEvent, NoteEvent, StageEvent, WarningEvent
    from vidream.jobs.batch import run_batch
    from vidream.jobs.composite import render_composite
    from vidream.jobs.dry_run import DryRun
    from vidream.jobs.estimate import ItemEstimate, estimate_batch
    from vidream.jobs.item import BatchEvent, BatchItem, BatchResult, ItemEndEvent, ItemStartEvent
    from vidream.jobs.job import Rendered
    from vidream.jobs.jobspec import JobSpec
    from vidream.jobs.music import plan_music, render_music
    from vidream.jobs.recipes import recipe_of
    from vidream.jobs.sheet import Sheet, make_sheet
    from vidream.jobs.still import dream_image, render_image
    from vidream.jobs.video import plan_video, render_video
    from vidream.jobs.zoom import plan_zoom, render_zoom
    from vidream.live.run import Played, run_live
    from vidream.live.status import Status, StatusEvent
    from vidream.report import Report, make_report

_HOMES = {
    "BatchEvent": "vidream.jobs.item",
    "BatchItem": "vidream.jobs.item",
    "BatchResult": "vidream.jobs.item",
    "Cancelled": "vidream.errors",
    "ConfigError": "vidream.errors",
    "CountEvent": "vidream.events",
    "DryRun": "vidream.jobs.dry_run",
    "Event": "vidream.events",
    "FrameEvent": "vidream.events",
    "InputError": "vidream.errors",
    "ItemEndEvent": "vidream.jobs.item",
    "ItemEstimate": "vidream.jobs.estimate",
    "ItemStartEvent": "vidream.jobs.item",
    "JobSpec": "vidream.jobs.jobspec",
    "MediaError": "vidream.errors",
    "MessageEvent": "vidream.events",
    "NoteEvent": "vidream.events",
    "Played": "vidream.live.run",
    "Problems": "vidream.errors",
    "Recipe": "vidream.config",
    "RenderError": "vidream.errors",
    "Rendered": "vidream.jobs.job",
    "Report": "vidream.report",
    "RunConfig": "vidream.config",
    "Sheet": "vidream.jobs.sheet",
    "StageEvent": "vidream.events",
    "Status": "vidream.live.status",
    "StatusEvent": "vidream.live.status",
    "VidreamError": "vidream.errors",
    "WarningEvent": "vidream.events",
    "configure": "vidream.config",
    "dream_image": "vidream.jobs.still",
    "estimate_batch": "vidream.jobs.estimate",
    "make_report": "vidream.report",
    "make_sheet": "vidream.jobs.sheet",
    "plan_music": "vidream.jobs.music",
    "plan_video": "vidream.jobs.video",
    "plan_zoom": "vidream.jobs.zoom",
    "recipe_of": "vidream.jobs.recipes",
    "render_composite": "vidream.jobs.composite",
    "render_image": "vidream.jobs.still",
    "render_music": "vidream.jobs.music",
    "render_video": "vidream.jobs.video",
    "render_zoom": "vidream.jobs.zoom",
    "run_batch": "vidream.jobs.batch",
    "run_live": "vidream.live.run",
}

__all__ = [
    "BatchEvent",
    "BatchItem",
    "BatchResult",
    "Cancelled",
    "ConfigError",
    "CountEvent",
    "DryRun",
    "Event",
    "FrameEvent",
    "InputError",
    "ItemEndEvent",
    "ItemEstimate",
    "ItemStartEvent",
    "JobSpec",
    "MediaError",
    "MessageEvent",
    "NoteEvent",
    "Played",
    "Problems",
    "Recipe",
    "RenderError",
    "Rendered",
    "Report",
    "RunConfig",
    "Sheet",
    "StageEvent",
    "Status",
    "StatusEvent",
    "VidreamError",
    "WarningEvent",
    "__version__",
    "configure",
    "dream_image",
    "estimate_batch",
    "make_report",
    "make_sheet",
    "plan_music",
    "plan_video",
    "plan_zoom",
    "recipe_of",
    "render_composite",
    "render_image",
    "render_music",
    "render_video",
    "render_zoom",
    "run_batch",
    "run_live",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vidream' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
