"""vidream: DeepDream for moving pictures.

    vidream.dream_image(pixels, preset="animals")           one picture
    vidream.render_video("in.mp4", "out.mp4", strength=0.8)  a film, sound and all
    vidream.render_zoom("seed.jpg", "out.mp4", turn=4)       a zoom without end
    vidream.render_music("song.wav", "seed.jpg", "out.mp4")  in time with a song

Importing this package imports nothing heavy; the names below are fetched when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vidream.config import RunConfig, configure
    from vidream.errors import ConfigError, InputError, MediaError, RenderError, VidreamError
    from vidream.render.music import render_music
    from vidream.render.still import dream_image
    from vidream.render.video import render_video
    from vidream.render.zoom import render_zoom

__version__ = "0.1.0"

_HOMES = {
    "ConfigError": "vidream.errors",
    "InputError": "vidream.errors",
    "MediaError": "vidream.errors",
    "RenderError": "vidream.errors",
    "RunConfig": "vidream.config",
    "VidreamError": "vidream.errors",
    "configure": "vidream.config",
    "dream_image": "vidream.render.still",
    "render_music": "vidream.render.music",
    "render_video": "vidream.render.video",
    "render_zoom": "vidream.render.zoom",
}

__all__ = [
    "ConfigError",
    "InputError",
    "MediaError",
    "RenderError",
    "RunConfig",
    "VidreamError",
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
