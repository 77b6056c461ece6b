"""`vidream demo`: a short film from a clip that comes with vidream, and what to try next."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from vidream.cli.arguments import Overwrite
from vidream.cli.film import render_film
from vidream.cli.messages import console
from vidream.cli.output import say
from vidream.errors import InputError
from vidream.system.desktop import open_file

CLIP = "bunny.mp4"
"""Of the samples."""
CREDIT = "The clip: Big Buck Bunny, (c) 2008 Blender Foundation, www.bigbuckbunny.org, CC BY 3.0"
OUT = Path("vidream-demo.mp4")
KNOBS: Mapping[str, Any] = {"end": 3, "size": "480"}
"""Of the film: so short and small that it takes less than a minute on two cores."""
NOT_OPENED = "Nothing was opened: there is no desktop here, or no program for it."
NEXT = ("vidream video clip.mp4", "vidream zoom photo.jpg", "vidream presets")
"""Commands to try after it."""


def demo(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A film's name.")] = OUT,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the film when it is there.")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Dream a clip of three seconds that comes with vidream, in less than a minute, and open it."""
    from vidream.jobs.default_out import check_default
    from vidream.jobs.video import render_video
    from vidream.media.containers import ENDINGS
    from vidream.media.paths import check_out

    clip = samples_folder() / CLIP
    check_default(out, overwrite=overwrite)
    check_out(out, True, [clip], ENDINGS)  # what is there already, the render looks at
    console().say(f"dreaming {KNOBS['end']} seconds of {CLIP}")
    render_film(out, lambda listen: render_video(clip, out, on_event=listen, overwrite=overwrite, **KNOBS))
    say(CREDIT)
    if not no_open:
        say("It is opened for you to see." if open_file(out) else NOT_OPENED)
    say("")
    say("Try next:")
    for command in NEXT:
        say(f"    {command}")


def samples_folder() -> Path:
    """Where the samples are: in the package when installed, beside it in a checkout.

    Raises:
        InputError: the clip of the demo is in neither.
    """
    package = Path(__file__).resolve().parents[1]
    folder = next((place for place in (package, package.parent) if (place / "samples" / CLIP).is_file()), None)
    if folder is None:
        raise InputError(f"samples/{CLIP} is not beside {package}; install vidream again, or name a film of your own")
    return folder / "samples"
