"""vidream: DeepDream for moving pictures.

    vidream.dream_image(pixels, preset="animals")           one picture
    vidream.render_video("in.mp4", "out.mp4", strength=0.8)  a film, sound and all
    vidream.render_zoom("seed.jpg", "out.mp4", turn=4)       a zoom without end
    vidream.render_music("song.wav", "seed.jpg", "out.mp4")  in time with a song

Importing this package imports nothing heavy; the names below are fetched when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vidream.version import __version__

if TYPE_CHECKING:
    from vidream.config import RunConfig, configure
    from vidream.errors import ConfigError, InputError, MediaError, RenderError, VidreamError
    from vidream.jobs.music import render_music
    from vidream.jobs.still import dream_image
    from vidream.jobs.video import render_video
    from vidream.jobs.zoom import render_zoom

_HOMES = {
    "ConfigError": "vidream.errors",
    "InputError": "vidream.errors",
    "MediaError": "vidream.errors",
    "RenderError": "vidream.errors",
    "RunConfig": "vidream.config",
    "VidreamError": "vidream.errors",
    "configure": "vidream.config",
    "dream_image": "vidream.jobs.still",
    "render_music": "vidream.jobs.music",
    "render_video": "vidream.jobs.video",
    "render_zoom": "vidream.jobs.zoom",
}

__all__ = [
    "ConfigError",
    "InputError",
    "MediaError",
    "RenderError",
    "RunConfig",
    "VidreamError",
    "__version__",
    "configure",
    "dream_image",
    "render_music",
    "render_video",
    "render_zoom",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vidream' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
